"""Official documents as .pdf, read back."""

from datetime import date
from io import BytesIO

import pypdf
import pytest
from PIL import Image

from cityinit.documents import pdf
from cityinit.documents.docx import Annex, Column, Document, Heading, Paragraph, Picture, Table, Text


def picture(shade):
    """One of its own: a file keeps equal pictures once."""
    file = BytesIO()
    Image.new("RGB", (320, 240), (shade, 120, 80)).save(file, "JPEG")
    return Picture(file.getvalue(), 59)


def read(document):
    return pypdf.PdfReader(BytesIO(pdf.draw(document)))


def words(page):
    return page.extract_text().replace("\n", "").replace(" ", "")


def letter(**values):
    blocks = [Heading(1, "一、情况"), Paragraph(["整改率", Text("94.2%", link_to_bookmark="s1"), "。"])]
    sources = Annex("数据来源", [Table([Column("数据")], [[[Text("整改率", bookmark="s1")]]], small=True)])
    rows = [[picture(40 * row), picture(40 * row + 20)] for row in range(5)]
    pairs = Annex("对照", [Table([Column("前"), Column("后")], rows, small=True)], landscape=True)
    given = {"addressee": "各单位：", "signature": "市创建办", "date": date(2025, 7, 5), "annexes": [sources, pairs]}
    return Document("关于整改\n情况的通报", blocks, **given | values)


def test_everything_stands_on_its_page():
    pages = read(letter()).pages

    assert words(pages[0]).startswith(
        "关于整改情况的通报各单位：一、情况整改率94.2%。附件：1.数据来源2.对照市创建办2025年7月5日"
    )
    assert words(pages[1]).startswith("附件1数据来源数据整改率")
    assert [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]] == [210, 297]
    assert [round(float(side) / 72 * 25.4) for side in pages[2].mediabox[2:]] == [297, 210]


def test_page_numbers_are_right_on_odd_and_left_on_even_pages():
    assert [words(page)[-3:] for page in read(letter()).pages[:2]] == ["—1—", "—2—"]


def test_the_head_of_a_table_stands_on_each_of_its_pages():
    long = Table([Column("编号"), Column("问题")], [[str(row), "占用盲道"] for row in range(200)], small=True)

    pages = read(Document("台账", [long])).pages

    assert len(pages) > 2
    assert all("编号问题" in words(page) for page in pages)


def test_a_number_leads_to_its_source():
    reader = read(letter())
    [link] = [note.get_object() for note in reader.pages[0]["/Annots"]]

    assert link["/Subtype"] == "/Link"


def test_three_rows_of_photos_stand_on_a_turned_page():
    pages = read(letter()).pages

    assert [len(page.images) for page in pages[2:]] == [4, 6]


def test_the_same_document_gives_the_same_bytes():
    assert pdf.draw(letter()) == pdf.draw(letter())


@pytest.mark.parametrize(
    "text", ['#import "x.typ"', '*粗* _斜_ $x$ \\ @s1 <a> #eval("1")', "// 注释 /* */", "= 标题", "“”‘’…—"]
)
def test_what_people_wrote_is_never_read_as_source(text):
    [page] = read(Document("通报", [Paragraph(text)])).pages

    assert text.replace(" ", "") in words(page)


def test_a_signature_takes_the_last_paragraph_along():
    blocks = [Paragraph(f"第{number}段。") for number in range(21)]

    for more in range(4):
        pages = read(
            Document("通报", blocks + [Paragraph("再一段。")] * more, signature="市创建办", date=date(2025, 7, 5))
        ).pages
        assert "市创建办" in words(pages[-1])
        assert "段。市创建办" in words(pages[-1])
