"""Forms of leaders' instructions."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.sent import sent_key

from .task_field import TaskField


def _content():
    return forms.CharField(label=gettext_lazy("批示内容"), widget=forms.Textarea(attrs={"rows": 4}), max_length=1000)


class InstructForm(forms.Form):
    """An instruction; without `tasks` to choose from it is for the task whose page it was opened on."""

    content = _content()
    task = TaskField(help_text=gettext_lazy("不针对某一项任务的不填"))
    given_on = DayField(label=gettext_lazy("批示日期"), help_text=gettext_lazy("当天的批示当天可以修改"))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, tasks=None):
        super().__init__(data, initial={"given_on": timezone.localdate(), "client_key": uuid.uuid4()})
        if tasks is None:
            del self.fields["task"]
        else:
            self.fields["task"].queryset = tasks

    def clean_given_on(self):
        day = self.cleaned_data["given_on"]
        if day > timezone.localdate():
            raise ValidationError(_("批示日期不能晚于今天。"))
        return day

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


class InstructionForm(forms.Form):
    """The words of an instruction, corrected."""

    content = _content()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, instruction):
        super().__init__(data, initial={"content": instruction.content, "seen": instruction.mark})
