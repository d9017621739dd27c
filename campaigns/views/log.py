"""The work log: list, entry, form, and the files of an entry."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import presets
from campaigns.actions import log as actions
from campaigns.actions.log import RUNNING
from campaigns.forms.log import EntryForm, LogFilterForm
from campaigns.models import Task, WorkLogEntry
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.models import StoredFile
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit

from .evidence import used
from .files import ORIGINAL, serve_file
from .filters import SavedFilters
from .log_rows import ledger_rows, lines, week_lines

KINDS_OFFERED = 30
# The columns that a workbook's sheet of the log reads go by the same names there.
LEDGER = (
    (gettext_lazy("任务编号"), 10, "text"),
    (gettext_lazy("任务"), 30, "text"),
    (gettext_lazy("日期"), 12, "date"),
    (gettext_lazy("单位"), 20, "text"),
    (gettext_lazy("类别"), 12, "text"),
    (gettext_lazy("内容"), 50, "text"),
    (gettext_lazy("成效数据"), 36, "text"),
    (gettext_lazy("亮点"), 6, "text"),
    (gettext_lazy("常态落实"), 8, "text"),
    (gettext_lazy("附件"), 6, "int"),
    (gettext_lazy("登记人"), 10, "text"),
    (gettext_lazy("登记时间"), 17, "datetime"),
)


@require_safe
def log(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    saved = SavedFilters(request, "log")
    if saved.opening_url:
        return redirect(saved.opening_url)
    form = _filter_form(request)
    found = form.filter(WorkLogEntry.objects.visible_to(user, of=campaign))
    export_url = f"{address('campaigns:log_export')}?{request.GET.urlencode()}"
    shown = found.by_week() if form.is_by_week else found
    page = (WeeksPage if form.is_by_week else Page)(
        request, shown.for_table(), order=("-done_on", "-pk"), counted=found
    )
    weeks = week_lines(found, page.rows, form=form) if form.is_by_week else {}
    context = {
        "form": form,
        "saved": saved.chips,
        "page": page,
        "entries": lines(page.rows, weeks=weeks),
        "may_log": user.has_perm("campaigns.log_work"),
        "export_url": export_url if user.has_perm("campaigns.export", campaign) else "",
    }
    return render_page(request, "campaigns/log.html", context, fragment="campaigns/_log.html")


def _filter_form(request):
    visible = Task.objects.visible_to(request.user, of=request.campaign)
    return LogFilterForm(request.GET, campaign=request.campaign, tasks=visible)


@require_safe
def log_export(request):
    """Every entry that the list counts with the same filter, the oldest first; duty kept by a tap one by one."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    found = _filter_form(request).filter(WorkLogEntry.objects.visible_to(request.user, of=campaign))
    return sheet_response(
        request,
        of=campaign,
        title=_("工作记录"),
        columns=columns_of(LEDGER),
        rows=ledger_rows(found),
        n=found.count(),
    )


class WeeksPage(Page):
    """Entries, of which those kept by a tap are told one line a week; counted are all of them."""

    @property
    def range_text(self):
        return _("本页 %(n)s 行，常态落实一周一行") % {"n": len(self.rows)}


def entry_rows(entries):
    """Entries with what a row shows beside them: quantities in one line, thumbnails, how many files."""
    return [
        {
            "entry": entry,
            "quantities": "；".join(f"{quantity.label}{quantity.text}" for quantity in entry.quantities.all()),
            "photos": _photos(entry),
            "documents": _documents(entry),
            "file_count": len(entry.files.all()),
        }
        for entry in entries
    ]


def _photos(entry):
    photos = (file for file in entry.files.all() if file.is_photo)
    return [
        {
            "thumb_url": _file_url(entry, file, "thumb"),
            "full_url": _file_url(entry, file, "shown"),
            "original_url": _file_url(entry, file, "original"),
            # A camera's IMG_1003.jpg says nothing.
            "caption": _("照片%(n)s") % {"n": number},
        }
        for number, file in enumerate(photos, start=1)
    ]


def _documents(entry):
    return [
        {"name": file.name, "size": file.size, "url": _file_url(entry, file, "original")}
        for file in entry.files.all()
        if not file.is_photo
    ]


def _file_url(entry, file, variant):
    return reverse("campaigns:log_file", args=[entry.pk, file.pk, variant])


@require_safe
def log_entry(request, pk):
    entry = _visible(request.user, pk)
    context = {
        "row": entry_rows([entry])[0],
        "entry": entry,
        "facts": [
            (_("任务"), entry.task, entry.task.get_absolute_url()),
            (_("单位"), entry.unit, entry.unit.get_absolute_url()),
            (_("日期"), entry.done_on),
            (_("类别"), entry.kind),
            (_("登记人"), entry.created_by or _("导入")),
            (_("登记时间"), f"{timezone.localtime(entry.created_at):%Y-%m-%d %H:%M}"),
        ],
        "may_change": actions.change_refusal(entry, request.user) is None,
        "sees_original": request.user.has_perm(ORIGINAL, entry),
        "may_use": bool(entry.files.all()) and request.user.has_perm("campaigns.submit_material", entry),
        "used": used(request.user, "log_entry", entry.pk),
    }
    return render(request, "campaigns/log_entry.html", context)


def _visible(user, pk):
    return get_object_or_404(WorkLogEntry.objects.visible_to(user).for_page(), pk=pk)


@require_http_methods(["GET", "POST"])
def log_new(request, pk):
    user = request.user
    task = get_object_or_404(
        Task.objects.visible_to(user).select_related("campaign__host").prefetch_related("assignments__unit"), pk=pk
    )
    parts = [part for part in task.assignments.all() if user.has_perm("campaigns.log_work", part)]
    if not parts:
        raise Refused(_("您的单位没有承担这项任务，不能登记工作。"), task)
    if task.state not in RUNNING and request.method == "GET":
        raise Refused(_("任务目前是“%(state)s”，不能登记工作。") % {"state": task.get_state_display()}, task)
    units = Unit.objects.filter(pk__in=[part.unit_id for part in parts])
    form = EntryForm(
        request.POST or None, request.FILES or None, campaign=task.campaign, units=units, by=user, target=task.aim
    )
    with holding(form), told_in(form):
        if form.is_valid():
            actions.log_work(task, by=user, **form.cleaned_data)
            messages.success(request, _("已登记。"))
            return redirect(task)
    return _form_page(request, form, task=task, cancel_url=task.get_absolute_url())


@require_http_methods(["GET", "POST"])
def log_edit(request, pk):
    entry = _visible(request.user, pk)
    reason = actions.change_refusal(entry, request.user)
    if request.method == "GET" and reason:
        raise Refused(reason, entry)
    form = EntryForm(
        request.POST or None,
        request.FILES or None,
        campaign=entry.task.campaign,
        units=Unit.objects.none(),
        by=None if reason else request.user,
        target=entry.task.aim,
        entry=entry,
    )
    with holding(form), told_in(form):
        if form.is_valid():
            actions.edit_entry(entry, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(entry)
    return _form_page(request, form, task=entry.task, entry=entry, cancel_url=entry.get_absolute_url())


def _form_page(request, form, *, task, cancel_url, entry=None):
    used = WorkLogEntry.objects.visible_to(request.user, of=task.campaign).kinds()[:KINDS_OFFERED]
    kinds = dict.fromkeys([*used, *presets.LOG_KINDS])
    context = {"form": form, "task": task, "entry": entry, "cancel_url": cancel_url, "kinds": kinds}
    return render(request, "campaigns/log_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def log_delete(request, pk):
    entry = _visible(request.user, pk)
    if reason := actions.change_refusal(entry, request.user):
        raise Refused(reason, entry)
    if request.method == "POST":
        actions.delete_entry(entry, by=request.user)
        messages.success(request, _("工作记录已删除。"))
        return redirect(entry.task)
    return render(request, "campaigns/log_delete.html", {"entry": entry, "row": entry_rows([entry])[0]})


@require_safe
def log_file(request, pk, file_pk, variant):
    """A file of an entry: copies for whoever sees the entry, a photo's original (with its place) for the office."""
    entry = get_object_or_404(
        WorkLogEntry.objects.visible_to(request.user).select_related("unit", "task__campaign__host"), pk=pk
    )
    stored = get_object_or_404(StoredFile.objects.filter(log_entries=entry), pk=file_pk)
    return serve_file(request, stored, variant, of=entry)
