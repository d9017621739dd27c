"""How official Chinese texts write numbers, and how such writing is read back."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
# Unicode has them in three blocks: from, to, the first sign.
_CIRCLED = ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱"))


def chinese(count: int) -> str:
    """A structural count from 0 to 99999 in Chinese digits: 2 is 二, 10 is 十, 105 is 一百零五."""
    if not 0 <= count <= 99999:
        raise ValueError(f"Only 0 to 99999 are written in Chinese digits, not {count}")
    ten_thousands, rest = divmod(count, 10000)
    if not ten_thousands:
        return _below_ten_thousand(rest)
    if not rest:
        return f"{_DIGITS[ten_thousands]}万"
    gap = "零" if rest < 1000 else ""
    # Only a number that begins with ten says 十; after another place it is 一十.
    tail = f"一{_below_ten_thousand(rest)}" if 10 <= rest < 20 else _below_ten_thousand(rest)
    return f"{_DIGITS[ten_thousands]}万{gap}{tail}"


_VALUES = {"〇": 0, "两": 2, **{digit: value for value, digit in enumerate(_DIGITS)}}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
CHINESE_NUMBER = "[零〇一二两三四五六七八九十百千万亿]+"


def from_chinese(text: str) -> int | None:
    """The count meant by Chinese digits: 两万 is 20000, 一百二十 is 120; None for what is no such number."""
    total = section = digit = 0
    last = ""
    for sign in text:
        if sign in _VALUES:
            # 一二 is no number, and 一万二 leaves open which place is meant.
            if last and last in _VALUES and last not in "零〇":
                return None
            digit = _VALUES[sign]
        elif sign in "万亿":
            if not (section or digit or (sign == "亿" and total)):
                return None
            # 一亿二千万: only 亿 lifts what stands before it, 二万亿.
            lifted = total if sign == "亿" else 0
            total, section, digit = total - lifted + (lifted + section + digit) * _SCALES[sign], 0, 0
        elif sign in _SCALES and (digit or (sign == "十" and last in ("", "零", "〇"))):
            section, digit = section + (digit or 1) * _SCALES[sign], 0
        else:
            return None
        last = sign
    if not text or (digit and len(text) > 1 and text[-2] in "百千万亿"):
        return None
    return total + section + digit


def _below_ten_thousand(count):
    if count < 10:
        return _DIGITS[count]
    written = ""
    for place in (3, 2, 1, 0):
        digit = count // 10**place % 10
        if digit:
            written += f"{_DIGITS[digit]}{_PLACES[place]}"
        elif written and not written.endswith("零") and count % 10**place:
            written += "零"
    return written.removeprefix("一") if count < 20 else written


def ordinal_heading(level: int, place: int) -> str:
    """The number before a heading: 一、 （一） 1. （1） on levels 1 to 4 (GB/T 9704-2012 7.3.3)."""
    match level:
        case 1:
            return f"{chinese(place)}、"
        case 2:
            return f"（{chinese(place)}）"
        case 3:
            return f"{place}."
        case 4:
            return f"（{place}）"
    raise ValueError(f"Headings are numbered on levels 1 to 4, not on {level}")


def decimal_heading(places: Sequence[int]) -> str:
    """The number before a heading of the fourth in the third: 3.4, of the first level 3."""
    return f"{'.'.join(map(str, places))}{'.' if len(places) == 1 else ''} "


def rank(place: int) -> str:
    return f"第{chinese(place)}"


def circled(place: int) -> str:
    """The ordinal of an item within a list: ① to ㊿, beyond them plain digits, since there are no more signs."""
    for first, last, sign in _CIRCLED:
        if first <= place <= last:
            return chr(ord(sign) + place - first)
    return str(place)


def date_cn(date: datetime.date) -> str:
    """2025年7月5日: the year in full, no leading zeros."""
    return f"{date.year}年{date.month}月{date.day}日"


def number(value: Decimal | int | float) -> str:
    """A measured figure: Arabic digits, one decimal at most, rounded half up, no thousands separators."""
    # A float means the number that is printed for it: 0.25, not the binary fraction next to it.
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"{value} is not a figure")
    rounded = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if rounded == rounded.to_integral_value():
        return str(int(rounded))
    return str(rounded)


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    """What share of the whole the part is, as 62.5%; ValueError when there is no whole to take a share of."""
    if not whole:
        raise ValueError("There is no share of nothing")
    return f"{rate(Decimal(part) * 100 / Decimal(whole))}%"


def rate(value: Decimal | int | float) -> str:
    """A figure in per cent: one decimal, but 0 and 100 only where it is exactly that: 99.96 and 0.04 keep theirs."""
    text = number(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if text not in ("0", "-0", "100") or exact == Decimal(text):
        return text
    places = 2
    while (close := exact.quantize(Decimal(10) ** -places, rounding=ROUND_HALF_UP)) == Decimal(text) and places < 9:
        places += 1
    return str(close)


def join_cn(items: Sequence[str], *, last: str = "、") -> str:
    """甲、乙、丙, or with last="和" 甲、乙和丙."""
    if len(items) < 2:
        return "".join(items)
    return f"{'、'.join(items[:-1])}{last}{items[-1]}"


@dataclass(frozen=True)
class Quantity:
    """A number as a text gives it: 400余人次 is 400 of 人次 with the qualifier 余."""

    value: Decimal
    qualifier: str = ""
    measure: str = ""


_BEFORE_NUMBER = ("将近", "大约", "超过", "不足", "至少", "近", "约", "超", "逾", "上", "数")
_AFTER_NUMBER = ("余", "多", "几", "来")
_AFTER_MEASURE = ("以上", "以下", "左右", "以内", "上下")
_QUANTITY = re.compile(
    rf"(?P<before>{'|'.join(_BEFORE_NUMBER)})?(?P<hundredth>百分之)?"
    r"(?:(?P<arabic>[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?)(?P<times>[百千]?[万亿]?)"
    r"|(?P<chinese>[零〇一二两三四五六七八九十百千万亿]+))"
    rf"(?P<after>{'|'.join(_AFTER_NUMBER)})?(?P<more>[万亿])?(?P<measure>.*)",
    re.DOTALL,
)
_ZERO_TO_NINE = {digit: value for value, digit in enumerate(_DIGITS)} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")


def parse_number(text: str) -> Quantity | None:
    """The number a text begins with, in Arabic or Chinese digits, and what follows it; None where it begins with none.

    三千余 · 七个 · 1.2万 · 近4000元 · 30多万人次 · 100人以上 · 百分之九十五 · 1,200
    """
    found = _QUANTITY.fullmatch(text.strip().translate(_FULL_WIDTH))
    if found is None:
        return None
    if found["arabic"]:
        value = Decimal(found["arabic"].replace(",", ""))
        for unit in found["times"]:
            value *= _UNITS[unit]
    else:
        value = _read_chinese(found["chinese"], vague=found["before"] in ("数", "上"))
        if value is None:
            return None
    if found["more"]:
        value *= _UNITS[found["more"]]
    qualifier, measure = found["before"] or found["after"] or "", found["measure"].strip()
    if not qualifier:
        qualifier = next((word for word in _AFTER_MEASURE if measure.endswith(word)), "")
        measure = measure.removesuffix(qualifier)
    return Quantity(value, qualifier, f"%{measure}" if found["hundredth"] else measure)


def _read_chinese(written, *, vague):
    """The value of Chinese digits, or None; 百 alone is a number only after 数 or 上."""
    if all(sign in _ZERO_TO_NINE for sign in written):
        # 五六个 is five or six of them, no number to compare with.
        if len(written) == 2:
            return None
        return Decimal("".join(str(_ZERO_TO_NINE[sign]) for sign in written))
    if written[0] in "百千万亿":
        if not vague:
            return None
        written = f"一{written}"
    total, below_ten_thousand, digit, place = 0, 0, None, 1
    for sign in written:
        if sign in _ZERO_TO_NINE:
            if digit:
                return None
            # 一百零五 has a five of ones, 一百五 of tens.
            digit, place = _ZERO_TO_NINE[sign], (1 if sign in "零〇" or digit == 0 else place)
        elif sign in "十百千":
            below_ten_thousand += (1 if digit is None else digit or 1) * _UNITS[sign]
            digit, place = None, _UNITS[sign] // 10
        else:
            total = (total + below_ten_thousand + (digit or 0)) * _UNITS[sign]
            below_ten_thousand, digit, place = 0, None, _UNITS[sign] // 10
    return Decimal(total + below_ten_thousand + (digit or 0) * place)
