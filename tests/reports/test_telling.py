"""How rows of the registers read: what was so on the last day, by whom it was done, and each thing said once."""

from datetime import date

import pytest

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.importers import load_workbook
from reports.facts import collect
from reports.narrative import write
from units.models import Unit

from . import books

# The wording follows from facts that other tests collect beside both databases.
pytestmark = pytest.mark.once

JUNE = "2025-06-30"
FIRST_HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
UNITS = ["清水县", "县创建办", "城管局", "公安局", "住建局", "城南街道"]
BASE = {
    "创建活动": [
        {
            "名称": "清水县创建全国文明城市",
            "简称": "创文",
            "主体单位": "清水县",
            "开始日期": "2024-07-01",
            "结束日期": "2026-12-31",
        }
    ],
    "单位": [
        {"名称": "清水县", "自称": "我县"},
        *({"名称": name, "上级单位": "清水县"} for name in UNITS[1:]),
        {"名称": "市文明办", "关系": "上级"},
    ],
}
GROUP = "创文工作领导小组"


@pytest.fixture
def told(db):
    """`told({sheet: rows})` loads the campaign with these rows and gives the text of its summary."""

    def load_and_write(sheets, *, unit=None, period=FIRST_HALF):
        facts = facts_of(sheets, unit=unit, period=period)
        return "\n".join(section.text for section in write(facts))

    return load_and_write


def facts_of(sheets, *, unit=None, period=FIRST_HALF):
    loaded = load_workbook(books.workbook({**BASE, **sheets}))
    assert loaded.faults == []
    campaign = Campaign.objects.get(pk=loaded.campaign_id)
    of = Unit.objects.get(host=campaign.host, name=unit) if unit else None
    return collect(campaign, period, unit=of, on=date(2026, 1, 1)).facts


def sentence_with(words, text):
    """The one sentence in which the words stand."""
    found = [sentence for line in text.split("\n") for sentence in line.split("。") if words in sentence]
    assert len(found) == 1, (words, text)
    return found[0]


# --- what was so on the last day ---


def test_who_has_left_a_group_is_not_told_in_office(told):
    seats = [("县长", "陈某", "2025-01-10", "2025-04-30"), ("代县长", "周某", "2025-05-01", JUNE)]
    text = told(
        {
            "领导小组": [{"名称": GROUP, "成立日期": "2025-01-10"}],
            "小组成员": [
                {"领导小组": GROUP, "小组职务": "组长", "姓名": name, "行政职务": title, "起": since, "止": until}
                for title, name, since, until in seats
            ],
        }
    )

    assert sentence_with("任组长", text) == "创文工作领导小组于2025年1月10日成立，由代县长周某任组长"


def test_a_group_founded_later_is_named_by_nothing(told):
    before = Period(date(2024, 7, 1), date(2024, 12, 31))
    meeting = {"类别": "会议", "领导小组": GROUP}
    text = told(
        {
            "领导小组": [
                {"名称": GROUP, "成立日期": "2025-01-10"},
                {"名称": "交通秩序专项组", "上级": GROUP},
                {"名称": "创卫专班"},
            ],
            "会议活动": [
                {"名称": "例会", **meeting, "次数": "多次"},
                {"名称": "筹备会", **meeting, "日期": "2024-12-20"},
            ],
        },
        period=before,
    )

    assert sentence_with("专班", text) == "成立创卫专班"
    assert sentence_with("筹备会", text) == "2024年12月20日，召开筹备会"
    assert [name for name in (GROUP, "交通秩序专项组", "例会") if name in text] == []


def test_duty_that_has_ended_is_told_with_its_days_and_the_same_days_once(told):
    posts = [("劝导岗", "", ""), ("交通岗", "2025-02-06", ""), ("旅游岗", "2025-02-06", "")]
    posts.append(("防汛岗", "2025-03-01", "2025-04-30"))
    text = told(
        {
            "执勤安排": [
                {"类型": "岗点", "名称": name, "责任单位": "公安局", "开始日期": since, "结束日期": until}
                for name, since, until in posts
            ]
        }
    )

    assert "公安局设立劝导岗。" in text
    assert "自2025年2月6日起，公安局设立交通岗；设立旅游岗。" in text
    assert "2025年3月1日至4月30日，公安局设立防汛岗。" in text


def test_how_often_a_team_goes_round_stands_as_entered(told):
    text = told(
        {
            "执勤安排": [
                {"类型": "巡逻队", "名称": "巡逻队", "数量": 6, "责任单位": "城管局", "班次频次": "每天2次"},
            ]
        }
    )

    assert "城管局组建6支巡逻队，按每天2次的频次开展巡逻。" in text


# --- who came, who held ---


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"名称": "市文明办调研指导", "单位": "县创建办"}, "县创建办接受市文明办调研指导"),
        ({"名称": "市文明办调研指导"}, "接受市文明办调研指导"),
        (
            {"名称": "市文明办副主任来我县调研创文工作", "单位": "县创建办"},
            "县创建办接待市文明办副主任来我县调研创文工作",
        ),
        ({"名称": "市领导现场督导", "单位": "城管局", "地点": "人民路"}, "城管局在人民路接受市领导现场督导"),
        ({"名称": "县领导调研交通秩序"}, "县领导调研交通秩序"),
        ({"名称": "市文明办专题培训", "单位": "县创建办", "类别": "培训"}, "县创建办举办市文明办专题培训"),
        ({"名称": "县创建办督导", "单位": "县创建办"}, "县创建办督导"),
        ({"名称": "省专家组", "地点": "东湖", "议定事项": "反馈问题12个"}, "省专家组到东湖，反馈问题12个"),
    ],
)
def test_a_visit_is_received_and_not_held(told, row, says):
    text = told({"会议活动": [{"类别": "调研", "日期": "2025-05-12", **row}]})

    assert sentence_with("2025年5月12日", text) == f"2025年5月12日，{says}"


@pytest.mark.parametrize("visitor", ["市文明办", "清水县", "县创建办"])
def test_a_unit_is_visited_by_those_above_it_and_by_the_office(told, visitor):
    sheets = {
        "领导小组": [{"名称": GROUP, "办公室设在": "县创建办"}],
        "会议活动": [{"名称": f"{visitor}督导检查", "类别": "督导", "日期": "2025-05-12", "单位": "城管局"}],
    }

    text = told(sheets, unit="城管局")

    assert sentence_with("督导", text) == f"2025年5月12日，接受{visitor}督导检查"


def test_several_visits_are_counted_as_received(told):
    rows = [{"名称": "市文明办暗访", "类别": "检查", "日期": day} for day in ("2025-05-12", "2025-06-02")]

    text = told({"会议活动": rows})

    assert "2025年上半年共接受检查2次。" in text


def test_of_several_times_no_one_day_is_told_nor_the_own_office_as_the_place(told):
    row = {"名称": "创建工作调度会", "类别": "会议", "日期": "2025-05-07", "单位": "县创建办", "次数": "多次"}

    text = told({"会议活动": [{**row, "地点": "县创建办"}]})

    assert sentence_with("调度会", text) == "县创建办多次召开创建工作调度会"


# --- findings ---

FINDING = {"类别": "市容", "问题描述": "占道经营问题", "责任单位": "城管局", "发现日期": "2025-05-05"}
SITES = [
    {"编号": "S1", "名称": "中心广场", "类型": "广场", "责任单位": "城管局"},
    {"编号": "S2", "名称": "人民路", "类型": "主干道", "责任单位": "公安局"},
]


def found(number, **values):
    return {**FINDING, "编号": number, **values}


def test_only_what_was_reviewed_is_the_basis_of_the_rework_rate(db):
    closed = {"状态": "已销号", "整改日期": "2025-05-06", "销号日期": "2025-05-06"}
    facts = facts_of(
        {
            "问题": [
                found("1", **closed),
                found("2", **closed),
                found("3", 状态="返工", 整改日期="2025-05-06", 复核日期="2025-05-07"),
                found("4", 状态="现场整改", 销号日期="2025-05-05"),
            ]
        }
    )

    assert facts["figures"]["findings.rework_rate"]["text"] == "33.3%"


def test_what_waits_by_decision_is_told_apart_from_what_is_open(told):
    text = told(
        {
            "问题": [
                found("1", 状态="整改中", 整改期限="2025-06-20"),
                found("2", 状态="挂账", 问题描述="管网老化", 责任单位="住建局", 整改期限="2026-06-30"),
            ]
        }
    )

    assert sentence_with("尚未整改到位", text) == (
        "尚未整改到位的问题2个，其中1个已挂账、长期推进，即管网老化问题（由住建局负责，期限2026年6月30日）；"
        "其余一个是占道经营问题（由城管局负责，期限2025年6月20日）"
    )


def test_of_many_open_ones_those_that_wait_are_counted(told):
    rows = [found(str(number), 状态="整改中") for number in range(5)]

    text = told({"问题": [*rows, found("9", 状态="挂账")]})

    assert sentence_with("尚有", text) == "尚有6个问题未整改到位，其中1个已挂账、长期推进"


def test_a_unit_is_inspected_and_does_not_inspect(told):
    rows = [found(str(number), 督查批次="第二轮督查", 点位="S1") for number in (1, 2)]

    text = told({"点位": SITES, "问题": rows}, unit="城管局")

    assert sentence_with("第二轮督查", text) == (
        "在“第二轮督查”中被指出问题2个，涉及广场1个点位，截至2025年6月30日整改0个，整改率0%"
    )


def test_several_types_of_sites_stand_with_deng_one_without(told):
    rows = [found("1", 点位="S1"), found("2", 点位="S2")]

    assert "检查广场、主干道等2个点位，发现问题2个" in told({"点位": SITES, "问题": rows})


def test_rounds_that_are_only_numbered_are_counted(told):
    rows = [found(str(number), 督查批次=f"第{number}次月度督查") for number in range(2, 7)]

    assert "先后开展月度督查5次，发现问题5个" in told({"问题": rows})


# --- what was given, asked, measured ---


def test_a_unit_is_praised_and_does_not_praise(told):
    rewards = [
        {"类型": "通报表扬", "事由": "进度快", "分值": None},
        {"类型": "扣分", "事由": "整改不力", "分值": 2},
    ]
    sheets = {"奖惩": [{"单位": "城南街道", "日期": "2025-06-05", **row} for row in rewards]}

    assert "因进度快，对城南街道予以通报表扬；因整改不力，对城南街道扣2分。" in told(sheets)
    Campaign.objects.all().delete()
    assert "因进度快，城南街道受到通报表扬；因整改不力，城南街道被扣2分。" in told(sheets, unit="城南街道")


@pytest.mark.parametrize(
    ("kind", "points", "says"),
    [
        ("扣分", -2, "扣2分"),
        ("通报批评", -1.5, "予以通报批评并扣1.5分"),
        ("加分", 2, "加2分"),
        ("加分", -2, "扣2分"),
        ("通报表扬", 1, "予以通报表扬并加1分"),
    ],
)
def test_points_are_told_by_a_verb_and_never_with_a_sign(told, kind, points, says):
    text = told({"奖惩": [{"单位": "城南街道", "日期": "2025-06-05", "类型": kind, "事由": "核查", "分值": points}]})

    assert f"因核查，对城南街道{says}。" in text


@pytest.mark.parametrize(
    ("name", "says"),
    [("群众满意度", "开展群众满意度调查"), ("问卷", "开展问卷调查"), ("市民测评", "开展市民测评")],
)
def test_a_survey_is_called_one(told, name, says):
    text = told({"满意度调查": [{"名称": name, "日期": "2025-06-01", "满意率": 96}]})

    assert sentence_with("满意率", text) == f"2025年6月1日{says}，满意率96%"


def test_how_long_each_of_several_events_lasted_is_not_told(told):
    lasted = ("时长=2小时", "时长=90分钟")
    log = [
        {"任务编号": "1", "日期": f"2025-05-0{day}", "单位": "城管局", "内容": f"举办讲座{day}", "成效数据": amount}
        for day, amount in enumerate(lasted, start=1)
    ]

    text = told({"任务": [{"编号": "1", "名称": "健康讲座", "牵头单位": "城管局"}], "工作记录": log})

    assert "讲座1" in text
    assert "时长" not in text


# --- many rows alike ---


def sponsored(*rows):
    return [
        {"包保单位": unit, "包保领导": leader, "对象类型": "社区", "对象名称": name, "说明": note}
        for unit, leader, name, note in rows
    ]


def test_who_answers_for_what_is_told_once_for_those_of_one_duty(told):
    rows = sponsored(
        ("城管局", "", "东门社区", "结对共建"),
        ("公安局", "", "西门社区", "结对共建"),
        ("", "王某", "南门社区", "每周入户1次"),
        ("", "王某", "北门社区", "每周入户1次"),
        ("", "李某", "河东社区", "每周入户1次"),
        ("住建局", "", "河西社区", ""),
    )

    assert sentence_with("包保", told({"包保": rows})) == (
        "实行包保责任制，城管局、公安局分别包保东门社区、西门社区，结对共建；"
        "王某包保南门社区、北门社区，李某包保河东社区，均每周入户1次；住建局包保河西社区"
    )


def test_of_very_many_sponsors_the_first_are_told_and_all_are_counted(told):
    rows = sponsored(*(("", f"干部{number}", f"社区{number}", "") for number in range(1, 14)))

    told_of = sentence_with("包保", told({"包保": rows}))

    assert told_of.startswith("实行包保责任制，共建立包保关系13组，其中干部1包保社区1，")
    assert told_of.endswith("，干部8包保社区8")


def test_publicity_alike_is_added_up(told):
    streets = ("东街", "西街", "南街", "北街", "新街", "老街")
    rows = [
        {
            "类型": "宣传栏",
            "位置": f"{name}社区",
            "数量": 9 + place,
            "单位": unit,
            "内容": "市民公约",
            "日期": "2025-03-01",
        }
        for place, (name, unit) in enumerate(zip(streets, [*UNITS[1:], "城南街道"], strict=True))
    ]

    assert sentence_with("宣传栏", told({"宣传阵地": rows})) == (
        "县创建办、城管局、公安局、住建局、城南街道在东街社区、西街社区、南街社区等六处设置宣传栏69处，内容为市民公约"
    )


def test_publicity_without_a_content_is_told_place_by_place(told):
    rows = [{"类型": "公益广告", "位置": f"第{number}大街", "数量": number} for number in range(2, 7)]

    assert sentence_with("公益广告", told({"宣传阵地": rows})) == "，".join(
        f"在第{number}大街设置公益广告{number}幅" for number in range(2, 7)
    )


def test_of_very_much_publicity_each_kind_is_added_up_first(told):
    rows = [
        {"类型": "公益广告", "位置": f"第{number}大街", "数量": 10, "内容": f"主题{number}"} for number in range(13)
    ]

    told_of = sentence_with("公益广告", told({"宣传阵地": rows}))

    assert told_of.startswith("共设置公益广告130幅，主要是在第0大街设置“主题0”公益广告10幅，")
    assert told_of.count("在第") == 8


def test_a_kind_with_one_row_is_not_lost_among_very_much_publicity(told):
    rows = [
        {"类型": "公益广告", "位置": f"第{number}大街", "数量": number, "内容": f"主题{number}"}
        for number in range(1, 13)
    ]
    rows += [{"类型": "围挡", "位置": "城东工地", "数量": 320}, {"类型": "文化墙", "位置": "书院后街", "数量": 11}]

    text = told({"宣传阵地": rows})

    assert "共设置公益广告78幅，主要是在第12大街设置“主题12”公益广告12幅，" in text
    assert "另有在城东工地设置围挡320幅，在书院后街设置文化墙11处。" in text


def served(team, content, *numbers):
    days = ("2025-02-10", "2025-04-03", "2025-05-29")
    return [
        {"队伍": team, "日期": day, "单位": "公安局", "内容": content, "场次": sessions, "人次": people}
        for day, (sessions, people) in zip(days, numbers, strict=True)
    ]


def test_what_a_team_did_many_times_is_added_up(told):
    rows = served("志愿队", "开展站台秩序引导", (8, 240), (4, 120), (5, 150))

    assert sentence_with("志愿队", told({"志愿服务": rows})) == "公安局志愿队开展站台秩序引导（17场次、510人次）"


def test_what_was_not_recorded_adds_nothing_to_a_sum(told):
    rows = served("志愿队", "义诊", (8, None), (4, 120), (5, 150))

    assert sentence_with("志愿队", told({"志愿服务": rows})) == "公安局志愿队义诊（17场次、270人次）"


def test_what_a_team_did_unmeasured_is_told_by_how_often(told):
    rows = served("志愿队", "清扫楼道", (None, None), (None, None), (None, None))

    assert sentence_with("志愿队", told({"志愿服务": rows})) == "公安局志愿队先后三次清扫楼道"


def test_of_many_self_checks_those_are_told_where_most_was_missing(told):
    indicators = [{"编号": str(number), "名称": f"指标{number}", "分值": 10} for number in range(1, 8)]
    checks = [
        {"指标编号": str(number), "日期": "2025-06-12", "自评分": 10 - number, "差距": f"差距{number}"}
        for number in range(1, 8)
    ]

    text = told({"测评指标": indicators, "指标自查": checks})

    names = "".join(f"“指标{number}”" for number in range(1, 8))
    assert f"2025年6月12日，对{names}七项指标开展自查。" in text
    assert sentence_with("得分率较低", text) == (
        "其中得分率较低的有：对“指标7”指标，自评3分（满分10分），差距在于差距7；"
        "对“指标6”指标，自评4分（满分10分），差距在于差距6；对“指标5”指标，自评5分（满分10分），差距在于差距5"
    )


BREACHES = [
    {
        "标准编号": "负-1-1)",
        "日期": "2025-05-12",
        "单位": "城管局",
        "情况": "工地围挡倒塌",
        "扣分": 2,
        "处理情况": "责令停工整改",
    },
    {"标准编号": "负-1-1)", "日期": "2025-06-30", "起数": 0, "情况": "逐月核查没有发生"},
]
NEGATIVE = [{"编号": "负-1", "名称": "负面清单", "标准": "发生安全责任事故"}]


def test_what_came_about_of_the_negative_list_is_told_with_its_cost(told):
    text = told({"测评指标": NEGATIVE, "负面清单": BREACHES})

    assert sentence_with("对照负面清单", text) == (
        "对照负面清单开展核查，期内发生负面清单事项1起，2025年5月12日，城管局工地围挡倒塌，扣2分，责令停工整改"
    )


def test_a_look_that_found_none_is_told_as_a_figure_and_no_look_is_not(told):
    without = told({"测评指标": NEGATIVE})
    text = told({"测评指标": NEGATIVE, "负面清单": BREACHES[1:]})

    assert "对照负面清单" not in without
    assert sentence_with("对照负面清单", text) == "对照负面清单开展核查，期内发生负面清单事项0起"


def test_a_typed_number_stands_without_thousands_separators(told):
    log = [{"任务编号": "1", "日期": "2025-05-01", "单位": "城管局", "内容": "设置毒饵站1,500个，投放毒饵1,200,000克"}]

    text = told({"任务": [{"编号": "1", "名称": "灭鼠", "牵头单位": "城管局"}], "工作记录": log})

    assert "设置毒饵站1500个，投放毒饵1200000克" in text


def test_partners_are_named_and_no_more_is_said_of_them(told):
    text = told({"单位": [*BASE["单位"], {"名称": "驻军某部", "关系": "共建"}]})

    assert "共建单位有驻军某部。" in text


def held(*days, **values):
    row = {"名称": "创文调度会", "类别": "会议", "单位": "县创建办", **values}
    return [{**row, "日期": day, "参加人数": 30 + place} for place, day in enumerate(days)]


def test_a_meeting_held_again_and_again_is_told_once(told):
    rows = held("2025-03-01", "2025-04-01", "2025-05-01", 时长="1小时")

    assert (
        "县创建办先后三次召开创文调度会（2025年3月1日、2025年4月1日、2025年5月1日），参加人数分别为30人、31人、32人。"
        in told({"会议活动": rows})
    )


def test_of_a_meeting_held_many_times_the_days_are_left_out(told):
    rows = held(*(f"2025-0{month}-01" for month in range(1, 6)))

    assert "县创建办先后五次召开创文调度会。" in told({"会议活动": rows})


def test_a_meeting_held_twice_stands_where_its_days_are(told):
    rows = [*held("2025-03-01", "2025-05-01"), *held("2025-04-01", 名称="推进会")]

    text = told({"会议活动": rows})

    assert [day for day in ("3月1日", "4月1日", "5月1日") if f"2025年{day}，县创建办召开" in text] == [
        "3月1日",
        "4月1日",
        "5月1日",
    ]
    assert text.index("3月1日，") < text.index("4月1日，") < text.index("5月1日，")


def test_meetings_that_decided_something_are_told_one_by_one(told):
    rows = held("2025-03-01", "2025-04-01", "2025-05-01", 议定事项="明确分工")

    assert told({"会议活动": rows}).count("召开创文调度会") == 3


def test_of_many_meetings_the_weightiest_are_told_and_all_are_counted(told):
    rows = [
        {"名称": f"第{number}次例会", "类别": "例会", "日期": f"2025-03-{number:02}", "参加人数": number}
        for number in range(1, 13)
    ]
    rows[0]["议定事项"] = "明确分工"

    text = told({"会议活动": [*rows, {"名称": "动员大会", "类别": "动员会", "日期": "2025-03-20"}]})

    assert "2025年上半年共召开例会12次（参加78人次）。" in text
    assert [number for number in range(1, 13) if f"第{number}次例会" in text] == [1, 6, 7, 8, 9, 10, 11, 12]
    assert "召开动员大会" in text


def test_of_many_teams_those_with_most_people_are_told(told):
    rows = [
        {"队伍": f"第{number}志愿队", "单位": "公安局", "内容": "清扫楼道", "人次": 10 + number}
        for number in range(10, 23)
    ]

    text = told({"志愿服务": rows})

    assert sentence_with("十三支队伍", text).startswith(
        "十三支队伍开展志愿服务，其中公安局第15志愿队清扫楼道（25人次）；"
    )
    assert [number for number in range(10, 23) if f"第{number}志愿队" in text] == list(range(15, 23))
    assert "338人次" in text


# --- whose it is ---


def test_own_rows_come_first_and_each_unit_is_named_once(told):
    rows = [("县创建办", "主次干道"), ("", "中心广场"), ("城管局", "车站"), ("县创建办", "公园")]

    text = told({"宣传阵地": [{"类型": "电子屏", "单位": unit, "位置": place} for unit, place in rows]})

    assert sentence_with("电子屏", text) == (
        "在中心广场设置电子屏，县创建办在主次干道设置电子屏，在公园设置电子屏，城管局在车站设置电子屏"
    )


def test_who_issued_several_papers_is_named_once(told):
    papers = [("县创建办", "通知"), ("清水县", "方案"), ("县创建办", "制度")]

    text = told({"文件制度": [{"名称": f"创建{kind}", "类型": kind, "发文单位": issuer} for issuer, kind in papers]})

    assert sentence_with("《创建方案》", text) == "制定《创建方案》，县创建办印发《创建通知》，建立《创建制度》"


def test_papers_issued_in_the_period_are_counted_before_they_are_named(told):
    days = ("2025-03-01", "2025-04-01", "2025-05-01", "2024-12-01")
    papers = [{"名称": f"第{n}号方案", "类型": "方案", "日期": day} for n, day in enumerate(days, start=1)]

    # Two are counted by reading them.
    assert "共印发文件" not in told({"文件制度": papers[1:]})
    assert "上半年共印发文件3件" in told({"文件制度": papers})
