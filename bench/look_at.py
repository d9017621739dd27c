"""Turns a .docx into pictures of its pages, to be looked at: .docx → PDF (LibreOffice) → one PNG a page (poppler).

Beside each picture it says how many lines of text the page has and how many characters its fullest line holds.

    .venv/bin/python bench/look_at.py DOCUMENT.docx FOLDER [--dpi 70]

The fonts of the standard are rarely there on a developer's machine: the pages show the layout, not the typeface.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 120


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("document", type=Path)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--dpi", type=int, default=70)
    given = arguments.parse_args()
    if not given.document.is_file():
        sys.exit(f"{given.document} is not there.")
    for tool, package in (("soffice", "libreoffice-writer-nogui"), ("pdftoppm", "poppler-utils")):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: install {package} to look at documents.")

    given.folder.mkdir(parents=True, exist_ok=True)
    pdf = to_pdf(given.document, given.folder)
    for count, page in enumerate(pages(pdf, given.folder, dpi=given.dpi), start=1):
        lines = text_lines(pdf, page=count)
        print(f"{page}  {len(lines)} lines, at most {max(map(len, lines), default=0)} characters")


def to_pdf(document, folder):
    """LibreOffice with a profile of its own: one that is open elsewhere would answer and do nothing."""
    with tempfile.TemporaryDirectory() as profile:
        command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf"]
        run([*command, "--outdir", str(folder), str(document)])
    pdf = folder / f"{document.stem}.pdf"
    if not pdf.is_file():
        sys.exit(f"LibreOffice did not turn {document} into a PDF: is it a Word document?")
    return pdf


def pages(pdf, folder, *, dpi):
    for old in folder.glob(f"{pdf.stem}-*.png"):
        old.unlink()
    run(["pdftoppm", "-r", str(dpi), "-png", str(pdf), str(folder / pdf.stem)])
    return sorted(folder.glob(f"{pdf.stem}-*.png"))


def text_lines(pdf, *, page):
    """The lines of the page without the spaces between and the page number."""
    text = run(["pdftotext", "-layout", "-f", str(page), "-l", str(page), str(pdf), "-"]).stdout.decode()
    lines = (re.sub(r"\s", "", line) for line in text.splitlines())
    return [line for line in lines if line and line != f"—{page}—"]


def run(command):
    try:
        return subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        sys.exit(f"{command[0]} took longer than {SECONDS} seconds and was stopped.")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"{command[0]} failed: {problem.stderr.decode(errors='replace').strip()}")


if __name__ == "__main__":
    main()
