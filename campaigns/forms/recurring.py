"""The filter of recurring duty."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign
from campaigns.recurring import PartDuty, tapped
from cityinit.forms import DayField, ReadySelect
from cityinit.periods import Period
from units.choices import offer_units


class RecurringFilterForm(forms.Form):
    """Which period, which unit, and whether only what was missed."""

    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False, widget=ReadySelect)
    # The parts that a summary's figure counts.
    tapped = forms.BooleanField(label=gettext_lazy("只看逐次登记"), required=False)
    missed = forms.BooleanField(label=gettext_lazy("只看未足额落实"), required=False)

    def __init__(self, data, *, host):
        super().__init__(data)
        self.offered = str(host.register_mark)
        offer_units(self.fields["unit"], host)
        self.fields["unit"].empty_label = _("全部")

    @property
    def chosen(self) -> dict:
        """What could be read."""
        self.is_valid()
        return self.cleaned_data

    def clean(self):
        values = super().clean()
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", _("截止日早于起始日。"))
        return values

    def period(self, campaign: Campaign, *, on: date) -> Period:
        """The days asked for; this half-year so far where nothing was asked."""
        half = Period.containing(on)
        usual = half.until(on)
        if not self.is_valid():
            return usual
        first = self.cleaned_data["first"] or max(usual.first, min(campaign.starts_on, on))
        last = min(self.cleaned_data["last"] or on, on)
        return Period(min(first, last), last)

    def filter(self, parts, period: Period):
        if not self.is_valid():
            return parts
        if self.cleaned_data["tapped"]:
            parts = tapped(parts, period)
        return parts.filter(unit=self.cleaned_data["unit"]) if self.cleaned_data["unit"] else parts

    def narrow(self, rows: list[PartDuty]) -> list[PartDuty]:
        if not self.is_valid() or not self.cleaned_data["missed"]:
            return rows
        return [row for row in rows if any(line.missed for line in row.over())]
