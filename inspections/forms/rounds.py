"""What the office says of a round."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField


class RoundForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    ends_on = DayField(label=gettext_lazy("结束日期"), required=False)

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("结束日期不能早于开始日期。"))
        return cleaned
