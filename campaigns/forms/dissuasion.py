"""The tally: a number per kind, filled by large plus buttons or by hand."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import presets
from campaigns.models import DutyPost
from cityinit.forms import DayField

# More in one sending is a slip of the finger.
MOST = 9999
MOST_KINDS = 60
NUMBER, FINED = "number-", "fined-"


class TallyForm(forms.Form):
    """One number and one of those fined per kind; `rows` gives both fields of a kind to the page."""

    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, empty_label=None)
    done_on = DayField(label=gettext_lazy("日期"))
    duty = forms.ModelChoiceField(
        label=gettext_lazy("岗点"), queryset=None, required=False, empty_label=gettext_lazy("不在岗点上")
    )
    place = forms.CharField(label=gettext_lazy("地点"), max_length=100, required=False)
    other = forms.CharField(
        label=gettext_lazy("其他类型"),
        max_length=30,
        required=False,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "aria-label": gettext_lazy("其他类型"),
                "placeholder": gettext_lazy("其他类型"),
            }
        ),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, campaign: Any, units: Any, kinds: tuple[str, ...] = ()):
        initial = {"done_on": timezone.localdate(), "client_key": uuid.uuid4(), "unit": units.first()}
        super().__init__(data, initial=initial)
        # Fields carry their kind in the name, and a kind that was sent is read: what is counted most may have changed
        # since the page was drawn.
        sent = [name.removeprefix(NUMBER) for name in data or () if name.startswith(NUMBER)][:MOST_KINDS]
        self.kinds = [kind for kind in dict.fromkeys([*kinds, *presets.DISSUASION_KINDS, *sent]) if 0 < len(kind) <= 30]
        self.fields["unit"].queryset = units
        self.fields["duty"].queryset = (
            DutyPost.objects.of(campaign).filter(unit__in=units).running(on=timezone.localdate())
        )
        for kind in [*self.kinds, ""]:
            label = kind or _("其他类型")
            self.fields[f"{NUMBER}{kind}"] = self._number(label)
            self.fields[f"{FINED}{kind}"] = self._number(_("%(kind)s，其中登记处罚") % {"kind": label})

    @staticmethod
    def _number(label: str) -> forms.IntegerField:
        # No label is drawn: the row is named by its kind.
        attrs = {"inputmode": "numeric", "class": "form-control tally-number", "aria-label": label}
        widget = forms.NumberInput(attrs=attrs)
        return forms.IntegerField(label=label, min_value=0, max_value=MOST, required=False, widget=widget)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [self._row(kind) for kind in self.kinds]

    @property
    def other_row(self) -> dict[str, Any]:
        return self._row("")

    def _row(self, kind: str) -> dict[str, Any]:
        return {"kind": kind, "number": self[f"{NUMBER}{kind}"], "fined": self[f"{FINED}{kind}"]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        counted: dict[str, tuple[int, int]] = {}
        for kind in [*self.kinds, ""]:
            number, fined = (cleaned.get(f"{name}{kind}") or 0 for name in (NUMBER, FINED))
            if number or fined:
                counted[kind or cleaned.get("other", "")] = (number, fined)
        if "" in counted:
            self.add_error("other", _("请写明是哪一类不文明行为。"))
        cleaned["counted"] = counted
        # Not `sent_key`: which kinds have a field may have changed between two sendings.
        if key := cleaned.get("client_key"):
            said = [self[name].data for name in ("unit", "done_on", "duty", "place")]
            cleaned["client_key"] = uuid.uuid5(key, json.dumps([said, sorted(counted.items())]))
        return cleaned

    def given(self) -> dict[str, Any]:
        """What the action is given."""
        names = ("unit", "done_on", "duty", "place", "counted", "client_key")
        return {name: self.cleaned_data[name] for name in names}
