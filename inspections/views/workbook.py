"""Importing a workbook: upload, dry run first, then the load; the template to download."""

import uuid

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.content import XLSX, check_workbook
from cityinit.sent import sent_key, told_in
from cityinit.uploads import TALLY, tally

from ..actions import workbooks
from ..models import WorkbookLoad
from ..template import draw_template

SHOWN = 20


class WorkbookForm(forms.Form):
    """One .xlsx, checked for what it really is; cleans to a `content.Checked`."""

    file = forms.FileField(
        label=_("工作簿"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_("一个 .xlsx 文件。上传后先检查，不会马上写入。"),
        error_messages={"required": _("请选择要导入的 .xlsx 文件。"), "empty": _("这个文件是空的，请重新选择。")},
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_file(self):
        return check_workbook(self.cleaned_data["file"])

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


@require_http_methods(["GET", "POST"])
def workbook(request):
    _ask_right(request)
    form = WorkbookForm(request.POST or None, request.FILES or None, initial={"client_key": uuid.uuid4()})
    if form.is_valid():
        with told_in(form):
            load = workbooks.receive_workbook(
                form.cleaned_data["file"], client_key=form.cleaned_data["client_key"], by=request.user
            )
            return redirect(load)
    recent = WorkbookLoad.objects.visible_to(request.user).select_related("file")[:SHOWN]
    return render(request, "inspections/workbook.html", {"form": form, "recent": recent})


@require_safe
def workbook_load(request, pk):
    load = get_object_or_404(WorkbookLoad.objects.visible_to(request.user).select_related("file", "job"), pk=pk)
    context = {
        "load": load,
        "tally": tally(load.result),
        "tally_heads": TALLY.values(),
    }
    return render(request, "inspections/workbook_load.html", context)


@require_POST
def workbook_confirm(request, pk):
    _ask_right(request)
    load = get_object_or_404(WorkbookLoad.objects.visible_to(request.user), pk=pk)
    workbooks.start_load(load, by=request.user)
    return redirect(load)


@require_safe
def workbook_template(request):
    _ask_right(request)
    response = HttpResponse(draw_template(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, str(_("创城台账导入模板.xlsx")))
    return response


def _ask_right(request):
    if not request.user.has_perm("campaigns.load_workbook"):
        raise PermissionDenied
