"""Forms of appraisals: the rules, the period, publishing, an objection and its answer."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clock import Calendar
from campaigns.forms.systems import KeptForm
from cityinit.forms import DayField
from cityinit.sent import sent_key
from reports.appraisals.kinds import KINDS
from reports.appraisals.presets import PRESETS
from reports.appraisals.rule_sets import missing
from reports.models import AppraisalRule, RuleSet

from .request import quick_periods

# So many working days a unit usually has to object.
USUAL_DAYS = 5


class RuleSetForm(KeptForm):
    """Name, base and settings of a rule set; of a new one also with which rules it begins."""

    class Meta:
        model = RuleSet
        fields = ["name", "base", "reward_cap", "least", "with_below", "note"]
        widgets = {"note": forms.Textarea({"rows": 2})}
        help_texts = {"base": gettext_lazy("每个单位从这个分数开始，先扣后加")}


class NewRuleSetForm(RuleSetForm):
    preset = forms.ChoiceField(label=gettext_lazy("从哪里开始"), required=False)

    def __init__(self, data: Any = None, *, instance: RuleSet, **options: Any):
        super().__init__(data, instance=instance, **options)
        self.fields["preset"].choices = [
            *((key, _("参考细则（%(name)s）") % {"name": preset.name}) for key, preset in PRESETS.items()),
            ("", _("空白，自己逐条新增")),
        ]
        self.fields["preset"].initial = next(iter(PRESETS))
        self.order_fields(["name", "preset"])


class RuleForm(KeptForm):
    """One rule; which fields it needs, its kind says."""

    class Meta:
        model = AppraisalRule
        fields = ["kind", "points", "cap", "threshold", "step", "severity", "rank", "words", "is_on"]
        help_texts = {
            "points": gettext_lazy("每件、每次扣或加多少分；按台账分值的填1"),
            "cap": gettext_lazy("一个单位在一个时段里，这一条最多扣或加多少分；不填则不封顶"),
            "threshold": gettext_lazy("只用于整改率、按期整改率、任务办结率（百分之几）和督查得分"),
            "step": gettext_lazy("逾期：每几天计一次；低于：每低几个百分点（分）计一次。不足的按一次计，不填只计一次"),
            "severity": gettext_lazy("只用于“发现问题”"),
            "rank": gettext_lazy("只用于“获得荣誉”"),
            "words": gettext_lazy("本单位文件里的说法，随明细一起显示"),
        }

    def __init__(self, data: Any = None, *, instance: AppraisalRule, **options: Any):
        super().__init__(data, instance=instance, **options)
        taken = [(kind.value, kind.label) for kind in AppraisalRule.Kind if KINDS[kind].deducts]
        given = [(kind.value, kind.label) for kind in AppraisalRule.Kind if not KINDS[kind].deducts]
        self.fields["kind"].choices = [("", _("请选择")), (_("扣分"), taken), (_("加分"), given)]

    def faults(self, values: dict[str, Any]) -> dict[str, str]:
        return missing(values["kind"], values) if values.get("kind") else {}


class AppraisalForm(forms.Form):
    """Which period is appraised by which rules."""

    rule_set = forms.ModelChoiceField(RuleSet.objects.none(), label=gettext_lazy("考核细则"), empty_label=None)
    period = forms.ChoiceField(label=gettext_lazy("时段"))
    title = forms.CharField(
        label=gettext_lazy("名称"), max_length=100, required=False, help_text=gettext_lazy("不填则按时段命名")
    )
    exempt = forms.ModelMultipleChoiceField(
        queryset=None,
        label=gettext_lazy("免考核单位"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("勾选的不计分、不排名"),
    )

    def __init__(self, data: Any = None, *, campaign: Any, rule_sets: Any, units: Any, on: Any):
        groups = quick_periods(campaign, on=on - timedelta(days=1))
        self.periods = {f"{each.first}/{each.last}": each for _label, periods in groups for each in periods}
        super().__init__(data)
        self.fields["rule_set"].queryset, self.fields["exempt"].queryset = rule_sets, units
        self.fields["period"].choices = [
            (label, [(f"{each.first}/{each.last}", self._label(each, on)) for each in periods])
            for label, periods in groups
        ]

    def _label(self, period: Any, on: Any) -> str:
        name = period.label if period.days != 7 else period.span
        return name if period.last < on else _("%(period)s（未结束，只能试算）") % {"period": name}

    def clean_period(self) -> Any:
        return self.periods[self.cleaned_data["period"]]


class PublishForm(forms.Form):
    objections_until = DayField(
        label=gettext_lazy("申诉截止日期"), help_text=gettext_lazy("到这一天为止，各单位可以对自己的明细提出申诉")
    )
    note = forms.CharField(
        label=gettext_lazy("公布说明"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, result: Any, on: Any):
        until = Calendar().add_workdays(on, count=USUAL_DAYS)
        super().__init__(data, initial={"objections_until": until, "seen_state": result.state})


class ObjectionForm(forms.Form):
    """Why a unit objects to a line, and to which of its records; none ticked means the whole line."""

    keys = forms.MultipleChoiceField(label=gettext_lazy("针对的记录"), required=False)
    text = forms.CharField(
        label=gettext_lazy("申诉理由"), max_length=1000, widget=forms.Textarea({"rows": 4}), strip=True
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, line: dict[str, Any]):
        super().__init__(data, initial={"client_key": uuid.uuid4()})
        open_ones = [] if line["is_share"] else [row for row in line["occurrences"] if not row["struck"]]
        self.fields["keys"].choices = [(row["key"], row["title"]) for row in open_ones]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].strip()
        if not text:
            raise ValidationError(_("请写明申诉理由。"))
        return text

    @property
    def asked(self) -> dict[str, Any]:
        return self.cleaned_data | {"client_key": sent_key(self)}


class AnswerForm(forms.Form):
    answer = forms.CharField(label=gettext_lazy("答复"), max_length=1000, widget=forms.Textarea({"rows": 4}))
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, objection: Any):
        super().__init__(data, initial={"seen_state": objection.state})
