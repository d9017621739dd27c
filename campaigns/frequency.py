"""频次: how often recurring work is due, as typed (每天1次, 每周五, 随时), and as prose prints it. No queries."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What the workbook's 频次 drop-down and the forms suggest.
SUGGESTIONS = (
    "每天1次",
    "每天2次",
    "每半小时1次",
    "每小时1次",
    "每周1次",
    "每周五",
    "每月1次",
    "每季度1次",
    "每半年1次",
    "每年1次",
    "节假日",
    "随时",
    "不定期",
)


class Span(TextChoices):
    MINUTE = "minute", gettext_lazy("分钟")
    HOUR = "hour", gettext_lazy("小时")
    DAY = "day", gettext_lazy("天")
    WEEK = "week", gettext_lazy("周")
    MONTH = "month", gettext_lazy("月")
    QUARTER = "quarter", gettext_lazy("季度")
    YEAR = "year", gettext_lazy("年")


SPANS = {
    "分钟": Span.MINUTE,
    "小时": Span.HOUR,
    "天": Span.DAY,
    "日": Span.DAY,
    "周": Span.WEEK,
    "星期": Span.WEEK,
    "月": Span.MONTH,
    "季度": Span.QUARTER,
    "季": Span.QUARTER,
    "年": Span.YEAR,
}
DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
WEEKDAYS = "一二三四五六日"
# Due on days that everybody knows, but no number of times within a span.
ON_KNOWN_DAYS = ("每逢节假日", "法定节假日", "节假日", "重大节日", "每个工作日", "工作日", "每个周末", "周末", "寒暑假")
AROUND_THE_CLOCK = ("24小时", "全天候", "全天")
WHEN_NEEDED = ("随时", "不定期", "定期", "按需", "适时", "经常", "常态化", "长期", "全年")

COUNT = r"(?:\d{1,3}|[一二两三四五六七八九十])"
EVERY = re.compile(
    rf"(?:每个?|(?=一[天日周年]|1[天日周年]))(?P<every>半个?|{COUNT}个?)?(?P<span>{'|'.join(SPANS)})"
    rf"(?:(?P<turns>早晚|上下午|早中晚)各)?(?P<least>不少于|至少)?(?:(?P<times>{COUNT})次(?P<more>以上)?)?"
)
RATE = re.compile(rf"(?P<times>{COUNT})次(?:/|每)(?P<span>{'|'.join(SPANS)})")
ON_WEEKDAYS = re.compile(
    r"每(?P<week>周|星期)(?P<days>[一二三四五六日天](?:[、,，和及至到—周星期-]*[一二三四五六日天])*)"
    rf"(?:各?(?P<times>{COUNT})次)?"
)
ON_DAY_OF_MONTH = re.compile(r"每月(?P<day>\d{1,2})(?P<word>日|号)")
TURNS = {"早晚": 2, "上下午": 2, "早中晚": 3}
FULL_WIDTH = str.maketrans("０１２３４５６７８９／", "0123456789/")


@dataclass(frozen=True)
class Frequency:
    """How often: `times` within every `every` spans (`every` 0.5 is half an hour). None where no number is meant.

    `weekdays` are those named (Monday is 0), `month_day` the named day of a month.
    """

    text: str
    is_regular: bool = True
    times: int | None = None
    every: float = 1
    span: Span | None = None
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Frequency | None:
    """The frequency in a 频次 cell, None for an empty one; ValidationError saying what would be right.

    Chinese numbers of times become digits (每天一次 → 每天1次); the rest is printed as it was written.
    """
    typed = re.sub(r"\s", "", text or "").translate(FULL_WIDTH)
    if not typed:
        return None
    if typed in WHEN_NEEDED:
        return Frequency(typed, is_regular=False)
    if typed in ON_KNOWN_DAYS or typed in AROUND_THE_CLOCK:
        return Frequency(typed)
    found = _on_weekdays(typed) or _on_day_of_month(typed) or _every(typed) or _rate(typed)
    if not found:
        raise ValidationError(_unreadable(typed))
    return found


def _every(typed: str) -> Frequency | None:
    match = EVERY.fullmatch(typed)
    if not match or (match["turns"] and not match["times"]) or (match["least"] and not match["times"]):
        return None
    every = (match["every"] or "1").rstrip("个")
    span = SPANS[match["span"]]
    times = _number(match["times"] or "1")
    steps = 0.5 if every == "半" else _number(every)
    if not times or not steps or (every == "半" and span in (Span.MINUTE, Span.WEEK, Span.QUARTER)):
        return None
    # 一天2次 is said 每天2次 in prose.
    text = typed if typed.startswith("每") else f"每{match['span']}{typed[len(match['every'] + match['span']) :]}"
    if match["times"]:
        text = re.sub(rf"{COUNT}次", f"{times}次", text)
    return Frequency(text, times=times * TURNS.get(match["turns"], 1), every=steps, span=span)


def _rate(typed: str) -> Frequency | None:
    match = RATE.fullmatch(typed)
    if not match or not (times := _number(match["times"])):
        return None
    return Frequency(f"每{match['span']}{times}次", times=times, span=SPANS[match["span"]])


def _on_weekdays(typed: str) -> Frequency | None:
    match = ON_WEEKDAYS.fullmatch(typed)
    if not match:
        return None
    days = re.sub(r"[周星期]", "", match["days"]).replace("天", "日")
    reach = re.fullmatch(r"(.)[至到—-](.)", days)
    if reach:
        first, last = (WEEKDAYS.index(day) for day in reach.groups())
        text, count, places = f"{reach[1]}至{reach[2]}", last - first + 1, list(range(first, last + 1))
    else:
        named = [day for day in days if day in WEEKDAYS]
        text, count = "、".join(named), len(set(named)) if len(set(named)) == len(named) else 0
        places = sorted(WEEKDAYS.index(day) for day in named)
        if re.search(r"[至到—-]", days):
            count = 0
    text = f"每{match['week']}{text}"
    times = _number(match["times"] or "1")
    if match["times"]:
        text += f"{'各' if count > 1 else ''}{times}次"
    if count <= 0 or not times:
        return None
    return Frequency(text, times=count * times, span=Span.WEEK, weekdays=tuple(places))


def _on_day_of_month(typed: str) -> Frequency | None:
    match = ON_DAY_OF_MONTH.fullmatch(typed)
    if not match or not 1 <= int(match["day"]) <= 31:
        return None
    day = int(match["day"])
    return Frequency(f"每月{day}{match['word']}", times=1, span=Span.MONTH, month_day=day)


def _number(text: str) -> int:
    return DIGITS.get(text) or int(text)


def _unreadable(typed: str) -> str:
    near = get_close_matches(typed, SUGGESTIONS, n=1, cutoff=0.5)
    if near:
        return _("频次“%(typed)s”看不懂，是否应为“%(near)s”？可以写：%(all)s等。") % {
            "typed": typed,
            "near": near[0],
            "all": "、".join(SUGGESTIONS),
        }
    return _("频次“%(typed)s”看不懂。可以写：%(all)s等。") % {"typed": typed, "all": "、".join(SUGGESTIONS)}
