"""The checklist of a site as one plain form: it asks nothing of the server while it is filled in."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField, UploadsField
from cityinit.models import StoredFile
from cityinit.sent import sent_key
from cityinit.workflow import Refused
from inspections.actions.visits import Clash, Said, judged
from inspections.models import ChecklistItem, FindingCategory, VisitAnswer
from inspections.rules import Kind, Verdict

from .fields import MAX_PHOTOS, SEVERITIES, CapturedAtField, photos_field, text_field

MOST = 99999
LABELS = {
    Kind.COUNT: gettext_lazy("实有几%(measure)s"),
    Kind.RATIO: gettext_lazy("合格几%(measure)s"),
    Kind.DISTANCE: gettext_lazy("有几%(measure)s"),
    Kind.ASK: gettext_lazy("几人知道"),
}
OUT_OF = {
    Kind.RATIO: gettext_lazy("看了几%(measure)s"),
    Kind.DISTANCE: gettext_lazy("走了几米"),
    Kind.ASK: gettext_lazy("问了几人"),
}


class VisitForm(forms.Form):
    """The items of one checklist; `answers` is what is saved already, by item."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    checklist = forms.IntegerField(widget=forms.HiddenInput)
    visited_on = DayField(widget=forms.HiddenInput, required=False)
    captured_at = CapturedAtField(required=False)
    note = forms.CharField(
        label=gettext_lazy("整体备注"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )
    finish = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        checklist: Any,
        answers: dict[int, VisitAnswer],
        keeper: Any,
        note: str = "",
    ):
        initial = {
            "client_key": uuid.uuid4(),
            "checklist": checklist.pk,
            "visited_on": timezone.localdate(),
            "note": note,
        }
        super().__init__(data, files, initial=initial)
        self.items = list(checklist.items.all())
        self.answers = answers
        self.said: dict[int, Said] = {}
        self.clashes: dict[int, VisitAnswer] = {}
        for item in self.items:
            self._add(item, answers.get(item.pk), keeper)

    def _add(self, item: ChecklistItem, answer: VisitAnswer | None, keeper: Any) -> None:
        told = {"code": item.code, "measure": item.rule.measure}

        def counted(label: Any, usual: int | None) -> forms.IntegerField:
            """The page says it beside its item; a list of faults says whose it is."""
            short = label % told
            field = forms.IntegerField(
                label=f"{item.code} {short}", initial=usual, required=False, min_value=0, max_value=MOST
            )
            field.short = short
            return field

        def add(name: str, field: forms.Field) -> None:
            self.fields[f"{name}-{item.pk}"] = field

        def kept(name: str) -> Any:
            return getattr(answer, name) if answer else None

        add(
            "verdict",
            forms.ChoiceField(
                label=f"{item.code}", choices=[("", ""), *Verdict.choices], required=False, initial=kept("verdict")
            ),
        )
        if item.rule.counts:
            add("number", counted(LABELS[item.rule_kind], kept("number")))
            if item.rule.asks_out_of:
                # What the rule says is there already: most walk just so far, and ask just so many.
                usual = item.rule.looked_at(None) if answer is None else kept("out_of")
                add("out_of", counted(OUT_OF[item.rule_kind], usual))
            reason = forms.CharField(
                label=_("%(code)s 改判理由") % told, required=False, max_length=200, initial=kept("reason")
            )
            add("reason", reason)
        add(
            "note",
            forms.CharField(label=_("%(code)s 备注") % told, required=False, max_length=500, initial=kept("note")),
        )
        photos = UploadsField(
            kind=StoredFile.Kind.PHOTO, most=MAX_PHOTOS, required=False, label=_("%(code)s 照片") % told
        )
        photos.hold_for(keeper)
        add("photos", photos)
        add("report", forms.BooleanField(label=_("%(code)s 报问题") % told, required=False))
        add(
            "seen",
            forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=20, initial=answer.mark if answer else ""
            ),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for item in self.items:
            said = self._said(item, cleaned)
            if any(f"{name}-{item.pk}" in self.errors for name in ("verdict", "number", "out_of")):
                continue
            try:
                self.said[item.pk] = judged(item, said)
            except Refused as refusal:
                wrong = refusal.reason.removeprefix(f"{item.code}：")
                self.add_error(
                    f"number-{item.pk}" if f"number-{item.pk}" in self.fields else f"verdict-{item.pk}", wrong
                )
        return cleaned | {"client_key": sent_key(self)}

    def _said(self, item: ChecklistItem, cleaned: dict[str, Any]) -> Said:
        def of(name: str, default: Any = None) -> Any:
            return cleaned.get(f"{name}-{item.pk}") or default

        number, out_of = cleaned.get(f"number-{item.pk}"), cleaned.get(f"out_of-{item.pk}")
        # What the form had filled in by itself says nothing.
        if number is None and out_of == item.rule.looked_at(None):
            out_of = None
        return Said(
            verdict=of("verdict", ""),
            number=number,
            out_of=out_of,
            reason=of("reason", ""),
            note=of("note", ""),
            photos=tuple(of("photos", ())),
            report=bool(of("report")),
            seen=of("seen"),
        )

    @property
    def day(self) -> date:
        """The day of the visit: when the form was filled in, which may be sent on a later one; never one to come.

        The outbox says when that was; a page that the phone has kept was drawn earlier still.
        """
        if captured_at := self.cleaned_data.get("captured_at"):
            return timezone.localdate(captured_at)
        today = timezone.localdate()
        return min(self.cleaned_data.get("visited_on") or today, today)

    @property
    def marks(self) -> dict[str, str]:
        """By hidden field what this form's own words are known by: what was saved after it was drawn upon them."""
        return {
            f"seen-{pk}": said.mark for pk, said in self.said.items() if not said.is_blank and said.mark != said.seen
        }

    def tell(self, clash: Clash) -> None:
        """What somebody else has said meanwhile, beside each item; sent once more, this form stands."""
        data = self.data.copy()
        self.add_error(None, clash.reason)
        for answer in clash.answers:
            self.clashes[answer.item_id] = answer
            parts = [answer.get_verdict_display(), "" if answer.number is None else str(answer.number), answer.note]
            stands = "，".join(part for part in parts if part) or _("（空）")
            self.add_error(f"verdict-{answer.item_id}", _("现在保存的是：%(saved)s") % {"saved": stands})
            data[f"seen-{answer.item_id}"] = answer.mark
        # The form says the same and is yet another one: it was answered, not repeated.
        data["client_key"] = str(uuid.uuid4())
        self.data = data

    @property
    def groups(self) -> list[dict[str, Any]]:
        """What the page draws: the groups in order, each item with its fields."""
        groups: list[dict[str, Any]] = []
        for item in self.items:
            if not groups or groups[-1]["label"] != item.group:
                groups.append({"label": item.group, "lines": []})
            groups[-1]["lines"].append(self._line(item))
        return groups

    def _line(self, item: ChecklistItem) -> dict[str, Any]:
        def field(name: str) -> Any:
            key = f"{name}-{item.pk}"
            return self[key] if key in self.fields else None

        chosen = field("verdict").value() or ""
        answer = self.answers.get(item.pk)
        names = ("verdict", "number", "out_of", "reason", "note", "photos")
        return {
            "item": item,
            "rule": item.rule,
            "choices": [
                {"value": value, "label": label, "checked": value == chosen, "id": f"verdict-{item.pk}-{value}"}
                for value, label in Verdict.choices
            ],
            **{name: field(name) for name in (*names, "report", "seen")},
            "errors": [error for name in names if field(name) for error in field(name).errors],
            "answer": answer,
            "is_done": bool(chosen),
            "opens": bool(field("note").value() or (field("reason") and field("reason").value())),
        }


class AnswerFindingForm(forms.Form):
    """A finding of a failed item, filled in before it is opened."""

    category = forms.ModelChoiceField(
        FindingCategory.objects.none(),
        label=gettext_lazy("类别"),
        error_messages={"required": gettext_lazy("请选择问题类别。")},
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), choices=[("", gettext_lazy("按类别")), *SEVERITIES], required=False
    )
    description = text_field(gettext_lazy("问题描述"))
    photos = photos_field(gettext_lazy("再加照片"))

    def __init__(self, data: Any = None, files: Any = None, *, categories: Any, initial: dict[str, Any]):
        super().__init__(data, files, initial=initial)
        self.fields["category"].queryset = categories
