"""All roles and what each allows, on one page; and the scope a person's posts give.

`docs/access.md` is generated from this table. A permission is asked with
`user.has_perm(permission, obj)` and answered by `units.backends` from the posts held today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
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


_SEE = frozenset({"units.see_directory", "campaigns.see_campaign", "campaigns.see_system"})
_SEE_ALL = _SEE | {
    "campaigns.see_task",
    "campaigns.see_material",
    "campaigns.see_register",
    "campaigns.see_attendance",
    "campaigns.keep_duty",
    "inspections.see_finding",
    "inspections.see_site",
    "inspections.see_photo_position",
    "inspections.see_score",
    "reports.see_report",
    "reports.download_report",
    "reports.see_contribution",
    "reports.see_dashboard",
    "reports.see_appraisal",
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
        "campaigns.submit_material",
        "campaigns.review_material",
        "campaigns.change_material",
        "campaigns.export_materials",
        "campaigns.share_filter",
        "campaigns.supervise_task",
        "campaigns.extend_task",
        "campaigns.change_register",
        "campaigns.keep_roster",
        "campaigns.check_publicity",
        "campaigns.change_system",
        "campaigns.load_workbook",
        "campaigns.export",
        "inspections.verify_finding",
        "inspections.dispatch_finding",
        "inspections.suspend_finding",
        "inspections.grant_extension",
        "inspections.send_letter",
        "inspections.issue_notice",
        "inspections.change_category",
        "inspections.load_ledger",
        "inspections.change_site",
        "inspections.change_checklist",
        "inspections.plan_round",
        "inspections.hand_in_part",
        "inspections.export",
        "reports.write_report",
        "reports.approve_report",
        "reports.call_units",
        "reports.submit_contribution",
        "reports.appraise",
        "units.change_unit",
        "units.see_phone",
    },
    Role.INSPECTOR: _SEE
    | _REVIEW
    | {
        "inspections.see_finding",
        "inspections.see_site",
        "inspections.see_photo_position",
        "inspections.see_score",
        "inspections.visit_site",
        "inspections.hand_in_part",
        "inspections.report_finding",
        # Only where the campaign has direct dispatch on, see inspections.workflow.
        "inspections.dispatch_finding",
        "campaigns.see_register",
        "campaigns.check_publicity",
        "campaigns.keep_duty",
    },
    Role.LIAISON: _SEE
    | {
        "campaigns.see_task",
        "campaigns.acknowledge_task",
        "campaigns.log_work",
        "campaigns.report_task_done",
        "campaigns.file_row",
        "campaigns.see_attendance",
        "campaigns.keep_roster",
        "campaigns.keep_duty",
        "campaigns.check_publicity",
        "campaigns.see_material",
        "campaigns.submit_material",
        "campaigns.withdraw_material",
        "inspections.see_finding",
        "inspections.see_site",
        "inspections.see_score",
        "inspections.answer_finding",
        "reports.see_contribution",
        "reports.submit_contribution",
        "reports.see_appraisal",
        "reports.object_to_appraisal",
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

# What each permission is called and what it allows: the page of roles and docs/access.md print it.
TEXTS: dict[str, tuple[Any, str]] = {
    "units.see_directory": (
        _("看单位和人员"),
        "See the units of the own trees and the people in them; telephone numbers masked.",
    ),
    "units.change_unit": (_("管理单位"), "Add, edit, rename, move and merge units."),
    "units.see_phone": (_("看完整手机号"), "See telephone numbers whole, of people at the units of the own scope."),
    "units.manage_people": (
        _("管理人员和岗位"),
        "Add people, give and end posts, create one-time links: for posts within the own scope.",
    ),
    "units.see_audit": (_("看审计日志"), "Read the audit trail; only with the whole installation as scope."),
    "cityinit.see_jobs": (
        _("看全部后台作业"),
        "See and retry everybody's jobs, with the whole installation as scope; everybody sees the own ones.",
    ),
    "campaigns.see_campaign": (_("看创建活动"), "See a campaign with its phases and desk."),
    "campaigns.change_campaign": (_("管理创建活动"), "Add and edit campaigns."),
    "campaigns.change_calendar": (
        _("维护工作日历"),
        "Enter holidays and days worked in lieu; only with the whole installation as scope.",
    ),
    "campaigns.see_task": (_("看任务和工作记录"), "See tasks and the work logged: all, or those of the own units."),
    "campaigns.break_down_task": (_("任务分解"), "Add and edit tasks, choose units and deadlines."),
    "campaigns.issue_task": (_("下发和终止任务"), "Issue a task to its units, or cancel it."),
    "campaigns.acknowledge_task": (_("签收任务"), "Acknowledge the own unit's assignment."),
    "campaigns.log_work": (_("记录工作"), "Log work with quantities and files."),
    "campaigns.report_task_done": (_("反馈完成"), "Report the own unit's assignment as done."),
    "campaigns.confirm_task": (_("确认办结"), "Confirm a task, or send it back to a unit."),
    "campaigns.nudge_task": (_("催办"), "Nudge a unit that is behind with a task or with materials."),
    "campaigns.share_filter": (
        _("共享筛选"),
        "Share a saved filter with the office or with everybody of the campaign.",
    ),
    "campaigns.supervise_task": (
        _("督办"),
        "Supervise a unit's part in a task by letter, judge the answer, lift it.",
    ),
    "campaigns.extend_task": (_("批准任务延期"), "Grant or refuse more time for a task."),
    "campaigns.instruct": (_("批示"), "Leave an instruction."),
    "campaigns.see_material": (_("看材料"), "See materials with their files: all, or those of the own units."),
    "campaigns.submit_material": (_("报送材料"), "Hand in a material; the office may do so for a unit."),
    "campaigns.withdraw_material": (
        _("撤回材料"),
        "Take back what the own unit handed in, while nobody has reviewed it.",
    ),
    "campaigns.review_material": (
        _("审核和归档材料"),
        "Accept a material, return it, file it, open it again; accept nothing that was handed in by oneself.",
    ),
    "campaigns.change_material": (_("安排材料"), "Ask units for materials, drop one, set the rules for files."),
    "campaigns.export_materials": (_("打包和导出材料"), "Take materials out: as a zip, and their table as a sheet."),
    "campaigns.see_register": (
        _("看台账"),
        "See the registers of a campaign; a post over a part of the host's units (a leader's of one street) does not.",
    ),
    "campaigns.change_register": (_("维护台账"), "Add, edit and delete rows of the registers."),
    "campaigns.file_row": (
        _("登记本单位台账"),
        "File activities, volunteers, publicity, honours and dissuasion of the own units, and correct what they filed.",
    ),
    "campaigns.keep_duty": (
        _("值守和巡查"),
        "Check in at one's own turn, and record one's own patrols, with a post within the campaign's tree.",
    ),
    "campaigns.keep_roster": (
        _("排班和考勤"),
        "Draw up rosters, name people, note leave and attendance, enter patrols for others: all, or the own units'.",
    ),
    "campaigns.see_attendance": (
        _("看出勤和巡查落实"),
        "See by name who stood duty and who kept the quota: all, or of the own units; nobody of other units.",
    ),
    "campaigns.check_publicity": (_("检查宣传阵地"), "Note in what condition a position of publicity was found."),
    "campaigns.see_system": (
        _("看测评体系"),
        "See the assessment systems, indicators and standards: all, or those the own units answer for, drafts aside.",
    ),
    "campaigns.change_system": (
        _("维护测评体系"),
        "Load, revise, compare, adopt and retire assessment systems; what is in use is changed in a draft only.",
    ),
    "campaigns.load_workbook": (_("导入工作簿"), "Load a campaign from a workbook, dry run first."),
    "campaigns.export": (_("导出任务台账"), "Take the task ledger out as a file."),
    "inspections.see_site": (_("看点位"), "See sites: all, or those of the own units."),
    "inspections.change_site": (_("维护点位"), "Add and edit sites."),
    "inspections.change_checklist": (
        _("维护检查表"),
        "Draw up and load checklists, bring an edition in use or withdraw it; one in use is changed in the next only.",
    ),
    "inspections.plan_round": (
        _("安排督查批次"),
        "Plan a round with its sites, teams and routes, send it into the field, publish its scores.",
    ),
    "inspections.visit_site": (
        _("检查点位"),
        "Fill in the checklist of a site: in a round as one of the team it was given to, or without a round.",
    ),
    "inspections.hand_in_part": (
        _("交督查结果"),
        "Hand in a team's part of a round: who walks in the team, or the office for it.",
    ),
    "inspections.see_score": (
        _("看得分"),
        "See visits and scores: all, or the published ones of sites that were the own units'.",
    ),
    "inspections.see_finding": (_("看问题"), "See findings: all, or those the own units lead or assist in."),
    "inspections.see_photo_position": (_("看照片位置"), "See where a photo was taken."),
    "inspections.report_finding": (_("上报问题"), "File a finding, or one fixed on the spot; only the own draft."),
    "inspections.verify_finding": (_("立案"), "Verify, reject, mark as duplicate or void a finding."),
    "inspections.dispatch_finding": (
        _("交办"),
        "Dispatch a finding to a unit; the inspector only where the campaign has direct dispatch on.",
    ),
    "inspections.answer_finding": (_("整改"), "Acknowledge, answer or return a finding the own unit leads."),
    "inspections.review_finding": (_("复核销号"), "Close a finding or ask for rework; never of the own unit's answer."),
    "inspections.reopen_finding": (_("反弹"), "Reopen a closed finding within 90 days."),
    "inspections.suspend_finding": (_("挂账"), "Suspend a finding as long-term, and resume it."),
    "inspections.grant_extension": (_("批准延期"), "Grant or refuse more time."),
    "inspections.send_letter": (
        _("印发逾期督办函"),
        "Send a letter to a unit about findings it has left overdue, or decide against one.",
    ),
    "inspections.load_ledger": (_("导入问题台账"), "Bring in an office's own ledger of findings."),
    "inspections.issue_notice": (
        _("印发整改通知书"),
        "Issue rectification notices to units, and take all of a batch out as a zip.",
    ),
    "inspections.change_category": (
        _("维护问题类别和分工"),
        "Set the categories of findings with their limits, and to which unit each is dispatched.",
    ),
    "inspections.export": (_("导出问题台账"), "Take the finding ledger out as a file."),
    "reports.see_report": (_("看总结"), "See reports."),
    "reports.write_report": (_("编写总结"), "Request, edit and refresh reports."),
    "reports.approve_report": (_("审定总结"), "Review, approve and issue a report."),
    "reports.download_report": (_("下载总结"), "Download a report."),
    "reports.call_units": (
        _("征集单位总结"),
        "Ask units for their own summary by a day, nudge them, return or accept what they hand in.",
    ),
    "reports.see_contribution": (
        _("看单位总结"),
        "See what units hand in for a call: all, or what the own units do.",
    ),
    "reports.submit_contribution": (
        _("报送单位总结"),
        "Write and hand in the own unit's summary, take it back; the office may do so for a unit.",
    ),
    "reports.see_appraisal": (
        _("看考核"),
        "See appraisals: all, or of the published ones the sheets of the own units and how many each was ranked among.",
    ),
    "reports.appraise": (
        _("考核评分"),
        "Draw up the rules of appraisals, work them out, publish them, answer objections.",
    ),
    "reports.object_to_appraisal": (_("对考核申诉"), "Object to a line of the own unit's sheet until the day set."),
    "reports.see_dashboard": (_("看总览"), "See the figures of the whole campaign."),
}

# Whose scope is by default the whole host unit, an administrator's the whole installation;
# a liaison's is the own unit and what is below it.
OFFICE_ROLES = frozenset({Role.COORDINATOR, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR})


# What concerns every city on the installation: nobody has it whose scope is only one of them.
OF_THE_INSTALLATION = frozenset({"units.see_audit", "cityinit.see_jobs", "campaigns.change_calendar"})
EVERYTHING = "/"


@dataclass(frozen=True)
class Reach:
    """Where an object belongs: the office's host path, and the paths of the units it concerns.

    Every governed model answers `reach()`; `units` may be narrower than who may see the row
    (a finding is answered by its lead unit, though assisting units see it).
    """

    office: str
    units: tuple[str, ...] = ()


# What is read of a post, as `_held` takes it.
HELD = (
    *("role", "unit_id", "unit__short_name", "unit__name"),
    *("unit__path", "unit__host_id", "unit__host__path", "scope__path"),
)


@dataclass(frozen=True)
class HeldPost:
    role: str
    unit_id: int
    unit_name: str
    unit_path: str
    host_id: int
    scope_path: str

    @cached_property
    def permissions(self) -> frozenset[str]:
        allowed = PERMISSIONS[self.role]
        return allowed if self.scope_path == EVERYTHING else allowed - OF_THE_INSTALLATION

    @property
    def of_office(self) -> bool:
        return self.role in OFFICE_ROLES

    @property
    def is_partial(self) -> bool:
        """Of an office, but over a part of the host's units only: a district's coordinator."""
        whole = f"/{self.host_id}/"
        return self.of_office and self.scope_path.startswith(whole) and self.scope_path != whole

    def covers(self, reach: Reach, *, to_see: bool = True) -> bool:
        """Whether an object is within this post's scope.

        The office of a district sees what concerns any unit of its part, and moves only what concerns no other.
        """
        if self.of_office and reach.office.startswith(self.scope_path):
            return True
        within = [path.startswith(self.scope_path) for path in reach.units]
        return any(within) and (to_see or not self.is_partial or all(within))


@dataclass(frozen=True)
class Scope:
    """What a person's posts of today add up to. One query per request, kept on the user object."""

    posts: tuple[HeldPost, ...] = field(default=())

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted({post.scope_path for post in self.posts}))

    @property
    def host_ids(self) -> tuple[int, ...]:
        return tuple(sorted({post.host_id for post in self.posts}))

    @cached_property
    def permissions(self) -> frozenset[str]:
        """What any of the posts gives, wherever."""
        return frozenset().union(*(post.permissions for post in self.posts))

    def holds(self, permission: str) -> bool:
        return permission in self.permissions

    def holds_everywhere(self, permission: str) -> bool:
        return EVERYTHING in self.paths_with(permission)

    def hosts_with(self, permission: str) -> set[int]:
        """Keys of the hosts at or below which a post gives the permission."""
        return {post.host_id for post in self.posts if permission in post.permissions}

    def reaches(self, path: str, permission: str, *, office: bool | None = None) -> bool:
        """Whether a post over this unit, or over one above it, gives the permission; `office` as in `paths_with`."""
        return any(path.startswith(above) for above in self.paths_with(permission, office=office))

    def partial_paths_with(self, permission: str) -> tuple[str, ...]:
        """Scope paths of the office posts over a part of a host that give this permission."""
        return tuple(
            sorted({post.scope_path for post in self.posts if post.is_partial and permission in post.permissions})
        )

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
        kept = (today, Scope(tuple(_held(*post) for post in user.posts_on(today))))
        user._scope = kept
    return kept[1]


def require(by: Any, permission: str, obj: Any = None) -> None:
    """Refuse a person without this permission here; the system itself (`by=None`) may do everything."""
    if by is not None and not by.has_perm(permission, obj):
        raise Refused(gettext("您的岗位没有这项权限。如工作需要，请联系系统管理员调整岗位。"))


def _held(
    role: str,
    unit_id: int,
    short_name: str,
    name: str,
    path: str,
    host_id: int,
    host_path: str,
    scope_path: str | None,
) -> HeldPost:
    if scope_path is None:
        scope_path = host_path if role in OFFICE_ROLES else path
        scope_path = EVERYTHING if role == Role.ADMINISTRATOR else scope_path
    return HeldPost(role, unit_id, short_name or name, path, host_id, scope_path)
