"""The .venv of the two commands: kept while it fits, made anew when it cannot."""

import sys
import venv

import pytest

from cityinit import install


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A .venv of this very Python, in a folder of its own, without pip."""

    def create(folder, **_options):
        venv.EnvBuilder(symlinks=True, clear=True).create(folder)

    monkeypatch.setattr(venv, "create", create)
    stand_in(tmp_path / ".venv", monkeypatch)
    install._make_venv()
    return install.VENV


def stand_in(folder, monkeypatch):
    for name, path in (("VENV", folder), ("PYTHON", folder / "bin" / "python"), ("MADE_BY", folder / "made-by")):
        monkeypatch.setattr(install, name, path)


def test_a_venv_that_fits_is_kept(place):
    (place / "kept").touch()

    install._make_venv()

    assert (place / "kept").exists()


@pytest.mark.parametrize(
    ("attribute", "value"), [("version", "3.99.0 (main)"), ("base_prefix", "/opt/another/build/of/this/version")]
)
def test_a_venv_of_another_python_is_made_anew(place, monkeypatch, attribute, value):
    (place / "stale").touch()
    monkeypatch.setattr(sys, attribute, value)

    install._make_venv()

    assert not (place / "stale").exists()
    assert install._fits()


def test_a_venv_that_was_moved_here_is_made_anew(place, monkeypatch):
    moved = place.rename(place.with_name("moved"))
    stand_in(moved, monkeypatch)

    assert not install._fits()


def test_a_venv_whose_making_was_interrupted_is_made_anew(place):
    install.MADE_BY.unlink()

    assert not install._fits()


def test_a_venv_whose_python_is_gone_is_made_anew(place):
    install.PYTHON.unlink()

    assert not install._fits()
