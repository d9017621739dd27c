"""Fields that several forms of the field work share."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cityinit.forms import UploadsField
from cityinit.models import StoredFile
from inspections.models import Finding

MAX_PHOTOS = 9
# How long what was captured may lie on a phone and still count from that moment.
LONGEST_ON_PHONE = timedelta(days=60)
SEVERITIES = [(value, label) for value, label in Finding.Severity.choices]


def photos_field(label, *, required=False):
    """Some photos, each checked for what it really is; held for who sent them while the form is not right."""
    field = UploadsField(kind=StoredFile.Kind.PHOTO, label=label, most=MAX_PHOTOS, required=required)
    field.error_messages["required"] = gettext_lazy("请至少选一张照片。")
    field.error_messages["most"] = gettext_lazy("一次最多%(most)s张照片，您选了%(n)s张。请分几次上报。")
    return field


class PositionField(forms.FloatField):
    """A coordinate the phone may have added; whatever is wrong with it must not keep a finding from being filed."""

    widget = forms.HiddenInput

    def __init__(self, *, limit):
        super().__init__(required=False, validators=[MinValueValidator(-limit), MaxValueValidator(limit)])

    def clean(self, value):
        try:
            return super().clean(value)
        except ValidationError:
            return None


class CapturedAtField(forms.DateTimeField):
    """When the phone says that it was captured; None, which is now, where that cannot be."""

    widget = forms.HiddenInput

    def clean(self, value):
        try:
            moment = super().clean(value)
        except ValidationError:
            return None
        now = timezone.now()
        return moment if moment and now - LONGEST_ON_PHONE < moment <= now else None


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def text_field(label, **more):
    return forms.CharField(label=label, widget=forms.Textarea({"rows": 3}), max_length=2000, **more)
