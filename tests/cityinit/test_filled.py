"""An office's own .docx with placeholders: faults are told with their place, what is sound is filled."""

import zipfile
from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Pt

from cityinit.documents.docx import Column, Document, Paragraph, Picture, Table, Text, draw
from cityinit.documents.filled import Filling, Unfillable, faults, fill
from tests.factories.photos import shot
from tests.valid import faults_of

GIVEN = Filling(
    words={"标题": "关于<督查>&通报", "整改率": "94.2%", "空": ""},
    blocks={
        "正文": [
            Paragraph(Text("一、总体情况", bold=True)),
            Paragraph(["整改率", Text("94.2%", link_to_bookmark="source_1"), "。"]),
        ],
        "数据来源": [Paragraph([Text("1.整改率", bookmark="source_1")])],
        "没有的部分": [],
    },
    lists={"问题台账": [{"编号": "1", "问题描述": "占道<b>"}, {"编号": "2", "问题描述": "{{ 标题 }}"}]},
    columns={"问题台账": ["编号", "问题描述"], "任务台账": ["编号"]},
)


def paper(*paragraphs, table=(), header=""):
    """A .docx of these paragraphs and one table of rows of texts."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if table:
        drawn = made.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(drawn.add_row().cells, row, strict=True):
                cell.text = text
    if header:
        made.sections[0].header.paragraphs[0].text = header
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def filled(data, given=GIVEN):
    return docx.Document(BytesIO(fill(data, given)))


def texts(word):
    return [paragraph.text for paragraph in word.paragraphs]


LOOP = [["{%tr for 行 in 问题台账 %}", ""], ["{{ 行.编号 }}", "{{ 行.问题描述 }}"], ["{%tr endfor %}", ""]]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (paper("{{ 整改律 }}"), ["正文第1段：没有“整改律”这个占位符，是不是“整改率”？"]),
        (paper("好", "{{ 完全不同的名字 }}"), ["正文第2段：没有“完全不同的名字”这个占位符。"]),
        (paper("见{{ 正文 }}"), ["正文第1段：“{{ 正文 }}”有多段文字，要单独占一段。"]),
        (paper("{{ 标题 }"), ["正文第1段：“{{ 标题 }”里的括号没有配对。"]),
        (paper("{{ 标题|upper }}"), ["正文第1段：“{{ 标题|upper }}”看不懂。只能写占位符、for和if。"]),
        (
            paper("{{ ''.__class__.__mro__ }}"),
            ["正文第1段：“{{ ''.__class__.__mro__ }}”看不懂。只能写占位符、for和if。"],
        ),
        (
            paper("{% for i in range(1000000000) %}{% endfor %}"),
            [
                "正文第1段：“{% for i in range(1000000000) %}”看不懂。只能写占位符、for和if。",
                "正文第1段：这里的endfor没有对应的for。",
            ],
        ),
        (paper("{% if 整改率 %}有"), ["正文第1段：这里的if没有结束，请补上{% endif %}。"]),
        (paper("{% endif %}"), ["正文第1段：这里的endif没有对应的if。"]),
        (paper("{{ 问题台账 }}"), ["正文第1段：“问题台账”是一张表，请在表格里用for逐行写。"]),
        (paper("{{ 行.编号 }}"), ["正文第1段：“行”没有在循环里，不能取它的栏目。"]),
        (
            paper(table=[LOOP[0], ["{{ 行.编好 }}", "{{ 行 }}"], LOOP[2]]),
            [
                "第1个表格第2行：没有“编好”这个占位符，是不是“编号”？",
                "第1个表格第2行：请写明“行”的栏目，如{{ 行.编号 }}。",
            ],
        ),
        (paper(table=[LOOP[0], LOOP[0], LOOP[2], LOOP[2]]), ["第1个表格第2行：循环里不能再套循环。"]),
        (paper("好", header="{{ 页码 }}"), ["页眉：没有“页码”这个占位符。"]),
        (b"not a zip", ["这个文件不是完好的.docx，请在Word或WPS里打开、另存后再上传。"]),
    ],
)
def test_every_fault_is_told_with_its_place(data, told):
    assert faults(data, GIVEN) == told


def test_all_faults_are_told_at_once():
    assert len(faults(paper("{{ 甲 }}", "{{ 乙 }}", "{{ 标题"), GIVEN)) == 3


def test_a_sound_template_has_no_fault():
    data = paper("{{ 标题 }}", "{{正文}}", "{% if 空 %}有{% else %}无{% endif %}", table=LOOP, header="{{ 整改率 }}")

    assert faults(data, GIVEN) == []


def test_words_are_filled_as_they_are_and_never_read_as_markup_or_template():
    word = filled(paper("{{ 标题 }}：{{ 整改率 }}", table=LOOP, header="{{ 标题 }}"))

    assert texts(word) == ["关于<督查>&通报：94.2%"]
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [["1", "占道<b>"], ["2", "{{ 标题 }}"]]
    assert word.sections[0].header.paragraphs[0].text == "关于<督查>&通报"


def test_a_block_takes_the_look_of_its_placeholder_and_none_leaves_no_gap():
    made = docx.Document(BytesIO(paper("前", "{{ 正文 }}", "{{ 没有的部分 }}", "后")))
    made.paragraphs[1].runs[0].italic = True
    made.paragraphs[1].paragraph_format.left_indent = Pt(20)
    file = BytesIO()
    made.save(file)

    word = filled(file.getvalue())

    assert texts(word) == ["前", "一、总体情况", "整改率94.2%。", "后"]
    assert [paragraph.paragraph_format.left_indent for paragraph in word.paragraphs[1:3]] == [Pt(20), Pt(20)]
    assert (word.paragraphs[1].runs[0].italic, word.paragraphs[1].runs[0].bold) == (True, True)


def test_numbers_lead_to_their_sources_where_the_template_shows_them():
    with_sources = filled(paper("{{ 正文 }}", "{{ 数据来源 }}")).element.body
    without = filled(paper("{{ 正文 }}")).element.body

    assert [link.get(qn("w:anchor")) for link in with_sources.iter(qn("w:hyperlink"))] == ["source_1"]
    assert [mark.get(qn("w:name")) for mark in with_sources.iter(qn("w:bookmarkStart"))] == ["source_1"]
    assert list(without.iter(qn("w:hyperlink"))) == []


def test_a_placeholder_in_a_table_is_filled_too():
    word = filled(paper(table=[["{{ 正文 }}"]]))

    assert [paragraph.text for paragraph in word.tables[0].rows[0].cells[0].paragraphs] == [
        "一、总体情况",
        "整改率94.2%。",
    ]


def test_the_same_bytes_come_of_the_same_report_whenever_it_is_drawn(clock):
    data = paper("{{ 标题 }}", "{{ 正文 }}", table=LOOP)
    clock("2025-07-02 09:00")
    first = fill(data, GIVEN)
    clock("2025-07-03 09:00")

    assert fill(data, GIVEN) == first


def test_what_is_no_document_is_refused():
    with pytest.raises(Unfillable, match="不是完好的"):
        fill(b"not a zip", GIVEN)


def test_a_column_that_the_document_has_nothing_for_is_empty():
    given = replace(GIVEN, columns={"问题台账": ["编号", "问题描述", "上次得分"]})
    table = [["{%tr for 行 in 问题台账 %}", ""], ["{{ 行.编号 }}", "{{ 行.上次得分 }}"], ["{%tr endfor %}", ""]]

    word = filled(paper(table=table), given)

    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [["1", ""], ["2", ""]]


def test_what_is_filled_stays_valid_with_pictures_links_and_blocks():
    shown = Picture(shot()["buffer"], 20)
    given = replace(GIVEN, lists={"问题台账": [{"编号": 1, "问题描述": [shown, shown]}, {"编号": 2, "问题描述": ""}]})
    rows = [[Text(text) for text in row] for row in LOOP]
    blocks = [Paragraph("{{ 标题 }}"), Paragraph("{{ 正文 }}"), Paragraph("{{ 数据来源 }}")]
    office = draw(Document(title="{{ 整改率 }}", blocks=[*blocks, Table([Column("编号"), Column("照片")], rows)]))

    made = fill(office, given)

    word = docx.Document(BytesIO(made))
    shows = word.tables[0].rows[1].cells[1].paragraphs[0]
    assert (len(word.inline_shapes), shows.paragraph_format.line_spacing) == (2, 1.0)
    assert faults_of(made, ending=".docx") == []


def with_part(name, content, *, relation=""):
    """A sound paper with one more part, and a relation of its text that says where that is."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(paper("{{ 标题 }}"))) as source, zipfile.ZipFile(made, "w") as target:
        for part in source.namelist():
            data = source.read(part)
            if relation and part == "word/_rels/document.xml.rels":
                data = data.replace(b"</Relationships>", f"{relation}</Relationships>".encode())
            target.writestr(part, data)
        if name:
            target.writestr(name, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def relation(kind, target):
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="rId99" Type="{office}/{kind}" Target="{target}" TargetMode="External"/>'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (with_part("word/embeddings/oleObject1.bin", b"x"), "模板里嵌有别的文件或控件，请删掉后再上传。"),
        (with_part("word/activeX/activeX1.bin", b"x"), "模板里嵌有别的文件或控件，请删掉后再上传。"),
        (with_part("word/media/big.bmp", b"0" * (41 * 2**20)), "模板解压后超过40MB，请精简后再上传。"),
        (
            with_part("", b"", relation=relation("image", "http://elsewhere.example/a.png")),
            "模板引用了外部的图片，请删掉或改为插入后再上传。",
        ),
        (
            with_part("", b"", relation=relation("attachedTemplate", "file:///c:/a.dotm")),
            "模板引用了外部的模板，请删掉或改为插入后再上传。",
        ),
    ],
)
def test_what_would_travel_along_or_be_fetched_from_elsewhere_is_refused(data, told):
    assert faults(data, GIVEN) == [told]


def test_a_link_that_a_person_clicks_may_stand_in_a_paper():
    assert faults(with_part("", b"", relation=relation("hyperlink", "https://city.example/")), GIVEN) == []
