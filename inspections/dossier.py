"""What is known of one site (点位一档): who answers for it, how often it was looked at, what became of what was found.

The numbers are those of today and of the findings that the reader sees; each has the filter of the list that counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from campaigns.figures import share
from units.models import Post, User
from units.models.post import held_posts
from units.roles import Role

from . import score_figures
from .models import DrawnSite, Finding, FindingPhoto, FormerSite, Round, Site, Sponsorship, Visit
from .unanswered import standing

# So much fits on one page.
CATEGORIES, ROUNDS, OPEN_ONES, LIAISONS, FORMER, VISITS = 6, 6, 5, 2, 4, 3


@dataclass(frozen=True)
class Numbers:
    """What was found at the site, and what has become of it."""

    found: int
    open: int
    overdue: int
    done: int
    reopened: int

    @property
    def rate(self) -> Decimal | None:
        """整改率: closed, in the office or on the spot, ÷ found; None where nothing was found."""
        return share(self.done, self.found)


def numbers(findings: Any, *, now: datetime) -> Numbers:
    """All numbers of one site's findings, in one query."""
    counted = ~Q(state__in=Finding.UNCOUNTED_STATES)
    return Numbers(
        **findings.aggregate(
            found=Count("pk", filter=counted),
            open=Count("pk", filter=Q(state__in=Finding.OPEN_STATES)),
            overdue=Count("pk", filter=Q(state__in=Finding.UNIT_STATES, due_at__lt=now)),
            done=Count("pk", filter=Q(state__in=Finding.DONE_STATES)),
            reopened=Count("pk", filter=counted & Q(reopened_times__gt=0)),
        )
    )


def by_category(findings: Any) -> list[tuple[int, str, int, int]]:
    """(key, name, found, open) of the categories most was found of."""
    counted = findings.exclude(state__in=Finding.UNCOUNTED_STATES).order_by()
    is_open = Q(state__in=Finding.OPEN_STATES)
    rows = counted.values_list("category", "category__name").annotate(n=Count("pk"), open=Count("pk", filter=is_open))
    return list(rows.order_by("-n", "category__position", "category")[:CATEGORIES])


def rounds(findings: Any) -> list[tuple[Round, int]]:
    """The inspections in which something was found here, the latest first, each with how much."""
    counted = findings.exclude(state__in=Finding.UNCOUNTED_STATES).exclude(round=None).order_by()
    found = dict(counted.values_list("round").annotate(n=Count("pk")))
    listed = Round.objects.filter(pk__in=found).order_by("-starts_on", "-pk")
    return [(row, found[row.pk]) for row in listed]


def draws(site: Site) -> list[DrawnSite]:
    """The draws by lot that took the site, the latest first."""
    drawn = DrawnSite.objects.filter(site=site).select_related("draw__round").defer("draw__pool")
    return list(drawn.order_by("-draw__drawn_at", "-pk"))


def visits(site: Site, *, seen_by: User) -> tuple[int, list[score_figures.Scored]]:
    """How often the person sees that the site was gone through with a checklist, and the latest times, scored."""
    seen = Visit.objects.visible_to(seen_by).filter(site=site).finished()
    latest = seen.for_scores().order_by("-visited_on", "-pk")[:VISITS]
    return seen.count(), score_figures.scored(latest)


def latest_pair(findings: Any) -> tuple[FindingPhoto, FindingPhoto] | None:
    """The last photo before and the last one after of the finding that was put right last."""
    photos = FindingPhoto.objects.filter(finding=OuterRef("pk"))
    has_both = [Exists(photos.filter(phase=phase)) for phase in (FindingPhoto.Phase.BEFORE, FindingPhoto.Phase.AFTER)]
    shown = findings.exclude(state__in=Finding.UNCOUNTED_STATES).filter(*has_both)
    finding = shown.order_by("-closed_at", "-found_at", "-pk").filter(closed_at__isnull=False).first()
    if finding is None:
        return None
    of_phase = {photo.phase: photo for photo in finding.photos.select_related("finding").order_by("pk")}
    return of_phase[FindingPhoto.Phase.BEFORE], of_phase[FindingPhoto.Phase.AFTER]


def liaisons(site: Site, *, on: date) -> list[User]:
    """Who speaks for the site's unit on that day: its own liaisons, else those of the nearest unit above it."""
    keys = [int(key) for key in site.unit.path.strip("/").split("/")]
    posts = Post.objects.held(on=on).filter(role=Role.LIAISON, unit__in=keys, user__is_active=True)
    at_unit = list(posts.order_by("starts_on", "pk").values_list("unit", "user"))
    nearest = max((keys.index(unit) for unit, _user in at_unit), default=None)
    chosen = [user for unit, user in at_unit if keys.index(unit) == nearest][:LIAISONS]
    return list(User.objects.filter(pk__in=chosen).prefetch_related(held_posts(on=on)))


def sponsors(site: Site, *, on: date) -> list[Sponsorship]:
    """Who sponsors the site that day: itself, its community or its unit, in this order."""
    kind = Sponsorship.Target
    by_name = Q(target_kind=kind.SITE, site=None, target_name__in=(site.code, site.name))
    of_site = Q(target_kind=kind.SITE, site=site) | by_name
    of_community = Q(target_kind=kind.COMMUNITY, target_name=site.community) if site.community else Q(pk__in=[])
    of_unit = Q(target_kind=kind.UNIT, target_name=site.unit.name)
    found = standing(site.campaign, on=on).filter(of_site | of_community | of_unit)
    order = [kind.SITE, kind.COMMUNITY, kind.UNIT]
    return sorted(found, key=lambda row: order.index(row.target_kind))


def former_units(site: Site) -> list[FormerSite]:
    """Those that answered for it before, the latest first."""
    return list(site.former_units.select_related("unit").order_by("-until", "-pk")[:FORMER])
