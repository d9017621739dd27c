"""Forms of an office's 任务分解表: the upload, which column is which, what a name means."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import AssessmentSystem, Workstream
from campaigns.tables.fields import LEAD, NAME, UNITS, fields
from campaigns.tables.layout import titled_year, year_of
from cityinit.content import check_table
from cityinit.forms import DayField
from cityinit.sent import sent_key
from units.models import UnitAlias

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
KEPT = gettext_lazy("不导入，导出时原样带回")


class TableForm(forms.Form):
    """One table, checked for what it really is; cleans to a `content.Checked`."""

    file = forms.FileField(
        label=gettext_lazy("任务分解表"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy("单位自己的 .xlsx 或 .csv，不用改格式。上传后先核对列、再检查，不会马上写入。"),
        error_messages={
            "required": gettext_lazy("请选择要导入的任务分解表。"),
            "empty": gettext_lazy("这个文件是空的，请重新选择。"),
        },
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data=None, files=None):
        super().__init__(data, files, initial={"client_key": uuid.uuid4()})

    def clean_file(self):
        return check_table(self.cleaned_data["file"])

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


class ElsewhereForm(forms.Form):
    """Another sheet, or another line for the header."""

    sheet = forms.ChoiceField(label=gettext_lazy("工作表"), required=False)
    header_line = forms.IntegerField(label=gettext_lazy("表头从第几行开始"), min_value=1, max_value=100, required=False)

    def __init__(self, data=None, *, table):
        layout = table.layout or {"sheets": [], "sheet": "", "header_line": None}
        super().__init__(data, initial={"sheet": layout["sheet"], "header_line": layout["header_line"] or None})
        self.fields["sheet"].choices = [(name, name) for name in layout["sheets"]]
        if len(layout["sheets"]) < 2:
            del self.fields["sheet"]


class ColumnsForm(forms.Form):
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
        choices = [("", KEPT), *((one.name, one.name) for one in self.known)]
        for head in layout["heads"]:
            place = str(head["place"])
            guess = layout["guess"].get(place, ["", 0])
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=f"{head['letter']} {head['label']}",
                choices=choices,
                required=False,
                initial=chosen.get(place, "") if chosen is not None else guess[0],
                widget=forms.Select(attrs={"class": "form-select", "data-searchable": "no"}),
            )

    @property
    def option_fields(self):
        return [field for field in self.visible_fields() if not field.name.startswith("column_")]

    @property
    def columns(self):
        """The file's columns, each with its bound field and why that was proposed."""
        layout = self.table.layout
        remembered = layout["remembered"] is not None or self.table.mapping is not None
        return [
            {
                **head,
                "field": self[f"column_{head['place']}"],
                "is_sure": remembered or layout["guess"].get(str(head["place"]), ["", 0])[1] >= 0.8,
                "is_guess": not remembered and str(head["place"]) in layout["guess"],
            }
            for head in layout["heads"]
        ]

    def clean(self):
        values = super().clean()
        several = {one.name for one in self.known if one.many}
        taken: dict[str, str] = {}
        for head in self.table.layout["heads"]:
            name = f"column_{head['place']}"
            chosen = values.get(name)
            if not chosen:
                continue
            if chosen in taken and chosen not in several:
                told = {"field": chosen, "column": taken[chosen]}
                self.add_error(name, _("“%(field)s”已对应%(column)s列，请只选一列。") % told)
            taken.setdefault(chosen, head["letter"])
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
    def mapping(self) -> dict[str, str]:
        return {
            name.removeprefix("column_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column_") and value
        }

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


class UnitNameForm(forms.Form):
    """What a name in the table means: one unit or several, or all units of a kind."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("全部这一类单位"), required=False)
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("或者这些单位"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, name="", units, near=()):
        super().__init__(data, initial={"name": name, "units": [unit.pk for unit in near]})
        kinds = sorted({unit.kind for unit in units if unit.kind and not unit.is_host})
        everyone = (UnitAlias.EVERYONE, _("承担任务的单位（不分类型）"))
        self.fields["kind"].choices = [("", _("不按类型")), everyone, *((kind, kind) for kind in kinds)]
        self.fields["units"].queryset = units

    def clean(self):
        values = super().clean()
        if not values.get("units") and not values.get("kind"):
            self.add_error(None, _("请选择单位，或选择一个类型。"))
        elif values.get("units") and values.get("kind"):
            self.add_error("kind", _("类型和单位只选一样。"))
        return values
