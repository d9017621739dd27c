"""The way back: which records a figure of a frozen snapshot counted, as they are today.

A unit's part in a task that has ended since is found by the key it had; units are named as on the period's last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Exists, Model, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Assignment, PastAssignment, Task
from campaigns.registers import REGISTERS
from cityinit.periods import day_in_words
from units.models import Unit, names_on

from .comparing import Counted
from .facts import source_label
from .registers import sources_of

# {unit's key: (name, short name)} of those called otherwise on the day.
Names = dict[int, tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """A figure as the snapshot keeps it: what it is, what it rests on, and the keys of its records."""

    label: str
    text: str
    basis: str
    model: str
    pks: Sequence[int]
    on: date


def figure_of(snapshot: Counted, key: str) -> Figure | None:
    """The figure, or the one record a number was taken from; None for a key the snapshot does not know."""
    facts = snapshot.facts
    on = date.fromisoformat(facts["period"]["last"])
    if kept := facts["figures"].get(key):
        return Figure(kept["label"], kept["text"], kept["basis"], kept["model"], snapshot.keys_of(kept), on)
    sources = sources_of(key)
    if all(source in facts["sources"] for source in sources):
        pks = tuple(int(source.partition(":")[2]) for source in sources)
        return Figure(source_label(facts, key), "", "照录原始记录", key.partition(":")[0], pks, on)
    return None


def rows_of(figure: Figure, *, user: Any, first: int, last: int) -> list[dict]:
    """The records between two places of the frozen list, in its order; one deleted since is said to be."""
    wanted = figure.pks[first:last]
    if not figure.model:
        return []
    model = apps.get_model(figure.model)
    manager = model._default_manager
    rows = manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()
    found = {row.pk: row for row in rows.filter(pk__in=wanted).select_related(*related_of(model))}
    if model is Assignment:
        found |= _ended_parts([pk for pk in wanted if pk not in found], user=user)
    called = names_on(figure.on)
    return [_described(found.get(pk), pk, called) for pk in wanted]


def related_of(model: type[Model]) -> list[str]:
    """What is read with the rows of a model to tell of them."""
    related = [name for name in ("unit", "lead_unit", "task", "site", "category", "call") if _has(model, name)]
    return related + (["standard__indicator"] if _has(model, "standard") else [])


def told(rows: Iterable[Any], *, on: date) -> list[dict]:
    """The rows as a list tells of them: title, detail, state, url; units as they were called on that day."""
    called = names_on(on)
    return [_described(row, row.pk, called) for row in rows]


def _ended_parts(keys: list[int], *, user: Any) -> dict[int, PastAssignment]:
    """The parts that had these keys, by key, each with `is_open`: whether the person may see its task."""
    if not keys:
        return {}
    task = Task.objects.visible_to(user).filter(pk=OuterRef("task"))
    parts = PastAssignment.objects.visible_to(user).filter(part_key__in=keys, led_only=False)
    return {part.part_key: part for part in parts.select_related("task", "unit").annotate(is_open=Exists(task))}


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name and field.many_to_one for field in model._meta.get_fields())


def _described(row: Any, pk: int, called: Names) -> dict:
    if row is None:
        return {"title": "", "detail": "", "state": "", "url": "", "pk": pk, "missing": True}
    return {
        "title": _title(row, called),
        "detail": _detail(row),
        "state": _state(row),
        "url": _address(row),
        "pk": pk,
        "missing": False,
    }


def _title(row: Any, called: Names) -> str:
    match row._meta.label_lower:
        case "campaigns.worklogentry":
            return f"{row.done_on:%Y-%m-%d} {_name(row.unit, called)} {row.task}"
        case "campaigns.assignment" | "campaigns.pastassignment":
            return f"{row.task} · {_name(row.unit, called)}"
        case "campaigns.taskevent":
            of = f"{_name(row.unit, called)} " if row.unit else ""
            return f"{timezone.localdate(row.at):%Y-%m-%d} {row.label} {of}{row.task}"
        case "inspections.finding":
            return f"{row.number} {row.found_on:%Y-%m-%d} {row.where}"
        case "inspections.site":
            return f"{row.code} {row.name}"
        case "reports.contribution":
            return f"{_name(row.unit, called)} {row.call}"
    return str(row)


def _name(unit: Unit, called: Names) -> str:
    name, short_name = called.get(unit.pk, (unit.name, unit.short_name))
    return short_name or name


def _state(row: Any) -> str:
    if isinstance(row, PastAssignment):
        return _("%(day)s止") % {"day": day_in_words(row.until)}
    return str(row.get_state_display()) if hasattr(row, "get_state_display") else ""


def _detail(row: Any) -> str:
    for name in ("content", "description", "requirement", "decisions", "reason", "note", "deed"):
        if text := getattr(row, name, ""):
            return str(text)[:160]
    return ""


def _address(row: Any) -> str:
    if not getattr(row, "is_open", True):
        return ""
    if hasattr(row, "get_absolute_url"):
        return row.get_absolute_url()
    slug = next((slug for slug, register in REGISTERS.items() if register.model is type(row)), "")
    return reverse("campaigns:register_row", args=[slug, row.pk]) if slug else ""
