"""Forms of what a meeting decided."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.forms import DayField
from cityinit.sent import sent_key


class DecisionForm(forms.Form):
    """One decision: what, by whom, by when."""

    content = forms.CharField(label=_("议定事项"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=None, required=False, empty_label=_("未定"))
    due_on = DayField(label=_("完成时限"), required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, units, decision=None):
        kept = {name: getattr(decision, name) for name in ("content", "due_on")} if decision else {}
        unit = decision.unit_id if decision else None
        seen = decision.mark if decision else ""
        super().__init__(data, initial={"client_key": uuid.uuid4(), "seen": seen, "unit": unit, **kept})
        self.fields["unit"].queryset = units
        if decision:
            del self.fields["client_key"]
        else:
            del self.fields["seen"]

    def clean(self):
        values = super().clean()
        if "client_key" in self.fields:
            values["client_key"] = sent_key(self)
        return values


class SettleForm(forms.Form):
    """Carried out without a task of its own."""

    settled_on = DayField(label=_("落实日期"))
    outcome = forms.CharField(label=_("落实情况"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, decision):
        day = decision.settled_on or timezone.localdate()
        initial = {"settled_on": day, "outcome": decision.outcome, "seen": decision.mark}
        super().__init__(data, initial=initial)


class DecisionFilter(forms.Form):
    """What became of decisions: the tabs of the list, by meeting's name and unit."""

    q = forms.CharField(label=_("关键词"), required=False, max_length=60)
    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=None, required=False, empty_label=_("全部"))
    show = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, units):
        super().__init__(data)
        self.fields["unit"].queryset = units

    def filter(self, rows):
        """The rows asked for; all of them when the filter itself is faulty."""
        if not self.is_valid():
            return rows
        if words := self.cleaned_data["q"]:
            rows = rows.filter(content__icontains=words) | rows.filter(meeting__name__icontains=words)
        if unit := self.cleaned_data["unit"]:
            rows = rows.filter(unit=unit)
        return rows
