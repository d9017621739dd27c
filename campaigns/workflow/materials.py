"""A material of a unit: handed in, reviewed, filed."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import Material


def no_longer_asked(material: Material, by) -> str | None:
    if material.is_dropped:
        return _("这项材料已于%(day)s撤销，不用再报送。") % {"day": material.dropped_on}
    if not material.is_in_force:
        return _("“%(system)s”已停用，这项材料不用再报送。") % {"system": material.standard.indicator.system}
    return None


def handed_in_by_oneself(material: Material, by) -> str | None:
    """As with findings: nobody passes what they handed in themselves."""
    if by is not None and material.latest is not None and material.latest.submitted_by_id == by.pk:
        return _("这次是您自己报送的，要由创建办的另一位同事审核。")
    return None


MATERIAL = Workflow(
    "material",
    Move(
        "submit",
        gettext_lazy("报送"),
        (Material.State.EMPTY,),
        Material.State.SUBMITTED,
        "campaigns.submit_material",
        no_longer_asked,
        gives=("title", "dated_on", "files"),
        tone="primary",
    ),
    Move(
        "resubmit",
        gettext_lazy("重新报送"),
        (Material.State.RETURNED,),
        Material.State.RESUBMITTED,
        "campaigns.submit_material",
        no_longer_asked,
        gives=("title", "dated_on", "files"),
        tone="primary",
    ),
    Move(
        "withdraw",
        gettext_lazy("撤回"),
        (Material.State.SUBMITTED,),
        Material.State.EMPTY,
        "campaigns.withdraw_material",
    ),
    Move(
        "withdraw_again",
        gettext_lazy("撤回"),
        (Material.State.RESUBMITTED,),
        Material.State.RETURNED,
        "campaigns.withdraw_material",
    ),
    Move(
        "accept",
        gettext_lazy("审核通过"),
        (Material.State.SUBMITTED, Material.State.RESUBMITTED),
        Material.State.ACCEPTED,
        "campaigns.review_material",
        handed_in_by_oneself,
        tone="green",
    ),
    Move(
        "return_to_unit",
        gettext_lazy("退回"),
        (Material.State.SUBMITTED, Material.State.RESUBMITTED),
        Material.State.RETURNED,
        "campaigns.review_material",
        gives=("reasons", "note"),
        tone="orange",
    ),
    Move(
        "file",
        gettext_lazy("归档"),
        (Material.State.ACCEPTED,),
        Material.State.FILED,
        "campaigns.review_material",
        tone="primary",
    ),
    Move(
        "reopen",
        gettext_lazy("重新打开"),
        (Material.State.ACCEPTED, Material.State.FILED),
        Material.State.RETURNED,
        "campaigns.review_material",
        gives=("note",),
        tone="orange",
    ),
)
