"""The sheet 测评指标 of a workbook: it speaks of the version in force, and never writes over one in use."""

import pytest

from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, SelfCheck, Standard, Task
from inspections.importers import load_workbook
from tests.factories import workbooks

pytestmark = pytest.mark.django_db

INDICATORS = [
    {"编号": "Ⅰ-1", "名称": "公共环境", "分值": 10},
    {
        "编号": "Ⅱ-1",
        "上级编号": "Ⅰ-1",
        "名称": "市容环境",
        "标准": "（1）路面洁净；（2）设施完好",
        "责任单位": "城管局",
    },
]
TASKS = [{"编号": "1", "名称": "整治", "指标编号": "Ⅱ-1", "牵头单位": "城管局"}]
CHECKS = [{"指标编号": "Ⅱ-1", "日期": "2025-06-20", "自评分": 8}]
MORE = [{"编号": "Ⅱ-2", "上级编号": "Ⅰ-1", "名称": "公共秩序"}]


def load(indicators=INDICATORS):
    return load_workbook(workbooks.book(测评指标=indicators, 任务=TASKS, 指标自查=CHECKS))


def reworded():
    return [INDICATORS[0], INDICATORS[1] | {"名称": "市容市貌"}]


def test_a_standard_is_cut_where_it_numbers_itself():
    load()

    assert [one.full_number for one in Standard.objects.all()] == ["Ⅱ-1-1)", "Ⅱ-1-2)"]
    assert AssessmentSystem.objects.get().state == "in_force"


def test_loading_twice_changes_nothing():
    load()

    again = load()

    assert again.changes == 0
    assert AssessmentSystem.objects.count() == 1


@pytest.mark.parametrize("changed", [reworded(), [*INDICATORS, *MORE]], ids=["reworded", "added"])
def test_what_is_in_use_stays_and_the_change_comes_in_force_as_a_new_version(changed):
    load()
    first = AssessmentSystem.objects.get()
    before = [str(row) for row in first.indicators.all()]

    loaded = load(changed)
    again = load(changed)

    first.refresh_from_db()
    second = AssessmentSystem.objects.in_force().get()
    assert (first.state, second.previous, second.version) == ("superseded", first, 2)
    assert [str(row) for row in first.indicators.all()] == before
    assert [(row.code, row.name) for row in second.indicators.all()] == [(row["编号"], row["名称"]) for row in changed]
    assert [row.parent.system for row in second.indicators.exclude(parent=None)] == [second] * (len(changed) - 1)
    assert "随导入启用" in "".join(loaded.notes)
    assert again.changes == 0


def test_tasks_and_self_checks_are_known_again_in_the_new_version():
    load()
    load(reworded())

    assert (Task.objects.count(), SelfCheck.objects.count()) == (1, 1)
    assert SelfCheck.objects.get().indicator.name == "市容环境"


def test_a_draft_that_people_work_on_is_not_passed_over():
    load()
    draft = actions.revise(AssessmentSystem.objects.get(), by=None)

    loaded = load(reworded())

    assert [(fault.row, fault.wrong) for fault in loaded.faults] == [
        (3, "“清水市创建全国文明城市（修订1）”还没有启用。请先启用或放弃它，再导入有改动的指标。")
    ]
    assert [row.name for row in draft.indicators.all()] == ["公共环境", "市容环境"]


def test_an_edition_nobody_has_used_is_written_in_place():
    load_workbook(workbooks.book(测评指标=INDICATORS))

    load_workbook(workbooks.book(测评指标=reworded()))

    system = AssessmentSystem.objects.get()
    assert [row.name for row in system.indicators.all()] == ["公共环境", "市容市貌"]
