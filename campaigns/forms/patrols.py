"""Forms of patrols: one record, the period of a quota's page, somebody named, somebody away."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import PatrolQuota
from campaigns.models.patrol import of_person
from cityinit.forms import DayField, FilterForm, UploadsField
from cityinit.models import StoredFile
from cityinit.periods import Period
from cityinit.sent import sent_key
from units.models import Post, Unit, User
from units.roles import scope_of

# So many days, weeks or months stand side by side.
MOST_SPANS = 31
MOST_DAYS_JUDGED = 366
SHOWN = {PatrolQuota.Cycle.DAY: 14, PatrolQuota.Cycle.WEEK: 56, PatrolQuota.Cycle.MONTH: 180}


class PatrolForm(forms.Form):
    """One patrol. Everything is filled in for who walks just now; another time is for what was forgotten."""

    walker = forms.ChoiceField(label=gettext_lazy("巡查人"))
    found = forms.TypedChoiceField(
        label=gettext_lazy("情况"),
        choices=(("no", gettext_lazy("正常")), ("yes", gettext_lazy("发现问题"))),
        coerce=lambda value: value == "yes",
        initial="no",
    )
    place = forms.CharField(label=gettext_lazy("地点"), max_length=100)
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    photos = UploadsField(kind=StoredFile.Kind.PHOTO, label=gettext_lazy("照片"), required=False)
    walked_at = forms.DateTimeField(
        label=gettext_lazy("巡查时间"),
        required=False,
        help_text=gettext_lazy("不填就是现在；补登以前的巡查时填写，会注明是补登"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, files: Any = None, *, quota: PatrolQuota, walkers: list[Any], by: Any):
        super().__init__(data, files, initial={"place": quota.place, "client_key": uuid.uuid4()})
        self.fields["photos"].hold_for(by)
        self.walkers = {_key(walker): walker for walker in walkers}
        self.fields["walker"].choices = [
            (key, f"{walker.name}（{walker.unit}）") for key, walker in self.walkers.items()
        ]
        if len(walkers) == 1:
            self.fields["walker"].widget = forms.HiddenInput()
        self.fields["walker"].initial = next(
            (key for key, one in self.walkers.items() if one.person == of_person(by)), None
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["client_key"] = sent_key(self)
        return cleaned

    def given(self) -> dict[str, Any]:
        """What the action is given."""
        names = ("place", "found", "note", "client_key")
        return {name: self.cleaned_data[name] for name in names} | {
            "walker": self.walkers[self.cleaned_data["walker"]],
            "walked_at": self.cleaned_data["walked_at"] or timezone.now(),
            "files": self.cleaned_data["photos"],
        }


def _key(walker: Any) -> str:
    return "-".join(map(str, walker.person))


class SpanForm(FilterForm):
    """Which days a quota is looked at, and of which unit; the last two weeks by default, longer for longer cycles."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=gettext_lazy("全部")
    )
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)

    def __init__(self, data: Any, *, quota: PatrolQuota, units: Any):
        super().__init__(data or None)
        self.quota = quota
        self.fields["unit"].queryset = units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("截止日早于起始日。"))
        elif first and last and (last - first).days >= MOST_SPANS * self._days:
            self.add_error("last", _("一次最多看%(n)s个周期，请缩短日期。") % {"n": MOST_SPANS})
        if "last" in self.errors:
            # A span that cannot be narrows nothing, not by half.
            cleaned.pop("first", None)
        return cleaned

    @property
    def chosen_unit(self) -> Unit | None:
        self.is_valid()
        return self.cleaned_data.get("unit") if self.is_bound else None

    @property
    def _days(self) -> int:
        return {PatrolQuota.Cycle.DAY: 1, PatrolQuota.Cycle.WEEK: 7}.get(self.quota.cycle, 31)

    def period(self) -> Period:
        """The days asked for; up to now where nothing sound was asked. A unit that is gone leaves them as they are."""
        self.is_valid()
        values = self.cleaned_data if self.is_bound else {}
        today = timezone.localdate()
        # A week or month that is not over shows what is still to walk.
        last = values.get("last") or today + timedelta(days=self._days - 1)
        first = values.get("first") or min(last, today) - timedelta(days=SHOWN[self.quota.cycle] - 1)
        if last < first:
            first = last
        return Period(max(first, last - timedelta(days=MOST_SPANS * self._days - 1)), last)


class PersonForm(forms.Form):
    """Somebody of a unit: an account, or a name alone, from a day to a day."""

    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, empty_label=None)
    user = forms.ModelChoiceField(
        label=gettext_lazy("人员"), queryset=None, required=False, empty_label=gettext_lazy("没有账号，填姓名")
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40, required=False)
    starts_on = DayField(label=gettext_lazy("起"), required=False)
    ends_on = DayField(label=gettext_lazy("止"), required=False)

    def __init__(self, data: Any = None, *, units: Any):
        super().__init__(data, initial={"unit": units.first()})
        self.fields["unit"].queryset = units
        posted = User.objects.filter(posts__in=_posts_at(units), is_active=True).distinct()
        self.fields["user"].queryset = posted.order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("user") and not cleaned.get("name", "").strip():
            self.add_error("name", _("请选择人员，或填写姓名。"))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("止日早于起日，请检查。"))
        return cleaned


class AbsenceForm(PersonForm):
    reason = forms.CharField(label=gettext_lazy("事由"), max_length=60, required=False)

    def __init__(self, data: Any = None, *, units: Any):
        super().__init__(data, units=units)
        for name in ("starts_on", "ends_on"):
            self.fields[name].required = True
            self.fields[name].initial = timezone.localdate()


class EndForm(forms.Form):
    ends_on = DayField(label=gettext_lazy("最后一天"))


class PatrolFilter(FilterForm):
    q = forms.CharField(label=gettext_lazy("关键词"), required=False, max_length=60)
    quota = forms.ModelChoiceField(
        label=gettext_lazy("巡查定额"), queryset=None, required=False, empty_label=gettext_lazy("全部")
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=gettext_lazy("全部")
    )
    found = forms.ChoiceField(
        label=gettext_lazy("情况"),
        required=False,
        choices=(("", gettext_lazy("全部")), ("no", gettext_lazy("正常")), ("yes", gettext_lazy("发现问题"))),
    )
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)
    # Of a figure: the records that were counted toward the quota, and no more.
    counted = forms.BooleanField(required=False, widget=forms.HiddenInput)
    # Of a unit's own line: without the units below it.
    alone = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, campaign: Any, units: Any):
        super().__init__(data or None)
        self.fields["quota"].queryset = PatrolQuota.objects.of(campaign)
        self.fields["unit"].queryset = units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        # What was counted is judged person by person and span by span.
        if cleaned.get("counted") and first and last and (last - first).days > MOST_DAYS_JUDGED:
            self.add_error("last", _("一次最多看一年，请缩短日期。"))
        if first and last and last < first:
            self.add_error("last", _("截止日早于起始日。"))
        if "last" in self.errors:
            # A span that cannot be narrows nothing, not by half.
            cleaned.pop("first", None)
        return cleaned


def _posts_at(units: Any) -> Any:
    return Post.objects.held(on=timezone.localdate()).filter(unit__in=units)


def units_kept(campaign: Any, *, by: Any) -> Any:
    """Units of the campaign's tree for which the person keeps rosters and attendance, in the order of the tree."""
    return units_told(campaign, by=by, permission="campaigns.keep_roster").active()


def units_told(campaign: Any, *, by: Any, permission: str) -> Any:
    """Units of whose people lists tell the person; merged ones too, for their rows stay theirs."""
    return Unit.objects.of_host(campaign.host.host_id).under(scope_of(by).paths_with(permission)).order_by("path")
