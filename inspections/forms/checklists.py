"""Forms of checklists and their items, and of bringing a table of them in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from campaigns.forms.systems import KeptForm
from campaigns.models import Indicator
from cityinit.content import check_table
from cityinit.forms import FilterForm, ReadySelect
from cityinit.sent import sent_key
from inspections import checklist_presets
from inspections.models import Checklist, ChecklistItem
from inspections.models.checklist import HEAVIEST
from inspections.rules import Kind, Rule

KIND_INPUT = {"list": "site-kinds", "autocomplete": "off"}


class ChecklistFilter(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("点位类型"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("如“农贸市场”")}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), choices=[("", gettext_lazy("全部")), *Checklist.State.choices], required=False
    )

    def filter(self, rows: Any) -> Any:
        chosen = self.chosen
        if chosen["q"]:
            rows = rows.filter(kind__name__icontains=chosen["q"])
        if chosen["state"]:
            rows = rows.filter(state=chosen["state"])
        return rows


class ChecklistForm(KeptForm):
    """Type, edition and source of a checklist; a type that is not known yet becomes a new one."""

    kind = forms.CharField(label=gettext_lazy("点位类型"), max_length=60, widget=forms.TextInput(KIND_INPUT))

    class Meta:
        model = Checklist
        fields = ["kind", "edition", "source", "note", "is_shared"]
        widgets = {"note": forms.Textarea({"rows": 2})}

    def __init__(self, data: Any = None, *, instance: Checklist, **options: Any):
        kind = {"kind": instance.kind.name} if instance.pk else {}
        super().__init__(data, instance=instance, initial=kind | options.pop("initial", {}), **options)


class NextEditionForm(forms.Form):
    kind = forms.CharField(
        label=gettext_lazy("点位类型"),
        max_length=60,
        widget=forms.TextInput(KIND_INPUT),
        help_text=gettext_lazy("也可以换成别的类型，照这一份改一份"),
    )
    edition = forms.CharField(label=gettext_lazy("版本"), max_length=40, help_text=gettext_lazy("如“2025版”"))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, checklist: Checklist):
        super().__init__(data, initial={"kind": checklist.kind.name, "client_key": uuid.uuid4()})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        return values | {"client_key": sent_key(self)}


class ItemForm(KeptForm):
    """One item; which numbers its rule needs, the kind of rule says."""

    weight = forms.IntegerField(
        label=gettext_lazy("分值"),
        min_value=1,
        max_value=HEAVIEST,
        initial=1,
        help_text=gettext_lazy("算得分时的份量，不分轻重就都填1"),
    )

    class Meta:
        model = ChecklistItem
        fields = [
            "code",
            "group",
            "criterion",
            "rule_kind",
            "amount",
            "sample",
            "metres",
            "measure",
            "at_most",
            "per_100",
            "said",
            "observed",
            "weight",
            "indicator",
        ]
        widgets = {
            "criterion": forms.Textarea({"rows": 3}),
            "said": forms.Textarea({"rows": 2}),
            "indicator": ReadySelect,
            "group": forms.TextInput({"list": "groups", "autocomplete": "off"}),
        }
        help_texts = {
            "amount": gettext_lazy("数够多少填个数，占比填百分之几，走一段路填最多几处，问人填至少几人知道"),
            "sample": gettext_lazy("占比：一共看多少；问人：问几人"),
            "metres": gettext_lazy("走一段路填走多少米；数个数的，填在多少米内数"),
            "at_most": gettext_lazy("勾选后，数个数、占比按“不超过”判定"),
            "per_100": gettext_lazy("走一段路时，每100米不超过几处"),
            "said": gettext_lazy("文件里怎么说的；规则说不全的写在这里，检查时看得到"),
        }

    def __init__(self, data: Any = None, *, instance: ChecklistItem, **options: Any):
        super().__init__(data, instance=instance, **options)
        known = Indicator.objects.of(instance.checklist.campaign).to_choose(kept=instance.indicator_id)
        self.fields["indicator"].queryset = known.by_system()
        self.fields["indicator"].empty_label = gettext_lazy("不对应指标")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        kind = values.get("rule_kind")
        values["measure"] = values.get("measure") or "处"
        # What another kind of rule would ask is forgotten, not kept to surprise.
        if kind == Kind.PRESENCE:
            values |= {"amount": None, "sample": None, "metres": None}
        values["at_most"] = kind == Kind.DISTANCE or (bool(values.get("at_most")) and kind in (Kind.COUNT, Kind.RATIO))
        values["per_100"] = bool(values.get("per_100")) and kind == Kind.DISTANCE
        if kind not in (Kind.RATIO, Kind.ASK):
            values["sample"] = None
        if kind not in (Kind.COUNT, Kind.DISTANCE):
            values["metres"] = None
        return values

    def faults(self, values: dict[str, Any]) -> dict[str, str]:
        rule = Rule(
            values.get("rule_kind") or Kind.PRESENCE,
            amount=values.get("amount"),
            sample=values.get("sample"),
            metres=values.get("metres"),
            at_most=bool(values.get("at_most")),
        )
        return rule.faults


class PresetsForm(forms.Form):
    """Which of our own checklists to begin with; those that are there already are not offered."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("点位类型"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少勾选一个类型。")},
    )

    def __init__(self, data: Any = None, *, there: set[str]):
        left = [name for name in checklist_presets.BY_KIND if name not in there]
        super().__init__(data, initial={"kinds": left})
        self.fields["kinds"].choices = [(name, name) for name in left]


class ChecklistTableForm(forms.Form):
    """A table of checklists, checked for what it really is; cleans to a `content.Checked`."""

    file = forms.FileField(
        label=gettext_lazy("检查表文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": gettext_lazy("请选择要导入的 .xlsx 或 .csv 表格。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )
    kind_name = forms.CharField(
        label=gettext_lazy("点位类型"),
        max_length=60,
        required=False,
        widget=forms.TextInput(KIND_INPUT),
        help_text=gettext_lazy("表里有“点位类型”一列的不用填"),
    )
    edition = forms.CharField(label=gettext_lazy("版本"), max_length=40, required=False)
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None):
        super().__init__(data, files, initial={"client_key": uuid.uuid4()})

    def clean_file(self) -> Any:
        return check_table(self.cleaned_data["file"])
