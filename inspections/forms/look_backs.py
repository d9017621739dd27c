"""What is looked at again, and what was found there."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.sent import sent_key
from inspections.models import LookBack

from .fields import photos_field, text_field


class LookBackPlanForm(forms.Form):
    first = DayField(label=gettext_lazy("销号日期起"))
    last = DayField(label=gettext_lazy("销号日期止"))
    n = forms.IntegerField(
        label=gettext_lazy("抽几个"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=gettext_lazy("不填就全部看一遍"),
    )
    number = forms.RegexField(
        r"^[0-9]{1,20}$",
        label=gettext_lazy("抽取号码"),
        required=False,
        error_messages={"invalid": gettext_lazy("抽取号码只写数字，最多20位。")},
        help_text=gettext_lazy("可以由在场的人报数；不填由系统随机产生。号码和名单相同，抽出的就相同"),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, *, first, last):
        super().__init__(data, initial={"client_key": uuid.uuid4(), "first": first, "last": last})

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("截止日早于起始日。"))
        return cleaned | {"client_key": sent_key(self)}


class LookBackForm(forms.Form):
    result = forms.ChoiceField(
        label=gettext_lazy("结果"),
        choices=[(result.value, result.label) for result in LookBack.FOUND],
        widget=forms.RadioSelect,
        initial=LookBack.Result.GOOD,
    )
    photos = photos_field(gettext_lazy("现场照片"), required=True)
    note = text_field(gettext_lazy("说明"), required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_key", uuid.uuid4())
        self.fields["photos"].hold_for(by)

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}
