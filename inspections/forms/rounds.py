"""What the office says of a round: its days, its sites, its teams and their routes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from inspections.models import Draw, Round, Site, SiteType, Team
from units.models import Unit, User

SEPARATORS = re.compile(r"[\s、,，;；]+")
MOST_CODES = 1000


class RoundForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    ends_on = DayField(label=gettext_lazy("结束日期"), required=False)
    note = forms.CharField(
        label=gettext_lazy("说明"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, round: Round | None = None):
        initial = {}
        if round:
            initial = {name: getattr(round, name) for name in Round.WRITTEN} | {"seen": round.mark}
        super().__init__(data, initial=initial)
        if round is None:
            del self.fields["seen"]

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("结束日期不能早于开始日期。"))
        return cleaned


class SitesForm(forms.Form):
    """Sites to put into a round: of a draw, by type or unit, or by their codes; at least one way."""

    draw = forms.ModelChoiceField(
        Draw.objects.none(),
        label=gettext_lazy("抽取结果"),
        required=False,
        empty_label=gettext_lazy("不从抽取结果取"),
    )
    kinds = forms.ModelMultipleChoiceField(
        SiteType.objects.none(),
        label=gettext_lazy("点位类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("勾选的类型全部加入"),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("责任单位"),
        required=False,
        empty_label=gettext_lazy("不限"),
        help_text=gettext_lazy("只取它和下级负责的；不勾类型就取它们的全部点位"),
    )
    codes = forms.CharField(
        label=gettext_lazy("点位编号或名称"),
        required=False,
        max_length=20000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("一行一个，或用顿号、逗号、空格隔开"),
    )

    def __init__(self, data: Any = None, *, draws: Any, kinds: Any, units: Any, sites: Any):
        super().__init__(data)
        self.fields["draw"].queryset, self.fields["kinds"].queryset = draws, kinds
        self.fields["unit"].queryset = units
        self.sites = sites

    def clean_codes(self) -> list[Site]:
        words = list(dict.fromkeys(word for word in SEPARATORS.split(self.cleaned_data["codes"]) if word))
        if len(words) > MOST_CODES:
            raise ValidationError(_("一次最多%(n)s个。") % {"n": MOST_CODES})
        found: dict[str, list[Site]] = {}
        for site in self.sites.filter(Q(code__in=words) | Q(name__in=words)) if words else ():
            for word in {site.code, site.name}:
                found.setdefault(word, []).append(site)
        if unknown := [word for word in words if word not in found]:
            told = "、".join(unknown[:10]) + ("…" if len(unknown) > 10 else "")
            raise ValidationError(_("点位册里没有：%(words)s") % {"words": told})
        if twins := [word for word in words if len(found[word]) > 1]:
            raise ValidationError(_("有几个点位都叫“%(name)s”，请填编号。") % {"name": twins[0]})
        return [found[word][0] for word in words]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(name) for name in ("draw", "kinds", "unit", "codes")):
            raise ValidationError(_("请选抽取结果、类型或单位，或填写编号。"))
        return cleaned

    @property
    def chosen(self) -> list[Site]:
        """Those of the filter and of the codes, each once; the draw's come by themselves."""
        asked = self.cleaned_data
        rows: list[Site] = []
        if asked["kinds"] or asked["unit"]:
            wanted = self.sites
            if asked["kinds"]:
                wanted = wanted.filter(kind__in=asked["kinds"])
            if asked["unit"]:
                wanted = wanted.filter(unit__path__startswith=asked["unit"].path)
            rows = list(wanted.order_by("code", "pk"))
        return list(dict.fromkeys([*rows, *asked["codes"]]))


class TeamForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("带队单位"), required=False, empty_label=gettext_lazy("不写")
    )
    leader = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("带队"), required=False)
    members = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("组员"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("只列出现在有督查员岗位的人"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, people: Any, units: Any, team: Team | None = None, name: str = ""):
        initial: dict[str, Any] = {"name": name}
        if team:
            members = list(team.members.all())
            initial = {
                "name": team.name,
                "unit": team.unit_id,
                "leader": next((member.user_id for member in members if member.is_leading), None),
                "members": [member.user_id for member in members if not member.is_leading],
                "seen": team.mark,
            }
        super().__init__(data, initial=initial)
        if team is None:
            del self.fields["seen"]
        self.fields["unit"].queryset = units
        self.fields["leader"].queryset = self.fields["members"].queryset = people

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("leader") and not cleaned.get("members"):
            self.add_error("members", _("请至少选一个人。"))
        return cleaned


class RoutesForm(forms.Form):
    """A line for each stop: which team, and its place in the order."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, stops: list[Any], teams: list[Team], seen: str):
        super().__init__(data, initial={"seen": seen})
        self.stops = stops
        choices = [("", _("未分")), *((str(team.pk), team.name) for team in teams)]
        self.teams = {str(team.pk): team for team in teams}
        for stop in stops:
            self.fields[f"team-{stop.pk}"] = forms.ChoiceField(
                label=_("%(site)s的督查组") % {"site": stop.site},
                choices=choices,
                required=False,
                initial=str(stop.team_id or ""),
                widget=forms.Select(
                    {"class": "form-select", "aria-label": _("%(site)s的督查组") % {"site": stop.site}}
                ),
            )
            self.fields[f"place-{stop.pk}"] = forms.IntegerField(
                label=_("%(site)s的次序") % {"site": stop.site},
                min_value=0,
                max_value=9999,
                required=False,
                initial=stop.position,
                widget=forms.NumberInput(
                    {
                        "class": "form-control",
                        "aria-label": _("%(site)s的次序") % {"site": stop.site},
                        "inputmode": "numeric",
                    }
                ),
            )

    @property
    def lines(self):
        """Each stop with its two fields."""
        return [
            {"stop": stop, "team": self[f"team-{stop.pk}"], "place": self[f"place-{stop.pk}"]} for stop in self.stops
        ]

    @property
    def places(self) -> dict[int, tuple[Team | None, int]]:
        asked = self.cleaned_data
        return {
            stop.pk: (self.teams.get(asked[f"team-{stop.pk}"]), asked[f"place-{stop.pk}"] or 0) for stop in self.stops
        }


class SendBackForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("要补查什么"), max_length=500, widget=forms.Textarea({"rows": 3}))
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, row: Team):
        super().__init__(data, initial={"seen_state": row.state})
