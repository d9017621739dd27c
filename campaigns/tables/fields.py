"""What a 任务分解表 may say: the columns we look for, and how an office writes days and quantities in them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns import frequency
from campaigns.quantities import ALIASES, SCALES
from cityinit.numerals import CHINESE_NUMBER, from_chinese
from cityinit.periods import FIRST_DAY, LAST_DAY
from cityinit.tables import Field
from cityinit.workbook import Cell, Column, Unreadable, day, number, plain, several, text

LEVELS = ("一级指标", "二级指标", "三级指标")
CODE, PARENT, INDICATOR, STREAMS = "编号", "上级编号", "指标编号", "板块"
NAME, REQUIREMENT, LEAD, UNITS, LEADER = "任务名称", "工作要求", "牵头单位", "责任单位", "分管领导"
STARTS, DUE, TARGET, MEASURE, FREQUENCY = "开始日期", "完成时限", "目标值", "计量单位", "频次"
# Of these an empty cell means what stands above it.
CARRIED = (*LEVELS, INDICATOR)

COUNTERS = ("人次", "场次", "户次", "万元", *"个处件次场人名户家条项座块份册篇期辆台套株棵面批所间盏栋幅元")
YEAR = r"(?:(?P<year>(?:20)?\d{2})\s*年?\s*)?"
SEPARATED = re.compile(r"(?P<year>20\d{2})\s*[-/.年]\s*(?P<month>\d{1,2})\s*月?")
BY_MONTH = re.compile(
    r"(?:(?P<year>20\d{2}|\d{2})\s*年)?\s*(?P<month>\d{1,2})\s*月(?:份)?\s*"
    r"(?:(?P<day>\d{1,2})\s*[日号]|(?P<part>上旬|中旬|下旬|初|中|底|末|月底))?"
)
BY_SPAN = re.compile(
    r"(?:(?P<year>20\d{2}|\d{2})\s*年)?\s*"
    r"(?P<span>第?[一二三四1-4]季度|上半年|下半年|年中|年底|年末|年内|全年)(?:末|底)?"
)
LAST_MONTHS = {"上半年": 6, "年中": 6}
WHOLE_YEAR = re.compile(r"(?P<year>20\d{2})\s*年(?P<span>底|末|内|度)?")
EIGHT_DIGITS = re.compile(r"(20\d{2})(\d{2})(\d{2})")
# What stands around a day and says no other day.
AROUND = re.compile(
    r"^(?:至|于|到|截至|截止|力争|确保|在)+|(?:之?前|以前|之内|内)?(?:完成|办结|到位|见效|结束|建成)?[。；]?$"
)
RANGE = re.compile(r"\s*(?:[—–~～]+|-{1,2}(?=\s*\d{1,4}\s*[年月])|至|到)\s*")
ALWAYS = (
    "长期坚持",
    "长期推进",
    "长期",
    "常态化推进",
    "常态化",
    "常态长效",
    "持续推进",
    "持续开展",
    "持续",
    "全年坚持",
    "日常",
)
LASTING = "长期"
# A year and month written as the number 2025.1 has lost the nought of 2025.10.
YEAR_POINT_ONE = re.compile(r"20\d{2}\.1")
AMOUNT = re.compile(r"(?P<before>[^\d%％]{0,12}?)(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<measure>[^\d\s][^\d]{0,19})?")
# 两万平方米, 一百二十: only before a measure that is known, since 一律达标 is no quantity.
IN_WORDS = re.compile(
    rf"(?:[不约共达各新增至少低于]{{0,6}})(?P<number>{CHINESE_NUMBER})"
    rf"(?P<measure>{'|'.join(sorted(map(re.escape, (*ALIASES, *COUNTERS)), key=len, reverse=True))})?"
)
BY_HUNDREDS = re.compile(r"百分之(?P<number>[零〇一二两三四五六七八九十百]+)")
AMOUNT_END = re.compile(r"(?:以上|左右|及以上|以内)$")


@dataclass(frozen=True)
class Due:
    """What a cell of deadlines says: a day, or that it never ends; and a first day where it names two."""

    on: date | None = None
    starts_on: date | None = None
    frequency: str = ""


@dataclass(frozen=True)
class Amount:
    value: Decimal
    measure: str = ""


def fields(*, year: int) -> tuple[Field, ...]:
    """The columns of a 任务分解表; `year` is meant where a day is written without one."""
    return (
        Field(Column(CODE, _code), ("序号", "任务编号", "项目编号", "任务序号", "顺序号", "No", "号")),
        Field(Column(PARENT, _code), ("上级任务", "上级任务编号", "所属任务编号", "父任务")),
        Field(
            Column(LEVELS[0], text(400)),
            ("Ⅰ级指标", "I级指标", "测评项目", "测评类别", "1级指标", "一级", "测评模块", "指标类别"),
            carried=True,
        ),
        Field(
            Column(LEVELS[1], text(400)),
            ("Ⅱ级指标", "II级指标", "2级指标", "测评指标", "二级", "指标名称", "指标"),
            carried=True,
        ),
        Field(
            Column(LEVELS[2], text(400)),
            ("Ⅲ级指标", "III级指标", "3级指标", "三级", "指标内容", "具体指标"),
            carried=True,
        ),
        Field(Column(INDICATOR, text(40)), ("指标代码", "对应指标", "指标号", "指标序号"), carried=True),
        Field(
            Column(STREAMS, several(), empty=list),
            ("工作板块", "所属板块", "工程", "行动", "专项行动", "工作类别"),
            many=True,
        ),
        Field(
            Column(NAME, required=True),
            (
                "工作任务",
                "任务",
                "重点任务",
                "主要任务",
                "任务内容",
                "工作内容",
                "任务分解",
                "创建任务",
                "工作事项",
                "项目名称",
                "事项",
            ),
        ),
        Field(
            Column(REQUIREMENT),
            (
                "具体要求",
                "具体措施",
                "工作措施",
                "工作标准",
                "目标要求",
                "任务要求",
                "落实措施",
                "具体内容",
                "测评标准",
                "测评内容",
                "达标要求",
                "创建标准",
            ),
            many=True,
        ),
        Field(
            Column(LEAD),
            ("牵头部门", "主办单位", "主责单位", "牵头责任单位", "主办部门", "主体责任单位", "总牵头单位", "牵头"),
        ),
        Field(
            Column(UNITS),
            (
                "配合单位",
                "协办单位",
                "配合部门",
                "责任部门",
                "协同单位",
                "参与单位",
                "落实单位",
                "承办单位",
                "责任分工",
                "配合",
                "协助单位",
            ),
            many=True,
        ),
        Field(
            Column(LEADER, text(60)),
            ("责任领导", "包抓领导", "牵头领导", "分管市领导", "市级领导", "责任人", "联系领导", "包保领导"),
        ),
        Field(Column(STARTS, starts(year), empty=None), ("开始时间", "启动时间", "起始日期", "启动日期", "起始时间")),
        Field(
            Column(DUE, due(year), empty=None, doubt=_doubt),
            (
                "完成时间",
                "时限",
                "完成期限",
                "时间节点",
                "截止时间",
                "时限要求",
                "办结时限",
                "完成日期",
                "截止日期",
                "时间要求",
            ),
        ),
        Field(
            Column(TARGET, amount, empty=None), ("目标任务", "目标", "数量", "目标数量", "任务量", "量化目标", "工作量")
        ),
        Field(Column(MEASURE, text(20)), ("单位（计量）", "计量", "量词")),
        Field(Column(FREQUENCY, often), ("工作频次", "频率", "周期", "开展频次", "推进频次")),
    )


def due(year: int) -> Callable[[Cell], Due]:
    """A deadline as offices write it: 2025年6月底前, 6月30日, 2025.6, 三季度, 3月—6月, 长期坚持."""

    # A table says the same few days again and again.
    known: dict[str, Due] = {}

    def read(cell: Cell) -> Due:
        if cell.text not in known:
            known[cell.text] = found(cell)
        return known[cell.text]

    def found(cell: Cell) -> Due:
        typed = plain(cell.text).replace(" ", "")
        if any(typed.startswith(word) for word in ALWAYS):
            return Due(frequency=LASTING if typed not in frequency.WHEN_NEEDED else typed)
        try:
            return Due(_day(cell, typed, year, last=True))
        except Unreadable as problem:
            parts = RANGE.split(typed)
            if len(parts) == 2 and all(parts):
                # 3—6月 leaves the first month bare.
                first = parts[0] + ("月" if parts[0].isdecimal() and "月" in parts[1] else "")
                last = _day(Cell(parts[1]), parts[1], _year_of(first) or year, last=True)
                return Due(last, _day(Cell(first), first, year, last=False))
            if recurring := _frequency(typed):
                return Due(frequency=recurring)
            raise problem from None

    return read


def starts(year: int) -> Callable[[Cell], date]:
    """A first day: of a month or a quarter its first."""
    known: dict[str, date] = {}

    def read(cell: Cell) -> date:
        if cell.text not in known:
            known[cell.text] = _day(cell, plain(cell.text).replace(" ", ""), year, last=False)
        return known[cell.text]

    return read


def _day(cell: Cell, typed: str, year: int, *, last: bool) -> date:
    try:
        return day(cell)
    except Unreadable as problem:
        if problem.wrong == _("没有这一天，"):
            raise
    bare = AROUND.sub("", typed)
    found = _written(bare, year, last=last) or _written(typed, year, last=last)
    if found is None:
        raise Unreadable(_("不是日期，"), _("请写成 2025-06-30、2025年6月底、6月30日、三季度或“长期坚持”。"))
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Unreadable(_("年份不对，"), _("应在%(first)s到%(last)s之间。") % {"first": FIRST_DAY, "last": LAST_DAY})
    return found


def _written(typed: str, year: int, *, last: bool) -> date | None:
    """The day meant: of a span its last (or first) day. Unreadable for a day that does not exist."""
    if match := EIGHT_DIGITS.fullmatch(typed):
        return _checked(*(int(part) for part in match.groups()))
    if match := re.fullmatch(r"(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?", typed):
        return _checked(*(int(part) for part in match.groups()))
    if match := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})", typed):
        return _checked(year, int(match[1]), int(match[2]))
    if match := SEPARATED.fullmatch(typed):
        return _edge(int(match["year"]), int(match["month"]), last=last)
    if match := BY_MONTH.fullmatch(typed):
        meant = _full_year(match["year"]) or year
        if match["day"]:
            return _checked(meant, int(match["month"]), int(match["day"]))
        part = match["part"] or ""
        if part in ("上旬", "初", "中旬", "中"):
            tenth = 10 if part in ("上旬", "初") else 20
            return _checked(meant, int(match["month"]), tenth if last else tenth - 9)
        return _edge(meant, int(match["month"]), last=last)
    if match := BY_SPAN.fullmatch(typed):
        return _span(_full_year(match["year"]) or year, match["span"], last=last)
    if match := WHOLE_YEAR.fullmatch(typed):
        return (
            date(int(match["year"]), 12, 31)
            if last or match["span"] in ("底", "末")
            else date(int(match["year"]), 1, 1)
        )
    return None


def _span(year: int, span: str, *, last: bool) -> date:
    if span.endswith("季度"):
        quarter = "一二三四".find(span[-3]) + 1 or int(span[-3])
        return _edge(year, quarter * 3 if last else quarter * 3 - 2, last=last)
    if last:
        return _edge(year, LAST_MONTHS.get(span, 12), last=True)
    return date(year, 7 if span == "下半年" else 1, 1)


def _edge(year: int, month: int, *, last: bool) -> date:
    first = _checked(year, month, 1)
    if not last:
        return first
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _checked(year: int, month: int, number_of_day: int) -> date:
    try:
        return date(year, month, number_of_day)
    except ValueError:
        raise Unreadable(_("没有这一天，"), _("请检查月份和日期。")) from None


def _full_year(typed: str | None) -> int | None:
    return (int(typed) if len(typed) == 4 else 2000 + int(typed)) if typed else None


def _year_of(typed: str) -> int | None:
    match = re.match(r"(20\d{2})", typed)
    return int(match[1]) if match else None


def _doubt(cell: Cell) -> str:
    typed = plain(cell.text)
    if isinstance(cell.value, str) or not YEAR_POINT_ONE.fullmatch(typed):
        return ""
    told = {"typed": typed, "year": typed[:4]}
    return _("%(typed)s按%(year)s年1月读取；如果是10月，请写成%(year)s年10月。") % told


def amount(cell: Cell) -> Amount:
    """1000平方米, １２个, 不少于30处, 95%: how many, and of what."""
    typed = plain(cell.text).replace(" ", "")
    bare = AMOUNT_END.sub("", typed)
    if found := _in_words(bare):
        return found
    match = AMOUNT.fullmatch(bare)
    if not match:
        advice = _("请写成“1000平方米”这样；写的是文字要求的，请把这一列对应到“工作要求”。")
        raise Unreadable(_("看不出数量，"), advice)
    value = number(least=0)(Cell(match["number"]))
    measure = AMOUNT_END.sub("", match["measure"] or "").strip("()、，。；")
    if measure and not measure.strip("".join(SCALES)):
        # 1.2万 beside a column of measures: the scale belongs to the number.
        return Amount(number(least=0)(Cell(str(value * math.prod(SCALES[sign] for sign in measure)))))
    return Amount(value, measure)


def _in_words(typed: str) -> Amount | None:
    if match := BY_HUNDREDS.fullmatch(typed):
        value = from_chinese(match["number"])
        return None if value is None else Amount(Decimal(value), "%")
    match = IN_WORDS.fullmatch(typed)
    value = from_chinese(match["number"]) if match else None
    return None if match is None or value is None else Amount(number(least=0)(Cell(value)), match["measure"] or "")


def often(cell: Cell) -> str:
    """A 频次, as `campaigns.frequency` reads it; what only says that it lasts is read too."""
    typed = plain(cell.text).replace(" ", "")
    if typed in ALWAYS:
        return typed if typed in frequency.WHEN_NEEDED else LASTING
    try:
        found = frequency.parse(typed)
    except ValidationError as fault:
        raise Unreadable(fault.messages[0]) from None
    return found.text if found else ""


def _frequency(typed: str) -> str:
    try:
        found = frequency.parse(typed)
    except ValidationError:
        return ""
    return found.text if found else ""


def _code(cell: Cell) -> str:
    """1, 1.1 and （1）、 as one way of writing; what is no number stays as it is."""
    typed = plain(cell.text)
    bare = re.sub(r"\s+", "", typed).strip("、.．,，()")
    if re.fullmatch(r"\d+(?:[.\-]\d+)*", bare):
        typed = bare
    return text(40)(Cell(typed))
