"""Forms of the registers: one row to write, and the filter above a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField
from cityinit.sent import sent_key
from units.models import Unit

from ..ancestry import RING, would_ring
from ..models import Campaign, Indicator
from ..registers import Register

MOST = 10**8
# Points are given and taken.
SIGNED = {"points"}


class RowForm(forms.ModelForm):
    """A row of a register; what may be chosen is the campaign's own. `seen` marks what the form was drawn from."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    register: Register

    def __init__(self, *args: Any, campaign: Campaign, **options: Any):
        super().__init__(*args, **options)
        self.campaign = self.instance.campaign = campaign
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = _choices(field.queryset.model, campaign)
            elif isinstance(field, forms.IntegerField):
                _limit(field, signed=name in SIGNED)
        if self.instance.pk:
            self.fields["seen"].initial = self.register.mark_of(self.instance)

    def _get_validation_exclusions(self) -> set[str]:
        # The campaign is not asked, but two rows of one name in it are refused.
        return super()._get_validation_exclusions() - {"campaign"}

    def sent_before(self) -> models.Model | None:
        """The row that this very form has made already, when it arrives a second time."""
        key = sent_key(self)
        return key and self.register.model._base_manager.filter(campaign=self.campaign, client_key=key).first()

    def many(self) -> dict[str, list[Any]]:
        """The clean lists of the many-to-many fields, which are written after the row."""
        return {name: list(self.cleaned_data[name]) for name in self.register.many}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["client_key"] = sent_key(self)
        if self.register.span:
            first, last = (cleaned.get(name) for name in self.register.span)
            if first and last and last < first:
                self.add_error(
                    self.register.span[1],
                    _("不能早于%(first)s，请检查两个日期。") % {"first": self.register.label(self.register.span[0])},
                )
        parent = cleaned.get("parent")
        if parent and self.instance.pk and would_ring(self.instance, parent=parent):
            self.add_error("parent", RING)
        return cleaned


def _limit(field: forms.IntegerField, *, signed: bool) -> None:
    """No count of a city is larger, and none is negative: a slip of the finger must not reach the summary."""
    if not signed:
        field.validators.append(MinValueValidator(0, _("不能是负数。")))
        field.widget.attrs["min"] = 0
    field.validators.append(MaxValueValidator(MOST, _("这个数太大，请核对（最多%(limit_value)s）。")))
    field.widget.attrs["max"] = MOST


def row_form(register: Register) -> type[RowForm]:
    """The form class of a register."""
    made = forms.modelform_factory(
        register.model,
        form=RowForm,
        fields=register.fields,
        field_classes={name: DayField for name in register.fields if _is_day(register, name)},
        widgets={
            name: forms.Textarea(attrs={"rows": 3})
            for name in register.fields
            if isinstance(register.model._meta.get_field(name), models.TextField)
        },
    )
    made.register = register
    if register.model is Indicator:
        made.base_fields["methods"] = forms.MultipleChoiceField(
            label=register.label("methods"),
            choices=Indicator.Method.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
    return made


def _is_day(register: Register, name: str) -> bool:
    return isinstance(register.model._meta.get_field(name), models.DateField)


def _choices(model: type[models.Model], campaign: Campaign) -> models.QuerySet:
    if model is Unit:
        return Unit.objects.of_host(campaign.host.host_id).active()
    return model._default_manager.filter(campaign=campaign)


class RegisterFilter(forms.Form):
    """Text, kind, unit and period over a register; only what the register has."""

    q = forms.CharField(label=gettext_lazy("关键词"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("单位"), required=False)
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)

    def __init__(self, *args: Any, register: Register, campaign: Campaign, **options: Any):
        super().__init__(*args, **options)
        self.register = register
        if register.kind:
            field = self.fields["kind"]
            field.label = register.label(register.kind)
            field.choices = [("", _("全部")), *_kinds(register, campaign)]
        else:
            del self.fields["kind"]
        if register.unit:
            self.fields["unit"].queryset = Unit.objects.of_host(campaign.host.host_id)
            self.fields["unit"].empty_label = _("全部")
            self.fields["unit"].label = register.label(register.unit)
        else:
            del self.fields["unit"]
        if not register.day:
            del self.fields["first"], self.fields["last"]

    def filter(self, rows: models.QuerySet) -> models.QuerySet:
        """The rows asked for; all of them when the filter itself is faulty."""
        if not self.is_valid():
            return rows
        asked = self.cleaned_data
        if asked["q"]:
            wanted = models.Q()
            for name in self.register.search:
                wanted |= models.Q(**{f"{name}__icontains": asked["q"]})
            rows = rows.filter(wanted)
        if asked.get("kind"):
            rows = rows.filter(**self.register.of_kind(asked["kind"]))
        if asked.get("unit"):
            rows = rows.filter(**{self.register.unit: asked["unit"]})
        if asked.get("first"):
            rows = rows.filter(**{f"{self.register.day}__gte": asked["first"]})
        if asked.get("last"):
            rows = rows.filter(**{f"{self.register.day}__lte": asked["last"]})
        return rows


def _kinds(register: Register, campaign: Campaign) -> list[tuple[str, str]]:
    field = register.model._meta.get_field(register.kind)
    choices = Indicator.Method.choices if isinstance(field, models.JSONField) else field.choices
    if choices:
        return [(value, str(label)) for value, label in choices]
    written = register.model.objects.of(campaign).order_by().exclude(**{register.kind: ""})
    return [(value, value) for value in sorted(set(written.values_list(register.kind, flat=True)))]
