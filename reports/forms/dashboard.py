"""Of which period and units the overview is."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from cityinit.forms import DayField, FilterForm, ReadySelect
from cityinit.periods import Period
from units.models import Unit


class DashboardForm(FilterForm):
    """What cannot be read is told, and left out: then it is the half-year that runs, and all units one may see."""

    SPANS = {
        "": lambda day: Period.containing(day),
        "month": lambda day: Period.month(day.year, day.month),
        "quarter": lambda day: Period.quarter(day.year, (day.month + 2) // 3),
        "year": lambda day: Period.year(day.year),
        "last_month": lambda day: Period.month(day.year, day.month).previous,
        "last_half": lambda day: Period.containing(day).previous,
    }

    span = forms.ChoiceField(
        label=_("时段"),
        required=False,
        choices=[
            ("", _("本半年")),
            ("month", _("本月")),
            ("quarter", _("本季度")),
            ("year", _("本年")),
            ("last_month", _("上月")),
            ("last_half", _("上一个半年")),
            ("own", _("自定起止")),
        ],
    )
    since = DayField(label=_("起"), required=False)
    until = DayField(label=_("止"), required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("单位"), required=False, empty_label=_("全部"), widget=ReadySelect
    )

    def __init__(self, data, *, units, today: date, sees_whole: bool, offered):
        self.units, self.today, self.sees_whole, self.offered = units, today, sees_whole, offered
        super().__init__(data)

    def offer(self, name, field):
        if name == "unit":
            field.queryset = self.units
            if not self.sees_whole:
                field.empty_label = None

    @property
    def period(self) -> Period:
        """As asked; what has not begun or ends before it begins is the half-year."""
        chosen = self.chosen
        first, is_clear = chosen["since"], not {"since", "until"} & set(self.errors)
        if first and is_clear and chosen["span"] in ("own", None, ""):
            return Period(first, chosen["until"] or self.today)
        return self.SPANS.get(chosen["span"] or "", self.SPANS[""])(self.today)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("since"), cleaned.get("until")
        if first and first > self.today:
            self.add_error("since", _("起始日期不能晚于今天。"))
        elif first and last and last < first:
            self.add_error("until", _("截止日期不能早于起始日期。"))
        elif cleaned.get("span") == "own" and not first:
            self.add_error("since", _("请填写起始日期。"))
        return cleaned
