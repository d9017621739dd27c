"""The text of a document: what the caller said, section after section, as WordprocessingML."""

import hashlib
import itertools
import re
from decimal import Decimal

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from cityinit.numerals import date_cn, number

from .blocks import Annex, Document, Heading, Paragraph, Picture, Slip, Table, Text
from .markup import BOLD_RUN, RUN, attribute, words
from .measures import (
    BOTTOM,
    CELL_MARGIN,
    CHARACTER,
    EMU_PER_MM,
    EMU_PER_TWIP,
    FOOTER_FROM_EDGE,
    LEFT,
    LINE_CHARACTERS,
    PAGE_LONG,
    PAGE_SHORT,
    RIGHT,
    TEXT_LONG,
    TEXT_SHORT,
    TOP,
)

# A cell of so many characters may be long, and is where they fill so many lines.
LONG_CELL, LONG_CELL_LINES, TABLE_CHARACTER = 100, 14, 240
_BOOKMARK = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w]{0,39}")


class Body:
    """The body of one document, section after section; remembers bookmarks, pictures and the way the paper lies."""

    def __init__(self, part, *, line, footers):
        self.part = part
        self.line = line
        self.footers = footers
        self.landscape = False
        self.xml: list[str] = []
        self.bookmarks: dict[str, int] = {}
        self.links: set[str] = set()
        self.images: dict[str, tuple[str, Image]] = {}
        self.drawings = 0

    def write(self, document: Document):
        self.head(document.number, document.signer)
        self.titles("Title", document.title, "Subtitle", document.subtitle)
        if document.addressee:
            self.paragraph("Addressee", document.addressee.rstrip("：:") + "：")
        is_signed = bool(document.signature or document.date)
        self.blocks(document.blocks, landscape=False, keep_last=is_signed)
        self.turn(landscape=False)
        self.annex_list([annex.title for annex in document.annexes], keep="<w:keepNext/>" if is_signed else "")
        self.signature(document.signature, document.date)
        if document.slip:
            self.slip(document.slip)
        for place, annex in enumerate(document.annexes, start=1):
            self.annex(annex, mark=f"附件{place}" if len(document.annexes) > 1 else "附件")

    def finished(self):
        missing = sorted(self.links - self.bookmarks.keys())
        if missing:
            raise ValueError(f"Links lead to bookmarks that are not in the document: {', '.join(missing)}")
        return "".join([*self.xml, self.section_properties()])

    # what stands in it

    def head(self, number, signer):
        """Number and signer above the title, followed by two empty lines."""
        room = f'<w:spacing w:after="{2 * self.line}"/>'
        if signer:
            edge = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_SHORT - CHARACTER}"/></w:tabs>'
            indent = f'<w:ind w:left="{CHARACTER}"/>'
            self.paragraph("Normal", f"{number}\t签发人：{signer}", properties=edge + room + indent)
        elif number:
            self.paragraph("Signature", number, properties=room)

    def titles(self, style, title, second_style, second):
        """The title and what stands under it, followed by one empty line."""
        room = f'<w:spacing w:after="{self.line}"/>'
        self.paragraph(style, title, properties="" if second else room)
        if second:
            self.paragraph(second_style, second, properties=room)

    def annex_list(self, titles, *, keep):
        """附件：1. … under the body; the second line of a long name begins under the name's first character."""
        for place, title in enumerate(titles, start=1):
            label = f"{place}. " if len(titles) > 1 else ""
            # In Times New Roman a digit is half a character wide, a full stop and a space a quarter each.
            hanging = round(CHARACTER * (3 * (place == 1) + (len(label) - 1) / 2 if label else 3))
            left = round(CHARACTER * (5 + (len(label) - 1) / 2 if label else 5))
            room = f'<w:spacing w:before="{self.line if place == 1 else 0}"/>'
            indent = f'<w:ind w:left="{left}" w:firstLineChars="0" w:hanging="{hanging}"/>'
            text = f"{'附件：' if place == 1 else ''}{label}{title}"
            self.paragraph("BodyText", text, properties=keep + room + indent)

    def signature(self, signature, date):
        """GB/T 9704-2012 7.3.5.2: two characters from the right, the date's first under the signature's third.

        Below a signature that takes a second line the date stands four from the right.
        """
        dated = date_cn(date) if date else ""
        signed, day = _width(signature), _width(dated)
        if signed > LINE_CHARACTERS - 2:
            right, date_right = 2.0, 4.0
        elif not dated or signed - day >= 2:
            right, date_right = 2.0, signed - day
        else:
            right, date_right = day - signed + 4, 2.0
        for text, indent in ((signature, right), (dated, date_right if signature else 2.0)):
            if text:
                keep = "<w:keepNext/>" if text is signature and dated else ""
                room = f'<w:spacing w:before="{self.line if text is signature or not signature else 0}"/>'
                self.paragraph(
                    "Signature", text, properties=f'{keep}{room}<w:ind w:right="{round(indent * CHARACTER)}"/>'
                )

    def slip(self, slip: Slip):
        """Below a broken line across the page; nothing of it leaves the rest behind on another page."""
        line = '<w:pBdr><w:top w:val="dashed" w:sz="6" w:space="4" w:color="000000"/></w:pBdr>'
        room = f'<w:spacing w:before="{2 * self.line}"/>'
        self.paragraph("Caption", slip.cut, properties=f"<w:keepNext/>{line}{room}")
        self.paragraph("TableCaption", slip.title)
        pairs = len(slip.rows[0])
        widths = _shares([2, 4] * pairs if pairs > 1 else [1, 5], TEXT_SHORT)
        last = len(slip.rows) - 1
        rows = [
            [self.slip_cell(text, width, keep=place < last) for text, width in zip(_flat(row), widths, strict=True)]
            for place, row in enumerate(slip.rows)
        ]
        # As high as a line and a half: it is filled in by hand.
        height = f'<w:trHeight w:val="{round(self.line * 1.5)}" w:hRule="atLeast"/>'
        drawn = [f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{''.join(cells)}</w:tr>" for cells in rows]
        self.xml.append(f"{_table_head(widths, header=False)}{''.join(drawn)}{_TABLE_END}")

    def slip_cell(self, text, width, *, keep):
        kept = "<w:keepNext/>" if keep else ""
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
            f'<w:pStyle w:val="TableText"/>{kept}<w:jc w:val="center"/></w:pPr>{self.runs(text)}</w:p></w:tc>'
        )

    def annex(self, annex: Annex, *, mark):
        if self.landscape == annex.landscape:
            self.paragraph("AnnexMark", mark, properties="<w:pageBreakBefore/>")
        else:
            self.turn(landscape=annex.landscape)
            self.paragraph("AnnexMark", mark)
        self.paragraph("AnnexTitle", annex.title)
        self.blocks(annex.blocks, landscape=annex.landscape)

    def blocks(self, blocks, *, landscape, keep_last=False):
        """One after the other; `keep_last`: on the page of what follows, for a signature never stands on one alone."""
        for place, block in enumerate(blocks, start=1):
            self.turn(landscape=landscape or (isinstance(block, Table) and block.landscape))
            match block:
                case Heading(level, text):
                    if level not in (1, 2, 3, 4):
                        raise ValueError(f"A heading has level 1 to 4, not {level!r}: {text}")
                    self.paragraph(f"Heading{level}", text)
                case Paragraph(runs, indent):
                    keep = "<w:keepNext/>" if keep_last and place == len(blocks) else ""
                    self.paragraph("BodyText" if indent else "Normal", runs, properties=keep)
                case Picture():
                    self.picture(block)
                case Table():
                    self.table(block)
                case _:
                    raise ValueError(f"Neither heading, paragraph, table nor picture: {block!r}")

    def turn(self, *, landscape):
        """Ends the section where the paper is turned."""
        if self.landscape != landscape:
            # A section ends in a paragraph; one point high, so that a full page does not run over into an empty one.
            self.xml.append(f'<w:p><w:pPr><w:pStyle w:val="Hidden"/>{self.section_properties()}</w:pPr></w:p>')
            self.landscape = landscape

    def section_properties(self):
        way = "landscape" if self.landscape else "portrait"
        if self.landscape:
            # Turned clockwise (GB/T 9704-2012 7.5): the portrait page's left margin is now on top.
            size = f'<w:pgSz w:w="{PAGE_LONG}" w:h="{PAGE_SHORT}" w:orient="landscape"/>'
            top, right, bottom, left = LEFT, TOP, RIGHT, BOTTOM
        else:
            size = f'<w:pgSz w:w="{PAGE_SHORT}" w:h="{PAGE_LONG}"/>'
            top, right, bottom, left = TOP, RIGHT, BOTTOM, LEFT
        # type="lines": with "linesAndChars" LibreOffice spreads the text to 18 characters a line.
        return (
            "<w:sectPr>"
            f'<w:footerReference w:type="even" r:id="{self.footers[way, "even"]}"/>'
            f'<w:footerReference w:type="default" r:id="{self.footers[way, "odd"]}"/>'
            f'<w:type w:val="nextPage"/>{size}'
            f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="851"'
            f' w:footer="{FOOTER_FROM_EDGE if not self.landscape else 720}" w:gutter="0"/>'
            f'<w:cols w:space="425"/><w:docGrid w:type="lines" w:linePitch="{self.line}"/></w:sectPr>'
        )

    # paragraphs and runs

    def paragraph(self, style, runs, *, properties=""):
        self.xml.append(f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{self.runs(runs)}</w:p>')

    def runs(self, runs):
        if isinstance(runs, str):
            return f"{RUN}{words(runs)}</w:r>" if runs else ""
        if isinstance(runs, Text):
            return self.run(runs)
        return "".join([self.runs(run) for run in runs])

    def run(self, text: Text):
        xml = f"{BOLD_RUN if text.bold else RUN}{words(text.text)}</w:r>"
        if text.link_to_bookmark:
            self.links.add(text.link_to_bookmark)
            xml = f'<w:hyperlink w:anchor="{text.link_to_bookmark}" w:history="1">{xml}</w:hyperlink>'
        elif text.url:
            if not text.url.startswith(("http://", "https://")):
                raise ValueError(f"A link leads to http:// or https://, not to {text.url!r}")
            identity = self.part.relate_to(text.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            xml = f'<w:hyperlink r:id="{identity}" w:history="1">{xml}</w:hyperlink>'
        if text.bookmark:
            place = self.bookmark(text.bookmark)
            xml = f'<w:bookmarkStart w:id="{place}" w:name="{text.bookmark}"/>{xml}<w:bookmarkEnd w:id="{place}"/>'
        return xml

    def bookmark(self, name):
        if name in self.bookmarks:
            raise ValueError(f"The bookmark {name} is given twice")
        if not _BOOKMARK.fullmatch(name):
            raise ValueError(f"A bookmark is a letter and then up to 39 letters, digits and _, not {name!r}")
        return self.bookmarks.setdefault(name, len(self.bookmarks))

    # pictures

    def picture(self, picture: Picture):
        room = TEXT_LONG if self.landscape else TEXT_SHORT
        keep = "<w:keepNext/>" if picture.caption else ""
        self.xml.append(
            f'<w:p><w:pPr><w:pStyle w:val="Picture"/>{keep}</w:pPr>{self.drawing(picture, room=room)}</w:p>'
        )
        if picture.caption:
            self.paragraph("Caption", picture.caption)

    def drawing(self, picture: Picture, *, room):
        """The picture in a run of its own, no wider than `room` and no higher than two thirds of a page."""
        identity, image = self.image(picture.data)
        height_room = (TEXT_SHORT if self.landscape else TEXT_LONG) * 2 / 3 * EMU_PER_TWIP
        width = min(picture.width_mm * EMU_PER_MM, room * EMU_PER_TWIP)
        shrink = min(1, height_room / (width * image.px_height / image.px_width))
        extent = f'cx="{round(width * shrink)}" cy="{round(width * shrink * image.px_height / image.px_width)}"'
        self.drawings += 1
        name = f'id="{self.drawings}" name="图片 {self.drawings}" descr="{attribute(picture.caption)}"'
        uri = "http://schemas.openxmlformats.org/drawingml/2006/picture"
        return (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/>'
            f'<wp:docPr {name}/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
            f'<a:graphic><a:graphicData uri="{uri}"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/><pic:cNvPicPr/>'
            f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{identity}"/><a:stretch><a:fillRect/></a:stretch>'
            f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r>"
        )

    def image(self, data):
        """The same image twice is stored once."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self.images:
            try:
                image = Image.from_blob(data)
            except (UnrecognizedImageError, InvalidImageStreamError, UnexpectedEndOfFileError) as problem:
                raise ValueError("Word cannot show this image: PNG, JPEG, GIF, BMP and TIFF only") from problem
            name = PackURI(f"/word/media/image{len(self.images) + 1}.{image.ext}")
            part = Part(name, image.content_type, data, self.part.package)
            self.images[digest] = (self.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE), image)
        return self.images[digest]

    # tables

    def table(self, table: Table):
        if not table.columns:
            raise ValueError("A table without columns")
        strange = [column.align for column in table.columns if column.align not in ("left", "center", "right")]
        if strange:
            raise ValueError(f"A column is aligned left, center or right, not {strange[0]!r}")
        if table.caption:
            self.paragraph("TableCaption", table.caption)
        widths = _shares([column.width for column in table.columns], TEXT_LONG if self.landscape else TEXT_SHORT)
        text = "SmallTableText" if table.small else "TableText"
        head = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="{text}Head"/></w:pPr>{self.runs(column.title)}</w:p></w:tc>'
            for column, width in zip(table.columns, widths, strict=True)
        )
        # What a row repeats is made once: thousands of rows are then little more than their own words.
        openings = [
            (
                f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>',
                f'<w:pStyle w:val="{text}"/><w:jc w:val="{column.align}"/></w:pPr>',
                width,
            )
            for column, width in zip(table.columns, widths, strict=True)
        ]
        self.xml.append(
            f"{_table_head(widths, header=True)}<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"
        )
        for row in table.rows:
            if len(row) != len(openings):
                raise ValueError(f"A row of {len(row)} cells for {len(openings)} columns: {row!r}")
            cells = [self.cell(cell, opening) for cell, opening in zip(row, openings, strict=True)]
            kept = "" if _is_long(row, widths) else "<w:trPr><w:cantSplit/></w:trPr>"
            self.xml.append(f"<w:tr>{kept}{''.join(cells)}</w:tr>")
        self.xml.append(_TABLE_END)

    def cell(self, cell, opening):
        start, style, width = opening
        pictures = [cell] if isinstance(cell, Picture) else cell
        if isinstance(pictures, list | tuple) and pictures and isinstance(pictures[0], Picture):
            content = "".join([self.drawing(picture, room=width - 2 * CELL_MARGIN) for picture in pictures])
            return f'{start}<w:pStyle w:val="Picture"/></w:pPr>{content}</w:p></w:tc>'
        if cell is None:
            cell = ""
        elif isinstance(cell, int | float | Decimal):
            cell = number(cell)
        return f"{start}{style}{self.runs(cell)}</w:p></w:tc>"


_TABLE_END = '</w:tbl><w:p><w:pPr><w:pStyle w:val="Hidden"/></w:pPr></w:p>'


def _table_head(widths, *, header):
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="{"0020" if header else "0000"}"'
        f' w:firstRow="{int(header)}" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" w:noVBand="0"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
    )


def _is_long(row, widths):
    """Whether a row may be higher than half a page: kept in one piece, what does not fit the page would be lost."""
    return any(
        isinstance(cell, str) and len(cell) > LONG_CELL and len(cell) * TABLE_CHARACTER > LONG_CELL_LINES * width
        for cell, width in zip(row, widths, strict=True)
    )


def _flat(pairs):
    return [text for pair in pairs for text in pair]


def _shares(widths, whole):
    """The columns' shares of the text width in whole twips, which add up to it."""
    total = sum(widths)
    edges = [round(whole * sum(widths[:place]) / total) for place in range(len(widths) + 1)]
    return [right - left for left, right in itertools.pairwise(edges)]


def _width(text):
    """How many characters wide a line of body text is; ASCII counts half."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)
