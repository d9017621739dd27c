"""How the list of findings is narrowed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from campaigns.models import Indicator
from cityinit.forms import DayField, FilterForm
from cityinit.periods import day_of
from inspections.figures import lately
from inspections.models import Finding, FindingCategory, Round, Site
from units.models import Unit

from .fields import SEVERITIES


class FindingFilter(FilterForm):
    GROUPS = {
        "open": Finding.OPEN_STATES,
        "with_unit": Finding.UNIT_STATES,
        "counted": [state for state in Finding.State if state not in Finding.UNCOUNTED_STATES],
        "done": Finding.DONE_STATES,
    }
    FLAGS = {
        "overdue": lambda findings, now: findings.overdue(at=now),
        "today": lambda findings, now: findings.due_today(at=now),
        "warned": lambda findings, now: findings.warned(at=now),
        "recurred": lambda findings, now: findings.recurred_within(lately(on=day_of(now))),
        "in_time": lambda findings, now: findings.in_time(at=now),
        "extension": lambda findings, now: findings.with_extension_asked(),
        "doubt": lambda findings, now: findings.with_open_doubt(),
        "reopened": lambda findings, now: findings.filter(reopened_times__gt=0),
    }

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、描述、地点")}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("open", gettext_lazy("未办结")),
            ("with_unit", gettext_lazy("单位办理中")),
            ("done", gettext_lazy("已办结")),
            ("counted", gettext_lazy("计入统计的")),
            *[choice for choice in Finding.State.choices if choice[0] != Finding.State.DRAFT],
        ],
    )
    flag = forms.ChoiceField(
        label=gettext_lazy("时限"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("overdue", gettext_lazy("已逾期")),
            ("today", gettext_lazy("今天到期")),
            ("warned", gettext_lazy("即将到期")),
            ("in_time", gettext_lazy("时限内")),
            ("recurred", gettext_lazy("近90天销号后反弹")),
            ("extension", gettext_lazy("申请延期")),
            ("doubt", gettext_lazy("疑似旧照")),
            ("reopened", gettext_lazy("反弹过")),
        ],
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    category = forms.ModelChoiceField(
        FindingCategory.objects.none(), label=gettext_lazy("类别"), required=False, empty_label=gettext_lazy("全部")
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), required=False, choices=[("", gettext_lazy("全部")), *SEVERITIES]
    )
    round = forms.ModelChoiceField(
        Round.objects.none(), label=gettext_lazy("督查批次"), required=False, empty_label=gettext_lazy("全部")
    )
    since = DayField(label=gettext_lazy("发现起"), required=False)
    until = DayField(label=gettext_lazy("发现止"), required=False)
    order = forms.ChoiceField(
        label=gettext_lazy("排序"),
        required=False,
        choices=[("", gettext_lazy("最新发现")), ("due", gettext_lazy("期限先后"))],
    )
    alone = forms.BooleanField(label=gettext_lazy("不含下级单位"), required=False)
    sent = forms.ChoiceField(
        label=gettext_lazy("交办"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("yes", gettext_lazy("已交办")), ("no", gettext_lazy("未交办"))],
    )
    on_demand = ("alone", "sent")
    # Set by links from desks, sites and tasks.
    part = forms.ChoiceField(
        label=gettext_lazy("范围"),
        required=False,
        widget=forms.HiddenInput,
        choices=[("lead", ""), ("reported", "")],
    )
    site = forms.ModelChoiceField(
        Site.objects.none(), label=gettext_lazy("点位"), required=False, widget=forms.HiddenInput
    )
    indicator = forms.ModelChoiceField(
        Indicator.objects.none(), label=gettext_lazy("测评指标"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, data=None, *, by, units, categories, rounds, sites, indicators, offered, **kwargs):
        super().__init__(data, **kwargs)
        self.by, self.offered = by, offered
        chosen = {"unit": units, "category": categories, "round": rounds, "site": sites, "indicator": indicators}
        for name, queryset in chosen.items():
            self.fields[name].queryset = queryset

    def filter(self, findings, *, now):
        given = {name: value for name, value in self.chosen.items() if value}
        if state := given.get("state"):
            findings = findings.filter(state__in=self.GROUPS.get(state, [state]))
        if flag := given.get("flag"):
            findings = self.FLAGS[flag](findings, now)
        if unit := given.get("unit"):
            led = {"lead_unit": unit} if given.get("alone") else {"lead_unit__path__startswith": unit.path}
            findings = findings.filter(**led)
        if sent := given.get("sent"):
            findings = findings.filter(dispatched_at__isnull=sent == "no")
        if part := given.get("part"):
            findings = findings.led_within(self.by) if part == "lead" else findings.filter(reported_by=self.by)
        for name in ("category", "severity", "round", "site"):
            if name in given:
                findings = findings.filter(**{name: given[name]})
        if indicator := given.get("indicator"):
            findings = findings.under(indicator)
        if since := given.get("since"):
            findings = findings.filter(found_on__gte=since)
        if until := given.get("until"):
            findings = findings.filter(found_on__lte=until)
        if words := given.get("q"):
            findings = findings.mentioning(words)
        return findings

    @property
    def by_due(self):
        return self.chosen["order"] == "due"
