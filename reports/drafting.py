"""What a unit would say of itself, written from its records: one draft paragraph for each workstream it worked in.

The unit is spoken of by its name, as the city's summary does; what the city says once for all (the opening sentence of
a workstream, its phases and schemes) is left to the city.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign, Task
from cityinit.periods import Period
from units.models import Unit

from .facts import collect
from .models import Kind, Paragraph, Template
from .narrative import BODY, Writer, Writing, in_paragraphs
from .numbers import relink, said_by, said_in, unknown_numbers
from .places import BEFORE_TASKS
from .registers import Row, sources_of
from .streams import heading_of, leading_scheme
from .wording import numbered, sentence, unmark

# What the city tells of all units together.
TOLD_BY_CITY = frozenset(
    {"units", "phases", "schemes", "indicators", "sites", "assessments", "surveys", "materials", "instructions"}
)
HEADINGS = {Paragraph.OTHER: "其他工作", Paragraph.PROBLEMS: "存在问题", Paragraph.NEXT_STEPS: "下步打算"}


@dataclass(frozen=True)
class Drafted:
    key: str
    heading: str
    text: str
    links: list[dict]


@dataclass(frozen=True)
class Draft:
    """The paragraphs in their order, empty where nothing is recorded, with the figures they and others may speak of.

    `lists` are the keys of the records that the figures count, by their digests.
    """

    paragraphs: Sequence[Drafted]
    figures: Row
    lists: dict[str, list[int]]
    sources: Row


def draft_of(campaign: Campaign, period: Period, unit: Unit, *, on: date) -> Draft:
    """What the unit's records of the period say on that day. ValueError for a period that has not begun."""
    template = Template.objects.for_kind(campaign, Kind.SUMMARY)
    gathered = collect(campaign, period, unit=unit, on=on, template=template)
    facts = gathered.facts
    facts["speaker"]["own_name"] = facts["speaker"]["name"]
    # Where it only helps and has logged nothing, it has nothing of its own to tell.
    facts["tasks"] = [task for task in facts["tasks"] if task["lead_is_self"] or task["entries"]]
    scheme = leading_scheme(facts["workstreams"], _streams_of_tasks(campaign), chosen=template.scheme)
    told = _Paragraphs(facts, Writing(scheme=scheme or "")).drafted()
    used = {source for each in told for link in each.links for source in sources_of(link["figure"])}
    sources = {key: label for key, label in facts["sources"].items() if key in used}
    lists = {digest: list(kept.keys) for digest, kept in gathered.lists.items()}
    return Draft(told, facts["figures"], lists, sources)


def links_of(text: str, paragraph: Paragraph, figures: Row) -> list[dict]:
    """Where the numbers of a typed text lead: as in the draft, else to a figure it says; to nothing where neither fits.

    [{start, end, figure}] in their order, `figure` empty for a number that is in no record.
    """
    if text == paragraph.drafted:
        return paragraph.drafted_links
    here = said_in(paragraph.drafted, paragraph.drafted_links)
    # In an order of our own: that of stored keys is the database's.
    known = relink(text, here=here, elsewhere=said_by(dict(sorted(figures.items()))))
    unknown = [{**span, "figure": ""} for span in unknown_numbers(text, known)]
    return sorted([*known, *unknown], key=lambda link: link["start"])


def _streams_of_tasks(campaign: Campaign) -> list[int]:
    """The workstreams of all tasks: the text of each unit follows the scheme that the city's does."""
    standing = Task.workstreams.through.objects.filter(task__campaign=campaign).exclude(task__state=Task.State.DRAFT)
    return list(standing.order_by().values_list("workstream", flat=True))


class _Paragraphs(Writer):
    def drafted(self) -> list[Drafted]:
        texts = [
            *((f"stream:{row['pk']}", heading_of(row), self.of_stream(row)) for row in self.told_streams()),
            (Paragraph.OTHER, HEADINGS[Paragraph.OTHER], self.rest()),
            (Paragraph.PROBLEMS, HEADINGS[Paragraph.PROBLEMS], self.stated("problem")),
            (Paragraph.NEXT_STEPS, HEADINGS[Paragraph.NEXT_STEPS], self.stated("next_step")),
        ]
        parents = {f"stream:{pk}" for pk in self.children if pk is not None}
        # Under a heading that only holds others nobody writes, unless work stands there.
        return [Drafted(key, heading, *unmark(text)) for key, heading, text in texts if text or key not in parents]

    def of_stream(self, row: Row) -> str:
        before: list[str] = []
        after: list[str] = []
        for kind, text in self.told_by_unit(row["pk"]):
            (before if kind in BEFORE_TASKS else after).append(text)
        return in_paragraphs([*before, *self.tell_tasks(self.tasks_of.get(row["pk"], []), within=row), *after])

    def rest(self) -> str:
        """Tasks outside the scheme, and what fits none of its streams."""
        tasks = [self.other_tasks(rest)] if (rest := self.tasks_of.get(None)) else []
        return in_paragraphs([*tasks, *(text for part in BODY for _kind, text in self.told_by_unit(part))])

    def told_by_unit(self, place: str | int) -> Iterable[tuple[str, str]]:
        return ((kind, text) for kind, text in self.told_by_kind(place) if kind not in TOLD_BY_CITY)

    def stated(self, kind: str) -> str:
        texts = [text for row in self.statements(kind) for text in self.statement(row)]
        return "\n".join(numbered(texts)) if len(texts) > 1 else "".join(map(sentence, texts))
