"""Measures pages against GB/T 9704-2012: 22 lines of 28 characters, and how far lines stand apart.

    .venv/bin/python bench/measure_page.py FILE.docx|FILE.pdf …

A .docx is turned into PDF by LibreOffice first; the places of words are poppler's (pdftotext -bbox). Of each file it
says over its upright pages: how many lines the fullest page of body text has, the usual distance between two lines, how
many lines of that distance the text area holds, and how many characters the fullest line without digits and letters
holds (those are narrower). Where no line is full the number is smaller; full-width punctuation that gives way at an
edge makes it larger by one.
"""

import itertools
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from unicodedata import east_asian_width

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
MM = 72 / 25.4
PAGE_HEIGHT, TOP, BOTTOM = 297 * MM, 37 * MM, 35 * MM
# Body text is 16 pt: its boxes are higher than those of tables and notes.
BODY_POINTS = (14.5, 30)
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)


def main() -> int:
    from bench.look_at import to_pdf

    print(f"{'file':<44}{'pages':>6}{'lines':>7}{'apart':>9}{'area':>7}{'chars':>7}")
    for name in sys.argv[1:]:
        file = Path(name)
        with tempfile.TemporaryDirectory() as folder:
            pdf = to_pdf(file, Path(folder)) if file.suffix == ".docx" else file
            pages = [measured(lines) for lines in upright_pages(pdf)]
        lines, fullest = max(count for count, _apart, _fullest in pages), max(full for *_rest, full in pages)
        every: Counter[float] = sum((distances for _count, distances, _full in pages), Counter())
        if not every:
            print(f"{file.name[:42]:<44}{len(pages):>6}   no two lines of body text")
            continue
        [(apart, _n)] = every.most_common(1)
        area = (PAGE_HEIGHT - TOP - BOTTOM) / apart
        print(f"{file.name[:42]:<44}{len(pages):>6}{lines:>7}{apart:>7.2f}pt{area:>7.2f}{fullest:>7g}", flush=True)
    return 0


def upright_pages(pdf: Path):
    """Of each upright page its lines of body size: (baseline, text)."""
    told = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    for width, height, content in PAGE.findall(told):
        if float(width) > float(height):
            continue
        lines: dict[float, str] = {}
        for _left, top, _right, bottom, text in WORD.findall(content):
            if (
                BODY_POINTS[0] < float(bottom) - float(top) < BODY_POINTS[1]
                and TOP - 6 < float(bottom) < PAGE_HEIGHT - BOTTOM + 6
            ):
                place = next((line for line in lines if abs(line - float(bottom)) < 4), float(bottom))
                lines[place] = lines.get(place, "") + text
        yield sorted(lines.items())


def measured(lines: list[tuple[float, str]]) -> tuple[int, Counter, int]:
    """How many lines, how far apart they stand, and how many characters the fullest has."""
    places = [place for place, _text in lines]
    distances = Counter(round(below - above, 1) for above, below in itertools.pairwise(places))
    wide = [len(text) for _place, text in lines if all(east_asian_width(sign) in "WFA" for sign in text)]
    return len(lines), distances, max(wide, default=0)


if __name__ == "__main__":
    sys.exit(main())
