"""What a 问题台账 may say: the columns we look for, and how an office writes the state of a problem in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from campaigns.clock import LONG_TERM, Limit
from campaigns.tables.fields import due, starts
from cityinit.tables import Field
from cityinit.workbook import Cell, Column, Unreadable, plain, text
from inspections.limits import limit_alone
from inspections.models import Finding

State = Finding.State

# The names of the workbook's sheet of findings where both have a column: one set of rules reads both.
ORDER, NUMBER, FOUND, ROUND, SITE, CATEGORY = "序号", "编号", "发现日期", "督查批次", "点位", "类别"
SEVERITY, DESCRIPTION, UNIT, ASSISTING = "等级", "问题描述", "责任单位", "协办单位"
DUE, STATE, MEASURE, ANSWERED, REVIEWED, CLOSED = "整改期限", "状态", "整改措施", "整改日期", "复核日期", "销号日期"
FINDER, NOTE, BEFORE, AFTER = "发现人", "备注", "整改前照片", "整改后照片"
# What sort of place it is: the site's, and never the category of the problem.
KIND = "点位类型"
# Of these an empty cell may mean what stands above it.
ABOVE = (FOUND, ROUND, SITE, UNIT)

WORDS = {
    State.CLOSED: (
        "已销号 销号 已整改 已整改到位 整改到位 整改完成 已整改完成 已完成整改 已完成 完成 已办结 办结 已解决 解决 "
        "已关闭 关闭 已落实 是 √ ✓ ☑ ✔ 合格 通过 100% y yes"
    ),
    State.RECTIFYING: (
        "整改中 正在整改 未整改 未完成 未整改到位 部分整改 未办结 推进中 进行中 正在推进 限期整改 逾期 逾期未整改 "
        "未销号 持续整改 正在办理 办理中 未解决 否 × ✗ ✘ n no"
    ),
    State.DISPATCHED: "已交办 待整改 已下发 已派发 未签收 待签收",
    State.SUBMITTED: "待复核 待验收 待销号 已反馈 待核查 待复查",
    State.REWORK: "返工 重新整改 不合格 未通过 复核不合格",
    State.LONG_TERM: "挂账 长期整改 长期坚持 长期 暂缓 纳入规划",
    State.CLOSED_ON_SPOT: "现场整改 立行立改 立整立改 当场整改 即知即改 边查边改 现场已整改 立即整改",
    State.REPORTED: "待核实 新上报 待交办",
    State.REJECTED: "不予立案 不立案",
    State.VOID: "作废 已作废",
    # What a ledger that was given back may say; nothing new begins so.
    State.RETURNED: "已退回",
    State.DUPLICATE: "重复",
    State.REOPENED: "反弹",
}
STATES = {word: state for state, words in WORDS.items() for word in words.split()}
NEW_STATES = tuple(state for state in WORDS if state not in (State.RETURNED, State.DUPLICATE, State.REOPENED))
# 已于5月3日整改到位, 已整改，加强巡查: the first words say it.
BEGINNING = re.compile(r"[，,。；;（(：:\s]")
DATED = re.compile(r"(?:已?于)?(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]")
SEVERITIES = {
    "紧急": "A",
    "特急": "A",
    "严重": "B",
    "较重": "B",
    "重大": "B",
    "重点": "B",
    "一般": "C",
    "普通": "C",
    "较轻": "D",
    "轻微": "D",
    "长期": "E",
}


def fields(*, year: int, same_above: bool = False) -> tuple[Field, ...]:
    """The columns of a ledger; `year` is meant where a day is written without one.

    `same_above`: an empty place, day or unit means the one above.
    """
    day = starts(year)
    above = set(ABOVE) if same_above else set()
    columns: list[tuple[Column, tuple[str, ...]]] = [
        (Column(ORDER, text(40)), ("No", "号", "顺序号")),
        (Column(NUMBER, text(40)), ("问题编号", "台账编号", "流水号", "案件编号", "单号", "问题序号")),
        (
            Column(FOUND, day, empty=None),
            (
                *("检查时间", "检查日期", "督查时间", "督查日期", "发现时间", "巡查时间", "巡查日期", "暗访时间"),
                *("上报时间", "排查时间", "交办时间", "交办日期", "日期", "时间", "登记日期"),
            ),
        ),
        (Column(ROUND, text(100)), ("批次", "检查批次", "轮次", "督查轮次", "期数", "问题来源", "来源")),
        (
            Column(SITE, text(200)),
            (
                *("点位名称", "检查点位", "问题点位", "点位编号", "地点", "检查地点", "问题地点", "位置", "具体位置"),
                *("问题位置", "场所", "场所名称", "点位地址", "路段", "小区名称", "所在位置", "详细地址", "地址"),
            ),
        ),
        (
            Column(KIND, text(60)),
            (
                *("点位类别", "点位种类", "点位分类", "场所类型", "场所类别", "测评点位类型"),
                *("地点类型", "地点类别", "对象类型", "检查对象类型", "单位类型"),
            ),
        ),
        (
            Column(CATEGORY, text(60)),
            ("问题类别", "问题类型", "类型", "分类", "问题分类", "所属类别", "问题种类", "大类"),
        ),
        (Column(SEVERITY, severity), ("问题等级", "严重程度", "紧急程度", "问题级别", "级别")),
        (
            Column(DESCRIPTION, required=True),
            (
                *("存在问题", "存在的问题", "问题", "问题内容", "主要问题", "发现问题", "发现的问题", "具体问题"),
                *("问题情况", "问题清单", "问题简述", "存在问题描述", "问题详情", "督查发现问题"),
            ),
        ),
        (
            Column(UNIT),
            (
                *("整改单位", "责任部门", "牵头单位", "主体责任单位", "整改责任单位", "主责单位", "属地", "责任主体"),
                *("整改部门", "承办单位", "所属单位", "牵头部门", "整改责任部门", "责任街道"),
            ),
        ),
        (Column(ASSISTING), ("配合单位", "协助单位", "配合部门", "协同单位", "参与单位")),
        (
            Column(DUE, last_day(year), empty=None),
            (
                *("整改时限", "完成时限", "要求完成时间", "整改截止时间", "限期", "期限", "办结时限", "时限"),
                *("整改完成时限", "截止日期", "截止时间", "要求整改时间", "限时", "完成期限", "拟完成时间"),
            ),
        ),
        (
            Column(STATE, state, empty=""),
            (
                *("整改状态", "是否完成", "是否整改", "是否整改到位", "完成情况", "销号情况", "是否销号", "办理状态"),
                *("整改进度", "进展", "是否办结", "当前状态", "整改情况（已整改/整改中/未整改）", "是否已整改"),
            ),
        ),
        (
            Column(MEASURE),
            ("整改情况", "整改落实情况", "整改结果", "处理情况", "办理情况", "整改内容", "处置情况", "落实情况"),
        ),
        (
            Column(ANSWERED, day, empty=None),
            ("完成时间", "整改完成时间", "完成日期", "整改时间", "实际完成时间", "办结时间", "整改完成日期"),
        ),
        (Column(REVIEWED, day, empty=None), ("复核时间", "复查时间", "复查日期", "验收时间", "核查时间")),
        (Column(CLOSED, day, empty=None), ("销号时间", "关闭时间", "办结日期")),
        (
            Column(FINDER, text(200)),
            ("检查人", "督查人", "督查员", "检查人员", "督查人员", "巡查人", "巡查人员", "上报人", "检查组"),
        ),
        (Column(NOTE), ("说明", "其他", "备 注", "附注")),
        (
            Column(BEFORE),
            ("问题照片", "照片", "图片", "现场照片", "整改前", "现场图片", "问题图片", "整改前图片", "存在问题照片"),
        ),
        (Column(AFTER), ("整改后", "整改照片", "整改后图片", "整改图片", "整改后对比照片")),
    ]
    return tuple(Field(column, aliases, carried=column.name in above) for column, aliases in columns)


def state(cell: Cell) -> str:
    """已整改, √, 整改中, 否 … as a state; what stands behind the first words is no matter."""
    typed = DATED.sub("", plain(cell.text)).lstrip("，,、 ").lower()
    first = BEGINNING.split(typed, maxsplit=1)[0].rstrip("。.！!")
    for said in (typed, first, f"已{first}"):
        if said in STATES:
            return STATES[said]
    raise Unreadable(_("看不出是否已整改，"), _("请写成“已整改”“整改中”“未整改”“待复核”“挂账”或“现场整改”。"))


def severity(cell: Cell) -> str:
    typed = plain(cell.text).upper()
    if typed[:1] in "ABCDE" and typed[:1]:
        return typed[0]
    for word, letter in SEVERITIES.items():
        if word in typed:
            return letter
    raise Unreadable(_("看不懂，"), _("请填 A、B、C、D、E，或紧急、较重、一般、较轻。"))


def last_day(year: int) -> Callable[[Cell], date | Limit]:
    """A deadline: of a month its last day; 3个工作日, 立即 and 长期坚持 are limits, counted from the row's own day."""
    read = due(year)

    def last(cell: Cell) -> date | Limit:
        if limit := limit_alone(plain(cell.text)):
            return limit
        try:
            return read(cell).on or LONG_TERM
        except Unreadable as problem:
            if problem.wrong != _("不是日期，"):
                raise
            raise Unreadable(
                _("看不出期限，"),
                _("请写成日期（2026-06-30、6月底）、时限（3个工作日、24小时内、立即）或“长期坚持”。"),
            ) from None

    return last
