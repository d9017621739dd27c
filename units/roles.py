"""All roles and what each allows, on one page; and the scope a person's posts give.

`docs/access.md` is generated from this table. A permission is asked with
`user.has_perm(permission, obj)` and answered by `units.backends` from the posts held today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityinit.workflow import Refused


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("创建办工作人员")
    INSPECTOR = "inspector", _("督查员")
    LIAISON = "liaison", _("责任单位联络员")
    LEADER = "leader", _("领导")
    ADMINISTRATOR = "administrator", _("系统管理员")


_SEE = frozenset({"units.see_directory", "campaigns.see_campaign"})
_SEE_ALL = _SEE | {
    "campaigns.see_task",
    "campaigns.see_register",
    "inspections.see_finding",
    "inspections.see_site",
    "inspections.see_photo_position",
    "reports.see_report",
    "reports.download_report",
    "reports.see_dashboard",
}
_REVIEW = frozenset({"inspections.review_finding", "inspections.reopen_finding"})

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.COORDINATOR: _SEE_ALL
    | _REVIEW
    | {
        "campaigns.change_campaign",
        "campaigns.break_down_task",
        "campaigns.issue_task",
        "campaigns.confirm_task",
        "campaigns.log_work",
        "campaigns.nudge_task",
        "campaigns.change_register",
        "campaigns.load_workbook",
        "campaigns.export",
        "inspections.verify_finding",
        "inspections.dispatch_finding",
        "inspections.suspend_finding",
        "inspections.grant_extension",
        "inspections.change_site",
        "inspections.export",
        "reports.write_report",
        "reports.approve_report",
        "units.change_unit",
        "units.see_phone",
    },
    Role.INSPECTOR: _SEE
    | _REVIEW
    | {
        "inspections.see_finding",
        "inspections.see_site",
        "inspections.see_photo_position",
        "inspections.report_finding",
        # Only where the campaign has direct dispatch on, see inspections.workflow.
        "inspections.dispatch_finding",
        "campaigns.see_register",
    },
    Role.LIAISON: _SEE
    | {
        "campaigns.see_task",
        "campaigns.acknowledge_task",
        "campaigns.log_work",
        "campaigns.report_task_done",
        "inspections.see_finding",
        "inspections.see_site",
        "inspections.answer_finding",
    },
    Role.LEADER: _SEE_ALL | {"campaigns.instruct"},
    Role.ADMINISTRATOR: frozenset(
        {
            "units.see_directory",
            "units.change_unit",
            "units.manage_people",
            "units.see_phone",
            "units.see_audit",
            "cityinit.see_jobs",
            "campaigns.change_calendar",
        }
    ),
}

# Whose scope is by default the whole host unit, an administrator's the whole installation;
# a liaison's is the own unit and what is below it.
OFFICE_ROLES = frozenset({Role.COORDINATOR, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Reach:
    """Where an object belongs: the office's host path, and the paths of the units it concerns.

    Every governed model answers `reach()`; `units` may be narrower than who may see the row
    (a finding is answered by its lead unit, though assisting units see it).
    """

    office: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldPost:
    role: str
    unit_id: int
    unit_name: str
    unit_path: str
    host_id: int
    scope_path: str

    @property
    def permissions(self) -> frozenset[str]:
        return PERMISSIONS[self.role]

    @property
    def of_office(self) -> bool:
        return self.role in OFFICE_ROLES

    def covers(self, reach: Reach) -> bool:
        """Whether an object is within this post's scope."""
        if self.of_office and reach.office.startswith(self.scope_path):
            return True
        return any(path.startswith(self.scope_path) for path in reach.units)


@dataclass(frozen=True)
class Scope:
    """What a person's posts of today add up to. One query per request, kept on the user object."""

    posts: tuple[HeldPost, ...] = field(default=())

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({post.scope_path for post in self.posts}))

    @property
    def office_paths(self) -> tuple[str, ...]:
        """Scopes held by an office role other than administrator."""
        return self.paths_with("campaigns.see_campaign", office=True)

    @property
    def host_ids(self) -> tuple[int, ...]:
        return tuple(sorted({post.host_id for post in self.posts}))

    @property
    def unit_ids(self) -> tuple[int, ...]:
        return tuple(sorted({post.unit_id for post in self.posts}))

    def holds(self, permission: str) -> bool:
        return any(permission in post.permissions for post in self.posts)

    def paths_with(self, permission: str, *, office: bool | None = None) -> tuple[str, ...]:
        """Scope paths of the posts that give this permission; `office` narrows to office or unit posts."""
        return tuple(
            sorted(
                {
                    post.scope_path
                    for post in self.posts
                    if permission in post.permissions and office in (None, post.of_office)
                }
            )
        )


def scope_of(user: Any) -> Scope:
    """The person's scope today; empty for the anonymous and for people without a post."""
    if not getattr(user, "is_authenticated", False):
        return Scope()
    today = timezone.localdate()
    kept = getattr(user, "_scope", None)
    if kept is None or kept[0] != today:
        posts = user.posts.held(on=today).select_related("unit__host", "scope")
        kept = (today, Scope(tuple(_held(post) for post in posts)))
        user._scope = kept
    return kept[1]


def require(by: Any, permission: str, obj: Any = None) -> None:
    """Refuse a person without this permission here; the system itself (`by=None`) may do everything."""
    if by is not None and not by.has_perm(permission, obj):
        raise Refused(gettext("您的岗位没有这项权限。如工作需要，请联系系统管理员调整岗位。"))


def _held(post: Any) -> HeldPost:
    unit = post.unit
    return HeldPost(post.role, unit.pk, str(unit), unit.path, unit.host_id, _scope_path(post))


def _scope_path(post: Any) -> str:
    if post.scope:
        return post.scope.path
    if post.role == Role.ADMINISTRATOR:
        return "/"
    return post.unit.host.path if post.role in OFFICE_ROLES else post.unit.path
