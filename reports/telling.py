"""What every telling of rows shares: the facts, what the speaker is called, and how long lists are cut. No queries.

Each `tell_…` of the kinds below takes the rows of one register that are told in one place and gives whole sentences, or
nothing. What a row says stands in them verbatim; numbers lead back to the figure or the record they come from.
"""

import re
from collections.abc import Sequence

from cityinit.numerals import join_cn

from .wording import (
    clean,
    counted,
    mark,
    said,
    together,
)

Row = dict
# More rows than this are told by what they come to and by some of them.
MANY, TOLD_OF_MANY = 12, 8
# So many names stand in a list that is cut.
NAMED = 8
# So many types of sites are named one by one.
TYPES_NAMED = 5


class Telling:
    """What it needs of the facts: the figures, what the speaker calls itself, and the campaign's short name."""

    def __init__(self, facts: Row):
        self.facts = facts
        self.figures = facts["figures"]
        self.volunteering_told = 0
        self.documents_counted = False
        self.duty_told = 0
        self.introduced: set[str] = set()
        self.registers = facts["registers"]
        self.own = facts["speaker"]["own_name"]
        # A unit's report tells what was done to the unit, where the host's tells what the host did.
        self.is_host = facts["speaker"]["is_host"]

    def short(self) -> str:
        return clean(self.facts["campaign"]["short_name"]) or "创建"

    def group_called(self, name: str) -> str:
        """领导小组, once the text has said which, and where there is only one."""
        found = re.search(r"(领导小组|总指挥部|指挥部|委员会|工作专班)$", name)
        if name not in self.introduced or not found or len(name) < 10:
            return name
        same = [row for row in self.registers["groups"] if clean(row["name"]).endswith(found[1])]
        return found[1] if len(same) == 1 else name

    def called(self, name: str) -> str:
        """What the text calls it: 我市 for the speaker itself."""
        return self.own if name and name == self.facts["speaker"]["name"] else name

    def figure(self, key: str) -> str:
        """The figure as it stands in the text, leading back to its records; nothing where it is unknown."""
        return mark(key, self.figures[key]["text"]) if key in self.figures else ""

    def plain(self, key: str) -> str:
        return self.figures[key]["text"] if key in self.figures else ""

    def at_sites(self, types: Sequence[str], key: str) -> str:
        """社区、农贸市场等56个点位; of many types how many they are: 社区、农贸市场、公园等十五类56个点位."""
        sites = f"{self.figure(key)}个点位"
        names = [clean(name) for name in types]
        if len(names) > TYPES_NAMED:
            return f"{join_cn(names[:3])}等{mark(key, counted(len(names)))}类{sites}"
        return f"{join_cn(names)}{'等' if len(names) > 1 else ''}{sites}"

    def said_row(self, row: Row, key: str) -> str:
        return said(row["src"], row[key])


def named_once(rows: Sequence[Row]) -> list[Row]:
    """The speaker's own rows first, then unit by unit, each unit (`of`) named in the first of its rows only."""
    units = list(dict.fromkeys(["", *(row["unit"] for row in rows)]))
    ordered = sorted(rows, key=lambda row: units.index(row["unit"]))
    befores = [None, *(row["unit"] for row in ordered)]
    return [
        {**row, "of": row["unit"], "unit": "" if row["unit"] == before else row["unit"]}
        for row, before in zip(ordered, befores, strict=False)
    ]


def leading_to(rows: Sequence[Row], text: str) -> str:
    """The text as a number that leads to all these rows."""
    return mark(together([row["src"] for row in rows]), text)


def several(rows: Sequence[Row]) -> str:
    """How many rows there are, as a structural count that leads to all of them: 四."""
    return leading_to(rows, counted(len(rows)))


def some_of(names: Sequence[str], counter: str, *, of: Sequence[Row] = (), most: int = 3) -> str:
    """甲、乙、丙等六个单位; all of them where they are few. The count leads to the rows `of` which it is, if given."""
    if len(names) <= most + 2:
        return join_cn(list(names))
    many = counted(len(names))
    if of:
        many = leading_to(of, many)
    return f"{join_cn(list(names[:most]))}等{many}{counter}"
