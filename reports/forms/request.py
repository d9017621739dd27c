"""Which report is asked for: a kind, and a period, a unit or a round."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.periods import Period
from reports.models import Kind

OWN_DAYS = "own"
WEEK = 7
QUARTERS_OFFERED, MONTHS_OFFERED, WEEKS_OFFERED = 6, 12, 6
# Of a kind what is not asked.
UNASKED = {
    Kind.SUMMARY: ("round",),
    Kind.CIRCULAR: ("unit",),
    Kind.ASSESSMENT: ("unit", "period", "first", "last"),
}


class RequestForm(forms.Form):
    """What is asked for of one kind: a period by name or two days, or a round; of a summary, where wanted, one unit."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False, widget=forms.HiddenInput)
    round = forms.ModelChoiceField(label=gettext_lazy("督查批次"), queryset=None, required=False)
    period = forms.ChoiceField(label=gettext_lazy("时段"), required=False)
    first = DayField(label=gettext_lazy("起"), required=False, help_text=gettext_lazy("选“自定起止”时填写"))
    last = DayField(label=gettext_lazy("止"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=gettext_lazy("全部（整个创建活动）")
    )
    template = forms.ModelChoiceField(
        label=gettext_lazy("模板"), queryset=None, required=False, empty_label=gettext_lazy("通常采用的")
    )

    def __init__(self, data=None, *, kind, campaign, units, rounds, templates, on):
        self.groups = quick_periods(campaign, on=on)
        self.periods = {_key(period): period for _label, periods in self.groups for period in periods}
        super().__init__(data, initial={"kind": kind, "period": _key(Period.containing(on).previous)})
        self.on, self.asked = on, kind
        self.fields["period"].choices = [
            *((label, [(_key(period), self.label(period, on=on)) for period in told]) for label, told in self.groups),
            (OWN_DAYS, _("自定起止")),
        ]
        self.fields["unit"].queryset, self.fields["round"].queryset = units, rounds
        self.fields["round"].empty_label = _("不按批次，按时段") if kind == Kind.CIRCULAR else _("请选择")
        for name in UNASKED[kind]:
            del self.fields[name]
        if len(templates) < 2:
            del self.fields["template"]
        else:
            self.fields["template"].queryset = templates

    def label(self, period, *, on):
        name = period.label if period.days != WEEK else period.span
        return name if period.last < on else _("%(period)s（截至编写当日）") % {"period": name}

    def clean(self):
        values = super().clean()
        if values.get("round"):
            return values | {"period": None}
        if self.asked == Kind.ASSESSMENT:
            raise ValidationError({"round": _("请选择督查批次。")})
        if values.get("period") != OWN_DAYS:
            if values.get("period") not in self.periods:
                raise ValidationError({"period": _("请选择时段。")})
            return values | {"period": self.periods[values["period"]]}
        first, last = values.get("first"), values.get("last")
        if not first or not last:
            raise ValidationError(_("请填写起止日期。"))
        if last < first:
            raise ValidationError(_("止的日期早于起的日期。"))
        if first > self.on:
            raise ValidationError(_("这个时段还没有开始，请选已经开始的时段。"))
        return values | {"period": Period(first, last)}


def _key(period):
    return f"{period.first}/{period.last}"


def quick_periods(campaign, *, on) -> list[tuple[str, list[Period]]]:
    """The periods that the campaign touches and that have begun, by how long they are, the latest first."""
    years = range(min(campaign.ends_on, on).year, campaign.starts_on.year - 1, -1)
    months, week = [], Period.week_of(on)
    month = Period.month(on.year, on.month)
    for _place in range(MONTHS_OFFERED):
        months.append(month)
        month = month.previous
    weeks = [week]
    for _place in range(WEEKS_OFFERED - 1):
        weeks.append(weeks[-1].previous)
    told = (
        (_("半年"), [Period.half_year(year, half) for year in years for half in (2, 1)]),
        (_("年度"), [Period.year(year) for year in years]),
        (_("季度"), [Period.quarter(year, quarter) for year in years for quarter in (4, 3, 2, 1)][:QUARTERS_OFFERED]),
        (_("月份"), months),
        (_("周"), weeks),
    )

    def is_offered(period):
        return period.first <= min(campaign.ends_on, on) and period.last >= campaign.starts_on

    return [(label, offered) for label, periods in told if (offered := [each for each in periods if is_offered(each)])]
