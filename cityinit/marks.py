"""Marks of values and rows: whether what stands now is what was seen or written before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models


def mark_of(row: models.Model, names: tuple[str, ...], **more: Any) -> str:
    """A mark of the row as it stands, by which a form drawn from an older one is known."""
    many = {field.name for field in row._meta.many_to_many}
    values = {name: list(getattr(row, name).all()) if name in many else getattr(row, name) for name in names}
    return digest(values | more)


def digest(values: Mapping[str, Any]) -> str:
    """A mark of these values that is the same for a row just written and one read back."""
    return hashlib.sha256(
        json.dumps({name: _plain(value) for name, value in values.items()}, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        # What goes on through versions is the same in each of them.
        return str(getattr(value, "lineage", value.pk))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list | tuple):
        plain = [_plain(item) for item in value]
        return sorted(plain) if value and all(isinstance(item, models.Model | int) for item in value) else plain
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
