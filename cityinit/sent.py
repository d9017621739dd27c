"""What becomes of a form once it is sent: stored once, never over somebody else's work, its refusal told in place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from uuid import UUID, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from .busy import Busy, said_if_busy
from .files import NoRoom
from .workflow import Refused

Sent = TypeVar("Sent", bound=Model)


class Stale(Refused):
    """Somebody else has saved since the form was drawn."""


def sent_before(rows: QuerySet[Sent], client_key: UUID | None) -> Sent | None:
    """The row that the same form has made already; None for another form and for one without a key.

    `rows` are those that the same person could have made of the same thing: refused where the key is another's.
    """
    if not client_key or not (there := rows.model._base_manager.filter(client_key=client_key).first()):
        return None
    if not (own := rows.filter(pk=there.pk).first()):
        raise Refused(_("这张表已由别人提交过，或已用于另一条记录，请重新打开页面填写。"))
    return own


@contextmanager
def refusing_another_key(rows: QuerySet[Any], client_key: UUID | None) -> Iterator[None]:
    """As `sent_before` where the other form with this key came a moment earlier, through another connection."""
    try:
        yield
    except IntegrityError:
        sent_before(rows, client_key)
        raise


def sent_key(form: forms.BaseForm) -> UUID | None:
    """The key under which a form's row is stored: of its `client_key` and of what it says.

    Sent twice it is one key. The browser's Back brings the same form with the same `client_key` again; filled in
    anew it says something else, and is another row. None for a form without a key. Where it has files, ask once
    they are clean.
    """
    try:
        key = form.fields["client_key"].clean(form["client_key"].data)
    except ValidationError:
        return None
    return uuid5(key, json.dumps(_said(form), ensure_ascii=False)) if key else None


def _said(form: forms.BaseForm) -> dict[str, Any]:
    # Hidden fields are the page's, not the person's: the place the phone knows may come in between two sendings.
    return {
        field.name: _files(form, field.name) if isinstance(field.field, forms.FileField) else field.data
        for field in form.visible_fields()
    }


def _files(form: forms.BaseForm, name: str) -> list[str]:
    kept = form.cleaned_data.get(name) or []
    return [checked.sha256 for checked in (kept if isinstance(kept, list) else [kept])]


@contextmanager
def said_if_taken(sentence: str) -> Iterator[None]:
    """One transaction in which a name may turn out to be taken: refused with this sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused(sentence) from None


def refuse_stale(obj: Any, *, seen: str, now: str) -> None:
    """Refuse what was filled in upon another state of the row; an action that nobody drew a form for sees nothing."""
    if seen and seen != now:
        raise Stale(
            _("这条记录刚刚被别人改过，您的修改没有保存。与现在保存的内容不同之处已经标出，核对后可以再次保存。"),
            obj,
        )


@contextmanager
def told_in(form: forms.BaseForm) -> Iterator[None]:
    """What an action refuses within is told in the form, beside what was typed; the form is no longer valid then.

    Where nothing was to be typed the refusal goes on, and is told on the object's page.
    """
    try:
        with said_if_busy():
            yield
    except Refused as refusal:
        if not form.visible_fields():
            raise
        beside = _field_of_files(form) if isinstance(refusal, NoRoom) else None
        form.add_error(beside, refusal.reason)
        if isinstance(refusal, Stale):
            _show_what_stands(form)
        # Whoever was turned down for another has seen nothing of what that one did.
        if not isinstance(refusal, Busy):
            _mark_as_seen(form)
        if form.files and not beside and not any(getattr(field, "keeper", None) for field in form.fields.values()):
            form.add_error(None, _("选好的文件没有保存，请重新选择。"))


def _field_of_files(form: forms.BaseForm) -> str | None:
    return next((name for name, field in form.fields.items() if isinstance(field, forms.FileField)), None)


def _show_what_stands(form: forms.BaseForm) -> None:
    """Beside each field that differs what is saved now."""
    for name in [name for name in form.changed_data if name in form.initial and not form.fields[name].widget.is_hidden]:
        saved = _shown(form.fields[name], form.initial[name]) or _("（空）")
        form.add_error(name, _("现在保存的是：%(saved)s") % {"saved": saved})


def _mark_as_seen(form: forms.BaseForm) -> None:
    """Who has read how it stands now may go on from there with the same form."""
    # A request's data cannot be written to, a copy of it can.
    data = cast(QueryDict, form.data).copy()
    for name in form.fields.keys() & {"seen", "seen_state"}:
        data[form.add_prefix(name)] = form[name].initial
    form.data = data


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("是") if value else _("否")
    if not isinstance(field, forms.ChoiceField):
        return "" if value is None else str(value)
    chosen = field.prepare_value(value)
    wanted = {str(one) for one in (chosen if isinstance(chosen, list | tuple) else [chosen])}
    choices = cast(Iterable[tuple[Any, Any]], field.choices)
    return "、".join(str(label) for key, label in choices if str(key) in wanted)
