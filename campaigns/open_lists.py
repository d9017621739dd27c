"""Where the rows that are open at a unit are listed: a list shows one campaign, a unit works in several."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.utils.http import urlencode

from units.succession import Listed


def lists_of(rows: QuerySet, url: str, asked: dict[str, Any], *, campaign: str = "campaign") -> tuple[Listed, ...]:
    """The list at `url`, narrowed as `asked`, of each campaign that has such rows; `campaign` leads to it."""
    keys = (campaign, f"{campaign}__short_name", f"{campaign}__name")
    counted = rows.order_by(campaign).values_list(*keys).annotate(n=Count("pk"))
    return tuple(
        Listed(short_name or name, n, f"{url}?{urlencode({'campaign': pk, **asked})}")
        for pk, short_name, name, n in counted
    )
