"""What units say of themselves, in the city's text: under their workstream after what the city says. No queries."""

from collections.abc import Iterable, Sequence

from .sections import Section
from .telling import Row
from .wording import read, remark, sentence

# The part that takes what stands under no workstream, and the parts that take what is said of them.
UNITS = "units"
STATED = ("problems", "next_steps")
# Longer than this, paragraphs are divided into several sections: each is edited by itself.
MOST_CHARACTERS = 20_000


class UnitParagraphs:
    """What it needs of the facts: the contributions that are told. Each paragraph stands in one place."""

    def __init__(self, rows: Sequence[Row]):
        self.rows = rows
        self.spoken = {(row["key"], row["unit"]) for row in rows}

    def stated(self, key: str) -> set[str]:
        """The units that say themselves what is to be said under the key."""
        return {unit for spoken, unit in self.spoken if spoken == key}

    def speaks_for_itself(self, task: Row, place: int | None) -> bool:
        """Whether the task is one unit's alone, and that unit tells of this workstream in words of its own."""
        unit, key = task["lead"], "other" if place is None else f"stream:{place}"
        alone = not task["beside"] and all(entry["unit"] == unit for entry in task["entries"])
        return alone and (key, unit) in self.spoken

    def under(self, key: str, *, called: str) -> list[Section]:
        """The paragraphs of one key, unit by unit."""
        return _sections([row for row in self.rows if row["key"] == key], called)

    def beside(self, keys: Iterable[str]) -> list[Section]:
        """The paragraphs that stand under none of these keys."""
        told = set(keys)
        return _sections([row for row in self.rows if row["key"] not in told], UNITS)


def _sections(rows: Sequence[Row], called: str) -> list[Section]:
    """One paragraph a unit, begun with its name, in sections of a length that can be edited."""
    by_unit: dict[str, list[str]] = {}
    for row in rows:
        by_unit.setdefault(row["src"], [f"{row['unit']}："]).append(sentence(remark(row["text"], row["links"])))
    sections: list[Section] = []
    room = 0
    for paragraph in ("".join(pieces) for pieces in by_unit.values()):
        length = len(read(paragraph))
        if not sections or length > room:
            key = called if not sections else f"{called}:{len(sections) + 1}"
            sections.append(Section(key, "", 0, paragraph))
            room = MOST_CHARACTERS - length
        else:
            sections[-1].text += f"\n{paragraph}"
            room -= length
    return sections
