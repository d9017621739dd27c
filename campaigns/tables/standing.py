"""A row beside the task that stands already: whether they may be one, and what the row would change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.comparison import text_likeness
from campaigns.models import Task

from . import fields as columns

# Of names at least so much must be alike for a table that says it a little differently.
ALIKE = 0.6
QUOTED = ("name", "requirement")
LABELS = {
    **{name: Task._meta.get_field(name).verbose_name for name in Task.WRITTEN if name not in ("code", "lead_unit")},
    "lead": Task._meta.get_field("lead_unit").verbose_name,
    "others": columns.UNITS,
    "streams": gettext_lazy("板块"),
}


def is_same(one: str, other: str) -> bool:
    """Whether two names may well be one task's: the same words, one within the other, or mostly alike."""
    one, other = (re.sub(r"\W", "", name) for name in (one, other))
    if not one or not other:
        return False
    return one in other or other in one or text_likeness(one, other, ALIKE) >= ALIKE


def changes_in_words(
    now: Mapping[str, Any], wanted: Mapping[str, Any], *, units: Mapping[int, str], streams: Mapping[int, str]
) -> str:
    """名称由“甲”改为“乙”；完成时限由2026-06-30改为2026-07-31. The mappings are names by key."""

    def said(name: str, value: Any) -> str:
        if value in (None, "", []):
            return _("（空）")
        if name in ("lead", "others", "streams"):
            names = streams if name == "streams" else units
            return "、".join(names.get(pk, str(pk)) for pk in (value if isinstance(value, list) else [value]))
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return f"“{value}”" if name in QUOTED else str(value)

    return "；".join(
        _("%(label)s由%(was)s改为%(will)s")
        % {"label": LABELS[name], "was": said(name, now[name]), "will": said(name, value)}
        for name, value in wanted.items()
        if value != now[name]
    )
