"""The way back: which records a figure of a frozen snapshot counted, as they are today."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from campaigns.registers import REGISTERS

from .facts import Row


@dataclass(frozen=True)
class Figure:
    """A figure as the snapshot keeps it: what it is, what it rests on, and the keys of its records."""

    label: str
    text: str
    basis: str
    model: str
    pks: tuple[int, ...]


def figure_of(facts: Row, key: str) -> Figure | None:
    """The figure, or the one record a number was taken from; None for a key the snapshot does not know."""
    if kept := facts["figures"].get(key):
        return Figure(kept["label"], kept["text"], kept["basis"], kept["model"], tuple(kept["pks"]))
    if key in facts["sources"]:
        model, _colon, pk = key.partition(":")
        return Figure(facts["sources"][key], "", "照录原始记录", model, (int(pk),))
    return None


def rows_of(figure: Figure, *, user: Any, first: int, last: int) -> list[dict]:
    """The records between two places of the frozen list, in its order; one deleted since is said to be."""
    wanted = figure.pks[first:last]
    if not figure.model:
        return []
    model = apps.get_model(figure.model)
    manager = model._default_manager
    rows = manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()
    related = [name for name in ("unit", "lead_unit", "task", "site", "category") if _has(model, name)]
    related += ["standard__indicator"] if _has(model, "standard") else []
    found = {row.pk: row for row in rows.filter(pk__in=wanted).select_related(*related)}
    return [_described(found.get(pk), pk) for pk in wanted]


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name and field.many_to_one for field in model._meta.get_fields())


def _described(row: Any, pk: int) -> dict:
    if row is None:
        return {"title": "", "detail": "", "state": "", "url": "", "pk": pk, "missing": True}
    return {
        "title": _title(row),
        "detail": _detail(row),
        "state": str(row.get_state_display()) if hasattr(row, "get_state_display") else "",
        "url": _address(row),
        "pk": pk,
        "missing": False,
    }


def _title(row: Any) -> str:
    match row._meta.label_lower:
        case "campaigns.worklogentry":
            return f"{row.done_on:%Y-%m-%d} {row.unit} {row.task}"
        case "campaigns.taskevent":
            of = f"{row.unit} " if row.unit else ""
            return f"{timezone.localdate(row.at):%Y-%m-%d} {row.label} {of}{row.task}"
        case "inspections.finding":
            return f"{row.number} {row.found_on:%Y-%m-%d} {row.where}"
        case "inspections.site":
            return f"{row.code} {row.name}"
    return str(row)


def _detail(row: Any) -> str:
    for name in ("content", "description", "requirement", "decisions", "reason", "note", "deed"):
        if text := getattr(row, name, ""):
            return str(text)[:160]
    return ""


def _address(row: Any) -> str:
    if hasattr(row, "get_absolute_url"):
        return row.get_absolute_url()
    slug = next((slug for slug, register in REGISTERS.items() if register.model is type(row)), "")
    return reverse("campaigns:register_row", args=[slug, row.pk]) if slug else ""
