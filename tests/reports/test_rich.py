"""What may be marked in a section's text, and where its words stand."""

from datetime import date
from io import BytesIO

import docx
import pytest

from cityinit.documents.docx import draw
from reports import rich
from reports.documents import Told, document_of
from reports.numbers import numbers_in
from tests.reports.test_documents import FACTS


def read(text):
    return [(line.kind, [(text[span.start : span.end], span.bold) for span in line.spans]) for line in rich.lines(text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("一段。\n\n两段。", [("paragraph", [("一段。", False)]), ("paragraph", [("两段。", False)])]),
        ("# 小标题\n- 一项", [("heading", [("小标题", False)]), ("item", [("一项", False)])]),
        ("整改**56个**问题", [("paragraph", [("整改", False), ("56个", True), ("问题", False)])]),
        ("**全**", [("paragraph", [("全", True)])]),
        ("2 ** 3，**没有结束", [("paragraph", [("2 ** 3，**没有结束", False)])]),
        ("- \n#不是标题", [("paragraph", [("#不是标题", False)])]),
        ("", []),
    ],
)
def test_lines_and_their_spans(text, lines):
    assert read(text) == lines


def test_what_a_reader_reads_has_no_signs():
    assert rich.plain("# 成效\n- 整改**56**个\n好") == "成效\n整改56个\n好"


def test_a_bold_number_is_the_same_number():
    assert [(number.text, number.measure) for number in numbers_in("整改**56**个")] == [("56", "个")]


def test_headings_items_and_bold_words_are_drawn_with_their_links():
    text = "# 成效\n整改**56个**。\n- 一项"
    at = text.index("56")
    links = [{"start": at, "end": at + 2, "figure": "tasks.total"}]

    word = docx.Document(
        BytesIO(draw(document_of("总结", facts=FACTS, sections=[Told("整改", 1, text, links)], dated=date(2025, 7, 2))))
    )

    body = {paragraph.text: paragraph for paragraph in word.paragraphs}
    assert body["成效"].style.name == "Heading 2"
    assert "● 一项" in body
    bold = "".join(run.text for run in body["整改56个。"].runs if run.bold)
    assert bold == "个"
    [link] = body["整改56个。"].hyperlinks
    assert (link.text, link.runs[0].bold) == ("56", True)
