"""What the office says when it sends a letter about overdue findings, or decides against one."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.sent import sent_key
from inspections.models import EscalationStep

from .fields import text_field


class WaitingForm(forms.Form):
    """The findings that wait for a letter, ticked; `offered` are (key, words)."""

    steps = forms.ModelMultipleChoiceField(
        EscalationStep.objects.none(),
        label=gettext_lazy("哪些问题"),
        widget=forms.CheckboxSelectMultiple(attrs={"data-sentence": True}),
        error_messages={"required": gettext_lazy("请先勾选问题。")},
    )

    def __init__(self, data, *, waiting, offered, initial=None):
        super().__init__(data, initial={"steps": [key for key, _words in offered], **(initial or {})})
        self.fields["steps"].queryset = waiting
        self.fields["steps"].choices = offered


class SendLetterForm(WaitingForm):
    demand = text_field(
        gettext_lazy("督办要求"),
        help_text=gettext_lazy("写入督办函；问题、期限和逾期天数由系统照台账写明，不必重复"),
    )
    answer_by = DayField(label=gettext_lazy("答复期限"))
    signer = forms.CharField(label=gettext_lazy("签发人"), max_length=40)
    signature = forms.CharField(
        label=gettext_lazy("落款单位"), max_length=100, help_text=gettext_lazy("用全称，印在督办函末尾")
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, **handed):
        super().__init__(data, **handed)
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean_answer_by(self):
        day = self.cleaned_data["answer_by"]
        if day < timezone.localdate():
            raise ValidationError(_("答复期限不能早于今天。"))
        return day

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


class DropLetterForm(WaitingForm):
    reason = text_field(gettext_lazy("不发的理由"), help_text=gettext_lazy("记入每个问题的办理经过"))
