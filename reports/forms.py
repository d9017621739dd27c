"""Forms of reports: which period, the words of a section, how the office writes."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.marks import mark_of
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


STYLE_FIELDS = ("layout", "scheme", "subtitle", "addressee", "signature", "line_points", "opening", "closing")


class StyleForm(forms.Form):
    """How the office writes: the phrases, and the parts in their order, each told or left out."""

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
    parts = forms.MultipleChoiceField(
        choices=list(PARTS.items()), error_messages={"required": gettext_lazy("请至少保留一个部分。")}
    )
    order = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, style, schemes):
        chosen = list(style.parts or PARTS)
        initial = {name: getattr(style, name) for name in STYLE_FIELDS} | {
            "line_points": f"{Decimal(style.line_points):.2f}",
            "parts": chosen,
            "order": ",".join(_whole_order(chosen)),
            "seen": mark_of(style, (*STYLE_FIELDS, "parts")),
        }
        super().__init__(data, initial=initial)
        self.fields["layout"].choices = [("", _("按内容自动选择")), *Style.Layout.choices]
        self.fields["scheme"].choices = [("", _("按内容自动选择")), *((name, name) for name in schemes)]

    def plain_fields(self):
        return [self[name] for name in STYLE_FIELDS]

    def rows(self):
        """The parts as the page lists them, with the moves each can make there."""
        order, told = _whole_order((self["order"].value() or "").split(",")), self["parts"].value() or []
        return [
            {
                "key": key,
                "label": PARTS[key],
                "is_told": key in told,
                "is_first": key == order[0],
                "is_last": key == order[-1],
            }
            for key in order
        ]

    def clean(self):
        """The parts that are told, in their order; all in the usual order is kept as “as usual”."""
        values = super().clean()
        order, told = _whole_order(values.pop("order", "").split(",")), values.get("parts", [])
        parts = [key for key in order if key in told]
        return values | {"parts": [] if parts == list(PARTS) else parts}


def with_part_moved(data):
    """What was sent, with the part one place up or down whose button was pressed; None where none was."""
    step = -1 if "up" in data else 1
    key = data.get("up") or data.get("down")
    if key not in PARTS:
        return None
    order = _whole_order(data.get("order", "").split(","))
    here = order.index(key)
    there = min(max(here + step, 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    moved = data.copy()
    moved["order"] = ",".join(order)
    return moved


def _whole_order(keys):
    """Every part once: first those named, in that order, then the others in the usual one."""
    return list(dict.fromkeys([*(key for key in keys if key in PARTS), *PARTS]))
