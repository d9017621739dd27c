"""What a choice is called."""

from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.translation import get_language


def label_of(row: models.Model, name: str) -> str:
    """The words for the value that the row has in a field with choices.

    As its `get_…_display`, which makes a dictionary of all choices in words each time: the badges of a page were a
    tenth of it.
    """
    return _label(row._meta.get_field(name), getattr(row, name), get_language())


@lru_cache(maxsize=1024)
def _label(field: Any, value: Any, language: str | None) -> str:
    return str(dict(field.flatchoices).get(value, value))
