"""Tables that people bring in: kept and checked by a dry run first, loaded on the person's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit
from .content import Checked
from .files import keep, store
from .loading import CREATED, SKIPPED, UNCHANGED, UPDATED
from .models import Job, StoredFile
from .sent import sent_before
from .workbook import Fault
from .workflow import Refused

# More lines than this nobody reads on a page; the count is told in full.
LINES_KEPT = 500
TALLY = {
    CREATED: gettext_lazy("新增"),
    UPDATED: gettext_lazy("更新"),
    UNCHANGED: gettext_lazy("未变"),
    SKIPPED: gettext_lazy("跳过"),
}


class Upload(models.Model):
    """The file as it came, the job at work on it, what the dry run found and what the load did."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(gettext_lazy("上传时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    # Counts, notes, lines passed over and faults, see `told`.
    check_result = models.JSONField(null=True)
    load_result = models.JSONField(null=True)
    loaded_at = models.DateTimeField(gettext_lazy("导入时间"), null=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self):
        return self.file.name

    @property
    def result(self):
        return self.load_result or self.check_result

    @property
    def is_sound(self):
        return bool(self.check_result) and not self.check_result["fault_count"]

    @property
    def is_loaded(self):
        return self.loaded_at is not None

    @property
    def waits_for_word(self):
        """Whether it is sound and nothing but the person's word is missing."""
        return self.is_sound and not self.is_loaded and not (self.job and (self.job.is_open or self.job.is_failed))

    @property
    def standing(self):
        """Tone and words of how far it is, in one place for badge and page."""
        if self.is_loaded:
            return "green", _("已导入")
        if self.check_result is None:
            return "blue", _("检查中")
        return ("yellow", _("待确认导入")) if self.is_sound else ("red", _("有错误"))

    @property
    def tone(self):
        return self.standing[0]

    def get_state_display(self):
        return self.standing[1]

    def on_disk(self) -> Path:
        """Where the file lies; refused where the disk has lost it."""
        path = Path(settings.MEDIA_ROOT, self.file.path)
        if not path.is_file():
            raise Refused(_("上传的文件在服务器上找不到了，请重新上传。"), self)
        return path


Brought = TypeVar("Brought", bound=Upload)


def receive(
    model: type[Brought],
    checked: Checked,
    *,
    client_key: UUID,
    by: Any,
    begin: Callable[[Brought], None],
    **values: Any,
) -> Brought:
    """Keep the file and `begin` work on it; sent twice by one person, it is stored once.

    Refused where somebody else has sent a form with this key.
    """
    own = model._default_manager.filter(uploaded_by=by)
    if "campaign" in values:
        own = own.filter(campaign=values["campaign"])
    if there := sent_before(own, client_key):
        return there
    kept = keep(checked)
    try:
        with transaction.atomic():
            upload = model._default_manager.create(
                file=store(kept, by=by), uploaded_by=by, client_key=client_key, **values
            )
            begin(upload)
            return upload
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise


class Found(Protocol):
    """What every load, and every dry run, comes back with."""

    notes: list[str]
    skipped: list[str]
    faults: list[Fault]


def told(found: Found, **more: Any) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page."""
    return {
        **more,
        "notes": found.notes[:LINES_KEPT],
        "skipped": found.skipped[:LINES_KEPT],
        "skipped_count": len(found.skipped),
        "fault_count": len(found.faults),
    }


def record(upload: Upload, result: dict[str, Any], *, of: Any, by: Any, label: str) -> None:
    """Keep what the load did, with its line in the audit trail; or what the dry run has come to since.

    Call within the transaction of the load.
    """
    if result["fault_count"]:
        upload.check_result = result
    else:
        upload.load_result, upload.loaded_at = result, timezone.now()
        audit.record(label, by=by, subject=of, detail=result["counts"])
    upload.save(update_fields=["load_result", "loaded_at", "check_result"])


def faults_told(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The faults a page shows, each with its place."""
    return [
        {
            "sheet": fault.sheet,
            "row": fault.row,
            "column": fault.column,
            "value": fault.value,
            "wrong": fault.wrong.rstrip("，"),
            "right": fault.right,
        }
        for fault in faults[:LINES_KEPT]
    ]


def tally(result: Mapping[str, Any] | None) -> list[tuple[str, list[int]]]:
    """The numbers of a load in the order of `TALLY`, by kind of row or by sheet; nothing before the dry run."""
    counts = result["counts"] if result else {}
    return [(kind, [numbers.get(key, 0) for key in TALLY]) for kind, numbers in counts.items()]
