"""The versions of an assessment system: adopted, and replaced or retired."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import AssessmentSystem
from .by_itself import BY_ITSELF


def nothing_in_it(system: AssessmentSystem, by) -> str | None:
    if not system.indicators.exists():
        return _("这一版里还没有指标，不能启用。请先新增或导入指标。")
    return None


def cannot_take_its_place(system: AssessmentSystem, by) -> str | None:
    if reason := nothing_in_it(system, by):
        return reason
    previous = system.previous
    if previous and previous.state != AssessmentSystem.State.IN_FORCE:
        return _("它要接替的“%(previous)s”已是“%(state)s”。请先点“修改名称”，重新选择接替哪一版。") % {
            "previous": previous,
            "state": previous.get_state_display(),
        }
    return None


SYSTEM = Workflow(
    "assessment_system",
    Move(
        "adopt",
        gettext_lazy("启用"),
        (AssessmentSystem.State.DRAFT,),
        AssessmentSystem.State.IN_FORCE,
        "campaigns.change_system",
        cannot_take_its_place,
        gives=("adopted_on",),
        tone="primary",
    ),
    Move(
        "supersede",
        gettext_lazy("由新版接替"),
        (AssessmentSystem.State.IN_FORCE,),
        AssessmentSystem.State.SUPERSEDED,
        BY_ITSELF,
    ),
    Move(
        "retire",
        gettext_lazy("停用"),
        (AssessmentSystem.State.IN_FORCE,),
        AssessmentSystem.State.SUPERSEDED,
        "campaigns.change_system",
        gives=("superseded_on", "note"),
        tone="red",
    ),
)
