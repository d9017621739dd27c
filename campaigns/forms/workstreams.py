"""Choices of workstreams, each under the scheme it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _


class ByScheme(ModelChoiceIterator):
    """The choices in groups named by scheme; flat where there is only one."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        schemes: dict[str, list[Any]] = {}
        for workstream in self.queryset:
            schemes.setdefault(workstream.scheme, []).append(self.choice(workstream))
        if len(schemes) == 1:
            yield from next(iter(schemes.values()))
        else:
            yield from ((scheme or _("其他"), choices) for scheme, choices in schemes.items())


class WorkstreamField(forms.ModelChoiceField):
    iterator = ByScheme


class WorkstreamsField(forms.ModelMultipleChoiceField):
    iterator = ByScheme
