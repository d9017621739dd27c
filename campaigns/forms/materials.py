"""Forms of materials: the filter of their list, handing in, reviewing, asking for them, their rules and packs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Count, Q, When
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import material_figures as figures
from campaigns.gates import LEAST_PIXELS, MOST_FILES, MOST_MEGABYTES, FileType, Gates, distinct, faults_of_same
from campaigns.matrix import Tree
from campaigns.models import AssessmentSystem, Material, MaterialRules, Standard
from cityinit.content import Checked
from cityinit.forms import DayField, FilterForm, UploadsField
from cityinit.models import StoredFile
from cityinit.periods import Period
from cityinit.sent import sent_key
from units.models import Unit

from .grouped import choose_by_system
from .tasks import SeenStateForm

SOON = 7
FIGURES = {
    "asked": (gettext_lazy("应报材料"), figures.asked_materials),
    "submitted": (gettext_lazy("已报材料"), figures.submitted_materials),
    "accepted": (gettext_lazy("审核通过的材料"), figures.accepted_materials),
}


class MaterialFilterForm(FilterForm):
    """What a list of materials is narrowed by; the matrix, the desk and the figures link here."""

    STATE = [
        ("", gettext_lazy("全部")),
        ("open", gettext_lazy("未办结")),
        ("owed", gettext_lazy("待报送和已退回")),
        ("waiting", gettext_lazy("等待审核")),
        ("complete", gettext_lazy("通过和归档")),
        *Material.State.choices,
        ("dropped", gettext_lazy("已撤销")),
    ]
    DUE = [
        ("", gettext_lazy("不限")),
        ("overdue", gettext_lazy("已逾期")),
        ("today", gettext_lazy("今天到期")),
        ("week", gettext_lazy("7天内到期")),
        ("none", gettext_lazy("未定期限")),
    ]

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("指标编号、标准、材料要求")}),
    )
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATE, required=False)
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False)
    on_demand = ("below",)
    below = forms.BooleanField(label=gettext_lazy("含下级单位"), required=False)
    indicator = forms.ModelChoiceField(label=gettext_lazy("测评指标"), queryset=None, required=False)
    due = forms.ChoiceField(label=gettext_lazy("期限"), choices=DUE, required=False)
    system = forms.ModelChoiceField(label=gettext_lazy("测评体系"), queryset=None, required=False)
    group = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    # The records behind a figure or a cell, as of a day.
    figure = forms.ChoiceField(
        choices=[("", ""), *((key, label) for key, (label, _rows) in FIGURES.items())],
        required=False,
        widget=forms.HiddenInput,
    )
    on = DayField(required=False, widget=forms.HiddenInput)

    def __init__(self, data, *, campaign, units, systems, indicators):
        super().__init__(data)
        self.campaign = campaign
        for name, rows in (("unit", units), ("system", systems)):
            self.fields[name].queryset = rows
        choose_by_system(self.fields["indicator"], indicators)
        for name in ("unit", "system", "indicator"):
            self.fields[name].empty_label = _("全部")

    @property
    def figure_label(self):
        """What is listed when a figure is traced back to its records."""
        chosen = self.chosen
        if not chosen["figure"]:
            return ""
        label, day = FIGURES[chosen["figure"]][0], chosen["on"]
        return _("%(label)s（截至%(day)s）") % {"label": label, "day": day} if day else label

    @property
    def is_by_due_day(self):
        """Whether every row has a day it is due on, so that the list can be in that order."""
        return self.chosen["due"] in ("overdue", "today", "week")

    def filter(self, materials):
        chosen = self.chosen
        if words := chosen["q"]:
            materials = materials.filter(
                Q(standard__indicator__code__icontains=words)
                | Q(standard__indicator__name__icontains=words)
                | Q(standard__content__icontains=words)
                | Q(standard__asked__icontains=words)
                | Q(asked__icontains=words)
            )
        if chosen["system"]:
            materials = materials.of_system(chosen["system"])
        elif not (chosen["indicator"] or chosen["figure"]):
            # Editions that were replaced are looked at when they are asked for.
            materials = materials.in_force()
        whose = "unit"
        if chosen["figure"] and chosen["on"]:
            # A figure of a past day counts each where it was that day.
            whose, materials = "unit_then", materials.with_unit_then(chosen["on"])
        if chosen["unit"]:
            unit = chosen["unit"]
            lower = {f"{whose}__in": Unit.objects.under([unit.path])}
            materials = materials.filter(**lower if chosen.get("below") else {whose: unit.pk})
        if chosen["group"]:
            of_kind = Unit.objects.filter(kind="" if chosen["group"] == _("其他") else chosen["group"])
            materials = materials.filter(**{f"{whose}__in": of_kind.values("pk")})
        if indicator := chosen["indicator"]:
            below = Tree(indicator.system).below(indicator.pk)
            materials = materials.filter(standard__indicator__in=below)
        return self._by_state(self._by_figure(self._by_due_day(materials, chosen["due"])), chosen["state"])

    def _by_figure(self, materials):
        key, day = self.chosen["figure"], self.chosen["on"]
        if not key:
            return materials
        last = max(day or timezone.localdate(), self.campaign.starts_on)
        period = Period(self.campaign.starts_on, last)
        return materials.filter(pk__in=FIGURES[key][1](self.campaign, period).values("pk"))

    def _by_due_day(self, materials, due):
        today = timezone.localdate()
        match due:
            case "overdue":
                return materials.overdue(on=today)
            case "today":
                return materials.due(first=today, last=today)
            case "week":
                return materials.due(first=today, last=today + timedelta(days=SOON))
            case "none":
                return materials.filter(due_on=None)
        return materials

    def _by_state(self, materials, state):
        if self.chosen["figure"]:
            return materials
        match state:
            case "open":
                return materials.asked().open()
            case "owed":
                return materials.with_unit_now()
            case "waiting":
                return materials.waiting()
            case "complete":
                return materials.complete()
            case "dropped":
                return materials.exclude(dropped_on=None)
            case "":
                return materials.asked()
        return materials.asked().filter(state=state)


class GatedUploadsField(UploadsField):
    """Uploads that pass the gates of a material; how many it takes, its gates say."""

    gates: Gates

    def __init__(self, **options: Any):
        super().__init__(most=0, **options)

    def judge(self, checked: list[Checked]) -> tuple[list[Checked], list[str]]:
        told = [(file, self.gates.fault_of(file)) for file in checked]
        faults = [*(fault for _file, fault in told if fault), *faults_of_same(checked)]
        return distinct(file for file, fault in told if fault is None), faults


class FilesChoice(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple(attrs={"data-sentence": True})

    def label_from_instance(self, obj):
        size = f"{obj.width}×{obj.height}" if obj.width else f"{max(obj.size // 1024, 1)} KB"
        return f"{obj.name}（{size}）"


class PicturesChoice(FilesChoice):
    """Files to choose from, each with its small picture where it has one, and with what there is to doubt in it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pictures = {}

    def label_from_instance(self, obj):
        picture = self.pictures.get(obj.pk)
        if picture is None:
            return super().label_from_instance(obj)
        shown = format_html(
            '<img class="choice-photo" src="{}" alt="" width="120" height="90" loading="lazy"> <span>{}</span>',
            picture.thumb_url,
            picture.caption,
        )
        if not picture.doubt:
            return shown
        return format_html('{} <span class="badge tone-orange">{}</span>', shown, picture.doubt)


class SubmitForm(SeenStateForm):
    """A material to be handed in. What passes its gates is held back for `by`, whatever else is wrong."""

    title = forms.CharField(
        label=gettext_lazy("标题"),
        max_length=100,
        help_text=gettext_lazy("归档和打包时用作文件名，例如：创建工作实施方案"),
    )
    dated_on = DayField(label=gettext_lazy("材料日期"), help_text=gettext_lazy("文件的落款日期，或活动、拍照的日期"))
    again = FilesChoice(label=gettext_lazy("上次报送的文件，勾选要再用的"), queryset=None, required=False)
    files = GatedUploadsField(label=gettext_lazy("照片和文件"), required=False)
    note = forms.CharField(
        label=gettext_lazy("说明"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, files=None, *, row, by, again):
        super().__init__(data, row=row)
        self.files = files or {}
        self.material, self.gates = row, row.all_gates()
        self.fields["files"].gates = self.gates
        self.fields["files"].hold_for(by, form=row.form_key)
        before = row.latest
        self.initial |= {"client_key": uuid.uuid4()}
        if before is not None:
            self.initial |= {"title": before.title, "dated_on": before.dated_on, "note": before.note}
        self.fields["again"].queryset = again
        if not again:
            del self.fields["again"]
        self.fields["files"].widget.attrs["multiple"] = True

    @property
    def stored(self):
        """Files that are there already and were chosen."""
        held = [file for file in self.cleaned_data.get("files", ()) if isinstance(file, StoredFile)]
        return distinct([*self.cleaned_data.get("again", ()), *held])

    @property
    def uploads(self):
        """New files that passed."""
        return [file for file in self.cleaned_data["files"] if not isinstance(file, StoredFile)]

    def clean_dated_on(self):
        day = self.cleaned_data["dated_on"]
        if day > timezone.localdate():
            raise ValidationError(_("材料日期不能晚于今天。"))
        if fault := self.gates.fault_of_day(day):
            raise ValidationError(fault)
        return day

    def clean(self):
        values = super().clean()
        # Of an earlier time and chosen once more, a file is still one.
        again = {file.sha256 for file in values.get("again", ())}
        files = self.fields["files"]
        files.passed = [file for file in files.passed if file.sha256 not in again]
        if "files" not in self.errors:
            fault = self.gates.fault_of_count(len(distinct([*self.stored, *values["files"]])))
            if fault:
                self.add_error("files", fault)
        values["client_key"] = sent_key(self)
        return values


class ReviewForm(SeenStateForm):
    """The office's verdict on what was handed in; which one, the button says."""

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("退回原因"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=gettext_lazy("补充意见"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=500
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, row, reasons):
        super().__init__(data, row=row)
        self.initial["seen"] = str(row.latest_id or "")
        self.fields["reasons"].choices = [(name, name) for name, _advice in reasons]


class SeenSubmissionForm(SeenStateForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, row):
        super().__init__(data, row=row)
        self.initial["seen"] = str(row.latest_id or "")


class ReopenForm(SeenSubmissionForm):
    note = forms.CharField(
        label=gettext_lazy("原因"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text=gettext_lazy("会告诉报送单位；重新打开后由单位重新报送"),
    )


class _GatesForm(forms.ModelForm):
    window_first = DayField(label=gettext_lazy("日期不早于"), required=False)
    window_last = DayField(label=gettext_lazy("日期不晚于"), required=False)
    due_on = DayField(label=gettext_lazy("报送期限"), required=False)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("只收这些类型"),
        choices=FileType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("都不勾选即不限"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, instance):
        super().__init__(data, instance=instance, initial={"seen": instance.mark if instance.pk else ""})
        self.fields["least_pixels"].help_text = _("不填按体系要求；体系也没填时为%(n)s。0为不限") % {"n": LEAST_PIXELS}
        self.fields["most_megabytes"].widget.attrs["max"] = MOST_MEGABYTES
        self.fields["most_files"].widget.attrs["max"] = MOST_FILES

    def clean_most_megabytes(self):
        return self._at_most("most_megabytes", MOST_MEGABYTES, "MB")

    def clean_most_files(self):
        return self._at_most("most_files", MOST_FILES, _("个"))

    def _at_most(self, name, limit, measure):
        value = self.cleaned_data[name]
        if value is not None and not 1 <= value <= limit:
            raise ValidationError(_("请填1至%(limit)s%(measure)s。") % {"limit": limit, "measure": measure})
        return value

    def clean(self):
        values = super().clean()
        first, last = values.get("window_first"), values.get("window_last")
        if first and last and last < first:
            self.add_error("window_last", _("截止日早于起始日。"))
        least, most = values.get("least_files"), values.get("most_files") or MOST_FILES
        if least and least > most:
            self.add_error("least_files", _("至少的个数多于至多的%(most)s个。") % {"most": most})
        return values

    def _post_clean(self):
        """The instance stays as it was read: the action writes, and compares with what stood there."""


class RulesForm(_GatesForm):
    class Meta:
        model = MaterialRules
        fields = ["due_on", *MaterialRules.GATES]

    def __init__(self, data=None, *, instance):
        super().__init__(data, instance=instance)
        # Of rules that were never saved there is a mark too: somebody may save them meanwhile.
        self.initial["seen"] = instance.mark


class MaterialForm(_GatesForm):
    """What is asked of one unit, or, of a new material, of several."""

    class Meta:
        model = Material
        fields = ["asked", "due_on", *Material.GATES]
        widgets = {"asked": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, data=None, *, instance):
        super().__init__(data, instance=instance)
        self.fields["asked"].help_text = _("不填则按测评标准的文字")


class NewMaterialForm(MaterialForm):
    standard = forms.ModelChoiceField(label=gettext_lazy("测评标准"), queryset=None)
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("报送单位"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("每个单位各有一项材料，编号依次往下排"),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = ["standard", "units", "asked", "due_on"]

    def __init__(self, data=None, *, campaign, standards, units, standard=None):
        super().__init__(data, instance=Material(campaign=campaign))
        del self.fields["seen"]
        self.initial |= {"client_key": uuid.uuid4(), "standard": standard}
        choose_by_system(self.fields["standard"], standards)
        self.fields["units"].queryset = units

    def clean(self):
        values = super().clean()
        values["client_key"] = sent_key(self)
        return values


class UnitsForm(forms.Form):
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("报送单位"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, units, chosen, seen):
        super().__init__(data, initial={"units": chosen, "seen": seen})
        self.fields["units"].queryset = units


class PackForm(forms.Form):
    """What is to go into a zip."""

    system = forms.ModelChoiceField(label=gettext_lazy("测评体系"), queryset=None, empty_label=None)
    indicator = forms.ModelChoiceField(
        label=gettext_lazy("测评指标"),
        queryset=None,
        required=False,
        help_text=gettext_lazy("连同下级指标；不选则打包整个体系"),
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False)
    with_unreviewed = forms.BooleanField(
        label=gettext_lazy("包括待审核的材料"),
        required=False,
        help_text=gettext_lazy("不勾选时，只打包审核通过和已归档的材料"),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, systems, indicators, units, initial=None):
        super().__init__(data, initial={"client_key": uuid.uuid4(), **(initial or {})})
        for name, rows in (("system", systems), ("unit", units)):
            self.fields[name].queryset = rows
        choose_by_system(self.fields["indicator"], indicators)
        # Of those in force that most materials are asked for; of two alike the newest.
        ended = Case(When(state=AssessmentSystem.State.SUPERSEDED, then=1), default=0)
        asked = systems.annotate(asked=Count("indicators__standards__materials"), ended=ended)
        chosen = asked.order_by("ended", "-asked", "-pk").values_list("pk", flat=True).first()
        self.initial.setdefault("system", chosen)
        self.fields["indicator"].empty_label = self.fields["unit"].empty_label = _("全部")

    def clean(self):
        values = super().clean()
        system, indicator = values.get("system"), values.get("indicator")
        if system and indicator and indicator.system_id != system.pk:
            self.add_error("indicator", _("这个指标不属于所选的测评体系。"))
        values["client_key"] = sent_key(self)
        return values


class EvidenceForm(forms.Form):
    """Something that is there already, to be handed in for a material."""

    material = forms.ModelChoiceField(label=gettext_lazy("作为哪项材料"), queryset=None)
    title = forms.CharField(label=gettext_lazy("标题"), max_length=100)
    dated_on = DayField(label=gettext_lazy("材料日期"))
    files = PicturesChoice(
        label=gettext_lazy("用哪些文件"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少勾选一个文件。")},
    )
    note = forms.CharField(
        label=gettext_lazy("说明"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, materials, files, initial, pictures):
        super().__init__(data, initial={"client_key": uuid.uuid4(), "files": list(files), **initial})
        self.fields["files"].pictures = pictures
        self.fields["material"].queryset, self.fields["files"].queryset = materials, files
        self.fields["material"].label_from_instance = lambda row: f"{row.full_number} {row.unit}：{row.wanted[:40]}"

    def clean(self):
        values = super().clean()
        material, day = values.get("material"), values.get("dated_on")
        if material and day:
            for fault in material.all_gates().faults(values.get("files", ()), dated_on=day):
                self.add_error(None, fault)
        values["client_key"] = sent_key(self)
        return values


def earlier_files(material):
    """The files of what was handed in before; handed in again they are named, not copied."""
    rows = StoredFile.objects.none()
    if material.latest_id and material.state == Material.State.RETURNED:
        rows = StoredFile.objects.filter(submissions=material.latest_id).order_by("pk")
    return rows


def systems_in_use(campaign):
    return AssessmentSystem.objects.of(campaign).exclude(state=AssessmentSystem.State.DRAFT).order_by("state", "-pk")


def standards_in_use(campaign):
    in_force = AssessmentSystem.State.IN_FORCE
    return Standard.objects.of(campaign).filter(indicator__system__state=in_force)
