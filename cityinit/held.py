"""Uploads of a form that came back with a fault: kept for who sent them until the form is right.

A form's `UploadsField` gets a keeper; `holding` stands around what the view does with the form. What is held belongs to
nothing, is served to who uploaded it alone, and is swept after a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.db import transaction
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from .content import Checked
from .files import NoRoom, keep, store
from .forms import UploadsField
from .models import HeldFile, StoredFile

# Longer than anybody leaves a form open.
HELD_FOR = timedelta(days=30)
# Of one person, in all forms together; the oldest go first.
MOST_HELD = 60
MOST_BYTES = 1 << 30


@contextmanager
def holding(form: forms.BaseForm) -> Iterator[None]:
    """Stand around what becomes of a form: with a fault its good uploads are held and listed, ticked, in the form.

    Once it is accepted, what was left out is forgotten.
    """
    fields = {name: field for name, field in form.fields.items() if isinstance(field, UploadsField)}
    yield
    if not form.is_bound:
        return
    for name, field in fields.items():
        if field.keeper and form.is_valid():
            # Nothing was held for a form that never came back.
            if field.form_key:
                let_go(field.form_key, by=field.keeper, but=[row.pk for row in field.held if row.is_ticked])
        elif field.keeper:
            _hold_back(form, name, field)
    if fields and not form.is_valid():
        # Browsers forget the chosen files; ours are held.
        form.files = MultiValueDict()


def hold(form: str, files: Iterable[Checked], *, by: Any) -> list[HeldFile]:
    """Keep files for this form of this person, each content once; NoRoom when the disk is full."""
    kept = [keep(checked) for checked in files]
    with transaction.atomic():
        there = {row.file.sha256: row for row in HeldFile.objects.of(form, by=by)}
        for checked in kept:
            if checked.sha256 not in there:
                row = HeldFile.objects.create(form=form, file=store(checked, by=by), held_by_id=by.pk)
                there[checked.sha256] = row
    _keep_within_limits(by, but=form)
    return [there[checked.sha256] for checked in kept]


def hold_again(form: str, files: Iterable[StoredFile], *, by: Any) -> None:
    """Let files that are there already wait for this form of this person."""
    rows = [HeldFile(form=form, file=file, held_by_id=by.pk) for file in files]
    HeldFile.objects.bulk_create(rows, ignore_conflicts=True)


def let_go(form: str, *, by: Any, but: Iterable[int] = ()) -> None:
    """The form is sent: what was left out is forgotten.

    What was taken (`but`, by the keys of the rows) stays listed until it is swept, so that the same form sent twice
    says the same.
    """
    _forget(HeldFile.objects.of(form, by=by).exclude(pk__in=list(but)))


def sweep(*, older_than: datetime) -> int:
    """Let go of what was held for forms nobody sent; how many files that were."""
    return _forget(HeldFile.objects.filter(held_at__lt=older_than).select_related("file"))


def _hold_back(form: forms.BaseForm, name: str, field: UploadsField) -> None:
    """Hold what passed, and tick it in the form that is drawn again; a fault where it cannot be."""
    chosen = form[name].data
    ticked = list(chosen.ticked)
    if field.passed:
        key = field.form_key = field.form_key or uuid4().hex
        try:
            ticked += [str(row.pk) for row in hold(key, field.passed, by=field.keeper)]
        except NoRoom:
            form.add_error(name, _("选好的文件没有保存，请重新选择。"))
    if not field.form_key:
        return
    field.offer(HeldFile.objects.of(field.form_key, by=field.keeper), ticked=ticked)


def _keep_within_limits(by: Any, *, but: str) -> None:
    """The oldest go first; by number those of other forms alone, since a checklist's many photos come one by one."""
    rows = HeldFile.objects.filter(held_by_id=by.pk).order_by("-pk")
    n = size = 0
    over = []
    for pk, form, bytes_ in rows.values_list("pk", "form", "file__size"):
        n, size = n + 1, size + bytes_
        if size > MOST_BYTES or (n > MOST_HELD and form != but):
            over.append(pk)
    if over:
        _forget(HeldFile.objects.filter(pk__in=over).select_related("file"))


def _forget(rows: Iterable[HeldFile]) -> int:
    """Delete the rows, and their files where nothing else names them."""
    held = list(rows)
    for row in held:
        with transaction.atomic():
            row.delete()
            # Whoever names the file at this moment has it locked, or finds it gone.
            file = StoredFile.objects.select_for_update(no_key=False).filter(pk=row.file_id).first()
            if file and not _is_named(file):
                file.delete()
    return len(held)


def _is_named(file: StoredFile) -> bool:
    """Whether any row names the file; of lists of files it is the line between, which deleting would take along."""
    naming = [field for field in StoredFile._meta.get_fields(include_hidden=True) if field.one_to_many]
    return any(row.related_model._base_manager.filter(**{row.field.name: file}).exists() for row in naming)
