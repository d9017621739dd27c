"""Break a capture of five photos at every step, again and again: each must arrive once, with all its photos.

    .venv/bin/python bench/capture_faults.py [--runs 200] [--seed 1] [--database URL]

A real Chromium files findings on plain HTTP, through a proxy, with a real server on SQLite. In each run something
breaks at a moment drawn by lot: the net in the middle of a photo, the server (-9) in the middle of a photo or between
storing and answering, the tab or the whole browser (-9), the sign-in; or two tabs send at once. Then all is put right
again and the outbox has to empty itself. It prints a table and ends with 1 if a finding or a photo was lost or stored
twice, or if a kind of fault never struck. Needs Chromium (CHROMIUM, or chromium on the path).
"""

import argparse
import contextlib
import hashlib
import io
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
NAME = "wmcs.intranet"
PHOTOS = 5
PATIENCE = 60
START = 40
# What may break, and when: at a byte of what the phone sends, or before the answer to one of its requests.
KINDS = (
    *("net in a photo", "net before an answer", "server in a photo", "server before an answer"),
    *("tab closed", "browser killed", "signed out", "two tabs"),
)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")


def main() -> int:
    options = _options()
    if options.inside:
        return run(Path(options.inside), runs=options.runs, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="cityinit-faults-") as folder:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": f"{folder}/data"}
        environment |= {"DEBUG": "0", "ALLOWED_HOSTS": NAME, "REDIS_URL": "", "DATABASE_URL": options.database}
        environment["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        inside = [sys.executable, __file__, "--inside", folder, "--runs", options.runs, "--seed", options.seed]
        return subprocess.run([str(part) for part in inside], cwd=ROOT, env=environment).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="one that is migrated and empty; else one is made")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """The product in a process of its own, that can be killed and started again."""

    def __init__(self, log: Path):
        self.port, self.log = free_port(), log
        self.start()

    def start(self) -> None:
        serve = [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{self.port}", "cityinit.wsgi:application"]
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(serve, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
        end = time.monotonic() + START
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise TimeoutError("the server does not start")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Net:
    """A proxy before the server that breaks off once: at a byte of what is sent, or before an answer is passed on."""

    def __init__(self, server: Server):
        self.server = server
        self.port = free_port()
        self.lock = threading.Lock()
        self.pairs: set[socket.socket] = set()
        self.struck = threading.Event()
        self.mend()
        self.door = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, *, at_byte: int | None = None, before_answer: int | None = None, then) -> None:
        """Do `then` once so many bytes were sent, or when so many requests that write were made and one is answered."""
        self.struck.clear()
        with self.lock:
            self.sent = self.posts = 0
            self.at_byte, self.before_answer, self.then = at_byte, before_answer, then

    def mend(self) -> None:
        with self.lock:
            self.down = False
            self.sent = self.posts = 0
            self.at_byte = self.before_answer = None
            self.then = None

    def cut(self) -> None:
        """Break every connection, and take no new one until it is mended."""
        self.down = True
        for end in list(self.pairs):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            phone, _address = self.door.accept()
            if self.down:
                phone.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.server.port), timeout=5)
            except OSError:
                phone.close()
                continue
            server.settimeout(None)
            self.pairs |= {phone, server}
            for pump in (self._up, self._down):
                threading.Thread(target=pump, args=(phone, server), daemon=True).start()

    def _up(self, phone: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := phone.recv(16384):
                with self.lock:
                    self.posts += chunk.startswith(b"POST ")
                    self.sent += len(chunk)
                    strikes = self.at_byte is not None and self.sent >= self.at_byte
                if strikes:
                    # Part of the photo is through; the rest of it only where nothing was cut.
                    half = len(chunk) // 2
                    server.sendall(chunk[:half])
                    self._strike()
                    if self.down:
                        return
                    chunk = chunk[half:]
                server.sendall(chunk)
        self._close(phone, server)

    def _down(self, phone: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := server.recv(16384):
                with self.lock:
                    strikes = self.before_answer is not None and self.posts >= self.before_answer
                if strikes:
                    self._strike()
                    return
                phone.sendall(chunk)
        self._close(phone, server)

    def _strike(self) -> None:
        with self.lock:
            then, self.then = self.then, None
            self.at_byte = self.before_answer = None
        if then:
            then()
            # Not before all is broken: whoever waits for this starts to mend.
            self.struck.set()

    def _close(self, *ends: socket.socket) -> None:
        for end in ends:
            self.pairs.discard(end)
            # Closing alone tells the other side nothing while a thread still waits on this end.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Run:
    kind: str
    moment: str
    place: str
    photos: list[bytes]
    struck: bool = False
    seconds: float = 0.0


class Phone:
    """The inspector's browser, with its storage on disk."""

    def __init__(self, playwright, folder: Path, url: str, cookie):
        self.playwright, self.folder, self.url, self.cookie = playwright, folder, url, cookie
        self.start()

    def start(self) -> None:
        program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)))
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            ],
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.sign_in()
        self.page = self.open()

    def sign_in(self) -> None:
        self.context.add_cookies([{"name": "sessionid", "value": self.cookie(), "url": self.url}])

    def open(self):
        page = self.context.new_page()
        page.goto(f"{self.url}/inspections/capture/")
        page.locator(".phrase").first.wait_for(state="attached")
        return page

    def kill(self) -> None:
        # Chromium's own children go with the one that holds the storage.
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError, ProcessLookupError):
                said = process.read_bytes()
                if str(self.folder).encode() in said and b"--type=" not in said:
                    os.kill(int(process.parent.name), signal.SIGKILL)
        with contextlib.suppress(Exception):
            self.context.close()
        # A killed browser leaves the mark by which it keeps others from its storage.
        for mark in self.folder.glob("Singleton*"):
            mark.unlink(missing_ok=True)

    def report(self, run: Run) -> None:
        files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo} for n, photo in enumerate(run.photos)]
        page = self.page
        page.locator("input[name=photos][data-album]").set_input_files(files)
        page.locator(".photo-thumb").nth(PHOTOS - 1).wait_for()
        page.get_by_label("地点").fill(run.place)
        page.locator("input[name=category]").first.evaluate("radio => { radio.checked = true }")
        page.locator("form[data-outbox] button[type=submit]").click()
        # From here on it is in the outbox: what breaks now is what is tried.
        page.locator(".outbox-item").first.wait_for()

    def empty(self) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.page.locator("[data-outbox-count]").text_content() == "都已送达":
                return True
            if self.page.locator("[data-outbox-login]").is_visible():
                # As it asks for; an answer to the old sign-in may have taken the new one away again.
                self.sign_in()
            with contextlib.suppress(Exception):
                self.page.locator("[data-outbox-send]").click(timeout=500)
            time.sleep(0.1)
        return False


def run(folder: Path, *, runs: int, seed: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False, stdout=io.StringIO())
    inspector = a_city()
    server = Server(folder / "server.log")
    net = Net(server)
    done: list[Run] = []
    print(f"{runs} captures of {PHOTOS} photos, seed {seed}", flush=True)
    try:
        with sync_playwright() as playwright:
            phone = Phone(playwright, folder / "phone", f"http://{NAME}:{net.port}", lambda: session_of(inspector))
            for number in range(runs):
                chance = random.Random(f"{seed}-{number}")
                done.append(_run(number, chance, phone=phone, net=net, server=server))
            phone.context.close()
    except Exception:
        print((folder / "server.log").read_text(errors="replace")[-3000:])
        raise
    finally:
        server.kill()
    faults = _faults(done)
    _print(done)
    for fault in faults:
        print(f"FAULT {fault}")
    print("FAILED" if faults else f"{len(done)} captures, 0 lost, 0 doubled")
    return 1 if faults else 0


def _run(number: int, chance: random.Random, *, phone: Phone, net: Net, server: Server) -> Run:
    kind = KINDS[number % len(KINDS)]
    photos = [picture(chance) for _n in range(PHOTOS)]
    byte = chance.randrange(1000, sum(map(len, photos)))
    answer = chance.randint(1, PHOTOS + 1)
    in_photo = kind.endswith("in a photo") or kind in ("tab closed", "browser killed", "signed out")
    moment = f"byte {byte}" if in_photo else f"answer {answer}"
    made = Run(kind, moment, f"第{number}处", photos)

    def then() -> None:
        if kind.startswith("server"):
            server.kill()
        if not kind.startswith("signed"):
            net.cut()

    began = time.monotonic()
    if kind != "two tabs":
        net.arm(**({"at_byte": byte} if in_photo else {"before_answer": answer}), then=then)
    phone.report(made)
    if kind == "two tabs":
        other = phone.open()
        made.struck = True
        other.locator("[data-outbox-count]").wait_for()
    else:
        made.struck = net.struck.wait(timeout=PATIENCE)
    if kind == "tab closed":
        phone.page.close()
    elif kind == "browser killed":
        phone.kill()
    elif kind == "signed out":
        sign_everybody_out()
    elif kind.startswith("server"):
        server.start()
    net.mend()
    if kind == "browser killed":
        phone.start()
    elif kind == "tab closed":
        phone.page = phone.open()
    elif kind == "signed out":
        phone.sign_in()
    if not phone.empty():
        print(
            f"{made.place} ({kind}, {moment}) is still there: {phone.page.locator('[data-said]').first.text_content()}"
        )
    if kind == "two tabs":
        other.close()
    made.seconds = time.monotonic() - began
    return made


def picture(chance: random.Random) -> bytes:
    """A photo unlike any other, of 60 to 120 KB."""
    from PIL import Image

    side = chance.randint(180, 260)
    image = Image.frombytes("RGB", (side, side), chance.randbytes(3 * side * side))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def a_city():
    """A city with a campaign that runs today, and its inspector."""
    from django.utils import timezone

    from cityinit.periods import Period
    from tests.factories import people, tasks

    city = people.city()
    half = Period.containing(timezone.localdate())
    tasks.campaign(city, starts_on=half.first, ends_on=half.last)
    return city.inspector


def session_of(person) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend="units.backends.PostBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def sign_everybody_out() -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def _print(done: list[Run]) -> None:
    print(f"{'what broke':26}{'runs':>6}{'struck':>8}{'slowest':>10}")
    for kind in KINDS:
        rows = [row for row in done if row.kind == kind]
        if rows:
            print(f"{kind:26}{len(rows):6}{sum(r.struck for r in rows):8}{max(r.seconds for r in rows):9.1f}s")


def _faults(done: list[Run]) -> list[str]:
    """What is not as if nothing had broken."""
    from inspections.models import Finding

    faults = []
    places = Counter(Finding.objects.values_list("place", flat=True))
    if extra := places.keys() - {row.place for row in done}:
        faults.append(f"findings nobody captured: {sorted(extra)}")
    for row in done:
        if places[row.place] != 1:
            faults.append(f"{row.place} ({row.kind}, {row.moment}) is there {places[row.place]} times")
            continue
        photos = Finding.objects.get(place=row.place).photos.values_list("file__source_sha256", flat=True)
        if sorted(photos) != sorted(hashlib.sha256(photo).hexdigest() for photo in row.photos):
            faults.append(f"{row.place} ({row.kind}, {row.moment}) has other photos: {len(photos)}")
    for kind in {row.kind for row in done}:
        if not any(row.struck for row in done if row.kind == kind):
            faults.append(f"“{kind}” never struck: the series shows nothing of it")
    return faults


if __name__ == "__main__":
    sys.exit(main())
