"""Forms of the registers: one row to write, and the filter above a list."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField, FilterForm, UploadsField
from cityinit.sent import sent_key
from units.choices import offer_units
from units.models import Unit

from ..ancestry import RING, would_ring
from ..models import Campaign, Honour, Indicator, Standard, Task
from ..registers import Register, units_filed_for
from .grouped import choose_by_system
from .task_field import TaskField

MOST = 10**8
# What is taken may be written with its sign; the model says of which kind, and keeps the amount.
SIGNED = {"points"}


class RowForm(forms.ModelForm):
    """A row of a register; what may be chosen is the campaign's own. `seen` marks what the form was drawn from."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    register: Register

    def __init__(self, *args: Any, campaign: Campaign, by: Any, **options: Any):
        super().__init__(*args, **options)
        self.campaign = self.instance.campaign = campaign
        self.suggestions = {f"suggested-{name}": words for name, words in self.register.suggested}
        for name, _words in self.register.suggested:
            self.fields[name].widget.attrs["list"] = f"suggested-{name}"
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelMultipleChoiceField):
                # In a list that scrolls one click without Ctrl undoes all choices before it.
                field.widget = forms.CheckboxSelectMultiple()
            if isinstance(field, forms.ModelChoiceField):
                kept = getattr(self.instance, f"{name}_id", None)
                model = field.queryset.model
                rows = _choices(model, campaign, kept=kept)
                if model in (Indicator, Standard):
                    choose_by_system(field, rows)
                else:
                    field.queryset = rows
            elif isinstance(field, forms.IntegerField):
                _limit(field, signed=name in SIGNED)
        self._take_files(by)
        self.is_of_own_units = self.register.by_units and not by.has_perm("campaigns.change_register", campaign)
        if self.is_of_own_units:
            self._of_own_units(by)
        if self.instance.pk:
            self.fields["seen"].initial = self.register.mark_of(self.instance)
        elif self.register.by_units and self.register.day in self.fields:
            self.fields[self.register.day].initial = timezone.localdate()

    def _take_files(self, by: Any) -> None:
        if not self.register.has_files:
            return
        self.fields["new_files"] = UploadsField(
            label=_("照片和文件"), required=False, help_text=_("可多选；照片每张不超过25 MB，文件不超过50 MB")
        )
        self.fields["new_files"].hold_for(by)
        if self.instance.pk and (files := self.instance.files.all()):
            self.fields["removed_files"] = forms.ModelMultipleChoiceField(
                label=_("去掉这些文件"), queryset=files, required=False, widget=forms.CheckboxSelectMultiple
            )

    def _of_own_units(self, by: Any) -> None:
        """A liaison's form: the few fields a unit knows, and only units the liaison files for."""
        for name in set(self.register.fields) - set(self.register.unit_fields):
            self.fields.pop(name, None)
        if "task" in self.fields:
            self.fields["task"].queryset = Task.objects.visible_to(by, of=self.campaign)
        field = self.fields[self.register.unit]
        field.queryset = units_filed_for(self.campaign, by=by)
        field.required, field.empty_label = True, None
        if not self.instance.pk:
            field.initial = field.queryset.first()

    @classmethod
    def below(cls, data: Any, *, campaign: Campaign, by: Any, **given: models.Model | date) -> RowForm:
        """The form of a new row on the page of the rows given: these are not asked, other values are proposed."""
        fixed = {name: value.pk for name, value in given.items() if isinstance(value, models.Model)}
        proposed = {name: value for name, value in given.items() if name not in fixed}
        form = cls(data, campaign=campaign, by=by, initial={"client_key": uuid4(), **fixed, **proposed})
        for name in fixed:
            form.fields[name].disabled = True
            form.fields[name].widget = forms.HiddenInput()
        return form

    def _get_validation_exclusions(self) -> set[str]:
        # The campaign is not asked, but two rows of one name in it are refused.
        return super()._get_validation_exclusions() - {"campaign"}

    def sent_before(self) -> models.Model | None:
        """The row that this very form has made already, when it arrives a second time."""
        if self.register.has_files:
            # What its files say is known once they are clean.
            self.full_clean()
        key = sent_key(self)
        return key and self.register.model._base_manager.filter(campaign=self.campaign, client_key=key).first()

    def _keeps_a_file(self) -> bool:
        if self.cleaned_data.get("new_files"):
            return True
        removed = self.cleaned_data.get("removed_files") or []
        return bool(self.instance.pk and set(self.instance.files.all()) - set(removed))

    def files_given(self) -> dict[str, list[Any]]:
        """What an action is given of files: those to add, and of a row that is there those to take away."""
        if not self.register.has_files:
            return {}
        told: dict[str, list[Any]] = {"files": self.cleaned_data.get("new_files") or []}
        if self.instance.pk:
            told["removed_files"] = list(self.cleaned_data.get("removed_files") or [])
        return told

    def many(self) -> dict[str, list[Any]]:
        """The clean lists of the many-to-many fields, which are written after the row."""
        return {name: list(self.cleaned_data[name]) for name in self.register.many}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = self.is_of_own_units and cleaned.get(self.register.day)
        if day and self.register.day in self.changed_data and day > timezone.localdate() and not self.register.shows:
            self.add_error(self.register.day, _("日期不能晚于今天。"))
        if cleaned.get("consent") == Honour.Consent.GIVEN and not self._keeps_a_file():
            self.add_error("new_files", _("请附上本人的同意书，或选择别的个人信息情况。"))
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
        field_classes={name: kind for name in register.fields if (kind := _field_class(register, name))},
        widgets={
            name: forms.Textarea(attrs={"rows": 3})
            for name in register.fields
            if isinstance(register.model._meta.get_field(name), models.TextField)
        },
    )
    made.register = register
    return made


def _field_class(register: Register, name: str) -> type[forms.Field] | None:
    column = register.model._meta.get_field(name)
    if isinstance(column, models.DateField):
        return DayField
    # By its key and not by relation alone: of many tasks each is ticked.
    return TaskField if isinstance(column, models.ForeignKey) and column.related_model is Task else None


def _choices(model: type[models.Model], campaign: Campaign, *, kept: int | None) -> models.QuerySet:
    if model is Unit:
        return Unit.objects.of_host(campaign.host.host_id).active()
    if model is Indicator:
        return Indicator.objects.of(campaign).to_choose(kept=kept)
    if model is Standard:
        return Standard.objects.of(campaign).to_choose(kept=kept).negative()
    return model._default_manager.filter(campaign=campaign)


class RegisterFilter(FilterForm):
    """Text, kind, unit and period over a register; only what the register has."""

    q = forms.CharField(label=gettext_lazy("关键词"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("单位"), required=False)
    first = DayField(label=gettext_lazy("起"), required=False)
    last = DayField(label=gettext_lazy("止"), required=False)

    on_demand = ("below", "going_on")
    below = forms.BooleanField(label=gettext_lazy("含下级单位"), required=False)
    going_on = forms.BooleanField(label=gettext_lazy("只看仍在进行的"), required=False)
    show = forms.ChoiceField(label=gettext_lazy("情况"), required=False)
    on = DayField(label=gettext_lazy("截至"), required=False)
    # Where a sum of a group leads: not typed, but sent on by every further choice.
    team = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, register: Register, campaign: Campaign, **options: Any):
        super().__init__(*args, **options)
        self.register = register
        if "team" not in register.sum_by:
            del self.fields["team"]
        if register.shows:
            self.fields["show"].choices = [("", _("全部")), *register.shows]
        else:
            del self.fields["show"], self.fields["on"]
        if register.kind:
            field = self.fields["kind"]
            field.label = register.label(register.kind)
            field.choices = [("", _("全部")), *_kinds(register, campaign)]
        else:
            del self.fields["kind"]
        if register.unit:
            offer_units(self.fields["unit"], campaign.host)
            self.fields["unit"].empty_label = _("全部")
            self.fields["unit"].label = register.label(register.unit)
        else:
            del self.fields["unit"]
            self.fields.pop("below", None)
        if not register.goes_on:
            self.fields.pop("going_on", None)
        if not register.day:
            del self.fields["first"], self.fields["last"]

    def filter(self, rows: models.QuerySet) -> models.QuerySet:
        """The rows asked for; what cannot be read narrows nothing, and is told by `faults`."""
        asked = self.chosen
        if asked["q"]:
            wanted = models.Q()
            for name in self.register.search:
                wanted |= models.Q(**{f"{name}__icontains": asked["q"]})
            rows = rows.filter(wanted)
        if asked.get("kind"):
            rows = rows.filter(**{self.register.kind: asked["kind"]})
        if asked.get("unit"):
            alone, unit = self.register.unit, asked["unit"]
            lower = {f"{alone}__path__startswith": unit.path}
            rows = rows.filter(**lower if asked.get("below") else {alone: unit})
        if asked.get("going_on"):
            rows = rows.going_on(after=timezone.localdate())
        if asked.get("team"):
            rows = rows.filter(team=asked["team"])
        if asked.get("show"):
            rows = getattr(rows, asked["show"])(on=asked.get("on") or timezone.localdate())
        if asked.get("first"):
            rows = rows.filter(**{f"{self.register.day}__gte": asked["first"]})
        if asked.get("last"):
            rows = rows.filter(**{f"{self.register.day}__lte": asked["last"]})
        return rows


def _kinds(register: Register, campaign: Campaign) -> list[tuple[str, str]]:
    field = register.model._meta.get_field(register.kind)
    if field.choices:
        return [(value, str(label)) for value, label in field.choices]
    written = register.model.objects.of(campaign).order_by().exclude(**{register.kind: ""})
    return [(value, value) for value in sorted(set(written.values_list(register.kind, flat=True)))]
