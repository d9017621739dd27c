"""Choices in groups: workstreams under their scheme, indicators and standards under their system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _

from campaigns.models.standard import NodeQuerySet


class Grouped(ModelChoiceIterator):
    """The choices in groups, in the order of the rows; flat where there is only one."""

    def group_of(self, row: Any) -> str:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        groups: dict[str, list[Any]] = {}
        for row in self.queryset:
            groups.setdefault(self.group_of(row), []).append(self.choice(row))
        if len(groups) == 1:
            yield from next(iter(groups.values()))
        else:
            yield from groups.items()


class ByScheme(Grouped):
    def group_of(self, row: Any) -> str:
        return row.scheme or _("其他")


class BySystem(Grouped):
    def group_of(self, row: Any) -> str:
        return str(getattr(row, "indicator", row).system)


def choose_by_system(field: forms.ModelChoiceField, rows: NodeQuerySet) -> None:
    """Let a field choose among these indicators or standards, each under its system, those in force first."""
    field.iterator = BySystem
    field.queryset = rows.by_system()
