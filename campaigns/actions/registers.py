"""What a person does to a row of a register: each is told to the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit import audit
from cityinit.files import Given, keep, store
from cityinit.models import StoredFile
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, tell

from ..ancestry import RING, lock_trees, would_ring
from ..models import Document, Meeting
from ..registers import Register
from .decisions import take_items

# A form always carries a mark; one without is as good as stale.
_UNSEEN = "-"
_TAKEN = gettext_lazy("刚刚有人保存了同名的记录，请换一个名称，或修改那一条。")


def add_row(
    register: Register,
    row: Any,
    *,
    many: Mapping[str, list],
    client_key: UUID | None,
    by: Any,
    files: Iterable[Given] = (),
) -> Any:
    """Write the new row with its lists and files; the same form sent twice gives the row that is there.

    Refused to who may not write it; NoRoom when the disk is full.
    """
    _ask(register, row, by)
    own = register.model._base_manager.filter(campaign=row.campaign)
    if there := sent_before(own, client_key):
        return there
    row.client_key = client_key
    last = register.model._base_manager.filter(campaign=row.campaign).aggregate(last=Max("position"))["last"]
    row.position = (last or 0) + 1
    if register.by_units:
        row.by_unit = not by.has_perm("campaigns.change_register", row.campaign)
    kept = [keep(checked) for checked in files]
    try:
        with transaction.atomic():
            _write(row, many)
            _attach(row, kept, by=by)
            _take_items(row)
            _tell_readers(row, now=set())
            audit.record(_("新增台账"), by=by, subject=f"{register.title}：{row}", detail={"pk": row.pk})
    except IntegrityError:
        # Both copies of a double submit were under way: the other one has written it.
        if there := sent_before(own, client_key):
            return there
        raise Refused(str(_TAKEN)) from None
    return row


def change_row(
    register: Register,
    row: Any,
    *,
    many: Mapping[str, list],
    seen: str,
    by: Any,
    files: Iterable[Given] = (),
    removed_files: Iterable[StoredFile] = (),
) -> None:
    """Write the changed row; refused when somebody else changed it since the form was drawn."""
    _ask(register, row, by)
    kept = [keep(checked) for checked in files]
    try:
        with transaction.atomic():
            _refuse_ring(row)
            # The lock keeps a second form out on PostgreSQL; SQLite's transactions are one at a time anyway.
            now = _locked(register, row)
            told = set(now.readers.all()) if isinstance(now, Document) else set()
            # Nor may it be taken from another unit by writing the own one into it.
            _ask(register, now, by)
            refuse_stale(row, seen=seen or _UNSEEN, now=register.mark_of(now))
            _write(row, many)
            if register.has_files:
                row.files.remove(*removed_files)
            _attach(row, kept, by=by)
            _take_items(row)
            _tell_readers(row, now=told)
            audit.record(_("修改台账"), by=by, subject=f"{register.title}：{row}", detail={"pk": row.pk})
    except IntegrityError:
        raise Refused(str(_TAKEN)) from None


def delete_row(register: Register, row: Any, *, by: Any) -> None:
    """Delete the row; refused while others name it."""
    _ask(register, row, by)
    subject, pk = f"{register.title}：{row}", row.pk
    try:
        with transaction.atomic():
            _locked(register, row, no_key=False).delete()
            audit.record(_("删除台账"), by=by, subject=subject, detail={"pk": pk})
    except ProtectedError:
        raise Refused(_("还有别的记录引用它，不能删除。请先改掉那些记录。")) from None


def _take_items(row: Any) -> None:
    """What a meeting's text says was decided stands as rows too."""
    if isinstance(row, Meeting):
        take_items(row)


def _tell_readers(row: Any, *, now: set[Unit]) -> None:
    """Units that are to read a paper, and have not been told yet, are."""
    if not isinstance(row, Document):
        return
    for unit in set(row.readers.all()) - now:
        tell(liaisons_of(unit), _("请阅知：%(document)s") % {"document": row}, url=row.get_absolute_url())


def _refuse_ring(row: Any) -> None:
    parent = getattr(row, "parent", None)
    if parent is None:
        return
    lock_trees(row.campaign)
    if would_ring(row, parent=parent):
        raise Refused(str(RING))


def _locked(register: Register, row: Any, *, no_key: bool = True) -> Any:
    """The row as it stands, held until the transaction ends; refused when somebody has deleted it."""
    try:
        return register.model._base_manager.select_for_update(no_key=no_key).get(pk=row.pk)
    except register.model.DoesNotExist:
        raise Refused(_("这条记录刚刚被别人删除了。")) from None


def _attach(row: Any, kept: Iterable[Given], *, by: Any) -> None:
    if stored := [store(checked, by=by) for checked in kept]:
        row.files.add(*stored)


def _write(row: Any, many: Mapping[str, list]) -> None:
    row.save()
    for name, items in many.items():
        getattr(row, name).set(items)


def _ask(register: Register, row: Any, by: Any) -> None:
    if reason := register.writing_refusal(row, by=by):
        raise Refused(reason)
