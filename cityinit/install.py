"""Makes .venv and installs one pinned list into it, unless that is already done.

Run by the Makefile with the system's Python (`python -I cityinit/install.py requirements.txt`), so it imports nothing
but the standard library. Pip is used, since it reads the machine's own settings for package registries.
"""

import fcntl
import hashlib
import importlib.util
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MADE_BY = VENV / "made-by"


class CannotInstall(Exception):
    """The set-up cannot go on; the text is the line the person reads."""


def main(name: str) -> int:
    try:
        with _only_one():
            return _install(name)
    except CannotInstall as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; the next start goes on from here.", file=sys.stderr)
    return 1


def _install(name: str) -> int:
    stamp, wanted = VENV / f"installed-{name}", _fingerprint(name)
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return 0
    print(f"Installing {name} into .venv (once, about a minute) ...", flush=True)
    _make_venv()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*pip, "-r", str(ROOT / name)], cwd=ROOT).returncode:
        raise CannotInstall(f"{name} could not be installed; what pip says stands above.")
    # The packages of the shorter list are in the longer one.
    for done in _lists(name):
        (VENV / f"installed-{done}").write_text(_fingerprint(done))
    return 0


def _lists(name: str) -> list[str]:
    """The list itself and those it includes by `-r`."""
    included = re.findall(r"^-r\s+(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return [name, *included]


def _fingerprint(name: str) -> str:
    """Changes with the pins, with the Python, and when the folder was moved (scripts in .venv hold its path)."""
    parts = [(ROOT / part).read_bytes() for part in _lists(name)]
    about = _maker().encode()
    return hashlib.sha256(about + b"\n".join(parts)).hexdigest()


def _make_venv() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise CannotInstall(
                f"This Python ({sys.executable}) has no module {module}: install it (Debian: apt install python3-venv)."
            )
    try:
        if not _fits():
            venv.create(VENV, with_pip=True, clear=True, symlinks=True)
            MADE_BY.write_text(_maker(), encoding="utf-8")
    except (OSError, subprocess.CalledProcessError) as problem:
        raise CannotInstall(f"{VENV} cannot be made: {problem}") from None


def _fits() -> bool:
    """Whether the .venv that is there was made to its end, in this place, by this very Python, and runs."""
    try:
        runs = subprocess.run([str(PYTHON), "-I", "-c", ""], capture_output=True).returncode == 0
        return runs and MADE_BY.read_text(encoding="utf-8") == _maker()
    except OSError:
        return False


def _maker() -> str:
    # Two builds of one version are not the same: their compiled modules do not go together. Scripts hold their path.
    return f"{VENV}\n{sys.version}\n{sys.base_prefix}\n"


class _only_one:
    """Two `make` at once in one folder: the second waits for the first."""

    def __enter__(self):
        try:
            self.file = (ROOT / ".install.lock").open("w")
        except OSError as problem:
            raise CannotInstall(f"{ROOT} cannot be written: {problem.strerror}.") from None
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *exception):
        self.file.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
