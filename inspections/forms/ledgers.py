"""Forms of an office's 问题台账: the upload, and which column is which with what holds for all rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.forms.mapped import MappedColumnsForm, TableUploadForm
from campaigns.tables.layout import titled_year, year_of
from cityinit.forms import DayField
from inspections.ledgers.fields import CATEGORY, DESCRIPTION, FOUND, fields
from inspections.models import FindingCategory, Round


class LedgerForm(TableUploadForm):
    def __init__(self, data=None, files=None):
        super().__init__(data, files, called=_("问题台账"))


class LedgerColumnsForm(MappedColumnsForm):
    """Which column of the ledger fills which of our fields, and what holds for all rows."""

    year = forms.IntegerField(
        label=gettext_lazy("没写年份的日期算哪一年"),
        min_value=2000,
        max_value=2099,
        help_text=gettext_lazy("如“3月5日”"),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("没写类别的算哪一类"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("列为错误"),
        help_text=gettext_lazy("问题描述里说得出类别的（飞线充电、路面破损）先按描述归类，看不出的才归入这一类"),
    )
    new_categories = forms.BooleanField(label=gettext_lazy("没有的类别一并新增"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("没写责任单位的由谁负责"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("点位的责任单位，没有的列为错误"),
    )
    round = forms.ModelChoiceField(
        label=gettext_lazy("没写批次的归入"), queryset=None, required=False, empty_label=gettext_lazy("不归入批次")
    )
    found_on = DayField(label=gettext_lazy("没写发现日期的按哪天"), required=False)
    closed_on = DayField(
        label=gettext_lazy("已整改而没写完成日期的按哪天"),
        required=False,
        help_text=gettext_lazy("不填则列为错误：没有日期，整改率算不准"),
    )
    splits = forms.BooleanField(
        label=gettext_lazy("一格里的几个问题拆成几条"),
        required=False,
        help_text=gettext_lazy("按 1. ① （一）、换行或分号"),
    )
    same_above = forms.BooleanField(label=gettext_lazy("空着的日期、点位、单位与上一行相同"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, ledger, units):
        self.table, self.known = ledger, fields(year=2000)
        layout = ledger.layout
        chosen = ledger.mapping if ledger.mapping is not None else layout["remembered"]
        options = {"splits": True, "year": year_of(ledger)}
        options |= ledger.options or layout["options"]
        if (titled := titled_year(ledger)) and not ledger.options:
            # Last year's ledger had the same columns; its year and days are not meant for this one.
            options["year"] = titled
        if not ledger.options:
            options |= {"found_on": "", "closed_on": ""}
        super().__init__(data, initial={**options, "revision": ledger.revision})
        self.fields["category"].queryset = FindingCategory.objects.of(ledger.campaign)
        self.fields["round"].queryset = Round.objects.of(ledger.campaign)
        self.fields["unit"].queryset = units
        self.add_columns(chosen)

    def clean(self):
        values = super().clean()
        taken = self.taken_columns(values)
        if DESCRIPTION not in taken:
            self.add_error(None, _("请选择哪一列是“问题描述”。"))
        if FOUND not in taken and not values.get("found_on") and "found_on" not in self.errors:
            self.add_error("found_on", _("没有哪一列是“发现日期”，请指定按哪天算。"))
        if CATEGORY not in taken and not values.get("category") and "category" not in self.errors:
            self.add_error("category", _("没有哪一列是“类别”，请指定算哪一类。"))
        return values

    @property
    def options(self) -> dict[str, Any]:
        values = self.cleaned_data
        chosen = {name: values[name].pk if values[name] else None for name in ("category", "unit", "round")}
        days = {name: values[name].isoformat() if values[name] else "" for name in ("found_on", "closed_on")}
        plain = {name: values[name] for name in ("year", "new_categories", "splits", "same_above")}
        return {**plain, **chosen, **days}
