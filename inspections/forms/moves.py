"""What each move of a finding, and an extension, asks for."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clock import latest_due
from cityinit.forms import DayField
from cityinit.sent import sent_key
from inspections.models import Finding
from units.models import Unit

from .fields import SEVERITIES, MomentInput, photos_field, text_field


class MoveForm(forms.Form):
    """What every form that moves a finding carries: the state it was drawn for."""

    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)


class NoteForm(MoveForm):
    note = text_field(gettext_lazy("说明"), required=False)


class CloseForm(MoveForm):
    """With photos in doubt (`doubts` of them) it asks whether they were looked at."""

    note = text_field(gettext_lazy("复核意见"), required=False)
    despite_doubts = forms.BooleanField(
        label=gettext_lazy("已核对疑似旧照，确认销号"),
        error_messages={"required": gettext_lazy("有疑似旧照还没有核对。请看过两张照片，勾选后再销号。")},
    )

    def __init__(self, *args, doubts=0, **kwargs):
        super().__init__(*args, **kwargs)
        if not doubts:
            del self.fields["despite_doubts"]


class ReasonForm(MoveForm):
    reason = text_field(gettext_lazy("理由"))


class DuplicateForm(MoveForm):
    """The original, ticked among those that come to mind or given by its number."""

    original = forms.ModelChoiceField(
        Finding.objects.none(),
        label=gettext_lazy("近30天同一点位或同一类别的问题"),
        required=False,
        empty_label=gettext_lazy("都不是，按编号填写"),
        blank=True,
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label=gettext_lazy("重复于（问题编号）"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("上面没有列出时，填写已在办理的那个问题的编号"),
    )
    note = text_field(gettext_lazy("说明"), required=False)
    # Asked only where it is hardly the same: another place and another category.
    is_same = forms.BooleanField(label=gettext_lazy("点位和类别都不同，确认是同一个问题"), required=False)

    def __init__(self, *args, finding, findings, likely, **kwargs):
        super().__init__(*args, **kwargs)
        self.finding, self.findings = finding, findings
        if not self.is_bound:
            del self.fields["is_same"]
        field = self.fields["original"]
        field.queryset = likely
        field.label_from_instance = _told_apart
        if not likely:
            del self.fields["original"]

    def clean_number(self):
        number = self.cleaned_data["number"]
        if number and not self.findings.filter(number=number).exists():
            raise ValidationError(_("没有编号为“%(number)s”的问题。") % {"number": number})
        return number

    def clean(self):
        cleaned = super().clean()
        chosen, number = cleaned.pop("original", None), cleaned.pop("number", "")
        given = self.findings.filter(number=number).first() if number else None
        if chosen and given and chosen != given:
            self.add_error("number", _("选中的和填写的不是同一个问题，请只留一个。"))
        elif not chosen and not given and not self.errors:
            self.add_error("number", _("请选中或填写原来的那个问题。"))
        original = chosen or given
        is_sure = cleaned.pop("is_same", False)
        if original is None or not _differ(self.finding, original):
            del self.fields["is_same"]
        elif not is_sure:
            told = {"this": _named(self.finding), "other": _named(original), "number": original}
            wrong = _("这个问题是%(this)s，%(number)s 是%(other)s，很可能不是同一个问题。请核对，确认后勾选再提交。")
            self.add_error("is_same", wrong % told)
        return cleaned | {"duplicate_of": original}


def _differ(one, other):
    """Whether neither place nor category speaks for the two being one; an unknown place speaks against nothing."""
    places = [(finding.site_id, finding.where.strip()) for finding in (one, other)]
    return one.category_id != other.category_id and all(where for _site, where in places) and places[0] != places[1]


def _named(finding):
    return _("“%(where)s”的“%(category)s”") % {"where": finding.where, "category": finding.category}


def _told_apart(finding):
    words = [finding.number, f"{finding.found_on:%m-%d}", finding.where, finding.description[:30]]
    return " ".join([*filter(None, words), f"（{finding.get_state_display()}）"])


class DispatchForm(MoveForm):
    lead_unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("责任单位"))
    severity = forms.ChoiceField(label=gettext_lazy("等级"), choices=SEVERITIES)
    due_at = forms.DateTimeField(label=gettext_lazy("改用其他期限"), required=False, widget=MomentInput)
    assisting_units = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=gettext_lazy("协办单位"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = text_field(gettext_lazy("交办要求"), required=False)

    def __init__(self, *args, units, due_url, suggested=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.suggested = suggested
        for name in ("lead_unit", "assisting_units"):
            self.fields[name].queryset = units
        self.fields["lead_unit"].widget.attrs["data-not-again-in"] = "assisting_units"
        self.fields["severity"].widget.attrs |= {"hx-get": due_url, "hx-target": "#due-hint", "hx-swap": "outerHTML"}

    def clean_due_at(self):
        return _in_future(self.cleaned_data["due_at"])


class AnswerForm(MoveForm):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    photos = photos_field(gettext_lazy("整改后照片"), required=True)
    measure = text_field(gettext_lazy("整改措施"))

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["photos"].hold_for(by)
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


class ReworkForm(MoveForm):
    reason = text_field(gettext_lazy("返工理由"))
    due_at = forms.DateTimeField(label=gettext_lazy("新的期限"), widget=MomentInput)

    def clean_due_at(self):
        return _in_future(self.cleaned_data["due_at"])


class SuspendForm(MoveForm):
    plan = text_field(gettext_lazy("挂账方案"))
    until = DayField(label=gettext_lazy("挂账至"))
    leader = forms.CharField(label=gettext_lazy("责任领导"), max_length=60)


class ReopenForm(MoveForm):
    # Known by its photos, it needs no key in its row; the phone's outbox knows it by this one.
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    photos = photos_field(gettext_lazy("反弹现场照片"), required=True)
    note = text_field(gettext_lazy("说明"), required=False)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["photos"].hold_for(by)
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean(self):
        cleaned = super().clean()
        cleaned.pop("client_key", None)
        return cleaned


class AskExtensionForm(forms.Form):
    until = DayField(label=gettext_lazy("申请延至"))
    reason = text_field(gettext_lazy("理由"))


class GrantExtensionForm(forms.Form):
    until = DayField(label=gettext_lazy("批准延至"))
    note = text_field(gettext_lazy("答复"), required=False)


class RefuseExtensionForm(forms.Form):
    note = text_field(gettext_lazy("不批准的理由"))


def _in_future(moment):
    now = timezone.now()
    if moment and moment <= now:
        raise ValidationError(_("期限须晚于现在。"))
    if moment and moment > latest_due(now):
        raise ValidationError(_("期限太远，请核对年份。"))
    return moment
