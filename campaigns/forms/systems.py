"""Forms of assessment systems, their indicators and standards."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import AssessmentSystem, Indicator, Standard
from campaigns.systems import indicator_faults, standard_faults
from cityinit.content import check_table
from cityinit.forms import DayField
from cityinit.sent import sent_key
from units.models import Unit

from .tasks import NoteForm, SeenStateForm


class KeptForm(forms.ModelForm):
    """A form whose row the action writes: the instance stays as it was read, and is compared with what stood there."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, instance: Any, **options: Any):
        initial = {"client_key": uuid.uuid4(), "seen": instance.mark if instance.pk else ""}
        super().__init__(data, instance=instance, initial=initial | options.pop("initial", {}), **options)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        values["client_key"] = sent_key(self)
        for name, sentence in self.faults(values).items():
            if name not in self.errors:
                self.add_error(name, sentence)
        return values

    def faults(self, values: dict[str, Any]) -> dict[str, str]:
        return {}

    def _post_clean(self) -> None:
        pass

    @property
    def written(self) -> dict[str, Any]:
        """What a new row is made of."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @property
    def changed(self) -> dict[str, Any]:
        """What a row that is there becomes, with the mark of what the form was drawn from."""
        return {name: value for name, value in self.cleaned_data.items() if name != "client_key"}


class SystemForm(KeptForm):
    class Meta:
        model = AssessmentSystem
        fields = ["name", "edition", "issuer", "previous"]

    def __init__(self, data: Any = None, *, instance: AssessmentSystem, **options: Any):
        super().__init__(data, instance=instance, **options)
        in_force = AssessmentSystem.objects.of(instance.campaign).to_succeed(kept=instance.previous_id)
        self.fields["previous"].queryset = in_force
        self.fields["previous"].empty_label = _("不接替，与现行的并列")
        self.fields["previous"].help_text = _("启用后，被接替的一版停用，材料、任务和自查沿用到新版")


def _methods_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("测评方式"),
        choices=Indicator.Method.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class NodeForm(KeptForm):
    """What the forms of indicators and standards have in common: methods, score, responsible units."""

    methods = _methods_field()

    def __init__(self, data: Any = None, *, instance: Indicator | Standard, **options: Any):
        super().__init__(data, instance=instance, **options)
        kept = list(instance.units.all()) if instance.pk else []
        units = Unit.objects.of_host(instance.campaign.host.host_id)
        self.fields["units"].queryset = units.filter(Q(pk__in=units.active()) | Q(pk__in=[unit.pk for unit in kept]))
        self.fields["score"].validators.append(MinValueValidator(0, _("分值不能是负数。")))


class IndicatorForm(NodeForm):
    """An indicator; what may stand above it is of its own version."""

    class Meta:
        model = Indicator
        fields = ["code", "name", "parent", "score", "methods", "units", "note"]
        widgets = {"units": forms.CheckboxSelectMultiple, "note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, data: Any = None, *, instance: Indicator, **options: Any):
        super().__init__(data, instance=instance, **options)
        others = instance.system.indicators.order_by("position", "pk")
        self.fields["parent"].queryset = others.exclude(pk=instance.pk) if instance.pk else others
        self.fields["parent"].empty_label = _("无，它是第一级")
        self.fields["code"].help_text = _("在这一版里不能重复，如“Ⅱ-1”")

    def faults(self, values: dict[str, Any]) -> dict[str, str]:
        row = self.instance
        asked = {"code": values.get("code") or "", "name": values.get("name") or "", "score": values.get("score")}
        editing = row if row.pk else _sent_before(Indicator, row, values["client_key"])
        return indicator_faults(row.system, indicator=editing, **asked, parent=values.get("parent"))


class StandardForm(NodeForm):
    """A standard; it may be moved to another indicator of its version."""

    class Meta:
        model = Standard
        fields = [
            "number",
            "indicator",
            "content",
            "methods",
            "score",
            "threshold",
            "asked",
            "units",
            "is_negative",
            "note",
        ]
        widgets = {
            "units": forms.CheckboxSelectMultiple,
            "content": forms.Textarea(attrs={"rows": 4}),
            "asked": forms.Textarea(attrs={"rows": 3}),
            "note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any = None, *, instance: Standard, **options: Any):
        super().__init__(data, instance=instance, **options)
        self.fields["indicator"].queryset = instance.indicator.system.indicators.order_by("position", "pk")
        if not instance.pk:
            del self.fields["indicator"]
        self.fields["units"].help_text = _("不选，就由指标的责任单位负责")
        self.fields["is_negative"].help_text = _("发生即一票否决或扣分的事项")
        self.fields["threshold"].help_text = _("如“≥90%”“少一条扣2分”")

    def faults(self, values: dict[str, Any]) -> dict[str, str]:
        row = self.instance
        under = values.get("indicator") or row.indicator
        editing = row if row.pk else _sent_before(Standard, row, values["client_key"])
        asked = {"number": values.get("number") or "", "content": values.get("content") or ""}
        return standard_faults(under, standard=editing, **asked, score=values.get("score"))


def _sent_before(model: Any, row: Any, key: uuid.UUID | None) -> Any:
    """The row this very form has made already: its code is its own."""
    return model.objects.of(row.campaign).filter(client_key=key).first() if key else None


class AdoptForm(SeenStateForm):
    adopted_on = DayField(
        label=gettext_lazy("启用日期"), help_text=gettext_lazy("总结按这一天起用新版；前一版同日停用")
    )

    def __init__(self, data: Any = None, *, row: AssessmentSystem):
        super().__init__(data, row=row)
        self.initial["adopted_on"] = timezone.localdate()


class RetireForm(NoteForm):
    superseded_on = DayField(label=gettext_lazy("停用日期"))
    field_order = ["superseded_on", "note"]

    def __init__(self, data: Any = None, *, row: AssessmentSystem):
        super().__init__(data, row=row)
        self.initial["superseded_on"] = timezone.localdate()


class CompareForm(forms.Form):
    """Which two versions stand side by side, and what of them is shown."""

    SHOWN = [
        ("", gettext_lazy("有变化的")),
        ("added", gettext_lazy("只看新增")),
        ("dropped", gettext_lazy("只看删去")),
        ("changed", gettext_lazy("只看改动")),
        ("same", gettext_lazy("只看不变")),
        ("guess", gettext_lazy("只看自动对应的")),
        ("all", gettext_lazy("全部")),
    ]
    # On a phone too: which two are compared is what the page is about.
    always = ("new",)

    old = forms.ModelChoiceField(AssessmentSystem.objects.none(), label=gettext_lazy("左边"), empty_label=None)
    new = forms.ModelChoiceField(AssessmentSystem.objects.none(), label=gettext_lazy("右边"), empty_label=None)
    kind = forms.ChoiceField(label=gettext_lazy("显示"), choices=SHOWN, required=False)

    def __init__(self, data: Any, *, systems: Any):
        super().__init__(data)
        self.fields["old"].queryset = self.fields["new"].queryset = systems
        versions = list(systems)
        # Proposed is the latest version beside the one it takes the place of, else any two.
        if latest := max((one for one in versions if one.previous_id), key=lambda one: one.pk, default=None):
            self.initial = {"old": latest.previous_id, "new": latest.pk}
        elif len(versions) > 1:
            self.initial = {"old": versions[0].pk, "new": versions[1].pk}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("old") and values.get("old") == values.get("new"):
            self.add_error(None, _("左右是同一个版本，请换一个。"))
        return values


class StandardFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("标准、指标、编号（如 Ⅱ-1）")}),
    )
    system = forms.ModelChoiceField(AssessmentSystem.objects.none(), label=gettext_lazy("测评体系"), required=False)
    method = forms.ChoiceField(label=gettext_lazy("测评方式"), required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("责任单位"), required=False)
    negative = forms.BooleanField(label=gettext_lazy("只看负面清单"), required=False)

    def __init__(self, data: Any, *, systems: Any, units: Any):
        super().__init__(data)
        self.fields["system"].queryset = systems
        self.fields["method"].choices = [("", _("全部")), *Indicator.Method.choices]
        self.fields["unit"].queryset = units
        for name in ("system", "unit"):
            self.fields[name].empty_label = _("全部")

    def filter(self, standards: Any) -> Any:
        if not self.is_valid():
            return standards
        asked = self.cleaned_data
        if asked["q"]:
            standards = standards.mentioning(asked["q"])
        if asked["system"]:
            standards = standards.of_system(asked["system"])
        if asked["method"]:
            standards = standards.judged_by(asked["method"])
        if asked["unit"]:
            standards = standards.answered_by(asked["unit"])
        return standards.negative() if asked["negative"] else standards


class ChecksFilter(forms.Form):
    on = DayField(label=gettext_lazy("截至"), required=False)


class SystemTableForm(forms.Form):
    """A table of standards, checked for what it really is; cleans to a `content.Checked`."""

    file = forms.FileField(
        label=gettext_lazy("测评体系表"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": gettext_lazy("请选择要导入的 .xlsx 或 .csv 表格。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )
    name = forms.CharField(
        label=gettext_lazy("体系名称"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("表里有“体系名称”一列的不用填"),
    )
    edition = forms.CharField(label=gettext_lazy("版本"), max_length=40, required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None):
        super().__init__(data, files, initial={"client_key": uuid.uuid4()})

    def clean_file(self) -> Any:
        return check_table(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        return (super().clean() or self.cleaned_data) | {"client_key": sent_key(self)}
