"""Findings of the past, as the office's ledger would bring them: found in rounds, most of them closed since."""

import random
from datetime import date, timedelta
from typing import NamedTuple

from campaigns import clock
from cityinit.periods import day_of, day_start
from inspections import presets
from inspections.dispatch import SEVERITY_LIMITS

from .days import Days
from .sites import PLACES, STREET_NAMES, Place
from .units import BUREAUS, OTHERS, STREETS

SEED, HOW_MANY = 7, 284
DAY, MORNING = timedelta(days=1), timedelta(hours=9)
# Findings that the first desk of each role should meet, as days to the deadline and state.
DESK = (
    (0, "整改中"),
    (0, "已交办"),
    (-1, "整改中"),
    (-2, "整改中"),
    (-4, "已交办"),
    (-6, "整改中"),
    (-3, "返工"),
    (1, "整改中"),
    (2, "整改中"),
    (1, "待复核"),
    (3, "待复核"),
    (5, "待核实"),
)
CLOSED, ON_SPOT, OPEN = "已销号", "现场整改", "整改中"
ANSWERED = (CLOSED, ON_SPOT, "待复核", "返工")


class Kind(NamedTuple):
    """What is found of a category: where it shows, in which scene, in which words, and how it is put right."""

    category: str
    scene: str
    found: tuple[str, ...]
    measure: str


KINDS = (
    Kind("暴露垃圾", "litter", ("有散落垃圾未清理", "墙角堆有生活垃圾"), "已清运垃圾并冲洗地面，加密保洁班次"),
    Kind("垃圾桶满溢", "bins", ("垃圾桶满溢，周边有散落垃圾", "分类桶未及时清运"), "已清运并清洗桶体，增加收运次数"),
    Kind("非机动车乱停", "bikes", ("共享单车占用盲道停放", "电动车乱停，影响通行"), "已规整停放并增设停放线"),
    Kind("路面破损", "road", ("路面坑洼积水", "人行道砖松动缺失"), "已修补路面，恢复平整"),
    Kind("机动车乱停", "cars", ("机动车占用人行道停放", "消防通道口停有车辆"), "已劝离车辆，增设隔离桩"),
    Kind("占道经营", "stalls", ("流动摊贩占道经营", "店外摆放货物经营"), "已劝导入市，落实错时巡查"),
    Kind("线缆杂乱", "wires", ("空中线缆杂乱下垂", "废弃线缆未清理"), "已捆扎规整，剪除废弃线缆"),
    Kind("小广告", "wall", ("墙面张贴小广告较多", "楼道有喷涂小广告"), "已清除并粉刷墙面"),
    Kind("公益广告缺失破损", "poster", ("公益广告褪色破损", "宣传栏版面陈旧"), "已更换版面"),
    Kind("乱堆乱放", "corridor", ("楼道堆放杂物", "楼梯间停放车辆、堆放纸箱"), "已清理杂物，与住户签订承诺书"),
    Kind("水面漂浮物", "river", ("水面有漂浮垃圾", "岸边有白色垃圾"), "已打捞清理，落实巡河责任"),
    Kind("绿地脏乱", "park", ("绿地裸露，有零星垃圾", "绿化带踩踏严重"), "已补植并清理垃圾"),
)
BY_NAME = {kind.category: kind for kind in KINDS}
# Which categories a type of place shows; the others show what a street does.
SHOWN_AT = {
    "河道": ("水面漂浮物",),
    "公园": ("绿地脏乱", "暴露垃圾", "公益广告缺失破损"),
    "公共广场": ("绿地脏乱", "暴露垃圾", "公益广告缺失破损"),
    "居民小区": ("乱堆乱放", "小广告", "垃圾桶满溢"),
    "老旧小区": ("乱堆乱放", "小广告", "线缆杂乱", "路面破损"),
    "背街小巷": ("路面破损", "线缆杂乱", "小广告", "暴露垃圾"),
    "农贸市场": ("占道经营", "暴露垃圾", "垃圾桶满溢"),
    "社区居委会": ("公益广告缺失破损", "小广告"),
    "新时代文明实践站": ("公益广告缺失破损",),
}
ON_A_STREET = ("暴露垃圾", "垃圾桶满溢", "非机动车乱停", "路面破损", "机动车乱停", "占道经营", "公益广告缺失破损")
# Those with working days to put them right; of the others nobody would still wait.
NOT_URGENT = ("路面破损", "小广告", "公益广告缺失破损")
SPOTS = ("东侧", "西侧", "入口处", "北段", "南段", "拐角处", "3号楼前", "公交站旁", "停车区")
CALENDAR = clock.Calendar()


def rows(days: Days) -> list[dict]:
    """The sheet 问题, in the order of finding."""
    chance = random.Random(SEED)  # noqa: S311 - the same city every time
    found = [_past(days, share=0.18 + 1.8 * number / HOW_MANY, chance=chance) for number in range(HOW_MANY)]
    found += [_on_a_desk(days, *case, street=street, chance=chance) for case in DESK for street in (0, 1)]
    found.sort(key=lambda row: row["发现日期"])
    for number, row in enumerate(found, start=1):
        row["编号"] = f"{row['发现日期'].year}-{number:06}"
    return found


def _past(days: Days, *, share: float, chance: random.Random) -> dict:
    """A finding of that time: the older it is, the likelier it has been closed."""
    day = workday(min(days.working(share), days.yesterday))
    row = _found(days, day, place=chance.choice(PLACES), chance=chance)
    age = (days.today - row["发现日期"]).days
    if age > 30:
        states = {CLOSED: 84, ON_SPOT: 9, "挂账": 2, "不予立案": 3, "作废": 2}
    else:
        states = {CLOSED: 60, ON_SPOT: 10, "待复核": 12, OPEN: 14, "不予立案": 2}
    return _in_state(row, chance.choices([*states], [*states.values()])[0], days, chance=chance)


def _on_a_desk(days: Days, left: int, state: str, *, street: int, chance: random.Random) -> dict:
    """A finding that waits for a street; the liaison of the first is one whose log-in is printed."""
    wanted = chance.choice([place for place in PLACES if place.street == street])
    due = workday(days.ahead(left), step=DAY if left >= 0 else -DAY)
    kind = chance.choice(NOT_URGENT)
    # Found so long ago that its time runs out on that day.
    day = max(days.start, due - 30 * DAY)
    while day < days.yesterday and _due_on(day + DAY, kind) <= due:
        day += DAY
    row = _found(days, workday(day), place=wanted, chance=chance, kinds=(kind,))
    row["责任单位"] = f"{STREET_NAMES[street]}办事处"
    return _in_state(row, state, days, chance=chance)


def _due_on(day: date, category: str) -> date:
    """The last day of the category's limit, counted as the product counts it from the morning it was dispatched."""
    preset = presets.suggested(category)
    limit = preset.limit or SEVERITY_LIMITS[preset.severity]
    return day_of(clock.due(day_start(day) + MORNING, limit=limit, calendar=CALENDAR))


def workday(day: date, *, step: timedelta = -DAY) -> date:
    """The day itself if it is worked, else the nearest one before it, or after it."""
    while not CALENDAR.is_workday(day):
        day += step
    return day


def _found(days: Days, day: date, *, place: Place, chance: random.Random, kinds: tuple[str, ...] = ()) -> dict:
    kind = BY_NAME[chance.choice(kinds or SHOWN_AT.get(place.kind, ON_A_STREET))]
    # Thirty calendar days may end on a holiday; nobody is late since then.
    while not CALENDAR.is_workday(_due_on(day, kind.category)):
        day = workday(day - DAY)
    return {
        "发现日期": day,
        "督查批次": _round(days, day),
        "点位": place.name,
        "类别": kind.category,
        "问题描述": f"{place.name}{chance.choice(SPOTS)}{chance.choice(kind.found)}",
        "责任单位": responsible(kind.category, place),
        "整改期限": _due_on(day, kind.category),
        "整改措施": kind.measure,
    }


def _in_state(row: dict, state: str, days: Days, *, chance: random.Random) -> dict:
    found, due = row["发现日期"], row["整改期限"]
    late = chance.random() < 0.12
    answered = found + timedelta(days=chance.randint(0, (due - found).days) + (chance.randint(2, 8) if late else 0))
    reviewed = answered + timedelta(days=chance.randint(0, 2))
    if state == CLOSED and reviewed > days.yesterday:
        state = OPEN
    row["状态"] = state
    if state == ON_SPOT:
        answered = reviewed = found
    if state in ANSWERED:
        row["整改日期"] = min(answered, days.yesterday)
    else:
        row["整改措施"] = ""
    if state in (CLOSED, ON_SPOT):
        row |= {"复核日期": reviewed, "复核结果": "合格", "销号日期": reviewed}
    if state == "返工":
        row |= {"复核日期": row["整改日期"], "复核结果": "清理不彻底，需返工"}
    if state in (ON_SPOT, "待核实", "不予立案", "作废"):
        row["整改期限"] = None
    return row


def _round(days: Days, day: date) -> str:
    month = (day.year - days.start.year) * 12 + day.month - days.start.month + 1
    return f"第{month}次月度督查"


def responsible(category: str, place: Place) -> str:
    """The unit that usually answers for the category: the place's street or community, or the bureau."""
    kind = presets.suggested(category).unit_kind
    street = STREET_NAMES[place.street]
    if kind == "街道":
        return f"{street}办事处"
    if kind == "社区":
        return STREETS[street][place.community]
    bodies = {body: name for name, _own, body in BUREAUS} | {body: name for name, _own, body, *_ in OTHERS}
    return bodies.get(kind, place.unit)
