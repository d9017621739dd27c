"""Saved filters: the chips above a list, and the page where they are kept."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import filters as actions
from campaigns.forms.filters import SavedFilterForm
from campaigns.models import SavedFilter
from campaigns.models.saved import SHARE, chips
from campaigns.saved import filter_in, filtered_list, may_open
from cityinit.addresses import address
from cityinit.sent import told_in

# More would push the list off the screen; the rest stands on the page of all.
MOST_CHIPS = 12


class SavedFilters:
    """The saved filters of one list for one person, read at once."""

    def __init__(self, request, page):
        self.request, self.page = request, page
        self.rows = chips(request.user, of=request.campaign, page=page)

    @property
    def opening_url(self):
        """Where a list that was opened plainly goes on; nothing where the person wants it plain."""
        # Htmx asks for a piece of the page that is open already.
        if self.request.GET or self.request.htmx:
            return ""
        chosen = next((saved for saved in self.rows if saved.is_default), None)
        return f"{self.request.path}?{chosen.query}" if chosen else ""

    @property
    def chips(self):
        """What components/saved_filters.html draws."""
        now = filter_in(self.request.GET)
        first = {"label": _("全部"), "url": f"{self.request.path}?all=1", "is_active": not now}
        items = [
            {
                "label": saved.name,
                "url": f"{self.request.path}?{saved.query}",
                "is_active": saved.query == now,
                "is_default": saved.is_default,
                "is_shared": saved.audience != SavedFilter.Audience.OWN,
            }
            for saved in self.rows
        ]
        is_saved = any(chip["is_active"] for chip in items)
        return {
            "items": [first, *items[:MOST_CHIPS]] if items else [],
            "save_url": f"{address('campaigns:filter_new')}?{urlencode({'page': self.page, 'query': now})}"
            if now and not is_saved
            else "",
            "manage_url": address("campaigns:filters") if items else "",
        }


@require_safe
def filters(request):
    """Every filter the person sees, the own and the shared ones, with what may be done with each."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    rows = SavedFilter.objects.visible_to(request.user, of=campaign).for_chips(request.user)
    told = []
    for saved in rows.select_related("owner", "campaign__host").order_by("page", "audience", "name", "pk"):
        of_list = filtered_list(saved.page)
        if of_list is None or not may_open(of_list, campaign, by=request.user):
            continue
        told.append(
            {
                "saved": saved,
                "list": of_list.label,
                "url": f"{of_list.url}?{saved.query}",
                "owner": _("我") if saved.owner_id == request.user.pk else str(saved.owner),
                "may_change": actions.may_change(saved, request.user),
            }
        )
    context = {"rows": told, "sees_tasks": request.user.has_perm("campaigns.see_task")}
    return render(request, "campaigns/filters.html", context)


@require_http_methods(["GET", "POST"])
def filter_new(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    of_list = filtered_list(request.GET.get("page", ""))
    query = filter_in(QueryDict(request.GET.get("query", "")))
    if of_list is None:
        raise Http404
    form = SavedFilterForm(request.POST or None, may_share=request.user.has_perm(SHARE, campaign))
    back = f"{of_list.url}?{query}"
    if form.is_valid():
        with told_in(form):
            saved = actions.save_filter(campaign, page=of_list.key, query=query, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存筛选“%(name)s”。") % {"name": saved})
            return redirect(f"{of_list.url}?{saved.query}")
    context = {"form": form, "heading": _("保存筛选"), "cancel_url": back, "list": of_list}
    return render(request, "campaigns/filter_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def filter_edit(request, pk):
    saved = _visible(request, pk)
    if not actions.may_change(saved, request.user):
        raise PermissionDenied
    may_share = request.user.has_perm(SHARE, saved.campaign)
    form = SavedFilterForm(request.POST or None, may_share=may_share, saved=saved)
    if form.is_valid():
        with told_in(form):
            actions.change_filter(saved, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect("campaigns:filters")
    context = {"form": form, "heading": _("修改筛选"), "cancel_url": address("campaigns:filters")}
    context["list"] = filtered_list(saved.page)
    return render(request, "campaigns/filter_form.html", context, status=422 if form.is_bound else 200)


@require_POST
def filter_delete(request, pk):
    saved = _visible(request, pk)
    actions.delete_filter(saved, by=request.user)
    messages.success(request, _("已删除筛选“%(name)s”。") % {"name": saved})
    return redirect("campaigns:filters")


@require_POST
def filter_open_with(request, pk):
    """Let the own list open with it, or, where it does so, plainly again."""
    saved = _visible(request, pk)
    if request.POST.get("plain"):
        actions.open_plain(saved, by=request.user)
        messages.success(request, _("列表恢复打开全部。"))
    else:
        actions.open_with(saved, by=request.user)
        messages.success(request, _("以后打开列表先用“%(name)s”。") % {"name": saved})
    return redirect("campaigns:filters")


def _campaign(request):
    if not (request.user.has_perm("campaigns.see_task") or request.user.has_perm("campaigns.see_register")):
        raise PermissionDenied
    return request.campaign


def _visible(request, pk):
    _campaign(request)
    visible = SavedFilter.objects.visible_to(request.user).select_related("campaign__host")
    return get_object_or_404(visible, pk=pk)
