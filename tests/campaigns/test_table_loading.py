"""A 任务分解表 of an office: imported as drafts, all or nothing, again and again."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.actions import systems as system_actions
from campaigns.actions import tables as actions
from campaigns.actions import tasks as task_actions
from campaigns.forms.tables import ColumnsForm
from campaigns.models import AssessmentSystem, Indicator, Task, TaskEvent, TaskTable, Workstream
from campaigns.tables import loading
from cityinit.content import check_table
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories import materials, people, systems
from tests.factories.tables import plain_table, ugly_table
from units.models import Unit, UnitAlias

pytestmark = pytest.mark.django_db
HEAD = ["编号", "任务名称", "工作要求", "牵头单位", "责任单位", "开始日期", "完成时限", "目标值", "板块", "上级编号"]


def rows(*lines):
    """Lines of HEAD, each given by column name."""
    return plain_table(HEAD, *([line.get(name) for name in HEAD] for line in lines))


def line(code="1", name="整治占道经营", lead="城管局", **values):
    return {"编号": code, "任务名称": name, "牵头单位": lead, **values}


def faults(table):
    return [(fault.row, fault.column, fault.wrong, fault.right) for fault in table.faults.all()]


def test_an_ugly_table_becomes_drafts_with_units_days_targets_and_a_tree(bring, campaign, city):
    table = bring(ugly_table(), new_indicators=True, year=2026)

    assert (table.check_result["fault_count"], faults(table)) == (0, [])
    assert table.load_result["counts"] == {"created": 5}
    found = {task.code: task for task in Task.objects.of(campaign).select_related("parent", "lead_unit", "indicator")}
    assert sorted(found) == ["1", "1.1", "1.2", "2", "3"]
    first = found["1"]
    assert (first.state, first.name, first.requirement) == ("draft", "整治占道经营", "主干道全天候保洁。\n严管重罚")
    assert (first.lead_unit, first.due_on, first.target, first.measure) == (
        city.bureau,
        date(2026, 6, 30),
        Decimal("1000.00"),
        "平方米",
    )
    assert [str(part.unit) for part in first.assignments.all()] == ["城管局", "公安局", "河湾街道"]
    assert (found["1.1"].parent, found["1.1"].due_on, found["1.1"].target) == (first, date(2026, 5, 31), 12)
    assert (found["1.2"].due_on, found["1.2"].frequency, found["1.2"].parent) == (None, "长期", first)
    assert (found["2"].lead_unit, found["2"].due_on) == (city.police, date(2026, 6, 30))
    assert [str(part.unit) for part in found["2"].assignments.all()] == ["公安局", "河湾街道"]
    assert [(one.code, one.name) for one in Indicator.objects.order_by("position")] == [
        ("一", "公共环境"),
        ("一.1", "市容环境"),
        ("一.2", "交通秩序"),
        ("二", "公共服务"),
        ("二.1", "窗口服务"),
    ]
    assert [found[code].indicator.name for code in ("1", "1.2", "2", "3")] == [
        "市容环境",
        "市容环境",
        "交通秩序",
        "窗口服务",
    ]
    assert TaskEvent.objects.filter(move="imported", by=city.coordinator).count() == 5


def test_the_same_file_again_changes_nothing(bring):
    bring(ugly_table(), new_indicators=True)

    again = bring(ugly_table(), new_indicators=True)

    assert again.load_result["counts"] == {"unchanged": 5}
    assert (Task.objects.count(), Indicator.objects.count(), TaskEvent.objects.count()) == (5, 5, 5)


def test_a_changed_file_updates_what_nobody_worked_on_and_lists_what_was_skipped(bring, city):
    bring(rows(line("1"), line("2", "清理广告", 责任单位="公安局"), line("3", "整治停车")))
    task_actions.issue(Task.objects.get(code="1"), by=city.coordinator)

    again = bring(
        rows(
            line("1", "整治占道经营和夜市"),
            line("2", "清理小广告", "公安局", 责任单位="河湾街道"),
            line("3", "整治停车"),
            line("4", "新增一项"),
        )
    )

    assert again.load_result["counts"] == {"skipped": 1, "updated": 1, "unchanged": 1, "created": 1}
    assert again.load_result["skipped"] == ["Sheet第2行：系统中已有人办理或修改，保留系统中的内容。"]
    assert list(Task.objects.values_list("code", "name")) == [
        ("1", "整治占道经营"),
        ("2", "清理小广告"),
        ("3", "整治停车"),
        ("4", "新增一项"),
    ]
    changed = Task.objects.get(code="2")
    assert (changed.lead_unit, [part.unit for part in changed.assignments.all()]) == (
        city.police,
        [city.police, city.street],
    )


def test_an_update_is_told_beforehand_and_kept_in_the_history(bring, city):
    bring(rows(line("1"), line("2", "清理广告", 责任单位="公安局", 目标值="12.5处", 完成时限="2026-06-30")))

    told = bring(rows(line("2", "清理小广告", "公安局", 责任单位="河湾街道", 目标值="20处", 完成时限="2026-07-31")))

    said = (
        "名称由“清理广告”改为“清理小广告”；完成时限由2026-06-30改为2026-07-31；目标值由12.5改为20；"
        "牵头单位由城管局改为公安局；责任单位由公安局改为河湾街道"
    )
    assert hints(told) == [(2, "清理广告", "与系统中的任务不同，按表更新", f"2 {said}")]
    assert [event.note for event in TaskEvent.objects.filter(task__code="2").order_by("pk")] == ["", said]


def test_another_table_that_counts_from_one_again_does_not_touch_the_tasks_of_the_first(bring, campaign):
    bring(rows(line("1", "背街小巷硬化（东片）"), line("2", "农贸市场改造", 目标值="30个"), line("2.1", "摊位划线")))
    second = [
        line("1", "除四害宣传"),
        line("2", "蚊蝇孳生地清理", "公安局"),
        line("2.1", "毒饵站安装", "公安局", 上级编号="2"),
    ]
    before = list(Task.objects.values())

    asked = bring(rows(*second))

    assert [fault[:3] for fault in faults(asked)] == [
        (2, "编号", "编号已经是“背街小巷硬化（东片）”"),
        (3, "编号", "编号已经是“农贸市场改造”"),
        (4, "编号", "编号已经是“摊位划线”"),
    ]
    assert list(Task.objects.values()) == before

    anew = bring(rows(*second), taken="anew")

    assert anew.load_result["counts"] == {"created": 3}
    assert list(Task.objects.filter(pk__in=[row["id"] for row in before]).values()) == before
    made = Task.objects.exclude(pk__in=[row["id"] for row in before]).select_related("parent").order_by("position")
    assert [(task.code, task.name, task.parent and task.parent.name) for task in made] == [
        ("RW001", "除四害宣传", None),
        ("RW002", "蚊蝇孳生地清理", None),
        ("RW003", "毒饵站安装", "蚊蝇孳生地清理"),
    ]
    assert bring(rows(*second), taken="anew").load_result["counts"] == {"unchanged": 3}
    # Who says that they are the same after all has them updated, and reads what becomes of them.
    told = bring(rows(line("1", "除四害宣传")), taken="update")
    assert told.load_result["counts"] == {"updated": 1}
    assert hints(told)[0][3] == "1 名称由“背街小巷硬化（东片）”改为“除四害宣传”"


def test_every_fault_is_listed_and_nothing_is_written(bring):
    table = bring(
        rows(
            line("1", 责任单位="市城管局、公安局"),
            line("1", "重复的编号"),
            line("2", None, "城官局"),
            line("3", "时限早了", 开始日期="2026-08-01", 完成时限="7月"),
            line("4", "圈甲", 上级编号="5"),
            line("5", "圈乙", 上级编号="4"),
            line("6", "没有上级", 上级编号="99"),
            line("7", "没有计量", 目标值="30"),
            line("8", "没有板块", 板块="六优行动"),
            line("9", "没有单位", None),
            line("10", "都牵头", "各部门"),
        )
    )

    assert faults(table) == [
        (2, "责任单位", "“城管局”已是牵头单位", "不要再列为责任单位。"),
        (3, "编号", "与第2行的编号重复", "请改成不同的编号，或在选项里选择自动编号。"),
        (4, "任务名称", "没有填", "这一列必填。"),
        (4, "牵头单位", "没有叫“城官局”的单位", "是否应为“城管局”？可以在本页指定它是哪个单位。"),
        (5, "完成时限", "完成时限2026-07-31早于开始日期2026-08-01", "请检查两个日期。"),
        (6, "上级编号", "上下级绕成了圈", "请检查这几行的上级编号。"),
        (7, "上级编号", "上下级绕成了圈", "请检查这几行的上级编号。"),
        (8, "上级编号", "没有编号是“99”的任务", "请检查上级编号。"),
        (9, "目标值", "没有写计量单位", "请写明，例如“1000平方米”。"),
        (10, "板块", "“六优行动”不在板块表中", "请先在板块表中登记。"),
        (11, "牵头单位", "没有填牵头单位", "请填写，或在选项里指定没写的由谁牵头。"),
        (12, "牵头单位", "没有叫“各部门”的单位", "可以在本页指定它是哪个单位。"),
    ]
    assert table.check_result["unknown"] == [["城官局", 1], ["各部门", 1]]
    with pytest.raises(Refused, match="请先改正表里的错误"):
        actions.start_load(table, by=table.uploaded_by)
    assert Task.objects.count() == 0


def test_what_a_name_means_is_said_once_for_the_host(bring, city, work):
    table = bring(rows(line("1", lead="市容办", 责任单位="各部门")))
    actions.name_units(table, name="市容办", units=[city.bureau], by=city.coordinator)
    table.refresh_from_db()
    actions.name_units(table, name="各部门", kind="街道", by=city.coordinator)
    work()
    table.refresh_from_db()

    later = bring(rows(line("2", "另一张表", lead="市容办")))

    assert (table.is_sound, later.load_result["counts"]) == (True, {"created": 1})
    assert Task.objects.get(code="2").lead_unit == city.bureau
    assert UnitAlias.objects.count() == 2


def test_missing_numbers_are_given_one_after_the_other_or_by_indicator(bring, campaign):
    system = AssessmentSystem.objects.create(campaign=campaign, name="测评体系")
    indicator = Indicator.objects.create(campaign=campaign, system=system, code="Ⅱ-1", name="市容环境")
    tasks_of = [["市容环境", "甲", "城管局"], ["市容环境", "乙", "城管局"], ["", "丙", "城管局"]]
    head = ["二级指标", "任务名称", "牵头单位"]

    bring(plain_table(head, *tasks_of[:2]), numbering="indicator")
    bring(plain_table(head, ["其他", "丁", "公安局"], ["其他", "戊", "公安局"]))

    assert list(Task.objects.values_list("code", "name", "indicator")) == [
        ("Ⅱ-1-01", "甲", indicator.pk),
        ("Ⅱ-1-02", "乙", indicator.pk),
        ("RW001", "丁", None),
        ("RW002", "戊", None),
    ]


@pytest.fixture
def two_systems(campaign):
    """市容环境 and 秩序 in the one; 校园 and, under another heading, 市容环境 in the other, with one code in both."""
    main = materials.system(campaign)
    town = materials.indicator(main, "Ⅰ-1", "公共环境")
    other = materials.system(campaign, "未成年人思想道德建设测评体系")
    school = materials.indicator(other, "Ⅰ-1", "学校教育")
    return {
        "市容": materials.indicator(main, "Ⅱ-1", "市容环境", parent=town),
        "秩序": materials.indicator(main, "Ⅱ-2", "秩序", parent=town),
        "校园": materials.indicator(other, "Ⅱ-1", "校园文化", parent=school),
        "校园市容": materials.indicator(other, "Ⅱ-3", "市容环境", parent=school),
        "main": main,
        "other": other,
    }


LEVELS_HEAD = ["一级指标", "二级指标", "任务名称", "牵头单位"]


def test_indicators_are_looked_up_in_every_system_in_force(bring, two_systems):
    bring(
        plain_table(
            LEVELS_HEAD,
            ["", "Ⅱ-1 市容环境", "甲", "城管局"],
            ["公共环境", "秩序", "乙", "城管局"],
            ["学校教育", "校园文化", "丙", "城管局"],
            ["学校教育", "市容环境", "丁", "城管局"],
        )
    )

    assert [task.indicator for task in Task.objects.order_by("position")] == [
        two_systems["市容"],
        two_systems["秩序"],
        two_systems["校园"],
        two_systems["校园市容"],
    ]


def test_an_indicator_of_two_systems_is_asked_about_once_and_the_chosen_system_decides(bring, two_systems):
    lines = [["", "市容环境", "甲", "城管局"], ["", "市容环境", "乙", "城管局"], ["", "秩序", "丙", "城管局"]]

    asked = bring(plain_table(LEVELS_HEAD, *lines))
    bring(plain_table(LEVELS_HEAD, *lines), system=two_systems["main"].pk)

    wrong = "“市容环境”在“全国文明城市测评体系”、“未成年人思想道德建设测评体系”里都有"
    right = "请在选项里选择“指标属于哪个测评体系”，或写上它的上级指标。"
    assert faults(asked) == [(2, "二级指标", wrong, right)]
    assert [task.indicator for task in Task.objects.order_by("position")] == [
        two_systems["市容"],
        two_systems["市容"],
        two_systems["秩序"],
    ]


def test_a_code_of_two_systems_goes_with_the_levels_beside_it(bring, two_systems):
    head = ["指标编号", *LEVELS_HEAD]

    table = bring(plain_table(head, ["Ⅱ-1", "", "", "甲", "城管局"]), mapping=CODED)
    bring(plain_table(head, ["Ⅱ-1", "公共环境", "市容环境", "甲", "城管局"]), mapping=CODED)

    assert [(row, column, wrong) for row, column, wrong, _right in faults(table)] == [
        (2, "指标编号", "“Ⅱ-1”在“全国文明城市测评体系”、“未成年人思想道德建设测评体系”里都有")
    ]
    assert Task.objects.get().indicator == two_systems["市容"]


CODED = {"0": "指标编号", "1": "一级指标", "2": "二级指标", "3": "任务名称", "4": "牵头单位"}


def test_a_system_that_was_chosen_and_has_been_revised_since_is_its_version_in_force(bring, city, campaign):
    old = systems.in_force(campaign, city)
    system_actions.adopt(system_actions.revise(old, by=city.coordinator), by=city.coordinator)

    bring(plain_table(LEVELS_HEAD, ["", "市容环境", "甲", "城管局"]), system=old.pk)

    task = Task.objects.get()
    assert (task.indicator.code, task.indicator.system.version) == ("Ⅱ-1", 2)


def test_new_indicators_ask_which_of_several_systems_they_are_for(bring, two_systems):
    table = bring(plain_table(LEVELS_HEAD, ["", "新指标", "甲", "城管局"]), load=False)
    sent = {"numbering": "file", "year": 2026, "new_indicators": "on", "revision": table.revision}
    sent |= {f"column_{place}": name for place, name in table.mapping.items()}

    forms = [
        ColumnsForm(sent | {"system": system}, table=table, units=Unit.objects.all())
        for system in ("", two_systems["main"].pk)
    ]

    assert [form.errors for form in forms] == [
        {"system": ["现行的测评体系有2个，请选择没有的指标新增到哪一个。"]},
        {},
    ]


@pytest.mark.once
def test_numbers_that_begin_anew_under_each_indicator_are_a_tree_all_the_same(bring):
    table = bring(
        plain_table(
            ["一级指标", "序号", "任务名称", "牵头单位"],
            ["环境", 1, "甲", "城管局"],
            [None, "1.1", "甲一", "城管局"],
            ["服务", 1, "乙", "公安局"],
            [None, "1.1", "乙一", "公安局"],
        ),
        numbering="consecutive",
    )

    assert table.load_result["counts"] == {"created": 4}
    assert list(Task.objects.values_list("code", "name", "parent__name")) == [
        ("RW001", "甲", None),
        ("RW002", "甲一", "甲"),
        ("RW003", "乙", None),
        ("RW004", "乙一", "乙"),
    ]


def test_tasks_given_numbers_are_found_again_when_the_file_comes_again(bring):
    head = ["任务名称", "牵头单位", "完成时限"]
    bring(plain_table(head, ["甲", "城管局", "6月"], ["乙", "城管局", "6月"]))

    again = bring(plain_table(head, ["甲", "城管局", "7月"], ["乙", "城管局", "6月"]))

    assert again.load_result["counts"] == {"updated": 1, "unchanged": 1}
    assert list(Task.objects.values_list("name", "due_on")) == [("甲", date(2026, 7, 31)), ("乙", date(2026, 6, 30))]


@pytest.mark.once
def test_defaults_fill_what_the_table_leaves_open(bring, campaign, city):
    stream = Workstream.objects.create(campaign=campaign, name="环境优化")

    bring(
        plain_table(["任务名称", "工作要求", "备注"], ["甲", "有序", ""]),
        lead=city.bureau.pk,
        starts_on="2026-02-01",
        due_on="2026-11-30",
        streams=[stream.pk],
    )

    task = Task.objects.get()
    assert (task.lead_unit, task.starts_on, task.due_on) == (city.bureau, date(2026, 2, 1), date(2026, 11, 30))
    assert list(task.workstreams.all()) == [stream]


@pytest.mark.once
def test_a_long_text_is_named_by_its_first_sentence_and_kept_whole(bring):
    text = "开展背街小巷整治。" + "逐条巷道建立台账，" * 40

    bring(plain_table(["任务内容", "牵头单位", "备注"], [text, "城管局", ""]))

    task = Task.objects.get()
    assert (task.name, task.requirement) == ("开展背街小巷整治", text)


@pytest.mark.once
def test_roles_may_stand_in_one_cell(bring, city):
    bring(
        plain_table(
            ["任务名称", "责任分工", "备注"],
            ["甲", "牵头：市城管局；配合：公安局、各街道", ""],
            ["乙", "公安局、城管局", ""],
        )
    )

    assert [
        (task.lead_unit, [str(part.unit) for part in task.assignments.all()]) for task in Task.objects.order_by("pk")
    ] == [(city.bureau, ["城管局", "公安局", "河湾街道"]), (city.police, ["公安局", "城管局"])]


@pytest.mark.once
def test_the_lead_among_all_of_a_kind_goes_without_saying(bring, city):
    people.unit("东门街道", parent=city.host, kind="街道", position=6)

    bring(rows(line("1", lead="河湾街道", 责任单位="各街道")))

    assert [str(part.unit) for part in Task.objects.get().assignments.all()] == ["河湾街道", "东门街道"]


def test_a_table_cannot_be_loaded_twice_nor_changed_once_loaded(bring, city):
    table = bring(rows(line("1")))

    with pytest.raises(Refused, match="已经导入过了"):
        actions.start_load(table, by=city.coordinator)
    with pytest.raises(Refused, match="已经导入过了"):
        actions.match_columns(table, mapping={}, options={}, by=city.coordinator)


def test_the_mapping_is_remembered_for_the_next_table_of_that_shape(bring, campaign):
    mapping = {"0": "编号", "1": "任务名称", "3": "牵头单位"}
    bring(rows(line("1", 责任单位="公安局")), mapping=mapping, numbering="file")

    later = bring(rows(line("2")), load=False)

    assert later.layout["remembered"] == mapping
    assert [str(part.unit) for part in Task.objects.get().assignments.all()] == ["城管局"]


def test_who_may_not_break_down_tasks_brings_none_in(campaign, city):
    upload = check_table(SimpleUploadedFile("表.xlsx", ugly_table().read()))

    with pytest.raises(Refused, match="没有这项权限"):
        actions.receive_table(campaign, upload, client_key=uuid4(), by=city.liaison)
    assert TaskTable.objects.count() == 0


def test_more_rows_take_no_more_queries(bring, city):
    def queries(n):
        table = bring(
            rows(*(line(f"{n}-{place}", f"第{place}项", 责任单位="公安局") for place in range(n))), load=False
        )
        path = Path(settings.MEDIA_ROOT, table.file.path)
        with CaptureQueriesContext(connection) as asked:
            loading.load(table, path, by=city.coordinator, record=lambda loaded: None)
        return len(asked)

    few, many = queries(2), queries(20)

    assert (few == many, few <= 25) == (True, True)


@pytest.mark.once
def test_a_deadline_outside_the_campaign_is_a_fault_unless_the_task_says_when_it_begins(bring):
    table = bring(
        rows(
            line("1", "去年的", 完成时限="2025年12月"),
            line("2", "去年开始的", 开始日期="2025-10-01", 完成时限="2025年12月"),
            line("3", "后年的", 完成时限="2027-12-01"),
            line("4", "跨到后年的", 开始日期="2026-10-01", 完成时限="2027-12-01"),
        )
    )

    early, late = "完成时限2025-12-31早于创建活动开始的2026-01-01", "完成时限2027-12-01晚于创建活动结束的2026-12-31"
    assert faults(table) == [
        (2, "完成时限", early, "请检查年份；确实更早的，请填写开始日期。"),
        (4, "完成时限", late, "请检查年份；确实更晚的，请填写开始日期。"),
    ]


@pytest.mark.once
def test_a_fault_says_what_the_cell_says_and_whom_it_means(bring, city):
    UnitAlias.objects.create(host=city.host, name="城管口").units.add(city.bureau)

    table = bring(rows(line("1", "整治", "城管局", 责任单位="城管口")))

    assert [fault[2] for fault in faults(table)] == ["“城管口（城管局）”已是牵头单位"]


def hints(table):
    return [(hint.row, hint.value, hint.noticed, hint.taken) for hint in table.hints.all()]


def leads(table):
    lines = table.lines.select_related("task__lead_unit").prefetch_related("task__assignments__unit")
    return [(str(line.task.lead_unit), [str(part.unit) for part in line.task.assignments.all()]) for line in lines]


UNSAID = (line("1", "甲", None, 责任单位="公安局、河湾街道"), line("2", "乙", None, 责任单位="城管局（牵头）、公安局"))
UNSAID_LEADS = [("公安局", ["公安局", "河湾街道"]), ("城管局", ["城管局", "公安局"])]


@pytest.mark.once
def test_a_lead_that_is_not_written_is_a_fault_unless_the_option_names_who_leads_and_then_it_is_told(bring, city):
    refused = bring(rows(*UNSAID))
    first = bring(rows(*UNSAID), first_leads=True)

    assert faults(refused) == [(2, "牵头单位", "没有填牵头单位", "请填写，或在选项里指定没写的由谁牵头。")]
    assert (faults(first), leads(first)) == ([], UNSAID_LEADS)
    noticed = "没写牵头单位，按选项由责任单位里写在最前的单位牵头"
    assert hints(first) == [(2, "", noticed, "由“公安局”牵头")]
    assert (first.load_result["hints"], first.load_result["hint_count"]) == ([f"{noticed}：第2行，共1行。"], 1)


@pytest.mark.once
def test_one_unit_for_all_rows_without_a_lead_is_told_of_each_of_them(bring, city):
    table = bring(rows(*UNSAID, line("3", "丙", None, 责任单位="城管局、公安局")), lead=city.bureau.pk)

    assert leads(table) == [
        ("城管局", ["城管局", "公安局", "河湾街道"]),
        ("城管局", ["城管局", "公安局"]),
        ("城管局", ["城管局", "公安局"]),
    ]
    noticed = "没写牵头单位，按选项由指定的单位牵头"
    assert hints(table) == [(row, "", noticed, "由“城管局”牵头") for row in (2, 4)]


@pytest.mark.once
def test_a_second_lead_and_units_nobody_named_are_told_of_every_row(bring):
    table = bring(
        rows(
            line("1", "甲", "城管局、公安局"),
            line("2", "乙", "牵头：城管局、公安局；配合：河湾街道"),
            line("3", "丙", "城管局等", 责任单位="公安局、河湾街道等部门"),
            line("4", "丁", "城管局（牵头）、公安局（配合）"),
        )
    )

    second = ("牵头单位写了不止一个，第一个牵头，其余作责任单位", "由“城管局”牵头，“公安局”作责任单位")
    vague = ("“等”没有指明还有哪些单位", "只读取了写明的单位；还有别的单位，请在表里写明")
    assert hints(table) == [
        (2, "城管局、公安局", *second),
        (3, "牵头：城管局、公安局；配合：河湾街道", *second),
        (4, "城管局等", *vague),
        (4, "河湾街道等部门", *vague),
    ]
    assert leads(table)[1:3] == [("城管局", ["城管局", "公安局", "河湾街道"])] * 2


@pytest.mark.once
def test_without_a_column_for_the_lead_the_first_of_several_is_told(bring):
    table = bring(plain_table(["任务名称", "责任单位", "备注"], ["甲", "公安局、城管局", ""], ["乙", "城管局", ""]))

    noticed = "没有牵头单位这一列，由责任单位里写在最前的单位牵头"
    assert hints(table) == [(2, "公安局、城管局", noticed, "由“公安局”牵头")]


@pytest.mark.once
def test_a_scale_beside_a_column_of_measures_belongs_to_the_number(bring):
    head = ["任务名称", "牵头单位", "目标值", "计量单位"]
    bring(plain_table(head, ["甲", "城管局", "1.2万", "平方米"], ["乙", "城管局", "两万", "平方米"]))

    assert list(Task.objects.order_by("position").values_list("target", "measure")) == [
        (12000, "平方米"),
        (20000, "平方米"),
    ]


@pytest.mark.parametrize("said", ["Ⅱ-1", "（II-1）", "Ⅱ－１市容环境", "Ⅱ-1市容环境", "Ⅱ-1 市容环境"])
def test_an_indicator_is_found_by_its_number_alone_or_close_before_its_name(bring, campaign, said):
    system = materials.system(campaign)
    indicator = materials.indicator(system, "Ⅱ-1", "市容环境")
    materials.indicator(system, "Ⅱ-1-1", "主干道")

    table = bring(plain_table(["二级指标", "任务名称", "牵头单位"], [said, "甲", "城管局"]), new_indicators=True)

    assert (Task.objects.get().indicator, table.load_result["new_indicator_count"]) == (indicator, 0)


def test_a_number_that_no_indicator_has_is_told_and_never_becomes_one(bring, campaign):
    system = materials.system(campaign)
    materials.indicator(system, "Ⅱ-1-1", "市容环境")

    lines = [["Ⅱ-9", "甲", "城管局"], ["Ⅱ-11", "乙", "城管局"]]
    table = bring(plain_table(["二级指标", "任务名称", "牵头单位"], *lines), new_indicators=True)

    assert [task.indicator for task in Task.objects.all()] == [None, None]
    assert table.load_result["notes"] == [
        f"指标“{said}”在测评体系里没有，1项任务没有归到指标。" for said in ("Ⅱ-9", "Ⅱ-11")
    ]


def test_of_two_who_forget_a_writing_the_second_is_told_and_the_trail_says_it_once(city):
    alias = UnitAlias.objects.create(host=city.host, name="各部门", kind="委员单位")
    actions.forget_alias(UnitAlias.objects.get(pk=alias.pk), by=city.coordinator)

    with pytest.raises(Refused, match="这个写法刚刚已被别人删除。"):
        actions.forget_alias(alias, by=city.coordinator)

    assert AuditEvent.objects.filter(action="删除单位写法").count() == 1
