"""Who answers for what, and for what nobody does (无人负责), as of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Assignment, Campaign, Grid, Indicator, Standard, Task
from cityinit.addresses import address
from inspections.models import Finding, Site, Sponsorship
from units.levels import of_level
from units.models import Post, Unit
from units.roles import Role

# A post that ended so long ago is no news.
SUDDENLY_LEFT = timedelta(days=180)
Target = Sponsorship.Target


@dataclass(frozen=True)
class Gap:
    """A row nobody answers for, why, and where it is mended."""

    title: str
    why: str
    url: str
    mend_url: str = ""


@dataclass(frozen=True)
class Check:
    """One kind of rows: a query set of those nobody answers for, in which order, and what is told of each."""

    slug: str
    label: Any
    rows: Callable[[Answering], QuerySet]
    tell: Callable[[Any], Gap]
    order: tuple[str, ...] = ("position", "pk")
    # Opens the rows: who does not have it is not shown the check.
    permission: str = "campaigns.see_register"

    def gaps(self, asked: Answering) -> list[Gap]:
        """All of them, told."""
        return [self.tell(row) for row in self.rows(asked).order_by(*self.order)]


class Answering:
    """Who is in post and who sponsors what on a day: read once, asked by every check."""

    def __init__(self, campaign: Campaign, *, on: date):
        self.campaign, self.on = campaign, on
        liaisons = Post.objects.held(on=on).filter(role=Role.LIAISON, unit__host=campaign.host.host_id)
        places = liaisons.filter(user__is_active=True).values_list("unit__path", "scope__path")
        paths = tuple({scope or path for path, scope in places})
        # What the office has given itself its own people do.
        offices = Post.objects.held(on=on).filter(role=Role.COORDINATOR, unit__host=campaign.host.host_id)
        spoken_for = set(offices.filter(user__is_active=True).values_list("unit_id", flat=True))
        # Somebody in post speaks for a unit there or above it: told by its path, which no index helps to ask for.
        units = Unit.objects.of_host(campaign.host.host_id).values_list("pk", "path")
        self.silent = [pk for pk, path in units if pk not in spoken_for and not path.startswith(paths)]
        self.sponsored: dict[str, set[str]] = defaultdict(set)
        self.sponsored_sites: set[int] = set()
        for kind, name, site in standing(campaign, on=on).values_list("target_kind", "target_name", "site"):
            self.sponsored[kind].add(name)
            if site:
                self.sponsored_sites.add(site)

    @property
    def units(self) -> Any:
        return Unit.objects.of_host(self.campaign.host.host_id)

    def without_liaison(self, unit: str) -> Q:
        """Rows whose unit (`unit` names the field) has nobody in post, there or above."""
        return Q(**{f"{unit}__in": self.silent})

    def sponsored_site(self) -> Q:
        """Sites with a leader of their own, or sponsored themselves, or by their community or their unit."""
        named = self.sponsored[Target.SITE]
        found = ~Q(leader="") | Q(pk__in=self.sponsored_sites) | Q(code__in=named) | Q(name__in=named)
        by_community = Q(community__in=self.sponsored[Target.COMMUNITY])
        return found | by_community | Q(unit__name__in=self.sponsored[Target.UNIT])


def standing(campaign: Campaign, *, on: date) -> Any:
    """The campaign's sponsorships that hold on that day."""
    rows = Sponsorship.objects.of(campaign).exclude(starts_on__gt=on).exclude(ends_on__lt=on)
    return rows.select_related("unit", "site").order_by("position", "pk")


def checks_for(user: Any) -> dict[str, Check]:
    """The checks whose rows the person may open, in their order."""
    return {slug: check for slug, check in CHECKS.items() if user.has_perm(check.permission)}


def counts(asked: Answering, checks: dict[str, Check]) -> dict[str, int]:
    """How many each check finds: one query each."""
    return {slug: check.rows(asked).order_by().count() for slug, check in checks.items()}


def _no_liaison(unit: Unit | None) -> str:
    return _("%(unit)s没有在任的联络员") % {"unit": unit}


def _closed(unit: Unit) -> str:
    return _("%(unit)s已撤销") % {"unit": unit}


def _units(asked: Answering) -> QuerySet:
    return asked.units.given_work().filter(pk__in=asked.silent)


def _unit(unit: Unit) -> Gap:
    return Gap(unit.name, _("没有在任的联络员"), unit.get_absolute_url(), address("units:people"))


def _left(asked: Answering) -> QuerySet:
    """Liaisons whose post ended without anybody after them at their unit."""
    posts = Post.objects.filter(role=Role.LIAISON, unit__host=asked.campaign.host.host_id)
    ended = posts.filter(ends_on__lt=asked.on, ends_on__gte=asked.on - SUDDENLY_LEFT, unit__closed_on=None)
    held = posts.not_ended(on=asked.on).values("unit")
    return ended.exclude(unit__in=held).select_related("user", "unit")


def _post(post: Post) -> Gap:
    why = _("联络员岗位%(day)s结束，没有人接任") % {"day": post.ends_on}
    return Gap(f"{post.unit.name} {post.user}", why, post.unit.get_absolute_url(), post.user.get_absolute_url())


def _parts(asked: Answering) -> QuerySet:
    """Of a draft nothing is asked of anybody yet."""
    parts = Assignment.objects.filter(task__campaign=asked.campaign, task__state__in=Task.RUNNING_STATES).unfinished()
    unanswered = ~Q(unit__closed_on=None) | asked.without_liaison("unit")
    return parts.filter(unanswered).select_related("task", "unit")


def _part(part: Assignment) -> Gap:
    title, url = str(part.task), part.task.get_absolute_url()
    if part.unit.closed_on:
        return Gap(title, _closed(part.unit), url, reverse("campaigns:task_edit", args=[part.task_id]))
    return Gap(title, _no_liaison(part.unit), url, part.unit.get_absolute_url())


def _findings(asked: Answering) -> QuerySet:
    rows = Finding.objects.of(asked.campaign).with_unit_now()
    return rows.filter(asked.without_liaison("lead_unit")).select_related("lead_unit", "site")


def _finding(row: Finding) -> Gap:
    why = _no_liaison(row.lead_unit)
    return Gap(f"{row.number} {row.where}", why, row.get_absolute_url(), row.lead_unit.get_absolute_url())


def _sites(asked: Answering) -> QuerySet:
    unanswered = ~Q(unit__closed_on=None) | asked.without_liaison("unit") | ~asked.sponsored_site()
    is_silent = Exists(Unit.objects.filter(asked.without_liaison("pk"), pk=OuterRef("unit")))
    rows = Site.objects.of(asked.campaign).filter(unanswered)
    return rows.annotate(is_silent=is_silent).select_related("unit")


def _site(site: Any) -> Gap:
    mend = reverse("inspections:site_edit", args=[site.pk])
    if site.unit.closed_on:
        return Gap(str(site), _closed(site.unit), site.get_absolute_url(), mend)
    if site.is_silent:
        return Gap(str(site), _no_liaison(site.unit), site.get_absolute_url(), site.unit.get_absolute_url())
    return Gap(str(site), _("没有包保领导或单位"), site.get_absolute_url(), mend)


def _gridless(asked: Answering) -> QuerySet:
    """Sites in no cell of the grid, where the campaign keeps one."""
    rows = Site.objects.of(asked.campaign).filter(grid=None)
    return rows.filter(Exists(Grid.objects.of(asked.campaign))).select_related("unit")


def _gridless_site(site: Site) -> Gap:
    mend = reverse("inspections:site_edit", args=[site.pk])
    return Gap(str(site), _("没有归入网格"), site.get_absolute_url(), mend)


def _ungridded(asked: Answering) -> QuerySet:
    """Communities without a cell of the grid, where the campaign keeps one."""
    grids = Grid.objects.of(asked.campaign)
    rows = asked.units.active().filter(of_level("community"))
    return rows.filter(Exists(grids)).exclude(Exists(grids.filter(unit=OuterRef("pk"))))


def _ungridded_community(unit: Unit) -> Gap:
    mend = reverse("campaigns:register_new", args=["grids"])
    return Gap(unit.name, _("没有划分网格"), unit.get_absolute_url(), mend)


def _communities(asked: Answering) -> QuerySet:
    named = asked.sponsored[Target.COMMUNITY] | asked.sponsored[Target.UNIT]
    return asked.units.active().filter(of_level("community")).exclude(Q(name__in=named) | Q(short_name__in=named))


def _community(unit: Unit) -> Gap:
    mend = reverse("campaigns:register_new", args=["sponsorships"])
    return Gap(unit.name, _("没有包保领导或单位"), unit.get_absolute_url(), mend)


def _grids(asked: Answering) -> QuerySet:
    unanswered = Q(keeper="") | ~Q(unit__closed_on=None)
    return Grid.objects.of(asked.campaign).filter(unanswered).select_related("unit")


def _grid(grid: Grid) -> Gap:
    return Gap(
        str(grid),
        _closed(grid.unit) if grid.keeper else _("没有网格员"),
        reverse("campaigns:register_row", args=["grids", grid.pk]),
        reverse("campaigns:register_edit", args=["grids", grid.pk]),
    )


def _indicators(asked: Answering) -> QuerySet:
    """Those in force that nothing stands below, without a responsible unit of their own or of a standard."""
    own = Indicator.units.through.objects.filter(indicator=OuterRef("pk"), unit__closed_on=None)
    of_standards = Standard.units.through.objects.filter(standard__indicator=OuterRef("pk"), unit__closed_on=None)
    rows = Indicator.objects.of(asked.campaign).in_force().filter(children=None)
    return rows.exclude(Exists(own) | Exists(of_standards))


def _indicator(row: Indicator) -> Gap:
    mend = reverse("campaigns:indicator_edit", args=[row.pk])
    return Gap(str(row), _("没有责任单位"), row.get_absolute_url(), mend)


CHECKS = {
    check.slug: check
    for check in (
        Check("units", gettext_lazy("单位"), _units, _unit),
        Check("left", gettext_lazy("联络员离任"), _left, _post, order=("-ends_on", "pk")),
        Check(
            *("tasks", gettext_lazy("未办结任务"), _parts, _part),
            order=("task__position", "task_id", "pk"),
            permission="campaigns.see_task",
        ),
        Check(
            *("findings", gettext_lazy("待整改问题"), _findings, _finding),
            order=("-found_at", "-pk"),
            permission="inspections.see_finding",
        ),
        Check("sites", gettext_lazy("点位"), _sites, _site, permission="inspections.see_site"),
        Check("communities", gettext_lazy("社区村"), _communities, _community),
        Check("grids", gettext_lazy("网格"), _grids, _grid),
        Check(
            *("gridless", gettext_lazy("未归入网格的点位"), _gridless, _gridless_site),
            order=("code", "pk"),
            permission="inspections.see_site",
        ),
        Check("ungridded", gettext_lazy("未划网格的社区村"), _ungridded, _ungridded_community),
        Check(
            *("indicators", gettext_lazy("测评指标"), _indicators, _indicator),
            order=("system_id", "position", "pk"),
            permission="campaigns.see_system",
        ),
    )
}
