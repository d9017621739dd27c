"""Forms of an office's 任务分解表: the upload, which column is which, what a name means."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import AssessmentSystem, Workstream
from campaigns.tables.fields import LEAD, NAME, UNITS, fields
from campaigns.tables.layout import titled_year, year_of
from cityinit.forms import DayField

from .mapped import MappedColumnsForm, TableUploadForm
from .workstreams import WorkstreamsField

NUMBERING = [
    ("file", gettext_lazy("用表中的编号，没有的依次补上")),
    ("indicator", gettext_lazy("按指标自动编号，如 Ⅱ-1-01")),
    ("consecutive", gettext_lazy("依次自动编号，如 RW001")),
]
# A table of another office, or of another year, is numbered from 1 again.
TAKEN = [
    ("", gettext_lazy("列为错误，由人判断")),
    ("anew", gettext_lazy("当作新任务，另编编号")),
    ("update", gettext_lazy("当作同一项任务，按表更新")),
]
# Who leads where the row does not say: nobody, the first of those beside, or one unit for all.
NOBODY, FIRST = "", "first"
LEADS = [(NOBODY, gettext_lazy("不指定，列为错误")), (FIRST, gettext_lazy("责任单位里写在最前的单位"))]


class TableForm(TableUploadForm):
    def __init__(self, data=None, files=None):
        super().__init__(data, files, called=_("任务分解表"))


class ColumnsForm(MappedColumnsForm):
    """Which column of the table fills which of our fields, and what holds for all rows."""

    numbering = forms.ChoiceField(label=gettext_lazy("任务编号"), choices=NUMBERING)
    taken = forms.ChoiceField(
        label=gettext_lazy("编号已是别的任务的"),
        choices=TAKEN,
        required=False,
        help_text=gettext_lazy("名称相同或相近的总是当作同一项"),
    )
    year = forms.IntegerField(
        label=gettext_lazy("没写年份的日期算哪一年"),
        min_value=2000,
        max_value=2099,
        help_text=gettext_lazy("如“6月底前”"),
    )
    lead = forms.ChoiceField(
        label=gettext_lazy("没写牵头单位的由谁牵头"),
        required=False,
        help_text=gettext_lazy("按选项补上的，检查后逐行列出"),
    )
    system = forms.ModelChoiceField(
        label=gettext_lazy("指标属于哪个测评体系"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("在全部现行的测评体系里查找"),
    )
    starts_on = DayField(label=gettext_lazy("没写开始日期的从哪天开始"), required=False)
    due_on = DayField(label=gettext_lazy("没写时限的到哪天完成"), required=False)
    new_indicators = forms.BooleanField(label=gettext_lazy("测评体系里没有的指标，一并新增"), required=False)
    streams = WorkstreamsField(
        label=gettext_lazy("全部归入板块"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, table, units):
        self.table, self.known = table, fields(year=2000)
        layout = table.layout
        chosen = table.mapping if table.mapping is not None else layout["remembered"]
        options = {"numbering": "file", "year": year_of(table), "revision": table.revision}
        options |= table.options or layout["options"]
        titled = titled_year(table)
        if titled and not table.options:
            # Last year's table had the same columns; what was chosen for it is not meant for this one.
            options["year"] = titled
        systems = AssessmentSystem.objects.of(table.campaign)
        if options.get("system"):
            # The choice is remembered for years; the version chosen then may have been replaced.
            kept = systems.to_look_in(options["system"]).first()
            options["system"] = kept and kept.pk
        if options.get("first_leads"):
            options["lead"] = FIRST
        super().__init__(data, initial=options)
        if titled:
            self.fields["year"].help_text = _("如“6月底前”；表名里写着%(year)s年") % {"year": titled}
        self.fields["lead"].choices = [*LEADS, *((unit.pk, str(unit)) for unit in units)]
        self.fields["system"].queryset = systems.to_look_in()
        self.fields["streams"].queryset = Workstream.objects.of(table.campaign)
        self.add_columns(chosen)

    def clean(self):
        values = super().clean()
        taken = self.taken_columns(values)
        if NAME not in taken:
            self.add_error(None, _("请选择哪一列是“任务名称”。"))
        if not {LEAD, UNITS} & taken.keys() and values.get("lead", NOBODY) in (NOBODY, FIRST):
            self.add_error(None, _("请选择哪一列是“牵头单位”或“责任单位”，或指定由哪个单位牵头。"))
        count = len(self.fields["system"].queryset)
        if values.get("new_indicators") and not values.get("system") and "system" not in self.errors and count > 1:
            told = _("现行的测评体系有%(n)s个，请选择没有的指标新增到哪一个。")
            self.add_error("system", told % {"n": count})
        return values

    @property
    def options(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "numbering": values["numbering"],
            "taken": values["taken"],
            "year": values["year"],
            "lead": int(values["lead"]) if values["lead"] not in (NOBODY, FIRST) else None,
            "first_leads": values["lead"] == FIRST,
            "system": values["system"].pk if values["system"] else None,
            "starts_on": values["starts_on"].isoformat() if values["starts_on"] else "",
            "due_on": values["due_on"].isoformat() if values["due_on"] else "",
            "new_indicators": values["new_indicators"],
            "streams": [stream.pk for stream in values["streams"]],
        }
