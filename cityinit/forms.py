"""Fields that several apps' forms use."""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .content import Checked, check_upload
from .models import HeldFile, StoredFile
from .periods import FIRST_DAY, LAST_DAY

MOST_FILES = 20
DRAWN_FORM = re.compile(r"[0-9a-f]{32}")
# What the file chooser of a phone or a desktop offers first; `check_upload` decides.
ACCEPT = {
    StoredFile.Kind.PHOTO: "image/*",
    StoredFile.Kind.DOCUMENT: "image/*,.docx,.xlsx,.pptx,.pdf",
}


class DayField(forms.DateField):
    """A day in the years an office may speak of, chosen in the browser's own calendar."""

    default_validators = [
        MinValueValidator(FIRST_DAY, gettext_lazy("日期不能早于%(limit_value)s。")),
        MaxValueValidator(LAST_DAY, gettext_lazy("日期不能晚于%(limit_value)s。")),
    ]

    def __init__(self, **options: Any):
        # Browsers want the ISO form in the value of a date input, whatever the language.
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        options.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"])
        super().__init__(**options)


@dataclass(frozen=True)
class Chosen:
    """What was sent of a field of files: new uploads, and of those held for the form which are ticked."""

    uploads: list[Any]
    form: str = ""
    ticked: list[str] = dataclass_field(default_factory=list)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chosen:
        sent = super().value_from_datadict(data, files, name)
        uploads = sent if isinstance(sent, list | tuple) else [sent]
        ticked = data.getlist(f"{name}-held") if hasattr(data, "getlist") else data.get(f"{name}-held", [])
        key = data.get(f"{name}-form", "")
        # Only a form that was drawn says its own; one that stands for a row is never taken from outside.
        form = key if DRAWN_FORM.fullmatch(key) else ""
        # A photo chosen twice is held once, and named twice.
        return Chosen([upload for upload in uploads if upload], form, list(dict.fromkeys(map(str, ticked))))


class UploadsField(forms.FileField):
    """Several uploads, each checked for what it really is; cleans to a list of `files.Given`.

    With a `keeper` they are not lost when the form comes back with a fault (`held.holding`): those in `passed` are kept
    for that person, and listed with `held` to be ticked.
    """

    default_error_messages = {
        "required": gettext_lazy("请选择文件。"),
        "most": gettext_lazy("一次最多上传%(most)s个文件，您选了%(n)s个。请分几次上传。"),
        "gone": gettext_lazy("已上传的文件有%(n)s个没有保留下来，请重新选择。"),
    }

    def __init__(self, *, kind: str = StoredFile.Kind.DOCUMENT, most: int = MOST_FILES, **options: Any):
        options.setdefault("widget", ManyFilesInput(attrs={"accept": ACCEPT[StoredFile.Kind(kind)]}))
        super().__init__(**options)
        self.kind, self.most = kind, most
        self.keeper: Any = None
        self.form_key = ""
        self.held: list[HeldFile] = []
        self.passed: list[Checked] = []

    def hold_for(self, keeper: Any, *, form: str = "") -> None:
        """Hold back for this person; `form` is one that stands for its row, what waits for it is offered at once."""
        self.keeper, self.form_key = keeper, form
        if keeper and form:
            self.offer(HeldFile.objects.of(form, by=keeper))

    def offer(self, held: Iterable[HeldFile], *, ticked: Container[str] | None = None) -> None:
        """List what is held; all of it is ticked where nothing was chosen yet."""
        self.held = list(held)
        for row in self.held:
            row.is_ticked = ticked is None or str(row.pk) in ticked

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every fault is told, not only the first; nothing is written."""
        chosen = data if isinstance(data, Chosen) else Chosen(list(data or []))
        there = self._ticked(chosen)
        if not (chosen.uploads or there) and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if self.most and (n := len(chosen.uploads) + len(there)) > self.most:
            raise ValidationError(self.error_messages["most"] % {"most": self.most, "n": n})
        checked, faults = [], []
        for upload in chosen.uploads:
            try:
                checked.append(check_upload(upload, kind=self.kind))
            except ValidationError as fault:
                faults.extend(fault.messages)
        passed, more = self.judge(checked)
        # Chosen once more beside what is ticked, a file is still one.
        contents = {file.sha256 for file in there}
        self.passed = [file for file in passed if file.sha256 not in contents]
        if gone := len(chosen.ticked) - len(there):
            more.append(self.error_messages["gone"] % {"n": gone})
        if faults := [*faults, *more]:
            raise ValidationError(faults)
        return [*there, *self.passed]

    def judge(self, checked: list[Checked]) -> tuple[list[Checked], list[str]]:
        """Which of the sound files are taken, and a sentence for each that is not."""
        return checked, []

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data and (data.uploads or data.ticked))

    def _ticked(self, chosen: Chosen) -> list[StoredFile]:
        if not self.keeper:
            return []
        self.form_key = self.form_key or chosen.form
        if self.form_key:
            self.offer(HeldFile.objects.of(self.form_key, by=self.keeper), ticked=chosen.ticked)
        # Held for a field of documents, a file is no photo for having been sent to one of photos.
        fits = {StoredFile.Kind.PHOTO} if self.kind == StoredFile.Kind.PHOTO else set(StoredFile.Kind)
        return [row.file for row in self.held if row.is_ticked and row.file.kind in fits]


class ReadySelect(forms.Select):
    """A select whose options are pasted together at once: one template each would cost more than the page around it."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return self.draw(name, value, self.build_attrs(self.attrs, attrs))

    def draw(self, name: str, value: Any, attrs: dict[str, Any]) -> SafeString:
        return draw_select(self, name, value, attrs)


def draw_control(field: forms.BoundField, *, chosen: bool = True) -> SafeString | None:
    """The control of a select, a check box or a field of one line; None for any other, which its widget draws.

    With `chosen` False a select is drawn as if nothing were chosen; `choose` marks in it what is.
    """
    widget = field.field.widget
    attrs = widget.build_attrs(widget.attrs, field.build_widget_attrs({"id": field.auto_id}, widget))
    name, value = field.html_name, field.value() if chosen else []
    if isinstance(widget, forms.CheckboxInput):
        checked = {"checked": True} if widget.check_test(value) else {}
        look = flatatt({**attrs, **checked, "class": "form-check-input"})
        return format_html('<input type="checkbox" name="{}"{}>', name, look)
    if isinstance(widget, ReadySelect):
        return widget.draw(name, value, {**attrs, "class": "form-select"})
    if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
        return draw_select(widget, name, value, {**attrs, "class": "form-select"})
    if isinstance(widget, Input) and widget.input_type in ("text", "date", "number", "search"):
        written = widget.format_value(value)
        kept = {} if written in (None, "") else {"value": str(written)}
        look = flatatt({**kept, **attrs, "class": "form-control"})
        return format_html('<input type="{}" name="{}"{}>', widget.input_type, name, look)
    return None


def draw_select(widget: forms.Select, name: str, value: Any, attrs: dict[str, Any]) -> SafeString:
    chosen = set(map(str, widget.format_value(value)))
    groups: list[tuple[Any, list[tuple[Any, Any]]]] = []
    for key, label in widget.choices:
        if isinstance(label, list | tuple):
            groups.append((key, list(label)))
        elif groups and groups[-1][0] is None:
            groups[-1][1].append((key, label))
        else:
            groups.append((None, [(key, label)]))
    drawn = [
        options if title is None else format_html('<optgroup label="{}">{}</optgroup>', title, options)
        for title, options in ((title, draw_options(choices, chosen)) for title, choices in groups)
    ]
    return format_html('<select name="{}"{}>{}</select>', name, flatatt(attrs), SafeString("".join(drawn)))


def choose(drawn: str, values: Iterable[str]) -> SafeString:
    """Options drawn with nothing chosen, with those of these values chosen."""
    for value in values:
        option = f'<option value="{escape(value)}"'
        drawn = drawn.replace(f"{option}>", f"{option} selected>", 1)
    return SafeString(drawn)


def draw_options(choices: Iterable[tuple[Any, Any]], chosen: Container[str] = ()) -> SafeString:
    drawn = []
    for key, label in choices:
        value = "" if key is None else str(key)
        selected = " selected" if value in chosen else ""
        drawn.append(f'<option value="{escape(value)}"{selected}>{escape(label)}</option>')
    return SafeString("".join(drawn))


class FilterForm(forms.Form):
    """What a list is narrowed by. What cannot be read, such as a unit that is gone, narrows nothing and is told.

    `on_demand` names the fields that show only once a link has asked for them. A `sparse` form has only the fields that
    the request says something of, until it is drawn: most lists are asked for without a condition, or with one.
    """

    on_demand: tuple[str, ...] = ()
    sparse = False

    def __init__(self, data: Any = None, **options: Any):
        if self.sparse:
            # What Django copies for each form.
            self.base_fields = {name: field for name, field in self.base_fields.items() if data and name in data}
        super().__init__(data, **options)
        for name in self.on_demand:
            if not self.data.get(name):
                self.fields.pop(name, None)
        for name, field in self.fields.items():
            self.offer(name, field)

    def offer(self, name: str, field: forms.Field) -> None:
        """Give the field of that name its choices, where they depend on who asks."""

    def complete(self) -> FilterForm:
        """This form with every field that can be drawn."""
        if not self.sparse:
            return self
        for name, field in type(self).base_fields.items():
            if name not in self.fields and name not in self.on_demand:
                self.fields[name] = copy.deepcopy(field)
                self.offer(name, self.fields[name])
        self.order_fields(type(self).base_fields)
        return self

    @property
    def chosen(self) -> dict[str, Any]:
        """What could be read: a value for each field, None where there is none."""
        self.is_valid()
        read = getattr(self, "cleaned_data", {})
        return {name: read.get(name) for name in type(self).base_fields}

    @property
    def faults(self) -> list[str]:
        """One sentence for each condition that could not be read, and was left out."""
        told = []
        for name in self.errors:
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                told.append(_("“%(field)s”里选的已不存在，没有按它筛选。") % {"field": field.label})
            elif field is not None:
                told.append(_("“%(field)s”的条件看不懂，没有按它筛选。") % {"field": field.label or name})
        return told
