"""What readers say of a report: remarks, instructions, and how they were settled."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityinit.sent import sent_key
from reports import remarks
from reports.forms.section import RemarkForm, SettleForm
from reports.models import Comment

from .report import show_report, visible_report


@require_POST
def remark_new(request, pk):
    found = visible_report(request.user, pk)
    form = RemarkForm(request.POST, report=found)
    if not form.is_valid():
        return show_report(request, found, remark_form=form, status=422)
    remarks.remark(found, by=request.user, **form.cleaned_data | {"client_key": sent_key(form)})
    messages.success(request, _("已提交，创建办会收到提醒。"))
    return redirect(f"{found.get_absolute_url()}#remarks")


@require_POST
def remark_settle(request, pk):
    comment = get_object_or_404(Comment.objects.select_related("report", "by"), pk=pk)
    found = visible_report(request.user, comment.report_id)
    form = SettleForm(request.POST)
    comment.report = found
    answer = form.cleaned_data["answer"] if form.is_valid() else ""
    remarks.settle(comment, by=request.user, answer=answer)
    messages.success(request, _("已处理。"))
    return redirect(f"{found.get_absolute_url()}#remarks")
