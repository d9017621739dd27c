"""What a draw by lot asks."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext_lazy

from cityinit.sent import sent_key
from inspections.models import Round, SiteType
from units.models import Unit


class DrawForm(forms.Form):
    """Which sites are drawn by lot, and how many."""

    kinds = forms.ModelMultipleChoiceField(
        SiteType.objects.none(),
        label=gettext_lazy("点位类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("一个都不勾，就从全部类型里抽。"),
    )
    n = forms.IntegerField(label=gettext_lazy("抽几个"), min_value=1, max_value=1000, initial=1)
    each = forms.BooleanField(
        label=gettext_lazy("每个类型各抽这么多"),
        required=False,
        initial=True,
        help_text=gettext_lazy("不勾，就不分类型一共抽这么多。"),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("责任单位"),
        required=False,
        help_text=gettext_lazy("选了，就只从它和它的下级负责的点位里抽。"),
    )
    round = forms.ModelChoiceField(Round.objects.none(), label=gettext_lazy("督查批次"), required=False)
    number = forms.RegexField(
        r"^[0-9]{1,20}$",
        label=gettext_lazy("抽取号码"),
        required=False,
        error_messages={"invalid": gettext_lazy("抽取号码只写数字，最多20位。")},
        help_text=gettext_lazy(
            "可以由在场的人报数，最多20位数字；不填由系统随机产生。号码和当时的名单相同，抽出的点位就相同。"
        ),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, *, kinds, units, rounds):
        super().__init__(data, initial={"client_key": uuid.uuid4()})
        for name, rows in {"kinds": kinds, "unit": units, "round": rounds}.items():
            self.fields[name].queryset = rows

    @property
    def asked(self):
        """What `draw_sites` takes."""
        return self.cleaned_data | {"client_key": sent_key(self)}
