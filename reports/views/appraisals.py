"""Appraisals: the list, a new one, its ranking, publishing it, and the whole of it as a sheet."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit import audit
from cityinit.addresses import address
from cityinit.documents import xlsx
from cityinit.exports import columns_of, workbook_response
from cityinit.paging import Page
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from reports.appraisals import actions
from reports.appraisals.points import plain
from reports.appraisals.rule_sets import PERMISSION
from reports.forms.appraisal import AppraisalForm, PublishForm
from reports.models import Appraisal, AppraisalResult, AppraisalSheet, Objection, RuleSet
from reports.workflow import RESULT
from units.models import Unit

SEE = "reports.see_appraisal"
RANKING = (
    (gettext_lazy("考核组"), 16, "text"),
    (gettext_lazy("名次"), 8, "int"),
    (gettext_lazy("单位"), 24, "text"),
    (gettext_lazy("得分"), 10, "decimal"),
    (gettext_lazy("基础分"), 10, "decimal"),
    (gettext_lazy("扣分"), 10, "decimal"),
    (gettext_lazy("加分"), 10, "decimal"),
    (gettext_lazy("问题和任务"), 12, "int"),
    (gettext_lazy("不排名的原因"), 28, "text"),
)
LINES = (
    (gettext_lazy("单位"), 24, "text"),
    (gettext_lazy("规则"), 40, "text"),
    (gettext_lazy("扣或加"), 8, "text"),
    (gettext_lazy("次数"), 8, "int"),
    (gettext_lazy("封顶前"), 10, "decimal"),
    (gettext_lazy("计分"), 10, "decimal"),
    (gettext_lazy("说明"), 40, "text"),
)
RECORDS = (
    (gettext_lazy("单位"), 24, "text"),
    (gettext_lazy("规则"), 40, "text"),
    (gettext_lazy("记录"), 40, "text"),
    (gettext_lazy("情况"), 40, "text"),
    (gettext_lazy("分值"), 10, "decimal"),
    (gettext_lazy("申诉成立，不计分"), 24, "text"),
)


@require_safe
def appraisals(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    rows = Appraisal.objects.visible_to(request.user, of=campaign).select_related("rule_set", "job")
    page = Page(request, rows, order=("-last_day", "-pk"))
    shown = AppraisalResult.objects.filter(appraisal__in=[row.pk for row in page.rows])
    published = {result.appraisal_id: result for result in shown.filter(state=AppraisalResult.State.PUBLISHED)}
    may_appraise = request.user.has_perm(PERMISSION, campaign)
    rule_sets = RuleSet.objects.visible_to(request.user, of=campaign)
    objections = Objection.objects.visible_to(request.user, of=campaign).open()
    context = {
        "page": page,
        "rows": [(row, published.get(row.pk)) for row in page.rows],
        "may_appraise": may_appraise,
        "rule_sets": rule_sets,
        "objections": objections.select_related("sheet__result__appraisal", "rule").order_by("at"),
        "has_rules_in_use": any(found.state == RuleSet.State.IN_USE for found in rule_sets),
    }
    return render(request, "reports/appraisals.html", context)


@require_http_methods(["GET", "POST"])
def appraisal_new(request):
    campaign = request.campaign
    if not campaign or not request.user.has_perm(PERMISSION, campaign):
        raise PermissionDenied
    form = AppraisalForm(
        request.POST or None,
        campaign=campaign,
        rule_sets=RuleSet.objects.of(campaign).in_use(),
        units=Unit.objects.of_host(campaign.host.host_id).given_work(),
        on=timezone.localdate(),
    )
    if form.is_valid():
        with told_in(form):
            made = actions.begin_appraisal(by=request.user, **form.cleaned_data)
            messages.success(request, _("已开始计算，完成后在本页显示结果。"))
            return redirect(made)
    context = {
        "form": form,
        "title": _("新的考核"),
        "cancel_url": address("reports:appraisals"),
        "submit": _("开始计算"),
    }
    return render(request, "reports/appraisal_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def appraisal(request, pk):
    found = visible_appraisal(request, pk)
    may_appraise = request.user.has_perm(PERMISSION, found)
    results = list(found.results.select_related("published_by"))
    result = _shown(request, results, may_appraise=may_appraise)
    job = found.job if may_appraise else None
    sheets = AppraisalSheet.objects.visible_to(request.user).filter(result=result).ranking() if result else ()
    context = {
        "appraisal": found,
        "result": result,
        "results": results if may_appraise else (),
        "groups": _by_group(sheets),
        "job": job if job and (job.is_open or job.is_failed) else None,
        "publish_url": _publish_url(found, result, request.user),
        "may_appraise": may_appraise,
        "upheld": actions.waiting_to_be_worked_in(found, results[0] if results else None) if may_appraise else 0,
        "is_preliminary": result is not None and result.as_of < found.last_day,
        "facts": _facts(found, result),
        "export_url": address("reports:appraisal_export", found.pk, result.number) if may_appraise and result else "",
    }
    return render(request, "reports/appraisal.html", context)


@require_POST
def appraisal_work_out(request, pk):
    found = visible_appraisal(request, pk)
    actions.request_working_out(found, by=request.user)
    messages.success(request, _("已开始重新计算，完成后在本页显示。已公布的结果在公布新版之前不变。"))
    return redirect(found)


@require_http_methods(["GET", "POST"])
def appraisal_publish(request, pk, number):
    found = visible_appraisal(request, pk)
    if not request.user.has_perm(PERMISSION, found):
        raise PermissionDenied
    result = get_object_or_404(found.results.select_related("appraisal__campaign__host"), number=number)
    if request.method == "GET":
        RESULT.ask(result, "publish", by=request.user)
    form = PublishForm(request.POST or None, result=result, on=timezone.localdate())
    if form.is_valid():
        with told_in(form):
            actions.publish(result, by=request.user, **form.cleaned_data)
            messages.success(request, _("已公布，各单位可以看到自己的明细。"))
            return redirect(found)
    context = {
        "form": form,
        "title": _("公布%(result)s") % {"result": result},
        "crumb": found,
        "cancel_url": found.get_absolute_url(),
        "submit": _("公布"),
    }
    return render(request, "reports/appraisal_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def appraisal_export(request, pk, number):
    """The ranking, the lines and the records of a result, numbers as numbers."""
    found = visible_appraisal(request, pk)
    if not request.user.has_perm(PERMISSION, found):
        raise PermissionDenied
    result = get_object_or_404(found.results, number=number)
    ranked = sorted(result.sheets.ranking(), key=lambda sheet: (not sheet.group, sheet.group))
    ranking = [
        [
            *(sheet.group, sheet.place, sheet.name, sheet.total, sheet.base, sheet.deducted, sheet.rewarded),
            *(sheet.items, sheet.unranked),
        ]
        for sheet in ranked
    ]
    told = {"version": number}
    where = request.META.get("REMOTE_ADDR")
    audit.record(_("导出台账"), by=request.user, subject=result, address=where, detail=told)
    sheets = [
        xlsx.Sheet(_("排名"), columns_of(RANKING), ranking),
        xlsx.Sheet(_("扣分加分"), columns_of(LINES), _line_rows(result)),
        xlsx.Sheet(_("依据的记录"), columns_of(RECORDS), _record_rows(result)),
    ]
    return workbook_response(sheets, name=f"{result}-{timezone.localdate()}.xlsx")


def _line_rows(result):
    for sheet in result.sheets.order_by("position", "pk").iterator(chunk_size=100):
        for line in sheet.lines:
            sign = _("扣") if line["deducts"] else _("加")
            note = line["note"] or (_("申诉成立，不计分：%(why)s") % {"why": line["struck"]} if line["struck"] else "")
            full, points = float(line["full"]), float(line["points"])
            yield [sheet.name, line["said"], sign, line["n"], full, points, note]


def _record_rows(result):
    for sheet in result.sheets.order_by("position", "pk").iterator(chunk_size=100):
        for line in sheet.lines:
            for row in line["occurrences"]:
                points = None if line["is_share"] else float(row["points"])
                yield [sheet.name, line["said"], row["title"], row["note"], points, row["struck"]]


def visible_appraisal(request, pk):
    rows = Appraisal.objects.visible_to(request.user).select_related("campaign__host", "rule_set", "job")
    return get_object_or_404(rows, pk=pk)


def _campaign(request):
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    return request.campaign


def _shown(request, results, *, may_appraise):
    """The version that was asked for, else to the office the last, to everybody else the published one."""
    seen = results if may_appraise else [one for one in results if one.published_at]
    asked = request.GET.get("v", "")
    chosen = next((one for one in seen if str(one.number) == asked), None)
    standing = next((one for one in seen if one.state == AppraisalResult.State.PUBLISHED), None)
    return chosen or (next(iter(seen), None) if may_appraise else standing)


def _publish_url(found, result, user):
    """Where the version on the page is published; empty where it cannot be."""
    if result is None:
        return ""
    # Asked of the appraisal that is read already.
    result.appraisal = found
    open_now = RESULT.refusal(result, "publish", user) is None
    return address("reports:appraisal_publish", found.pk, result.number) if open_now else ""


def _by_group(sheets):
    """[(group, rows)], the groups in the order of the host's units; those without a group by themselves, last."""
    groups = {}
    for sheet in sheets:
        groups.setdefault(sheet.group, []).append(sheet)
    order = sorted(groups, key=lambda group: (not group, min(sheet.position for sheet in groups[group])))
    return [(group or _("没有考核组，不排名"), [_row(sheet) for sheet in groups[group]]) for group in order]


def _row(sheet):
    return {
        "sheet": sheet,
        "place": sheet.place,
        "total": plain(sheet.total),
        "deducted": plain(sheet.deducted),
        "rewarded": plain(sheet.rewarded),
        "of": _("第%(place)s名，共%(n)s个单位") % {"place": sheet.place, "n": sheet.ranked} if sheet.place else "",
    }


def _facts(found, result):
    told = [
        (_("考核细则"), str(found.rule_set), found.rule_set.get_absolute_url()),
        (_("时段"), found.period.span),
    ]
    if result is None:
        return told
    return [
        *told,
        (_("版次"), result.number),
        (_("数据截至"), day_in_words(result.as_of)),
        (_("计算时间"), timezone.localtime(result.worked_out_at).strftime("%Y-%m-%d %H:%M")),
        (_("公布时间"), result.published_at and timezone.localtime(result.published_at).strftime("%Y-%m-%d %H:%M")),
        (_("申诉截止"), result.objections_until and day_in_words(result.objections_until)),
        (_("公布说明"), result.note),
        (_("排名条件"), _("同一考核组，名下问题和任务合计至少%(n)s项") % {"n": found.rule_set.least}),
        (_("免考核单位"), "、".join(map(str, found.exempt.all()))),
        (_("校验值"), result.hash[:16]),
    ]
