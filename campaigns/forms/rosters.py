"""Forms of rosters: a shift, the week looked at, the span drawn up, and what is said of one turn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import DutyHand, DutyPost, DutyShift, DutyTurn
from campaigns.models.roster import WEEKDAYS
from cityinit.forms import DayField, FilterForm, UploadsField
from cityinit.models import StoredFile
from cityinit.periods import Period

EVERY_MOST, PEOPLE_MOST = 60, 50
SWAPS_OFFERED = 100
LOOKED_BACK = timedelta(days=30)


class ShiftForm(forms.ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("星期"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("选“每周固定几天”时勾选"),
    )
    starts_on = DayField(label=gettext_lazy("开始日期"))
    ends_on = DayField(label=gettext_lazy("结束日期"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = DutyShift
        fields = DutyShift.WRITTEN
        widgets = {name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in ("starts_at", "ends_at")}

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["seen"].initial = self.instance.mark
        else:
            self.fields["starts_on"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        pattern, every, people = (cleaned.get(name) for name in ("pattern", "every", "people"))
        if pattern == DutyShift.Pattern.WEEKDAYS and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("请勾选星期几。"))
        if pattern == DutyShift.Pattern.EVERY and not 1 <= (every or 0) <= EVERY_MOST:
            self.add_error("every", _("请填1到%(most)s。") % {"most": EVERY_MOST})
        if people is not None and not 1 <= people <= PEOPLE_MOST:
            self.add_error("people", _("每班1到%(most)s人。") % {"most": PEOPLE_MOST})
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("不能早于开始日期，请检查两个日期。"))
        if cleaned.get("starts_at") and cleaned.get("starts_at") == cleaned.get("ends_at"):
            self.add_error("ends_at", _("开始和结束是同一时间，请检查。"))
        return cleaned


class DrawForm(forms.Form):
    first = DayField(label=gettext_lazy("起"))
    last = DayField(label=gettext_lazy("止"))

    def __init__(self, data: Any = None):
        today = timezone.localdate()
        next_week = Period.week_of(today + timedelta(days=7))
        super().__init__(data, initial={"first": today, "last": next_week.last})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("截止日早于起始日。"))
        return cleaned

    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


class _DutyFilter(FilterForm):
    duty = forms.ModelChoiceField(
        label=gettext_lazy("岗点"), queryset=None, required=False, empty_label=gettext_lazy("全部")
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=None, required=False, empty_label=gettext_lazy("全部")
    )

    def __init__(self, data: Any, *, duties: Any, units: Any):
        super().__init__(data or None)
        self.fields["duty"].queryset = duties
        self.fields["unit"].queryset = units


class WeekForm(_DutyFilter):
    """The week of a day, of one post or unit."""

    field_order = ("week",)
    week = DayField(label=gettext_lazy("日期所在周"), required=False)

    def monday(self) -> date:
        return Period.week_of(self.chosen.get("week") or timezone.localdate()).first


class TurnFilter(_DutyFilter):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=(
            ("", gettext_lazy("全部")),
            ("due", gettext_lazy("应到")),
            ("came", gettext_lazy("到岗（含顶岗）")),
            ("unknown", gettext_lazy("未登记")),
            *((value, label) for value, label in DutyTurn.State.choices if value != DutyTurn.State.PLANNED),
        ),
    )
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)

    def period(self) -> Period:
        """The days asked for; the last month up to today where nothing sound was asked."""
        values = self.chosen
        today = timezone.localdate()
        last = values.get("last") or max(today, values.get("first") or today)
        first = values.get("first") or last - LOOKED_BACK
        return Period(min(first, last), last)

    def filter(self, turns: Any, *, with_state: bool = True) -> Any:
        asked = self.chosen
        turns = turns.within(self.period())
        if asked.get("duty"):
            turns = turns.filter(shift__duty=asked["duty"])
        if asked.get("unit"):
            turns = turns.filter(unit=asked["unit"])
        state = with_state and asked.get("state")
        if state == "due":
            turns = turns.counted().begun(at=timezone.now())
        elif state == "came":
            turns = turns.filter(state__in=DutyTurn.CAME)
        elif state == "unknown":
            turns = turns.filter(state=DutyTurn.State.PLANNED).begun(at=timezone.now())
        elif state:
            turns = turns.filter(state=state)
        return turns


class MoveForm(forms.Form):
    """A move that is a mere button."""

    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, files: Any = None, *, turn: DutyTurn, by: Any = None):
        super().__init__(data, files, initial={"seen_state": turn.state})


class ReasonForm(MoveForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class ReplaceForm(ReasonForm):
    stand_in = forms.CharField(label=gettext_lazy("顶岗人"), max_length=40)
    field_order = ("stand_in", "reason")


class CheckInForm(MoveForm):
    """One's own turn: nothing must be given; a photo may, and the place only where the box is ticked."""

    photos = UploadsField(kind=StoredFile.Kind.PHOTO, label=gettext_lazy("照片"), required=False, most=3)
    consent = forms.BooleanField(label=gettext_lazy("同意记录签到位置（只有创建办能看到）"), required=False)
    latitude = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, turn: DutyTurn, by: Any = None):
        super().__init__(data, files, turn=turn)
        self.fields["photos"].hold_for(by)

    def given(self) -> dict[str, Any]:
        values = self.cleaned_data
        place = (values["latitude"], values["longitude"])
        agreed = values["consent"] and None not in place
        return {
            "photos": values["photos"],
            "position": place if agreed else None,
            "seen_state": values["seen_state"],
        }


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(label=gettext_lazy("改由谁值守"), queryset=None, empty_label=gettext_lazy("请选择"))
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=100, required=False)

    def __init__(self, data: Any = None, *, turn: DutyTurn):
        super().__init__(data)
        hands = DutyHand.objects.filter(duty=turn.shift.duty_id).select_related("unit")
        able = [hand.pk for hand in hands if hand.is_held(turn.day) and hand.person != turn.person]
        self.fields["to"].queryset = hands.filter(pk__in=able)


class SwapForm(forms.Form):
    other = forms.ModelChoiceField(
        label=gettext_lazy("与哪一班对调"), queryset=None, empty_label=gettext_lazy("请选择")
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=100, required=False)

    def __init__(self, data: Any = None, *, turn: DutyTurn):
        super().__init__(data)
        ahead = DutyTurn.objects.filter(
            shift__duty=turn.shift.duty_id, state=DutyTurn.State.PLANNED, day__gte=timezone.localdate()
        )
        others = [
            other.pk for other in ahead.order_by("day", "starts_at")[:SWAPS_OFFERED] if other.person != turn.person
        ]
        self.fields["other"].queryset = DutyTurn.objects.filter(pk__in=others).select_related("shift")


def duties_of(campaign: Any, *, by: Any) -> Any:
    """The duty posts whose rosters the person may read."""
    return DutyPost.objects.with_rosters_for(by).of(campaign).order_by("position", "pk")
