"""The sheets of a workbook that make up a campaign: who leads it, what must be done, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cityinit.loading import Loading
from cityinit.periods import day_start
from cityinit.workbook import Column, Row, Sheet, checked, choice, day, number, rate, several, text, yes_no
from units.importers import UNITS
from units.models import Unit

from . import frequency, quantities
from .models import (
    AssessmentSystem,
    Assignment,
    Campaign,
    Document,
    DutyPost,
    ExternalAssessment,
    GroupMember,
    Guidance,
    Honour,
    Indicator,
    Instruction,
    LeadingGroup,
    Meeting,
    PatrolQuota,
    Phase,
    Publicity,
    Quantity,
    Reward,
    SelfCheck,
    Statement,
    Survey,
    Task,
    TaskEvent,
    Volunteering,
    WorkLogEntry,
    Workstream,
)


def _labels(choices: Any) -> dict[str, str]:
    return {str(label): value for value, label in choices.choices}


def _frequency(typed: str) -> str:
    found = frequency.parse(typed)
    return found.text if found else ""


def _times(typed: str) -> str:
    """A number, or a word such as 多次 that is kept as written."""
    return typed[:-1] if typed.endswith("次") and typed[:-1].isdigit() else typed


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
        Column("分值", number(least=0), empty=None, example="10"),
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
        Column("状态", choice(TASK_STATES), empty=None, options=tuple(TASK_STATES), example="进行中"),
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
        Column("成效数据", checked(quantities.parse), empty=list, example="硬化路面=1000平方米"),
        Column("亮点", yes_no, empty=False, options=("是", "否"), example="是"),
    ),
)


@dataclass(frozen=True)
class Register:
    """A sheet whose rows are simply a model's fields.

    `fields` maps column → field; `units`, `others` map column → field for cells that name a unit or another row
    (with the kind it is known by and the sheet it stands in); `span` are the columns of first and last day.
    """

    sheet: Sheet
    model: type
    fields: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    span: tuple[str, str] | None = None
    knows: str = ""


REGISTERS = (
    Register(
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
    Register(
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
    Register(
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
    Register(
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
    Register(
        Sheet(
            "指标自查",
            (
                Column("指标编号", text(40), required=True, key=True, example="Ⅲ-1"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-20"),
                Column("自评分", number(least=0), empty=None, example="9"),
                Column("差距", example="背街小巷保洁不到位"),
                Column("措施", example="增加保洁班次"),
                Column("责任人", text(60)),
            ),
        ),
        SelfCheck,
        {"日期": "checked_on", "自评分": "score", "差距": "gap", "措施": "measure", "责任人": "person"},
        others={"指标编号": ("indicator", "indicator", "测评指标")},
    ),
    Register(
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
                Column("次数", checked(_times)),
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
    Register(
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
    Register(
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
    Register(
        Sheet(
            "志愿服务",
            (
                Column("队伍", text(100), required=True, key=True, example="阳光志愿服务队"),
                Column("日期", day, key=True, empty=None, example="2025-03-05"),
                Column("单位", text(100), example="阳光街道办事处"),
                Column("内容", key=True, example="开展文明交通劝导"),
                Column("场次", number(least=0, whole=True), empty=None, example="5"),
                Column("人次", number(least=0, whole=True), empty=None, example="120"),
                Column("小时", number(least=0, places=1), empty=None, example="240"),
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
    Register(
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
    Register(
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
    Register(
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
                Column("分值", number(), empty=None),
                Column("事由", required=True, key=True, example="整改及时"),
                Column("日期", day, required=True, empty=None, example="2025-06-01"),
            ),
        ),
        Reward,
        {"人员": "person", "类型": "kind", "分值": "points", "事由": "reason", "日期": "given_on"},
        units={"单位": "unit"},
    ),
    Register(
        Sheet(
            "满意度调查",
            (
                Column("名称", text(100), required=True, key=True, example="群众问卷调查"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-30"),
                Column("样本数", number(least=0, whole=True), empty=None, example="500"),
                Column("知晓率", rate, empty=None, example="95.2"),
                Column("支持率", rate, empty=None, example="97.1"),
                Column("参与率", rate, empty=None),
                Column("满意率", rate, empty=None, example="93.4"),
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
    Register(
        Sheet(
            "外部测评",
            (
                Column("名称", text(100), required=True, key=True, example="民评官测评"),
                Column("日期", day, required=True, key=True, empty=None, example="2025-06-10"),
                Column("组织单位", text(100), example="省文明办"),
                Column("组别", text(60), example="小组"),
                Column("得分", number(), empty=None),
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
    Register(
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
SHEETS = (CAMPAIGN, GROUPS, WORKSTREAMS, INDICATORS, TASKS, LOG, *(register.sheet for register in REGISTERS))


def load_campaign(loading: Loading, *, host: Unit, existing: Campaign | None) -> Campaign | None:
    """Write the one row of 创建活动 under its host."""
    row = loading.rows(CAMPAIGN.name)[0]
    _check_span(loading, row, "开始日期", "结束日期")
    guides = loading.find_all(row, "指导单位", "unit", where=UNITS.name)
    values = {
        "short_name": row["简称"],
        "kind": row["类型"],
        "starts_on": row["开始日期"],
        "ends_on": row["结束日期"],
        "slogans": row["口号"],
    }

    def now(campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in values} | {"guides": _guides(campaign)}

    def create() -> Campaign:
        campaign = Campaign.objects.create(name=row["名称"], host=host, **values)
        _set_guides(campaign, guides)
        return campaign

    def update(campaign: Campaign) -> None:
        for name, value in values.items():
            setattr(campaign, name, value)
        campaign.save(update_fields=list(values))
        _set_guides(campaign, guides)

    wanted = {**values, "guides": guides}
    return loading.put(row, existing, wanted=wanted, now=now, create=create, update=update) or existing


def _guides(campaign: Campaign) -> list[Unit]:
    return [guidance.unit for guidance in campaign.guidance_set.select_related("unit")]


def _set_guides(campaign: Campaign, guides: list[Unit]) -> None:
    campaign.guidance_set.all().delete()
    Guidance.objects.bulk_create(
        Guidance(campaign=campaign, unit=unit, position=place) for place, unit in enumerate(guides)
    )


def load_structure(loading: Loading, campaign: Campaign) -> None:
    """Write what tasks and registers name: groups, workstreams, indicators."""
    _load_tree(loading, campaign, GROUPS, LeadingGroup, kind="group", parent="上级", values=_group_values)
    _load_tree(loading, campaign, WORKSTREAMS, Workstream, kind="workstream", parent="上级", values=_workstream_values)
    if loading.rows(INDICATORS.name):
        _load_indicators(loading, campaign)


def _group_values(loading: Loading, row: Row) -> dict[str, Any]:
    return {
        "founded_on": row["成立日期"],
        "office_unit": loading.find(row, "办公室设在", "unit", where=UNITS.name),
        "document_number": row["文号"],
    }


def _workstream_values(loading: Loading, row: Row) -> dict[str, Any]:
    return {"scheme": row["体系"], "number": row["序号"], "heading": row["标题"], "opening": row["起首语"]}


def _load_tree(loading: Loading, campaign: Campaign, sheet: Sheet, model: Any, *, kind, parent, values) -> None:
    existing = {obj.name: obj for obj in model.objects.of(campaign)}
    for name, obj in existing.items():
        loading.know(kind, name, obj)
    for row in loading.rows(sheet.name):
        loading.know(kind, row["名称"], existing.get(row["名称"]))
    for row in loading.parents_first(sheet.name, name="名称", parent=parent):
        above = loading.find(row, parent, kind, where=sheet.name)
        written = loading.put_model(
            row,
            existing.get(row["名称"]),
            model,
            fixed={"campaign": campaign, "name": row["名称"], "position": row.number},
            values={"parent": above, **values(loading, row)},
        )
        loading.know(kind, row["名称"], written)


def _load_indicators(loading: Loading, campaign: Campaign) -> None:
    system, _made = AssessmentSystem.objects.get_or_create(
        campaign=campaign, name=campaign.kind or campaign.name, edition=""
    )
    existing = {obj.code: obj for obj in system.indicators.prefetch_related("units")}
    for code, obj in existing.items():
        loading.know("indicator", code, obj)
    for row in loading.rows(INDICATORS.name):
        loading.know("indicator", row["编号"], existing.get(row["编号"]))
    for row in loading.parents_first(INDICATORS.name, name="编号", parent="上级编号"):
        written = loading.put_model(
            row,
            existing.get(row["编号"]),
            Indicator,
            fixed={"campaign": campaign, "system": system, "code": row["编号"], "position": row.number},
            values={
                "parent": loading.find(row, "上级编号", "indicator", where=INDICATORS.name),
                "name": row["名称"],
                "standard": row["标准"],
                "methods": row["测评方式"],
                "score": row["分值"],
            },
            many={"units": loading.find_all(row, "责任单位", "unit", where=UNITS.name)},
        )
        loading.know("indicator", row["编号"], written)


def load_registers(loading: Loading, campaign: Campaign) -> None:
    """Write every sheet that is a plain register, after the tasks they may name."""
    for register in REGISTERS:
        _load_register(loading, campaign, register)


def _load_register(loading: Loading, campaign: Campaign, register: Register) -> None:
    columns = {**register.fields, **register.units, **{name: other[0] for name, other in register.others.items()}}
    key_fields = [columns[name] for name in register.sheet.key]
    relations = [*register.units.values(), *(other[0] for other in register.others.values())]
    existing = {
        tuple(getattr(obj, name) for name in key_fields): obj
        for obj in register.model.objects.of(campaign).select_related(*relations)
    }
    for row in loading.rows(register.sheet.name):
        if register.span:
            _check_span(loading, row, *register.span)
        values = {name: row[column] for column, name in register.fields.items()}
        for column, name in register.units.items():
            values[name] = loading.find(row, column, "unit", where=UNITS.name)
        for column, (name, kind, where) in register.others.items():
            values[name] = loading.find(row, column, kind, where=where)
        if row.unreadable:
            continue
        loading.put_model(
            row,
            existing.get(tuple(values[name] for name in key_fields)),
            register.model,
            fixed={"campaign": campaign, "position": row.number},
            values=values,
        )


def _check_span(loading: Loading, row: Row, first: str, last: str) -> None:
    if row[first] and row[last] and row[last] < row[first]:
        wrong = _("早于%(first)s，") % {"first": first}
        loading.fault(row, last, wrong, _("请检查两个日期。"))


def load_tasks(loading: Loading, campaign: Campaign) -> None:
    """Write the tasks with an assignment for each unit; a state is set once, when the row is made."""
    rows = loading.rows(TASKS.name)
    existing = {
        task.code: task for task in Task.objects.of(campaign).prefetch_related("workstreams", "assignments__unit")
    }
    worked_on = set(
        TaskEvent.objects.filter(task__campaign=campaign).exclude(move="imported").values_list("task_id", flat=True)
    )
    for code, task in existing.items():
        loading.know("task", code, task)
    for row in rows:
        loading.know("task", row["编号"], existing.get(row["编号"]))
    for row in loading.parents_first(TASKS.name, name="编号", parent="上级编号"):
        task = existing.get(row["编号"])
        written = _load_task(loading, campaign, row, task, worked_on=bool(task and task.pk in worked_on))
        loading.know("task", row["编号"], written)


def _load_task(
    loading: Loading, campaign: Campaign, row: Row, existing: Task | None, *, worked_on: bool
) -> Task | None:
    _check_span(loading, row, "开始日期", "完成时限")
    lead = loading.find(row, "牵头单位", "unit", where=UNITS.name)
    others = [unit for unit in loading.find_all(row, "责任单位", "unit", where=UNITS.name) if unit != lead]
    streams = loading.find_all(row, "板块", "workstream", where=WORKSTREAMS.name)
    fields = {
        "parent": loading.find(row, "上级编号", "task", where=TASKS.name),
        "indicator": loading.find(row, "指标编号", "indicator", where=INDICATORS.name),
        "name": row["名称"],
        "requirement": row["工作要求"],
        "lead_unit": lead,
        "supervising_leader": row["分管领导"],
        "starts_on": row["开始日期"],
        "due_on": row["完成时限"],
        "target": row["目标值"],
        "measure": row["计量单位"],
        "frequency": row["频次"],
    }
    state, assignment_state = row["状态"] or TASK_STATES["已办结" if row["办结日期"] else "已下发"]
    days = _task_days(loading, row, campaign, state)
    if row.unreadable:
        return None

    def now(task: Task) -> dict[str, Any]:
        assigned = list(task.assignments.all())
        return {name: getattr(task, name) for name in fields} | {
            "streams": list(task.workstreams.all()),
            "others": [assignment.unit for assignment in assigned if not assignment.is_lead],
        }

    def create() -> Task:
        task = Task.objects.create(
            campaign=campaign, code=row["编号"], position=row.number, state=state, **fields, **days
        )
        task.workstreams.set(streams)
        for unit in [lead, *others]:
            Assignment.objects.create(task=task, unit=unit, is_lead=unit == lead, state=assignment_state)
        TaskEvent.objects.create(task=task, move="imported", label=_("导入"), target=state, by=loading.by)
        return task

    def update(task: Task) -> None:
        for name, value in fields.items():
            setattr(task, name, value)
        task.save(update_fields=list(fields))
        task.workstreams.set(streams)
        task.assignments.exclude(unit__in=[lead, *others]).delete()
        for unit in [lead, *others]:
            Assignment.objects.update_or_create(
                task=task,
                unit=unit,
                defaults={"is_lead": unit == lead},
                create_defaults={"is_lead": unit == lead, "state": assignment_state},
            )

    wanted = {**fields, "streams": streams, "others": others}
    return loading.put(row, existing, wanted=wanted, now=now, create=create, update=update, worked_on=worked_on)


def _task_days(loading: Loading, row: Row, campaign: Campaign, state: str) -> dict[str, Any]:
    """The days on which the task's states began; a finished task must say when, or figures would not be true."""
    issued = None if state == Task.State.DRAFT else row["开始日期"] or campaign.starts_on
    days: dict[str, Any] = {"issued_on": issued, "confirmed_on": None, "cancelled_on": None}
    if state == Task.State.CONFIRMED:
        days["confirmed_on"] = row["办结日期"] or row["完成时限"]
        if days["confirmed_on"] is None:
            loading.fault(row, "办结日期", _("已办结的任务没有办结日期，"), _("请填办结日期。"))
        elif row["办结日期"] is None:
            loading.notes.append(
                _("任务第%(row)s行没有填办结日期，按完成时限%(day)s计。") % {"row": row.number, "day": row["完成时限"]}
            )
    elif state == Task.State.CANCELLED:
        days["cancelled_on"] = row["办结日期"] or issued
    elif row["办结日期"]:
        loading.fault(row, "办结日期", _("有办结日期而状态不是已办结，"), _("请改状态或删去日期。"))
    return days


def load_log(loading: Loading, campaign: Campaign) -> None:
    """Write the work log with its typed quantities."""
    existing = {
        (entry.task_id, entry.done_on, entry.unit_id, entry.content): entry
        for entry in WorkLogEntry.objects.filter(task__campaign=campaign).prefetch_related("quantities")
    }
    for row in loading.rows(LOG.name):
        task = loading.find(row, "任务编号", "task", where=TASKS.name)
        unit = loading.find(row, "单位", "unit", where=UNITS.name)
        if row.unreadable or task is None or unit is None:
            continue
        _load_entry(loading, row, existing.get((task.pk, row["日期"], unit.pk, row["内容"])), task=task, unit=unit)


def _load_entry(loading: Loading, row: Row, existing: WorkLogEntry | None, *, task: Task, unit: Unit) -> None:
    fields = {"kind": row["类别"], "is_highlight": row["亮点"]}
    amounts: list[quantities.Quantity] = row["成效数据"]

    def now(entry: WorkLogEntry) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in fields} | {
            "amounts": [str(amount) for amount in entry.quantities.all()]
        }

    def create() -> WorkLogEntry:
        entry = WorkLogEntry.objects.create(
            task=task, unit=unit, done_on=row["日期"], content=row["内容"], created_by=loading.by, **fields
        )
        _write_amounts(entry, amounts)
        # Work logged by a unit that had not signed says that it began.
        Assignment.objects.filter(
            task=task, unit=unit, state__in=[Assignment.State.UNREAD, Assignment.State.ACKNOWLEDGED]
        ).update(state=Assignment.State.IN_PROGRESS, acknowledged_at=day_start(row["日期"]))
        return entry

    def update(entry: WorkLogEntry) -> None:
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.save(update_fields=list(fields))
        entry.quantities.all().delete()
        _write_amounts(entry, amounts)

    wanted = {**fields, "amounts": [f"{amount.label}={amount.text}" for amount in amounts]}
    loading.put(row, existing, wanted=wanted, now=now, create=create, update=update)


def _write_amounts(entry: WorkLogEntry, amounts: list[quantities.Quantity]) -> None:
    Quantity.objects.bulk_create(
        Quantity(
            entry=entry,
            label=amount.label,
            value=amount.value,
            qualifier=amount.qualifier,
            measure=amount.measure,
            canonical_measure=amount.canonical,
            kind=amount.kind,
            text=amount.text,
            position=place,
        )
        for place, amount in enumerate(amounts)
    )
