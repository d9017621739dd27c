"""Where the rows of the registers are told. No queries.

A row stands in the workstream it belongs to, found by its subject (组织领导, 宣传, 整改 …) and by the words both share;
what fits none has a part of its own. What the log has told already is not told again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from cityinit.numerals import join_cn

from .events import sort_of_meeting
from .streams import Streams
from .telling import Row
from .unit_paragraphs import UnitParagraphs
from .wording import clean, counted, mark, pairs, sentence

# What a workstream is about, read from its name and heading; the first that fits takes the rows of that subject.
SUBJECTS = {
    "organisation": r"组织领导|领导|责任机制|工作机制|体制机制|组织保障|效组织|组织推进|压实责任|统筹",
    "publicity": r"宣传|宣教|氛围|舆论|引导",
    "training": r"培训|宣教|教育|素质|素养",
    "volunteering": r"志愿|群众性|文明实践|全民|群众|活动",
    "inspection": r"查摆|整改|督查|督导|督察|薄弱环节|问题",
    "assessments": r"迎检|验收|测评|考核|考评|评估",
    "honours": r"创评|评比|评选|典型|先进|榜样|示范",
}
# Registers in the order they are told, with the subject that draws them and the part that takes what nobody drew.
BEFORE_TASKS = (
    "groups",
    "units",
    "documents",
    "phases",
    "schemes",
    "indicators",
    "sponsorships",
    "duty",
    "quotas",
    "sites",
    "meetings",
    "decisions",
    "instructions",
)
AFTER_TASKS = (
    "publicity",
    "training",
    "activities",
    "volunteering",
    "dissuasion",
    "inspection",
    "self_checks",
    "breaches",
    "materials",
    "assessments",
    "surveys",
    "honours",
    "rewards",
)
SUBJECT_OF = {
    "instructions": "organisation",
    "groups": "organisation",
    "units": "organisation",
    "documents": "organisation",
    "phases": "organisation",
    "schemes": "organisation",
    "indicators": "organisation",
    "sponsorships": "organisation",
    "duty": "organisation",
    "quotas": "organisation",
    "sites": "organisation",
    "meetings": "organisation",
    "decisions": "organisation",
    "publicity": "publicity",
    "training": "training",
    "activities": "volunteering",
    "volunteering": "volunteering",
    "dissuasion": "volunteering",
    "inspection": "inspection",
    "self_checks": "inspection",
    "breaches": "inspection",
    "materials": "inspection",
    "assessments": "assessments",
    "surveys": "assessments",
    "honours": "honours",
    "rewards": "honours",
}
PART_OF = {
    **dict.fromkeys(BEFORE_TASKS, "organisation"),
    **dict.fromkeys(("publicity", "training", "activities", "volunteering", "dissuasion"), "publicity"),
    **dict.fromkeys(("inspection", "self_checks", "breaches", "materials"), "inspection"),
    **dict.fromkeys(("assessments", "surveys", "honours", "rewards"), "results"),
}
# Rows that may be told where their own words point, and how clearly they must; the others follow their subject.
BY_WORDS = {
    "documents": 6,
    "groups": 6,
    "duty": 6,
    "publicity": 3,
    "training": 3,
    "activities": 3,
    "volunteering": 3,
    "honours": 3,
}
_SAID_EVERYWHERE = (
    "创建工作活动开展文明城市全国领导小组办公室方案通知制度志愿服务队伍聚焦打造提升推进加强优化主题持续水平"
)
_NOT_THE_SUBJECT = (
    "src",
    "kind",
    "kind_label",
    "place",
    "unit",
    "group",
    "issuer",
    "office",
    "granted_by",
    "number",
    "together",
    "of_kind",
)


class Places(Streams):
    """What it needs of the facts: the registers, and what the log has told of them already."""

    def __init__(self, facts: Row, *, scheme: str, units: UnitParagraphs):
        super().__init__(facts, scheme=scheme, units=units)
        self.logged = "\n".join(clean(entry["content"]) for task in facts["tasks"] for entry in task["entries"])
        self.placed = self.places()

    def places(self) -> dict:
        """{stream or part: {kind: rows}}; a row stands in one place, and nowhere when the log has told all of it."""
        drawn = self.subjects_of_streams()
        placed: dict = {}
        for kind in (*BEFORE_TASKS, *AFTER_TASKS):
            for row in self.rows_of(kind):
                place: str | int | None = self.by_words(row, kind) if kind in BY_WORDS else None
                place = place or drawn.get(SUBJECT_OF[kind]) or PART_OF[kind]
                placed.setdefault(place, {}).setdefault(kind, []).append(row)
        return placed

    def told_by_kind(self, place: str | int) -> list[tuple[str, str]]:
        """(kind, sentences) of the registers' rows that are told in this place, in the order of the kinds."""
        told = []
        for kind in (*BEFORE_TASKS, *AFTER_TASKS):
            rows = self.placed.get(place, {}).get(kind, [])
            if rows and (text := getattr(self, f"tell_{kind}")(rows)):
                told.append((kind, text))
        # That sites are on the list says nothing where nothing else is told.
        if [kind for kind, _text in told] == ["sites"] and not (isinstance(place, int) and self.tasks_of.get(place)):
            return []
        return told

    def rows_of(self, kind: str) -> list[Row]:
        registers = self.registers
        if kind == "schemes":
            return [{"text": text} for text in self.other_schemes()]
        if kind == "units":
            return self.units()
        if kind == "inspection":
            return [self.facts["inspection"]] if "findings.found" in self.figures else []
        if kind == "sites":
            only = "sites.registered" in self.figures and "findings.found" not in self.figures
            return [self.facts["inspection"]] if only else []
        if kind in ("meetings", "training", "activities"):
            return [row for row in registers["meetings"] if sort_of_meeting(row) == kind]
        if kind == "instructions":
            told = {task["src"] for task in self.facts["tasks"]}
            return [row for row in registers[kind] if row["task"] not in told]
        if kind == "groups":
            return [
                row for row in registers[kind] if not self.is_told(row, "founded_on", "office", "number", "members")
            ]
        if kind == "documents":
            return [row for row in registers[kind] if not self.is_told(row, "number", "copies", "content")]
        if kind == "publicity":
            return [row for row in registers[kind] if not self.is_put_up_already(row)]
        return registers.get(kind, [])

    def units(self) -> list[Row]:
        """Partners that no task names, and the groups in which units are appraised."""
        named = {unit for task in self.facts["tasks"] for unit in (task["lead"], *task["beside"])}
        partners = [name for name in self.facts["partners"] if name not in named]
        told = []
        if partners:
            told.append({"text": sentence(f"共建单位有{join_cn(partners)}")})
        groups = [clean(name) for name in self.facts["appraisal_groups"]]
        if len(groups) > 1:
            many = mark("appraisal.groups", counted(len(groups)))
            told.append({"text": sentence(f"责任单位分{join_cn(groups)}{many}个组进行考核")})
        return told

    def tell_units(self, rows: Sequence[Row]) -> str:
        return "".join(row["text"] for row in rows)

    def is_put_up_already(self, row: Row) -> bool:
        """Whether the log says it of the same place, if need be in more words: 禁烟标志 as 禁止吸烟标志."""
        place = clean(row["place"])
        if row["quantity"] or row["content"] or place not in self.logged:
            return False
        longer = r"[\u3400-\u9fff]{0,2}".join(map(re.escape, clean(row["kind"])))
        return bool(re.search(f"{re.escape(place)}[^。；，]{{0,8}}{longer}", self.logged))

    def is_told(self, row: Row, *more: str) -> bool:
        """Whether the log names it and nothing more is recorded of it."""
        return clean(row["name"]) in self.logged and not any(row[key] for key in more)

    def subjects_of_streams(self) -> dict[str, int]:
        """For each subject the first stream that is about it: by its name, else by its heading."""
        drawn = {}
        for subject, words in SUBJECTS.items():
            for key in ("name", "heading"):
                found = next((row for row in self.leaves if re.search(words, clean(row[key]))), None)
                if found:
                    drawn[subject] = found["pk"]
                    break
        return drawn

    def by_words(self, row: Row, kind: str) -> int | None:
        """The stream whose heading the row speaks of, or whose tasks it names in four characters on end."""
        # Where something hangs or happens says nothing of what it is about.
        texts = [value for key, value in row.items() if isinstance(value, str) and key not in _NOT_THE_SUBJECT]
        own = pairs(*texts) - self.common_words
        spread = Counter(pair for _pk, heading, body in self.words_of_leaves for pair in own & (heading | pairs(body)))
        scores = []
        for place, (pk, heading, body) in enumerate(self.words_of_leaves):
            if own & heading or _names(texts, body, but=self.common_words | self.words_of_units):
                shared = own & (heading | pairs(body))
                score = sum((3 if pair in heading else 1) / spread[pair] ** 2 for pair in shared)
                scores.append((score, -place, pk))
        scores.sort(reverse=True)
        is_clear = scores and scores[0][0] >= BY_WORDS[kind]
        return scores[0][2] if is_clear and (len(scores) == 1 or scores[0][0] >= 1.5 * scores[1][0]) else None

    @cached_property
    def common_words(self) -> set[str]:
        """What says nothing of a stream: the campaign's own name, and words of every campaign."""
        campaign = self.facts["campaign"]
        return pairs(campaign["name"] + campaign["host"] + self.own) | pairs(_SAID_EVERYWHERE)

    @cached_property
    def words_of_units(self) -> set[str]:
        return pairs(*{unit for task in self.facts["tasks"] for unit in (task["lead"], *task["beside"])})

    @cached_property
    def words_of_leaves(self) -> list[tuple[int, set[str], str]]:
        """Of each leaf the pairs of its name and heading, and what its tasks and their log say."""
        told = []
        for leaf in self.leaves:
            tasks = self.tasks_of_leaf(leaf["pk"])
            logged = [
                text for task in tasks for text in (task["name"], *(entry["content"] for entry in task["entries"]))
            ]
            told.append((leaf["pk"], pairs(leaf["name"], leaf["heading"]), "。".join([leaf["opening"], *logged])))
        return told


def _names(texts: Iterable[str], body: str, *, but: set[str]) -> bool:
    """Whether four characters on end stand in both, none of them a pair of `but`: 心理热线, and not 城南街道."""
    runs = {
        run[place : place + 4]
        for text in texts
        for run in re.findall(r"[\u3400-\u9fff]+", text)
        for place in range(len(run) - 3)
    }
    return any(run in body and not pairs(run) & but for run in runs)
