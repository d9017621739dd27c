"""What came of it: checks, materials, honours, surveys, and what the office says of itself."""

from campaigns import material_figures
from campaigns.models import Breach, ExternalAssessment, Honour, Reward, SelfCheck, Statement, Survey
from cityinit.numerals import number
from cityinit.periods import day_in_words

from .reading import Reading, Row, count, in_words

# Who has not agreed to be named.
UNNAMED = "有关个人"


class Outcomes(Reading):
    """The registers that `reports/outcomes.py` tells, and the statements."""

    def self_checks(self) -> list[Row]:
        rows = self.happened(SelfCheck.objects.of(self.campaign), day="checked_on").select_related("indicator")
        rows = rows.prefetch_related("indicator__units", "indicator__former_charges__unit")
        latest = {
            row.indicator_id: row
            for row in rows.order_by("checked_on", "pk")
            if not self.unit or self.answers_for(row.indicator)
        }
        return [
            {
                "src": self.note(row, f"指标自查 {row.indicator.code} {row.checked_on:%Y-%m-%d}"),
                "indicator": row.indicator.name,
                "full": number(row.indicator.score) if row.indicator.score is not None else "",
                "checked_on": in_words(row.checked_on),
                "score": number(row.score) if row.score is not None else "",
                "gap": row.gap,
                "measure": row.measure,
                "person": row.person,
            }
            for row in sorted(latest.values(), key=lambda row: (row.position, row.pk))
        ]

    def breaches(self) -> list[Row]:
        """What came about of the negative list; a look that found none counts as 0, and 0 that was recorded is told."""
        rows = self.happened(self.rows(Breach), day="happened_on").select_related("standard__indicator", "unit")
        found = list(rows.order_by("happened_on", "position", "pk"))
        if found:
            times = sum(row.times for row in found)
            self.figure("breaches", times, label="负面清单事项起数", basis="期内登记的起数之和", records=found)
        return [
            {
                "src": self.note(row, f"负面清单事项 {row.standard.full_number} {row.happened_on:%Y-%m-%d}"),
                "item": row.standard.content,
                "happened_on": in_words(row.happened_on),
                "unit": self.other(row.unit),
                "times": row.times,
                "content": row.content,
                "points": number(row.points) if row.points is not None else "",
                "handling": row.handling,
            }
            for row in found
        ]

    def materials(self) -> list[Row]:
        """How many materials were asked for, handed in and passed by the last day; nothing where none was asked."""
        found = material_figures.completeness(**self.asked)
        if not found.asked:
            return []
        asked = material_figures.asked_materials(**self.asked)
        self.registered("materials.asked", found.asked, records=asked)
        handed_in = material_figures.submitted_materials(**self.asked)
        self.registered("materials.submitted", found.submitted, records=handed_in)
        passed = material_figures.accepted_materials(**self.asked)
        self.registered("materials.accepted", found.accepted, records=passed)
        self.registered("materials.rate", found.rate, records=asked)
        filed = material_figures.filed_online(**self.asked)
        return [{"src": "materials.asked", "unit": "", "kind": "网上申报材料" if filed else "测评材料"}]

    def honours(self) -> list[Row]:
        rows = self.happened(Honour.objects.of(self.campaign), day="granted_on")
        if self.unit:
            names = self.units_then.values_list("name", flat=True)
            rows = rows.filter(pk__in=[row.pk for row in rows if any(name in row.honoured for name in names)])
        return [
            {
                "src": self.note(row, f"荣誉 {row.name}"),
                "kind": row.kind,
                "name": row.name,
                "granted_by": row.granted_by,
                # Who has not agreed is neither named nor told of; that the honour was won is no secret.
                "honoured": row.honoured if row.may_be_told else UNNAMED if row.kind == Honour.Kind.WON else "",
                "deed": row.deed if row.may_be_told else "",
                "granted_on": in_words(row.granted_on),
            }
            for row in rows.order_by("-kind", "position", "pk")
        ]

    def rewards(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"奖惩 {self.name_of(row.unit)} {row.get_kind_display()}"),
                "unit": self.name_of(row.unit),
                "person": row.person,
                "kind": row.kind,
                "points": number(row.points) if row.points is not None else "",
                "reason": row.reason,
            }
            for row in self.happened(self.rows(Reward), day="given_on").select_related("unit")
        ]

    def surveys(self) -> list[Row]:
        if self.unit:
            return []
        told = []
        for row in self.happened(Survey.objects.of(self.campaign), day="held_on").order_by("held_on", "pk"):
            rates = []
            for key, label in (
                ("awareness", "知晓率"),
                ("support", "支持率"),
                ("participation", "参与率"),
                ("satisfaction", "满意率"),
            ):
                if (value := getattr(row, key)) is not None:
                    told_as = self.figure(
                        f"survey:{row.pk}:{key}",
                        value,
                        suffix="%",
                        label=f"{label}（{row.name}）",
                        basis=f"{day_in_words(row.held_on)}调查结果",
                        records=[row],
                    )
                    rates.append([label, told_as])
            told.append(
                {
                    "src": self.note(row, f"满意度调查 {row.name}"),
                    "name": row.name,
                    "held_on": in_words(row.held_on),
                    "sample": count(row.sample),
                    "rates": rates,
                }
            )
        return told

    def assessments(self) -> list[Row]:
        if self.unit:
            return []
        rows = self.happened(ExternalAssessment.objects.of(self.campaign), day="held_on")
        return [
            {
                "src": self.note(row, f"外部测评 {row.name} {row.held_on:%Y-%m-%d}"),
                "name": row.name,
                "held_on": in_words(row.held_on),
                "organiser": row.organiser,
                "group": row.group,
                "score": number(row.score) if row.score is not None else "",
                "rank": row.rank,
            }
            for row in rows.order_by("held_on", "pk")
        ]

    def statements(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"{row.get_kind_display()} {row.content[:20]}"),
                "kind": row.kind,
                "unit": self.other(row.unit),
                "content": row.content,
            }
            for row in self.happened(self.rows(Statement), day="said_on").select_related("unit")
        ]
