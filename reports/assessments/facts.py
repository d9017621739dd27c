"""What a 模拟测评通报 may tell: the published scores of a round by type, unit, site and item."""

from datetime import date
from functools import cached_property

from cityinit.periods import Period
from inspections import score_figures as scores
from inspections.models import Round, Visit
from inspections.rules import Verdict
from inspections.score_figures import Line, Scored
from reports.circulars.circular import CircularFacts
from reports.frozen import Gathered
from reports.models import Kind, Template
from reports.ranking import placed
from reports.registers.reading import Row

# A site below it is named.
LOW = 60


def collect(of_round: Round, period: Period, *, on: date, template: Template | None = None) -> Gathered:
    """The scores of a round as they were published, with what was found there as of the day `on`."""
    collector = _Collector(of_round, period, on, template)
    return collector.gathered(collector.facts())


class _Collector(CircularFacts):
    def __init__(self, of_round: Round, period: Period, on: date, template: Template | None):
        super().__init__(of_round.campaign, period, on, of_round, template)
        self.span = period.span

    def facts(self) -> Row:
        told = self.begun(Kind.ASSESSMENT)
        assert self.round is not None  # noqa: S101  # every one has a round
        told["round"] = {
            "src": self.note(self.round, f"督查批次 {self.round.name}"),
            "name": self.round.name,
            "span": self.span,
        }
        self.overall()
        told["kinds"] = [self.line("kind", line, place) for place, line in placed(scores.by_kind(self.scored), _score)]
        told["groups"] = self.groups()
        told["low"] = self.low()
        told["failed"] = self.failed()
        told["all_dispatched"] = all(self.led_then(row) for row in self.findings)
        return self.ended(told, self.tables(told))

    @cached_property
    def scored(self) -> list[Scored]:
        return _scored(self.round)

    @cached_property
    def scored_before(self) -> list[Scored]:
        return _scored(self.former) if self.former else []

    @cached_property
    def before(self) -> dict[str, dict[int, Line]]:
        """The lines of the round before, by type and by unit."""
        return {
            "kind": {line.key: line for line in scores.by_kind(self.scored_before)},
            "unit": {line.key: line for line in scores.by_unit(self.scored_before)},
        }

    @cached_property
    def former(self) -> Round | None:
        return scores.round_before(self.round, Visit.objects.of(self.campaign)) if self.round else None

    def overall(self) -> None:
        visits = [row.visit for row in self.scored]
        self.figure(
            "sites", len(visits), label="测评点位数", basis="督查批次中填完检查表、有得分的点位", records=visits
        )
        if (score := scores.mean_of(self.scored)) is not None:
            basis = f"各点位得分的平均：{scores.told_mean(self.scored)}"
            self.figure("score", score, label="总得分", basis=basis, records=visits)
        if self.former and (earlier := scores.mean_of(self.scored_before)) is not None:
            earlier_visits = [row.visit for row in self.scored_before]
            basis = f"“{self.former.name}”各点位得分的平均"
            self.figure("score.before", earlier, label="上次总得分", basis=basis, records=earlier_visits)
            if score is not None:
                self.figure(
                    "score.change",
                    abs(score - earlier),
                    label="与上次相差",
                    basis=f"本次得分与“{self.former.name}”得分之差",
                    records=[*visits, *earlier_visits],
                )
        if found := self.findings:
            self.count_of("findings", found, label="发现问题数", basis="这一批次发现的问题")

    def line(self, what: str, line: Line, place: int) -> Row:
        """A type's or unit's score as a figure, with how many sites it is the mean of and what it was before."""
        key = f"{what}:{line.key}"
        visits = [row.visit for row in line.visits]
        label = f"{line.label}得分"
        self.figure(f"{key}:score", line.score, label=label, basis=line.why, records=visits)
        basis = "这一类（单位）中有得分的点位"
        self.figure(f"{key}:sites", len(visits), label=f"{line.label}点位数", basis=basis, records=visits)
        earlier = self.before[what].get(line.key)
        return {
            "key": key,
            "place": place,
            "name": line.label,
            "sites": len(visits),
            "score": str(line.score),
            "before": str(earlier.score) if earlier and earlier.score is not None else "",
        }

    def groups(self) -> list[Row]:
        """The units' scores ranked inside each appraisal group: like against like."""
        lines = scores.by_unit(self.scored)
        units = {row.visit.unit.pk: row.visit.unit for row in self.scored}
        told = []
        for group in dict.fromkeys(units[line.key].appraisal_group for line in lines):
            mine = [line for line in lines if units[line.key].appraisal_group == group]
            told.append(
                {"name": group, "units": [self.line("unit", line, place) for place, line in placed(mine, _score)]}
            )
        return sorted(told, key=lambda row: row["name"] == "")

    def low(self) -> list[Row]:
        rows = sorted((row for row in self.scored if row.score is not None and row.score < LOW), key=_score)
        return [
            {
                "src": self.note(row.visit, f"点位检查 {row.visit.site}"),
                "name": str(row.visit.site),
                "unit": self.name_of(row.visit.unit),
                "score": str(row.score),
            }
            for row in rows
        ]

    def failed(self) -> list[Row]:
        """The items that most sites failed: an item is the same wherever its words are."""
        asked: dict[str, list[Visit]] = {}
        missed: dict[str, list[Visit]] = {}
        for row in self.scored:
            for answer in row.visit.answers.all():
                if answer.verdict in (Verdict.PASS, Verdict.FAIL):
                    asked.setdefault(answer.item.criterion, []).append(row.visit)
                if answer.verdict == Verdict.FAIL:
                    missed.setdefault(answer.item.criterion, []).append(row.visit)
        worst = sorted(missed, key=lambda text: (-len(missed[text]), text))
        told = []
        for place, text in enumerate(worst):
            key = f"failed:{place}"
            basis = "检查这一项并判为不符合的点位"
            self.figure(key, len(missed[text]), label=f"不符合点位数（{text}）", basis=basis, records=missed[text])
            told.append({"text": text, "figure": key, "failed": len(missed[text]), "asked": len(asked[text])})
        return told

    def tables(self, told: Row) -> list[Row]:
        has_before = any(row["before"] for row in told["kinds"])
        last = [["上次得分", 8, "decimal"]] if has_before else []
        kinds = [
            [row["place"], row["name"], row["sites"], row["score"], *([row["before"]] if has_before else [])]
            for row in told["kinds"]
        ]
        units = [
            [group["name"], row["place"], row["name"], row["sites"], row["score"]]
            for group in told["groups"]
            for row in group["units"]
        ]
        sites = [
            [
                row.visit.site.code,
                str(row.visit.site),
                str(row.visit.kind),
                self.name_of(row.visit.unit),
                str(row.score),
            ]
            for row in sorted(self.scored, key=_score, reverse=True)
        ]
        failed = [[row["text"], row["asked"], row["failed"]] for row in told["failed"]]
        score, count = ["得分", 8, "decimal"], ["点位数", 7, "int"]
        place, unit = ["名次", 6, "int"], ["责任单位", 20, "text"]
        tables = [
            ("各类点位得分", [place, ["点位类型", 20, "text"], count, score, *last], kinds),
            ("责任单位得分", [["考核组", 12, "text"], place, unit, count, score], units),
            (
                "点位得分",
                [["编号", 9, "text"], ["点位", 20, "text"], ["类型", 12, "text"], ["责任单位", 18, "text"], score],
                sites,
            ),
            ("失分项目", [["检查项", 40, "text"], ["检查点位", 8, "int"], ["不符合", 8, "int"]], failed),
        ]
        return [{"title": title, "columns": columns, "rows": rows} for title, columns, rows in tables if rows]


def _scored(found: Round | None) -> list[Scored]:
    """The visits of a round that have a score, by the number of their site."""
    visits = Visit.objects.filter(round=found).finished().for_scores().order_by("site__code", "pk")
    return [row for row in scores.scored(visits) if row.score is not None]


def _score(row: Line | Scored) -> float:
    return float(row.score or 0)
