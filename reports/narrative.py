"""Facts → the sections of a summary: connected prose by workstream, as an office would sign it. No queries.

Every sentence comes from something recorded. Which parts there are and in what order stands here; what a register's
rows say is told by the module of their kind, in the place that `places.py` finds for them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cityinit.numerals import join_cn

from .events import Events
from .frames import IDEA, THANKS, framed
from .organisation import Organisation
from .outcomes import Outcomes
from .places import BEFORE_TASKS, Places
from .progress import Progress
from .sections import Section, enumerated, linked
from .streams import heading_of
from .telling import Row
from .unit_paragraphs import STATED, UNITS, UnitParagraphs
from .wording import begins_with_predicate, clean, items, quoted, read, said, sentence

PARTS = {
    "opening": "开头",
    "progress": "总体进度",
    "organisation": "组织领导",
    "workstreams": "各板块工作",
    "publicity": "宣传发动与志愿服务",
    "inspection": "督查整改",
    "results": "测评与荣誉",
    "units": "各单位工作",
    "problems": "存在问题",
    "next_steps": "下步打算",
    "closing": "结束语",
}
# Under one heading each; of a workstream the heading is its own.
HEADED = frozenset({"organisation", "publicity", "inspection", "results", UNITS, "problems", "next_steps"})
BODY = ("organisation", "workstreams", "publicity", "inspection", "results", UNITS)
UNDER_ONE, OWN_HEADINGS = "under_one", "own_headings"
# Longer than this, a part that is told before the first heading gets a heading of its own.
WITHOUT_HEADING = 260
PARAGRAPH = 420


@dataclass(frozen=True)
class Writing:
    """How this office writes: what it chose of parts, structure and phrases. Empty means: as suits the facts."""

    parts: tuple[str, ...] = ()
    layout: str = ""
    scheme: str = ""
    opening: str = ""
    closing: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)


def writing_of(facts: Row) -> Writing:
    """How the office wrote when these facts were frozen."""
    chosen = facts["writing"]
    return Writing(
        parts=tuple(chosen["parts"]),
        layout=chosen["layout"],
        scheme=chosen["scheme"],
        opening=chosen["opening"],
        closing=chosen["closing"],
        headings=chosen["headings"],
    )


def write(facts: Row, writing: Writing | None = None) -> list[Section]:
    """The sections of the summary, in the order in which they stand."""
    return Writer(facts, writing or Writing()).sections()


def title(campaign: str, *, host: str, speaker: str, period: str) -> str:
    """互贸区创建全国文明城市2025年上半年工作总结; a unit's report bears the unit's name instead of the host's."""
    name = _without_year(campaign).removesuffix("工作")
    if speaker != host:
        name = speaker + name.removeprefix(host)
    elif host not in name and len(host) > 1:
        name = host + _without_host(name, host)
    return f"{name}{period}工作总结"


def _without_year(campaign: str) -> str:
    """The campaign's name without the year or years it begins with: the period says them."""
    return re.sub(r"^\d{4}(?:[-—－–~～至]\d{4})?年度?", "", clean(campaign))


def _without_host(name: str, host: str) -> str:
    """The campaign's name without the part of the host's name it begins with: 供电公司创建… of 市供电公司."""
    parts = (host[start:end] for start in range(len(host) - 1) for end in range(len(host), start + 1, -1))
    shared = max((part for part in parts if name.startswith(part)), key=len, default="")
    rest = name.removeprefix(shared)
    # Only what a name may stand for alone: 供电公司 before 创建…, not the 文明 of 文明城市创建.
    return rest if rest.startswith(("创建", "争创", "开展", "迎接")) else name


# A part's heading by what is told in it: the first whose kinds cover it all; none named is for every case.
HEADINGS: dict[str, tuple[tuple[set[str], str], ...]] = {
    "organisation": (
        ({"meetings", "decisions", "instructions"}, "加强调度，推动工作落实"),
        (set(), "加强组织领导，健全工作机制"),
    ),
    "publicity": (
        ({"volunteering"}, "开展志愿服务"),
        ({"dissuasion"}, "开展文明劝导"),
        ({"volunteering", "dissuasion"}, "开展志愿服务和文明劝导"),
        ({"activities"}, "开展主题活动"),
        ({"activities", "volunteering"}, "开展志愿服务和主题活动"),
        ({"training"}, "加强教育培训"),
        ({"publicity", "activities", "volunteering"}, "加强宣传发动，营造创建氛围"),
        (set(), "加强宣传教育，营造创建氛围"),
    ),
    "inspection": (
        ({"self_checks"}, "对照标准开展自查"),
        ({"materials"}, "对照标准报送材料"),
        ({"self_checks", "materials"}, "对照标准开展自查、报送材料"),
        (set(), "强化督查整改，解决突出问题"),
    ),
    "results": (({"rewards"}, "落实奖惩措施"), ({"honours"}, "典型选树和荣誉"), (set(), "创建工作成效")),
}
OTHER_TASKS, ALL_TASKS = "其他重点工作", "各项任务推进情况"
# Kinds told together begin a new paragraph of a long part.
CLASSES = (
    ("groups", "units", "documents"),
    ("phases", "schemes", "indicators"),
    ("sponsorships", "duty", "quotas", "sites"),
    ("meetings", "decisions", "instructions"),
    ("publicity",),
    ("training", "activities", "volunteering", "dissuasion"),
    ("inspection", "self_checks", "breaches", "materials"),
    ("assessments", "surveys"),
    ("honours", "rewards"),
)


class Writer(Places, Organisation, Events, Outcomes, Progress):
    def __init__(self, facts: Row, writing: Writing):
        self.writing = writing
        rows = facts.get("contributions", ()) if UNITS in (writing.parts or PARTS) else ()
        super().__init__(facts, scheme=writing.scheme, units=UnitParagraphs(rows))

    # --- the order of things -------------------------------------------------

    def sections(self) -> list[Section]:
        own = self.layout() == OWN_HEADINGS
        sections: list[Section] = []
        waiting: list[Section] = []
        for part in self.writing.parts or tuple(PARTS):
            if part == "progress":
                waiting = self.progress()
            elif part in BODY:
                written = self.body_part(part, level=1 if own else 2)
                # Before the first heading the measures in force are told first, then how far the work is.
                if written and not own and not any(section.key == "work" for section in sections):
                    text = "\n".join(section.text for section in waiting)
                    sections.append(Section("work", "工作开展情况", 1, text))
                    waiting = []
                if written:
                    led = written if part == "organisation" and not written[0].level else []
                    sections += led + waiting + [section for section in written if section not in led]
                    waiting = []
            elif part in PARTS:
                sections += waiting + getattr(self, part)()
                waiting = []
        return linked(sections + waiting, self.writing.headings)

    def layout(self) -> str:
        """Own headings where the scheme has headings and children, or where nothing else would stand on that level."""
        if self.writing.layout:
            return self.writing.layout
        if any(self.children.get(row["pk"]) for row in self.top_streams()):
            return OWN_HEADINGS
        stated = {row["kind"] for row in self.registers["statements"]}
        if not stated & {"problem", "next_step"} and not any(map(self.by_units.stated, STATED)):
            return OWN_HEADINGS
        return UNDER_ONE

    def body_part(self, part: str, *, level: int) -> list[Section]:
        if part == "workstreams":
            return self.workstreams(level=level)
        if part == UNITS:
            return self.units_beside(level=level)
        told = self.told_by_kind(part)
        if not told:
            return []
        text = _by_class(told)
        if part == "organisation" and level == 1 and len(read(text)) < WITHOUT_HEADING:
            return [Section(part, "", 0, text)]
        kinds = {kind for kind, _text in told}
        heading = next(heading for of, heading in HEADINGS[part] if not of or not kinds - of)
        return [Section(part, heading, level, text)]

    # --- opening, progress, statements, closing -------------------------------

    def opening(self) -> list[Section]:
        if self.writing.opening:
            return [Section("opening", "", 0, clean(self.writing.opening) + "。")]
        campaign, label = self.facts["campaign"], self.facts["period"]["label"]
        said_label = label.removesuffix("度") if label.endswith("年度") else label
        guides = join_cn(campaign["guides"])
        slogans = "".join(quoted(clean(slogan)) for slogan in campaign["slogans"])
        ideas = [self.said_row(row, "content") for row in self.statements("idea")]
        first = sentence(
            f"{said_label}，在{guides}的指导下" if guides else said_label,
            *[framed(idea, IDEA) for idea in ideas[:1]],
            f"以{slogans}为动员口号" if slogans else "",
            f"{self.own}扎实推进{self.aim()}",
        )
        rest = [sentence(framed(idea, IDEA)) for idea in ideas[1:]]
        last = f"现将{label}{self.short()}工作情况总结如下："
        return [Section("opening", "", 0, "".join([first, *rest, last]))]

    def aim(self) -> str:
        """全国文明城市创建工作, with the short name where it is not simply 创建."""
        campaign = self.facts["campaign"]
        kind = clean(campaign["kind"]).removeprefix("创建").removesuffix("创建")
        name = _without_year(campaign["name"]).removeprefix(campaign["host"]).removesuffix("工作")
        what = name.split("创建", 1)[-1] if "创建" in name[:-2] else ""
        called = f"{kind or what}创建工作" if kind or what else f"{name}工作"
        return called if self.short() in called else f"{called}（以下简称“{self.short()}”）"

    def progress(self) -> list[Section]:
        sentences = [self.task_progress(), self.recurring_kept(), self.supervision(), self.shared_totals()]
        text = "".join(text for text in sentences if text)
        return [Section("progress", "", 0, text)] if text else []

    def statements(self, kind: str) -> list[Row]:
        """Those of a kind; a unit that has handed in words of its own on it has said the rest itself."""
        spoken = self.by_units.stated({"problem": "problems", "next_step": "next_steps"}.get(kind, ""))
        return [row for row in self.registers["statements"] if row["kind"] == kind and row["unit"] not in spoken]

    def problems(self) -> list[Section]:
        return self.with_units(self.own_problems(), "problems", "存在问题")

    def next_steps(self) -> list[Section]:
        return self.with_units(self.own_next_steps(), "next_steps", "下步打算")

    def with_units(self, own: list[Section], key: str, heading: str) -> list[Section]:
        """What the city states, then what units do; under the same heading where only they do."""
        told = self.by_units.under(key, called=f"{UNITS}:{key}")
        return [*(own or [Section(key, heading, 1, "")]), *told] if told else own

    def units_beside(self, *, level: int) -> list[Section]:
        """What units say that stands under no workstream of this text and in no part of its own."""
        parts = self.writing.parts or tuple(PARTS)
        streams = [f"stream:{row['pk']}" for row in self.told_streams()] if "workstreams" in parts else []
        told = self.by_units.beside([*streams, *STATED])
        return [Section(UNITS, PARTS[UNITS], level, told[0].text), *told[1:]] if told else []

    def own_problems(self) -> list[Section]:
        rows = self.statements("problem")
        if not rows:
            return []
        texts = [text for row in rows for text in self.statement(row)]
        lead = f"在总结成绩的同时，{self.own}也清醒认识到，{self.short()}工作中还存在一些问题和不足"
        if not any(task["entries"] for task in self.facts["tasks"]):
            lead = f"{self.short()}工作中还存在一些问题和不足"
        return [Section("problems", "存在问题", 1, enumerated(texts, lead=lead, single=f"{lead}，主要是"))]

    def own_next_steps(self) -> list[Section]:
        rows = self.statements("next_step")
        if not rows:
            return []
        if len(rows) == 1 and len(items(clean(rows[0]["content"]))) == 1 and (unit := self.charged_with(rows[0])):
            text = self.said_row(rows[0], "content")
            will = "" if text.startswith(("将", "要")) else "将" if begins_with_predicate(text) else "，"
            return [Section("next_steps", "下步打算", 1, sentence(f"下一步，{unit}{will}{text}"))]
        texts = [text for row in rows for text in self.statement(row)]
        spoken = re.match(r"下一步|下步|下半年|今后|接下来|明年|我|本", read(texts[0]))
        will = "" if texts[0].startswith(("将", "要")) else "将"
        single = "" if spoken else f"下一步，{self.own}{will}"
        lead = f"下一步，{self.own}将重点抓好以下工作"
        return [Section("next_steps", "下步打算", 1, enumerated(texts, lead=lead, single=single))]

    def statement(self, row: Row) -> list[str]:
        """What a row states, item by item, each with the unit of which it is."""
        unit = self.charged_with(row)
        texts = [said(row["src"], item) for item in items(clean(row["content"]))]
        if not unit:
            return texts
        return [f"{unit}{text}" if begins_with_predicate(text) else f"{unit}方面，{text}" for text in texts]

    @staticmethod
    def charged_with(row: Row) -> str:
        """The unit of which the statement is, unless its words name it."""
        return row["unit"] if row["unit"] and row["unit"] not in row["content"] else ""

    def closing(self) -> list[Section]:
        thanks = [self.said_row(row, "content") for row in self.statements("thanks")]
        told = [sentence(framed(text, THANKS)) for text in thanks]
        if self.writing.closing:
            told.append(sentence(clean(self.writing.closing)))
        return [Section("closing", "", 0, "".join(told))] if told else []

    # --- workstreams -----------------------------------------------------------

    def workstreams(self, *, level: int) -> list[Section]:
        sections = self.stream_sections(self.top_streams(), level=level)
        if rest := self.tasks_of.get(None):
            text = self.other_tasks(rest)
            if sections or self.facts["workstreams"]:
                sections.append(Section("other", OTHER_TASKS, level, text))
            elif level == 1 and not any(self.placed.values()):
                sections.append(Section("other", "", 0, text))
            else:
                sections.append(Section("other", ALL_TASKS, level, text))
        return sections

    def stream_sections(self, rows: Sequence[Row], *, level: int) -> list[Section]:
        sections = []
        for row in rows:
            children = self.stream_sections(self.children.get(row["pk"], []), level=level + 1)
            if not self.is_of_speaker(row):
                continue
            text = self.stream_text(row)
            key = f"stream:{row['pk']}"
            of_units = self.by_units.under(key, called=f"{UNITS}:{key}")
            if text or children or of_units:
                sections.append(Section(key, heading_of(row), min(level, 4), text))
                sections += [*of_units, *children]
        return sections

    def is_of_speaker(self, row: Row) -> bool:
        """A unit tells of the streams in which it has done something; the host tells of all."""
        if self.facts["speaker"]["is_host"] or self.tasks_of.get(row["pk"]) or self.placed.get(row["pk"]):
            return True
        return any(self.is_of_speaker(child) for child in self.children.get(row["pk"], []))

    def stream_text(self, row: Row) -> str:
        """The opening sentence, what its children are, measures in force, tasks, and what came of it."""
        before: list[str] = []
        after: list[str] = []
        for kind, text in self.told_by_kind(row["pk"]):
            (before if kind in BEFORE_TASKS else after).append(text)
        opening = [sentence(said(row["src"], row["opening"]))] if row["opening"] else []
        tasks = self.tell_tasks(self.tasks_of.get(row["pk"], []), within=row)
        children = [child for child in self.children.get(row["pk"], []) if self.is_of_speaker(child)]
        return in_paragraphs([*opening, self.made_of(row, children), *before, *tasks, *after])

    def other_tasks(self, tasks: Sequence[Row]) -> str:
        """Tasks outside the leading scheme, by the stream of another scheme they stand in."""
        by_stream: dict[str, list[Row]] = {}
        for task in tasks:
            name = next((clean(self.streams[pk]["name"]) for pk in task["workstreams"] if pk in self.streams), "")
            by_stream.setdefault(name, []).append(task)
        told = []
        for name, rows in by_stream.items():
            sentences = self.tell_tasks(rows)
            if name and sentences:
                sentences[0] = f"在{name}方面，{sentences[0]}"
            told += sentences
        return in_paragraphs(told)


def in_paragraphs(sentences: Iterable[str]) -> str:
    """The sentences in paragraphs of a readable length, each sentence in one of them."""
    told: list[str] = []
    for text in sentences:
        if not text:
            continue
        if told and len(read(told[-1])) + len(read(text)) <= PARAGRAPH:
            told[-1] += text
        else:
            told.append(text)
    return "\n".join(told)


def _by_class(told: Iterable[tuple[str, str]]) -> str:
    """Sentences by kind in paragraphs: what belongs together stays together, short paragraphs join."""
    paragraphs: list[str] = []
    last = None
    for kind, text in told:
        of = next(place for place, kinds in enumerate(CLASSES) if kind in kinds)
        if paragraphs and (of == last or len(read(paragraphs[-1])) + len(read(text)) < PARAGRAPH // 2):
            paragraphs[-1] += text
        else:
            paragraphs.append(text)
        last = of
    return "\n".join(paragraphs)
