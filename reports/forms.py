"""Forms of reports: which period, the words of a section, how the office writes."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.content import DOCX, check_upload
from cityinit.documents.filled import faults
from cityinit.forms import DayField
from cityinit.marks import mark_of
from cityinit.models import StoredFile
from cityinit.periods import Period

from . import own_paper
from .models import Kind, Schedule, Template
from .templates import TEMPLATE_FIELDS

OWN_DAYS = "own"
WEEK = 7
QUARTERS_OFFERED, MONTHS_OFFERED, WEEKS_OFFERED = 6, 12, 6
HEADING_LENGTH = 60
# A paper with an emblem and a letterhead has some hundred KB.
PAPER_SIZE = 10 * 2**20
# Of a broken template so many faults are told at once.
FAULTS_TOLD = 20
# Of a kind what is not asked.
UNASKED = {
    Kind.SUMMARY: ("round",),
    Kind.CIRCULAR: ("unit",),
    Kind.ASSESSMENT: ("unit", "period", "first", "last"),
}
# Ten times the longest summary an office would sign.
SECTION_LENGTH = 100_000


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


class SectionForm(forms.Form):
    """The words of one section: paragraphs by line."""

    heading = forms.CharField(label=gettext_lazy("标题"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=SECTION_LENGTH,
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 18,
                "data-rich": "",
                "data-label": gettext_lazy("正文"),
                "data-bar": gettext_lazy("格式"),
                "data-bold": gettext_lazy("加粗"),
                "data-heading": gettext_lazy("小标题"),
                "data-item": gettext_lazy("列表"),
            }
        ),
        help_text=gettext_lazy("数字与原文一致的，仍可追溯到记录；没有来源的，保存后会标出。"),
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


PLAIN_FIELDS = (
    *("name", "is_usual", "numbering", "layout", "scheme", "subtitle", "addressee", "signature", "line_points"),
    *("pairs", "opening", "requirements", "closing"),
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


class RemarkForm(forms.Form):
    """What a reader says, of the report or of one of its sections."""

    section = forms.ModelChoiceField(
        label=gettext_lazy("针对"), queryset=None, required=False, empty_label=gettext_lazy("全文")
    )
    text = forms.CharField(label=gettext_lazy("意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, report):
        super().__init__(data, initial={"client_key": uuid4()})
        self.fields["section"].queryset = report.sections.exclude(level=0)


class SettleForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("处理情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class PaperForm(forms.Form):
    """The office's own Word file with placeholders; every fault in it is told with its place."""

    file = forms.FileField(label=gettext_lazy("Word模板"), widget=forms.FileInput(attrs={"accept": ".docx"}))

    def __init__(self, data=None, files=None, *, kind, parts):
        super().__init__(data, files)
        self.offered = own_paper.empty(kind, parts)

    def clean_file(self):
        checked = check_upload(self.cleaned_data["file"], kind=StoredFile.Kind.DOCUMENT)
        if checked.content_type != DOCX:
            raise ValidationError(_("请上传.docx文件。"))
        if checked.size > PAPER_SIZE:
            raise ValidationError(
                _("模板不能超过%(most)sMB，请压缩里面的图片后再上传。") % {"most": PAPER_SIZE // 2**20}
            )
        checked.upload.seek(0)
        if found := faults(checked.upload.read(), self.offered):
            raise ValidationError(found[:FAULTS_TOLD])
        return checked
