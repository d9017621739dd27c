"""Forms of the breakdown: tasks a line each, templates, splitting, merging and changing many."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import breakdown
from campaigns.actions.breakdown import TaskLine
from campaigns.models import TaskTemplate, Workstream
from campaigns.tables.fields import amount
from cityinit.forms import DayField
from cityinit.sent import sent_key
from cityinit.workbook import Cell, Unreadable
from units.models import Unit

from .workstreams import WorkstreamField, WorkstreamsField

MOST_LINES = 60
# What `breakdown.faults` names → the field of a line in which it was typed.
TYPED_IN = {"lead_unit": "lead", "target": "amount", "measure": "amount"}


class LineForm(forms.Form):
    """A task on one line; units are typed by name, several with 、, all of a kind as 各街道."""

    name = forms.CharField(label=gettext_lazy("任务名称"), max_length=200)
    lead = forms.CharField(
        label=gettext_lazy("牵头单位"), max_length=100, widget=forms.TextInput(attrs={"list": "unit-names"})
    )
    units = forms.CharField(
        label=gettext_lazy("责任单位"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"list": "unit-names", "placeholder": gettext_lazy("公安局、各街道")}),
    )
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    due_on = DayField(label=gettext_lazy("完成时限"), required=False)
    amount = forms.CharField(
        label=gettext_lazy("目标"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("1000平方米")}),
    )
    frequency = forms.CharField(
        label=gettext_lazy("频次"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "frequencies"})
    )
    requirement = forms.CharField(
        label=gettext_lazy("工作要求"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, names, campaign, task=None, **options):
        super().__init__(*args, **options)
        self.names, self.campaign, self.task = names, campaign, task
        self.initial.setdefault("client_key", uuid.uuid4())
        self.line: TaskLine | None = None
        self.known: list[Unit] = []
        for bound in self.visible_fields():
            attrs = bound.field.widget.attrs
            attrs["class"] = "form-control"

    def has_changed(self):
        """Whether anything is typed: a line that is drawn filled in and emptied again is no task."""
        if not self.is_bound:
            return False
        return any((field.data or "").strip() for field in self.visible_fields())

    def clean_lead(self):
        found = self.names.find(self.cleaned_data["lead"])
        if len(found) > 1:
            raise forms.ValidationError(_("只能由一个单位牵头，请写明是哪一个。"))
        if not found:
            raise forms.ValidationError(self._unknown(self.cleaned_data["lead"]))
        return found[0]

    def clean_units(self):
        said = self.names.split(self.cleaned_data["units"])
        self.known = []
        unknown = []
        for name in (*said.lead, *said.others):
            meant = self.names.find(name)
            if not meant:
                unknown.append(self._unknown(name))
            # The lead goes without saying among 各街道.
            lead = self.cleaned_data.get("lead") if self.names.means_all(name) else None
            self.known += [unit for unit in meant if unit not in self.known and unit != lead]
        if unknown:
            raise forms.ValidationError(unknown)
        return self.known

    def clean_amount(self):
        typed = self.cleaned_data["amount"]
        if not typed.strip():
            return None
        try:
            return amount(Cell(typed))
        except Unreadable as problem:
            raise forms.ValidationError(problem.wrong + _("请写成“1000平方米”这样。")) from None

    def add_error(self, field, error):
        super().add_error(field, error)
        if field in self.fields:
            described = f"{self[field].id_for_label}_error"
            self.fields[field].widget.attrs |= {"class": "form-control is-invalid", "aria-describedby": described}

    def _unknown(self, name):
        wrong, hint = self.names.unknown(name)
        return wrong.rstrip("，") + "。" + hint

    def clean(self):
        values = super().clean()
        found = values.get("amount")
        target, measure = (found.value, found.measure) if found else (None, "")
        asked: dict[str, Any] = {
            # The number is given when the line is kept.
            "code": self.task.code if self.task else uuid.uuid4().hex,
            "lead_unit": values.get("lead"),
            "units": self.known,
            "starts_on": values.get("starts_on"),
            "due_on": values.get("due_on"),
            "target": target,
            "measure": measure or (self.task.measure if self.task else ""),
            "frequency": values.get("frequency") or "",
        }
        for name, sentence in breakdown.faults(self.campaign, task=self.task, **asked).items():
            field = TYPED_IN.get(name, name)
            # Of units that are known all is said beside those that are not.
            if field not in self.errors or field == "units":
                self.add_error(field, sentence)
        if not self.errors:
            asked.pop("code")
            self.line = TaskLine(
                name=values["name"], requirement=values["requirement"], client_key=sent_key(self), **asked
            )
        return values


class Lines(forms.BaseFormSet):
    """Lines of tasks, drawn filled in with `drawn`; those left empty are none."""

    def __init__(self, data=None, *, drawn=(), names, campaign, first_is=None, spare=4):
        self.drawn, self.names, self.campaign, self.first_is = list(drawn), names, campaign, first_is
        self.extra = min(len(self.drawn) + spare, MOST_LINES)
        super().__init__(data, prefix="lines")

    def get_form_kwargs(self, index):
        initial = dict(self.drawn[index]) if index is not None and index < len(self.drawn) else {}
        if not initial.get("client_key"):
            initial.pop("client_key", None)
        task = self.first_is if index == 0 else None
        return {"names": self.names, "campaign": self.campaign, "task": task, "initial": initial}

    def clean(self):
        if not any(form.has_changed() for form in self.forms):
            raise forms.ValidationError(_("请至少填写一项任务。"))

    @property
    def lines(self) -> list[TaskLine]:
        return [form.line for form in self.forms if form.line]

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= MOST_LINES

    @classmethod
    def typed(cls, data) -> list[dict[str, str]]:
        """What stands in the lines that were sent, read by nobody yet: to be drawn again with lines added."""
        try:
            sent = min(int(data.get("lines-TOTAL_FORMS", 0)), MOST_LINES)
        except ValueError:
            sent = 0
        return [{name: data.get(f"lines-{n}-{name}", "") for name in LineForm.base_fields} for n in range(sent)]


LineFormSet = forms.formset_factory(LineForm, formset=Lines, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES + 1)


class StreamsForm(forms.Form):
    """Workstreams for all lines at once."""

    workstreams = WorkstreamsField(
        label=gettext_lazy("板块（对以上各项）"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, campaign, initial=None):
        super().__init__(data, initial=initial)
        self.fields["workstreams"].queryset = Workstream.objects.of(campaign)


class ApplyForm(forms.Form):
    """A template to draw the lines from, and the day from which its days are counted."""

    template = forms.ChoiceField(label=gettext_lazy("模板"), required=False)
    first_day = DayField(label=gettext_lazy("从哪天算起"), required=False)
    indicator = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, choices, initial):
        super().__init__(data, initial=initial)
        self.fields["template"].choices = [("", _("不用模板")), *choices]
        self.fields["template"].widget.attrs["class"] = "form-select"
        self.fields["first_day"].widget.attrs["class"] = "form-control"


class TemplateNameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("模板名称"), max_length=60, widget=forms.TextInput(attrs={"class": "form-control"})
    )


class TemplateSaveForm(TemplateNameForm):
    """The name to keep tasks under; one that is taken is asked about before it is written over."""

    indicator = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # Shown once the name is found taken: who means it says so.
    replace = forms.BooleanField(label=gettext_lazy("替换同名的模板"), required=False)

    def __init__(self, data=None, *, host, initial=None):
        super().__init__(data, initial=initial)
        self.host = host
        if data is None:
            del self.fields["replace"]

    def clean(self):
        values = super().clean()
        taken = TaskTemplate.objects.filter(host=self.host, name=values.get("name", "").strip()).first()
        if not taken:
            del self.fields["replace"]
        elif not values.get("replace"):
            sentence = _("已有叫“%(name)s”的模板（%(n)s项任务）。请换一个名称；要用这里的任务替换它，请勾选“%(box)s”。")
            told = {"name": taken.name, "n": taken.lines.count(), "box": self.fields["replace"].label}
            self.add_error("name", sentence % told)
        return values


class TaskTemplateForm(TemplateSaveForm):
    """Which of a task and what is below it become lines; ticked are those below which nothing stands."""

    tasks = forms.ModelMultipleChoiceField(
        label=gettext_lazy("存下哪些任务"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("一项任务存为模板的一行；有下级的任务一般只作标题，不用勾"),
        error_messages={"required": gettext_lazy("请至少勾选一项任务。")},
    )

    field_order = ["name", "replace", "tasks"]

    def __init__(self, data=None, *, task, family):
        leaves = list(family.leaves().values_list("pk", flat=True))
        host = task.campaign.host.host_id
        super().__init__(data, host=host, initial={"name": task.name[:60], "tasks": leaves})
        del self.fields["indicator"]
        self.fields["tasks"].queryset = family


class LineChoiceForm(forms.Form):
    """A line of a template to fill the form of one task in with."""

    line = forms.ChoiceField(label=gettext_lazy("从模板填入"), required=False)

    def __init__(self, data=None, *, choices):
        super().__init__(data)
        self.fields["line"].choices = [("", _("请选择")), *choices]
        self.fields["line"].widget.attrs["class"] = "form-select"


class SplitForm(forms.Form):
    difference_is_meant = forms.BooleanField(label=gettext_lazy("目标合计与原任务不同，差额无误"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class BelowForm(forms.Form):
    """Of each lower task of a task that is split: with which line it goes."""

    def __init__(self, data=None, *, lower, lines, initial=None):
        super().__init__(data, initial=initial, prefix="below")
        self.lower, self.lines = {str(task.pk): task for task in lower}, lines
        places = [(n, _("第%(n)s行") % {"n": n}) for n in range(1, len(lines.forms) + 1)]
        for key, task in self.lower.items():
            self.fields[key] = forms.TypedChoiceField(label=str(task), choices=places, coerce=int, initial=1)

    @classmethod
    def typed(cls, data) -> dict[str, str]:
        """What was chosen, to be drawn again with lines added."""
        return {key.removeprefix("below-"): data[key] for key in data if key.startswith("below-")}

    def clean(self):
        values = super().clean()
        for key, place in list(values.items()):
            if not self.lines.forms[place - 1].has_changed():
                self.add_error(key, _("第%(n)s行没有填写任务，请归到别的行。") % {"n": place})
        return values

    def parts(self) -> list[TaskLine]:
        """The lines, each with the lower tasks that go with it."""
        taken = self.cleaned_data
        return [
            replace(form.line, below=[self.lower[key] for key, place in taken.items() if place == n])
            for n, form in enumerate(self.lines.forms, start=1)
            if form.line
        ]


class IssueForm(forms.Form):
    """The word to issue what the page has shown."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None):
        super().__init__(data, initial={"client_key": uuid.uuid4()})


class ChangeForm(forms.Form):
    """What is set for all chosen tasks; what stays empty stays as it is."""

    WRITTEN = ("due_on", "lead_unit", "into", "out_of")

    due_on = DayField(label=gettext_lazy("完成时限改为"), required=False)
    lead_unit = forms.ModelChoiceField(
        label=gettext_lazy("牵头单位改为"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("不变"),
        help_text=gettext_lazy("原牵头单位改为责任单位"),
    )
    into = WorkstreamField(
        label=gettext_lazy("归入板块"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("不变"),
        help_text=gettext_lazy("板块只影响总结怎样归类，已办结的任务也可以调整"),
    )
    out_of = WorkstreamField(
        label=gettext_lazy("移出板块"), queryset=None, required=False, empty_label=gettext_lazy("不变")
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, campaign, units):
        super().__init__(data, initial={"client_key": uuid.uuid4()})
        self.fields["lead_unit"].queryset = units
        for name in ("into", "out_of"):
            self.fields[name].queryset = Workstream.objects.of(campaign)

    def clean(self):
        values = super().clean()
        if not self.errors and not any(values[name] for name in self.WRITTEN):
            raise forms.ValidationError(_("请至少填写一项要改的内容。"))
        if not self.errors and values["into"] and values["into"] == values["out_of"]:
            raise forms.ValidationError(_("归入和移出的是同一个板块，请改选其中一个。"))
        return values


class MergeForm(forms.Form):
    kept = forms.ModelChoiceField(
        label=gettext_lazy("保留哪一项"),
        queryset=None,
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=gettext_lazy(
            "其余任务并入它：单位、板块、要求和目标合到一起，下级任务、批示、文件、会议归到它名下，原任务终止并注明去向"
        ),
        error_messages={"required": gettext_lazy("请选择保留哪一项。")},
    )

    def __init__(self, data=None, *, tasks):
        super().__init__(data)
        self.fields["kept"].queryset = tasks
