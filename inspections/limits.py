"""Limits as offices write them into cells: 15工作日, 5工作时, 3日内, 24小时内, 两周内, 立即. Pure.

One reader for a city's table of categories and for the deadlines of an office's own ledger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from campaigns.clock import Limit, LimitUnit
from cityinit.numerals import CHINESE_NUMBER, from_chinese

UNITS_IN_TEXT = {
    "工作日": (LimitUnit.WORKING_DAYS, 1),
    "工作天": (LimitUnit.WORKING_DAYS, 1),
    "工作小时": (LimitUnit.WORKING_HOURS, 1),
    "工作时": (LimitUnit.WORKING_HOURS, 1),
    "小时": (LimitUnit.HOURS, 1),
    "星期": (LimitUnit.DAYS, 7),
    "周": (LimitUnit.DAYS, 7),
    "月": (LimitUnit.DAYS, 30),
    "日": (LimitUnit.DAYS, 1),
    "天": (LimitUnit.DAYS, 1),
}
AMOUNT = rf"(?P<amount>\d{{1,4}}|{CHINESE_NUMBER})"
# A month is a limit only as 1个月: 3月 is March.
LIMIT_IN_TEXT = re.compile(
    rf"{AMOUNT}\s*(?:个?\s*(?P<unit>工作日|工作天|工作小时|工作时|小时|星期|周|日|天)|个(?P<month>月))"
)
# What may stand around a limit that is all a cell says; 5日前 is a day of the month, and no limit.
ALONE = re.compile(
    rf"(?:限期?|须|应|请|在|于|自?(?:接到?|收到?|交办|发现|通知)(?:通知|交办)?(?:之日)?(?:后|起)?)*\s*{LIMIT_IN_TEXT.pattern}"
    r"(?:以内|之内|内)?(?:整改|完成|办结|到位|反馈|见效)*[。；，]?"
)
# A day of work is seven hours of open office: given out in the morning it is over when the office closes.
WITHIN_THE_DAY = Limit(7, LimitUnit.WORKING_HOURS)
AT_ONCE = Limit(24, LimitUnit.HOURS)
WORDS = {
    **dict.fromkeys(("立即", "立行立改", "立整立改", "马上", "即刻", "第一时间"), AT_ONCE),
    **dict.fromkeys(("即日", "当天", "当日", "当场", "今日", "今天", "日内"), WITHIN_THE_DAY),
    **dict.fromkeys(("半个月", "半月"), Limit(15, LimitUnit.DAYS)),
}
# By which of two limits in one cell the longer is known: nobody is late by the shorter.
HOURS_OF = {LimitUnit.WORKING_HOURS: 3, LimitUnit.WORKING_DAYS: 24, LimitUnit.HOURS: 1, LimitUnit.DAYS: 24}


def limits_in(said: str) -> list[Limit]:
    """Every limit that the text names in numbers, in order."""
    return [limit for match in LIMIT_IN_TEXT.finditer(said) if (limit := _limit(match))]


def longest(limits: Sequence[Limit]) -> Limit:
    return max(limits, key=lambda one: one.amount * HOURS_OF[one.unit])


def limit_alone(said: str) -> Limit | None:
    """The limit where the text says one and nothing else: 3个工作日内完成, 立即整改; None of anything else."""
    typed = re.sub(r"\s+", "", said)
    if match := ALONE.fullmatch(typed):
        return _limit(match)
    return next((limit for word, limit in WORDS.items() if typed.startswith(word)), None)


def _limit(match: re.Match[str]) -> Limit | None:
    """None where it is no number, or more than any limit may be."""
    typed = match["amount"]
    amount = int(typed) if typed.isdecimal() else from_chinese(typed)
    unit, each = UNITS_IN_TEXT[match["unit"] or match["month"]]
    return Limit(amount * each, unit) if amount and 1 <= amount * each <= unit.longest else None
