"""As of which day figures are asked."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField


class DayForm(forms.Form):
    on = DayField(label=gettext_lazy("截至"), required=False)

    def __init__(self, data, *, campaign, today):
        super().__init__(data, initial={"on": campaign.so_far(on=today).last})
        self.campaign, self.today = campaign, today

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > self.today:
            raise ValidationError(_("截至日期不能晚于今天。"))
        if day and day < self.campaign.starts_on:
            raise ValidationError(_("截至日期不能早于活动开始的%(day)s。") % {"day": self.campaign.starts_on})
        return day
