"""A call for units' summaries: of which period, by when, of whom; and the filter of its list."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField, FilterForm
from cityinit.periods import Period
from cityinit.sent import sent_key
from reports import calls
from reports.models import Call, Contribution
from reports.models.call import MOST_REMIND_DAYS
from units.choices import offer_units

from .request import quick_periods

# From so many days before its end on, an office asks for the half-year that still runs.
NEARLY_OVER = 45
WEEK = 7
PARAGRAPH_LENGTH = 20_000


class _CallFields(forms.Form):
    due_on = DayField(label=gettext_lazy("报送期限"))
    remind_days = forms.IntegerField(
        label=gettext_lazy("提前几天提醒"),
        min_value=0,
        max_value=MOST_REMIND_DAYS,
        initial=3,
        help_text=gettext_lazy("到期当天和逾期后还会各提醒一次"),
    )
    takes = forms.ChoiceField(
        label=gettext_lazy("汇入全市总结"), choices=Call.Takes.choices, initial=Call.Takes.ACCEPTED
    )
    note = forms.CharField(
        label=gettext_lazy("报送要求"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("单位填写时会看到，如篇幅、重点和口径"),
    )


class CallForm(_CallFields):
    """A new call; whom it asks is what is ticked, and `fill` ticks by kind, by appraisal group or whoever has work."""

    period = forms.ChoiceField(label=gettext_lazy("时段"))
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("按单位类型"), required=False, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("按考核组"), required=False, widget=forms.CheckboxSelectMultiple
    )
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("征集单位"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    ASKED = ("period", "due_on", "remind_days", "takes", "note")
    BY_KIND = ("kinds", "groups")

    def __init__(self, data=None, *, campaign, on):
        self.campaign = campaign
        groups = [(label, periods) for label, periods in quick_periods(campaign, on=on) if periods[0].days > WEEK]
        self.periods = {_key(period): period for _label, periods in groups for period in periods}
        usual = _usual_period(on, self.periods)
        super().__init__(data, initial={"client_key": uuid4(), "period": usual})
        self.fields["period"].choices = [
            (label, [(_key(period), period.label) for period in periods]) for label, periods in groups
        ]
        units = calls.askable_units(campaign)
        for name, field in (("kinds", "kind"), ("groups", "appraisal_group")):
            values = units.exclude(**{field: ""}).order_by().values_list(field, flat=True).distinct()
            self.fields[name].choices = [(value, value) for value in sorted(values)]
            if not self.fields[name].choices:
                del self.fields[name]
        self.fields["units"].queryset = units.order_by("position", "pk")
        if not self.is_bound and usual:
            self.initial["units"] = self.usual_units()

    def asked_fields(self):
        return [self[name] for name in self.ASKED]

    def kind_fields(self):
        return [self[name] for name in self.BY_KIND if name in self.fields]

    def usual_units(self):
        period = self.periods.get(self["period"].value())
        return [unit.pk for unit in calls.usual_units(self.campaign, period)] if period else []

    def filled(self):
        """What was sent, with exactly those units ticked that kinds and groups name; without any, the usual ones."""
        data = self.data.copy()
        chosen = Q()
        if kinds := data.getlist("kinds"):
            chosen |= Q(kind__in=kinds)
        if groups := data.getlist("groups"):
            chosen |= Q(appraisal_group__in=groups)
        named = self.fields["units"].queryset.filter(chosen).values_list("pk", flat=True) if chosen else None
        data.setlist("units", [str(pk) for pk in (self.usual_units() if named is None else named)])
        return data

    def clean_period(self):
        key = self.cleaned_data["period"]
        if key not in self.periods:
            raise ValidationError(_("请选择时段。"))
        return self.periods[key]

    def clean_due_on(self):
        return _not_over(self.cleaned_data["due_on"])

    def clean_units(self):
        if not self.cleaned_data["units"]:
            raise ValidationError(_("请至少选择一个单位。"))
        return self.cleaned_data["units"]

    @property
    def asked(self):
        """What `call_units` takes."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in self.BY_KIND}
        return values | {"client_key": sent_key(self)}


class CallEditForm(_CallFields):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, call):
        initial = {name: getattr(call, name) for name in Call.WRITTEN} | {"seen": call.mark}
        super().__init__(data, initial=initial)
        self.call = call

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        return day if day == self.call.due_on else _not_over(day)


class AddUnitsForm(forms.Form):
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("增加的单位"), queryset=None, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, units):
        super().__init__(data)
        self.fields["units"].queryset = units


class ContributionFilterForm(FilterForm):
    """What the list of a call is narrowed by; its counts and the desks link here."""

    STATE = [
        ("", gettext_lazy("全部应报单位")),
        ("missing", gettext_lazy("未报")),
        ("overdue", gettext_lazy("逾期未报")),
        ("handed_in", gettext_lazy("已报")),
        *Contribution.State.choices,
    ]

    sparse = True
    q = forms.CharField(label=gettext_lazy("单位"), required=False, max_length=60)
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATE, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    group = forms.ChoiceField(label=gettext_lazy("考核组"), required=False)
    on_demand = ("unit", "below")
    unit = forms.ModelChoiceField(label=gettext_lazy("只看"), queryset=None, required=False)
    below = forms.BooleanField(label=gettext_lazy("含下级单位"), required=False)

    def __init__(self, data=None, *, call, contributions):
        self.call, self.contributions = call, contributions
        super().__init__(data)

    def offer(self, name, field):
        if name == "unit":
            offer_units(field, self.call.campaign.host)
        elif name in ("kind", "group"):
            of = {"kind": "unit__kind", "group": "unit__appraisal_group"}[name]
            values = self.contributions.exclude(**{of: ""}).order_by().values_list(of, flat=True).distinct()
            field.choices = [("", _("全部")), *((value, value) for value in sorted(values))]

    def filter(self, contributions):
        chosen = self.chosen
        if words := chosen["q"]:
            contributions = contributions.filter(Q(unit__name__icontains=words) | Q(unit__short_name__icontains=words))
        if chosen["kind"]:
            contributions = contributions.filter(unit__kind=chosen["kind"])
        if chosen["group"]:
            contributions = contributions.filter(unit__appraisal_group=chosen["group"])
        if unit := chosen.get("unit"):
            below = {"unit__path__startswith": unit.path}
            contributions = contributions.filter(**below if chosen.get("below") else {"unit": unit})
        match chosen["state"]:
            case "missing":
                return contributions.filter(state__in=Contribution.UNIT_STATES)
            case "overdue":
                return contributions.overdue(on=timezone.localdate())
            case "handed_in":
                return contributions.filter(state__in=Contribution.HANDED_IN_STATES)
            case "" | None:
                return contributions.asked()
        return contributions.filter(state=chosen["state"])


class ContributionForm(forms.Form):
    """A unit's paragraphs, one field each; saved as often as one likes, until it is handed in."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, contribution, rows, seen):
        initial = {"seen": seen, "seen_state": contribution.state}
        super().__init__(data, initial=initial | {_field(row.key): row.text for row in rows})
        for row in rows:
            # As tall as what stands in it, so that nobody reads through a slit.
            height = min(max(4, len(row.text) // 40 + 2), 16)
            self.fields[_field(row.key)] = forms.CharField(
                label=row.heading,
                required=False,
                max_length=PARAGRAPH_LENGTH,
                widget=forms.Textarea(attrs={"rows": height}),
            )
        self.rows = rows

    def paragraphs(self):
        """Each paragraph with its field, those in which something stands first."""
        told = [{"row": row, "field": self[_field(row.key)]} for row in self.rows]
        return {
            "written": [one for one in told if one["row"].drafted or one["field"].value() or _is_general(one["row"])],
            "empty": [
                one for one in told if not (one["row"].drafted or one["field"].value() or _is_general(one["row"]))
            ],
        }

    @property
    def texts(self):
        return {row.key: self.cleaned_data[_field(row.key)] for row in self.rows}


class ReasonForm(forms.Form):
    """Why it is returned, or need not be handed in."""

    note = forms.CharField(label=gettext_lazy("原因"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)


def _is_general(row):
    return not row.key.startswith("stream:")


def _field(key):
    return f"text-{key.replace(':', '-')}"


def _key(period):
    return f"{period.first}/{period.last}"


def _usual_period(on, periods):
    running = Period.containing(on)
    wanted = running if (running.last - on).days <= NEARLY_OVER else running.previous
    return next((_key(period) for period in (wanted, running) if _key(period) in periods), next(iter(periods), ""))


def _not_over(day):
    if day < timezone.localdate():
        raise ValidationError(_("报送期限不能早于今天。"))
    return day
