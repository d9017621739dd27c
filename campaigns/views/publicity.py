"""Checks of a position of publicity, on the position's own page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions import publicity as actions
from campaigns.forms.publicity import CheckForm
from campaigns.models import Publicity
from cityinit.sent import told_in

HISTORY = 20


def checks_of(row, *, by):
    """What a position's page shows of its checks, with the way to the next one."""
    may = by.has_perm("campaigns.check_publicity", row) and not row.removed_on
    return {
        "checks": row.checks.select_related("created_by")[:HISTORY],
        "check_url": reverse("campaigns:publicity_check", args=[row.pk]) if may else "",
    }


@require_http_methods(["GET", "POST"])
def publicity_check(request, pk):
    rows = Publicity.objects.visible_to(request.user).select_related("campaign__host", "unit")
    row = get_object_or_404(rows, pk=pk)
    url = reverse("campaigns:register_row", args=["publicity", row.pk])
    if not request.user.has_perm("campaigns.check_publicity", row):
        raise PermissionDenied(_("您在这里没有检查宣传阵地的权限。"))
    form = CheckForm(request.POST or None)
    if form.is_valid():
        with told_in(form):
            actions.check_publicity(row, by=request.user, url=url, **form.cleaned_data)
            messages.success(request, _("已记录检查情况。"))
            return redirect(url)
    context = {"form": form, "row": row, "url": url}
    return render(request, "campaigns/publicity_check.html", context, status=422 if form.is_bound else 200)
