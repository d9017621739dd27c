"""The ground's own pages: jobs, the audit trail, health, the components."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from . import audit as trail
from . import queue, showcase
from .files import serve
from .models import AuditEvent, HeldFile, Job, StoredFile
from .paging import Page


@login_not_required
@require_safe
def healthz(request):
    """200 when this process and its database answer; nothing else is told to the outside."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def jobs(request):
    visible = Job.objects.visible_to(request.user)
    state = request.GET.get("state", "")
    found = visible.filter(state=state) if state in Job.State else visible
    tabs = [
        {"label": label, "url": f"?state={value}" if value else "?", "active": value == state}
        for value, label in [("", _("全部")), *Job.State.choices]
    ]
    return render(request, "cityinit/jobs.html", {"page": Page(request, found, order=("-pk",)), "tabs": tabs})


@require_safe
def job(request, pk):
    found = _job(request, pk)
    return render(request, "cityinit/job.html", {"job": found})


@require_safe
def job_fragment(request, pk):
    found = _job(request, pk)
    response = render(request, "components/job.html", {"job": found})
    if request.htmx and not found.is_open:
        # What the job made stands elsewhere on the page that waited for it.
        response["HX-Refresh"] = "true"
    return response


def _job(request, pk):
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    if found.requested_by_id != request.user.pk:
        # An administrator sees how it went; what it made is for who asked for it.
        found.url = ""
    return found


@require_POST
def job_retry(request, pk):
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    queue.retry(found)
    messages.success(request, _("已重新排队。"))
    return redirect("cityinit:job", found.pk)


@require_safe
def audit(request):
    if not request.user.has_perm("units.see_audit"):
        raise PermissionDenied
    page = Page(request, AuditEvent.objects.all(), order=("-pk",))
    for event in page.rows:
        event.told = trail.in_words(event.detail)
    return render(request, "cityinit/audit.html", {"page": page})


@require_safe
def components(request):
    return render(request, "cityinit/components.html", showcase.samples())


@require_safe
def held_file(request, pk):
    """The small copy of a photo that waits for this person's own form; nobody else's."""
    held = HeldFile.objects.filter(held_by_id=request.user.pk, file__kind=StoredFile.Kind.PHOTO).select_related("file")
    return serve(get_object_or_404(held, pk=pk).file, request=request, variant="thumb")
