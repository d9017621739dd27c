"""What is said once for many findings: to whom they go, that they are signed off, by how much they are put off."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.sent import sent_key
from units.models import Unit

from .fields import text_field

MOST_WORKDAYS = 60


class BulkForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, initial={"client_key": uuid.uuid4()}, **kwargs)

    @property
    def values(self):
        """What the batch takes."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.WRITTEN}

    @property
    def key(self):
        return sent_key(self)


class DispatchManyForm(BulkForm):
    WRITTEN = ("lead_unit", "note")

    lead_unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("责任单位"),
        required=False,
        empty_label=gettext_lazy("各按建议的单位"),
        help_text=gettext_lazy("不选就各按分工、点位责任单位或近期办结情况交办，理由记入办理经过"),
    )
    note = text_field(gettext_lazy("交办要求"), required=False)

    def __init__(self, data=None, *, units, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["lead_unit"].queryset = units


class CloseManyForm(BulkForm):
    WRITTEN = ("note",)

    note = text_field(gettext_lazy("复核意见"), required=False)


class ExtendManyForm(BulkForm):
    WRITTEN = ("workdays", "note")

    how = forms.ChoiceField(
        label=gettext_lazy("怎样延期"),
        choices=[("asked", gettext_lazy("批准单位申请的延期")), ("days", gettext_lazy("期限统一延后"))],
        initial="asked",
        widget=forms.RadioSelect,
    )
    workdays = forms.IntegerField(
        label=gettext_lazy("延后几个工作日"), min_value=1, max_value=MOST_WORKDAYS, required=False
    )
    note = text_field(gettext_lazy("理由"), required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("how") == "asked":
            cleaned["workdays"] = None
        elif cleaned.get("how") == "days" and "workdays" not in self.errors:
            if not cleaned.get("workdays"):
                self.add_error("workdays", _("请填写延后几个工作日。"))
            if not cleaned.get("note"):
                self.add_error("note", _("请写明延期的理由。"))
        return cleaned
