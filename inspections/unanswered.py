"""Who answers for what, and for what nobody does (无人负责), as of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Assignment, Campaign, Grid, Indicator, Task
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
    slug: str
    label: Any
    find: Callable[[Answering], list[Gap]]


class Answering:
    """Who is in post and who sponsors what on a day: read once, asked by every check."""

    def __init__(self, campaign: Campaign, *, on: date):
        self.campaign, self.on = campaign, on
        self.units = list(Unit.objects.of_host(campaign.host.host_id).order_by("position", "pk"))
        liaisons = Post.objects.held(on=on).filter(role=Role.LIAISON, unit__host=campaign.host.host_id)
        places = liaisons.filter(user__is_active=True).values_list("unit__path", "scope__path")
        self.paths = {scope or path for path, scope in places}
        # What the office has given itself its own people do.
        offices = Post.objects.held(on=on).filter(role=Role.COORDINATOR, unit__host=campaign.host.host_id)
        self.offices = set(offices.filter(user__is_active=True).values_list("unit_id", flat=True))
        self.sponsored: dict[str, set[str]] = defaultdict(set)
        self.sponsored_sites: set[int] = set()
        for kind, name, site in standing(campaign, on=on).values_list("target_kind", "target_name", "site"):
            self.sponsored[kind].add(name)
            if site:
                self.sponsored_sites.add(site)

    def has_liaison(self, unit: Unit) -> bool:
        """Whether somebody in post speaks for it, there or above it."""
        return unit.pk in self.offices or any(unit.path.startswith(path) for path in self.paths)

    def has_sponsor(self, site: Site) -> bool:
        named = {site.code, site.name} & self.sponsored[Target.SITE]
        of_community = site.community in self.sponsored[Target.COMMUNITY]
        of_unit = site.unit.name in self.sponsored[Target.UNIT]
        return bool(site.leader or named or of_community or of_unit or site.pk in self.sponsored_sites)


def standing(campaign: Campaign, *, on: date) -> Any:
    """The campaign's sponsorships that hold on that day."""
    rows = Sponsorship.objects.of(campaign).exclude(starts_on__gt=on).exclude(ends_on__lt=on)
    return rows.select_related("unit", "site").order_by("position", "pk")


def gaps(campaign: Campaign, *, on: date) -> dict[str, list[Gap]]:
    """Every check with what it found, in the order of `CHECKS`; in a fixed number of queries."""
    answering = Answering(campaign, on=on)
    return {check.slug: check.find(answering) for check in CHECKS}


def _units(asked: Answering) -> list[Gap]:
    given_work = set(Unit.objects.of_host(asked.campaign.host.host_id).given_work().values_list("pk", flat=True))
    return [
        Gap(unit.name, _("没有在任的联络员"), unit.get_absolute_url(), reverse("units:people"))
        for unit in asked.units
        if unit.pk in given_work and not asked.has_liaison(unit)
    ]


def _left(asked: Answering) -> list[Gap]:
    """Liaisons whose post ended without anybody after them at their unit."""
    posts = Post.objects.filter(role=Role.LIAISON, unit__host=asked.campaign.host.host_id).select_related(
        "user", "unit"
    )
    held = set(posts.not_ended(on=asked.on).values_list("unit_id", flat=True))
    ended = posts.filter(ends_on__lt=asked.on, ends_on__gte=asked.on - SUDDENLY_LEFT, unit__closed_on=None)
    return [
        Gap(
            f"{post.unit.name} {post.user}",
            _("联络员岗位%(day)s结束，没有人接任") % {"day": post.ends_on},
            post.unit.get_absolute_url(),
            post.user.get_absolute_url(),
        )
        for post in ended.order_by("-ends_on", "pk")
        if post.unit_id not in held
    ]


def _tasks(asked: Answering) -> list[Gap]:
    parts = Assignment.objects.filter(task__campaign=asked.campaign, task__state__in=Task.OPEN_STATES)
    parts = parts.unfinished().select_related("task", "unit").order_by("task__position", "task", "pk")
    return [
        Gap(
            str(part.task),
            _("%(unit)s已撤销") % {"unit": part.unit}
            if part.unit.closed_on
            else _("%(unit)s没有在任的联络员") % {"unit": part.unit},
            part.task.get_absolute_url(),
            _task_mended_at(part),
        )
        for part in parts
        if part.unit.closed_on or not asked.has_liaison(part.unit)
    ]


def _task_mended_at(part: Assignment) -> str:
    if part.unit.closed_on:
        return reverse("campaigns:task_edit", args=[part.task_id])
    return part.unit.get_absolute_url()


def _findings(asked: Answering) -> list[Gap]:
    rows = Finding.objects.of(asked.campaign).with_unit_now().select_related("lead_unit", "site")
    return [
        Gap(
            f"{row.number} {row.where}",
            _("%(unit)s没有在任的联络员") % {"unit": row.lead_unit},
            row.get_absolute_url(),
            row.lead_unit.get_absolute_url(),
        )
        for row in rows
        if row.lead_unit and not asked.has_liaison(row.lead_unit)
    ]


def _sites(asked: Answering) -> list[Gap]:
    found = []
    for site in Site.objects.of(asked.campaign).select_related("unit"):
        mend = reverse("inspections:site_edit", args=[site.pk])
        if site.unit.closed_on:
            found.append(Gap(str(site), _("%(unit)s已撤销") % {"unit": site.unit}, site.get_absolute_url(), mend))
        elif not asked.has_liaison(site.unit):
            why = _("%(unit)s没有在任的联络员") % {"unit": site.unit}
            found.append(Gap(str(site), why, site.get_absolute_url(), site.unit.get_absolute_url()))
        elif not asked.has_sponsor(site):
            found.append(Gap(str(site), _("没有包保领导或单位"), site.get_absolute_url(), mend))
    return found


def _communities(asked: Answering) -> list[Gap]:
    communities = set(
        Unit.objects.of_host(asked.campaign.host.host_id)
        .active()
        .filter(of_level("community"))
        .values_list("pk", flat=True)
    )
    named = asked.sponsored[Target.COMMUNITY] | asked.sponsored[Target.UNIT]
    mend = reverse("campaigns:register_new", args=["sponsorships"])
    return [
        Gap(unit.name, _("没有包保领导或单位"), unit.get_absolute_url(), mend)
        for unit in asked.units
        if unit.pk in communities and unit.name not in named and str(unit) not in named
    ]


def _grids(asked: Answering) -> list[Gap]:
    return [
        Gap(
            str(grid),
            _("没有网格员") if not grid.keeper else _("%(unit)s已撤销") % {"unit": grid.unit},
            reverse("campaigns:register_row", args=["grids", grid.pk]),
            reverse("campaigns:register_edit", args=["grids", grid.pk]),
        )
        for grid in Grid.objects.of(asked.campaign).select_related("unit")
        if not grid.keeper or grid.unit.closed_on
    ]


def _indicators(asked: Answering) -> list[Gap]:
    """Indicators nothing stands below, without a responsible unit of their own or of a standard."""
    rows = Indicator.objects.of(asked.campaign).filter(children=None).prefetch_related("units", "standards__units")
    return [
        Gap(
            f"{row.code} {row.name}",
            _("没有责任单位"),
            reverse("campaigns:register_row", args=["indicators", row.pk]),
            reverse("campaigns:register_edit", args=["indicators", row.pk]),
        )
        for row in rows
        if not _open(row.units.all()) and not any(_open(standard.units.all()) for standard in row.standards.all())
    ]


def _open(units: Iterable[Unit]) -> bool:
    return any(unit.closed_on is None for unit in units)


CHECKS = (
    Check("units", gettext_lazy("单位"), _units),
    Check("left", gettext_lazy("联络员离任"), _left),
    Check("tasks", gettext_lazy("未办结任务"), _tasks),
    Check("findings", gettext_lazy("待整改问题"), _findings),
    Check("sites", gettext_lazy("点位"), _sites),
    Check("communities", gettext_lazy("社区村"), _communities),
    Check("grids", gettext_lazy("网格"), _grids),
    Check("indicators", gettext_lazy("测评指标"), _indicators),
)
