"""Forms of supervisions and of requests for more time."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Supervision, TaskExtension
from cityinit.forms import DayField, ReadySelect
from cityinit.sent import sent_key
from units.choices import offer_units

from .tasks import NoteForm, SeenStateForm


class SuperviseForm(forms.Form):
    """One letter for each unit that is ticked; `parts` are all that may be, `offered` those shown: (key, words)."""

    assignments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("督办哪些单位"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple(attrs={"data-sentence": True}),
        error_messages={"required": gettext_lazy("请先勾选要督办的单位。")},
        help_text=gettext_lazy("每个单位一份督办函，各有文号"),
    )
    reason = forms.CharField(
        label=gettext_lazy("督办事由和要求"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写入督办函；任务、期限、办理情况和催办由系统照台账写明，不必重复"),
    )
    answer_by = DayField(label=gettext_lazy("答复期限"))
    signer = forms.CharField(label=gettext_lazy("签发人"), max_length=40)
    signature = forms.CharField(
        label=gettext_lazy("落款单位"), max_length=100, help_text=gettext_lazy("用全称，印在督办函末尾")
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, parts, offered, initial):
        super().__init__(data, initial={"client_key": uuid.uuid4(), **initial})
        self.fields["assignments"].queryset = parts
        self.fields["assignments"].choices = offered

    def clean_answer_by(self):
        return _not_over(self.cleaned_data["answer_by"])

    def clean(self):
        values = super().clean()
        values["client_key"] = sent_key(self)
        return values


class AnswerForm(SeenStateForm):
    answer = forms.CharField(
        label=gettext_lazy("办理情况和下一步措施"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )


class SendBackAnswerForm(NoteForm):
    answer_by = DayField(label=gettext_lazy("再次答复的期限"))

    def clean_answer_by(self):
        return _not_over(self.cleaned_data["answer_by"])


class LiftForm(SeenStateForm):
    note = forms.CharField(
        label=gettext_lazy("解除说明"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )


class SupervisionFilterForm(forms.Form):
    """What the ledger of supervisions is narrowed by; desks and figures link here with the same words they count by."""

    STATES = [
        ("", gettext_lazy("全部")),
        ("running", gettext_lazy("未解除")),
        *Supervision.State.choices,
        ("late", gettext_lazy("逾期未答复")),
    ]

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("文号、任务、事由")}),
    )
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATES, required=False)
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False, widget=ReadySelect)
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)

    def __init__(self, data, *, host):
        super().__init__(data)
        self.offered = str(host.register_mark)
        offer_units(self.fields["unit"], host)
        self.fields["unit"].empty_label = _("全部")

    def clean(self):
        values = super().clean()
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", _("截止日早于起始日。"))
        return values

    def filter(self, rows):
        if not self.is_valid():
            return rows
        chosen = self.cleaned_data
        if words := chosen["q"]:
            task = Q(task__code__icontains=words) | Q(task__name__icontains=words)
            rows = rows.filter(Q(number__icontains=words) | Q(reason__icontains=words) | task)
        match chosen["state"]:
            case "":
                pass
            case "running":
                rows = rows.running()
            case "late":
                rows = rows.unanswered().filter(answer_by__lt=timezone.localdate())
            case state:
                rows = rows.filter(state=state)
        if chosen["unit"]:
            rows = rows.filter(unit=chosen["unit"])
        if chosen["first"]:
            rows = rows.begun_from(chosen["first"])
        if chosen["last"]:
            rows = rows.begun_until(chosen["last"])
        return rows


class AskExtensionForm(forms.Form):
    """What a unit asks; the state of its part is no matter, only that a deadline runs."""

    until = DayField(label=gettext_lazy("申请延至"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, due_on):
        super().__init__(data, initial={"client_key": uuid.uuid4()})
        self.due_on = due_on
        if due_on:
            self.fields["until"].help_text = _("现在的时限是%(due)s；批准前时限不变") % {"due": due_on}

    def clean_until(self):
        return _later_than(self.due_on, self.cleaned_data["until"])

    def clean(self):
        values = super().clean()
        values["client_key"] = sent_key(self)
        return values


class GrantExtensionForm(SeenStateForm):
    granted_due = DayField(label=gettext_lazy("批准延至"), help_text=gettext_lazy("对任务的全部承担单位有效"))
    note = forms.CharField(
        label=gettext_lazy("意见"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data=None, *, row):
        super().__init__(data, row=row)
        self.initial["granted_due"] = row.asked_due
        self.due_on = row.task.due_on

    def clean_granted_due(self):
        return _later_than(self.due_on, self.cleaned_data["granted_due"])


class ExtensionFilterForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[("", gettext_lazy("全部")), *TaskExtension.State.choices], required=False
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False, widget=ReadySelect)

    def __init__(self, data, *, host):
        super().__init__(data)
        self.offered = str(host.register_mark)
        offer_units(self.fields["unit"], host)
        self.fields["unit"].empty_label = _("全部")

    def filter(self, rows):
        if not self.is_valid():
            return rows
        if self.cleaned_data["state"]:
            rows = rows.filter(state=self.cleaned_data["state"])
        return rows.filter(unit=self.cleaned_data["unit"]) if self.cleaned_data["unit"] else rows


def _not_over(day):
    if day < timezone.localdate():
        raise ValidationError(_("答复期限不能早于今天。"))
    return day


def _later_than(due_on, day):
    if due_on and day <= due_on:
        raise ValidationError(_("延至的日期须晚于现在的时限%(due)s。") % {"due": due_on})
    if day < timezone.localdate():
        raise ValidationError(_("延至的日期不能早于今天。"))
    return day
