"""The workstreams whose structure the text follows, the tasks in each, and the schemes told beside. No queries."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from cityinit.numerals import chinese, join_cn

from .deeds import Deeds
from .frames import SCHEME, framed
from .telling import Row, several
from .unit_paragraphs import UnitParagraphs
from .wording import begins_with_predicate, clean, counted, said, sentence, without_number

# Names of schemes that mean something; the others only say how the text is divided.
_NAMED_SCHEME = re.compile(r"^[一二两三四五六七八九十]+.{2,}|.{2,}(行动|工程|计划|攻坚)$")
_NUMERAL = re.compile(r"[一二两三四五六七八九十]+")


class Streams(Deeds):
    """What it needs of the facts: the workstreams with their schemes, and the tasks that stand in them."""

    def __init__(self, facts: Row, *, scheme: str, units: UnitParagraphs):
        super().__init__(facts)
        self.by_units = units
        self.streams = {row["pk"]: row for row in facts["workstreams"]}
        self.children: dict[int | None, list[Row]] = {}
        for row in facts["workstreams"]:
            parent = row["parent"] if row["parent"] in self.streams else None
            self.children.setdefault(parent, []).append(row)
        self.scheme = self.leading_scheme(chosen=scheme)
        self.leaves = [row for row in self.told_streams() if not self.children.get(row["pk"])]
        self.tasks_of = self.tasks_by_stream()

    def leading_scheme(self, *, chosen: str) -> str | None:
        """The scheme whose structure the text follows."""
        of_tasks = [pk for task in self.facts["tasks"] for pk in task["workstreams"]]
        return leading_scheme(self.facts["workstreams"], of_tasks, chosen=chosen)

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
        """Each task once, in the first of its streams that is told; None for those in no told stream.

        What a unit tells itself of a task that is its alone is not told again.
        """
        told = {row["pk"] for row in self.told_streams()}
        tasks: dict[int | None, list[Row]] = {}
        for task in self.facts["tasks"]:
            if task["done_before"] and not task["entries"]:
                continue
            place = next((pk for pk in task["workstreams"] if pk in told), None)
            if self.by_units.speaks_for_itself(task, place):
                continue
            tasks.setdefault(place, []).append(task)
        return tasks

    def tasks_of_leaf(self, pk: int) -> list[Row]:
        return self.tasks_of.get(pk, [])

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
                headed = any(scheme in clean(row["name"]) + heading_of(row) for row in rows)
                if _NAMED_SCHEME.search(scheme) and not headed:
                    told.append(self.scheme_of_headings(scheme, rows))
                continue
            openings = [sentence(said(row["src"], row["opening"])) for row in rows if row["opening"]]
            told.append("".join([self.scheme_and_members(scheme, rows), *openings]))
        return [text for text in told if text]

    def scheme_of_headings(self, scheme: str, rows: Sequence[Row]) -> str:
        """The scheme the text follows, once; its members only where the headings do not name them all."""
        tops = self.members(scheme, rows)
        if len(tops) < 2 or _counts_others(scheme, tops) or all(clean(row["name"]) in heading_of(row) for row in rows):
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

    def made_of(self, row: Row, children: Sequence[Row]) -> str:
        """What the children of a stream are, so that no count in its heading stands alone."""
        if not children:
            return ""
        names = [heading_of(child) for child in children]
        name = clean(row["name"])
        number = _NUMERAL.match(name)
        if number and number[0] in _as_named(len(children)):
            return sentence(f"“{name}”即{join_cn(names, last='和')}")
        if all(begins_with_predicate(name) for name in names):
            means = all(name.startswith(("以", "用")) for name in names)
            return sentence(f"{'坚持' if means else '着力'}{join_cn(names)}")
        return sentence(f"重点推进{join_cn(names)}{several(children) + '项工作' if len(names) > 1 else ''}")


def leading_scheme(streams: Sequence[Row], of_tasks: Sequence[int], *, chosen: str) -> str | None:
    """The scheme a text follows: chosen, else the one with hierarchy, headings, most tasks.

    `of_tasks` are the streams in which tasks stand, one for each time.
    """
    schemes = list(dict.fromkeys(row["scheme"] for row in streams))
    if not schemes:
        return None
    if chosen in schemes:
        return chosen
    often = Counter(of_tasks)

    def weight(scheme: str) -> tuple:
        rows = [row for row in streams if row["scheme"] == scheme]
        return (
            any(row["parent"] for row in rows),
            sum(bool(row["heading"] or row["opening"]) for row in rows),
            sum(often[row["pk"]] for row in rows),
            -schemes.index(scheme),
        )

    return max(schemes, key=weight)


def heading_of(row: Row) -> str:
    """The heading of a stream, without the number somebody typed before it: the text counts itself."""
    return without_number(clean(row["heading"])) or clean(row["name"])


def _name_and_heading(row: Row) -> str:
    """控烟（无烟环境行动）: both, where the heading does not say the name."""
    name, heading = clean(row["name"]), heading_of(row)
    return heading if name in heading else f"{name}（{heading}）"


def _counts_others(scheme: str, members: Sequence[Row]) -> bool:
    """Whether the name counts more or fewer than are recorded, so that nothing may be said to be all of it."""
    number = _NUMERAL.match(scheme)
    return bool(number) and number[0] not in _as_named(len(members))  # type: ignore[index]  # matched, so it has one


def _as_named(number: int) -> set[str]:
    """How a name may write a count: 二 and 两."""
    return {chinese(number), counted(number)}
