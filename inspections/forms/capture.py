"""What an inspector files."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspections.models import FindingCategory, Round

from .fields import SEVERITIES, photos_field, text_field
from .placed import PlacedForm


class CaptureForm(PlacedForm):
    PHOTOS = ("photos", "after_photos")

    fixed = forms.BooleanField(
        label=gettext_lazy("已现场整改"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input", "role": "switch"}),
    )
    after_photos = photos_field(gettext_lazy("整改后照片"))
    category = forms.ModelChoiceField(
        FindingCategory.objects.none(),
        label=gettext_lazy("类别"),
        error_messages={"required": gettext_lazy("请选择问题类别。")},
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), choices=[("", gettext_lazy("按类别")), *SEVERITIES], required=False
    )
    description = text_field(gettext_lazy("问题描述"), required=False)
    round = forms.ModelChoiceField(Round.objects.none(), required=False, label=gettext_lazy("督查批次"))

    def __init__(self, *args, categories, rounds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = categories
        self.fields["round"].queryset = rounds

    @property
    def given(self):
        return {name: value for name, value in super().given.items() if name != "fixed"}

    def check_photos(self, cleaned):
        if not cleaned.get("fixed"):
            return super().check_photos(cleaned)
        if not cleaned["photos"]:
            self.add_error("photos", _("现场整改要有整改前的照片。"))
        if not cleaned["after_photos"]:
            self.add_error("after_photos", _("现场整改要有整改后的照片。"))


class PraiseForm(PlacedForm):
    """Something done well, at a place."""

    description = text_field(gettext_lazy("好在哪里"), required=False)

    def check_photos(self, cleaned):
        if not cleaned["photos"] and not cleaned.get("description"):
            self.add_error("photos", _("请拍一张照片，或写一句好在哪里。"))
