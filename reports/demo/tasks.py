"""The sheets of tasks and of the work log: what was planned, on days of this year."""

from collections.abc import Iterator
from datetime import timedelta

from campaigns import recurrence

from .days import SATURDAY, Days
from .findings import CALENDAR
from .plan import ALL_STREETS, CANCELLED, DONE, PLANNED, ROUTINE, RUNNING, Planned, Work
from .structure import CHAPTERS
from .units import COMMUNITIES, OFFICE

LEADERS = ("市委副书记", "副市长", "副市长", "副市长", "副市长", "市委宣传部部长", "副市长")

# Recurring duty kept line by line (a week, a month …): of so many lines one is missed, of so many one kept in part.
KEPT = "已按频次落实"
MISSED, IN_PART = 11, 4
# What is counted of a duty that is due more than once a line.
COUNTED = {"B4": "滚动播放", "C3": "机扫作业", "C5": "河面打捞", "D1": "上岗劝导", "D3": "巡回规整", "E3": "热线调度"}


def rows(days: Days) -> list[dict]:
    """The sheet 任务: a task for each chapter, and the leaves below it."""
    found = [
        {
            "编号": letter,
            "板块": chapter,
            "名称": heading,
            "牵头单位": OFFICE,
            "分管领导": leader,
            "开始日期": days.start,
            "完成时限": days.end,
            "状态": RUNNING,
        }
        for letter, (chapter, heading, _opening), leader in zip("ABCDEFG", CHAPTERS, LEADERS, strict=True)
    ]
    return found + [_row(planned, days) for planned in PLANNED]


def _row(planned: Planned, days: Days) -> dict:
    place = "ABCDEFG".index(planned.code[0])
    due = days.ahead(planned.in_days) if planned.in_days is not None else planned.due and days.working(planned.due)
    done = days.working(planned.due) if planned.state in (DONE, CANCELLED) else None
    target, measure = planned.target or (None, "")
    return {
        "编号": planned.code,
        "上级编号": planned.code[0],
        "板块": f"{CHAPTERS[place][0]}、{planned.action}",
        "指标编号": planned.indicator,
        "名称": planned.name,
        "工作要求": planned.requirement,
        "牵头单位": planned.lead,
        "责任单位": "、".join(planned.others),
        "分管领导": LEADERS[place] if planned.code.endswith("1") else "",
        "开始日期": days.working(0.02),
        "完成时限": due,
        "目标值": target,
        "计量单位": measure,
        "频次": planned.frequency,
        "状态": planned.state,
        "办结日期": done,
    }


def log(days: Days) -> list[dict]:
    """The sheet 工作记录."""
    found = [_entry(planned.code, work, days) for planned in PLANNED for work in planned.work]
    found += [_entry(code, work, days) for code, work in _routine()]
    found += [
        row for number, planned in enumerate(PLANNED) if planned.frequency for row in _kept(planned, number, days)
    ]
    # Weekends moved to Friday, and a half-year only just over, can let two fall on one day.
    return list({(row["任务编号"], row["日期"], row["单位"], row["内容"]): row for row in found}.values())


def _entry(code: str, work: Work, days: Days) -> dict:
    return {
        "任务编号": code,
        "日期": days.working(work.at),
        "单位": work.unit,
        "类别": work.kind,
        "内容": work.content,
        "成效数据": work.amounts,
        "亮点": "是" if work.highlight else "否",
    }


def _kept(planned: Planned, number: int, days: Days) -> Iterator[dict]:
    """Of each unit an entry for each line of its duty that is over, but for those that were missed."""
    lines = recurrence.lines(planned.frequency, first=days.working(0.02), last=days.yesterday, calendar=CALENDAR)
    for unit_number, unit in enumerate((planned.lead, *planned.others)):
        for place, line in enumerate(lines):
            turn = place + 3 * unit_number + 5 * number
            times = line.due - (turn % IN_PART == 0) if line.due > 1 else line.due
            if turn % MISSED == 0 or not times:
                continue
            amounts = f"{COUNTED[planned.code]}={times}次" if line.due > 1 else ""
            # Each on a weekday of its own.
            day = min(line.first + timedelta(days=(number + 2 * unit_number) % SATURDAY), line.last)
            yield {**_entry(planned.code, Work(0, unit, "", KEPT, amounts), days), "日期": day}


def _routine() -> Iterator[tuple[str, Work]]:
    """What the streets logged in turn: for each community four kinds of work, twice."""
    for number in range(len(COMMUNITIES)):
        street = ALL_STREETS[number // 2]
        for place, (code, kind, content, amounts) in enumerate(ROUTINE):
            n, m = 20 + 7 * ((number * 5 + place * 3) % 13), 3 + (number * 3 + place * 5) % 17
            first, second = 0.22 + place * 0.2 + number * 0.013, 1.1 + place * 0.2 + number * 0.01
            yield code, Work(first, street, kind, content, amounts.format(n=n, m=m))
            yield code, Work(second, street, kind, content, amounts.format(n=n + 9, m=m + 2))
