"""What the rows of a register come to by kind, unit, team or month, each with the choice that lists them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from cityinit.numerals import number
from units.models import Unit

from .registers import Register


@dataclass(frozen=True)
class Line:
    """One group. `chosen` is the filter that lists exactly its rows; None where no filter can ask for them."""

    name: str
    rows: int
    sums: tuple[str, ...]
    chosen: dict[str, Any] | None


@dataclass(frozen=True)
class Sums:
    lines: list[Line]
    total: Line


def label(register: Register, by: str) -> str:
    return _("月份") if by == "month" else register.label(by)


def add_up(register: Register, rows: QuerySet[Model], *, by: str) -> Sums:
    """The sums of `rows` by one of the register's `sum_by`; a sum of which nothing was recorded is empty, a 0 is 0."""
    counted = {f"sum_{name}": Sum(name) for name in register.summed}
    # A condition read from the checks must not split the groups.
    plain: QuerySet[Any] = register.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
    if by == "month":
        plain = plain.annotate(month=TruncMonth(register.day))
    groups = plain.order_by().values(by).annotate(n=Count("pk"), **counted)
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=plain.values("unit"))} if by == "unit" else {}
    lines = [_line(register, group, by=by, units=units) for group in groups]
    lines.sort(key=lambda line: line.name if by == "month" else (-line.rows, line.name))
    whole = plain.aggregate(n=Count("pk"), **counted)
    return Sums(lines, Line(_("合计"), whole["n"], _amounts(register, whole), {}))


def _line(register: Register, group: dict[str, Any], *, by: str, units: dict[int, Unit]) -> Line:
    value = group[by]
    if value in (None, ""):
        return Line(_("未填写"), group["n"], _amounts(register, group), None)
    name, chosen = str(value), {by: value}
    if by == "month":
        last = value.replace(day=monthrange(value.year, value.month)[1])
        name, chosen = f"{value:%Y-%m}", {"first": value.isoformat(), "last": last.isoformat()}
    elif by == "unit":
        name = str(units[value])
    elif choices := register.model._meta.get_field(by).choices:
        name = str(dict(choices)[value])
    return Line(name, group["n"], _amounts(register, group), chosen)


def _amounts(register: Register, group: dict[str, Any]) -> tuple[str, ...]:
    values = (group[f"sum_{name}"] for name in register.summed)
    return tuple("" if value is None else number(value) for value in values)
