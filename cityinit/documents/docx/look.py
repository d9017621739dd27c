"""Fonts, styles, settings and page numbers: how every document looks, whatever stands in it."""

from .markup import RUN, WORD, XML
from .measures import BOTTOM, CELL_MARGIN, FOOTER_CHARACTER, LEFT, TEXT_SHORT

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
_NO_CHARACTER_SPACING = '<w:spacing w:val="0"/>'


def font_table():
    chinese = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, instead, family, pitch in _FONTS
    )
    return (
        f'{XML}<w:fonts {WORD}>{chinese}<w:font w:name="{_LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/>'
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


def styles(line):
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
            f"{off_grid}{_exact(FOOTER_CHARACTER)}",
            f"{_fonts(_SONG)}{_NO_CHARACTER_SPACING}{_size(14)}",
        ),
        _style("Hidden", "节尾", f"{off_grid}{_exact(20)}", f"{_NO_CHARACTER_SPACING}{_size(1)}"),
    ]
    for level, fonts in enumerate((_fonts(_HEI), _fonts(_KAI, _LATIN), "", ""), start=1):
        properties = f'<w:keepNext/>{indented}<w:outlineLvl w:val="{level - 1}"/>'
        paragraphs.append(_style(f"Heading{level}", f"heading {level}", properties, fonts, following="BodyText"))
    return (
        f"{XML}<w:styles {WORD}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts(_BODY, _LATIN)}{_size(16)}"
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
        for side, width in (("top", 20), ("left", CELL_MARGIN), ("bottom", 20), ("right", CELL_MARGIN))
    )
    return (
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


SETTINGS = (
    f'{XML}<w:settings {WORD}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:balanceSingleByteDoubleByteWidth/>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)


def footers():
    """— 1 — at the right of odd and the left of even pages, one character in.

    On a turned page it stays where it is on the others, at the sheet's foot (GB/T 9704-2012 7.5): there that is the
    left margin, and the number is turned with the sheet.
    """
    footers = {}
    for way in ("portrait", "landscape"):
        for page, side in (("odd", "right"), ("even", "left")):
            number = (
                f'<w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:{side}="{FOOTER_CHARACTER}"/>'
                f'<w:jc w:val="{side}"/></w:pPr>'
                f'{RUN}<w:t xml:space="preserve">— </w:t></w:r>'
                f'<w:fldSimple w:instr=" PAGE ">{RUN}<w:t>1</w:t></w:r></w:fldSimple>'
                f'{RUN}<w:t xml:space="preserve"> —</w:t></w:r></w:p>'
            )
            footers[way, page] = f"{XML}<w:ftr {WORD} {_VML}>{number if way == 'portrait' else _turned(number)}</w:ftr>"
    return footers


_VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'


def _turned(paragraph):
    """The paragraph in a frame in the left margin, read from top to bottom; the frame is as long as a line."""
    place = (
        f"position:absolute;margin-left:{(BOTTOM - 257) / 20 - 28:.1f}pt;margin-top:{LEFT / 20:.1f}pt;width:28pt;"
        f"height:{TEXT_SHORT / 20:.1f}pt;z-index:1;"
        "mso-position-horizontal-relative:page;mso-position-vertical-relative:page"
    )
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:pict><v:rect style="{place}" filled="f" stroked="f">'
        f'<v:textbox style="layout-flow:vertical" inset="0,0,0,0"><w:txbxContent>{paragraph}</w:txbxContent>'
        "</v:textbox></v:rect></w:pict></w:r></w:p>"
    )
