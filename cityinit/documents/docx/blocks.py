"""What the caller says of a document: headings, paragraphs, tables, pictures and what frames them, as plain values."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Text:
    """One run of characters; `link_to_bookmark` or `url` make it a hyperlink, `bookmark` the place one leads to."""

    text: str
    bold: bool = False
    link_to_bookmark: str = ""
    url: str = ""
    bookmark: str = ""


# What stands in one paragraph or table cell: a plain string, one run, or several.
Runs = str | Text | Sequence[str | Text]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (一、), 2 (（一）), 3 (1.) or 4 (（1）); the text carries its number."""

    level: int
    text: Runs


@dataclass(frozen=True)
class Paragraph:
    """Body text: first line indented by two characters, unless `indent` is off."""

    runs: Runs
    indent: bool = True


@dataclass(frozen=True)
class Picture:
    """An image (PNG, JPEG, GIF, BMP, TIFF), centred; scaled down where the page or the cell is smaller."""

    data: bytes
    width_mm: float
    caption: str = ""


@dataclass(frozen=True)
class Column:
    """`width` is the share of the text width this column gets; `align` is left, center or right."""

    title: str
    width: float = 1
    align: str = "left"


# Several pictures in a cell stand side by side as far as it is wide.
Cell = Runs | int | float | Decimal | Picture | Sequence[Picture] | None


@dataclass(frozen=True)
class Table:
    """A table as wide as the text, its header row on each page; `landscape` gives it pages of its own."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    caption: str = ""
    landscape: bool = False
    small: bool = False


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True)
class Annex:
    """附件: starts on a new page, is named in the list after the body and numbered when there are several."""

    title: str
    blocks: Sequence[Block]
    landscape: bool = False


@dataclass(frozen=True)
class Slip:
    """What who receives a document cuts off, fills in and sends back (回执); it stands on one page.

    Each row is some pairs of a label and what stands beside it; every row has as many.
    """

    title: str
    rows: Sequence[Sequence[tuple[str, str]]]
    cut: str = "（沿此线裁下）"


@dataclass(frozen=True)
class Document:
    """A whole document; a line feed in a title breaks it there; `created` defaults to `date`.

    `number` (发文字号) stands above the title, at the right edge as on a letter; with a `signer` (签发人) at the left,
    and the signer at the right, each one character in.
    """

    title: str
    blocks: Sequence[Block]
    subtitle: str = ""
    number: str = ""
    signer: str = ""
    addressee: str = ""
    signature: str = ""
    date: datetime.date | None = None
    slip: Slip | None = None
    annexes: Sequence[Annex] = field(default=())
    line_pt: float = 28.95
    author: str = ""
    created: datetime.datetime | None = None
