"""Forms of the work log."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import quantities, recurrence
from campaigns.models import Quantity, Task, Workstream
from cityinit.forms import DayField, FilterForm, ReadySelect, UploadsField
from cityinit.sent import sent_key
from units.choices import offer_units

from .workstreams import WorkstreamField


class EntryForm(forms.Form):
    """An entry of the work log, with its files."""

    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, empty_label=None)
    done_on = DayField(label=gettext_lazy("日期"))
    kind = forms.CharField(
        label=gettext_lazy("类别"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"list": "kinds"}),
        help_text=gettext_lazy("例如：整治、宣传、培训、建设改造"),
    )
    content = forms.CharField(label=gettext_lazy("做了什么"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)
    quantities_text = forms.CharField(
        label=gettext_lazy("成效数据"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("名称=数字和单位，几项用“；”隔开。例如：接受心理咨询=400余人次；硬化路面=1000平方米"),
    )
    files = UploadsField(
        label=gettext_lazy("照片和文件"),
        required=False,
        help_text=gettext_lazy("可多选；照片每张不超过25 MB，文件不超过50 MB"),
    )
    # Shown once something was logged that cannot count toward the target: who means it says so.
    beside_target = forms.BooleanField(label=gettext_lazy("数据无误，不计入目标"), required=False)
    is_highlight = forms.BooleanField(
        label=gettext_lazy("亮点"), required=False, help_text=gettext_lazy("勾选后可写入总结的亮点部分")
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, files=None, *, campaign, units, by, target=None, entry=None):
        """`target` is the task's as a quantity, None where it has none; files are held back for `by`."""
        super().__init__(data, files, initial=_entry_values(entry) if entry else _new_entry_values(units))
        self.target = target
        if data is None:
            del self.fields["beside_target"]
        del self.fields["client_key" if entry else "seen"]
        self.campaign, self.entry = campaign, entry
        self.fields["files"].hold_for(by)
        self.fields["unit"].queryset = units
        if entry:
            del self.fields["unit"]
            self.fields["removed_files"] = forms.ModelMultipleChoiceField(
                label=_("去掉这些文件"),
                queryset=entry.files.all(),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            if not entry.files.all():
                del self.fields["removed_files"]

    def clean(self):
        values = super().clean()
        is_meant = values.pop("beside_target", False)
        is_asked = not is_meant and "quantities_text" in self.changed_data
        if is_asked and (doubt := self._doubt(values.get("quantities_text") or "")):
            self.add_error("quantities_text", doubt)
        elif not is_meant:
            del self.fields["beside_target"]
        if "client_key" in self.fields:
            values["client_key"] = sent_key(self)
        return values

    def _doubt(self, text):
        """What is asked once, where nothing that was logged counts toward the target."""
        found = quantities.parse(text)
        if not quantities.none_counts(found, self.target):
            return ""
        measures = "、".join(f"“{measure}”" for measure in quantities.measures_toward(self.target))
        asked = _("请改用%(measures)s，或勾选“%(box)s”。") % {
            "measures": measures,
            "box": self.fields["beside_target"].label,
        }
        return f"{quantities.beside_target(found, self.target)}{asked}"

    def clean_done_on(self):
        day = self.cleaned_data["done_on"]
        if day > timezone.localdate():
            raise ValidationError(_("工作日期不能晚于今天。"))
        # An imported entry may be older; it can be corrected without touching its day.
        if day < self.campaign.starts_on and not (self.entry and self.entry.done_on == day):
            raise ValidationError(_("这一天早于创建活动开始的%(day)s，请核对年份。") % {"day": self.campaign.starts_on})
        return day

    def clean_quantities_text(self):
        text = self.cleaned_data["quantities_text"]
        quantities.parse(text)
        return text


def _new_entry_values(units):
    return {"done_on": timezone.localdate(), "client_key": uuid.uuid4(), "unit": units[0] if units else None}


def _entry_values(entry):
    return {
        "done_on": entry.done_on,
        "kind": entry.kind,
        "content": entry.content,
        "quantities_text": quantities.written(row.amount for row in entry.quantities.all()),
        "is_highlight": entry.is_highlight,
        "seen": entry.mark,
    }


class LogFilterForm(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("内容、任务")}),
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False, widget=ReadySelect)
    workstream = WorkstreamField(label=gettext_lazy("板块"), queryset=None, required=False, widget=ReadySelect)
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)
    task = forms.ModelChoiceField(label=gettext_lazy("任务"), queryset=None, required=False, widget=forms.HiddenInput)
    # The entries that a sum of quantities was made of.
    measure = forms.CharField(label=gettext_lazy("计量单位"), required=False, max_length=20, widget=forms.HiddenInput)
    highlight = forms.BooleanField(label=gettext_lazy("只看亮点"), required=False)
    each = forms.BooleanField(label=gettext_lazy("常态落实逐条列"), required=False)
    label = forms.CharField(label=gettext_lazy("指标"), required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, data, *, campaign, tasks):
        super().__init__(data)
        self.offered = campaign.offered
        offer_units(self.fields["unit"], campaign.host)
        self.fields["workstream"].queryset = Workstream.objects.of(campaign)
        self.fields["task"].queryset = tasks
        for name in ("unit", "workstream"):
            self.fields[name].empty_label = _("全部")

    def clean(self):
        values = super().clean()
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", _("截止日早于起始日。"))
            # A span that cannot be narrows nothing, not by half.
            del values["first"]
        return values

    @property
    def is_by_week(self):
        """Whether duty kept by a tap is told week by week: not where one task's, a week's or a sum's are asked for."""
        asked = self.cleaned_data
        if any(asked.get(name) for name in ("each", "task", "label", "measure", "highlight")):
            return False
        first, last = asked.get("first"), asked.get("last")
        return not (first and last and last - first < recurrence.WEEK)

    def filter(self, entries):
        chosen = self.chosen
        if words := chosen["q"]:
            entries = entries.filter(
                Q(content__icontains=words) | Q(task__name__icontains=words) | Q(task__code__icontains=words)
            )
        if chosen["unit"]:
            entries = entries.filter(unit=chosen["unit"])
        if chosen["workstream"]:
            entries = entries.filter(task__in=Task.objects.in_workstream(chosen["workstream"]))
        if chosen["task"]:
            entries = entries.filter(task=chosen["task"])
        if chosen["label"]:
            told = Quantity.objects.filter(entry=OuterRef("pk"), label=chosen["label"])
            entries = entries.filter(Exists(told.filter(canonical_measure=chosen["measure"])))
        elif chosen["measure"]:
            amounts = Quantity.objects.filter(entry=OuterRef("pk"), canonical_measure=chosen["measure"])
            entries = entries.filter(Exists(amounts.exclude(kind=Quantity.Kind.DURATION)))
        if chosen["first"]:
            entries = entries.filter(done_on__gte=chosen["first"])
        if chosen["last"]:
            entries = entries.filter(done_on__lte=chosen["last"])
        return entries.filter(is_highlight=True) if chosen["highlight"] else entries
