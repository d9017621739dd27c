"""How the summary speaks: what people wrote is cleaned and woven in, quoted, joined and closed. Plain text, no facts.

A number that leads back to its records is marked in the text itself by three private characters, so that sentences can
be joined and cut as strings; `unmark` takes the marks out and says where they stood.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from cityinit.numerals import chinese, join_cn

from .numbers import numbers_in

_OPEN, _MIDDLE, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_OPEN}([^{_MIDDLE}]*){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_DIGITS = r"\d+(?:\.\d+)?(?:%|‰)?"
_CHINESE = "\u3400-\u9fff"
_FULL_WIDTH = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "(": "（", ")": "）"}
_HALF = re.compile(
    rf"(?<=[{_CHINESE}”’》）％%\d])[,;:!?()](?=[{_CHINESE}“‘《（])|(?<=[{_CHINESE}”’》）])[,;:!?()]|[(](?=[{_CHINESE}])"
)
# Figures stand without thousands separators: 1500 of 1,500.
_SEPARATED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_FULL_STOP = re.compile(rf"(?<=[{_CHINESE}”》）])\.(?=[{_CHINESE}“《（]|$)")
_TRAILING = "。．；;，,、：: \u3000"
_ENDS = ("。", "！", "？", "。”", "！”", "？”", "……")

# What makes a noun of the verb before it, whatever the verb: 创新路, 劝导员, 动员大会, 整改率, 结对单位.
_NOUNS = (
    r"路(?![长网灯口面段牌标况边肩沿缘域障侧旁])|大道|大街(?!小巷)|大厅(?![内外])|广场(?!周边|地面|绿地|座椅|设施)|馆(?![内外舍])|院(?![落士区内外子墙门])|员(?!工)|队(?!列)|部(?!署|分|门)|率(?!先|领)"
    r"|点(?!位|亮|多|燃)|会(?=[召通选由顺如圆对在共于，、]|$)|单位|中心(?!广场|城区|花园|公园|市场|农贸|菜|商场|医院|社区|小学|幼儿|校|[街路村镇])|结果|分子|强国|站(?![岗台前点牌])|店(?![外面铺招门前])|室(?!内|外)|厅"
)
# What makes a noun only of words that are nouns already by half: 检查组, 宣传栏, 考核机制, 服务工作.
_NOUN_ENDS = (
    r"[栏者台岗件液]|组(?!织|建)|带(?!动|来|领)|班(?!级)|窗|房(?!屋|前|间)|办(?!公|学|好|理)|处(?!理|置|罚)|所(?!有|属|在)"
    r"|校(?![园门舍车外内])|生(?!活|态|产)|物(?!业|流|品|资)|车(?!辆|位|站|库|棚)|日(?!常|夜)|周(?!边|围|密)|月"
    r"|工作|活动|机制|制度|体系|能力|水平|成效|力度|效果"
)


def _predicates() -> tuple[re.Pattern[str], re.Pattern[str]]:
    plain, noun_like, starts = (Path(__file__).parent / "predicates.txt").read_text(encoding="utf-8").split("\n# ")
    verbs, nouns = (_any_of(part.splitlines()[1:]) for part in (plain, noun_like))
    no_verbs = _any_of(starts.splitlines()[1:])
    held = "召开|举行|举办|参加|组织"
    verb = (
        rf"(?!{no_verbs})(?:(?:{held})(?!部(?!署|分|门)|员(?!工)|会$)"
        rf"|[对在为到向从将把](?=中心)|(?!{held})(?:{verbs})(?!{_NOUNS}|大会|(?<=联合)执法队))"
    )
    noun_like_verb = rf"(?!{no_verbs})(?:{nouns})(?!{_NOUNS}|{_NOUN_ENDS}|大会|队伍)"
    return re.compile(f"{verb}|{noun_like_verb}"), re.compile(rf"(?!{nouns}){verb}")


def _any_of(lines: Iterable[str]) -> str:
    return "|".join(re.escape(word) for line in lines for word in line.split())


# What a predicate may begin with when its subject is left out; a text that begins otherwise has its own subject.
_PREDICATE, _VERB = _predicates()


# 1. 2. · （1）（2） · （一）（二） · 一、二、 · ① ② typed before the items of one text.
_BEFORE_ITEM = rf"(?=[{_CHINESE}“《])"
_NUMBERINGS = tuple(
    [written.format(number) + _BEFORE_ITEM for number in series]
    for written, series in (
        (r"{}[.．、]", range(1, 21)),
        (r"（{}）", range(1, 21)),
        (r"（{}）", "一二三四五六七八九十"),
        (r"{}、", "一二三四五六七八九十"),
        (r"{}", "①②③④⑤⑥⑦⑧⑨⑩"),
    )
)


def mark(key: str, text: str) -> str:
    """The text as a number that leads back to the records of figure `key`."""
    return f"{_OPEN}{key}{_MIDDLE}{text}{_CLOSE}"


def unmark(text: str) -> tuple[str, list[dict]]:
    """The text as it is read, and where in it which figure stands: [{start, end, figure}]."""
    plain, links, done = "", [], 0
    for found in _MARKED.finditer(text):
        plain += text[done : found.start()]
        links.append({"start": len(plain), "end": len(plain) + len(found[2]), "figure": found[1]})
        plain += found[2]
        done = found.end()
    return plain + text[done:], links


def read(text: str) -> str:
    return unmark(text)[0]


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """What somebody typed as it stands inside a sentence: full-width punctuation, paired quotes, no stop at its end."""
    text = _PRIVATE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    text = re.sub(rf"[{_TRAILING}]*\n\s*", lambda gap: "。" if "。" in gap[0] else "；", text)
    text = re.sub(r'"([^"]*)"', r"“\1”", text)
    text = _SEPARATED.sub(lambda number: number[0].replace(",", ""), text)
    text = _HALF.sub(lambda sign: _FULL_WIDTH[sign[0]], text)
    text = _FULL_STOP.sub("。", text)
    text = re.sub(r"([。；，、！？])[。；，、]+", r"\1", text)
    text = re.sub(rf"(?<=[{_CHINESE}，。；、：“”]) +| +(?=[{_CHINESE}，。；、：“”])", "", text)
    return text.strip(_TRAILING)


def as_typed(text: str) -> str:
    """What somebody typed, line by line without empty ones, and without the characters that mark numbers here."""
    lines = (line.strip() for line in _PRIVATE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def remark(text: str, links: Iterable[dict]) -> str:
    """The text with its links as marks again, as it was before `unmark`."""
    told, done = "", 0
    for link in links:
        told += f"{text[done : link['start']]}{mark(link['figure'], text[link['start'] : link['end']])}"
        done = link["end"]
    return told + text[done:]


def said(source: str, text: str) -> str:
    """What a record says, cleaned, each number in it leading back to that record."""
    text, told, done = clean(text), "", 0
    for start, end in _numbers(text):
        told += f"{text[done:start]}{mark(source, text[start:end])}"
        done = end
    return told + text[done:]


def _numbers(text: str) -> list[tuple[int, int]]:
    """Where numbers stand: all digits, and those in Chinese that count something."""
    digits = [found.span() for found in re.finditer(_DIGITS, text)]
    return sorted([*digits, *((each.start, each.end) for each in numbers_in(text) if not re.search(r"\d", each.text))])


def without_number(text: str) -> str:
    """The text without 一是, （二）, 3. or 一、 typed before it; 1.2万 is not such a number."""
    marks = r"(?:[一二三四五六七八九十]+(?:是|、)|（[一二三四五六七八九十\d]+）|第[一二三四五六七八九十]+，)"
    text = re.sub(rf"^(?:{marks}|[①-⑳])(?=[{_CHINESE}“《])", "", text)
    return re.sub(rf"^(?:{_OPEN}[^{_MIDDLE}]*{_MIDDLE})?\d{{1,2}}{_CLOSE}?[.．、](?=[{_CHINESE}“《])", "", text)


def items(text: str) -> list[str]:
    """What was typed as 一是…；二是… or 1.…2.… in one cleaned text, as the items it is, without their numbers."""
    parts = re.split(r"[；。](?=[一二三四五六七八九十]是)", text)
    for numbers in _NUMBERINGS:
        # Only where it begins with the first number: 3、 further on may be part of a list of figures.
        if re.match(numbers[0], text):
            parts, rest = [], text
            for number in numbers[1:]:
                found = re.search(rf"(?<=[；。，！]){number}", rest)
                if not found:
                    break
                parts.append(rest[: found.start()])
                rest = rest[found.start() :]
            parts.append(rest)
    return [without_number(part.strip(_TRAILING)) for part in parts if part.strip(_TRAILING)]


def begins_with_predicate(text: str) -> bool:
    """Whether the text leaves its subject out, so that one may be put before it."""
    return bool(_PREDICATE.match(text.lstrip("“")))


def begins_with_verb(text: str) -> bool:
    """The same of words that are hardly ever a noun: 印发方案, and not 测评材料 or 宣传教育."""
    return bool(_VERB.match(text.lstrip("“")))


def quoted(text: str) -> str:
    """“…”, quotes inside becoming ‘…’; what is quoted already stays as it is."""
    if text.startswith("“") and text.endswith("”") and text.count("“") == 1:
        return text
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def titled(name: str) -> str:
    """《…》, titles inside becoming 〈…〉 (GB/T 15834); what has its marks already stays as it is."""
    if name.startswith("《") and name.endswith("》") and name.count("《") == 1:
        return name
    return f"《{name.replace('《', '〈').replace('》', '〉')}》"


def counted(number: int) -> str:
    """A structural count as it stands before its measure: 四个阶段, 两项工程."""
    return "两" if number == 2 else chinese(number)


def together(sources: Sequence[str]) -> str:
    """The one key of several records of a register, `campaigns.meeting:3,5`, of their own keys."""
    model = sources[0].partition(":")[0]
    keys = dict.fromkeys(source.partition(":")[2] for source in sources if source.startswith(f"{model}:"))
    return f"{model}:{','.join(keys)}"


def clause(*parts: str) -> str:
    """The parts that say something, joined by ，."""
    return "，".join(part for part in parts if part)


def sentence(*parts: str) -> str:
    """The parts joined by ， and closed by one 。; nothing of nothing."""
    text = clause(*parts)
    text = re.sub(r"[，；、]+([，；。])", r"\1", text)
    if not text:
        return ""
    return text if read(text).endswith(_ENDS) else f"{text.rstrip('，；、：')}。"


def listed(items: Sequence[str]) -> str:
    """甲、乙、丙; what stands in quotes or title marks needs no 、 between (GB/T 15834)."""
    if len(items) > 1 and all(item.startswith(("“", "《")) and item.endswith(("”", "》")) for item in items):
        return "".join(items)
    return join_cn(list(items))


def strung(clauses: Iterable[str]) -> str:
    """Clauses of one rank in one sentence: ，between plain ones, ；where one of them has a comma itself."""
    clauses = [text for text in clauses if text]
    return ("；" if any("，" in text for text in clauses) else "，").join(clauses)


def numbered(texts: Sequence[str]) -> list[str]:
    """一是…；二是…。 in one paragraph; one paragraph each where a text has sentences of its own or all are long."""
    marks = "一二三四五六七八九十"
    if len(texts) > len(marks):
        return [sentence(f"{place}.{text}") for place, text in enumerate(texts, start=1)]
    items = [f"{mark}是{text}" for mark, text in zip(marks, texts, strict=False)]
    if any("。" in text for text in texts) or sum(len(read(text)) for text in texts) > 360:
        return [sentence(item) for item in items]
    return [sentence("；".join(items))]


def pairs(*texts: str) -> set[str]:
    """The pairs of neighbouring Chinese characters in the texts."""
    return {
        run[place : place + 2]
        for text in texts
        for run in re.findall(r"[\u3400-\u9fff]+", text)
        for place in range(len(run) - 1)
    }
