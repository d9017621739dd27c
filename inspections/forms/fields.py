"""Fields that several forms of the field work share."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from cityinit.content import check_upload
from cityinit.models import StoredFile
from inspections.models import Finding

MAX_PHOTOS = 9
SEVERITIES = [(value, label) for value, label in Finding.Severity.choices]


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__({"accept": "image/*", "multiple": True, **(attrs or {})})


class PhotosField(forms.FileField):
    """Some photos, each checked for what it really is; gives a list of `cityinit.content.Checked`."""

    widget = PhotosInput

    def clean(self, data, initial=None):
        uploads = [upload for upload in data or [] if upload]
        if self.required and not uploads:
            raise ValidationError(_("请至少选一张照片。"))
        if len(uploads) > MAX_PHOTOS:
            raise ValidationError(_("一次最多%(n)s张照片，请分几次上传。") % {"n": MAX_PHOTOS})
        kept, faults = [], []
        for upload in uploads:
            try:
                kept.append(check_upload(upload, kind=StoredFile.Kind.PHOTO))
            except ValidationError as fault:
                faults.extend(fault.messages)
        if faults:
            raise ValidationError(faults)
        return kept


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


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def text_field(label, **more):
    return forms.CharField(label=label, widget=forms.Textarea({"rows": 3}), max_length=2000, **more)
