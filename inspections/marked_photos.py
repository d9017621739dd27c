"""A finding's photo with site, time, place and person written on the copy: what leaves the product.

Drawn anew each time, so that no copy outlives a name that has changed. Where exactly it was taken is never written.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.errors import Missing
from cityinit.watermarks import watermarked
from inspections.models import FindingPhoto
from inspections.photo_trust import taken_at


def marked_copy(photo: FindingPhoto) -> bytes:
    """The copy that is shown as a JPEG with `written_on` at its foot; Missing where the disk has lost it.

    Read the photo `for_marking`. Who asks has seen to it that the person may see the finding.
    """
    path = Path(settings.MEDIA_ROOT, photo.file.shown_path)
    if not photo.file.shown_path or not path.is_file():
        raise Missing(_("“%(name)s”的文件在服务器上找不到了，请联系系统管理员从备份恢复。") % {"name": photo.file.name})
    with path.open("rb") as file:
        return watermarked(file, written_on(photo))


def written_on(photo: FindingPhoto) -> list[str]:
    """Site or place, when, where, who, and of what: the lines of the watermark."""
    finding = photo.finding
    taken = taken_at(photo)
    if taken:
        when = _("%(when)s 拍摄")
    elif photo.phase == FindingPhoto.Phase.BEFORE:
        when = _("%(when)s 发现")
    else:
        when = _("%(when)s 上传")
    moment = taken or (finding.found_at if photo.phase == FindingPhoto.Phase.BEFORE else photo.added_at)
    address = finding.site.address if finding.site else ""
    lines = [
        finding.where or str(finding.category),
        when % {"when": f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"},
        address if address != finding.where else "",
        _("%(person)s 拍摄上传") % {"person": photo.added_by} if photo.added_by else "",
        f"{finding.campaign.short_name or finding.campaign.name} · {finding.number} · {photo.get_phase_display()}",
    ]
    return [line for line in lines if line]
