"""The form on which the condition of a position of publicity is noted."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaigns.models import PublicityCheck
from cityinit.forms import DayField
from cityinit.sent import sent_key


class CheckForm(forms.Form):
    condition = forms.ChoiceField(
        label=gettext_lazy("情况"),
        choices=PublicityCheck.Condition.choices,
        error_messages={"required": gettext_lazy("请选择检查情况。")},
    )
    checked_on = DayField(label=gettext_lazy("检查日期"))
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None):
        super().__init__(data, initial={"checked_on": timezone.localdate(), "client_key": uuid.uuid4()})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["client_key"] = sent_key(self)
        return cleaned
