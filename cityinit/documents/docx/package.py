"""The parts of a .docx file, put together."""

import datetime
import zipfile
from io import BytesIO

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.package import Package

from . import look
from .blocks import Document
from .body import Body
from .markup import NAMESPACES, XML, attribute

_WORD_PARTS = {
    "styles": (CONTENT_TYPE.WML_STYLES, RELATIONSHIP_TYPE.STYLES),
    "settings": (CONTENT_TYPE.WML_SETTINGS, RELATIONSHIP_TYPE.SETTINGS),
    "fontTable": (CONTENT_TYPE.WML_FONT_TABLE, RELATIONSHIP_TYPE.FONT_TABLE),
}


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
    for name, xml in (("styles", look.styles(line)), ("settings", look.SETTINGS), ("fontTable", look.font_table())):
        content_type, relationship = _WORD_PARTS[name]
        main.relate_to(_part(package, f"/word/{name}.xml", content_type, xml), relationship)
    footers = {
        name: main.relate_to(
            _part(package, f"/word/footer{count}.xml", CONTENT_TYPE.WML_FOOTER, xml), RELATIONSHIP_TYPE.FOOTER
        )
        for count, (name, xml) in enumerate(look.footers().items(), start=1)
    }

    body = Body(main, line=line, footers=footers)
    body.write(document)
    main.xml = f"{XML}<w:document {NAMESPACES}><w:body>{body.finished()}</w:body></w:document>"
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
    title = attribute("".join(document.title.splitlines()))
    return (
        f'{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
        f"<dc:creator>{attribute(document.author)}</dc:creator><dc:language>zh-CN</dc:language>{times}"
        "</cp:coreProperties>"
    )
