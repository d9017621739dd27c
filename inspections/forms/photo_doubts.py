"""What a reviewer says of a photo in doubt, and how the list of doubts is narrowed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from cityinit.forms import FilterForm
from inspections.models import PhotoDoubt

from .fields import text_field

Word = PhotoDoubt.Word


class DoubtForm(forms.Form):
    word = forms.ChoiceField(
        label=gettext_lazy("核对结果"),
        widget=forms.RadioSelect,
        choices=[
            (Word.SET_ASIDE.value, gettext_lazy("排除：照片没有问题")),
            (Word.UPHELD.value, gettext_lazy("属实：确是旧照")),
        ],
        error_messages={"required": gettext_lazy("请选择核对结果。")},
    )
    reason = text_field(gettext_lazy("理由"))


class DoubtFilter(FilterForm):
    word = forms.ChoiceField(
        label=gettext_lazy("核对结果"), required=False, choices=[("", gettext_lazy("全部")), *Word.choices]
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("疑点"), required=False, choices=[("", gettext_lazy("全部")), *PhotoDoubt.Kind.choices]
    )
    unit = forms.ChoiceField(label=gettext_lazy("整改单位"), required=False)

    def __init__(self, data=None, *, units, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["unit"].choices = [("", gettext_lazy("全部")), *units]

    def filter(self, doubts):
        chosen = self.chosen
        if word := chosen["word"]:
            doubts = doubts.filter(word=word)
        if kind := chosen["kind"]:
            doubts = doubts.filter(kind=kind)
        if unit := chosen["unit"]:
            doubts = doubts.filter(photo__rectification__unit=unit)
        return doubts
