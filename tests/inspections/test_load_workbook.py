"""A campaign comes in from a workbook: all or nothing, twice the same as once."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook as open_book

from campaigns.models import Campaign, LeadingGroup, Meeting, Phase, Quantity, Survey, Task, TaskEvent, WorkLogEntry
from inspections.importers import SHEETS, load_workbook
from inspections.models import Finding, FindingEvent, Site, SiteType, Sponsorship
from inspections.template import draw_template
from tests.factories import people, workbooks
from tests.factories.workbooks import CAMPAIGN, book
from units.models import Post, Unit, User
from units.roles import Role

pytestmark = pytest.mark.django_db

TASK = {"编号": "A1", "名称": "路面硬化", "牵头单位": "城管局", "责任单位": "东街街道"}
SITE = {"编号": "D1", "名称": "农贸市场", "类型": "农贸市场", "责任单位": "城管局"}
FINDING = {
    "编号": "W1",
    "发现日期": date(2025, 4, 2),
    "点位": "农贸市场",
    "类别": "环境卫生",
    "问题描述": "垃圾堆积",
    "责任单位": "城管局",
}


CLOSED = {"状态": "已销号", "整改日期": date(2025, 4, 5), "复核日期": date(2025, 4, 6), "销号日期": date(2025, 4, 6)}


def faults_of(loaded):
    return [(fault.sheet, fault.row, fault.column, fault.value) for fault in loaded.faults]


def everything():
    """How many rows of each kind there are."""
    models = (Campaign, Unit, User, Post, Task, TaskEvent, WorkLogEntry, Quantity, Site, Finding, FindingEvent)
    return [model.objects.count() for model in models]


def test_a_workbook_becomes_a_campaign_with_its_units_tasks_and_findings():
    log = {
        "任务编号": "A1",
        "日期": "2025-05-20",
        "单位": "城管局",
        "内容": "硬化了两条街",
        "成效数据": "硬化=400余平米",
    }

    loaded = load_workbook(book(任务=[TASK], 工作记录=[log], 点位=[SITE], 问题=[FINDING]))

    assert loaded.faults == []
    campaign = Campaign.objects.get()
    task = Task.objects.get()
    finding = Finding.objects.get()
    assert (campaign.name, campaign.short_name, campaign.host.own_name) == ("清水市创建全国文明城市", "创文", "我市")
    assert [(a.unit.name, a.is_lead, a.state) for a in task.assignments.all()] == [
        ("城管局", True, "in_progress"),
        ("东街街道", False, "unread"),
    ]
    assert [str(quantity) for quantity in Quantity.objects.all()] == ["硬化=400余平米"]
    assert (finding.state, finding.site.code, finding.lead_unit.name) == ("dispatched", "D1", "城管局")
    assert [event.move for event in finding.events.all()] == ["imported"]


def test_more_rows_of_a_sheet_take_no_more_queries():
    def queries(count, name):
        log = {"任务编号": "A1", "日期": "2025-05-20", "单位": "城管局", "成效数据": "硬化=400余平米"}
        number = range(count)
        with CaptureQueriesContext(connection) as taken:
            loaded = load_workbook(
                book(
                    创建活动=[{**CAMPAIGN, "名称": name, "主体单位": name}],
                    单位=[{"名称": name}, {"名称": "城管局", "上级单位": name}, {"名称": "东街街道", "上级单位": name}],
                    任务=[TASK],
                    工作记录=[{**log, "内容": f"硬化了{n}条街"} for n in number],
                    点位=[{**SITE, "编号": f"D{n}", "名称": f"市场{n}"} for n in number],
                    志愿服务=[{"队伍": f"第{n}队", "日期": "2025-03-05", "单位": "城管局"} for n in number],
                    问题=[{**FINDING, "编号": f"W{n}", "点位": f"市场{n}", **CLOSED} for n in number],
                )
            )
        assert (loaded.faults, loaded.counts["问题"]["created"]) == ([], count)
        return len(taken)

    SiteType.objects.create(name=SITE["类型"])

    assert queries(12, "云山市") == queries(3, "云溪市")


def test_loading_the_same_file_twice_changes_nothing():
    sheets = {
        "任务": [TASK],
        "点位": [SITE],
        "问题": [FINDING],
        "人员": [{"账号": "li", "姓名": "李", "单位": "城管局", "角色": "联络员"}],
    }
    load_workbook(book(**sheets))
    before = everything()

    again = load_workbook(book(**sheets))

    assert everything() == before
    assert (again.changes, again.skipped, again.faults) == (0, [], [])


def test_a_changed_row_is_written_again_while_nobody_has_touched_it():
    load_workbook(book(任务=[TASK]))

    loaded = load_workbook(book(任务=[{**TASK, "名称": "路面平整", "责任单位": ""}]))

    task = Task.objects.get()
    assert (task.name, [a.unit.name for a in task.assignments.all()], loaded.changes) == ("路面平整", ["城管局"], 1)


def test_a_row_that_people_have_worked_on_is_left_as_it_is_and_listed():
    load_workbook(
        book(
            任务=[TASK],
            问题=[FINDING],
            点位=[SITE],
            阶段=[{"名称": "一", "开始日期": "2025-01-01", "结束日期": "2025-02-01"}],
        )
    )
    TaskEvent.objects.create(task=Task.objects.get(), move="acknowledge", label="签收")
    Phase.objects.update(ends_on=date(2025, 3, 1))

    loaded = load_workbook(
        book(
            任务=[{**TASK, "名称": "改了名"}],
            问题=[FINDING],
            点位=[SITE],
            阶段=[{"名称": "一", "开始日期": "2025-01-01", "结束日期": "2025-02-15"}],
        )
    )

    assert Task.objects.get().name == "路面硬化"
    assert Phase.objects.get().ends_on == date(2025, 3, 1)
    assert loaded.skipped == [
        "任务第2行：系统中已有人办理或修改，保留系统中的内容。",
        "阶段第2行：系统中已有人办理或修改，保留系统中的内容。",
    ]


def test_a_dry_run_writes_nothing_and_counts_what_it_would():
    loaded = load_workbook(book(任务=[TASK]), dry_run=True)

    assert everything() == [0] * 11
    assert loaded.counts["任务"]["created"] == 1


@pytest.mark.once
def test_one_bad_row_stops_the_whole_load_and_every_fault_is_listed_with_its_place():
    loaded = load_workbook(
        book(
            任务=[
                TASK,
                {**TASK, "编号": "A2", "牵头单位": "城管句", "状态": "办完了"},
                {**TASK, "编号": "A3", "开始日期": "2025年6月31日", "频次": "隔三差五"},
                {**TASK, "编号": "A1"},
                {**TASK, "编号": "A5", "开始日期": "2025-06-30", "完成时限": "2025-06-01"},
            ],
            工作记录=[{"任务编号": "A9", "日期": "", "单位": "城管局", "内容": "x", "成效数据": "很多人"}],
        )
    )

    assert faults_of(loaded) == [
        ("任务", 3, "牵头单位", "城管句"),
        ("任务", 3, "状态", "办完了"),
        ("任务", 4, "开始日期", "2025年6月31日"),
        ("任务", 4, "频次", "隔三差五"),
        ("任务", 5, "编号", "A1"),
        ("任务", 6, "完成时限", "2025-06-01"),
        ("工作记录", 2, "任务编号", "A9"),
        ("工作记录", 2, "日期", ""),
        ("工作记录", 2, "成效数据", "很多人"),
    ]
    assert str(loaded.faults[0]) == (
        "任务第3行“牵头单位”：填的是“城管句”，不在单位表中，是否应为“城管局”？请先在单位表中登记。"
    )
    assert everything() == [0] * 11


@pytest.mark.once
def test_a_faulty_campaign_and_an_unknown_host_do_not_hide_the_faults_of_the_other_sheets():
    campaign = {**workbooks.CAMPAIGN, "主体单位": "清水镇", "指导单位": "国务院", "结束日期": date(2024, 1, 1)}
    circle = [{"名称": "清水市"}, {"名称": "甲", "上级单位": "乙"}, {"名称": "乙", "上级单位": "甲"}]

    loaded = load_workbook(book(创建活动=[campaign], 单位=circle, 任务=[{**TASK, "牵头单位": "丙"}]))

    assert faults_of(loaded) == [
        ("创建活动", 2, "主体单位", "清水镇"),
        ("创建活动", 2, "指导单位", "国务院"),
        ("创建活动", 2, "结束日期", "2024-01-01"),
        ("单位", 3, "上级单位", "乙"),
        ("任务", 2, "牵头单位", "丙"),
        ("任务", 2, "责任单位", "东街街道"),
    ]
    assert "是否应为“清水市”？" in loaded.faults[0].right
    assert everything() == [0] * 11


@pytest.mark.once
def test_a_missing_column_is_one_fault_and_does_not_hide_the_others():
    loaded = load_workbook(book(奖惩=[{"单位": "城管局", "类型": "表扬", "事由": "快"}]))

    assert faults_of(loaded) == [("奖惩", 1, "日期", ""), ("奖惩", 2, "类型", "表扬")]


@pytest.mark.once
def test_an_ambiguous_site_is_reported_though_its_own_rows_are_faulty():
    sites = [{**SITE, "责任单位": "无此局"}, {**SITE, "编号": "D2", "责任单位": "无此局"}]

    loaded = load_workbook(book(点位=sites, 问题=[FINDING]))

    assert [fault.column for fault in loaded.faults] == ["责任单位", "责任单位", "点位"]


@pytest.mark.once
def test_another_word_for_a_state_is_met_with_the_word_meant():
    loaded = load_workbook(book(任务=[{**TASK, "状态": "完成"}], 问题=[{**FINDING, "点位": "", "状态": "已关闭"}]))

    assert [fault.right.split("？")[0] for fault in loaded.faults] == ["是否应为“已办结”", "是否应为“已销号”"]


@pytest.mark.once
@pytest.mark.parametrize("typed", ["2025-04-09", "2025/4/9", "2025年4月9日", date(2025, 4, 9), 45756, "2025.04.09"])
def test_a_date_is_read_however_it_is_typed(typed):
    load_workbook(book(阶段=[{"名称": "一", "开始日期": typed, "结束日期": "2025-12-31"}]))

    assert Phase.objects.get().starts_on == date(2025, 4, 9)


@pytest.mark.once
@pytest.mark.parametrize(("typed", "form"), [(95.2, "General"), ("95.2%", "General"), (0.952, "0.0%"), ("95.2", "@")])
def test_a_rate_is_the_same_however_it_is_typed(typed, form):
    load_workbook(book(满意度调查=[{"名称": "问卷", "日期": "2025-06-30", "知晓率": typed}], formats={"知晓率": form}))

    assert (Survey.objects.get().awareness, Survey.objects.get().support) == (Decimal("95.20"), None)


@pytest.mark.once
@pytest.mark.parametrize("separator", ["、", ",", "，", ";", "；"])
def test_a_list_is_split_at_any_of_its_separators(separator):
    load_workbook(book(任务=[{**TASK, "责任单位": f"东街街道{separator}省文明办"}]))

    assert [a.unit.name for a in Task.objects.get().assignments.all()] == ["城管局", "东街街道", "省文明办"]


def test_two_campaigns_may_each_have_a_unit_of_the_same_name():
    load_workbook(book())
    load_workbook(book(创建活动=[{**workbooks.CAMPAIGN, "名称": "清水市创建国家卫生城市", "简称": "创卫"}]))

    assert Unit.objects.filter(name="城管局").count() == 2
    assert [c.host_id == c.host.host_id for c in Campaign.objects.all()] == [True, True]


def test_superior_units_stand_beside_the_tree_and_see_nothing_of_it():
    load_workbook(book())

    host, beside = Unit.objects.get(name="清水市"), Unit.objects.get(name="省文明办")
    assert (beside.parent, beside.host, beside.path) == (None, host, f"/{beside.pk}/")


@pytest.mark.once
@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        (
            {"开始日期": "2025-05-01", "完成时限": "2025-04-01"},
            "完成时限",
            "完成时限早于开始日期2025-05-01。",
        ),
        (
            {"完成时限": "2024-04-01"},
            "完成时限",
            "完成时限早于创建活动开始的2025-01-01：请检查年份；确实更早的，请填写开始日期。",
        ),
        ({"责任单位": "东街街道、城管局"}, "责任单位", "“城管局”已是牵头单位，不要再列为责任单位。"),
        ({"目标值": 1000}, "计量单位", "填了目标值，请写明计量单位，例如“平方米”。"),
    ],
)
def test_a_task_that_the_form_refuses_is_refused_from_a_workbook_in_the_same_words(changed, column, said):
    loaded = load_workbook(book(任务=[TASK | changed]))

    assert [(fault.column, fault.wrong + fault.right) for fault in loaded.faults] == [(column, said)]
    assert Task.objects.count() == 0


def test_a_task_people_have_worked_on_is_left_as_it_is_whatever_its_row_says(city):
    load_workbook(book(任务=[TASK]))
    task = Task.objects.get()
    TaskEvent.objects.create(task=task, move="nudge", label="催办")

    loaded = load_workbook(book(任务=[TASK | {"完成时限": "2024-04-01"}]))

    assert (loaded.faults, Task.objects.get().due_on) == ([], None)


@pytest.mark.parametrize(
    ("sheet", "name", "parent", "more"),
    [
        ("任务", "编号", "上级编号", TASK),
        ("板块", "名称", "上级", {}),
        ("领导小组", "名称", "上级", {}),
        ("测评指标", "编号", "上级编号", {"名称": "环境"}),
    ],
)
def test_a_row_does_not_stand_below_what_a_workbook_before_put_below_it(sheet, name, parent, more):
    load_workbook(book(**{sheet: [more | {name: "甲"}, more | {name: "乙", parent: "甲"}]}))

    loaded = load_workbook(book(**{sheet: [more | {name: "甲", parent: "乙"}]}))

    assert [(fault.column, fault.wrong) for fault in loaded.faults] == [(parent, "上下级绕成了圈，")]


def test_a_task_of_which_all_was_logged_in_another_measure_than_its_target_is_noted():
    target = TASK | {"目标值": 1000, "计量单位": "平方米"}
    log = {"任务编号": "A1", "单位": "城管局", "成效数据": "清运垃圾=3吨"}
    logs = [log | {"日期": f"2025-05-0{day}", "内容": f"第{day}天"} for day in (1, 2)]
    reached = {"任务编号": "A2", "单位": "城管局", "日期": "2025-05-03", "内容": "铺装"}
    logs += [reached | {"成效数据": "铺装=20㎡"}, reached | {"内容": "清运", "成效数据": "清运垃圾=3吨"}]

    loaded = load_workbook(book(任务=[target, target | {"编号": "A2"}], 工作记录=logs))

    assert loaded.faults == []
    assert loaded.notes == ["工作记录第2、3行：目标是1000平方米，这里填的是清运垃圾3吨，单位不同，不会计入目标进度。"]


def test_a_circle_of_units_is_a_fault():
    circle = [{"名称": "清水市"}, {"名称": "甲", "上级单位": "乙"}, {"名称": "乙", "上级单位": "甲"}]

    loaded = load_workbook(book(单位=circle))

    assert [(fault.row, fault.column) for fault in loaded.faults] == [(3, "上级单位")]
    assert Unit.objects.count() == 0


def test_a_site_named_ambiguously_is_a_fault_that_names_the_codes():
    loaded = load_workbook(book(点位=[SITE, {**SITE, "编号": "D2"}], 问题=[FINDING]))

    assert [(fault.column, fault.right) for fault in loaded.faults] == [("点位", "请改填编号：D1、D2。")]


def test_a_closed_finding_without_a_day_is_a_fault_and_with_one_it_is_closed_on_it():
    closed = {**FINDING, "状态": "已销号", "整改期限": "2025-04-09"}

    refused = load_workbook(book(点位=[SITE], 问题=[closed]))
    load_workbook(book(点位=[SITE], 问题=[{**closed, "整改日期": "2025-04-08"}]))

    finding = Finding.objects.get()
    assert faults_of(refused) == [("问题", 2, "销号日期", "")]
    assert (finding.state, f"{finding.closed_at:%Y-%m-%d}") == ("closed", "2025-04-08")
    assert [(r.attempt, r.verdict) for r in finding.rectifications.all()] == [(1, "passed")]


def test_a_corrected_closing_day_moves_the_event_that_figures_read():
    closed = {**FINDING, "状态": "已销号", "整改日期": "2025-04-08"}
    load_workbook(book(点位=[SITE], 问题=[closed]))

    load_workbook(book(点位=[SITE], 问题=[{**closed, "整改日期": "2025-07-02"}]))

    event = FindingEvent.objects.get()
    assert f"{event.at:%Y-%m-%d} {Finding.objects.get().closed_at:%Y-%m-%d}" == "2025-07-02 2025-07-02"


def test_imported_people_have_a_post_and_no_password():
    load_workbook(book(人员=[{"账号": "li", "姓名": "李", "单位": "城管局", "角色": "联络员"}]))

    person = User.objects.get()
    assert (person.has_usable_password(), [str(post) for post in person.posts.all()]) == (
        False,
        ["城管局 · 责任单位联络员"],
    )


def test_a_post_that_was_ended_is_not_given_again_by_the_next_load():
    sheets = {"人员": [{"账号": "li", "姓名": "李", "单位": "城管局", "角色": "联络员"}]}
    load_workbook(book(**sheets))
    Post.objects.update(ends_on=date(2025, 3, 1))

    load_workbook(book(**sheets))

    assert [post.ends_on for post in Post.objects.all()] == [date(2025, 3, 1)]


def test_a_coordinator_loads_only_into_the_own_host(city):
    mine = book(单位=[{"名称": "清水市"}, {"名称": "城管局"}, {"名称": "省文明办", "关系": "上级"}])
    foreign = book(创建活动=[{**workbooks.CAMPAIGN, "名称": "别处", "主体单位": "远山市"}], 单位=[{"名称": "远山市"}])

    loaded = load_workbook(mine, by=city.coordinator)
    refused = load_workbook(foreign, by=city.coordinator)

    assert (loaded.faults, Campaign.objects.get().host) == ([], city.host)
    assert faults_of(refused) == [("创建活动", 2, "主体单位", "远山市")]


def test_a_host_that_is_not_the_own_does_not_hide_the_faults_of_the_other_sheets(city):
    stray = {**TASK, "牵头单位": "城管局的邻居"}
    foreign = {**workbooks.CAMPAIGN, "名称": "别处", "主体单位": "远山市"}

    refused = load_workbook(
        book(创建活动=[foreign], 单位=[{"名称": "远山市"}, {"名称": "东街街道"}], 任务=[stray]), by=city.coordinator
    )

    assert faults_of(refused) == [
        ("创建活动", 2, "主体单位", "远山市"),
        ("任务", 2, "牵头单位", "城管局的邻居"),
    ]
    assert not Unit.objects.filter(name="远山市").exists()


def test_a_campaign_of_others_is_named_and_the_rest_is_said_to_be_unchecked(city):
    load_workbook(book())

    refused = load_workbook(book(任务=[{**TASK, "牵头单位": "城管局的邻居"}]), by=people.city("白河市").coordinator)

    assert faults_of(refused) == [("创建活动", 2, "名称", "清水市创建全国文明城市")]
    assert refused.notes == ["“创建活动”的这一行改好之前，各表之间的对应关系还没有检查，再次上传时接着检查。"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "kept"), [("多次", "多次"), ("１２次", "12"), (6, "6"), ("20余次", "20余次"), ("三次", "三次")]
)
def test_how_often_is_a_number_or_a_word_for_many(typed, kept):
    load_workbook(book(会议活动=[{"名称": "调度会", "类别": "会议", "次数": typed}]))

    assert Meeting.objects.get().times == kept


@pytest.mark.once
@pytest.mark.parametrize("typed", ["abc", "-0", "0", "经常性"])
def test_how_often_is_nothing_else(typed):
    loaded = load_workbook(book(会议活动=[{"名称": "调度会", "类别": "会议", "次数": typed}]))

    assert [(fault.value, fault.wrong, fault.right) for fault in loaded.faults] == [
        (typed, "次数看不懂，", "请填数字，或填多次、数次、若干次。")
    ]


@pytest.mark.once
def test_a_fault_tells_apart_what_is_wrong_and_what_would_be_right():
    log = {"任务编号": "A1", "日期": "2025-05-20", "单位": "城管局", "内容": "硬化", "成效数据": "400余平米"}

    loaded = load_workbook(book(任务=[{**TASK, "频次": "每隔一阵"}], 工作记录=[log]))

    assert [fault.wrong for fault in loaded.faults] == ["频次“每隔一阵”看不懂。", "“400余平米”缺少等号。"]
    assert [fault.right[:6] for fault in loaded.faults] == ["可以写：每天", "请写成“名称"]


@pytest.mark.once
def test_a_rate_below_one_per_cent_is_read_and_noted():
    survey = {"名称": "问卷", "日期": "2025-06-01", "知晓率": 0.913, "支持率": "0.95%", "满意率": 91.3}

    loaded = load_workbook(book(满意度调查=[survey]))

    found = Survey.objects.get()
    assert (found.awareness, found.support, found.satisfaction) == (Decimal("0.91"), Decimal("0.95"), Decimal("91.30"))
    assert loaded.notes == ["满意度调查第2行“知晓率”按0.913%读取；如果是91.3%，请写成91.3%。"]


def test_a_coordinator_cannot_bring_in_people(city):
    rows = [{"账号": "x", "姓名": "某", "单位": "清水市", "角色": "系统管理员"}]

    loaded = load_workbook(book(单位=[{"名称": "清水市"}], 人员=rows), by=city.coordinator)

    assert faults_of(loaded) == [("人员", 2, "账号", "x")]
    assert not User.objects.filter(username="x").exists()


def test_who_administers_one_city_brings_in_people_of_that_city_only(city):
    narrow = people.person("专管员", Role.ADMINISTRATOR, city.office, scope=city.host)
    Post.objects.create(user=narrow, role=Role.COORDINATOR, unit=city.office, starts_on=date(2024, 1, 1))
    elsewhere = people.city("云溪市").liaison
    rows = [
        {"账号": "x", "姓名": "某", "单位": "清水市", "角色": "系统管理员"},
        {"账号": "y", "姓名": "某", "单位": "清水市", "角色": "系统管理员", "管辖单位": "清水市"},
        {"账号": elsewhere.username, "姓名": elsewhere.name, "单位": "清水市", "手机": "110"},
    ]

    loaded = load_workbook(book(单位=[{"名称": "清水市"}], 人员=rows), by=narrow)

    assert faults_of(loaded) == [("人员", 2, "角色", "系统管理员"), ("人员", 4, "账号", elsewhere.username)]
    assert not User.objects.filter(username__in=["x", "y"]).exists()


def test_characters_that_nobody_sees_are_not_loaded():
    load_workbook(book(任务=[{**TASK, "名称": "路面\u202e硬\u200b化"}]))

    assert Task.objects.get().name == "路面硬化"


@pytest.mark.once
def test_unknown_sheets_and_columns_are_told_and_passed_over():
    loaded = load_workbook(book(阶断=[{"名称": "一"}], 任务=[{**TASK, "牵头人": "王"}]))

    assert loaded.faults == []
    assert loaded.notes == [
        "工作表“阶断”不认识，已忽略。是否想写“阶段”？",
        "任务的列“牵头人”不认识，已忽略。是否想写“牵头单位”？",
    ]


@pytest.mark.once
def test_a_file_without_a_campaign_or_that_is_no_workbook_is_a_fault():
    empty = load_workbook(book(创建活动=[]))
    rubbish = load_workbook(BytesIO(b"hello"))

    assert [fault.sheet for fault in empty.faults] == ["创建活动"]
    assert len(rubbish.faults) == 1


@pytest.mark.once
def test_a_sponsorship_must_name_a_unit_or_a_leader():
    loaded = load_workbook(book(包保=[{"对象类型": "片区", "对象名称": "东片"}]))

    assert faults_of(loaded) == [("包保", 2, "包保单位", "")]
    assert Sponsorship.objects.count() == 0


def test_the_template_filled_with_its_own_examples_loads():
    filled = open_book(BytesIO(draw_template()))
    for page in filled:
        page["A2"] = page["A2"].value.removeprefix("示例：")
    filled["单位"].append(["示例市"])
    filled["单位"].append(["省文明办", None, None, None, "上级"])
    file = BytesIO()
    filled.save(file)

    untouched = load_workbook(BytesIO(draw_template()))
    loaded = load_workbook(file)

    assert [fault.sheet for fault in untouched.faults] == ["创建活动"]
    assert (loaded.faults, loaded.notes) == ([], [])
    assert LeadingGroup.objects.get().name == "创建工作领导小组"
    assert set(filled.sheetnames) == {sheet.name for sheet in SHEETS}


@pytest.mark.parametrize("typed", ["0001-01-01", "1900-01-01", date(9999, 12, 31), "9999-12-31"])
def test_a_day_in_a_year_no_office_speaks_of_is_a_fault(typed):
    loaded = load_workbook(book(点位=[SITE], 问题=[FINDING | {"整改期限": typed}]))

    assert [(fault.row, fault.column, fault.wrong) for fault in loaded.faults] == [(2, "整改期限", "年份不对，")]


def changed(file, part, old, new):
    """The same workbook with other bytes in one of its parts."""
    made = BytesIO()
    with ZipFile(file) as source, ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            assert name != part or old in content
            target.writestr(name, content.replace(old, new) if name == part else content)
    made.seek(0)
    return made


@pytest.mark.once
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'<row r="2"', b'<row r="99999999"', id="a row beyond Excel's last"),
        pytest.param(b'r="A2"', b'r="!!"', id="a cell that stands nowhere"),
        pytest.param(b'<c r="A2"', b'<c s="9999" r="A2"', id="a style that is not there"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_a_fault(old, new):
    loaded = load_workbook(changed(book(), "xl/worksheets/sheet2.xml", old, new))

    assert [(fault.sheet, fault.wrong) for fault in loaded.faults] == [("单位", "这张表读不出来，")]


def test_a_number_without_end_in_a_date_is_a_fault():
    file = book(阶段=[{"名称": "一", "开始日期": 45756, "结束日期": "2025-12-31"}])

    loaded = load_workbook(changed(file, "xl/worksheets/sheet3.xml", b"<v>45756</v>", b"<v>1e999</v>"))

    assert faults_of(loaded) == [("阶段", 2, "开始日期", "Infinity")]


@pytest.mark.parametrize(
    ("sheet", "row", "column", "typed"),
    [
        ("板块", {"名称": "绿化"}, "序号", 2**31),
        ("测评指标", {"编号": "1", "名称": "绿化"}, "分值", "999999.999"),
        ("志愿服务", {"队伍": "青年队"}, "小时", 10**9),
        ("外部测评", {"名称": "年度测评", "日期": "2025-06-10"}, "得分", -(10**6)),
    ],
)
def test_a_number_larger_than_its_column_is_a_fault(sheet, row, column, typed):
    loaded = load_workbook(book(**{sheet: [row | {column: typed}]}))

    assert [(fault.column, fault.wrong) for fault in loaded.faults] == [(column, "数字太大，")]
