"""The year a 任务分解表 is called by, which its days without a year are of."""

from types import SimpleNamespace

import pytest

from campaigns.forms.tables import ColumnsForm
from campaigns.models import Task
from campaigns.tables.layout import titled_year
from tests.factories.tables import plain_table
from units.models import Unit

HEAD = ["任务名称", "牵头单位", "完成时限", "备注"]


@pytest.mark.parametrize(
    ("lines", "sheet", "name", "year"),
    [
        (["清水市2027年度任务分解表"], "Sheet1", "表.xlsx", 2027),
        (["清水市２０２７年创建任务分解表", "填报单位：创建办 2026年3月"], "Sheet1", "表.xlsx", 2027),
        (["任务分解表", "（2027年度）"], "Sheet1", "2026年.xlsx", 2027),
        (["任务分解表（2026年3月印发）"], "Sheet1", "表.xlsx", None),
        (["对照测评体系（2023年版）任务分解表"], "Sheet1", "表.xlsx", None),
        (["2025—2027年任务分解表"], "2027年", "2027年.xlsx", None),
        (["2026年总结和2027年任务"], "Sheet1", "表.xlsx", None),
        ([], "2027年度", "2026年.xlsx", 2027),
        ([], "Sheet1", "2027年任务分解表.csv", 2027),
        (["创文〔2027〕5号"], "Sheet1", "表.xlsx", None),
    ],
)
def test_the_year_is_the_one_the_table_is_called_by(lines, sheet, name, year):
    layout = {"top": [[line, ""] for line in [*lines, "任务名称"]], "header_line": len(lines) + 1, "sheet": sheet}

    assert titled_year(SimpleNamespace(layout=layout, file=SimpleNamespace(name=name))) == year


@pytest.mark.django_db
def test_days_without_a_year_are_of_the_titles_year_unless_a_person_chose_another(bring, campaign):
    campaign.ends_on = campaign.ends_on.replace(year=2027)
    campaign.save(update_fields=["ends_on"])
    row = ["甲", "城管局", "6月底前", ""]
    bring(plain_table(["2026年度任务分解表"], HEAD, row), year=2026)

    later = bring(plain_table(["2027年度任务分解表"], HEAD, ["乙", *row[1:]]))
    proposed = ColumnsForm(table=later, units=Unit.objects.none())["year"]
    later.options = {}
    of_the_title = ColumnsForm(table=later, units=Unit.objects.none())["year"]
    later.options = {"year": 2026}
    of_the_person = ColumnsForm(table=later, units=Unit.objects.none())["year"]

    assert [task.due_on.isoformat() for task in Task.objects.order_by("pk")] == ["2026-06-30", "2027-06-30"]
    assert [field.value() for field in (proposed, of_the_title, of_the_person)] == [2027, 2027, 2026]
    assert of_the_title.help_text == "如“6月底前”；表名里写着2027年"
