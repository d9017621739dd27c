"""What a 督查通报 may tell: the findings of a round or a period by unit and site, and what was praised."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from django.db.models import Max, Min

from campaigns.figures import share
from campaigns.models import Campaign
from cityinit.numerals import rate as rate_of
from cityinit.periods import Period, day_of
from inspections.models import Finding, Praise, Round, Site, Visit
from reports.appraisals.rankings import ranking_of
from reports.frozen import Gathered
from reports.models import Kind, Template
from reports.ranking import placed
from reports.registers.findings import Judged, by_frequency, due_day
from reports.registers.reading import Row, in_words
from units.models import Unit

from .circular import CircularFacts

# Of a unit nobody has been named for yet.
NOBODY = 0
# Of one site so many findings are told one by one, of one unit so many sites; the annexed ledger has them all.
FINDINGS_SAID, SITES_SAID = 6, 12
# A description shorter than this says nothing without its site.
SHORT = 4


def collect(
    campaign: Campaign,
    period: Period,
    *,
    on: date,
    of_round: Round | None = None,
    template: Template | None = None,
) -> Gathered:
    """The findings of the period as of its last day, or those of a round as of the day `on`."""
    collector = _Collector(campaign, period, on, of_round, template)
    return collector.gathered(collector.facts())


class _Collector(CircularFacts):
    def facts(self) -> Row:
        told = self.begun(Kind.CIRCULAR)
        told["round"] = self.round_facts()
        told["types"] = self.walked()
        self.counted()
        told["categories"] = [
            {"name": name, "figure": self.category_figure(name)} for name in by_frequency(self.names_of_categories)[:6]
        ]
        told["units"] = self.units()
        told["praises"] = self.praises()
        return self.ended(told, [*self.tables(told["units"]), *self.appraised()])

    @cached_property
    def days(self) -> tuple[date | None, date | None]:
        return round_days(self.round) if self.round else (None, None)

    @cached_property
    def names_of_categories(self) -> list[str]:
        return [self.categories[row.category_id] for row in self.findings]

    def round_facts(self) -> Row | None:
        if self.round is None:
            return None
        teams = list(self.round.teams.all())
        if len(teams) > 1:
            basis = "督查批次中的督查组"
            self.figure("teams", len(teams), label="督查组数", basis=basis, records=teams)
        first, last = self.days
        return {
            "src": self.note(self.round, f"督查批次 {self.round.name}"),
            "name": self.round.name,
            # Of one that is still walked, the days that have come.
            "span": Period(first, max(first, min(last, self.on))).span if first and last else "",
        }

    def walked(self) -> list[str]:
        """Where inspectors were: the sites of the round, of a period those visited or with a finding; their types."""
        keys = {row.site_id for row in self.findings if row.site_id}
        if self.round:
            keys |= set(self.round.stops.values_list("site", flat=True))
            visits = self.round.visits.all()
        else:
            visits = Visit.objects.of(self.campaign).filter(visited_on__range=(self.period.first, self.period.last))
        keys |= set(visits.finished().values_list("site", flat=True))
        if keys:
            basis = "督查批次安排的、填过检查表的或记有问题的点位，同一点位只计一次"
            sites = Site.objects.filter(pk__in=keys)
            self.figure("sites", len(keys), label="检查点位数", basis=basis, records=sites)
        return by_frequency(Site.objects.filter(pk__in=keys).order_by("code").values_list("kind__name", flat=True))

    def counted(self) -> None:
        day = in_words(self.period.last)
        rows = self.findings
        of = f"“{self.round.name}”中" if self.round else self.period.span
        basis = f"{of}发现的问题；截至{day}不予立案、重复和作废的不计"
        self.count_of("findings.found", rows, label="发现问题数", basis=basis)
        closed = self.closed(rows)
        self.count_of("findings.closed", closed, label="已整改数", basis=f"截至{day}已销号或现场整改的")
        self.share_of("findings.rate", closed, rows, label="整改率", basis="已整改数÷发现问题数")
        if late := self.late(rows):
            basis = f"截至{day}整改期限已到而没有反馈的；挂账的不计"
            self.count_of("findings.late", late, label="逾期未整改数", basis=basis)
        if opened := self.open(rows):
            self.count_of("findings.open", opened, label="未整改数", basis=f"截至{day}尚未销号的")
        if reworked := [row for row in rows if row.was_reworked]:
            self.count_of("findings.reworked", reworked, label="返工数", basis="复核退回返工的")

    def category_figure(self, name: str) -> str:
        rows = [row for row in self.findings if self.categories[row.category_id] == name]
        key = f"category:{rows[0].category_id}"
        return self.count_of(key, rows, label=f"{name}问题数", basis="发现问题中的这一类别")

    # -- by unit and site ---

    def units(self) -> list[Row]:
        """Each unit with its findings by site; who has most first, what nobody leads yet last."""
        by_unit: dict[int, list[Judged]] = {}
        for row in self.findings:
            by_unit.setdefault(self.led_then(row) or NOBODY, []).append(row)
        ordered = sorted(by_unit.items(), key=lambda item: (item[0] == NOBODY, -len(item[1]), item[0]))
        units = Unit.objects.in_bulk(by_unit)
        by_site = {pk: self.by_site(rows) for pk, rows in ordered}
        told = [row for sites in by_site.values() for _where, rows in sites for row in rows[:FINDINGS_SAID]]
        self.told = self.details(told)
        return [self.unit_facts(pk, units.get(pk), rows, by_site[pk]) for pk, rows in ordered]

    def by_site(self, rows: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
        """The sites that are told one by one."""
        sites: dict[str, list[Judged]] = {}
        for row in rows:
            sites.setdefault(self.where(row), []).append(row)
        return list(sites.items())[:SITES_SAID]

    def unit_facts(
        self, pk: int, unit: Unit | None, rows: Sequence[Judged], by_site: Sequence[tuple[str, list[Judged]]]
    ) -> Row:
        name, closed, late = self.name_of(unit), self.closed(rows), self.late(rows)
        of = name or "尚未交办的"
        prefix = f"unit:{pk}"
        self.count_of(f"{prefix}:found", rows, label=f"{of}问题数", basis="发现问题中由它负责的")
        basis = "它负责的问题中已销号或现场整改的"
        self.count_of(f"{prefix}:closed", closed, label=f"{of}已整改数", basis=basis)
        self.share_of(f"{prefix}:rate", closed, rows, label=f"{of}整改率", basis="已整改数÷问题数")
        if late:
            self.count_of(f"{prefix}:late", late, label=f"{of}逾期未整改数", basis="它负责的问题中期限已到而没有反馈的")
        sites = [self.site_facts(f"{prefix}:site{place}", where, mine) for place, (where, mine) in enumerate(by_site)]
        told = {row.pk for _where, mine in by_site for row in mine}
        left = self.left(f"{prefix}:left", [row for row in rows if row.pk not in told], of=of)
        return {
            "pk": pk,
            "name": name,
            "group": unit.appraisal_group if unit else "",
            "found": len(rows),
            "closed": len(closed),
            "late": len(late),
            "rate": rate_of(share(len(closed), len(rows)) or 0),
            "sites": sites,
            "left": left,
        }

    def site_facts(self, key: str, where: str, rows: Sequence[Judged]) -> Row:
        left = self.left(key, rows[FINDINGS_SAID:], of=where)
        return {"name": where, "findings": [self.finding(row) for row in rows[:FINDINGS_SAID]], "left": left}

    def left(self, key: str, rows: Sequence[Judged], *, of: str) -> str:
        """What is not told one by one, as a figure; "" where that is nothing."""
        return self.count_of(key, rows, label=f"{of}其余问题数", basis="文中未逐一列出的问题") if rows else ""

    def finding(self, row: Judged) -> Row:
        told = self.told[row.pk]
        return {
            "src": self.note(told, f"问题 {told.number}"),
            "description": _without(told.description, self.where(row)) or self.categories[row.category_id],
            "state": "closed" if row.closed else "late" if self.is_late(row) else "open",
            "due": in_words(due_day(row.due_then)),
        }

    def praises(self) -> list[Row]:
        last = self.period.last
        if self.round:
            last = self.days[1] or last
        rows = Praise.objects.of(self.campaign).filter(found_on__range=(self.period.first, last))
        rows = rows.select_related("site", "unit").order_by("found_on", "pk")
        told = [
            {
                "src": self.note(row, f"亮点 {row}"),
                "unit": self.name_of(row.unit),
                "where": row.where,
                "description": row.description,
            }
            for row in rows
        ]
        if told:
            self.figure("praises", len(told), label="亮点数", basis="督查中记下的亮点", records=rows)
        return told

    def tables(self, units: Sequence[Row]) -> list[Row]:
        """责任单位整改情况, ranked inside each appraisal group by what share is rectified."""
        groups = list(dict.fromkeys(unit["group"] for unit in units if unit["pk"] != NOBODY))
        rows = []
        for group in groups:
            mine = [unit for unit in units if unit["group"] == group and unit["pk"] != NOBODY]
            mine.sort(key=lambda unit: (unit["late"], -unit["found"]))
            for place, unit in placed(mine, lambda unit: float(unit["rate"])):
                rows.append([group, place, unit["name"], unit["found"], unit["closed"], unit["rate"], unit["late"]])
        if not rows:
            return []
        counted = [[name, 8, "int"] for name in ("问题数", "已整改")]
        columns = [
            *(["排名", 6, "int"], ["责任单位", 20, "text"], *counted),
            *(["整改率", 8, "percent"], ["逾期未整改", 8, "int"]),
        ]
        if any(groups):
            return [{"title": "责任单位整改情况", "columns": [["考核组", 12, "text"], *columns], "rows": rows}]
        return [{"title": "责任单位整改情况", "columns": columns, "rows": [row[1:] for row in rows]}]

    def appraised(self) -> list[Row]:
        """考核排名, where an appraisal of these days has been published."""
        ranking = ranking_of(self.campaign, self.period)
        if ranking is None:
            return []
        columns = [["考核组", 12, "text"], ["名次", 6, "int"], ["单位", 20, "text"]]
        columns += [[name, 8, "decimal"] for name in ("得分", "扣分", "加分")]
        rows = [
            [group.name, row.place, row.name, row.total, row.deducted, row.rewarded]
            for group in ranking.groups
            for row in group.rows
        ]
        return [{"title": f"{ranking.title}排名", "columns": columns, "rows": rows}] if rows else []


def _without(description: str, where: str) -> str:
    """What is wrong, without the name of the site under which it is told."""
    rest = description.removeprefix(where).lstrip("，,：: ") if where else description
    return rest if len(rest) >= SHORT else description


def round_days(found: Round) -> tuple[date | None, date | None]:
    """The first and last day on which a round was walked: as planned, else by its visits and findings."""
    if found.starts_on and found.ends_on:
        return found.starts_on, found.ends_on
    visited = found.visits.finished().aggregate(first=Min("visited_on"), last=Max("visited_on"))
    filed = Finding.objects.filter(round=found).aggregate(first=Min("found_on"), last=Max("found_on"))
    firsts = [day for day in (found.starts_on, visited["first"], filed["first"]) if day]
    lasts = [day for day in (found.ends_on, visited["last"], filed["last"]) if day]
    published = day_of(found.published_at) if found.published_at else None
    return (min(firsts, default=published), max(lasts, default=published))
