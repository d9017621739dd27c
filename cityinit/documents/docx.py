"""Official documents (GB/T 9704-2012) as .docx: `draw(Document(...))` gives the bytes.

The caller says what stands in the document, in plain values; how it looks stands here. Numbering (一、 （一） 1. （1）)
is text chosen by the caller, see cityinit/numerals.py. The same document always gives the same bytes.
python-docx keeps the package (parts, relationships, content types); the XML in it is written here, because the order
of elements, the fonts by name and thousands of table rows need every word of it.
"""

import datetime
import hashlib
import itertools
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.package import Package

from cityinit.numerals import date_cn, number


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


Cell = Runs | int | float | Decimal | Picture | None


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
class Document:
    """A whole document; a line feed in a title breaks it there; `created` defaults to `date`.

    `number` (发文字号) stands above the title, at the right edge as on a letter.
    """

    title: str
    blocks: Sequence[Block]
    subtitle: str = ""
    number: str = ""
    addressee: str = ""
    signature: str = ""
    date: datetime.date | None = None
    annexes: Sequence[Annex] = field(default=())
    line_pt: float = 28.95
    author: str = ""
    created: datetime.datetime | None = None


def draw(document: Document) -> bytes:
    """The .docx file.

    ValueError for a link without its bookmark, a bookmark given twice or badly named, a link that is not http(s), a
    heading level that is none of the four, a row that does not fit its columns, an image Word cannot show.
    """
    package = Package()
    main = _XmlPart(PackURI("/word/document.xml"), CONTENT_TYPE.WML_DOCUMENT_MAIN, package=package)
    package.relate_to(main, RELATIONSHIP_TYPE.OFFICE_DOCUMENT)
    package.relate_to(
        _part(package, "/docProps/core.xml", CONTENT_TYPE.OPC_CORE_PROPERTIES, _core_properties(document)),
        RELATIONSHIP_TYPE.CORE_PROPERTIES,
    )
    line = round(document.line_pt * 20)
    for name, xml in (("styles", _styles(line)), ("settings", _SETTINGS), ("fontTable", _font_table())):
        content_type, relationship = _WORD_PARTS[name]
        main.relate_to(_part(package, f"/word/{name}.xml", content_type, xml), relationship)
    footers = {
        name: main.relate_to(
            _part(package, f"/word/footer{count}.xml", CONTENT_TYPE.WML_FOOTER, xml), RELATIONSHIP_TYPE.FOOTER
        )
        for count, (name, xml) in enumerate(_footers().items(), start=1)
    }

    body = _Body(main, line=line, footers=footers)
    body.write(document)
    main.xml = f"{_XML}<w:document {_NAMESPACES}><w:body>{body.finished()}</w:body></w:document>"
    return _with_fixed_times(package)


class _XmlPart(Part):
    """A part whose XML is known only after its relationships."""

    xml = ""

    @property
    def blob(self):
        return self.xml.encode()


def _part(package, name, content_type, xml):
    part = _XmlPart(PackURI(name), content_type, package=package)
    part.xml = xml
    return part


def _with_fixed_times(package):
    """Zip entries carry the time of writing, which would make each file of the same document differ."""
    written, fixed = BytesIO(), BytesIO()
    package.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    return fixed.getvalue()


# -- measures: twentieths of a point unless the name says otherwise ---------------------------------------------------

_PAGE_SHORT, _PAGE_LONG = 11906, 16838
_TOP, _BOTTOM, _LEFT, _RIGHT = 2098, 1984, 1587, 1474  # 37, 35, 28, 26 mm
_TEXT_SHORT = _PAGE_SHORT - _LEFT - _RIGHT  # 156 mm: 28 characters
_TEXT_LONG = _PAGE_LONG - _TOP - _BOTTOM  # 225 mm: 22 lines
_EMU_PER_MM, _EMU_PER_TWIP = 36000, 635
# 156 mm hold 28 characters of 16 pt when each gives way by 0.25 pt.
_CHARACTER = 315
_FOOTER_CHARACTER = 280
# The dash stands in the middle of a 14 pt line, 7 mm below the text: the line's foot is 25.5 mm above the page's edge.
_FOOTER_FROM_EDGE = 1446

# -- the text of the document -----------------------------------------------------------------------------------------

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_NAMESPACES = (
    f"{_W} "
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
# Characters XML 1.0 cannot carry, those it must escape, and those Word wants as elements of their own.
_SPECIAL = re.compile("[&<>\t\n\r\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BOOKMARK = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w]{0,39}")
# Word draws “ ” — … with the Chinese font only where the run says so.
_RUN = '<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>'
_BOLD_RUN = '<w:r><w:rPr><w:rFonts w:hint="eastAsia"/><w:b/><w:bCs/></w:rPr>'


class _Body:
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
        if document.number:
            self.paragraph("Signature", document.number, properties=f'<w:spacing w:after="{2 * self.line}"/>')
        self.titles("Title", document.title, "Subtitle", document.subtitle)
        if document.addressee:
            self.paragraph("Addressee", document.addressee.rstrip("：:") + "：")
        self.blocks(document.blocks, landscape=False)
        self.turn(landscape=False)
        self.annex_list([annex.title for annex in document.annexes])
        self.signature(document.signature, document.date)
        for place, annex in enumerate(document.annexes, start=1):
            self.annex(annex, mark=f"附件{place}" if len(document.annexes) > 1 else "附件")

    def finished(self):
        missing = sorted(self.links - self.bookmarks.keys())
        if missing:
            raise ValueError(f"Links lead to bookmarks that are not in the document: {', '.join(missing)}")
        return "".join([*self.xml, self.section_properties()])

    # what stands in it

    def titles(self, style, title, second_style, second):
        """The title and what stands under it, followed by one empty line."""
        room = f'<w:spacing w:after="{self.line}"/>'
        self.paragraph(style, title, properties="" if second else room)
        if second:
            self.paragraph(second_style, second, properties=room)

    def annex_list(self, titles):
        """附件：1. … under the body; the second line of a long name begins under the name's first character."""
        for place, title in enumerate(titles, start=1):
            label = f"{place}. " if len(titles) > 1 else ""
            # In Times New Roman a digit is half a character wide, a full stop and a space a quarter each.
            hanging = round(_CHARACTER * (3 * (place == 1) + (len(label) - 1) / 2 if label else 3))
            left = round(_CHARACTER * (5 + (len(label) - 1) / 2 if label else 5))
            room = f'<w:spacing w:before="{self.line if place == 1 else 0}"/>'
            indent = f'<w:ind w:left="{left}" w:firstLineChars="0" w:hanging="{hanging}"/>'
            self.paragraph("BodyText", f"{'附件：' if place == 1 else ''}{label}{title}", properties=room + indent)

    def signature(self, signature, date):
        """GB/T 9704-2012 7.3.5.2: two characters from the right, the date's first under the signature's third."""
        dated = date_cn(date) if date else ""
        signed, day = _width(signature), _width(dated)
        if not dated or signed - day >= 2:
            right, date_right = 2.0, signed - day
        else:
            right, date_right = day - signed + 4, 2.0
        for text, indent in ((signature, right), (dated, date_right if signature else 2.0)):
            if text:
                keep = "<w:keepNext/>" if text is signature and dated else ""
                room = f'<w:spacing w:before="{self.line if text is signature or not signature else 0}"/>'
                self.paragraph(
                    "Signature", text, properties=f'{keep}{room}<w:ind w:right="{round(indent * _CHARACTER)}"/>'
                )

    def annex(self, annex: Annex, *, mark):
        if self.landscape == annex.landscape:
            self.paragraph("AnnexMark", mark, properties="<w:pageBreakBefore/>")
        else:
            self.turn(landscape=annex.landscape)
            self.paragraph("AnnexMark", mark)
        self.paragraph("AnnexTitle", annex.title)
        self.blocks(annex.blocks, landscape=annex.landscape)

    def blocks(self, blocks, *, landscape):
        for block in blocks:
            self.turn(landscape=landscape or (isinstance(block, Table) and block.landscape))
            match block:
                case Heading(level, text):
                    if level not in (1, 2, 3, 4):
                        raise ValueError(f"A heading has level 1 to 4, not {level!r}: {text}")
                    self.paragraph(f"Heading{level}", text)
                case Paragraph(runs, indent):
                    self.paragraph("BodyText" if indent else "Normal", runs)
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
            size = f'<w:pgSz w:w="{_PAGE_LONG}" w:h="{_PAGE_SHORT}" w:orient="landscape"/>'
            top, right, bottom, left = _LEFT, _TOP, _RIGHT, _BOTTOM
        else:
            size = f'<w:pgSz w:w="{_PAGE_SHORT}" w:h="{_PAGE_LONG}"/>'
            top, right, bottom, left = _TOP, _RIGHT, _BOTTOM, _LEFT
        # type="lines": with "linesAndChars" LibreOffice spreads the text to 18 characters a line.
        return (
            "<w:sectPr>"
            f'<w:footerReference w:type="even" r:id="{self.footers[way, "even"]}"/>'
            f'<w:footerReference w:type="default" r:id="{self.footers[way, "odd"]}"/>'
            f'<w:type w:val="nextPage"/>{size}'
            f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="851"'
            f' w:footer="{_FOOTER_FROM_EDGE if not self.landscape else 720}" w:gutter="0"/>'
            f'<w:cols w:space="425"/><w:docGrid w:type="lines" w:linePitch="{self.line}"/></w:sectPr>'
        )

    # paragraphs and runs

    def paragraph(self, style, runs, *, properties=""):
        self.xml.append(f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{self.runs(runs)}</w:p>')

    def runs(self, runs):
        if isinstance(runs, str):
            return f"{_RUN}{_words(runs)}</w:r>" if runs else ""
        if isinstance(runs, Text):
            return self.run(runs)
        return "".join([self.runs(run) for run in runs])

    def run(self, text: Text):
        xml = f"{_BOLD_RUN if text.bold else _RUN}{_words(text.text)}</w:r>"
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
        room = _TEXT_LONG if self.landscape else _TEXT_SHORT
        keep = "<w:keepNext/>" if picture.caption else ""
        self.xml.append(
            f'<w:p><w:pPr><w:pStyle w:val="Picture"/>{keep}</w:pPr>{self.drawing(picture, room=room)}</w:p>'
        )
        if picture.caption:
            self.paragraph("Caption", picture.caption)

    def drawing(self, picture: Picture, *, room):
        """The picture in a run of its own, no wider than `room` and no higher than two thirds of a page."""
        identity, image = self.image(picture.data)
        height_room = (_TEXT_SHORT if self.landscape else _TEXT_LONG) * 2 / 3 * _EMU_PER_TWIP
        width = min(picture.width_mm * _EMU_PER_MM, room * _EMU_PER_TWIP)
        shrink = min(1, height_room / (width * image.px_height / image.px_width))
        extent = f'cx="{round(width * shrink)}" cy="{round(width * shrink * image.px_height / image.px_width)}"'
        self.drawings += 1
        name = f'id="{self.drawings}" name="图片 {self.drawings}" descr="{_attribute(picture.caption)}"'
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
        widths = _shares([column.width for column in table.columns], _TEXT_LONG if self.landscape else _TEXT_SHORT)
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
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        self.xml.append(
            f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"'
            ' w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" w:noVBand="0"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"
        )
        for row in table.rows:
            if len(row) != len(openings):
                raise ValueError(f"A row of {len(row)} cells for {len(openings)} columns: {row!r}")
            cells = [self.cell(cell, opening) for cell, opening in zip(row, openings, strict=True)]
            self.xml.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
        self.xml.append('</w:tbl><w:p><w:pPr><w:pStyle w:val="Hidden"/></w:pPr></w:p>')

    def cell(self, cell, opening):
        start, style, width = opening
        if isinstance(cell, Picture):
            content = self.drawing(cell, room=width - 2 * _CELL_MARGIN)
            return f'{start}<w:pStyle w:val="Picture"/></w:pPr>{content}</w:p></w:tc>'
        if cell is None:
            cell = ""
        elif isinstance(cell, int | float | Decimal):
            cell = number(cell)
        return f"{start}{style}{self.runs(cell)}</w:p></w:tc>"


_CELL_MARGIN = 85


def _shares(widths, whole):
    """The columns' shares of the text width in whole twips, which add up to it."""
    total = sum(widths)
    edges = [round(whole * sum(widths[:place]) / total) for place in range(len(widths) + 1)]
    return [right - left for left, right in itertools.pairwise(edges)]


def _words(text):
    """The content of a run; line feeds and tabs are elements of Word's, and what XML cannot carry is left out."""
    if not _SPECIAL.search(text):
        return f'<w:t xml:space="preserve">{text}</w:t>'
    text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pieces = (
        "<w:br/>" if piece == "\n" else "<w:tab/>" if piece == "\t" else f'<w:t xml:space="preserve">{piece}</w:t>'
        for piece in re.split("([\n\t])", text)
        if piece
    )
    return "".join(pieces)


def _attribute(text):
    """Text fit for an attribute or a plain element."""
    text = _ILLEGAL.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _width(text):
    """How many characters wide a line of body text is; ASCII counts half."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)


# -- fonts, styles, settings, footers ---------------------------------------------------------------------------------

_BODY, _KAI, _HEI, _SONG, _TITLE = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
_LATIN = "Times New Roman"
# Name, what to take where it is missing, family and pitch. Fonts are named, never bundled.
_FONTS = (
    (_BODY, "仿宋,FangSong", "modern", "fixed"),
    (_KAI, "楷体,KaiTi", "modern", "fixed"),
    (_HEI, "SimHei", "modern", "fixed"),
    (_SONG, "SimSun", "auto", "variable"),
    (_TITLE, "FZXiaoBiaoSong-B05S,小标宋体,宋体", "auto", "variable"),
)


def _font_table():
    chinese = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, instead, family, pitch in _FONTS
    )
    return (
        f'{_XML}<w:fonts {_W}>{chinese}<w:font w:name="{_LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/>'
        '<w:pitch w:val="variable"/></w:font></w:fonts>'
    )


def _fonts(chinese, latin=None):
    """`latin` is for letters and digits only: as w:hAnsi it would make “ ” — … narrow where a reader skips the hint."""
    latin = latin or chinese
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{chinese}" w:eastAsia="{chinese}" w:cs="{latin}" w:hint="eastAsia"/>'


def _size(points):
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _exact(line, *, before=0, after=0):
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="exact"/>'


_NO_CHARACTER_SPACING = '<w:spacing w:val="0"/>'
_BLACK = '<w:color w:val="000000"/>'


def _styles(line):
    indented = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
    centred = '<w:jc w:val="center"/>'
    # Exact lines need no grid; LibreOffice would give a title two of its lines each.
    off_grid = '<w:snapToGrid w:val="0"/>'
    title = f"{_fonts(_TITLE)}{_NO_CHARACTER_SPACING}{_size(22)}"
    paragraphs = [
        _style("BodyText", "Body Text", indented),
        _style("Title", "Title", f"<w:keepNext/>{off_grid}{centred}", title, following="BodyText"),
        _style("Subtitle", "Subtitle", f"<w:keepNext/>{centred}", _fonts(_KAI, _LATIN), following="BodyText"),
        _style("Addressee", "主送机关", '<w:jc w:val="left"/>', following="BodyText"),
        _style("Signature", "Signature", '<w:jc w:val="right"/>'),
        _style("AnnexMark", "附件标识", '<w:keepNext/><w:jc w:val="left"/>', _fonts(_HEI), following="AnnexTitle"),
        _style(
            "AnnexTitle",
            "附件标题",
            f'<w:keepNext/>{off_grid}<w:spacing w:before="{line}" w:after="{line}"/>{centred}<w:outlineLvl w:val="0"/>',
            title,
            following="BodyText",
        ),
        _style("Picture", "图片", f'{off_grid}<w:spacing w:line="240" w:lineRule="auto"/>{centred}'),
        _style("Caption", "caption", f"{off_grid}{_exact(400)}{centred}", _size(12)),
        _style("TableCaption", "表题", f"<w:keepNext/>{centred}", f"{_fonts(_HEI)}{_size(14)}"),
        *_table_styles("TableText", "表文", points=12, height=360),
        *_table_styles("SmallTableText", "小表文", points=10.5, height=300),
        _style(
            "Footer",
            "footer",
            f"{off_grid}{_exact(_FOOTER_CHARACTER)}",
            f"{_fonts(_SONG)}{_NO_CHARACTER_SPACING}{_size(14)}",
        ),
        _style("Hidden", "节尾", f"{off_grid}{_exact(20)}", f"{_NO_CHARACTER_SPACING}{_size(1)}"),
    ]
    for level, fonts in enumerate((_fonts(_HEI), _fonts(_KAI, _LATIN), "", ""), start=1):
        properties = f'<w:keepNext/>{indented}<w:outlineLvl w:val="{level - 1}"/>'
        paragraphs.append(_style(f"Heading{level}", f"heading {level}", properties, fonts, following="BodyText"))
    return (
        f"{_XML}<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts(_BODY, _LATIN)}{_size(16)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        # No space of Word's own between Chinese and digits: it would break the 28 characters of a line.
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr>'
        '<w:widowControl w:val="0"/><w:kinsoku/><w:overflowPunct/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        f'{_exact(line)}<w:jc w:val="both"/></w:pPr><w:rPr><w:spacing w:val="-5"/></w:rPr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
        '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        f"{''.join(paragraphs)}{_table_grid()}</w:styles>"
    )


def _style(identity, name, properties="", characters="", *, following=""):
    after = f'<w:next w:val="{following}"/>' if following else ""
    own = "" if name.isascii() else ' w:customStyle="1"'
    return (
        f'<w:style w:type="paragraph"{own} w:styleId="{identity}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f"{after}<w:qFormat/><w:pPr>{properties}</w:pPr><w:rPr>{characters}</w:rPr></w:style>"
    )


def _table_styles(identity, name, *, points, height):
    """Cell text and head cell text of one size; line height is exact, as everywhere."""
    characters = f"{_NO_CHARACTER_SPACING}{_size(points)}"
    properties = f'<w:snapToGrid w:val="0"/>{_exact(height, before=20, after=20)}'
    return (
        _style(identity, name, f'{properties}<w:jc w:val="left"/>', characters),
        _style(f"{identity}Head", f"{name}头", f'{properties}<w:jc w:val="center"/>', f"{_fonts(_HEI)}{characters}"),
    )


def _table_grid():
    line = 'w:val="single" w:sz="4" w:space="0" w:color="000000"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 20), ("left", _CELL_MARGIN), ("bottom", 20), ("right", _CELL_MARGIN))
    )
    return (
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


_SETTINGS = (
    f'{_XML}<w:settings {_W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:balanceSingleByteDoubleByteWidth/>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)


def _footers():
    """— 1 — at the right of odd and the left of even pages, one character in.

    On a turned page it stays where it is on the others, at the sheet's foot (GB/T 9704-2012 7.5): there that is the
    left margin, and the number is turned with the sheet.
    """
    footers = {}
    for way in ("portrait", "landscape"):
        for page, side in (("odd", "right"), ("even", "left")):
            number = (
                f'<w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:{side}="{_FOOTER_CHARACTER}"/>'
                f'<w:jc w:val="{side}"/></w:pPr>'
                f'{_RUN}<w:t xml:space="preserve">— </w:t></w:r>'
                f'<w:fldSimple w:instr=" PAGE ">{_RUN}<w:t>1</w:t></w:r></w:fldSimple>'
                f'{_RUN}<w:t xml:space="preserve"> —</w:t></w:r></w:p>'
            )
            footers[way, page] = f"{_XML}<w:ftr {_W} {_VML}>{number if way == 'portrait' else _turned(number)}</w:ftr>"
    return footers


_VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'


def _turned(paragraph):
    """The paragraph in a frame in the left margin, read from top to bottom; the frame is as long as a line."""
    place = (
        f"position:absolute;margin-left:{(_BOTTOM - 257) / 20 - 28:.1f}pt;margin-top:{_LEFT / 20:.1f}pt;width:28pt;"
        f"height:{_TEXT_SHORT / 20:.1f}pt;z-index:1;"
        "mso-position-horizontal-relative:page;mso-position-vertical-relative:page"
    )
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:pict><v:rect style="{place}" filled="f" stroked="f">'
        f'<v:textbox style="layout-flow:vertical" inset="0,0,0,0"><w:txbxContent>{paragraph}</w:txbxContent>'
        "</v:textbox></v:rect></w:pict></w:r></w:p>"
    )


_WORD_PARTS = {
    "styles": (CONTENT_TYPE.WML_STYLES, RELATIONSHIP_TYPE.STYLES),
    "settings": (CONTENT_TYPE.WML_SETTINGS, RELATIONSHIP_TYPE.SETTINGS),
    "fontTable": (CONTENT_TYPE.WML_FONT_TABLE, RELATIONSHIP_TYPE.FONT_TABLE),
}


def _core_properties(document):
    """Title, author and day of the document; the same document says the same, whenever it is drawn."""
    moment = document.created
    if moment is None and document.date:
        moment = datetime.datetime.combine(document.date, datetime.time())
    if moment and moment.tzinfo:
        moment = moment.astimezone(datetime.UTC)
    times = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment:%Y-%m-%dT%H:%M:%SZ}</dcterms:{name}>'
        for name in ("created", "modified")
        if moment
    )
    title = _attribute("".join(document.title.splitlines()))
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
        f"<dc:creator>{_attribute(document.author)}</dc:creator><dc:language>zh-CN</dc:language>{times}"
        "</cp:coreProperties>"
    )
