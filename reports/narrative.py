"""Facts → the sections of a summary: connected prose by workstream, as an office would sign it. No queries.

Every sentence comes from something recorded. A register's rows are told in the workstream they belong to, found by its
subject (组织领导, 宣传, 整改 …) and by the words both share; what fits none has a part of its own. The row itself is
woven in verbatim, and not said twice where the log has said it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cityinit.numerals import chinese, join_cn

from .deeds import Deeds, measure_of
from .events import Events, sort_of_meeting
from .frames import IDEA, SCHEME, THANKS, framed
from .organisation import Organisation
from .outcomes import Outcomes
from .wording import (
    begins_with_predicate,
    clean,
    counted,
    items,
    mark,
    numbered,
    pairs,
    quoted,
    read,
    said,
    sentence,
    unmark,
    without_number,
)

Row = dict
PARTS = {
    "opening": "开头",
    "progress": "总体进度",
    "organisation": "组织领导",
    "workstreams": "各板块工作",
    "publicity": "宣传发动与志愿服务",
    "inspection": "督查整改",
    "results": "测评与荣誉",
    "problems": "存在问题",
    "next_steps": "下步打算",
    "closing": "结束语",
}
BODY = ("organisation", "workstreams", "publicity", "inspection", "results")
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


@dataclass
class Section:
    """One part of the text; level 0 has no heading. Numbers in the text lead to figures or records by `links`."""

    key: str
    heading: str
    level: int
    text: str
    links: list[dict] = field(default_factory=list)


def write(facts: Row, writing: Writing | None = None) -> list[Section]:
    """The sections of the summary, in the order in which they stand."""
    return _Writer(facts, writing or Writing()).sections()


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
# A part's heading by what is told in it: the first whose kinds cover it all; none named is for every case.
HEADINGS: dict[str, tuple[tuple[set[str], str], ...]] = {
    "organisation": (({"meetings", "instructions"}, "加强调度，推动工作落实"), (set(), "加强组织领导，健全工作机制")),
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
    ("meetings", "instructions"),
    ("publicity",),
    ("training", "activities", "volunteering", "dissuasion"),
    ("inspection", "self_checks", "breaches", "materials"),
    ("assessments", "surveys"),
    ("honours", "rewards"),
)
# Names of schemes that mean something; the others only say how the text is divided.
_NAMED_SCHEME = re.compile(r"^[一二两三四五六七八九十]+.{2,}|.{2,}(行动|工程|计划|攻坚)$")
_NUMERAL = re.compile(r"[一二两三四五六七八九十]+")


class _Writer(Organisation, Events, Outcomes, Deeds):
    def __init__(self, facts: Row, writing: Writing):
        super().__init__(facts)
        self.writing = writing
        self.streams = {row["pk"]: row for row in facts["workstreams"]}
        self.children: dict[int | None, list[Row]] = {}
        for row in facts["workstreams"]:
            parent = row["parent"] if row["parent"] in self.streams else None
            self.children.setdefault(parent, []).append(row)
        self.logged = "\n".join(clean(entry["content"]) for task in facts["tasks"] for entry in task["entries"])
        self.scheme = self.leading_scheme()
        self.leaves = [row for row in self.told_streams() if not self.children.get(row["pk"])]
        self.tasks_of = self.tasks_by_stream()
        self.placed = self.places()

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
        return self.with_links(sections + waiting)

    def layout(self) -> str:
        """Own headings where the scheme has headings and children, or where nothing else would stand on that level."""
        if self.writing.layout:
            return self.writing.layout
        if any(self.children.get(row["pk"]) for row in self.top_streams()):
            return OWN_HEADINGS
        stated = {row["kind"] for row in self.registers["statements"]}
        if not stated & {"problem", "next_step"}:
            return OWN_HEADINGS
        return UNDER_ONE

    def with_links(self, sections: Iterable[Section]) -> list[Section]:
        told = []
        for section in sections:
            section.text, section.links = unmark(section.text)
            section.heading = read(section.heading)
            told.append(section)
        return told

    def body_part(self, part: str, *, level: int) -> list[Section]:
        if part == "workstreams":
            return self.workstreams(level=level)
        told = self.told_by_kind(part)
        if not told:
            return []
        text = _by_class(told)
        if part == "organisation" and level == 1 and len(read(text)) < WITHOUT_HEADING:
            return [Section(part, "", 0, text)]
        kinds = {kind for kind, _text in told}
        heading = next(heading for of, heading in HEADINGS[part] if not of or not kinds - of)
        return [Section(part, heading, level, text)]

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

    def task_progress(self) -> str:
        """任务8项，已办结5项，完成率62.5%，时间进度49.6%; recurring duty is said apart, for it is never done."""
        recurring, total = self.figure("tasks.recurring"), self.figure("tasks.total")
        day = self.facts["period"]["last_day"]
        if not total:
            return sentence(f"截至{day}", f"{recurring}项常态化工作持续开展") if recurring else ""
        share = self.figure("time.share")
        return sentence(
            f"截至{day}",
            f"除{recurring}项常态化工作外" if recurring else "",
            f"列入台账的任务{total}项",
            f"已办结{self.figure('tasks.done')}项",
            f"完成率{self.figure('tasks.completion')}",
            f"时间进度{share}" if share else "",
            self.past_half(),
            self.late_tasks(),
        )

    def late_tasks(self) -> str:
        """未办结的3项均已过完成时限 · 未办结任务中有2项已过完成时限: only what is not done can be late."""
        late = self.figure("tasks.late")
        if not late:
            return ""
        unfinished = int(self.plain("tasks.total")) - int(self.plain("tasks.done"))
        if int(self.plain("tasks.late")) < unfinished:
            return f"未办结任务中有{late}项已过完成时限"
        return f"未办结的{late}项{'均' if unfinished > 1 else ''}已过完成时限"

    def past_half(self) -> str:
        """时间过半、任务完成过半: in the first half of the year, from half done on, not behind the time."""
        if not self.facts["period"]["in_first_half"] or "time.share" not in self.figures:
            return ""
        completion = float(self.figures["tasks.completion"]["text"].rstrip("%"))
        if float(self.figures["time.share"]["text"].rstrip("%")) >= 100:
            return ""
        if completion < 50 or completion < float(self.figures["time.share"]["text"].rstrip("%")):
            return ""
        return "实现时间过半、任务完成过半"

    def recurring_kept(self) -> str:
        """逐次登记的常态化工作应落实52次，已落实48次，落实率92.3%; a hundred per cent needs no rate."""
        due, kept = self.figure("recurring.due"), self.figure("recurring.kept")
        if not due:
            return ""
        if self.plain("recurring.due") == self.plain("recurring.kept"):
            return sentence(f"逐次登记的常态化工作应落实{due}次，全部落实")
        rate = self.figure("recurring.rate")
        return sentence(f"逐次登记的常态化工作应落实{due}次，已落实{kept}次", f"落实率{rate}")

    def supervision(self) -> str:
        tasks, letters = self.figure("supervision.tasks"), self.figure("supervision.letters")
        return sentence(f"对进展缓慢的{tasks}项任务进行督办", f"印发督办函{letters}份") if letters else ""

    def shared_totals(self) -> str:
        """护学劝导、志愿服务日两项任务累计参与志愿者5060人次: whose sum it is, lest a register contradict it."""
        by_tasks: dict[tuple[str, ...], list[str]] = {}
        for row in self.facts["shared_totals"]:
            told = f"{clean(row['label'])}{mark(row['figure'], row['text'])}"
            by_tasks.setdefault(self.tasks_counting(row), []).append(told)
        return sentence(
            "；".join(
                f"{join_cn(names[:3])}{'等' if len(names) > 3 else ''}{counted(len(names))}项任务累计{join_cn(totals)}"
                for names, totals in by_tasks.items()
                if names
            )
        )

    def tasks_counting(self, shared: Row) -> tuple[str, ...]:
        """The tasks whose quantities the shared total adds up."""
        same = (shared["label"], measure_of(shared["text"]))
        return tuple(
            clean(task["name"])
            for task in self.facts["tasks"]
            if any((row["label"], measure_of(row["text"])) == same for row in task["totals"])
        )

    def statements(self, kind: str) -> list[Row]:
        return [row for row in self.registers["statements"] if row["kind"] == kind]

    def problems(self) -> list[Section]:
        rows = self.statements("problem")
        if not rows:
            return []
        texts = [text for row in rows for text in self.statement(row)]
        lead = f"在总结成绩的同时，{self.own}也清醒认识到，{self.short()}工作中还存在一些问题和不足"
        if not any(task["entries"] for task in self.facts["tasks"]):
            lead = f"{self.short()}工作中还存在一些问题和不足"
        return [Section("problems", "存在问题", 1, _enumerated(texts, lead=lead, single=f"{lead}，主要是"))]

    def next_steps(self) -> list[Section]:
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
        return [Section("next_steps", "下步打算", 1, _enumerated(texts, lead=lead, single=single))]

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

    def leading_scheme(self) -> str | None:
        """The scheme whose structure the text follows: chosen, else the one with hierarchy, headings, most tasks."""
        schemes = list(dict.fromkeys(row["scheme"] for row in self.facts["workstreams"]))
        if not schemes:
            return None
        if self.writing.scheme in schemes:
            return self.writing.scheme
        of_tasks = [pk for task in self.facts["tasks"] for pk in task["workstreams"]]

        def weight(scheme: str) -> tuple:
            rows = [row for row in self.facts["workstreams"] if row["scheme"] == scheme]
            return (
                any(row["parent"] for row in rows),
                sum(bool(row["heading"] or row["opening"]) for row in rows),
                sum(of_tasks.count(row["pk"]) for row in rows),
                -schemes.index(scheme),
            )

        return max(schemes, key=weight)

    def top_streams(self) -> list[Row]:
        return [row for row in self.children.get(None, []) if row["scheme"] == self.scheme]

    def told_streams(self) -> list[Row]:
        """The leading scheme's streams, each parent before its children."""

        def below(rows: Iterable[Row]) -> Iterable[Row]:
            for row in rows:
                yield row
                yield from below(self.children.get(row["pk"], []))

        return list(below(self.top_streams()))

    def tasks_by_stream(self) -> dict[int | None, list[Row]]:
        """Each task once, in the first of its streams that is told; None for those in no told stream."""
        told = {row["pk"] for row in self.told_streams()}
        tasks: dict[int | None, list[Row]] = {}
        for task in self.facts["tasks"]:
            if task["done_before"] and not task["entries"]:
                continue
            place = next((pk for pk in task["workstreams"] if pk in told), None)
            tasks.setdefault(place, []).append(task)
        return tasks

    def tell_schemes(self, rows: Sequence[Row]) -> str:
        return "".join(row["text"] for row in rows)

    def other_schemes(self) -> list[str]:
        """集中开展“六优行动”，即优美环境、优良秩序…: schemes with a name of their own, and what they are."""
        told = []
        for scheme in dict.fromkeys(row["scheme"] for row in self.facts["workstreams"]):
            if not scheme:
                continue
            rows = [row for row in self.facts["workstreams"] if row["scheme"] == scheme]
            if scheme == self.scheme:
                headed = any(scheme in clean(row["name"]) + _heading(row) for row in rows)
                if _NAMED_SCHEME.search(scheme) and not headed:
                    told.append(self.scheme_of_headings(scheme, rows))
                continue
            openings = [sentence(said(row["src"], row["opening"])) for row in rows if row["opening"]]
            told.append("".join([self.scheme_and_members(scheme, rows), *openings]))
        return [text for text in told if text]

    def scheme_of_headings(self, scheme: str, rows: Sequence[Row]) -> str:
        """The scheme the text follows, once; its members only where the headings do not name them all."""
        tops = self.members(scheme, rows)
        if len(tops) < 2 or _counts_others(scheme, tops) or all(clean(row["name"]) in _heading(row) for row in rows):
            return sentence(f"{self.short()}工作围绕“{scheme}”展开")
        return sentence(framed(scheme, SCHEME), f"即{join_cn([clean(row['name']) for row in tops])}")

    def scheme_and_members(self, scheme: str, rows: Sequence[Row]) -> str:
        """What a scheme beside the headings is made of; one member says nothing."""
        tops = self.members(scheme, rows)
        names = join_cn([_name_and_heading(row) for row in tops])
        if len(tops) < 2:
            return ""
        if _counts_others(scheme, tops):
            return sentence(f"围绕“{scheme}”推进工作", f"其中有{names}")
        return sentence(framed(scheme, SCHEME), f"即{names}")

    def members(self, scheme: str, rows: Sequence[Row]) -> list[Row]:
        """Its streams, or the children of a root that has the scheme's own name."""
        tops = [row for row in rows if row["parent"] not in self.streams]
        if len(tops) == 1 and clean(tops[0]["name"]) == clean(scheme):
            return self.children.get(tops[0]["pk"], [])
        return tops

    def units(self) -> list[Row]:
        """Partners that no task names, and the groups in which units are appraised."""
        named = {unit for task in self.facts["tasks"] for unit in (task["lead"], *task["beside"])}
        partners = [name for name in self.facts["partners"] if name not in named]
        told = []
        if partners:
            told.append({"text": sentence(f"共建单位有{join_cn(partners)}")})
        groups = [clean(name) for name in self.facts["appraisal_groups"]]
        if len(groups) > 1:
            told.append({"text": sentence(f"责任单位分{join_cn(groups)}{counted(len(groups))}个组进行考核")})
        return told

    def tell_units(self, rows: Sequence[Row]) -> str:
        return "".join(row["text"] for row in rows)

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
            if text or children:
                sections.append(Section(f"stream:{row['pk']}", _heading(row), min(level, 4), text))
                sections += children
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
        return _paragraphs([*opening, self.made_of(row), *before, *tasks, *after])

    def made_of(self, row: Row) -> str:
        """What the children of a stream are, so that no count in its heading stands alone."""
        children = [child for child in self.children.get(row["pk"], []) if self.is_of_speaker(child)]
        if not children:
            return ""
        names = [_heading(child) for child in children]
        name = clean(row["name"])
        number = _NUMERAL.match(name)
        if number and number[0] in _as_named(len(children)):
            return sentence(f"“{name}”即{join_cn(names, last='和')}")
        if all(begins_with_predicate(name) for name in names):
            means = all(name.startswith(("以", "用")) for name in names)
            return sentence(f"{'坚持' if means else '着力'}{join_cn(names)}")
        return sentence(f"重点推进{join_cn(names)}{counted(len(names)) + '项工作' if len(names) > 1 else ''}")

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
        return _paragraphs(told)

    # --- where the rows of the registers are told ----------------------------

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

    def tasks_of_leaf(self, pk: int) -> list[Row]:
        return self.tasks_of.get(pk, [])


def _paragraphs(sentences: Iterable[str]) -> str:
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


def _heading(row: Row) -> str:
    """The heading of a stream, without the number somebody typed before it: the text counts itself."""
    return without_number(clean(row["heading"])) or clean(row["name"])


def _name_and_heading(row: Row) -> str:
    """控烟（无烟环境行动）: both, where the heading does not say the name."""
    name, heading = clean(row["name"]), _heading(row)
    return heading if name in heading else f"{name}（{heading}）"


def _counts_others(scheme: str, members: Sequence[Row]) -> bool:
    """Whether the name counts more or fewer than are recorded, so that nothing may be said to be all of it."""
    number = _NUMERAL.match(scheme)
    return bool(number) and number[0] not in _as_named(len(members))  # type: ignore[index]  # matched, so it has one


def _as_named(number: int) -> set[str]:
    """How a name may write a count: 二 and 两."""
    return {chinese(number), counted(number)}


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


def _enumerated(texts: Sequence[str], *, lead: str, single: str) -> str:
    if len(texts) == 1:
        return sentence(f"{single}{texts[0]}")
    told = numbered(texts)
    if len(told) == 1:
        return f"{lead}：{told[0]}"
    return "\n".join([f"{lead}：", *told])


def _names(texts: Iterable[str], body: str, *, but: set[str]) -> bool:
    """Whether four characters on end stand in both, none of them a pair of `but`: 心理热线, and not 城南街道."""
    runs = {
        run[place : place + 4]
        for text in texts
        for run in re.findall(r"[\u3400-\u9fff]+", text)
        for place in range(len(run) - 3)
    }
    return any(run in body and not pairs(run) & but for run in runs)
