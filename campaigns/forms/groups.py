"""Forms of leading groups and of the papers they issue."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from campaigns.models import Document
from cityinit.forms import DayField
from cityinit.sent import sent_key


class SucceedForm(forms.Form):
    """Who takes a seat over, and the last day of who held it."""

    person_name = forms.CharField(label=_("接任者姓名"), max_length=40, required=False)
    title = forms.CharField(label=_("行政职务"), max_length=60, required=False)
    unit = forms.ModelChoiceField(label=_("单位"), queryset=None, required=False, empty_label=_("无"))
    on = DayField(label=_("原任最后一天"), help_text=_("接任者从次日起在任；此前某日的组成仍显示原任"))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, member, units):
        initial = {"title": member.title, "unit": member.unit_id, "on": timezone.localdate()}
        super().__init__(data, initial=initial | {"client_key": uuid.uuid4(), "seen": member.mark})
        self.fields["unit"].queryset = units

    def clean(self):
        values = super().clean()
        values["client_key"] = sent_key(self)
        if not (values.get("person_name") or values.get("title")):
            self.add_error("person_name", _now("请填写接任者的姓名或行政职务。"))
        return values


class DayForm(forms.Form):
    """The day as of which a group is shown."""

    on = DayField(label=_("某日的组成"), required=False)

    @property
    def day(self):
        asked = self.cleaned_data["on"] if self.is_valid() else None
        return asked or timezone.localdate()


class DocumentFilter(forms.Form):
    q = forms.CharField(label=_("关键词"), required=False, max_length=60)
    year = forms.ChoiceField(label=_("年份"), required=False)
    kind = forms.ChoiceField(label=_("类型"), required=False)
    force = forms.ChoiceField(
        label=_("效力"), required=False, choices=[("", _("全部")), ("yes", _("施行中")), ("no", _("已废止或替代"))]
    )

    def __init__(self, data=None, *, documents):
        super().__init__(data)
        years = documents.exclude(issued_on=None).dates("issued_on", "year", order="DESC")
        kinds = documents.exclude(kind="").order_by("kind").values_list("kind", flat=True).distinct()
        self.fields["year"].choices = [("", _("全部")), *((str(day.year), str(day.year)) for day in years)]
        self.fields["kind"].choices = [("", _("全部")), *((kind, kind) for kind in kinds)]
        self.offered = [[label for _key, label in self.fields[name].choices] for name in ("year", "kind")]

    def filter(self, documents, *, on):
        """The papers asked for; all of them when the filter itself is faulty."""
        if not self.is_valid():
            return documents
        asked = self.cleaned_data
        if words := asked["q"]:
            documents = Document.objects.filter(pk__in=documents.values("pk")).filter(
                **{"name__icontains": words}
            ) | documents.filter(number__icontains=words)
        if asked["year"]:
            documents = documents.filter(issued_on__year=asked["year"])
        if asked["kind"]:
            documents = documents.filter(kind=asked["kind"])
        if asked["force"] == "yes":
            documents = documents.in_force(on=on)
        elif asked["force"] == "no":
            documents = documents.filter(ended_on__lte=on)
        return documents
