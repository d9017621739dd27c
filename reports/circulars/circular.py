"""What every circular of the office shares, 督查通报 and 模拟测评通报: whose findings, how it begins, asks and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.models import Round
from reports.models import Template
from reports.registers.charted import Charted
from reports.registers.reading import Row
from reports.sections import Section, enumerated, linked
from reports.telling import Telling
from reports.wording import clean, items, sentence
from units.models import Unit
from units.notices import office_of


class CircularFacts(Charted):
    """Of a round what became of its findings is told as of the day of writing, of a period as of its last day."""

    def __init__(self, campaign: Campaign, period: Period, on: date, of_round: Round | None, template: Template | None):
        as_of = Period(period.first, max(period.last, on)) if of_round else period
        super().__init__(campaign, as_of, None, on, template)
        self.round = of_round

    def begun(self, kind: str) -> Row:
        return {**self.head(kind), "writing": self.issued_by_the_office(), "registers": {}}

    def ended(self, told: Row, tables: Sequence[Row]) -> Row:
        """The facts with what every circular annexes, and where each number leads."""
        return {
            **told,
            "tables": list(tables),
            "ledgers": {"tasks": [], "findings": self.finding_ledger()},
            "pairs": self.pairs(),
            "charts": self.charts(),
            "figures": self.figures,
            "sources": self.sources,
        }

    def issued_by_the_office(self) -> Row:
        """To the responsible units and signed by the office, unless the template says otherwise."""
        written = self.writing()
        office = Unit.objects.filter(posts__user__in=office_of(self.campaign.host), host=self.campaign.host.host)
        signed = office.exclude(pk=self.campaign.host_id).order_by("position", "pk").first()
        return written | {
            "addressee": written["addressee"] or "各责任单位",
            "signature": written["signature"] or self.name_of(signed or self.campaign.host),
        }


class CircularTelling(Telling):
    """`PARTS` in the template's order, each by the method of its name; what the office wrote itself stands as it is."""

    PARTS: Mapping[str, str]

    def __init__(self, facts: Row):
        super().__init__(facts)
        self.writing = facts["writing"]

    def sections(self) -> list[Section]:
        chosen = [part for part in self.writing["parts"] or self.PARTS if part in self.PARTS]
        told: list[Section] = [section for part in chosen for section in getattr(self, part)()]
        return linked(told, self.writing["headings"])

    def opening(self) -> list[Section]:
        own = self.writing["opening"]
        text = sentence(clean(own)) if own else f"{self.opened()}现将有关情况通报如下："
        return [Section("opening", "", 0, text)]

    def opened(self) -> str:
        """The first sentence, where the office has none of its own."""
        raise NotImplementedError

    def requirements(self) -> list[Section]:
        if own := self.writing["requirements"]:
            return self.part("requirements", enumerated(items(clean(own)), lead="下一步", single=""))
        texts = self.asked_for()
        if not texts:
            return []
        return self.part("requirements", enumerated(texts, lead="各责任单位要做好以下工作", single="各责任单位要"))

    def asked_for(self) -> list[str]:
        """What is asked of the units, where the office has no words of its own."""
        raise NotImplementedError

    def closing(self) -> list[Section]:
        own = self.writing["closing"]
        return [Section("closing", "", 0, sentence(clean(own)))] if own else []

    def part(self, key: str, text: str) -> list[Section]:
        """A part of the first level, under its usual heading."""
        return [Section(key, self.PARTS[key], 1, text)]
