"""The office's own Word file for letters and notices: chosen, and letters drawn in the one they were sent in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Paper
from campaigns.papers import PaperKind
from cityinit import audit, files
from cityinit.documents.filled import Filling, Unfillable, fill
from cityinit.files import Given
from cityinit.models import StoredFile
from cityinit.workflow import Refused


def set_paper(campaign: Campaign, kind: PaperKind, given: Given | None, *, by: Any) -> None:
    """Draw letters of this kind in the office's own Word file from now on, or, with None, as the standard has it again.

    The file was checked by its form. Letters that were sent stay as they are. Refused to who may not send such letters.
    """
    if not by.has_perm(kind.permission, campaign):
        raise Refused(_("您没有更换“%(kind)s”格式的权限。") % {"kind": kind.title}, campaign)
    kept = files.keep(given, of=campaign) if given is not None else None
    with transaction.atomic():
        Campaign.objects.hold(campaign.pk)
        if kept is None:
            Paper.objects.filter(campaign=campaign, kind=kind.slug).delete()
        else:
            values = {"file": files.store(kept, by=by), "changed_by": by}
            Paper.objects.update_or_create(campaign=campaign, kind=kind.slug, defaults=values)
        chosen = kept.name if kept is not None else str(_("标准公文格式"))
        audit.record(_("更换文书格式"), by=by, subject=f"{campaign} {kind.title}", detail={"paper": chosen})


def paper_now(campaign: Campaign, slug: str) -> int | None:
    """The key of the file that letters of this kind are drawn in, for what a letter freezes; None for the standard."""
    return Paper.objects.filter(campaign=campaign, kind=slug).values_list("file", flat=True).first()


def drawn(kind: PaperKind, **values: Any) -> bytes:
    """The letter's .docx, in the paper it froze. Refused, with the fault named, where that cannot be filled."""
    key = values["told"].get("paper")
    if not key:
        return kind.standard(**values)
    return filled_in(StoredFile.objects.get(pk=key), kind.filling(**values))


def filled_in(paper: StoredFile, filling: Filling) -> bytes:
    """The office's own file filled with this. Refused, with the fault named, where it cannot be."""
    try:
        return fill(Path(settings.MEDIA_ROOT, paper.path).read_bytes(), filling)
    except (Unfillable, FileNotFoundError) as fault:
        why = fault if isinstance(fault, Unfillable) else _("模板文件在服务器上找不到了，请联系系统管理员从备份恢复。")
        raise Refused(_("“%(name)s”：%(fault)s") % {"name": paper.name, "fault": why}) from fault
