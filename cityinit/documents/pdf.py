"""The same documents as .pdf: `draw(Document(...))` gives the bytes, drawn by typst from a fixed source and our data.

What a document says goes in as data beside `official.typ` and is never read as source. Fonts come with the product, so
that every machine draws the same page.
"""

import json
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from cityinit.numerals import date_cn

from .docx import Annex, Block, Cell, Document, Heading, Paragraph, Picture, Runs, Table, Text

SOURCE = Path(__file__).with_name("official.typ")
ENDINGS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}


def draw(document: Document) -> bytes:
    """The document as .pdf; the same document gives the same bytes. A slip to be cut off is not drawn."""
    with TemporaryDirectory(prefix="cityinit-pdf-") as name, as_file(files("pylopdf_fonts_zh_cn")) as fonts:
        folder = Path(name)
        told = _Data(folder).of(document)
        (folder / "data.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        (folder / SOURCE.name).write_bytes(SOURCE.read_bytes())
        compiled = typst.compile(
            str(folder / SOURCE.name), root=name, font_paths=[str(fonts)], ignore_system_fonts=True, format="pdf"
        )
    return bytes(compiled)


class _Data:
    """A document as plain values; pictures lie in the folder under names that the data gives."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pictures = 0

    def of(self, document: Document) -> dict[str, Any]:
        day = document.date
        return {
            "title": document.title.split("\n"),
            "subtitle": document.subtitle,
            "number": document.number,
            "signer": document.signer,
            "addressee": document.addressee.rstrip("：:"),
            "blocks": [self.block(block) for block in document.blocks],
            "signature": document.signature,
            "date": date_cn(day) if day else "",
            "created": [day.year, day.month, day.day] if day else None,
            "annexes": [self.annex(annex) for annex in document.annexes],
            "line_pt": document.line_pt,
            "author": document.author,
        }

    def annex(self, annex: Annex) -> dict[str, Any]:
        return {
            "title": annex.title,
            "landscape": annex.landscape,
            "blocks": [self.block(block) for block in annex.blocks],
        }

    def block(self, block: Block) -> dict[str, Any]:
        match block:
            case Heading(level, text):
                return {"kind": "heading", "level": level, "runs": _runs(text)}
            case Paragraph(runs, indent):
                return {"kind": "paragraph", "indent": indent, "runs": _runs(runs)}
            case Picture():
                return {"kind": "picture", **self.picture(block)}
            case Table():
                return self.table(block)
        raise ValueError(f"Neither heading, paragraph, table nor picture: {block!r}")

    def table(self, table: Table) -> dict[str, Any]:
        return {
            "kind": "table",
            "caption": table.caption,
            "small": table.small,
            "columns": [
                {"title": column.title, "width": column.width, "align": column.align} for column in table.columns
            ],
            "rows": [[self.cell(cell) for cell in row] for row in table.rows],
        }

    def cell(self, cell: Cell) -> dict[str, Any]:
        if isinstance(cell, Picture):
            return {"runs": [], "pictures": [self.picture(cell)]}
        if isinstance(cell, Sequence) and cell and all(isinstance(part, Picture) for part in cell):
            return {"runs": [], "pictures": [self.picture(part) for part in cell if isinstance(part, Picture)]}
        if cell is None:
            return {"runs": [], "pictures": []}
        if isinstance(cell, str | Text):
            return {"runs": _runs(cell), "pictures": []}
        if isinstance(cell, Sequence):
            runs = [run for run in cell if isinstance(run, str | Text)]
            return {"runs": _runs(runs), "pictures": []}
        return {"runs": _runs(str(cell)), "pictures": []}

    def picture(self, picture: Picture) -> dict[str, Any]:
        self.pictures += 1
        ending = next((ending for sign, ending in ENDINGS.items() if picture.data.startswith(sign)), "jpg")
        name = f"picture-{self.pictures}.{ending}"
        (self.folder / name).write_bytes(picture.data)
        return {"file": name, "mm": picture.width_mm, "caption": picture.caption}


def _runs(runs: Runs) -> list[dict[str, Any]]:
    told = [runs] if isinstance(runs, str | Text) else list(runs)
    texts = [run if isinstance(run, Text) else Text(run) for run in told]
    return [
        {
            "text": text.text,
            "bold": text.bold,
            "link": text.link_to_bookmark,
            "url": "" if text.link_to_bookmark else text.url,
            "mark": text.bookmark,
        }
        for text in texts
    ]
