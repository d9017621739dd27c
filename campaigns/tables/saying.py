"""What a task says in the columns of a table: at the load, and when the table is given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from units.models import Unit

from . import fields as columns
from .fields import CODE, DUE, LEAD, LEVELS, NAME, PARENT, STARTS, TARGET, UNITS
from .indicators import path_of


def say(
    mapped: set[str],
    *,
    code: str,
    parent_code: str,
    indicator: Any,
    streams: list[str],
    lead: Unit | None,
    others: list[Unit],
    values: Mapping[str, Any],
) -> dict[str, str]:
    """Field → the cell in which a table with these columns would say it."""
    path = [one.name for one in path_of(indicator)]
    names = [unit.name for unit in sorted(others, key=lambda unit: unit.pk)]
    due = values["due_on"].isoformat() if values["due_on"] else ""
    target = values["target"]
    amount = f"{target.normalize():f}" if target is not None else ""
    told = {
        CODE: code,
        PARENT: parent_code,
        **{level: path[place] if place < len(path) else "" for place, level in enumerate(LEVELS)},
        columns.INDICATOR: indicator.code if indicator else "",
        columns.STREAMS: "、".join(sorted(streams)),
        NAME: values["name"],
        columns.REQUIREMENT: values["requirement"],
        LEAD: lead.name if lead else "",
        UNITS: "、".join(names if LEAD in mapped else [lead.name if lead else "", *names]),
        columns.LEADER: values["supervising_leader"],
        STARTS: values["starts_on"].isoformat() if values["starts_on"] else "",
        DUE: due or (values["frequency"] if columns.FREQUENCY not in mapped else ""),
        TARGET: amount + ("" if columns.MEASURE in mapped else values["measure"]),
        columns.MEASURE: values["measure"],
        columns.FREQUENCY: values["frequency"],
    }
    return {name: text for name, text in told.items() if name in mapped}
