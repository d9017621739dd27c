"""The sheets of a workbook that make up a campaign, as they are written: columns, readers, examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cityinit.workbook import Column, Sheet, checked, choice, day, number, rate, several, small_rate, text, yes_no

from . import frequency, quantities
from .models import (
    Assignment,
    Breach,
    Dissuasion,
    Document,
    DutyPost,
    ExternalAssessment,
    Grid,
    GroupMember,
    Honour,
    Indicator,
    Instruction,
    Meeting,
    PatrolQuota,
    Phase,
    Publicity,
    Reward,
    SelfCheck,
    Statement,
    Survey,
    Task,
    Volunteering,
    times_held,
)


def _labels(choices: Any) -> dict[str, str]:
    return {str(label): value for value, label in choices.choices}


def _frequency(typed: str) -> str:
    found = frequency.parse(typed)
    return found.text if found else ""


METHODS = _labels(Indicator.Method) | {"问卷": Indicator.Method.SURVEY}
# 已下发 and 进行中 are one state of the task; what differs is the units' assignments.
TASK_STATES = {
    "未下发": (Task.State.DRAFT, Assignment.State.UNREAD),
    "已下发": (Task.State.ISSUED, Assignment.State.UNREAD),
    "进行中": (Task.State.ISSUED, Assignment.State.IN_PROGRESS),
    "待确认": (Task.State.AWAITING_CONFIRMATION, Assignment.State.REPORTED_DONE),
    "已办结": (Task.State.CONFIRMED, Assignment.State.REPORTED_DONE),
    "终止": (Task.State.CANCELLED, Assignment.State.IN_PROGRESS),
}

TASK_STATE_HINTS = {
    "完成": "已办结",
    "已完成": "已办结",
    "办结": "已办结",
    "未完成": "进行中",
    "正在进行": "进行中",
    "推进中": "进行中",
    "未开始": "未下发",
    "取消": "终止",
}

CAMPAIGN = Sheet(
    "创建活动",
    (
        Column("名称", text(100), required=True, key=True, example="示例市创建全国文明城市"),
        Column("简称", text(20), empty="创建", example="创文"),
        Column("类型", text(40), example="全国文明城市"),
        Column("主体单位", text(100), required=True, example="示例市"),
        Column("指导单位", several(), empty=list, example="省文明办"),
        Column("开始日期", day, required=True, empty=None, example="2025-01-01"),
        Column("结束日期", day, required=True, empty=None, example="2025-12-31"),
        Column(
            "口号",
            lambda cell: [part.strip() for part in cell.text.replace(";", "；").split("；") if part.strip()],
            empty=list,
            example="人人参与创建；家家共享文明",
        ),
    ),
)
WORKSTREAMS = Sheet(
    "板块",
    (
        Column("名称", text(60), required=True, key=True, example="环境整治"),
        Column("体系", text(40), example="总结结构"),
        Column("上级", text(60)),
        Column("序号", number(least=0, whole=True), empty=None, example="1"),
        Column("标题", text(120), example="整治环境，扮靓城市面貌"),
        Column("起首语", example="环境是城市的脸面"),
    ),
)
GROUPS = Sheet(
    "领导小组",
    (
        Column("名称", text(100), required=True, key=True, example="创建工作领导小组"),
        Column("上级", text(100)),
        Column("成立日期", day, empty=None, example="2025-01-06"),
        Column("办公室设在", text(100), example="阳光街道办事处"),
        Column("文号", text(60), example="示文明委〔2025〕1号"),
    ),
)
INDICATORS = Sheet(
    "测评指标",
    (
        Column("编号", text(40), required=True, key=True, example="Ⅲ-1"),
        Column("上级编号", text(40)),
        Column("名称", text(200), required=True, example="环境卫生"),
        Column("标准", example="主次干道干净整洁"),
        Column("测评方式", several(choice(METHODS)), empty=list, example="实地考察"),
        Column("分值", number(least=0, below=10**6), empty=None, example="10"),
        Column("责任单位", several(), empty=list, example="阳光街道办事处"),
    ),
)
TASKS = Sheet(
    "任务",
    (
        Column("编号", text(40), required=True, key=True, example="A1"),
        Column("上级编号", text(40)),
        Column("板块", several(), empty=list, example="环境整治"),
        Column("指标编号", text(40), example="Ⅲ-1"),
        Column("名称", text(200), required=True, example="背街小巷路面硬化"),
        Column("工作要求", example="完成12条背街小巷的平整硬化"),
        Column("牵头单位", text(100), required=True, example="阳光街道办事处"),
        Column("责任单位", several(), empty=list),
        Column("分管领导", text(60), example="副市长"),
        Column("开始日期", day, empty=None, example="2025-03-01"),
        Column("完成时限", day, empty=None, example="2025-06-30"),
        Column("目标值", number(least=0), empty=None, example="12"),
        Column("计量单位", text(20), example="条"),
        Column("频次", checked(_frequency), options=(), example=""),
        Column(
            "状态",
            choice(TASK_STATES, hints=TASK_STATE_HINTS),
            empty=None,
            options=tuple(TASK_STATES),
            example="进行中",
        ),
        Column("办结日期", day, empty=None),
    ),
)
LOG = Sheet(
    "工作记录",
    (
        Column("任务编号", text(40), required=True, key=True, example="A1"),
        Column("日期", day, required=True, key=True, empty=None, example="2025-05-20"),
        Column("单位", text(100), required=True, key=True, example="阳光街道办事处"),
        Column("类别", text(30), example="建设改造"),
        Column("内容", required=True, key=True, example="对8条背街小巷进行了平整、硬化"),
        Column("成效数据", checked(quantities.parse), empty=list, example="硬化街巷=8条；硬化路面=1000平方米"),
        Column("亮点", yes_no, empty=False, options=("是", "否"), example="是"),
    ),
)


@dataclass(frozen=True)
class PlainSheet:
    """A sheet whose rows are simply a model's fields.

    `fields` maps column → field; `units`, `others` map column → field for cells that name a unit or another row
    (with the kind it is known by and the sheet it stands in); `span` are the columns of first and last day.
    """

    sheet: Sheet
    model: Any
    fields: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    span: tuple[str, str] | None = None


PLAIN_SHEETS = (
    PlainSheet(
        Sheet(
            "网格",
            (
                Column("编号", text(40), required=True, key=True, example="YG-01"),
                Column("名称", text(60), example="阳光社区第一网格"),
                Column("所属社区", text(100), required=True, example="阳光街道办事处"),
                Column("网格员", text(40), example="李四"),
                Column("电话", text(20)),
                Column("范围", text(200), example="阳光路以东"),
            ),
        ),
        Grid,
        {"编号": "code", "名称": "name", "网格员": "keeper", "电话": "phone", "范围": "area"},
        units={"所属社区": "unit"},
    ),
    PlainSheet(
        Sheet(
            "阶段",
            (
                Column("名称", text(60), required=True, key=True, example="动员部署阶段"),
                Column("开始日期", day, required=True, empty=None, example="2025-01-01"),
                Column("结束日期", day, required=True, empty=None, example="2025-03-31"),
            ),
        ),
        Phase,
        {"名称": "name", "开始日期": "starts_on", "结束日期": "ends_on"},
        span=("开始日期", "结束日期"),
    ),
    PlainSheet(
        Sheet(
            "小组成员",
            (
                Column("领导小组", text(100), required=True, key=True, example="创建工作领导小组"),
                Column("小组职务", text(30), required=True, key=True, example="组长"),
                Column("姓名", text(40), key=True),
                Column("单位", text(100), key=True, example="示例市"),
                Column("行政职务", text(60), key=True, example="市长"),
                Column("分工", example="统筹创建工作"),
                Column("起", day, empty=None),
                Column("止", day, empty=None),
            ),
        ),
        GroupMember,
        {
            "小组职务": "seat",
            "姓名": "person_name",
            "行政职务": "title",
            "分工": "duties",
            "起": "starts_on",
            "止": "ends_on",
        },
        units={"单位": "unit"},
        others={"领导小组": ("group", "group", "领导小组")},
        span=("起", "止"),
    ),
    PlainSheet(
        Sheet(
            "文件制度",
            (
                Column("名称", text(200), required=True, key=True, example="创建工作实施方案"),
                Column("类型", text(20), options=("方案", "通知", "制度", "规划", "简报"), example="方案"),
                Column("文号", text(60)),
                Column("日期", day, empty=None, example="2025-01-10"),
                Column("发文单位", text(100), example="示例市"),
                Column("份数", number(least=0, whole=True), empty=None),
                Column("内容"),
            ),
        ),
        Document,
        {"名称": "name", "类型": "kind", "文号": "number", "日期": "issued_on", "份数": "copies", "内容": "content"},
        units={"发文单位": "issuer"},
    ),
    PlainSheet(
        Sheet(
            "批示",
            (
                Column("内容", required=True, key=True, example="请各单位抓紧落实"),
                Column("领导", text(60), required=True, key=True, example="市长"),
                Column("日期", day, empty=None, example="2025-04-02"),
                Column("任务编号", text(40), example="A1"),
            ),
        ),
        Instruction,
        {"内容": "content", "领导": "leader", "日期": "given_on"},
        others={"任务编号": ("task", "task", "任务")},
    ),
    PlainSheet(
        Sheet(
            "指标自查",
            (
                Column("指标编号", text(40), required=True, key=True, example="Ⅲ-1"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-20"),
                Column("自评分", number(least=0, below=10**6), empty=None, example="9"),
                Column("差距", example="背街小巷保洁不到位"),
                Column("措施", example="增加保洁班次"),
                Column("责任人", text(60)),
            ),
        ),
        SelfCheck,
        {"日期": "checked_on", "自评分": "score", "差距": "gap", "措施": "measure", "责任人": "person"},
        others={"指标编号": ("indicator", "indicator", "测评指标")},
    ),
    PlainSheet(
        Sheet(
            "负面清单",
            (
                Column("标准编号", text(60), required=True, key=True, example="Ⅲ-1-1)"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-05-12"),
                Column("单位", text(100), key=True, example="阳光街道办事处"),
                Column("起数", number(least=0, whole=True), empty=1, example="1"),
                Column("情况", required=True, key=True, example="工地围挡倒塌，未造成伤亡"),
                Column("扣分", number(least=0, below=10**6), empty=None, example="2"),
                Column("处理情况", example="责令停工整改，约谈施工单位"),
            ),
        ),
        Breach,
        {"日期": "happened_on", "起数": "times", "情况": "content", "扣分": "points", "处理情况": "handling"},
        units={"单位": "unit"},
        others={"标准编号": ("standard", "standard", "测评指标")},
    ),
    PlainSheet(
        Sheet(
            "会议活动",
            (
                Column("名称", text(120), required=True, key=True, example="创建工作推进会"),
                Column("类别", text(20), required=True, key=True, example="会议"),
                Column("日期", day, key=True, empty=None, example="2025-02-10"),
                Column("单位", text(100), example="示例市"),
                Column("领导小组", text(100), example="创建工作领导小组"),
                Column("地点", text(100)),
                Column("参加人数", number(least=0, whole=True), empty=None, example="60"),
                Column("时长", text(40)),
                Column("次数", checked(times_held)),
                Column("议定事项", example="明确了各单位的任务分工"),
            ),
        ),
        Meeting,
        {
            "名称": "name",
            "类别": "kind",
            "日期": "held_on",
            "地点": "place",
            "参加人数": "attendance",
            "时长": "duration",
            "次数": "times",
            "议定事项": "decisions",
        },
        units={"单位": "unit"},
        others={"领导小组": ("group", "group", "领导小组")},
    ),
    PlainSheet(
        Sheet(
            "执勤安排",
            (
                Column(
                    "类型",
                    choice(_labels(DutyPost.Kind)),
                    required=True,
                    key=True,
                    options=tuple(_labels(DutyPost.Kind)),
                    example="岗点",
                ),
                Column("名称", text(100), required=True, key=True, example="文明交通劝导岗"),
                Column("数量", number(least=0, whole=True), empty=None, example="20"),
                Column("责任单位", text(100), key=True, example="阳光街道办事处"),
                Column("带队领导", text(60)),
                Column("班次频次", text(60), example="每天早晚高峰"),
                Column("开始日期", day, empty=None),
                Column("结束日期", day, empty=None),
            ),
        ),
        DutyPost,
        {
            "类型": "kind",
            "名称": "name",
            "数量": "quantity",
            "带队领导": "leader",
            "班次频次": "shifts",
            "开始日期": "starts_on",
            "结束日期": "ends_on",
        },
        units={"责任单位": "unit"},
        span=("开始日期", "结束日期"),
    ),
    PlainSheet(
        Sheet(
            "巡查定额",
            (
                Column("岗位类别", text(60), required=True, key=True, example="中层干部"),
                Column("地点", text(100), required=True, key=True, example="责任路段"),
                Column("次数", number(least=1, whole=True), required=True, empty=None, example="2"),
                Column(
                    "周期",
                    choice(_labels(PatrolQuota.Cycle)),
                    required=True,
                    options=tuple(_labels(PatrolQuota.Cycle)),
                    example="每天",
                ),
                Column("以上", yes_no, empty=False, options=("是", "否"), example="是"),
            ),
        ),
        PatrolQuota,
        {"岗位类别": "who", "地点": "place", "次数": "times", "周期": "cycle", "以上": "at_least"},
    ),
    PlainSheet(
        Sheet(
            "志愿服务",
            (
                Column("队伍", text(100), required=True, key=True, example="阳光志愿服务队"),
                Column("日期", day, key=True, empty=None, example="2025-03-05"),
                Column("单位", text(100), example="阳光街道办事处"),
                Column("内容", key=True, example="开展文明交通劝导"),
                Column("场次", number(least=0, whole=True), empty=None, example="5"),
                Column("人次", number(least=0, whole=True), empty=None, example="120"),
                Column("小时", number(least=0, below=10**9, places=1), empty=None, example="240"),
            ),
        ),
        Volunteering,
        {
            "队伍": "team",
            "日期": "served_on",
            "内容": "content",
            "场次": "sessions",
            "人次": "people",
            "小时": "hours",
        },
        units={"单位": "unit"},
    ),
    PlainSheet(
        Sheet(
            "宣传阵地",
            (
                Column("类型", text(30), required=True, key=True, example="公益广告"),
                Column("位置", text(100), required=True, key=True, example="中心广场"),
                Column("数量", number(least=0, whole=True), empty=None, example="10"),
                Column("单位", text(100), example="阳光街道办事处"),
                Column("内容", example="社会主义核心价值观"),
                Column("日期", day, empty=None),
            ),
        ),
        Publicity,
        {"类型": "kind", "位置": "place", "数量": "quantity", "内容": "content", "日期": "placed_on"},
        units={"单位": "unit"},
    ),
    PlainSheet(
        Sheet(
            "文明劝导",
            (
                Column("日期", day, required=True, key=True, empty=None, example="2025-05-20"),
                Column("单位", text(100), required=True, key=True, example="阳光街道办事处"),
                Column("地点", text(100), key=True, example="中心路口"),
                Column("类型", text(30), required=True, key=True, example="闯红灯"),
                Column("人次", number(least=0, whole=True), required=True, empty=None, example="36"),
                Column("登记处罚", number(least=0, whole=True), empty=None, example="2"),
            ),
        ),
        Dissuasion,
        {"日期": "done_on", "地点": "place", "类型": "kind", "人次": "number", "登记处罚": "fined"},
        units={"单位": "unit"},
    ),
    PlainSheet(
        Sheet(
            "荣誉",
            (
                Column(
                    "类型",
                    choice(_labels(Honour.Kind)),
                    required=True,
                    key=True,
                    options=tuple(_labels(Honour.Kind)),
                    example="获得",
                ),
                Column("名称", text(120), required=True, key=True, example="省级文明社区"),
                Column("授予单位", text(100), example="省文明委"),
                Column("对象", text(100), key=True, example="阳光社区"),
                Column("事迹"),
                Column("日期", day, empty=None, example="2025-05-30"),
            ),
        ),
        Honour,
        {
            "类型": "kind",
            "名称": "name",
            "授予单位": "granted_by",
            "对象": "honoured",
            "事迹": "deed",
            "日期": "granted_on",
        },
    ),
    PlainSheet(
        Sheet(
            "奖惩",
            (
                Column("单位", text(100), required=True, key=True, example="阳光街道办事处"),
                Column("人员", text(40), key=True),
                Column(
                    "类型",
                    choice(_labels(Reward.Kind)),
                    required=True,
                    key=True,
                    options=tuple(_labels(Reward.Kind)),
                    example="通报表扬",
                ),
                Column("分值", number(below=10**6), empty=None),
                Column("事由", required=True, key=True, example="整改及时"),
                Column("日期", day, required=True, empty=None, example="2025-06-01"),
            ),
        ),
        Reward,
        {"人员": "person", "类型": "kind", "分值": "points", "事由": "reason", "日期": "given_on"},
        units={"单位": "unit"},
    ),
    PlainSheet(
        Sheet(
            "满意度调查",
            (
                Column("名称", text(100), required=True, key=True, example="群众问卷调查"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-30"),
                Column("样本数", number(least=0, whole=True), empty=None, example="500"),
                Column("知晓率", rate, doubt=small_rate, empty=None, example="95.2"),
                Column("支持率", rate, doubt=small_rate, empty=None, example="97.1"),
                Column("参与率", rate, doubt=small_rate, empty=None),
                Column("满意率", rate, doubt=small_rate, empty=None, example="93.4"),
            ),
        ),
        Survey,
        {
            "名称": "name",
            "日期": "held_on",
            "样本数": "sample",
            "知晓率": "awareness",
            "支持率": "support",
            "参与率": "participation",
            "满意率": "satisfaction",
        },
    ),
    PlainSheet(
        Sheet(
            "外部测评",
            (
                Column("名称", text(100), required=True, key=True, example="民评官测评"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-10"),
                Column("组织单位", text(100), example="省文明办"),
                Column("组别", text(60), example="小组"),
                Column("得分", number(below=10**6), empty=None),
                Column("名次", number(least=1, whole=True), empty=None, example="1"),
            ),
        ),
        ExternalAssessment,
        {
            "名称": "name",
            "日期": "held_on",
            "组织单位": "organiser",
            "组别": "group",
            "得分": "score",
            "名次": "rank",
        },
    ),
    PlainSheet(
        Sheet(
            "问题与打算",
            (
                Column(
                    "类型",
                    choice(_labels(Statement.Kind)),
                    required=True,
                    key=True,
                    options=tuple(_labels(Statement.Kind)),
                    example="下步打算",
                ),
                Column("单位", text(100), key=True),
                Column("内容", required=True, key=True, example="进一步压实责任，巩固创建成果"),
                Column("日期", day, empty=None),
            ),
        ),
        Statement,
        {"类型": "kind", "内容": "content", "日期": "said_on"},
        units={"单位": "unit"},
    ),
)
SHEETS = (CAMPAIGN, GROUPS, WORKSTREAMS, INDICATORS, TASKS, LOG, *(plain.sheet for plain in PLAIN_SHEETS))
