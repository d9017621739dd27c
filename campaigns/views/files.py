"""Photos and files of a row: what its page shows of them, and who is served which copy."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.files import serve

VARIANTS = ("shown", "thumb", "original")
ORIGINAL = "inspections.see_photo_position"


def files_of(row, *, url):
    """`photos` and `documents` of a row with `files`; `url` gives the address of a file and a variant."""
    files = list(row.files.all())
    photos = [file for file in files if file.is_photo]
    return {
        "photos": [
            {
                "thumb_url": url(file, "thumb"),
                "full_url": url(file, "shown"),
                # A camera's IMG_1003.jpg says nothing.
                "caption": _("照片%(n)s") % {"n": number},
            }
            for number, file in enumerate(photos, start=1)
        ],
        "documents": [
            {"name": file.name, "size": file.size, "url": url(file, "original")} for file in files if not file.is_photo
        ],
    }


def serve_file(request, stored, variant, *, of):
    """The file of a row the person sees; a photo's original says where it was taken and is the office's alone (403).

    An original photo, and a paper that a browser saves and does not show, is taken out: the trail says so.
    """
    if variant not in VARIANTS:
        raise Http404
    is_original = variant == "original"
    if stored.is_photo and is_original and not request.user.has_perm(ORIGINAL, of):
        raise PermissionDenied(_("照片原件带有拍摄位置，只有创建办和督查人员可以下载。"))
    answer = serve(stored, request=request, variant=variant)
    if is_original and (stored.is_photo or answer["Content-Disposition"].startswith("attachment")):
        audit.record(
            _("下载文件"),
            by=request.user,
            subject=of,
            detail={"file": stored.name},
            address=request.META.get("REMOTE_ADDR"),
        )
    return answer
