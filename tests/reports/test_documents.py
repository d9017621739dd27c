"""The annexes of a summary: where its numbers come from, in few lines on paper and one by one in the workbook."""

from datetime import date
from io import BytesIO

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from cityinit.documents.docx import draw as draw_word
from cityinit.documents.pdf import draw as draw_pdf
from reports.documents import Told, document_of, draw_ledgers

FACTS = {
    "pairs": [],
    "taken_on": "2025-07-02",
    "period": {"label": "2025年上半年", "last_day": "2025年6月30日"},
    "speaker": {"name": "清水县"},
    "writing": {"subtitle": "", "addressee": "", "signature": "", "line_points": "28.95", "numbering": "standard"},
    "ledgers": {"tasks": [], "findings": {"count": 1, "first": [["2026-000032"] + [""] * 8]}},
    "figures": {
        **{
            f"quantity:{number}": {"label": f"更换{number}", "basis": "累加", "model": "", "count": 2}
            for number in range(13)
        },
        "tasks.total": {"label": "任务数", "basis": "末级任务", "model": "", "count": 1},
    },
    "sources": {"campaigns.meeting:1": "会议活动 推进会", "campaigns.meeting:2": "会议活动 例会"},
}


def told(*keys):
    """One section in which each key stands once, as its place in the row."""
    text, links = "", []
    for place, key in enumerate(keys, start=10):
        links.append({"start": len(text), "end": len(text) + 2, "figure": key})
        text += f"{place}，"
    return [Told("", 0, text, links)]


@pytest.fixture
def rows_of():
    """`rows_of(section)` draws the summary and gives the rows of its last table."""

    def draw(sections):
        told = document_of("总结", facts=FACTS, sections=sections, dated=date(2025, 7, 2))
        drawn = docx.Document(BytesIO(draw_word(told)))
        return [[cell.text for cell in row.cells] for row in drawn.tables[-1].rows[1:]]

    return draw


def test_figures_of_one_basis_share_a_row_and_copied_numbers_one_for_all(rows_of):
    sections = told("quantity:0", "campaigns.meeting:1", "tasks.total", "quantity:1", "campaigns.meeting:2")

    assert rows_of(sections) == [
        ["1", "累加", "更换0：10（2条）；更换1：13（2条）"],
        ["2", "末级任务", "任务数：12"],
        ["3", "照录原始记录，逐条见Excel附表", "会议活动（2条）"],
    ]


def test_a_row_of_figures_stays_short_enough_for_a_page(rows_of):
    rows = rows_of(told(*(f"quantity:{number}" for number in range(13))))

    assert [(basis, figures.count("更换")) for _place, basis, figures in rows] == [("累加", 12), ("累加", 1)]


def test_the_workbook_lists_every_number_by_itself():
    book = openpyxl.load_workbook(
        BytesIO(draw_ledgers(FACTS, told("quantity:0", "campaigns.meeting:1", "campaigns.meeting:2"), findings=[]))
    )

    assert [row for row in book["数据来源"].iter_rows(min_row=2, values_only=True)] == [
        (1, "更换0", "10", "累加", 2),
        (2, "会议活动 推进会", "11", "照录原始记录", 1),
        (3, "会议活动 例会", "12", "照录原始记录", 1),
    ]


@pytest.mark.parametrize(
    ("title", "drawn"),
    [
        ("关于2025年上半年创文工作督查情况的通报", "关于2025年上半年创文工作督查情况的通报"),
        ("关于2025年上半年创建全国文明城市工作督查情况的通报", "关于2025年上半年创建全国文明城市工作\n督查情况的通报"),
        ("清水市创建全国文明城市2025年上半年工作总结", "清水市创建全国文明城市\n2025年上半年工作总结"),
        ("清水县2025年上半年总结", "清水县2025年上半年总结"),
    ],
)
def test_a_title_wider_than_a_line_is_broken_where_a_person_would(title, drawn):
    assert document_of(title, facts=FACTS, sections=(), dated=date(2025, 7, 2)).title == drawn


def test_a_figures_line_leads_to_its_records_where_the_product_has_an_address():
    sections = told("tasks.total", "campaigns.meeting:1")
    page = "https://ledger.example.gov.cn/reports/1/records/1/?figure="

    document = document_of(
        "总结", facts=FACTS, sections=sections, dated=date(2025, 7, 2), address_of=lambda key: f"{page}{key}"
    )

    word = docx.Document(BytesIO(draw_word(document)))
    links = [cell.paragraphs[0].hyperlinks for cell in word.tables[-1].columns[2].cells[1:]]
    assert [[(link.text, link.url) for link in row] for row in links] == [[("任务数：10", f"{page}tasks.total")], []]
    assert f"{page}tasks.total" in uris_of(draw_pdf(document))


def uris_of(pdf):
    annotations = [note.get_object() for page in PdfReader(BytesIO(pdf)).pages for note in page.get("/Annots", ())]
    return {note["/A"]["/URI"] for note in annotations if "/URI" in note.get("/A", {})}
