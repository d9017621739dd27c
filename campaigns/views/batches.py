"""A batch: how far it is, and in the end what was done, what was not and why."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.actions.batches import PERMISSIONS
from campaigns.models import Batch
from cityinit.addresses import address
from cityinit.paging import Page

# So many that were late when they were issued are named; all of them are in the list behind the number.
NAMED = 20


@require_safe
def batch(request, pk):
    if not request.user.has_perm(PERMISSIONS[Batch.Act.CHANGE]):
        raise PermissionDenied
    visible = Batch.objects.visible_to(request.user).select_related("job", "campaign__host", "requested_by")
    found = get_object_or_404(visible, pk=pk)
    late = list(found.rows.issued_late().order_by("pk").values_list("task__code", flat=True))
    refused = found.rows.refused().select_related("task__lead_unit")
    context = {
        "batch": found,
        **_work(found, request.user),
        "facts": _facts(found),
        "late": late_in_words(late) if late else "",
        "late_url": f"{_done_url(found)}&due=overdue" if late else "",
        "done_url": _done_url(found) if found.finished_at and found.done_count else "",
        "page": Page(request, refused, order=("pk",)),
    }
    return render(request, "campaigns/batch.html", context)


def _work(found, user):
    """The job for who asked for it; for colleagues what it does, in words."""
    job = found.job
    if found.finished_at or job is None:
        return {}
    if job.is_seen_by(user):
        # Its page is this one.
        job.url = ""
        return {"job": job}
    said = (
        _("%(who)s提交的办理中断了，由提交人重试。")
        if job.is_failed
        else _("后台正在办理，%(how_far)s。办完后通知%(who)s。")
    )
    return {"others": said % {"who": job.requested_by_name, "how_far": found.how_far}}


def _facts(found):
    facts = [(_("选定任务"), _n_of(found.total)), *([(_("改动"), found.said)] if found.said else [])]
    # While the job is at work it says itself how far it is, and what stood here would soon be wrong.
    if found.is_under_way:
        return facts
    done, not_done = (_("已下发"), _("没有下发")) if found.is_issue else (_("已修改"), _("没有修改"))
    return [
        *facts,
        (done, _n_of(found.done_count), _done_url(found) if found.done_count else ""),
        (not_done, _n_of(found.refused_count), "#results" if found.refused_count else ""),
        *([(_("还没办"), _n_of(found.left_count))] if found.left_count else []),
    ]


def _n_of(n):
    return _("%(n)s项") % {"n": n}


def _done_url(found):
    return f"{address('campaigns:tasks')}?batch={found.pk}"


def late_in_words(codes):
    """What the office is told of the tasks, by their codes, that were over their day when they were issued."""
    told = {"n": len(codes), "codes": "、".join(codes[:NAMED])}
    if len(codes) > NAMED:
        return _("其中%(n)s项下发时已过完成时限，单位一收到就是逾期，请核对时限：%(codes)s等") % told
    return _("其中%(n)s项下发时已过完成时限，单位一收到就是逾期，请核对时限：%(codes)s") % told
