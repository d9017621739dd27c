"""The form under which a filter is saved, renamed and shared."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from campaigns.models import SavedFilter


class SavedFilterForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=30, help_text=gettext_lazy("列表上方的按钮就叫这个名称")
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("给谁看"),
        choices=SavedFilter.Audience.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("别人用它只看得到自己有权看的记录"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, may_share, saved=None):
        initial = {"audience": SavedFilter.Audience.OWN}
        if saved:
            initial = {"name": saved.name, "audience": saved.audience, "seen": saved.mark}
        super().__init__(data, initial=initial)
        if not saved:
            del self.fields["seen"]
        if not may_share:
            self.fields["audience"].choices = SavedFilter.Audience.choices[:1]
