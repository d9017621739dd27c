"""The real cases, from the workbook to the Word file, by the two commands."""

import json
from io import StringIO
from pathlib import Path

import docx
import pytest
from django.core.management import call_command

from campaigns.models import Campaign
from reports.models import Report
from tests.factories.reports import report_at

CASES = sorted(Path(__file__).parent.parent.joinpath("data").glob("seed*.xlsx"))


def body_of(path):
    """The paragraphs before the first annex; tables are not counted."""
    told = []
    for paragraph in docx.Document(path).paragraphs:
        if paragraph.text in ("附件", "附件1"):
            break
        told.append(paragraph.text)
    return "\n".join(told)


@pytest.mark.django_db
def test_there_are_cases():
    assert len(CASES) == 5


@pytest.mark.parametrize("book", CASES, ids=lambda book: book.stem)
def test_a_case_is_loaded_and_told(book, db, tmp_path):
    expected = json.loads(book.with_suffix(".expected.json").read_text(encoding="utf-8"))
    for _time in range(2):
        loaded = StringIO()
        call_command("load_workbook", book, stdout=loaded)
    assert "新增0，更新0" in loaded.getvalue()
    assert all("新增0，更新0" in line for line in loaded.getvalue().splitlines() if "新增" in line)
    out = tmp_path / "summary.docx"

    call_command("write_report", expected["campaign"], expected["start"], expected["end"], out=out, stdout=StringIO())

    text = body_of(out)
    assert [told for told in expected["essay"] + expected["derived"] if told not in text] == []
    assert [told for told in expected["forbidden"] if told in text] == []


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (["清水市创建全国文明", "2025-01-01", "2025-06-30"], {}, "是不是“清水市创建全国文明城市”"),
        (["清水市创建全国文明城市", "2025-1-1", "2025-06-30"], {}, "日期看不懂：2025-1-1"),
        (["清水市创建全国文明城市", "2025-06-30", "2025-01-01"], {}, "早于开始日期"),
        (["清水市创建全国文明城市", "2025-01-01", "2025-06-30"], {"unit": "河湾街"}, "是不是“河湾街道”"),
        (["清水市创建全国文明城市", "2031-01-01", "2031-06-30"], {}, "不在创建活动的起止时间"),
    ],
)
def test_wrong_arguments_are_said_in_one_line(city, campaign, tmp_path, arguments, options, says):
    told = StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("write_report", *arguments, out=tmp_path / "x.docx", stderr=told, **options)

    assert stopped.value.code == 1
    assert says in told.getvalue()
    assert len(told.getvalue().strip().splitlines()) == 1


def test_a_unit_gets_a_report_of_its_own(city, campaign, tmp_path):
    out = tmp_path / "unit.docx"

    call_command(
        "write_report", campaign.name, "2025-01-01", "2025-06-30", out=out, unit=city.bureau.name, stdout=StringIO()
    )

    assert Report.objects.get().unit == city.bureau
    assert "新建摊位120个" in body_of(out)
    assert "知晓率" not in body_of(out)


def test_an_issued_report_is_written_out_as_it_stands(city, campaign, tmp_path):
    report_at("issued", campaign, city)
    Campaign.objects.update(short_name="创卫")
    out = tmp_path / "issued.docx"

    call_command(
        "write_report", campaign.name, "2025-01-01", "2025-06-30", out=out, stderr=StringIO(), stdout=StringIO()
    )

    assert "创文" in body_of(out)
    assert "创卫" not in body_of(out)
