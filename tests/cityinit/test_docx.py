import datetime
import time
import zipfile
from decimal import Decimal
from io import BytesIO

import docx
import pytest
import time_machine
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Length
from lxml import etree
from PIL import Image

from cityinit.documents.docx import Annex, Column, Document, Heading, Paragraph, Picture, Table, Text, draw
from tests.valid import faults_of

W = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}

# The order the schema asks for; what may stand between them is left out where we never write it.
# ECMA-376 Part 1 (5th edition): 17.3.1.26 pPr · 17.3.2.28 rPr · 17.4.59 tblPr · 17.4.66 tcPr · 17.6.17 sectPr ·
# 17.7.4.17 style · 17.15.1.78 settings · 17.8.3.10 font · 17.4.37 tbl · 17.4.38 tblBorders · 17.4.42 tblCellMar.
ORDER = {
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr pBdr shd tabs suppressAutoHyphens "
        "kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing "
        "ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment outlineLvl rPr sectPr"
    ),
    "rPr": (
        "rStyle rFonts b bCs i iCs caps strike color spacing w kern position sz szCs highlight u vertAlign rtl cs lang"
    ),
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblW jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar "
    "tblLook",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection vAlign",
    "sectPr": "footerReference type pgSz pgMar pgNumType cols titlePg textDirection docGrid",
    "style": "name basedOn next link uiPriority semiHidden unhideWhenUsed qFormat pPr rPr tblPr",
    "settings": "zoom defaultTabStop evenAndOddHeaders characterSpacingControl compat themeFontLang",
    "font": "altName panose1 charset family pitch",
    "tbl": "tblPr tblGrid tr",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "tc": "tcPr p",
    "tr": "trPr tc",
    "rPrDefault": "rPr",
    "docDefaults": "rPrDefault pPrDefault",
}


def image(width=400, height=300):
    stream = BytesIO()
    Image.new("RGB", (width, height), (40, 120, 180)).save(stream, "PNG")
    return stream.getvalue()


def summary(**changes):
    """A document with one of everything."""
    values = {
        "title": "某某市2025年上半年创建全国文明城市\n工作总结",
        "subtitle": "（征求意见稿）",
        "addressee": "市创建全国文明城市指挥部",
        "blocks": [
            Heading(1, "一、工作开展情况"),
            Heading(2, "（一）组织领导"),
            Heading(3, "1.加强领导"),
            Heading(4, "（1）成立专班"),
            Paragraph(
                ["整改率", Text("95.2%", bold=True, link_to_bookmark="rate"), "，见", Text("页", url="https://a.cn/1")]
            ),
            Picture(image(), 100, "图1　整改前后"),
            Table([Column("单位", 3), Column("任务数", 1, "right")], [["综合办", 12], ["门诊部", None]], caption="表1"),
            Table([Column("宽表")], [["横排"]], landscape=True),
            Paragraph("正文结束。", indent=False),
        ],
        "signature": "某某市精神文明建设指导委员会办公室",
        "date": datetime.date(2025, 7, 5),
        "annexes": [
            Annex(
                "任务台账",
                [Table([Column("编号"), Column("来源")], [["1", Text("记录", bookmark="rate")]])],
                landscape=True,
            ),
            Annex(
                "照片对照",
                [Table([Column("前"), Column("后")], [[Picture(image(), 60), Picture(image(), 60)]], small=True)],
            ),
            Annex("说明", [Paragraph("完。")]),
        ],
        "author": "创建办",
    }
    return Document(**(values | changes))


def opened(document):
    return docx.Document(BytesIO(draw(document)))


def parts(document):
    with zipfile.ZipFile(BytesIO(draw(document))) as package:
        return {name: package.read(name) for name in package.namelist()}


def texts(word):
    return [paragraph.text for paragraph in word.paragraphs if paragraph.text]


def paragraph(word, text):
    return next(each for each in word.paragraphs if each.text == text)


def style(word, identity):
    return word.styles.element.xpath(f"w:style[@w:styleId='{identity}']")[0]


def test_the_page_is_that_of_the_standard():
    word = opened(summary())

    section = word.sections[0]
    measured = [
        round(length.mm, 1)
        for length in (section.page_width, section.page_height, section.top_margin, section.bottom_margin)
    ]
    assert measured == [210.0, 297.0, 37.0, 35.0]
    assert [round(section.left_margin.mm, 1), round(section.right_margin.mm, 1)] == [28.0, 26.0]


@pytest.mark.parametrize(("points", "twips"), [(28.95, 579), (28, 560)])
def test_a_page_holds_22_lines_of_28_characters(points, twips):
    word = opened(summary(line_pt=points))

    section = word.sections[0]
    grid = section._sectPr.find(qn("w:docGrid"))
    normal = style(word, "Normal")
    spacing = normal.pPr.find(qn("w:spacing"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", str(twips))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == (str(twips), "exact")
    assert normal.rPr.find(qn("w:spacing")).get(qn("w:val")) == "-5"
    text_height = section.page_height - section.top_margin - section.bottom_margin
    text_width = section.page_width - section.left_margin - section.right_margin
    assert int(Length(text_height).pt // points) == 22
    assert int(Length(text_width).pt // (16 - 0.25)) == 28


@pytest.mark.parametrize(
    ("identity", "font", "points"),
    [
        ("Title", "方正小标宋简体", 22),
        ("AnnexTitle", "方正小标宋简体", 22),
        ("Heading1", "黑体", None),
        ("Heading2", "楷体_GB2312", None),
        ("Heading3", None, None),
        ("Heading4", None, None),
        ("AnnexMark", "黑体", None),
        ("Footer", "宋体", 14),
    ],
)
def test_each_part_has_its_font_by_name_and_its_size(identity, font, points):
    word = opened(summary())

    found = style(word, identity)
    names, sizes = found.xpath("w:rPr/w:rFonts/@w:eastAsia"), found.xpath("w:rPr/w:sz/@w:val")
    assert names == ([font] if font else [])
    assert sizes == ([str(points * 2)] if points else [])
    assert found.xpath("w:rPr/w:b") == []


def test_the_body_is_fangsong_16_and_no_font_is_bundled():
    word, package = opened(summary()), parts(summary())

    defaults = word.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr")[0]
    assert defaults.xpath("w:rFonts/@w:eastAsia") == ["仿宋_GB2312"]
    assert defaults.xpath("w:sz/@w:val") == ["32"]
    indent = style(word, "BodyText").pPr.find(qn("w:ind"))
    assert (indent.get(qn("w:firstLineChars")), indent.get(qn("w:firstLine"))) == ("200", "640")
    table = etree.fromstring(package["word/fontTable.xml"])
    named = {font.get(qn("w:name")): font.find(qn("w:altName")) for font in table}
    assert named["仿宋_GB2312"].get(qn("w:val")) == "仿宋,FangSong"
    assert set(named) == {"仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体", "Times New Roman"}
    assert [name for name in package if "font" in name] == ["word/fontTable.xml"]


def test_the_document_is_told_in_the_order_of_the_standard():
    word = opened(summary())

    assert texts(word) == [
        "某某市2025年上半年创建全国文明城市\n工作总结",
        "（征求意见稿）",
        "市创建全国文明城市指挥部：",
        "一、工作开展情况",
        "（一）组织领导",
        "1.加强领导",
        "（1）成立专班",
        "整改率95.2%，见页",
        "图1　整改前后",
        "表1",
        "正文结束。",
        "附件：1. 任务台账",
        "2. 照片对照",
        "3. 说明",
        "某某市精神文明建设指导委员会办公室",
        "2025年7月5日",
        "附件1",
        "任务台账",
        "附件2",
        "照片对照",
        "附件3",
        "说明",
        "完。",
    ]


def test_a_single_annex_has_no_number():
    word = opened(Document("总结", [Paragraph("正文。")], annexes=[Annex("台账", [Paragraph("完。")])]))

    assert texts(word) == ["总结", "正文。", "附件：台账", "附件", "台账", "完。"]


def test_number_and_signer_stand_on_one_line_at_either_edge():
    word = opened(Document(title="函", blocks=[], number="创文督办〔2026〕1号", signer="陈立群"))

    head = word.paragraphs[0]
    assert head.text == "创文督办〔2026〕1号\t签发人：陈立群"
    assert head._p.xpath("w:pPr/w:tabs/w:tab/@w:val") == ["right"]


def test_an_addressee_that_brings_its_colon_gets_no_second_one():
    assert texts(opened(Document("总结", [], addressee="市文明办：")))[1] == "市文明办："


@pytest.mark.parametrize(
    ("signature", "indents"),
    [
        # 17 characters against 6: the date begins two further in than the signature, so it ends 11 from the right.
        ("某某市精神文明建设指导委员会办公室", [2, 11]),
        # As wide as the date: now the date is two from the right, and the signature gives way.
        ("市文明委员会", [4, 2]),
        ("文明办", [7, 2]),
        # The longest that a line holds, and one that takes a second: there the date would be left no room.
        ("某某市创建全国文明城市工作指挥部环境卫生整治工作专班", [2, 20]),
        ("某某市创建全国文明城市工作指挥部办公室（某某市精神文明建设指导委员会办公室代章）", [2, 4]),
    ],
)
def test_the_signature_stands_two_characters_from_the_right_and_the_date_two_further_in(signature, indents):
    word = opened(summary(signature=signature))

    signed, dated = paragraph(word, signature), paragraph(word, "2025年7月5日")
    found = [each._p.pPr.find(qn("w:ind")).get(qn("w:right")) for each in (signed, dated)]
    assert found == [str(315 * indent) for indent in indents]
    assert [each.style.paragraph_format.alignment for each in (signed, dated)] == [2, 2]
    # One empty line above, none between.
    assert [each._p.pPr.find(qn("w:spacing")).get(qn("w:before")) for each in (signed, dated)] == ["579", "0"]


def test_a_signature_never_stands_alone_on_a_page():
    blocks = [Paragraph("现予督办。"), Paragraph("特此函告。")]
    letter = opened(Document("督办函", blocks, signature="市创建办", date=datetime.date(2025, 7, 5)))
    listed = opened(Document("总结", blocks, signature="市创建办", annexes=[Annex("任务表", blocks)]))
    unsigned = opened(Document("总结", blocks))

    def kept(word):
        return [each.text for each in word.paragraphs if each._p.pPr.find(qn("w:keepNext")) is not None]

    assert kept(letter) == ["特此函告。", "市创建办"]
    assert kept(listed) == ["特此函告。", "附件：任务表"]
    assert kept(unsigned) == []


def test_page_numbers_are_right_on_odd_and_left_on_even_pages():
    word = opened(summary())

    assert word.settings.odd_and_even_pages_header_footer is True
    for footer, side in ((word.sections[0].footer, "right"), (word.sections[0].even_page_footer, "left")):
        (number,) = footer.paragraphs
        assert "".join(number._p.xpath(".//w:t/text()")) == "— 1 —"
        assert number._p.xpath("w:fldSimple/@w:instr") == [" PAGE "]
        assert number._p.xpath("w:pPr/w:jc/@w:val") == [side]
        assert number._p.xpath(f"w:pPr/w:ind/@w:{side}") == ["280"]


def test_turned_pages_are_sections_whose_page_number_stays_at_the_foot_of_the_sheet():
    word = opened(summary())

    portrait, landscape = WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE
    assert [section.orientation for section in word.sections] == [portrait, landscape, portrait, landscape, portrait]
    turned = word.sections[1]
    assert (turned.page_width, turned.page_height) == (word.sections[0].page_height, word.sections[0].page_width)
    assert [round(each.mm) for each in (turned.top_margin, turned.right_margin)] == [28, 37]
    assert [round(each.mm) for each in (turned.bottom_margin, turned.left_margin)] == [26, 35]
    for footer, side in ((turned.footer, "right"), (turned.even_page_footer, "left")):
        box = footer._element.xpath(".//w:txbxContent")[0]
        assert box.getparent().get("style") == "layout-flow:vertical"
        assert box.xpath("w:p/w:pPr/w:jc/@w:val", namespaces=W) == [side]


def test_each_annex_begins_on_a_new_page():
    word = opened(summary())

    # The first two turn the page into a new section; the third shares its section and breaks the page itself.
    breaks = [paragraph(word, f"附件{place}")._p.xpath("w:pPr/w:pageBreakBefore") for place in (1, 2, 3)]
    assert [len(each) for each in breaks] == [0, 0, 1]
    assert {section._sectPr.xpath("w:type/@w:val")[0] for section in word.sections} == {"nextPage"}


def test_links_lead_to_bookmarks_and_to_addresses_and_their_text_is_read_as_text():
    word = opened(summary())

    inside, outside = paragraph(word, "整改率95.2%，见页").hyperlinks
    assert (inside.text, inside.fragment) == ("95.2%", "rate")
    assert (outside.text, outside.address) == ("页", "https://a.cn/1")
    assert word.element.xpath("//w:bookmarkStart/@w:name") == ["rate"]
    assert word.element.xpath("//w:bookmarkStart/@w:id") == word.element.xpath("//w:bookmarkEnd/@w:id")


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([Paragraph(Text("1", link_to_bookmark="nowhere"))], "not in the document: nowhere"),
        ([Paragraph([Text("1", bookmark="a"), Text("2", bookmark="a")])], "given twice"),
        ([Paragraph(Text("1", bookmark="1st"))], "A bookmark is a letter"),
        ([Paragraph(Text("1", bookmark='a"b'))], "A bookmark is a letter"),
        ([Paragraph(Text("1", url="javascript:alert(1)"))], "http:// or https://"),
        ([Heading(5, "五级")], "level 1 to 4"),
        ([Table([Column("甲"), Column("乙")], [["只有一格"]])], "2 columns"),
        ([Table([], [])], "without columns"),
        ([Table([Column("甲", align="justify")], [])], "left, center or right"),
        ([Picture(b"GIF, but not really", 10)], "PNG, JPEG, GIF, BMP and TIFF"),
        (["a bare string"], "Neither heading"),
    ],
)
def test_what_would_break_the_document_is_refused(blocks, reason):
    with pytest.raises(ValueError, match=reason):
        draw(Document("总结", blocks))


def test_a_table_is_as_wide_as_the_text_and_its_header_row_repeats():
    word = opened(summary())

    table = word.tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["单位", "任务数"],
        ["综合办", "12"],
        ["门诊部", ""],
    ]
    assert [len(row._tr.xpath("w:trPr/w:tblHeader")) for row in table.rows] == [1, 0, 0]
    widths = [int(width) for width in table._tbl.xpath("w:tblGrid/w:gridCol/@w:w")]
    assert sum(widths) == 8845
    assert widths == [6634, 2211]
    assert table._tbl.xpath("w:tr[2]/w:tc/w:p/w:pPr/w:jc/@w:val") == ["left", "right"]
    assert [int(width) for width in word.tables[1]._tbl.xpath("w:tblGrid/w:gridCol/@w:w")] == [12756]


def test_numbers_in_cells_are_written_as_official_texts_do():
    rows = [[Decimal("3.25"), 1200, 0, None, 62.5]]

    word = opened(Document("总结", [Table([Column(str(place)) for place in range(5)], rows)]))

    assert [cell.text for cell in word.tables[0].rows[1].cells] == ["3.3", "1200", "0", "", "62.5"]


def test_thousands_of_rows_are_drawn_in_no_time():
    columns = [Column(f"列{place}") for place in range(8)]
    rows = [[f"第{row}行", "市文明办", row, "整改中", "说明文字" * 4, "", None, "2025-07-01"] for row in range(2000)]

    begun = time.process_time()
    drawn = draw(Document("台账", [Table(columns, rows)]))
    seconds = time.process_time() - begun

    assert len(docx.Document(BytesIO(drawn)).tables[0]._tbl.tr_lst) == 2001
    # python-docx's own cells take minutes; this takes a tenth of a second on a quiet machine.
    assert seconds < 1


def test_any_text_survives_and_what_xml_cannot_carry_is_left_out():
    text = "甲<乙>&\"丙\"\x00\x07\ufffe\ud800'丁'\r\n第二行\t栏"

    word = opened(Document(text, [Paragraph(text), Table([Column(text)], [[text]]), Picture(image(), 10, text)]))

    clean = "甲<乙>&\"丙\"'丁'\n第二行\t栏"
    assert texts(word) == [clean, clean, clean]
    assert word.tables[0].rows[1].cells[0].text == clean
    assert word.core_properties.title == "甲<乙>&\"丙\"'丁'第二行\t栏"


def test_a_picture_is_not_clipped_keeps_its_shape_and_is_stored_once():
    wide, high = image(400, 300), image(100, 1000)
    blocks = [
        Picture(wide, 100),
        Picture(wide, 400),
        Picture(high, 150),
        Table([Column("甲"), Column("乙")], [[Picture(wide, 200), "x"]]),
    ]

    word, package = opened(Document("图", blocks)), parts(Document("图", blocks))

    sizes = [(round(shape.width.mm, 1), round(shape.height.mm, 1)) for shape in word.inline_shapes]
    # As asked; no wider than the text; no higher than two thirds of the page; no wider than the cell.
    assert sizes == [(100.0, 75.0), (156.0, 117.0), (15.0, 150.0), (75.0, 56.3)]
    assert [name for name in package if name.startswith("word/media")] == [
        "word/media/image1.png",
        "word/media/image2.png",
    ]
    assert style(word, "Picture").xpath("w:pPr/w:spacing/@w:lineRule") == ["auto"]
    assert len(set(word.element.xpath("//wp:docPr/@id"))) == 4


def test_the_same_document_gives_the_same_bytes_whenever_it_is_drawn():
    with time_machine.travel("2025-07-05 10:00"):
        first = draw(summary())
    with time_machine.travel("2026-01-01 23:59:58"):
        second = draw(summary())

    assert first == second


def test_the_properties_name_title_author_and_day():
    properties = opened(summary()).core_properties

    assert (properties.author, properties.language) == ("创建办", "zh-CN")
    assert properties.title == "某某市2025年上半年创建全国文明城市工作总结"
    assert properties.created == datetime.datetime(2025, 7, 5, tzinfo=datetime.UTC)
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    created = datetime.datetime(2025, 7, 6, 7, 30, tzinfo=shanghai)
    assert opened(summary(created=created)).core_properties.created == datetime.datetime(
        2025, 7, 5, 23, 30, tzinfo=datetime.UTC
    )


def test_every_element_stands_in_the_order_of_the_schema():
    misplaced, seen = [], set()
    for name, content in parts(summary()).items():
        if not name.endswith(".xml") or not name.startswith("word/"):
            continue
        for element in etree.fromstring(content).iter(etree.Element):
            kind = etree.QName(element).localname
            if kind in ORDER and etree.QName(element).namespace == W["w"]:
                seen.add(kind)
                order = ORDER[kind].split()
                found = [etree.QName(child).localname for child in element]
                if any(each not in order for each in found) or found != sorted(found, key=order.index):
                    misplaced.append((name, kind, found))

    assert misplaced == []
    assert seen == set(ORDER)


def test_every_relationship_leads_to_a_part_with_a_content_type():
    package = parts(summary())

    types = etree.fromstring(package["[Content_Types].xml"])
    named = {each.get("PartName", "").lstrip("/") for each in types}
    endings = {each.get("Extension") for each in types}
    assert [
        name for name in package if name not in named and name.rsplit(".", 1)[-1] not in endings and name[0] != "["
    ] == []
    for target in etree.fromstring(package["word/_rels/document.xml.rels"]):
        if target.get("TargetMode") != "External":
            assert f"word/{target.get('Target')}" in package


def test_a_document_with_all_there_is_is_valid():
    assert faults_of(draw(summary()), ending=".docx") == []
