"""How a checklist comes in use, and how a round goes from the plan to its published scores."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.workflow.by_itself import BY_ITSELF
from cityinit.workflow import Move, Workflow
from inspections.models import Checklist, Round, Team

# More than this nobody fills in on a phone, nor does a form carry it.
MOST_ITEMS = 80


def not_ready(checklist: Checklist, by: Any) -> str | None:
    items = list(checklist.items.all())
    if not items:
        return _("这份检查表里还没有检查项，不能启用。")
    if len(items) > MOST_ITEMS:
        return _("检查项有%(n)s项，一次检查填不完。请减到%(most)s项以内，或分成几份。") % {
            "n": len(items),
            "most": MOST_ITEMS,
        }
    if wrong := next((item for item in items if item.rule.faults), None):
        return _("检查项“%(item)s”的判定规则没有填全。") % {"item": wrong.code}
    return None


def nowhere_to_go(round: Round, by: Any) -> str | None:
    if not round.stops.exists():
        return _("这个批次还没有点位。请先从抽取结果里取，或按条件选。")
    return None


def not_shared_out(round: Round, by: Any) -> str | None:
    """A team without anybody walks nowhere, and a site without a team is reached by nobody."""
    if left := round.stops.filter(team=None).count():
        return _("还有%(n)s个点位没有分给督查组。请先排线路。") % {"n": left}
    if empty := round.teams.filter(members=None).first():
        return _("督查组“%(team)s”还没有组员。") % {"team": empty}
    return None


def not_all_handed_in(round: Round, by: Any) -> str | None:
    if late := round.teams.filter(state=Team.State.WALKING).first():
        return _("督查组“%(team)s”还没有交。") % {"team": late}
    return None


def nothing_to_publish(round: Round, by: Any) -> str | None:
    if not round.visits.finished().exists():
        return _("这个批次没有检查完的点位，没有得分可公布。")
    if half := round.visits.filter(finished_at=None).select_related("site").first():
        return _("“%(site)s”还没有检查完，请退回补查。") % {"site": half.site}
    return None


def in_the_way_of_handing_in(team: Team, by: Any) -> str | None:
    """The round is walked, the person is of the team, and nothing was left half filled in."""
    if team.round.state != Round.State.IN_FIELD:
        return _("批次目前是“%(state)s”，不在督查中。") % {"state": team.round.get_state_display()}
    if by is not None and not by.has_perm("inspections.plan_round", team) and not team.includes(by):
        return _("您不是“%(team)s”的组员，只能由本组的人交。") % {"team": team}
    half = team.round.visits.filter(finished_at=None, site__stops__team=team).select_related("site").first()
    if half:
        return _("“%(site)s”还没有检查完，请先填完。") % {"site": half.site}
    return None


def round_is_out(team: Team, by: Any) -> str | None:
    if team.round.state not in (Round.State.IN_FIELD, Round.State.SUBMITTED):
        return _("批次目前是“%(state)s”，不能再退回。") % {"state": team.round.get_state_display()}
    return None


CHECKLIST = Workflow(
    "checklist",
    Move(
        "publish",
        gettext_lazy("启用"),
        (Checklist.State.DRAFT,),
        Checklist.State.IN_USE,
        "inspections.change_checklist",
        not_ready,
        tone="primary",
    ),
    Move(
        "withdraw",
        gettext_lazy("停用"),
        (Checklist.State.IN_USE,),
        Checklist.State.WITHDRAWN,
        "inspections.change_checklist",
        tone="red",
    ),
)

ROUND = Workflow(
    "round",
    Move(
        "draw",
        gettext_lazy("确定点位"),
        (Round.State.PLANNED,),
        Round.State.DRAWN,
        "inspections.plan_round",
        nowhere_to_go,
        tone="primary",
    ),
    Move(
        "replan",
        gettext_lazy("重选点位"),
        (Round.State.DRAWN,),
        Round.State.PLANNED,
        "inspections.plan_round",
    ),
    Move(
        "start",
        gettext_lazy("开始督查"),
        (Round.State.DRAWN,),
        Round.State.IN_FIELD,
        "inspections.plan_round",
        not_shared_out,
        tone="primary",
    ),
    # The last team's part makes it.
    Move(
        "submit",
        gettext_lazy("交齐"),
        (Round.State.IN_FIELD,),
        Round.State.SUBMITTED,
        BY_ITSELF,
        not_all_handed_in,
    ),
    # A team's part that is sent back makes it.
    Move(
        "resume",
        gettext_lazy("继续督查"),
        (Round.State.SUBMITTED,),
        Round.State.IN_FIELD,
        BY_ITSELF,
    ),
    Move(
        "publish",
        gettext_lazy("公布得分"),
        (Round.State.SUBMITTED,),
        Round.State.PUBLISHED,
        "inspections.plan_round",
        nothing_to_publish,
        tone="primary",
    ),
)

TEAM = Workflow(
    "team",
    Move(
        "hand_in",
        gettext_lazy("交本组结果"),
        (Team.State.WALKING,),
        Team.State.HANDED_IN,
        "inspections.hand_in_part",
        in_the_way_of_handing_in,
        tone="primary",
    ),
    Move(
        "send_back",
        gettext_lazy("退回补查"),
        (Team.State.HANDED_IN,),
        Team.State.WALKING,
        "inspections.plan_round",
        round_is_out,
        gives=("reason",),
        tone="orange",
    ),
)
