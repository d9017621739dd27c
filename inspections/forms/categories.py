"""Forms of the categories of findings: a category, a rule, the table of a city, and what holds for all findings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clock import LimitUnit
from cityinit.content import check_table
from inspections.models import DispatchRule, FindingCategory, FindingSettings


class CategoryForm(forms.ModelForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = FindingCategory
        fields = FindingCategory.WRITTEN
        help_texts = {
            "group": gettext_lazy("如“市容环境”，用来归类，可以不填"),
            "limit_amount": gettext_lazy("不填就按等级的时限：A 24小时，B 3个工作日，C 7个工作日，D 30天，E 长期"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["limit_amount"].min_value = 1
        self.initial["seen"] = self.instance.mark if self.instance.pk else ""
        # The name is asked first; the kind it belongs to comes after.
        self.order_fields(["name", "group", "limit_amount", "limit_unit"])

    def clean(self):
        cleaned = super().clean()
        amount, longest = cleaned.get("limit_amount"), LimitUnit(cleaned.get("limit_unit") or LimitUnit.DAYS).longest
        if amount is not None and not 1 <= amount <= longest:
            self.add_error("limit_amount", _("时限须在1到%(most)s之间。") % {"most": longest})
        if cleaned.get("limit_amount") and not cleaned.get("limit_unit"):
            self.add_error("limit_unit", _("请选择时限单位。"))
        if not cleaned.get("limit_amount") and "limit_amount" not in self.errors:
            cleaned["limit_unit"] = ""
        return cleaned


class RuleForm(forms.ModelForm):
    class Meta:
        model = DispatchRule
        fields = ("category", "unit", "kind", "street")

    def __init__(self, *args, categories, units, kinds, streets, **kwargs):
        super().__init__(*args, **kwargs)
        for name, rows in {"category": categories, "unit": units, "kind": kinds}.items():
            self.fields[name].queryset = rows
        self.fields["kind"].empty_label = _("全部类型")
        # As the register writes it: a street typed otherwise would match no site.
        chosen = [("", _("全部街道")), *((street, street) for street in streets)]
        self.fields["street"] = forms.ChoiceField(label=_("所属街道"), choices=chosen, required=False)

    def validate_constraints(self):
        """The action says which rule is there already."""


class SettingsForm(forms.ModelForm):
    class Meta:
        model = FindingSettings
        fields = FindingSettings.WRITTEN


class CategoryTableForm(forms.Form):
    """A city's own table; cleans to a `content.Checked`."""

    file = forms.FileField(
        label=gettext_lazy("类别表"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(
            "有类别名称、处置时限、责任单位的 .xlsx 或 .csv，列名不必一样。先列出会改什么，确认后才写入。"
        ),
        error_messages={
            "required": gettext_lazy("请选择要导入的类别表。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )

    def clean_file(self):
        return check_table(self.cleaned_data["file"])
