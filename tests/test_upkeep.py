"""What must be true of the repository itself: migrations, pins, and texts that name files."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+")
# Where a text may point outside the repository or at what only a running installation has.
MADE_WHEN_RUNNING = ("var/", ".venv/")


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned(name):
    assert [line for line in requirements(name) if not PIN.match(line)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_direct_dependency_says_what_it_is_for(name):
    direct, _, _ = (ROOT / name).read_text(encoding="utf-8").partition("# indirect")

    assert [line for line in direct.splitlines() if PIN.match(line) and "  # " not in line] == []


def test_no_package_is_pinned_twice():
    names = [re.split(r"[=\[ ]", line)[0].lower() for name in LISTS for line in requirements(name)]

    assert sorted({name for name in names if names.count(name) > 1}) == []


LISTS = ("requirements.txt", "requirements-dev.txt")


def requirements(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def test_every_file_that_the_documents_name_is_there():
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    missing = {
        f"{document.relative_to(ROOT)}: {name}"
        for document in documents
        for name in files_named(document.read_text(encoding="utf-8"))
        if not any((folder / name).exists() for folder in (ROOT, document.parent))
    }

    assert sorted(missing) == []


def files_named(text):
    """Targets of links, and what stands in backticks and looks like a file of ours."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    linked = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    quoted = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text)
    quoted = [
        name for name in quoted if name.endswith("/") or re.search(r"\.(py|md|html|css|js|txt|toml|xlsx|svg)$", name)
    ]
    names = [name for name in [*linked, *quoted] if "://" not in name and not name.startswith(("mailto:", "/"))]
    return [name for name in names if not name.startswith(MADE_WHEN_RUNNING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [this](docs/operations.md#redis)", ["docs/operations.md"]),
        ("in `cityinit/settings.py` and `tests/`", ["cityinit/settings.py", "tests/"]),
        ("[away](https://example.org/a.md), `var/files/`, `make run`", []),
    ],
)
def test_names_of_files_are_found_in_a_text(text, expected):
    assert files_named(text) == expected


def test_the_generated_documents_are_fresh():
    call_command("describe", check=True)
