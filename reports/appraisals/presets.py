"""Rules to begin with, in our own words and with our own points: an office makes its own of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.models import AppraisalRule

Kind, Rank = AppraisalRule.Kind, AppraisalRule.Rank


@dataclass(frozen=True)
class Preset:
    name: Any
    rules: Sequence[dict[str, Any]]


def _rule(kind: str, points: str, cap: str = "", **more: Any) -> dict[str, Any]:
    numbers = {name: Decimal(value) for name, value in more.items() if name in ("threshold", "step")}
    return {"kind": kind, "points": Decimal(points), "cap": Decimal(cap) if cap else None} | more | numbers


PRESETS: Mapping[str, Preset] = {
    "usual": Preset(
        _("常用：整改、任务、材料和加分"),
        (
            _rule(Kind.OVERDUE, "0.5", "10", step="3"),
            _rule(Kind.REWORK, "0.5", "5"),
            _rule(Kind.REOPENED, "1", "5"),
            _rule(Kind.FOUND, "1", "6", severity="A"),
            _rule(Kind.RATE, "1", "10", threshold="90", step="5"),
            _rule(Kind.ROUND_SCORE, "2", "6", threshold="80"),
            _rule(Kind.TASK_LATE, "1", "10"),
            _rule(Kind.SUPERVISED, "2", "6"),
            _rule(Kind.NUDGED, "0.2", "2"),
            _rule(Kind.MATERIAL_LATE, "0.5", "5"),
            _rule(Kind.MATERIAL_BACK, "0.2", "2"),
            _rule(Kind.CRITICISM, "3", "9"),
            _rule(Kind.DEDUCTION, "1"),
            _rule(Kind.HONOUR, "5", "10", rank=Rank.NATION),
            _rule(Kind.HONOUR, "3", "6", rank=Rank.PROVINCE),
            _rule(Kind.HONOUR, "1", "3", rank=Rank.CITY),
            _rule(Kind.HIGHLIGHT, "0.2", "3"),
            _rule(Kind.PRAISE, "0.2", "2"),
            _rule(Kind.COMMENDED, "2", "4"),
            _rule(Kind.BONUS, "1"),
        ),
    ),
    "findings": Preset(
        _("只看问题整改"),
        (
            _rule(Kind.OVERDUE, "1", "20", step="1"),
            _rule(Kind.REWORK, "1", "10"),
            _rule(Kind.REOPENED, "2", "10"),
            _rule(Kind.RATE, "1", "20", threshold="95", step="1"),
            _rule(Kind.IN_TIME, "1", "10", threshold="90", step="2"),
        ),
    ),
}
