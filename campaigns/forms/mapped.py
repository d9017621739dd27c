"""Forms of every table an office brings in with columns of its own: upload, where it is, its columns, its names."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.content import check_table
from cityinit.sent import sent_key
from units.models import UnitAlias

KEPT = gettext_lazy("不导入，导出时原样带回")


class TableUploadForm(forms.Form):
    """One table, checked for what it really is; cleans to a `content.Checked`."""

    file = forms.FileField(
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy("单位自己的 .xlsx 或 .csv，不用改格式。上传后先核对列、再检查，不会马上写入。"),
        error_messages={"empty": gettext_lazy("这个文件是空的，请重新选择。")},
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data=None, files=None, *, called):
        super().__init__(data, files, initial={"client_key": uuid.uuid4()})
        self.fields["file"].label = called
        self.fields["file"].error_messages["required"] = _("请选择要导入的%(what)s。") % {"what": called}

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


class MappedColumnsForm(forms.Form):
    """Which column of the table fills which of our fields; `known` are the fields, `table` the upload."""

    def add_columns(self, chosen):
        """A choice for each column of the file: `chosen` by place, else what was guessed."""
        layout = self.table.layout
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

    def taken_columns(self, values):
        """Our field → the letter of its column; a field that two columns claim is an error beside the second."""
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
        return taken

    @property
    def mapping(self) -> dict[str, str]:
        return {
            name.removeprefix("column_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column_") and value
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
