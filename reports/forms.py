"""Forms of reports: which period, the words of a section, how the office writes."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.periods import Period

from .models import Style
from .narrative import PARTS

OWN_DAYS = "own"
# Ten times the longest summary an office would sign.
SECTION_LENGTH = 100_000


class RequestForm(forms.Form):
    """A period of the campaign by name, or two days; and, where wanted, one unit."""

    period = forms.ChoiceField(label=gettext_lazy("时段"))
    first = DayField(label=gettext_lazy("起"), required=False, help_text=gettext_lazy("选“自定起止”时填写"))
    last = DayField(label=gettext_lazy("止"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=gettext_lazy("全部（整个创建活动）")
    )

    def __init__(self, data=None, *, campaign, units, on):
        self.periods = {f"{period.first}/{period.last}": period for period in quick_periods(campaign, on=on)}
        due = Period.containing(on).previous
        initial = {"period": f"{due.first}/{due.last}"}
        super().__init__(data, initial=initial)
        self.on = on
        self.fields["period"].choices = [
            *((value, self.label(period, on=on)) for value, period in self.periods.items()),
            (OWN_DAYS, _("自定起止")),
        ]
        self.fields["unit"].queryset = units

    def label(self, period, *, on):
        return period.label if period.last < on else _("%(period)s（截至编写当日）") % {"period": period.label}

    def clean(self):
        values = super().clean()
        if values.get("period") != OWN_DAYS:
            return values | {"period": self.periods.get(values.get("period"))}
        first, last = values.get("first"), values.get("last")
        if not first or not last:
            raise ValidationError(_("请填写起止日期。"))
        if last < first:
            raise ValidationError(_("止的日期早于起的日期。"))
        if first > self.on:
            raise ValidationError(_("这个时段还没有开始，请选已经开始的时段。"))
        return values | {"period": Period(first, last)}


def quick_periods(campaign, *, on) -> list[Period]:
    """The half-years and years that the campaign touches and that have begun, the latest first."""
    told = []
    for year in range(campaign.ends_on.year, campaign.starts_on.year - 1, -1):
        for period in (Period.half_year(year, 2), Period.half_year(year, 1), Period.year(year)):
            if period.first <= min(campaign.ends_on, on) and period.last >= campaign.starts_on:
                told.append(period)
    return told


class SectionForm(forms.Form):
    """The words of one section: paragraphs by line."""

    heading = forms.CharField(label=gettext_lazy("标题"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=SECTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=gettext_lazy("一行一段。数字与原文一致的，仍可追溯到记录。"),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, section):
        initial = {"heading": section.heading, "text": section.text, "seen": section.token}
        super().__init__(data, initial=initial)
        if not section.level:
            del self.fields["heading"]

    def clean_text(self):
        lines = (line.strip() for line in self.cleaned_data["text"].splitlines())
        return "\n".join(line for line in lines if line)


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("说明"), widget=forms.Textarea(attrs={"rows": 4}))
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)


class StyleForm(forms.Form):
    """How the office writes; each part has a place, 0 leaves it out."""

    layout = forms.ChoiceField(label=gettext_lazy("结构"), required=False)
    scheme = forms.ChoiceField(label=gettext_lazy("按哪个体系分节"), required=False)
    subtitle = forms.CharField(label=gettext_lazy("副标题"), max_length=120, required=False)
    addressee = forms.CharField(label=gettext_lazy("主送"), max_length=200, required=False)
    signature = forms.CharField(
        label=gettext_lazy("落款"), max_length=100, required=False, help_text=gettext_lazy("不填则用主体单位名称")
    )
    line_points = forms.TypedChoiceField(
        label=gettext_lazy("行距"), choices=[("28.95", "28.95磅（国标）"), ("28.00", "28磅")]
    )
    opening = forms.CharField(
        label=gettext_lazy("开头语"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不填则按记录写"),
    )
    closing = forms.CharField(label=gettext_lazy("结束语"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data=None, *, style, schemes):
        names = ("layout", "scheme", "subtitle", "addressee", "signature", "opening", "closing")
        initial = {name: getattr(style, name) for name in names} | {"line_points": f"{Decimal(style.line_points):.2f}"}
        super().__init__(data, initial=initial)
        self.fields["layout"].choices = [("", _("按内容自动选择")), *Style.Layout.choices]
        self.fields["scheme"].choices = [("", _("按内容自动选择")), *((name, name) for name in schemes)]
        places = [(str(place), str(place) if place else _("不写")) for place in range(len(PARTS) + 1)]
        chosen = list(style.parts or PARTS)
        for key, label in PARTS.items():
            place = chosen.index(key) + 1 if key in chosen else 0
            self.fields[f"part_{key}"] = forms.TypedChoiceField(
                label=_("“%(part)s”的位置") % {"part": label}, choices=places, coerce=int, initial=str(place)
            )

    def clean(self):
        """The parts in the order of their places; all in the usual order is kept as “as usual”."""
        values = super().clean()
        places = {key: values.pop(f"part_{key}", 0) for key in PARTS}
        order = sorted((key for key in PARTS if places[key]), key=lambda key: places[key])
        if not order:
            raise ValidationError(_("请至少保留一个部分。"))
        return values | {"parts": [] if order == list(PARTS) else order}
