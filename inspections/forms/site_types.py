"""What the office writes about site types, and what it says of names that a file brings."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.content import check_table
from inspections.actions.site_types import AS_NEW
from inspections.models import SiteType
from inspections.site_types import LONGEST_NAME, MOST_NAMES

SEPARATORS = re.compile(r"[、，,;；\n]+")


def name_field(**more):
    return forms.CharField(label=gettext_lazy("类型"), max_length=LONGEST_NAME, **more)


class SiteTypeNewForm(forms.Form):
    name = name_field()


class SiteTypeForm(forms.Form):
    """A type's name, and how else it is written."""

    name = name_field()
    other_names = forms.CharField(
        label=gettext_lazy("别的写法"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy(
            "几个写法用顿号或换行分开。表格里写这些名称的，都算这个类型。改名后，旧名称自动成为一种写法。"
        ),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_other_names(self):
        names = [name.strip() for name in SEPARATORS.split(self.cleaned_data["other_names"])]
        names = list(dict.fromkeys(name for name in names if name))
        if long := [name for name in names if len(name) > LONGEST_NAME]:
            self.add_error(
                "other_names", _("“%(name)s…”太长，最多%(n)s个字。") % {"name": long[0][:10], "n": LONGEST_NAME}
            )
        return names


class SiteTypeMergeForm(forms.Form):
    into = forms.ModelChoiceField(SiteType.objects.none(), label=gettext_lazy("并入"))

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = kinds


class SiteTypesFileForm(forms.Form):
    """A table with a column of names, checked for what it really is."""

    file = forms.FileField(
        label=gettext_lazy("表格"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(".xlsx 或 .csv，有一列叫“类型”或“点位类型”。先检查，不会马上写入。"),
        error_messages={
            "required": gettext_lazy("请选择文件。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )

    def clean_file(self):
        return check_table(self.cleaned_data["file"])


class SaidForm(forms.Form):
    """One name of the file, and what a person says of it."""

    name = forms.CharField(max_length=LONGEST_NAME, widget=forms.HiddenInput)
    meant = forms.CharField(max_length=LONGEST_NAME, required=False, label=gettext_lazy("怎么办"), widget=forms.Select)

    def offer(self, judged):
        """Choose among what the name may be; nothing is decided for whoever is in doubt."""
        self.judged = judged
        choices = [("", _("不加入")), (AS_NEW, _("作为新类型"))]
        choices += [(name, _("就是“%(name)s”") % {"name": name}) for name in judged.may_be]
        label = _("“%(name)s”怎么办") % {"name": judged.name}
        self.fields["meant"].widget = forms.Select({"class": "form-select", "aria-label": label}, choices=choices)


SaidFormSet = forms.formset_factory(SaidForm, extra=0, max_num=MOST_NAMES, absolute_max=MOST_NAMES, validate_max=True)
