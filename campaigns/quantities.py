"""成效数据: what a piece of work came to, as typed (接受心理咨询=400余人次), added up and printed again. No queries.

A quantity keeps the number, the qualifier and the measure as they were written; everything else follows from these.
Sums are made in the smallest measure of a family (公里 and 米 in 米, 万元 and 元 in 元) and printed in the measure
first written, or in the smallest where one decimal would not say the sum exactly: 3万元 and 500元 are 30500元.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.numerals import rate

LONGEST_LABEL = 60
LONGEST_MEASURE = 20
# What a row keeps (campaigns.models.Quantity); a third decimal would be rounded away unseen.
DECIMALS = 2
LARGEST = Decimal(10) ** 12


class Kind(TextChoices):
    COUNT = "count", gettext_lazy("累加")
    RATE = "rate", gettext_lazy("比率，取最近一次")
    STATE = "state", gettext_lazy("现状，取最近一次")
    DURATION = "duration", gettext_lazy("时长，不累加")


# Written measure → (canonical measure, how many of the smallest one it holds). Whatever is not here stands for itself.
FAMILIES: dict[str, dict[str, str]] = {
    "平方米": {
        "平方米": "1",
        "平米": "1",
        "㎡": "1",
        "m²": "1",
        "m2": "1",
        "平方": "1",
        "公顷": "10000",
        "平方公里": "1000000",
    },
    "米": {"米": "1", "m": "1", "公里": "1000", "千米": "1000", "km": "1000"},
    "公斤": {"公斤": "1", "千克": "1", "kg": "1", "吨": "1000", "t": "1000"},
    "人": {"人": "1", "名": "1", "位": "1"},
    "小时": {"小时": "1", "个小时": "1", "h": "1"},
    "工作日": {"工作日": "1", "个工作日": "1"},
    "天": {"天": "1", "日": "1"},
    "周": {"周": "1", "星期": "1", "个星期": "1"},
    "月": {"月": "1", "个月": "1"},
}
ALIASES = {
    written: (canonical, Decimal(factor))
    for canonical, family in FAMILIES.items()
    for written, factor in family.items()
}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
RATES = {"%", "‰"}
DURATIONS = {"分钟", "小时", "工作日", "天", "周", "月", "季度", "年"}
STATES = {"分", "级", "星", "星级", "分贝", "个百分点", "百分点"}
# 累计 and the like already are the sum; adding two of them would count the earlier one twice.
RUNNING_TOTALS = ("累计", "现有", "在册", "实有", "存量", "总数")
# Hours that volunteers gave are work done, not a span of time.
GIVEN_HOURS = ("志愿", "服务时长", "总时长")

BEFORE = ("大约", "约", "将近", "近", "超过", "超", "逾")
BETWEEN = ("余", "多")
AFTER = ("以上", "左右")
AT_LEAST = {"超过", "超", "逾", "余", "多", "以上"}
ABOUT = "约"

FULL_WIDTH = str.maketrans("０１２３４５６７８９．％，／", "0123456789.%,/")
EQUALS = re.compile(r"[=＝]")
COLON = re.compile(r"[：:]")
# A comma separates only where another 名称= follows, so that 1,000 stays one number.
SEPARATOR = re.compile(r"[；;\n]+|[，,](?=[^=＝，,；;\n]*[=＝])")
VALUE = re.compile(
    rf"(?P<before>{'|'.join(BEFORE)})?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?P<between>[十百千]?[万亿]?(?:{'|'.join(BETWEEN)}))?"
    r"(?P<measure>k?m2|\D*?)"
    rf"(?P<after>{'|'.join(AFTER)})?",
    re.IGNORECASE,
)
SCALE = re.compile(r"[十百千]?[万亿](?=.)")


@dataclass(frozen=True)
class Quantity:
    """One figure as somebody wrote it.

    `qualifier` is whatever makes the number less than exact, as written: 约, 近, 逾 stand before the number, 余 and 多
    between number and measure (with the scale they follow: 3万余元 has 万余), 以上 and 左右 behind the measure.
    """

    label: str
    value: Decimal
    qualifier: str = ""
    measure: str = ""
    on: date | None = None

    def __str__(self) -> str:
        return self.phrase

    @property
    def text(self) -> str:
        """400余人次, 近400人, 3万余元: one decimal at most, no thousands separators."""
        value = rate(self.value) if self.canonical in RATES else plain_number(self.value)
        return _assemble(value, self.qualifier, self.measure)

    @property
    def phrase(self) -> str:
        return f"{self.label}{self.text}"

    @property
    def told(self) -> str:
        """0.05公顷, 95.25%: as the record itself says it, to the last decimal."""
        return _assemble(exact_number(self.value), self.qualifier, self.measure)

    @property
    def written(self) -> str:
        """As it is typed and can be read again."""
        return f"{self.label}={self.told}"

    @property
    def canonical(self) -> str:
        """The measure under which it is added up: 平方米 for 平米 and ㎡, 元 for 万元."""
        return _canonical(self.measure)[0]

    @property
    def factor(self) -> Decimal:
        """How many of the canonical measure one of its own is."""
        return _canonical(self.measure)[1] * _scale(self.qualifier)

    @property
    def amount(self) -> Decimal:
        """The value in the canonical measure."""
        return self.value * self.factor

    @property
    def kind(self) -> Kind:
        if self.canonical in RATES:
            return Kind.RATE
        if self.canonical in STATES or "/" in self.measure or any(word in self.label for word in RUNNING_TOTALS):
            return Kind.STATE
        if self.canonical == "小时" and any(word in self.label for word in GIVEN_HOURS):
            return Kind.COUNT
        return Kind.DURATION if self.canonical in DURATIONS else Kind.COUNT


@dataclass(frozen=True)
class Total:
    """What quantities of one label and measure come to, with the terms it was made from."""

    label: str
    amount: Decimal
    text: str
    # Beside the records that it adds up: to the last decimal, so that they come to it.
    told: str
    kind: Kind
    terms: tuple[Quantity, ...]

    def __str__(self) -> str:
        return self.phrase

    @property
    def phrase(self) -> str:
        return f"{self.label}{self.text}"


def parse(text: str, *, on: date | None = None) -> list[Quantity]:
    """The quantities in a 成效数据 cell; ValidationError with one sentence for each that cannot be read.

    Items are separated by ；, a new line, or a comma before the next 名称=. Full-width digits and signs are read too.
    """
    quantities: list[Quantity] = []
    faults: list[str] = []
    for item in SEPARATOR.split(text or ""):
        if not item.strip():
            continue
        try:
            quantities.append(_parse_one(item.strip(), on=on))
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise ValidationError(faults)
    return quantities


def written(quantities: Iterable[Quantity]) -> str:
    """The cell that `parse` reads as these quantities."""
    return "；".join(quantity.written for quantity in quantities)


def add_up(quantities: Iterable[Quantity]) -> list[Total]:
    """One total for each label and measure, in order of first mention.

    Counts are summed and stay 余, 近 … when any term is; a sum of 余 and 近 is 约. Of rates and states the latest
    stands (by day, then by order). Durations are not summed: each different one is its own total.
    """
    groups: dict[tuple, list[Quantity]] = {}
    for quantity in quantities:
        key: tuple = (quantity.label, quantity.canonical, quantity.kind)
        if quantity.kind == Kind.DURATION:
            key += (quantity.amount, quantity.qualifier)
        groups.setdefault(key, []).append(quantity)
    return [_total(terms) for terms in groups.values()]


def counts_toward(quantity: Quantity, target: Quantity) -> bool:
    """Whether a quantity adds to a target: of the same family of measures, and no span of time."""
    return quantity.canonical == target.canonical and quantity.kind != Kind.DURATION


def measures_toward(target: Quantity) -> list[str]:
    """The measures that add to a target, its own first: 万平方米, 平方米, 公顷, 平方公里."""
    by_size: dict[str, str] = {}
    for written, factor in FAMILIES.get(target.canonical, {}).items():
        by_size.setdefault(factor, written)
    return list(dict.fromkeys([target.measure, target.canonical, *by_size.values()]))


def none_counts(found: Sequence[Quantity], target: Quantity | None) -> bool:
    """Whether there is a target, and something was written, and none of it adds to the target."""
    return target is not None and bool(found) and not any(counts_toward(one, target) for one in found)


def beside_target(found: Sequence[Quantity], target: Quantity) -> str:
    """Says that nothing of what was written adds to the target."""
    said = {"target": target.text, "found": "、".join(one.phrase for one in found)}
    return _("目标是%(target)s，这里填的是%(found)s，单位不同，不会计入目标进度。") % said


def reached(totals: Iterable[Total], target: Quantity) -> Decimal:
    """How much of a target they come to: counts added up whatever they are called, of rates and states the highest.

    As `figures.targets_reached` asks it of the database.
    """
    counting = [total for total in totals if counts_toward(total.terms[0], target)]
    counts = sum((total.amount for total in counting if total.kind == Kind.COUNT), Decimal(0))
    return max([counts, *(total.amount for total in counting if total.kind != Kind.COUNT)])


def plain_number(value: Decimal) -> str:
    """One decimal at most, rounded half up, without thousands separators: 400, 95.3."""
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded:f}"


def exact_number(value: Decimal) -> str:
    """Every decimal that can be written, and no more: 400, 2.25."""
    return f"{value.quantize(Decimal(10) ** -DECIMALS, rounding=ROUND_HALF_UP).normalize():f}"


def _parse_one(item: str, *, on: date | None) -> Quantity:
    parts = EQUALS.split(item, maxsplit=1)
    if len(parts) == 1:
        parts = COLON.split(item, maxsplit=1)
    if len(parts) == 1:
        raise ValueError(
            _("“%(item)s”缺少等号。请写成“名称=数字和单位”，例如“接受心理咨询=400余人次”。") % {"item": item}
        )
    label = parts[0].strip()
    number = re.sub(r"\s", "", parts[1]).translate(FULL_WIDTH)
    if not label:
        raise ValueError(_("“%(item)s”缺少名称。请在等号前写明是什么，例如“接受心理咨询=400余人次”。") % {"item": item})
    if len(label) > LONGEST_LABEL:
        raise ValueError(_("“%(label)s…”名称太长，请缩短到%(n)s个字以内。") % {"label": label[:12], "n": LONGEST_LABEL})
    match = VALUE.fullmatch(number)
    if not match:
        raise ValueError(_unreadable(item, label=label, number=number))
    before, between, after = (match[part] or "" for part in ("before", "between", "after"))
    if bool(before) + bool(between) + bool(after) > 1:
        words = "”和“".join(word for word in (before, between, after) if word)
        raise ValueError(_("“%(item)s”里“%(words)s”重复，请只留一个。") % {"item": item, "words": words})
    measure = match["measure"]
    if len(measure) > LONGEST_MEASURE:
        raise ValueError(
            _("“%(item)s”的单位太长。请在数字后只写计量单位，说明放进工作内容，例如“%(label)s=400余人次”。")
            % {"item": item, "label": label}
        )
    value = Decimal(match["number"].replace(",", ""))
    if not measure and label.endswith("率"):
        percent = plain_number(value * 100 if value <= 1 else value)
        raise ValueError(
            _("“%(item)s”没有写明是百分之几。请写成“%(label)s=%(percent)s%%”这样。")
            % {"item": item, "label": label, "percent": percent}
        )
    quantity = Quantity(label, value, before or between or after, measure, on)
    if -int(value.as_tuple().exponent) > DECIMALS:
        raise ValueError(_("“%(item)s”小数太多，请最多保留%(n)s位。") % {"item": item, "n": DECIMALS})
    if quantity.amount >= LARGEST:
        raise ValueError(_("“%(item)s”的数字太大，请检查是否多写了零，或改用万、亿作单位。") % {"item": item})
    return quantity


def _unreadable(item: str, *, label: str, number: str) -> str:
    if not re.search(r"\d", number):
        return _("“%(item)s”等号后没有数字。请用阿拉伯数字，例如“%(label)s=400余人次”。") % {
            "item": item,
            "label": label,
        }
    if number.startswith("-") or number.startswith("－"):
        return _("“%(item)s”是负数。成效数据从0起，例如“%(label)s=0起”。") % {"item": item, "label": label}
    if len(re.findall(r"\d+(?:[.,]\d+)*", number)) > 1:
        return _("“%(item)s”里不止一个数。请每项只写一个数，几项之间用“；”隔开，例如“%(label)s=10天；参加=20人”。") % {
            "item": item,
            "label": label,
        }
    return _("“%(item)s”看不懂。请写成“名称=数字和单位”，例如“%(label)s=400余人次”“%(label)s=近400人”。") % {
        "item": item,
        "label": label,
    }


def _assemble(number: str, qualifier: str, measure: str) -> str:
    if qualifier in BEFORE:
        return f"{qualifier}{number}{measure}"
    if qualifier in AFTER:
        return f"{number}{measure}{qualifier}"
    return f"{number}{qualifier}{measure}"


def _canonical(measure: str) -> tuple[str, Decimal]:
    known = ALIASES.get(measure) or ALIASES.get(measure.lower())
    if known:
        return known
    if scale := SCALE.match(measure):
        canonical, factor = _canonical(measure[scale.end() :])
        return canonical, factor * _scale(scale.group())
    return measure, Decimal(1)


def _scale(text: str) -> Decimal:
    factor = Decimal(1)
    for character in text:
        factor *= SCALES.get(character, 1)
    return factor


def _total(terms: list[Quantity]) -> Total:
    first = terms[0]
    if first.kind == Kind.COUNT:
        amount = sum((term.amount for term in terms), Decimal(0))
        text, told = _sum_text(amount, terms, plain_number), _sum_text(amount, terms, exact_number)
    else:
        # The last of several on one day: `max` alone would keep the first.
        latest = max(reversed(terms), key=lambda term: term.on or date.min)
        amount, text, told = latest.amount, latest.text, latest.told
    return Total(first.label, amount, text, told, first.kind, tuple(terms))


def _sum_text(amount: Decimal, terms: list[Quantity], said: Callable[[Decimal], str]) -> str:
    first = terms[0]
    bare = _common_qualifier([_without_scale(term.qualifier) for term in terms])
    scale = first.qualifier[: len(first.qualifier) - len(_without_scale(first.qualifier))]
    value = amount / first.factor
    if Decimal(said(value)) == value or first.factor == 1:
        # 3万余元 keeps its 万 before the qualifier; under another qualifier it goes to the measure.
        if bare in BETWEEN:
            return _assemble(said(value), scale + bare, first.measure)
        return _assemble(said(value), bare, scale + first.measure)
    smallest = next((term.measure for term in terms if term.factor == 1), first.canonical)
    return _assemble(said(amount), bare, smallest)


def _without_scale(qualifier: str) -> str:
    return qualifier.lstrip("".join(SCALES))


def _common_qualifier(qualifiers: list[str]) -> str:
    used = [qualifier for qualifier in qualifiers if qualifier]
    if len(set(used)) <= 1 or AT_LEAST.issuperset(used):
        return used[0] if used else ""
    return ABOUT
