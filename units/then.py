"""Whose a row was on a past day: rows that carry no days leave one with `unit` and `until` when they change hands."""

from __future__ import annotations

from datetime import date

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce


def unit_then(former: QuerySet, *, of: str, on: date, now: str = "unit_id") -> Coalesce:
    """The key of the unit whose the row was when that day ended.

    `former` are the rows kept of hands it has left, each pointing at it by `of`; `now` is whose it is.
    """
    past = former.filter(**{of: OuterRef("pk")}, until__gte=on).order_by("until", "pk")
    return Coalesce(Subquery(past.values("unit_id")[:1]), F(now), output_field=BigIntegerField())
