"""Tasks as sentences: who did what, how often, how far, with what it came to. No queries.

What was logged stands verbatim; the frame around it says who did it, once. Only who logged is told as a doer, the
others as those who help; that something goes on is said only of a state that says so.
"""

import re
from collections.abc import Sequence
from datetime import date

from cityinit.numerals import join_cn, parse_number
from cityinit.periods import day_in_words

from .frames import (
    DONE,
    DONE_BY_DEEDS,
    DUTY,
    REQUIREMENT,
    REQUIREMENT_IN_TURN,
    STANDS_DONE,
    framed,
    is_deed,
)
from .telling import Row, Telling
from .wording import begins_with_predicate, clause, clean, counted, mark, pairs, quoted, read, said, sentence

# A text that tells so many deeds is still read. Of more each task tells its share, and the workbook has them all.
MOST_DEEDS, LEAST_OF_A_TASK = 1_000, 2
_ADVERBS = ("每", "随时", "不定期", "定期", "节假日", "坚持")
_RATES = ("%", "‰", "分")
_UNQUOTED = str.maketrans("", "", "“”‘’《》")


class Deeds(Telling):
    """What it needs of the facts: the tasks with their log, and the instructions given for them."""

    def __init__(self, facts: Row):
        super().__init__(facts)
        self.required = 0
        self.named_units = self.units_named_somewhere()
        self.helpers_told: dict[str, str] = {}
        self.share = share_of(facts["tasks"])
        self.chosen: dict[str, tuple[list[tuple[Row, str]], int]] = {}

    def tell_tasks(self, tasks: Sequence[Row], within: Row | None = None) -> list[str]:
        """First what was logged, task by task; then recurring duty and progress of which nothing more is recorded."""
        told, about = [], clean(within["name"]) + clean(within["heading"]) if within else ""
        parents = {clean(task["parent"]) for task in tasks if task["parent"]}
        parent = ""
        for task in tasks:
            if not self.has_story(task):
                continue
            text = self.tell_task(task)
            if task["parent"] and clean(task["parent"]) != parent and clean(task["parent"]) not in about:
                parent = clean(task["parent"])
                text = text if parent in text else f"在{parent}方面，{text}"
            told.append(text)
        told += self.names_told_in_deed(tasks)
        bare = [task for task in tasks if not self.has_story(task)]
        quiet = self.quiet_recurring([task for task in bare if task["status"] == "recurring"])
        quiet += self.quiet_progress([task for task in bare if task["status"] != "recurring"])
        missing = [name for name in parents if name and not any(name in read(text) for text in [*told, *quiet, about])]
        if missing and quiet:
            quiet[0] = f"围绕{join_cn(missing)}，{quiet[0]}"
        return told + quiet

    def has_story(self, task: Row) -> bool:
        return bool(task["entries"] or task["requirement"] or task["target"] or self.instructions_for(task))

    def is_told_in_deed(self, task: Row) -> bool:
        """A done task whose log says in other words what its name says: the name follows, with what else is done."""
        first = self.logged_first(task)
        named = any(clean(task["name"]) in text for _entry, text in self.contents(task))
        return bool(task["status"] == "done" and first and not named and _repeats(first, clean(task["name"])))

    def names_told_in_deed(self, tasks: Sequence[Row]) -> list[str]:
        """操场路面平整硬化、校门改建均已办结: the tasks whose log has said the rest."""
        in_deed = [task for task in tasks if self.is_told_in_deed(task)]
        names = join_cn([self.named(task) for task in in_deed]) + ("均" if len(in_deed) > 1 else "")
        if any(is_deed(clean(task["name"])) for task in in_deed):
            return [sentence(f"{names}已完成")]
        return [sentence(framed(names, STANDS_DONE))] if in_deed else []

    def logged_first(self, task: Row) -> str:
        return next((text for _entry, text in self.contents(task)), "")

    def tell_task(self, task: Row) -> str:
        tell = {"recurring": self.tell_recurring, "open": self.tell_open, "done": self.tell_done}[task["status"]]
        contents = self.contents(task)
        named = any(clean(task["name"]) in text for _entry, text in contents)
        return tell(task, contents, named=named) + self.left_out(task) + self.long_requirement(task)

    def left_out(self, task: Row) -> str:
        """How much more was logged than the text tells; nothing where it tells all."""
        self.contents(task)
        more = self.chosen[task["src"]][1]
        return sentence(f"另有工作记录{mark(task['src'], str(more))}条，见Excel附表") if more else ""

    def tell_recurring(self, task: Row, contents: list, *, named: bool) -> str:
        often, told_often = clean(task["frequency"]), said(task["src"], task["frequency"])
        lead = inserted = ""
        if _is_done_in(self.logged_first(task), clean(task["name"])) and _is_counted(often):
            inserted = f"按照{told_often}的频次" if _is_times(often) else told_often
        elif not named or _is_counted(often):
            lead = self.recurring(task)
            if not contents or lead.startswith("坚持"):
                lead = f"{self.subject(task) if begins_with_predicate(lead) else self.led_by(task)}{lead}"
        spoken = self.spoken(task, contents, after=lead, inserted=inserted)
        why, required = self.grounds(task, then=bool(lead))
        return sentence(why, lead, required, spoken, self.quantities(task), self.target(task))

    def tell_done(self, task: Row, contents: list, *, named: bool) -> str:
        if not contents:
            lead = self.deed(task) or f"{self.led_by(task)}{framed(self.named(task), STANDS_DONE)}"
        else:
            lead = "" if named or self.is_told_in_deed(task) else self.how_far(task)
        spoken = self.spoken(task, contents, after=lead)
        return sentence(self.grounds(task)[0], lead, spoken, self.quantities(task), self.target(task))

    def deed(self, task: Row) -> str:
        """市创建办已成立创建工作领导小组: a name that begins with a verb says itself what was done."""
        name = clean(task["name"])
        if not is_deed(name):
            return ""
        return f"{self.subject(task)}{'' if name.startswith('已') else '已'}{self.named(task)}"

    def tell_open(self, task: Row, contents: list, *, named: bool) -> str:
        """How the task stands, then what was done; the other way round where the log speaks in the task's words."""
        standing = [self.target(task), self.deadline(task)]
        name = self.named_as_work(task)
        going = "正在推进" if self.is_underway(task) else ""
        if named or (going and contents and _speaks_of(self.all_logged(task), clean(task["name"]))):
            spoken = self.spoken(task, contents)
            goes_on = f"{'该项工作' if named else name}{going}" if going else ""
            said_of_it = [self.quantities(task), goes_on, *standing]
            return sentence(self.grounds(task)[0], spoken, *said_of_it)
        if not contents or self.helpers(task) or task["leader"] or any(standing):
            charged = self.charged(task)
            why, required = self.grounds(task, then=True)
            if charged:
                opened = [f"{name}{charged}", required, *standing, going]
            elif going or not any(standing):
                opened = [f"{name}{going or self.listed_as_task()}", required, *standing]
            else:
                opened = [f"{name}{clause(*standing)}", required]
            return sentence(why, *opened) + sentence(self.spoken(task, contents, led=True), self.quantities(task))
        opened = [f"{name}{going}" if going else f"围绕{self.named(task)}", self.spoken(task, contents)]
        return sentence(self.grounds(task)[0], *opened, self.quantities(task))

    @staticmethod
    def is_underway(task: Row) -> bool:
        """Whether a state says that somebody is at it; snapshots taken before this was kept said so of every task."""
        return task.get("underway", True)

    def listed_as_task(self) -> str:
        """All that is known of a task of which no state and no work is recorded."""
        return f"列入{self.short()}任务"

    def how_far(self, task: Row) -> str:
        """开展控烟宣传教育 · 市政设施所完成人行道板维修 · 爱卫中心开展春季灭鼠 · 背街小巷路面平整硬化已办结"""
        first = self.logged_first(task)
        if is_deed(clean(task["name"])):
            return f"{self.doers(task)}{self.named(task)}"
        # What is still carried on, or completed in the log's own words, is not completed by the frame.
        by_deeds = begins_with_predicate(first) and not re.match("完成|继续|持续", first)
        return framed(self.named(task), DONE_BY_DEEDS if by_deeds else DONE, who=self.doers(task))

    def contents(self, task: Row) -> list[tuple[Row, str]]:
        """What was logged, by day, each text once; where there is too much of it, highlights before all else."""
        if task["src"] not in self.chosen:
            told: dict[str, Row] = {}
            for entry in task["entries"]:
                told.setdefault(clean(entry["content"]), entry)
            every = [(entry, text) for text, entry in told.items()]
            # Sorting keeps the order of days among those alike.
            first = sorted(range(len(every)), key=lambda place: not every[place][0]["highlight"])
            kept = sorted(first[: self.share])
            self.chosen[task["src"]] = ([every[place] for place in kept], len(every) - len(kept))
        return self.chosen[task["src"]][0]

    def spoken(
        self, task: Row, contents: list[tuple[Row, str]], *, after: str = "", led: bool = False, inserted: str = ""
    ) -> str:
        """The logged texts in one breath, each with who did it where that is not said already.

        `after` is what the sentence has said; `led`, that it is told who leads; `inserted` comes before the first deed.
        """
        told: list[str] = []
        last = ""
        leads = task["lead"] in after or (task["lead_is_self"] and self.own in after)
        for place, (entry, text) in enumerate(contents):
            who = "" if entry["unit"] == last or _names_its_doer(text, entry["unit"]) else self.doer(entry, task)
            if place == 0 and not led:
                if not leads and not re.search("牵头|分管|负责", after):
                    who = self.opened_by_lead(task, entry, text) or who
                elif entry["unit"] == task["lead"]:
                    who = ""
            # After a text with a subject of its own the doer must be said again.
            last = entry["unit"] if entry["unit"] in text[:16] or begins_with_predicate(text) else ""
            told.append(f"{who}{inserted if place == 0 else ''}{said(entry['src'], text)}")
        return ("。" if any("。" in text for text in told) else "；").join(told)

    def opened_by_lead(self, task: Row, entry: Row, text: str) -> str:
        """Who leads and who did it, before the first of what was logged; nothing where the doer alone says enough."""
        many = self.helpers(task) or task["leader"]
        if entry["unit"] == task["lead"]:
            if not _names_its_doer(text, task["lead"]):
                return self.subject(task)
            return self.led_by(task) if many or task["lead"] not in text[:16] else ""
        doer = "" if _names_its_doer(text, entry["unit"]) else self.doer(entry, task)
        return f"{self.led_by(task)}{doer}" if many or not self.has_logged(task, task["lead"]) else ""

    def doer(self, entry: Row, task: Row) -> str:
        """Who logged it; the reporting unit itself goes without saying where the task is its own and nobody else's."""
        if not entry["unit_is_self"]:
            return entry["unit"]
        alone = task["lead_is_self"] and all(other["unit_is_self"] for other in task["entries"])
        return "" if alone else self.own

    def subject(self, task: Row) -> str:
        """Who did it: 后勤保障部 · 由后勤保障部牵头，门诊部配合，; the reporting unit itself goes without saying."""
        if self.helpers(task):
            return self.led_by(task)
        return f"{self.supervised(task)}{'' if task['lead_is_self'] else task['lead']}"

    def doers(self, task: Row) -> str:
        """市住建局会同东门街道: the lead with those who have logged work of their own, where a deed is told of all."""
        beside = [self.called(unit) for unit in task["beside"] if self.has_logged(task, unit)]
        lead = self.own if task["lead_is_self"] else task["lead"]
        if self.helpers(task) or not beside or not self.has_logged(task, task["lead"]):
            is_in_name = task["lead"] in clean(task["name"]) and not self.helpers(task)
            return self.supervised(task) if is_in_name else self.subject(task)
        return f"{self.supervised(task)}{lead}会同{self.capped(beside, of=task)}"

    @staticmethod
    def has_logged(task: Row, unit: str) -> bool:
        return any(entry["unit"] == unit for entry in task["entries"])

    def helpers(self, task: Row) -> str:
        """Responsible units that logged nothing; of many that are named elsewhere, the first two."""
        logged = self.all_logged(task)
        silent = [unit for unit in task["beside"] if not self.has_logged(task, unit) and unit not in logged]
        names = [self.called(unit) for unit in silent]
        if task["src"] not in self.helpers_told:
            self.helpers_told[task["src"]] = self.capped(names, of=task) if names else ""
            self.named_units.update(names)
        return self.helpers_told[task["src"]]

    def units_named_somewhere(self) -> set[str]:
        """Who stands in the text anyway: leads, those who logged, members of the leading groups."""
        named = {member["unit"] for group in self.registers["groups"] for member in group["members"]}
        for task in self.facts["tasks"]:
            named |= {task["lead"], *(entry["unit"] for entry in task["entries"])}
        return {self.called(unit) for unit in named}

    def capped(self, names: Sequence[str], *, of: Row) -> str:
        """甲、乙等六个单位, where each of them is named elsewhere."""
        # Of three the count would save no more than one name.
        if len(names) < 4 or not set(names) <= self.named_units:
            return join_cn(list(names))
        return f"{join_cn(list(names[:2]))}等{mark(of['src'], counted(len(names)))}个单位"

    def supervised(self, task: Row) -> str:
        return f"由{_leading(task)}，" if task["leader"] else ""

    def led_by(self, task: Row) -> str:
        """由后勤保障部牵头，门诊部配合，: for what has a subject of its own."""
        lead, helpers = self.own if task["lead_is_self"] else task["lead"], self.helpers(task)
        if helpers:
            return f"{self.supervised(task) or '由'}{lead}牵头，{helpers}配合，"
        return self.supervised(task) if task["lead_is_self"] else f"{self.supervised(task) or '由'}{lead}牵头，"

    def charged(self, task: Row) -> str:
        """由副市长分管，市城管局牵头，阳光街道配合"""
        helpers = self.helpers(task)
        lead = "" if task["lead_is_self"] and not helpers else self.own if task["lead_is_self"] else task["lead"]
        told = [
            _leading(task) if task["leader"] else "",
            f"{lead}牵头" if lead else "",
            f"{helpers}配合" if helpers else "",
        ]
        parts = clause(*told)
        return f"由{parts}" if parts else ""

    def recurring(self, task: Row) -> str:
        """随时免费测血压 · 门诊部厕所清扫坚持每半小时1次 · 不定期开展职业道德教育"""
        name, often = clean(task["name"]), clean(task["frequency"])
        named, told = self.named(task), said(task["src"], often)
        if any(word in name for word in ("定期", "每天", "每周", "每月", "随时")) and not _is_counted(often):
            told = ""
        if _is_times(often):
            return f"坚持{told}{named}" if begins_with_predicate(name) else f"{named}坚持{told}"
        if begins_with_predicate(name):
            return f"{told}{named}"
        if any(f"定期{name}" in clean(row["name"]) for row in self.registers["documents"]):
            # The rule on 定期例会 says how often; 不定期 would contradict it.
            return f"坚持{framed(named, DUTY)}"
        return f"{told}{framed(named, DUTY)}"

    @staticmethod
    def named(task: Row) -> str:
        return said(task["src"], task["name"])

    def named_as_work(self, task: Row) -> str:
        """The name where something is said of it: a verb phrase becomes the work it names."""
        name = clean(task["name"])
        plain = not begins_with_predicate(name) or name.endswith(("工作", "行动", "活动", "工程", "项目"))
        return self.named(task) + ("" if plain else "工作")

    def quiet_recurring(self, tasks: Sequence[Row]) -> list[str]:
        """Recurring duty of which no more is recorded than how often; that of one unit together."""
        by_lead: dict[tuple[str, str], list[str]] = {}
        for task in tasks:
            text = self.recurring(task)
            own = clean(task["name"]).startswith(task["lead"]) and not self.helpers(task)
            subject, led = ("", "") if own else (self.subject(task), self.led_by(task))
            if not self.helpers(task) and not task["leader"]:
                led = f"由{subject}负责，" if subject else ""
            by_lead.setdefault((subject, led), []).append(text)
        told = []
        for (subject, led), texts in by_lead.items():
            predicates = all(begins_with_predicate(text) or text.startswith(_ADVERBS) for text in texts)
            told.append(f"{subject if predicates else led}{'，'.join(texts)}")
        return [sentence("；".join(told) if len(by_lead) > 1 else "".join(told))] if told else []

    def quiet_progress(self, tasks: Sequence[Row]) -> list[str]:
        """街道办事处牵头的封闭区陈旧楼体外立面改造工程、社发局牵头的五十佳评比正在推进。"""
        deeds = [self.deed(task) for task in tasks if task["status"] == "done"]
        by_standing: dict[str, dict[str, list[str]]] = {}
        for task in sorted(tasks, key=lambda task: (task["status"] != "done", not self.is_underway(task))):
            if task["status"] != "done" or not self.deed(task):
                by_lead = by_standing.setdefault(self.standing_of(task), {})
                by_lead.setdefault(self.quiet_lead(task), []).append(self.quiet_name(task))
        return [sentence("；".join([*filter(None, deeds), *self.by_standing(by_standing)]))] if tasks else []

    @staticmethod
    def by_standing(tasks: dict[str, dict[str, list[str]]]) -> list[str]:
        """A clause for each standing, with the tasks by who leads them; one clause where one leads all."""
        leads = {lead for by_lead in tasks.values() for lead in by_lead}
        if len(leads) == 1 and len(tasks) > 1:
            return [leads.pop() + "，".join(f"{join_cn(*by.values())}{standing}" for standing, by in tasks.items())]
        told = []
        for standing, by_lead in tasks.items():
            names = [f"{lead}{join_cn(rows)}" for lead, rows in by_lead.items()]
            told.append(f"{'；'.join(names) if len(names) > 3 else '，'.join(names)}{standing}")
        return told

    def standing_of(self, task: Row) -> str:
        if task["status"] == "done":
            return framed(clean(task["name"]), STANDS_DONE).removeprefix(clean(task["name"]))
        return "正在推进" if self.is_underway(task) else self.listed_as_task()

    def quiet_lead(self, task: Row) -> str:
        leader = f"{clean(task['leader'])}分管、" if task["leader"] else ""
        helpers = self.helpers(task)
        lead = "" if task["lead_is_self"] and not helpers else self.own if task["lead_is_self"] else task["lead"]
        beside = f"、{helpers}配合" if helpers else ""
        return f"{leader}{lead}牵头{beside}的" if lead else (f"{leader.rstrip('、')}的" if leader else "")

    def quiet_name(self, task: Row) -> str:
        due = self.deadline(task)
        return self.named_as_work(task) + (f"（{due}）" if due else "")

    def grounds(self, task: Row, *, then: bool = False) -> tuple[str, str]:
        """Why it is done: the instruction and the requirement, in one clause before the deed where there are both.

        With `then` the requirement alone follows what is said of the task: 要求登记办证.
        """
        instruction, requirement = self.by_instruction(task), self.required_of(task)
        if instruction and requirement:
            return f"{instruction}和{requirement}{'' if read(requirement).endswith('要求') else '的要求'}", ""
        if then and begins_with_predicate(read(requirement)) and "要求" not in read(requirement):
            return "", f"要求{requirement}"
        return instruction or self.as_required(requirement), ""

    def by_instruction(self, task: Row) -> str:
        told = []
        for row in self.instructions_for(task):
            day = row["given_on"] and f"{row['given_on']}"
            content = said(row["src"], row["content"])
            if "“" in row["content"]:
                told.append(f"根据{clean(row['leader'])}{day}关于{content}的批示")
            else:
                told.append(f"根据{clean(row['leader'])}{day}{quoted(content)}的批示")
        return "，".join(told)

    def instructions_for(self, task: Row) -> list[Row]:
        return [row for row in self.registers["instructions"] if row["task"] == task["src"]]

    def required_of(self, task: Row) -> str:
        """The requirement, where it adds something to what name and log say."""
        text = clean(task["requirement"])
        if not text or self.is_long(text):
            return ""
        logged = [content for _entry, content in self.contents(task)]
        labels = [total["label"] for total in task["totals"]]
        known, wanted = pairs(task["name"], *logged, *labels), pairs(text)
        if any(text in content for content in logged) or (wanted and len(wanted & known) * 3 > len(wanted)):
            return ""
        return said(task["src"], text)

    def as_required(self, text: str) -> str:
        """按照…的要求 and 围绕… in turn: one opener before every task would drum."""
        if not text:
            return ""
        self.required += 1
        return framed(text, REQUIREMENT if self.required % 2 else REQUIREMENT_IN_TURN)

    def long_requirement(self, task: Row) -> str:
        text = clean(task["requirement"])
        return sentence(f"工作要求是：{said(task['src'], text)}") if self.is_long(text) else ""

    @staticmethod
    def is_long(text: str) -> bool:
        return len(text) > 48 or "。" in text or "；" in text

    def quantities(self, task: Row) -> str:
        """What the work came to, unless the log has just said it; 累计 once, before what was added up."""
        logged, target = self.all_logged(task), self.measured_by_target(task)
        told = [
            row for row in task["totals"] if row is target or row["terms"] > 1 or not _says_number(logged, row["text"])
        ]
        sums, single = [row for row in told if _is_sum(row)], [row for row in told if not _is_sum(row)]
        named = self.just_named(task, sums or single)
        summed = [
            self.amount(task, row, label="" if row is named else row["label"]) for row in _beginning_with(named, sums)
        ]
        others = [
            self.amount(task, row, label="共" if row is named else row["label"])
            for row in _beginning_with(named, single)
        ]
        return clause(f"累计{join_cn(summed)}" if summed else "", join_cn(others))

    def all_logged(self, task: Row) -> str:
        return "".join(text for _entry, text in self.contents(task))

    def just_named(self, task: Row, totals: Sequence[Row]) -> Row | None:
        """The total of what the log ends with, which need not be named again: 新建停车位，共320个."""
        # Of several units the sum must not look like the last one's.
        if any(map(_is_sum, totals)) and len({entry["unit"] for entry in task["entries"]}) > 1:
            return None
        counted_ones = (row for row in totals if not row["text"].endswith(_RATES))
        return next((row for row in counted_ones if _ends_with(self.all_logged(task), clean(row["label"]))), None)

    def amount(self, task: Row, total: Row, *, label: str) -> str:
        told = f"{clean(label)}{mark(total['figure'], total['text'])}"
        if total is self.measured_by_target(task):
            told += f"（目标{mark(task['src'], task['target'])}{clean(task['measure'])}）"
        return told

    def measured_by_target(self, task: Row) -> Row | None:
        """The quantity beside which the target stands: the only one in its measure, else the task's namesake."""
        same = self.in_measure_of_target(task)
        if len(same) > 1:
            same = [row for row in same if clean(row["label"]) == clean(task["name"])]
        if len(same) != 1 or not self.has_target(task):
            return None
        # What the log has just said is not said again for the target's sake.
        return None if same[0]["terms"] == 1 and _says_number(self.all_logged(task), same[0]["text"]) else same[0]

    def in_measure_of_target(self, task: Row) -> list[Row]:
        return [row for row in task["totals"] if measure_of(row["text"]) == measure_of(f"1{clean(task['measure'])}")]

    def has_target(self, task: Row) -> bool:
        """Whether there is one to tell: that of all units is none of a unit that only takes part."""
        return bool(task["target"]) and (self.facts["speaker"]["is_host"] or task["lead_is_self"])

    def target(self, task: Row) -> str:
        """The target alone; after quantities it does not measure it says of what it is one."""
        if not self.has_target(task) or self.measured_by_target(task):
            return ""
        alone = not task["totals"] or task["status"] == "open" or len(self.in_measure_of_target(task)) == 1
        of = "" if alone else self.named_as_work(task)
        return f"{of}目标为{mark(task['src'], task['target'])}{clean(task['measure'])}"

    def deadline(self, task: Row) -> str:
        if task["status"] != "open" or not task["due_on"]:
            return ""
        if task["due_on"] > self.facts["period"]["over_until"]:
            return f"计划{_words(task['due_on'])}前完成"
        return f"原定{_words(task['due_on'])}前完成"


def _is_sum(total: Row) -> bool:
    """Whether 累计 goes before it: several amounts added up, and no rate."""
    return total["terms"] > 1 and not (total["label"].startswith("累计") or total["text"].endswith(_RATES))


def _beginning_with(first: Row | None, totals: Sequence[Row]) -> list[Row]:
    """The totals in their order, but this one first."""
    return sorted(totals, key=lambda row: row is not first)


def _ends_with(text: str, label: str) -> bool:
    return bool(label) and text.translate(_UNQUOTED).endswith(label.translate(_UNQUOTED))


def _says_number(text: str, quantity: str) -> bool:
    """Whether the text has the quantity, if need be in other digits: 1.8万平方米 for 18000平方米."""
    if quantity in text:
        return True
    wanted = parse_number(quantity)
    said_there = (parse_number(text[found.start() :]) for found in re.finditer(r"(?<![\d.])\d", text))
    return wanted is not None and any(
        there is not None
        and there.value == wanted.value
        and there.qualifier == wanted.qualifier
        and there.measure.startswith(wanted.measure)
        for there in said_there
    )


def _repeats(text: str, name: str) -> bool:
    """Whether the text says again what the name says: nearly all of it, or most of it with the same verb."""
    if _speaks_of(text, name):
        return True
    begins_alike = begins_with_predicate(name) and text.startswith(name[:2])
    most = len(set(name) & set(text)) / len(set(name)) >= 0.6
    return begins_alike or (most and name[-2:] in text)


def _names_its_doer(text: str, unit: str) -> bool:
    """Whether nobody need be put before the text: it has a subject of its own, or says the unit early."""
    return unit in text[:16] or not begins_with_predicate(text)


def _is_done_in(text: str, name: str) -> bool:
    """Whether the text tells of doing just what the name says, so that how often may stand before it."""
    done = re.search(rf"(?:开展|进行|组织|参加|举办|召开|实施){re.escape(name)}(?=[，；。]|$)", text)
    return begins_with_predicate(text) and bool(done or (begins_with_predicate(name) and text.startswith(name)))


def _speaks_of(text: str, name: str) -> bool:
    """Whether the text uses nearly all the characters of the name, so that saying both would repeat it."""
    characters = set(re.findall(r"[\u3400-\u9fff]", name))
    return bool(characters) and len(characters & set(text)) / len(characters) >= 0.8


def measure_of(quantity: str) -> str:
    """The measure of a quantity in one spelling: 平方米 of 3150余平米."""
    measure = re.sub(r"^[^\d]*[\d.]+[百千万亿]*[余多]?|以上$|左右$", "", quantity)
    return {"平米": "平方米", "㎡": "平方米", "千米": "公里"}.get(measure, measure)


def _leading(task: Row) -> str:
    """高峰分管; 分管副市长负责."""
    leader = clean(task["leader"])
    return f"{leader}{'负责' if '分管' in leader else '分管'}"


def _is_counted(often: str) -> bool:
    """每天1次, 每周五: how often it is, not only when."""
    return bool(re.match(r"每|一[天日周月季年]|\d", often))


def _is_times(often: str) -> bool:
    """每天2次 and not 每周五."""
    return _is_counted(often) and bool(re.search(r"[次遍轮回]$", often))


def _words(iso: str) -> str:
    return day_in_words(date.fromisoformat(iso))


def share_of(tasks: Sequence[Row]) -> int | None:
    """How many deeds of one task a text tells; None where it tells all there are."""
    logged = [len(task["entries"]) for task in tasks if task["entries"]]
    return max(LEAST_OF_A_TASK, MOST_DEEDS // len(logged)) if sum(logged) > MOST_DEEDS else None
