"""What is asked before rectification notices are issued."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.sent import sent_key
from units.models import Unit


class NoticesForm(forms.Form):
    """One notice for each unit that is ticked; `offered` are the units with how many findings each has to act on.

    Ticked are those of whose findings any has not been on a notice yet, which are `fresh`; a unit without one of these
    gets another notice only where that is asked for in so many words.
    """

    units = forms.ModelMultipleChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("发给哪些单位"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少勾选一个单位。")},
        help_text=gettext_lazy("每个单位一份，各有文号"),
    )
    again = forms.BooleanField(
        label=gettext_lazy("已印发过的问题再印发一次"),
        required=False,
        help_text=gettext_lazy("不勾选时，通知书里只列还没有印发过的问题"),
    )
    requirement = forms.CharField(
        label=gettext_lazy("整改要求"),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写入每一份通知书；问题、期限和反馈办法由系统写明，不必重复"),
    )
    answer_by = DayField(label=gettext_lazy("反馈期限"), help_text=gettext_lazy("已填所列问题中最晚的整改期限"))
    signature = forms.CharField(
        label=gettext_lazy("落款单位"), max_length=100, help_text=gettext_lazy("用全称，印在通知书末尾")
    )
    contact = forms.CharField(label=gettext_lazy("联系人及电话"), max_length=100, required=False)
    with_photos = forms.BooleanField(label=gettext_lazy("清单里附现场照片"), required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, units, offered, fresh, initial):
        ticked = [key for key, _words in offered if key in fresh]
        super().__init__(data, initial={"client_key": uuid.uuid4(), "with_photos": True, "units": ticked, **initial})
        self.fields["units"].queryset = units
        self.fields["units"].choices = offered
        self._fresh = fresh

    def clean_answer_by(self):
        day = self.cleaned_data["answer_by"]
        if day < timezone.localdate():
            raise ValidationError(_("反馈期限不能早于今天。"))
        return day

    def clean(self):
        cleaned = super().clean() | {"client_key": sent_key(self)}
        told = [unit for unit in cleaned.get("units", ()) if unit.pk not in self._fresh]
        if told and not cleaned.get("again"):
            said = {"units": "、".join(str(unit) for unit in told), "again": self.fields["again"].label}
            self.add_error("units", _("%(units)s的问题都已印发过。请取消勾选；确要再印发，请勾选“%(again)s”。") % said)
        return cleaned
