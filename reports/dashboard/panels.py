"""The panels of the overview: each number with the list of exactly what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.addresses import address
from cityinit.charts import Chart, Series
from cityinit.periods import Period
from inspections import overview
from inspections.models import Finding, FindingCategory, Site
from inspections.overview import Month, Standing
from units.models import Unit, names_on

MONTHS = 12
TOP = 10
# So many of the best and of the worst of each appraisal group stand in the chart; the table has all.
BESIDE = 5


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: words, where they lead, and whether they are a figure."""

    text: str
    url: str = ""
    is_number: bool = True


@dataclass(frozen=True)
class Panel:
    """A chart with its table; `basis` says what is counted. Without anything to show it says so in `empty`."""

    key: str
    title: str
    chart: Chart
    heads: list[str]
    rows: list[list[Cell]]
    basis: str
    empty: str
    # Tables of many rows are folded away.
    groups: list[Panel] = field(default_factory=list)


@dataclass
class Overview:
    """Of which findings the panels are: a campaign's, of a period, of all units or of one with those below it."""

    campaign: Campaign
    period: Period
    unit: Unit | None
    now: datetime

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def so_far(self) -> Period:
        """The part of the period that has come."""
        return self.period.until(self.today)

    def url(self, figure: str, *, period: Period | None = None, **more: int) -> str:
        """The list of exactly the findings that a figure counts; `more` are keys of what it is narrowed to."""
        period = period or self.so_far
        asked = {"figure": figure, "since": period.first, "until": period.last, **self._of_unit, **more}
        return self._findings + "&".join(f"{name}={value}" for name, value in asked.items())

    def listed(self, **asked: Any) -> str:
        """The list of findings as they stand now."""
        return self._findings + "&".join(f"{name}={value}" for name, value in {**asked, **self._of_unit}.items())

    @cached_property
    def _findings(self) -> str:
        return f"{address('inspections:findings')}?"

    @property
    def _of_unit(self) -> dict[str, Any]:
        return {"unit": self.unit.pk} if self.unit else {}

    # What is counted once for all panels.

    @cached_property
    def months(self) -> list[Month]:
        return overview.by_month(self.campaign, until=self.period.last, most=MONTHS, today=self.today, unit=self.unit)

    @cached_property
    def units(self) -> dict[int, Standing]:
        return overview.by_unit(self.campaign, self.period, today=self.today)

    @cached_property
    def register(self) -> list[tuple[int, str, str, str]]:
        """Key, name, appraisal group and path of each unit that is looked at, as it was called on the last day."""
        called = names_on(self.period.last) if self.period.last < self.today else {}
        units = Unit.objects.of_host(self.campaign.host.host_id).order_by("position", "pk")
        if self.unit:
            units = units.filter(path__startswith=self.unit.path)
        rows = units.values_list("pk", "name", "short_name", "appraisal_group", "path")
        told = []
        for pk, name, short, group, path in rows:
            then = called.get(pk)
            told.append((pk, (then[1] or then[0]) if then else short or name, group, path))
        return told

    @cached_property
    def whole(self) -> Standing:
        """All that was found in the period."""
        if self.unit is None:
            return sum(self.units.values(), Standing())
        within = {pk for pk, *_rest in self.register}
        return sum((one for pk, one in self.units.items() if pk in within), Standing())

    @cached_property
    def by_unit(self) -> list[tuple[int, str, str, Standing]]:
        """Each unit with those below it: key, name, appraisal group, how its findings stand; the host itself aside."""
        sums: Counter[int] = Counter()
        closed: Counter[int] = Counter()
        paths = {pk: path for pk, _name, _group, path in self.register}
        for pk, one in self.units.items():
            if path := paths.get(pk):
                for above in path.strip("/").split("/"):
                    sums[int(above)] += one.found
                    closed[int(above)] += one.closed
        host = self.campaign.host.host_id
        return [
            (pk, name, group, Standing(sums[pk], closed[pk]))
            for pk, name, group, _path in self.register
            if sums[pk] and pk != host
        ]


def facts(shown: Overview) -> list[dict[str, Any]]:
    """The large numbers on top: of the period, and of today."""
    whole = shown.whole
    overdue = Finding.objects.of(shown.campaign).overdue(at=shown.now)
    if shown.unit:
        overdue = overdue.filter(lead_unit__path__startswith=shown.unit.path)
    late = overdue.count()
    open_now = shown.months[-1].open if shown.period.last >= shown.today else None
    told = [
        _fact(_("发现问题"), whole.found, shown.url("found")),
        _fact(_("已销号"), whole.closed, shown.url("closed"), tone="green"),
        _fact(_("未销号"), whole.open, shown.url("left"), tone="orange"),
        {"label": _("整改率"), "value": percent(whole.rate), "url": "", "tone": "neutral", "hint": _("已销号÷发现")},
    ]
    if open_now is not None:
        hint = _("不限发现时间")
        told.append(_fact(_("现有未办结"), open_now, shown.listed(state="open"), tone="orange", hint=hint))
    told.append(_fact(_("现已逾期"), late, shown.listed(flag="overdue"), tone="red", hint=_("单位办理中、过了期限")))
    return told


def trend(shown: Overview) -> Panel:
    """What was found and closed each month, and what was left."""
    months = shown.months
    labels = [_("%(n)s月") % {"n": one.first.month} for one in months]
    chart = Chart(
        "columns",
        _("每月发现与销号"),
        labels,
        [
            Series(_("发现"), "open", [one.found for one in months]),
            Series(_("销号"), "done", [one.closed for one in months]),
            Series(_("月末未销号"), "line", [one.open for one in months]),
        ],
    )
    rows = [
        [
            Cell(f"{one.first.year}-{one.first.month:02}", is_number=False),
            Cell(
                str(one.found),
                shown.listed(state="counted", since=one.period.first, until=one.period.last),
            ),
            Cell(str(one.closed), shown.url("closed_then", period=one.period)),
            Cell(str(one.open), shown.url("open_then", period=one.period)),
        ]
        for one in reversed(months)
    ]
    return Panel(
        "trend",
        str(chart.title),
        chart,
        [_("月份"), _("发现"), _("销号"), _("月末未销号")],
        rows,
        _("按今天的状态计：后来不予立案、重复或作废的不计；销号按最近一次销号的月份，销号后又反弹的一直算未销号。"),
        _("还没有发现问题。"),
    )


def categories(shown: Overview) -> Panel:
    """The categories of which most was found."""
    found = overview.by_category(shown.campaign, shown.period, today=shown.today, unit=shown.unit)
    names = dict(FindingCategory.objects.of(shown.campaign).values_list("pk", "name"))
    ranked = sorted(found.items(), key=lambda pair: (-pair[1].found, pair[0]))
    chart = ranks(_("问题类别前十"), ((names.get(pk, "—"), one) for pk, one in ranked[:TOP]))
    rows = [standing_row(shown, Cell(names.get(pk, "—"), is_number=False), one, category=pk) for pk, one in ranked]
    return Panel(
        "categories",
        str(chart.title),
        chart,
        standing_heads(_("类别")),
        rows,
        _("计入期内发现的问题，%(as_of)s。") % {"as_of": as_of(shown)},
        _("期内没有发现问题。"),
    )


def units(shown: Overview) -> Panel:
    """Units by how much of what they were given is closed, each beside those of its appraisal group."""
    grouped: dict[str, list[tuple[int, str, Standing]]] = {}
    for pk, name, group, one in shown.by_unit:
        grouped.setdefault(group, []).append((pk, name, one))
    basis = _("计入期内发现、由该单位及其下级单位牵头的问题，%(as_of)s；整改率相同的，发现多的在后。") % {
        "as_of": as_of(shown)
    }
    panels = [
        _unit_panel(shown, f"units{n}", group or _("未分考核组的单位"), rows, basis)
        for n, (group, rows) in enumerate(sorted(grouped.items(), key=lambda pair: (not pair[0], pair[0])))
    ]
    nothing = Chart("ranks", _("各单位整改率"), [], [])
    return Panel("units", str(nothing.title), nothing, [], [], basis, _("期内没有交给单位的问题。"), groups=panels)


def _unit_panel(shown: Overview, key: str, title: str, rows: list[tuple[int, str, Standing]], basis: str) -> Panel:
    ranked = sorted(rows, key=lambda row: (-row[2].rate, row[2].found, row[0]))
    ends = ranked if len(ranked) <= 2 * BESIDE else [*ranked[:BESIDE], *ranked[-BESIDE:]]
    chart = Chart(
        "shares",
        title if len(ends) == len(ranked) else _("%(group)s：整改率最高和最低的各五个") % {"group": title},
        [name for _pk, name, _one in ends],
        [Series(_("整改率"), "done", [float(one.rate) for _pk, _name, one in ends])],
    )
    told = [
        [Cell(str(place)), *standing_row(shown, Cell(name, is_number=False), one, unit=pk)]
        for place, (pk, name, one) in enumerate(ranked, start=1)
    ]
    heads = [_("名次"), *standing_heads(_("单位"))]
    return Panel(key, title, chart, heads, told, basis, "")


def sites(shown: Overview) -> Panel:
    """The sites where most was found."""
    found = overview.by_site(shown.campaign, shown.period, unit=shown.unit, most=TOP)
    names = dict(Site.objects.filter(pk__in=[pk for pk, _one in found]).values_list("pk", "name"))
    chart = ranks(_("问题最多的点位"), ((names[pk], one) for pk, one in found))
    at = address("inspections:sites")
    rows = [standing_row(shown, Cell(names[pk], f"{at}{pk}/", is_number=False), one, site=pk) for pk, one in found]
    return Panel(
        "sites",
        str(chart.title),
        chart,
        standing_heads(_("点位")),
        rows,
        _("计入期内在登记点位上发现的问题，%(as_of)s。") % {"as_of": as_of(shown)},
        _("期内没有在登记点位上发现问题。"),
    )


def waiting_sites(shown: Overview) -> Panel:
    """The sites where most is open today, whenever it was found."""
    left = overview.open_by_site(shown.campaign, most=TOP)
    names = dict(Site.objects.filter(pk__in=[pk for pk, _n in left]).values_list("pk", "name"))
    title = _("未办结问题最多的点位")
    series = [Series(_("未办结"), "open", [n for _pk, n in left])]
    at = address("inspections:sites")
    rows = [
        [Cell(names[pk], f"{at}{pk}/", is_number=False), Cell(str(n), shown.listed(state="open", site=pk))]
        for pk, n in left
    ]
    return Panel(
        "waiting_sites",
        title,
        Chart("ranks", title, [names[pk] for pk, _n in left], series),
        [_("点位"), _("未办结")],
        rows,
        _("按现在的状态，不限发现时间。"),
        _("登记点位上没有未办结的问题。"),
    )


def ranks(title: str, rows: Iterable[tuple[str, Standing]]) -> Chart:
    told = list(rows)
    return Chart(
        "ranks",
        title,
        [name for name, _one in told],
        [
            Series(_("已销号"), "done", [one.closed for _name, one in told]),
            Series(_("未销号"), "open", [one.open for _name, one in told]),
        ],
    )


def standing_heads(first: str) -> list[str]:
    return [first, _("发现"), _("已销号"), _("未销号"), _("整改率")]


def standing_row(shown: Overview, first: Cell, one: Standing, **chosen: Any) -> list[Cell]:
    return [
        first,
        Cell(str(one.found), shown.url("found", **chosen)),
        Cell(str(one.closed), shown.url("closed", **chosen)),
        Cell(str(one.open), shown.url("left", **chosen)),
        Cell(percent(one.rate)),
    ]


def percent(share: Any) -> str:
    return "—" if share is None else f"{share}%"


def as_of(shown: Overview) -> str:
    return _("截至%(day)s") % {"day": shown.so_far.last}


def _fact(label: str, value: int, url: str, *, tone: str = "neutral", hint: str = "") -> dict[str, Any]:
    shown = {"url": url, "tone": tone} if value else {"url": "", "tone": "neutral"}
    return {"label": label, "value": value, "hint": hint, **shown}
