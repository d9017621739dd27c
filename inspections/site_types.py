"""Reading names of site types that others wrote down: which are new, which are there, and which may be one of ours.

Handbooks call one and the same place 公共厕所, 公共卫生间 or 室外公共厕所. Whether two names mean one type is for a
person to say; here it is only told where the question arises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from cityinit.tables import BRACKETS, Field
from cityinit.workbook import Column, text

LONGEST_NAME = 60
# What a file may hold; beyond that it is no list of types.
MOST_NAMES = 500
# How like two names must be for a person to be asked; at 0.55 街道办 and 街道办事处 are, 公园 and 公共广场 are not.
ALIKE = 0.55
SUGGESTED = 3
SEPARATORS = re.compile(r"[、，,/;；]|及|和|与")
UNHEARD = re.compile(r"[\W_]+")

FIELD = Field(
    Column("类型", text(LONGEST_NAME), required=True),
    aliases=("点位类型", "类型名称", "点位类别", "场所类型", "测评点位", "site_type"),
)

# Words that mean the same place, in our own collection; a name with one of them is asked about.
SYNONYMS = (
    ("公共厕所", "公共卫生间", "公厕"),
    ("农贸市场", "集贸市场", "菜市场"),
    ("电影院", "影剧院", "影院"),
    ("居民小区", "小区", "住宅小区"),
    ("背街小巷", "小街巷", "街巷"),
    ("餐饮店", "餐馆", "饭馆", "酒楼", "饭店"),
    ("宾馆饭店", "宾馆", "酒店"),
    ("政务服务大厅", "政务大厅", "行政服务中心"),
    ("汽车站", "长途汽车站", "客运站"),
    ("银行网点", "银行营业厅"),
    ("校园周边", "学校周边"),
    ("垃圾中转站", "环卫中转站"),
    ("建筑工地", "建筑围挡"),
)


@dataclass
class Judged:
    """A name as the file has it: of which type it is another spelling, or which types it may mean."""

    name: str
    times: int = 1
    # The type that is there already, by its name.
    is_called: str = ""
    may_be: list[str] = field(default_factory=list)
    also_written: list[str] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        return bool(self.is_called)

    @property
    def is_doubtful(self) -> bool:
        return not self.is_there and bool(self.may_be)


def judge(names: Iterable[str], there: Mapping[str, str]) -> list[Judged]:
    """Each name once, in the order of the file; `there` is every spelling that is known → the name of its type.

    A name that is new is known to those after it: of two that are alike the second is asked about.
    """
    known = {heard(name): called for name, called in there.items()}
    # What is likened is read without its brackets.
    kin = {_bare(name): called for name, called in there.items()} | known
    seen: dict[str, Judged] = {}
    for name in names:
        key = heard(name)
        if found := seen.get(key):
            found.times += 1
            if name != found.name and name not in found.also_written:
                found.also_written.append(name)
            continue
        found = seen[key] = Judged(name, is_called=known.get(key, ""))
        if not found.is_there:
            found.may_be = _likely(name, kin)
            if not found.may_be:
                kin |= {_bare(name): name, key: name}
    return list(seen.values())


def heard(name: str) -> str:
    """The name as it is read aloud: the same with other brackets, commas or widths of characters."""
    return UNHEARD.sub("", unicodedata.normalize("NFKC", name)).lower() or name


def _bare(name: str) -> str:
    return heard(BRACKETS.sub("", name))


def _likely(name: str, known: Mapping[str, str]) -> list[str]:
    """The types that this name may mean, the likeliest first."""
    found = dict.fromkeys(known[key] for key in _readings(name) if key in known)
    said = _bare(name)
    alike = sorted(((_likeness(said, key), called) for key, called in known.items()), reverse=True)
    found |= dict.fromkeys(called for likeness, called in alike if likeness >= ALIKE)
    return list(found)[:SUGGESTED]


def _readings(name: str) -> Iterator[str]:
    """What else the name could be written as: without its brackets, each of several, and words that mean the same."""
    bare = BRACKETS.sub("", name)
    parts = [heard(part) for part in (bare, *SEPARATORS.split(bare)) if part.strip()]
    yield from parts
    for part in parts:
        for words in SYNONYMS:
            if part.endswith(words):
                yield from words


def _likeness(name: str, other: str) -> float:
    if sorted(name) == sorted(other):
        return 1.0
    # The cheap bounds first: hundreds of names are held against hundreds.
    matcher = SequenceMatcher(None, name, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()
