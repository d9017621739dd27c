"""Forms of tasks and their moves."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import breakdown, frequency
from campaigns.models import Assignment, Indicator, Task, Workstream
from cityinit.forms import DayField
from cityinit.sent import sent_key

from .grouped import choose_by_system
from .task_field import TaskField
from .workstreams import WorkstreamsField


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
    parent = TaskField(label=gettext_lazy("上级任务"), help_text=gettext_lazy("没有上级任务的不填"))
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

    def __init__(self, data=None, *, campaign, units, tasks, task=None, suggested=None):
        parts = list(task.assignments.all()) if task else []
        initial = {
            "client_key": uuid.uuid4(),
            "seen_state": task.state if task else "",
            "seen": task.mark if task else "",
            "units": [part.unit_id for part in parts if not part.is_lead],
            **(suggested or {}),
        }
        super().__init__(data, instance=task or Task(campaign=campaign), initial=initial)
        self.campaign = campaign
        self.editing = task
        self.fields["units"].queryset = units
        self.fields["lead_unit"].queryset = units
        self.fields["lead_unit"].widget.attrs["data-not-again-in"] = "units"
        self.fields["parent"].queryset = tasks
        indicators = Indicator.objects.of(campaign).to_choose(kept=task and task.indicator_id)
        choose_by_system(self.fields["indicator"], indicators)
        self.fields["workstreams"].queryset = Workstream.objects.of(campaign)
        self.fields["lead_unit"].empty_label = _("请选择")
        self.fields["indicator"].empty_label = _("无")

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
        # Ticked beforehand a unit would be sent back by who only wanted to tick another.
        reported = [part for part in field.queryset if part.state == Assignment.State.REPORTED_DONE]
        self.initial["assignments"] = [part.pk for part in reported] if len(reported) == 1 else []
