"""Choices of workstreams, each under the scheme it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


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


class PlaceForm(forms.Form):
    """Where chosen tasks are to stand from now on."""

    into = WorkstreamField(label=gettext_lazy("归入"), queryset=None, required=False)
    out_of = WorkstreamField(label=gettext_lazy("移出"), queryset=None, required=False)

    def __init__(self, data=None, *, workstreams):
        super().__init__(data)
        for name in ("into", "out_of"):
            self.fields[name].queryset = workstreams
            self.fields[name].empty_label = _("（不选）")

    def clean(self):
        values = super().clean()
        if not self.errors and not (values["into"] or values["out_of"]):
            raise ValidationError(_("请至少选择一个要归入或移出的板块。"))
        if not self.errors and values["into"] == values["out_of"]:
            raise ValidationError(_("归入和移出的是同一个板块，请改选其中一个。"))
        return values
