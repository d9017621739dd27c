"""How the office writes: parts, headings, phrases, its own Word file, and what is drafted without being asked for."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.marks import mark_of
from reports.models import Kind, Schedule, Template
from reports.templates import TEMPLATE_FIELDS

HEADING_LENGTH = 60
PLAIN_FIELDS = (
    *("name", "is_usual", "numbering", "layout", "scheme", "subtitle", "addressee", "signature", "line_points"),
    *("pairs", "charts", "opening", "requirements", "closing"),
)


class TemplateForm(forms.Form):
    """How the office writes one kind of report: the phrases, and the parts in their order, each told or left out."""

    name = forms.CharField(
        label=gettext_lazy("模板名称"), max_length=40, required=False, help_text=gettext_lazy("只有一个模板时可以不填")
    )
    is_usual = forms.BooleanField(label=gettext_lazy("通常采用这个模板"), required=False)
    numbering = forms.ChoiceField(label=gettext_lazy("标题编号"), choices=Template.Numbering.choices)
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
    charts = forms.BooleanField(
        label=gettext_lazy("附统计图"),
        required=False,
        help_text=gettext_lazy("每月、各类别、各单位的发现和整改情况，每图附数据表"),
    )
    pairs = forms.IntegerField(
        label=gettext_lazy("附整改前后照片（组）"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("最近整改好的在前，0为不附"),
    )
    opening = forms.CharField(
        label=gettext_lazy("开头语"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不填则按记录写"),
    )
    requirements = forms.CharField(
        label=gettext_lazy("工作要求"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("可写成“一是……；二是……”。不填则按整改情况写"),
    )
    closing = forms.CharField(label=gettext_lazy("结束语"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    parts = forms.MultipleChoiceField(error_messages={"required": gettext_lazy("请至少保留一个部分。")})
    order = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, template, parts, headed, schemes, others):
        self.usual_parts, self.headed, self.template, self.others = parts, headed, template, others
        chosen = [key for key in template.parts or parts if key in parts]
        initial = {name: getattr(template, name) for name in PLAIN_FIELDS} | {
            "line_points": f"{Decimal(template.line_points):.2f}",
            "parts": chosen,
            "order": ",".join(whole_order(chosen, parts)),
            "seen": mark_of(template, TEMPLATE_FIELDS),
        }
        super().__init__(data, initial=initial)
        self.fields["parts"].choices = list(parts.items())
        if template.kind == Kind.SUMMARY:
            del self.fields["requirements"]
            self.fields["layout"].choices = [("", _("按内容自动选择")), *Template.Layout.choices]
            self.fields["scheme"].choices = [("", _("按内容自动选择")), *((name, name) for name in schemes)]
        else:
            del self.fields["layout"], self.fields["scheme"]

    def plain_fields(self):
        return [self[name] for name in PLAIN_FIELDS if name in self.fields]

    def rows(self):
        """The parts as the page lists them, with the heading of each and the moves it can make there."""
        order, told = self._order(self["order"].value() or ""), self["parts"].value() or []
        return [
            {
                "key": key,
                "label": self.usual_parts[key],
                "heading": self._heading(key),
                "is_headed": key in self.headed,
                "is_told": key in told,
                "is_first": key == order[0],
                "is_last": key == order[-1],
            }
            for key in order
        ]

    def _heading(self, key):
        return self.data.get(f"heading-{key}", "") if self.is_bound else self.template.headings.get(key, "")

    def _order(self, text):
        return whole_order(text.split(","), self.usual_parts)

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if name in self.others:
            raise ValidationError(_("已有同名的模板，请换一个名称。"))
        return name

    def clean(self):
        """The parts that are told, in their order; all in the usual order is kept as “as usual”."""
        values = super().clean()
        order, told = self._order(values.pop("order", "")), values.get("parts", [])
        parts = [key for key in order if key in told]
        headings = {key: self._heading(key).strip() for key in self.headed}
        if any(len(heading) > HEADING_LENGTH for heading in headings.values()):
            raise ValidationError(_("标题最多%(most)s字。") % {"most": HEADING_LENGTH})
        headings = {key: heading for key, heading in headings.items() if heading}
        return values | {"parts": [] if parts == list(self.usual_parts) else parts, "headings": headings}


def with_part_moved(data, parts):
    """What was sent, with the part one place up or down whose button was pressed; None where none was."""
    step = -1 if "up" in data else 1
    key = data.get("up") or data.get("down")
    if key not in parts:
        return None
    order = whole_order(data.get("order", "").split(","), parts)
    here = order.index(key)
    there = min(max(here + step, 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    moved = data.copy()
    moved["order"] = ",".join(order)
    return moved


def whole_order(keys, parts):
    """Every part once: first those named, in that order, then the others in the usual one."""
    return list(dict.fromkeys([*(key for key in keys if key in parts), *parts]))


class ScheduleForm(forms.Form):
    """Which drafts are written without being asked for."""

    cycles = forms.MultipleChoiceField(
        label=gettext_lazy("自动编写初稿"),
        choices=Schedule.Cycle.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
