"""What a person was told."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cityinit.htmx import render_page
from cityinit.paging import Page
from units import actions
from units.models import Notice


@require_safe
def notices(request):
    page = Page(request, Notice.objects.visible_to(request.user), order=("-pk",))
    return render_page(request, "units/notices.html", {"page": page})


@require_safe
def notice(request, pk):
    """Go to what the notice is about; following it is having read it."""
    found = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    actions.mark_read(Notice.objects.filter(pk=found.pk))
    is_ours = url_has_allowed_host_and_scheme(found.url, allowed_hosts=None)
    return redirect(found.url if is_ours else "units:notices")


@require_POST
def notice_read(request, pk):
    found = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    actions.mark_read(Notice.objects.filter(pk=found.pk))
    return redirect("units:notices")


@require_POST
def notices_read(request):
    read = actions.mark_read(Notice.objects.visible_to(request.user))
    messages.success(request, _("已将%(n)s条通知标为已读。") % {"n": read})
    return redirect("units:notices")
