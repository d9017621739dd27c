"""Which unit's week is looked at, and which week."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField, ReadySelect


class WeekForm(forms.Form):
    """What cannot be read is left out: the own unit and this week are shown then."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=None, widget=ReadySelect
    )
    day = DayField(label=gettext_lazy("哪一周"), required=False)

    def __init__(self, data=None, *, units):
        super().__init__(data)
        self.fields["unit"].queryset = units.only("pk", "name", "short_name")

    @property
    def chosen(self):
        if not self.is_bound:
            return {}
        self.is_valid()
        return self.cleaned_data
