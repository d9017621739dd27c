"""Official documents (GB/T 9704-2012) as .docx: `draw(Document(...))` gives the bytes.

The caller says what stands in the document, in plain values (`blocks.py`); how it looks stands here (`look.py`).
Numbering (一、 （一） 1. （1）) is text chosen by the caller, see cityinit/numerals.py. The same document always gives
the same bytes. python-docx keeps the package (parts, relationships, content types); the XML in it is written here,
because the order of elements, the fonts by name and thousands of table rows need every word of it.
"""

from .blocks import Annex, Block, Cell, Column, Document, Heading, Paragraph, Picture, Runs, Slip, Table, Text
from .package import draw

__all__ = [
    "Annex",
    "Block",
    "Cell",
    "Column",
    "Document",
    "Heading",
    "Paragraph",
    "Picture",
    "Runs",
    "Slip",
    "Table",
    "Text",
    "draw",
]
