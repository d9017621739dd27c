"""What static/ took from elsewhere is what VENDOR.json says, and nothing on a page points outside."""

import hashlib
import json
import re
import zlib
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings

STATIC = settings.BASE_DIR / "static"
LISTING = json.loads((STATIC / "vendor" / "VENDOR.json").read_text())
WRITTEN = sorted(STATIC.rglob("*.css")) + sorted(STATIC.rglob("*.js"))


@pytest.mark.parametrize("entry", LISTING, ids=lambda entry: entry["file"])
def test_a_vendored_file_has_the_hash_and_size_it_was_taken_with(entry):
    data = (STATIC / entry["file"]).read_bytes()

    assert (hashlib.sha256(data).hexdigest(), len(data)) == (entry["sha256"], entry["bytes"])


def test_every_file_under_vendor_is_listed_with_package_version_and_licence():
    here = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}

    listed = {entry["file"] for entry in LISTING if entry["package"] and entry["version"] and entry["licence"]}
    assert here - listed == {"vendor/VENDOR.json"}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_no_stylesheet_or_script_asks_for_anything_from_outside_or_for_a_source_map(path):
    text = path.read_text()

    asked = re.findall(r"url\((?!\s*[\"']?data:)[^)]+\)|@import[^;]+;|sourceMappingURL", text)
    assert asked == []


def test_the_stylesheets_and_scripts_of_a_first_visit_stay_under_150_kilobytes_compressed():
    htmx = next((Path(django_htmx.__path__[0]) / "static" / "django_htmx").glob("htmx*.min.js"))
    files = [*(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js"), *(STATIC / "icons").glob("*.svg")]
    files += [htmx, *(STATIC / "vendor").rglob("*.css")]

    assert sum(len(zlib.compress(path.read_bytes())) for path in files) < 150 * 1024


def test_no_template_names_a_class_that_was_cut_out_of_the_stylesheet():
    """Where this fails, bench/vendor.py takes the class in again."""
    left_out = set((settings.BASE_DIR / "bench" / "tabler_left_out.txt").read_text().split())
    pages = [*(settings.BASE_DIR / "templates").rglob("*.html"), *(STATIC / "js").glob("*.js")]
    named = {word for page in pages for word in re.findall(r"[\w-]+", page.read_text())}

    assert left_out & named == set()
