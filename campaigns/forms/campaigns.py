"""Forms of campaigns and the working calendar."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import presets
from campaigns.models import Campaign
from cityinit.forms import DayField


class CampaignForm(forms.Form):
    """A campaign's own facts; the host is chosen once."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    short_name = forms.CharField(
        label=gettext_lazy("简称"), max_length=20, help_text=gettext_lazy("总结中的称呼，如“创建”“创文”“创卫”")
    )
    kind = forms.CharField(
        label=gettext_lazy("类型"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("如“全国文明城市”"),
        widget=forms.TextInput(attrs={"list": "campaign-kinds"}),
    )
    kinds = presets.CAMPAIGN_KINDS
    host = forms.ModelChoiceField(label=gettext_lazy("主体单位"), queryset=None, empty_label=None)
    starts_on = DayField(label=gettext_lazy("开始日期"))
    ends_on = DayField(label=gettext_lazy("结束日期"))
    guides = forms.ModelMultipleChoiceField(
        label=gettext_lazy("指导单位"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    slogans = forms.CharField(
        label=gettext_lazy("口号"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("一行一条"),
    )
    direct_dispatch = forms.BooleanField(
        label=gettext_lazy("督查员可直接交办"),
        required=False,
        help_text=gettext_lazy("打开后，督查员上报的问题不必经创建办立案即可交办"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, hosts, units, campaign=None):
        super().__init__(data, initial=_campaign_values(campaign) if campaign else {"short_name": _("创建")})
        self.campaign = campaign
        self.fields["host"].queryset = hosts
        self.fields["guides"].queryset = units
        del self.fields["host" if campaign else "seen"]

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = Campaign.objects.exclude(pk=self.campaign.pk if self.campaign else None)
        if others.filter(name=name).exists():
            raise ValidationError(_("这个名称已被使用，请加上城市名或年份。"))
        return name

    def clean_slogans(self):
        return [line.strip() for line in self.cleaned_data["slogans"].splitlines() if line.strip()]

    def clean(self):
        values = super().clean()
        if values.get("starts_on") and values.get("ends_on") and values["ends_on"] < values["starts_on"]:
            self.add_error("ends_on", _("结束日期早于开始日期。"))
        return values


def _campaign_values(campaign):
    values = {name: getattr(campaign, name) for name in Campaign.WRITTEN}
    values |= {"slogans": "\n".join(campaign.slogans), "guides": list(campaign.guides.all())}
    return values | {"seen": campaign.mark}


class CalendarForm(forms.Form):
    """Days the office declares worked or free."""

    first = DayField(label=gettext_lazy("起"))
    last = DayField(label=gettext_lazy("止"), required=False, help_text=gettext_lazy("只有一天时不填"))
    is_workday = forms.TypedChoiceField(
        label=gettext_lazy("安排"),
        choices=[("0", gettext_lazy("放假")), ("1", gettext_lazy("上班（调休）"))],
        coerce=lambda text: text == "1",
        empty_value=False,
    )
    name = forms.CharField(
        label=gettext_lazy("说明"), max_length=40, required=False, help_text=gettext_lazy("如“春节”“国庆节调休”")
    )

    def clean(self):
        values = super().clean()
        first = values.get("first")
        values["last"] = values.get("last") or first
        if first and values["last"] < first:
            self.add_error("last", _("截止日早于起始日。"))
        elif first and (values["last"] - first).days >= 31:
            self.add_error("last", _("一次最多31天，请核对年份和月份。"))
        return values
