"""What every page shows around its content: the menu, the campaign, the bell."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import BigIntegerField
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cityinit.addresses import address
from cityinit.statements import Slot, Statement

from .models import Notice
from .roles import Role, scope_of

# (group, ((label, url name, icon, one permission or several of which one will do), ...)); apps above are named by
# URL, never imported.
MENU = (
    (
        _("工作台"),
        (
            (_("我的工作台"), "campaigns:desk", "home", "campaigns.see_campaign", "units.manage_people"),
            (_("总览"), "reports:dashboard", "layout-dashboard", "reports.see_dashboard", "inspections.answer_finding"),
        ),
    ),
    (
        _("创建任务"),
        (
            (_("测评体系"), "campaigns:systems", "list-check", "campaigns.see_system"),
            (_("任务分解"), "campaigns:breakdown", "sitemap", "campaigns.break_down_task"),
            (_("任务"), "campaigns:tasks", "checklist", "campaigns.see_task"),
            (_("常态工作"), "campaigns:recurring", "rotate", "campaigns.see_task"),
            (_("工作记录"), "campaigns:log", "notebook", "campaigns.see_task"),
            (_("进度"), "campaigns:progress", "chart-bar", "campaigns.see_task"),
            (_("督办"), "campaigns:supervisions", "rubber-stamp", "campaigns.see_task"),
            (_("延期"), "campaigns:extensions", "hourglass", "campaigns.see_task"),
        ),
    ),
    (
        _("材料台账"),
        (
            (_("材料"), "campaigns:materials", "paperclip", "campaigns.see_material"),
            (_("值守巡查"), "campaigns:my_duty", "shield", "campaigns.keep_duty"),
            (_("领导小组"), "campaigns:groups", "users", "campaigns.see_register"),
            (_("文件制度"), "campaigns:documents", "file-text", "campaigns.see_register", "campaigns.acknowledge_task"),
            (_("台账"), "campaigns:registers", "books", "campaigns.see_register", "campaigns.file_row"),
        ),
    ),
    (
        _("实地督查"),
        (
            (_("随手报问题"), "inspections:capture", "camera", "inspections.report_finding"),
            (_("问题"), "inspections:findings", "alert-triangle", "inspections.see_finding"),
            (_("亮点"), "inspections:praises", "star", "inspections.see_finding"),
            (_("督查批次"), "inspections:rounds", "route", "campaigns.see_register"),
            (_("点位"), "inspections:sites", "map-pin", "inspections.see_site"),
            (_("检查表"), "inspections:checklists", "clipboard-check", "inspections.see_site"),
            (_("包保责任"), "inspections:sponsors", "link", "campaigns.see_register"),
        ),
    ),
    (
        _("总结报告"),
        (
            (_("总结通报"), "reports:reports", "file-text", "reports.see_report"),
            (_("单位总结"), "reports:calls", "inbox", "reports.see_contribution"),
            (_("考核"), "reports:appraisals", "scale", "reports.see_appraisal"),
        ),
    ),
    (
        _("设置"),
        (
            (_("创建活动"), "campaigns:campaigns", "flag", "campaigns.see_campaign"),
            (_("问题类别"), "inspections:categories", "adjustments", "inspections.change_category"),
            (_("导入工作簿"), "inspections:workbook", "table-import", "campaigns.load_workbook"),
            (_("单位"), "units:units", "building", "units.see_directory"),
            (_("人员与岗位"), "units:people", "users", "units.see_directory"),
            (_("工作日历"), "campaigns:calendar", "calendar", "campaigns.change_calendar"),
            (_("后台作业"), "cityinit:jobs", "activity", "cityinit.see_jobs", "reports.write_report"),
            (_("审计日志"), "cityinit:audit", "shield", "units.see_audit"),
        ),
    ),
)

# What a post over a part of the host's units does not open, though its role has the permission.
FOR_THE_WHOLE_CAMPAIGN = {"campaigns.see_register"}
# What an entry opens with for who has the one permission and not the other: who answers findings begins with those
# that the own unit owes, the nearest deadline first. The address says so itself, and the bare one goes on meaning all.
OPENS_WITH = {
    "inspections:findings": (
        "inspections.answer_finding",
        "inspections.verify_finding",
        "?state=with_unit&part=lead&order=due",
    )
}
# Pages whose address does not begin with that of the menu entry they stand under.
STANDS_UNDER = {
    "campaigns:publicity_check": "campaigns:registers",
    "units:notices": "campaigns:desk",
    "campaigns:filters": "campaigns:tasks",
    "campaigns:week": "campaigns:tasks",
    "campaigns:workstreams": "campaigns:tasks",
    "campaigns:filter_new": "campaigns:tasks",
    "campaigns:filter_edit": "campaigns:tasks",
    "units:post_end": "units:people",
    "units:post_hand_over": "units:people",
    "units:hand_over": "units:people",
    "campaigns:assignment_move": "campaigns:tasks",
    "campaigns:extension_ask": "campaigns:tasks",
    "campaigns:instruct": "campaigns:registers",
    "campaigns:decisions": "campaigns:registers",
    "campaigns:decision_new": "campaigns:registers",
    "campaigns:decision_edit": "campaigns:registers",
    "campaigns:decision_settle": "campaigns:registers",
    "campaigns:member_succeed": "campaigns:groups",
    "inspections:look_backs": "inspections:findings",
    "inspections:escalations": "inspections:findings",
    "inspections:draws": "inspections:sites",
    "inspections:phrases": "inspections:sites",
    "inspections:phrases_everywhere": "inspections:sites",
    "inspections:phrases_of_kind": "inspections:sites",
    "inspections:draw": "inspections:sites",
    "inspections:draw_new": "inspections:sites",
    "inspections:visit": "inspections:rounds",
    "inspections:unanswered": "inspections:sponsors",
    "reports:contribution": "reports:calls",
    "reports:contribution_write": "reports:calls",
    "reports:contribution_records": "reports:calls",
    "reports:contribution_move": "reports:calls",
}


def navigation(request):
    """The menu a person's posts allow, and how many notices wait; nothing for the anonymous."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": ()}
    scope = scope_of(user)
    menu = _menu(_opened(request, scope), _opens_with(scope.permissions), _stands_at(request), get_language())
    return {
        "navigation": menu.groups,
        "sidebar": menu.html,
        "posts_line": "；".join(f"{post.unit_name} · {Role(post.role).label}" for post in scope.posts),
        "unread_notices": _unread_of(user),
        "current_campaign": getattr(request, "campaign", None),
        "campaign_choices": getattr(request, "campaign_choices", []),
    }


def _unread_of(user):
    """As counted when the person was read for this request; asked for where the log-in was in it."""
    came_with = getattr(user, "unread_at_first", None)
    return sum(n for (n,) in UNREAD.ask(user=user.pk)) if came_with is None else came_with


def _unread():
    mine = Notice.objects.unread().filter(user=Slot("user", BigIntegerField()))
    return mine.counted_by_person().values_list("n")


UNREAD = Statement(_unread)


@dataclass(frozen=True)
class Menu:
    groups: tuple[dict[str, Any], ...]
    html: SafeString


def _menu(opened: frozenset[str], begun: frozenset[str], path: str, language: str | None) -> Menu:
    """The menu with the entry marked that the page stands under."""
    # The longest address that the page's own begins with: /units/people/ is not also /units/.
    here = max(filter(path.startswith, _addresses(opened, get_script_prefix())), key=len, default="")
    return _drawn(opened, begun, here, language)


@lru_cache(maxsize=64)
def _addresses(opened: frozenset[str], _prefix: str) -> tuple[str, ...]:
    return tuple(map(address, opened))


# Drawn anew for each page it was a fifth of a list's time.
@lru_cache(maxsize=1024)
def _drawn(opened: frozenset[str], begun: frozenset[str], here: str, language: str | None) -> Menu:
    menu = (
        (
            str(label),
            tuple(
                {"label": str(text), "url": url + _query(name, begun), "icon": icon, "active": url == here}
                for text, name, icon, *_permissions in entries
                if name in opened and (url := address(name))
            ),
        )
        for label, entries in MENU
    )
    groups = tuple({"label": label, "items": items} for label, items in menu if items)
    return Menu(groups, render_to_string("components/menu.html", {"groups": groups}))


def _query(name: str, begun: frozenset[str]) -> str:
    return OPENS_WITH[name][2] if name in begun else ""


@lru_cache(maxsize=64)
def _opens_with(held: frozenset[str]) -> frozenset[str]:
    """The entries that open with a part of their list for a person of these permissions."""
    return frozenset(name for name, (has, lacks, _asked) in OPENS_WITH.items() if has in held and lacks not in held)


def _opened(request, scope):
    """The entries that one of the person's posts opens."""
    held = scope.permissions
    if campaign := getattr(request, "campaign", None):
        whole = {name for name in FOR_THE_WHOLE_CAMPAIGN & held if request.user.has_perm(name, campaign)}
        held = (held - FOR_THE_WHOLE_CAMPAIGN) | whole
    return _opened_by(held)


@lru_cache(maxsize=64)
def _opened_by(held: frozenset[str]) -> frozenset[str]:
    return frozenset(
        name for _label, entries in MENU for _text, name, _icon, *permissions in entries if held & set(permissions)
    )


def _stands_at(request):
    # Where no page was found there is no match either.
    match = request.resolver_match
    above = STANDS_UNDER.get(match.view_name) if match else None
    return reverse(above) if above else request.path
