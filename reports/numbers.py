"""The numbers of a text that a hand has edited, and which of them are still figures: the check behind every number.

A number is what a reader takes for a count or a measure: 94.2%, 1200人次, 七个, 三千余人. What only looks like one is a
name and is left alone: days and years, numbers of documents, ordinals, 五十佳, 四级联建, 24小时待命制, what stands in
quotation marks. One in Chinese digits is a number only before a measure word, and 一个 is an article.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cityinit.numerals import CHINESE_NUMBER, parse_number

# Any text of an office says some number as small as these.
SMALL = 10
_ABOVE = ("余", "多", "来")
_ABOUT = rf"[{''.join(_ABOVE)}]?"
_BEFORE = r"(?:将近|(?<!附)近|(?<![节公预相大])约|超过?|逾)?"
_ARABIC = rf"{_BEFORE}\d+(?:\.\d+)?(?:%|‰|[百千]?[万亿]?{_ABOUT}[万亿]?)"
# What can be counted; 级, 大, 佳, 好, 星, 号 and the like make names, not numbers.
_MEASURES = (
    r"公里|平方米|立方米|平方公里|千米|万元|亿元|人次|人|名|个(?!体|别|人|性)|项|次|条|户|件(?!事实)|处(?![理于置罚分所])|家(?!庭|长|园|属|访|风|教|电|政|具)|场(?![所馆地景面合])|份(?!子)"
    r"|辆|吨|亩|米|元|天(?!津|下|然)|座|支(?!持|撑|部|出|付|行|队伍)|所(?!有)|块|张(?!贴)|幅(?!度)|篇(?!章)|轮(?!车|椅|流|班|值|岗|训|胎|渡|廓|驱)|类(?!别|似)|种(?!植)|套(?!路)|台(?!账|阶|风)|盏|棵|株|起(?!来|步|草|到)|例(?!会|行|如|外)|批(?!准|示|评|复)"
    r"|只|栋|幢|间(?!隔|断)|层(?!层|面|级)|门课|期(?![工项改]|间|限|待|满)|遍|倍|成(?![立为员效果就功本年熟都千])|字|页|班次|车次|小时|分钟|周(?!年|边|围|末|一|二|三|四|五|六|日)|个月|节课|支队伍|面(?!向|貌|对|临|积|上)|本(?!次|市|区|县|单|着|地|质|领|级|年|月|季|周|街|社)"
)
_CHINESE = rf"(?:百分之{CHINESE_NUMBER}|{_BEFORE}{CHINESE_NUMBER}{_ABOUT}(?=(?:{_MEASURES})))"
_NUMBER = re.compile(rf"{_ARABIC}|{_CHINESE}")
_NAMES = re.compile(
    "|".join(
        (
            r"“[^”]{0,16}”|《[^》]*》|〈[^〉]*〉",
            r"\d{2,4}[-—–～至]\d{2,4}年(?:度)?|\d{4}年(?:度|\d{1,2}月(?:\d{1,2}日|份|[上中下]旬)?)?|\d{1,2}月(?:\d{1,2}日|份|底|初|中旬|[上下]旬)|\d{1,2}日(?!常)",
            r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[:：]\d{2}|\d{1,2}[时点](?:\d{1,2}分|半|整)?(?!位)",
            rf"[一二三四五六七八九〇零十]{{2,4}}年|{CHINESE_NUMBER}月(?:份|{CHINESE_NUMBER}日)?",
            r"〔\d{4}〕第?\d+号|\d+号(?:文|令|楼|线|院|门)?",
            rf"第(?:\d+|{CHINESE_NUMBER})",
            # At the head of an item: 1. 2） （三） 四、 一是 二要.
            rf"(?:(?<=\n)|^|(?<=[。；：]))(?:\d{{1,2}}[.．、）)](?!\d)|[（(](?:\d{{1,2}}|{CHINESE_NUMBER})[）)]|{CHINESE_NUMBER}(?:、|是|要))",
            # Beside letters they are part of a name: 5G, A4, PM2.5, 4A级.
            r"[A-Za-z]+-?\d+(?:\.\d+)*|\d+(?:\.\d+)*[A-Za-z]+",
            r"7[×xX*]24小时|24小时|\d+(?:小时|分钟|天)[^，。；、：\n]{0,6}(?:制(?!定|作|造|止)|圈|响应|热线|服务热线)",
            r"\d{3,5}(?:政务|市民|便民)?(?:服务)?(?:热线|平台|电话)|\d{7,}",
            # Said of a kind, a rank or a shape.
            rf"(?:{CHINESE_NUMBER}|\d+)(?:佳|级|大(?!型|量|约)|好|星|线(?!路|缆)|体化|方面军|站式|网|中全会|轮车|字路|期工程|期项目)",
            r"[“‘]?(?:八项规定|千家万户|三包|五一|六一|七一|八一|十一|两会|四史|一把手|百姓|万众|三令五申|四面八方|五湖四海|七嘴八舌|百日|万家|千篇一律|一举一动|三三两两|五颜六色|一点一滴|一条龙|一盘棋|一张网|一本账|一体)[”’]?",
            # Of one there is nothing to count: 一个, 一批, 一次次.
            r"(?<![零〇一二两三四五六七八九十百千万亿])一(?![零〇一二两三四五六七八九十百千万亿])",
        )
    )
)


@dataclass(frozen=True)
class Number:
    """Where a number stands, as it stands, and between which values what it says may lie."""

    start: int
    end: int
    text: str
    least: Decimal
    most: Decimal
    measure: str

    def says(self, value: Decimal) -> bool:
        return self.least <= value <= self.most


def numbers_in(text: str) -> list[Number]:
    """Every number of the text in its order; names that hold digits are none."""
    named = [found.span() for found in _NAMES.finditer(text)]
    told = []
    for found in _NUMBER.finditer(text):
        if not _within(named, found.start()) and (number := _number(text, found)):
            told.append(number)
    return told


@dataclass(frozen=True)
class Said:
    """What a number that leads to its records says, and of what it is so many."""

    value: Decimal
    measure: str
    figure: str


def said_in(written: str, links: Sequence[dict]) -> list[Said]:
    """What each linked number of a written text says; a link may cover only a part of its number (1.2 of 1.2万)."""
    found = numbers_in(written)
    starts = [number.start for number in found]
    told = []
    for link in links:
        place = bisect_right(starts, link["start"]) - 1
        if place >= 0 and link["start"] < found[place].end:
            told.append(Said(found[place].least, found[place].measure, link["figure"]))
        # A number that is part of a name where it stands may be said as one elsewhere.
        elif read := parse_number(written[link["start"] : link["end"]]):
            told.append(Said(read.value, written[link["end"] : link["end"] + 2], link["figure"]))
    return told


def said_by(figures: Mapping[str, dict]) -> list[Said]:
    """What the figures of a snapshot say, told or not. Small numbers are left out: they fit anything."""
    told = []
    for key, figure in figures.items():
        read = parse_number(figure["text"])
        if read and (read.measure == "%" or read.value > SMALL):
            told.append(Said(read.value, read.measure, key))
    return told


def relink(text: str, *, here: Sequence[Said], elsewhere: Sequence[Said] = ()) -> list[dict]:
    """The links of an edited text: each number that says what a figure says leads where that leads.

    `here` is what its own section said before the edit, `elsewhere` the other sections and figures. Of the same
    measure goes first, then what is near; of several alike they take their order. A round number (三千余, 近5000) says
    any value it is a fair word for.
    """
    taken: set[int] = set()
    told = []
    for number in numbers_in(text):
        near = [said for said in here if number.says(said.value)]
        far = [said for said in elsewhere if number.says(said.value)]
        ranked = (*_alike(near, number), *_alike(far, number), *near, *(said for said in far if not said.measure))
        first = next((said for said in ranked if id(said) not in taken), next(iter(ranked), None))
        if first:
            taken.add(id(first))
            told.append({"start": number.start, "end": number.end, "figure": first.figure})
    return told


def _alike(said: Iterable[Said], number: Number) -> list[Said]:
    return [each for each in said if each.measure[:1] == number.measure[:1]]


def unknown_numbers(text: str, links: Sequence[dict]) -> list[dict]:
    """Where numbers stand that lead to no figure and no record: somebody should look at them."""
    linked = [(link["start"], link["end"]) for link in links]
    return [
        {"start": number.start, "end": number.end}
        for number in numbers_in(text)
        if not any(start < number.end and number.start < end for start, end in linked)
    ]


def _number(text: str, found: re.Match) -> Number | None:
    read = parse_number(found[0])
    if read is None:
        return None
    least, most = _range(read.value, read.qualifier)
    # What is bold says the same: **56**个.
    after = text[found.end() : found.end() + 4].replace("*", "")[:2]
    share = read.measure if read.measure in ("%", "‰") else ""
    return Number(found.start(), found.end(), found[0], least, most, share or after)


def _range(value: Decimal, qualifier: str) -> tuple[Decimal, Decimal]:
    """What a round number may stand for: 三千余 3000 to 3999, 近5000 4500 to 5000, 超/约 within a tenth."""
    tenth = value / 10
    if qualifier in _ABOVE:
        whole, step = int(value), 1
        while whole and whole % (step * 10) == 0:
            step *= 10
        return value, value + step - 1
    if qualifier in ("近", "将近", "不足"):
        return value - tenth, value
    if qualifier in ("超", "超过", "逾", "上", "至少"):
        return value, value + tenth
    if qualifier in ("约", "大约"):
        return value - tenth, value + tenth
    return value, value


def _within(spans: Sequence[tuple[int, int]], place: int) -> bool:
    at = bisect_right(spans, (place, float("inf"))) - 1
    return at >= 0 and spans[at][0] <= place < spans[at][1]
