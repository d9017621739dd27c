"""Forms of tasks and their moves."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import breakdown, figures, frequency
from campaigns.models import Assignment, Indicator, Task, Workstream
from cityinit.forms import DayField
from cityinit.sent import sent_key

from .workstreams import WorkstreamField, WorkstreamsField

FIGURES = {
    "counted": gettext_lazy("计入完成率的任务"),
    "done": gettext_lazy("其中已办结的任务"),
}
COUNTED = {"counted": figures.counted_tasks, "done": figures.done_tasks}
UNREAD_TOO_LONG = timedelta(days=3)
SOON = 7


class TaskForm(forms.ModelForm):
    """A task as the office breaks it down; what it may choose from is handed in."""

    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("责任单位"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("牵头单位之外共同承担的单位，各自签收、各自反馈"),
    )
    workstreams = WorkstreamsField(
        label=gettext_lazy("板块"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    due_on = DayField(label=gettext_lazy("完成时限"), required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Task
        fields = [
            "code",
            "name",
            "requirement",
            "lead_unit",
            "supervising_leader",
            "units",
            "parent",
            "indicator",
            "workstreams",
            "starts_on",
            "due_on",
            "target",
            "measure",
            "frequency",
        ]
        widgets = {
            "requirement": forms.Textarea(attrs={"rows": 4}),
            "frequency": forms.TextInput(attrs={"list": "frequencies"}),
        }

    def __init__(self, data=None, *, campaign, units, tasks, task=None):
        parts = list(task.assignments.all()) if task else []
        initial = {
            "client_key": uuid.uuid4(),
            "seen_state": task.state if task else "",
            "seen": task.mark if task else "",
            "units": [part.unit_id for part in parts if not part.is_lead],
        }
        super().__init__(data, instance=task or Task(campaign=campaign), initial=initial)
        self.campaign = campaign
        self.editing = task
        self.fields["units"].queryset = units
        self.fields["lead_unit"].queryset = units
        self.fields["lead_unit"].widget.attrs["data-not-again-in"] = "units"
        self.fields["parent"].queryset = tasks
        self.fields["indicator"].queryset = Indicator.objects.of(campaign).to_choose(kept=task and task.indicator_id)
        self.fields["workstreams"].queryset = Workstream.objects.of(campaign)
        self.fields["lead_unit"].empty_label = _("请选择")
        self.fields["parent"].empty_label = self.fields["indicator"].empty_label = _("无")

    @property
    def frequencies(self):
        return frequency.SUGGESTIONS

    def clean(self):
        values = super().clean()
        values["client_key"] = sent_key(self)
        asked = {name: values.get(name) for name in breakdown.ASKED}
        asked |= {"code": values.get("code") or "", "units": values.get("units") or []}
        asked |= {"workstreams": values.get("workstreams") or [], "frequency": values.get("frequency") or ""}
        # Sent twice, the form meets the task it made the first time: that code is its own.
        sent = Task.objects.of(self.campaign).filter(client_key=values["client_key"]).exclude(client_key=None)
        for name, sentence in breakdown.faults(self.campaign, task=self.editing or sent.first(), **asked).items():
            if name not in self.errors:
                self.add_error(name, sentence)
        return values

    def _post_clean(self):
        """The instance stays as it was read: the action writes, and compares with what stood there."""


class TaskFilterForm(forms.Form):
    """What a list of tasks is narrowed by; desks link here with the same words they count by."""

    DUE = [
        ("", gettext_lazy("不限")),
        ("overdue", gettext_lazy("已逾期")),
        ("today", gettext_lazy("今天到期")),
        ("week", gettext_lazy("7天内到期")),
        ("none", gettext_lazy("未定时限")),
    ]
    PART = [
        ("", gettext_lazy("不限")),
        ("unread", gettext_lazy("未签收")),
        ("unread_long", gettext_lazy("下发3天以上未签收")),
        ("working", gettext_lazy("办理中")),
        ("unfinished", gettext_lazy("未反馈完成")),
        ("reported_done", gettext_lazy("已反馈完成")),
        ("nudged", gettext_lazy("被催办")),
    ]

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、名称、要求")}),
    )
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False)
    workstream = WorkstreamField(label=gettext_lazy("板块"), queryset=None, required=False)
    due = forms.ChoiceField(label=gettext_lazy("时限"), choices=DUE, required=False)
    part = forms.ChoiceField(label=gettext_lazy("单位办理"), choices=PART, required=False)
    # The records behind a figure of the progress page, as of today.
    figure = forms.ChoiceField(choices=[("", ""), *FIGURES.items()], required=False, widget=forms.HiddenInput)

    def __init__(self, data, *, campaign, units, workstreams, assignments):
        """`assignments` are those the person may see: a liaison asks after the own units only."""
        super().__init__(data)
        self.campaign = campaign
        self.fields["state"].choices = [("", _("全部")), ("open", _("未办结")), *Task.State.choices]
        self.fields["unit"].queryset = units
        self.fields["workstream"].queryset = workstreams
        for name in ("unit", "workstream"):
            self.fields[name].empty_label = _("全部")
        self.assignments = assignments

    @property
    def figure_label(self):
        """What is listed when a figure is traced back to its records."""
        return FIGURES.get(self.cleaned_data["figure"], "") if self.is_valid() else ""

    @property
    def is_by_due_day(self):
        """Whether every row has a day it is due on, so that the list can be in that order."""
        return self.is_valid() and self.cleaned_data["due"] in ("overdue", "today", "week")

    def filter(self, tasks):
        if not self.is_valid():
            return tasks
        chosen = self.cleaned_data
        if words := chosen["q"]:
            tasks = tasks.filter(Q(code__icontains=words) | Q(name__icontains=words) | Q(requirement__icontains=words))
        if chosen["state"] == "open":
            tasks = tasks.open()
        elif chosen["state"]:
            tasks = tasks.filter(state=chosen["state"])
        if chosen["unit"]:
            tasks = tasks.of_unit(chosen["unit"])
        if chosen["workstream"]:
            tasks = tasks.in_workstream(chosen["workstream"])
        if chosen["figure"]:
            period = self.campaign.so_far(on=timezone.localdate())
            tasks = tasks.filter(pk__in=COUNTED[chosen["figure"]](self.campaign, period).values("pk"))
        return self._by_part(self._by_due_day(tasks, chosen["due"]), chosen["part"])

    def _by_due_day(self, tasks, due):
        today = timezone.localdate()
        match due:
            case "overdue":
                return tasks.overdue(on=today)
            case "today":
                return tasks.due(first=today, last=today)
            case "week":
                return tasks.due(first=today, last=today + timedelta(days=SOON))
            case "none":
                return tasks.filter(due_on=None)
        return tasks

    def _by_part(self, tasks, part):
        if not part:
            return tasks
        parts = self.assignments.filter(task=OuterRef("pk"))
        match part:
            case "unread_long":
                since = timezone.localdate() - UNREAD_TOO_LONG
                tasks = tasks.filter(issued_on__lt=since)
                parts = parts.filter(state=Assignment.State.UNREAD)
            case "unfinished":
                parts = parts.unfinished()
            case "working":
                parts = parts.filter(state__in=(Assignment.State.ACKNOWLEDGED, Assignment.State.IN_PROGRESS))
            case "nudged":
                parts = parts.exclude(nudged_at=None).unfinished()
            case _:
                parts = parts.filter(state=part)
        return tasks.filter(Exists(parts), state__in=(Task.State.ISSUED, Task.State.AWAITING_CONFIRMATION))


class SeenStateForm(forms.Form):
    """A move that needs no words: only the state the person saw."""

    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, row):
        super().__init__(data, initial={"seen_state": row.state})


class NoteForm(SeenStateForm):
    """A move that must say why."""

    note = forms.CharField(label=gettext_lazy("原因"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class ReportDoneForm(SeenStateForm):
    note = forms.CharField(
        label=gettext_lazy("完成情况"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("可不填；具体工作请记在工作记录里"),
    )


class ConfirmForm(SeenStateForm):
    confirmed_on = DayField(label=gettext_lazy("办结日期"), help_text=gettext_lazy("总结按这一天计算是否在期内办结"))
    note = forms.CharField(
        label=gettext_lazy("意见"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
    )

    def __init__(self, data=None, *, row):
        super().__init__(data, row=row)
        self.initial["confirmed_on"] = timezone.localdate()
        self.issued_on = row.issued_on

    def clean_confirmed_on(self):
        day = self.cleaned_data["confirmed_on"]
        if day > timezone.localdate():
            raise ValidationError(_("办结日期不能晚于今天。"))
        if self.issued_on and day < self.issued_on:
            raise ValidationError(_("办结日期不能早于下发日期%(day)s。") % {"day": self.issued_on})
        return day


class SendBackForm(NoteForm):
    assignments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("退回哪些单位"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一个要退回的单位。")},
    )
    field_order = ["assignments", "note"]

    def __init__(self, data=None, *, row):
        super().__init__(data, row=row)
        field = self.fields["assignments"]
        field.queryset = row.assignments.select_related("unit")
        field.label_from_instance = lambda part: str(part.unit)
        self.initial["assignments"] = list(field.queryset)
