"""One unit's sheet: every point with its records, objections to them, and their answers."""

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.registers import REGISTERS
from campaigns.views.buttons import buttons
from cityinit.addresses import address
from cityinit.paging import ListPage
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from reports.appraisals import actions
from reports.appraisals.points import plain
from reports.forms.appraisal import AnswerForm, ObjectionForm
from reports.models import AppraisalSheet, Objection
from reports.workflow import OBJECTION

SEE = "reports.see_appraisal"
MOVES = ("uphold", "dismiss")


@require_safe
def sheet(request, pk):
    found = _visible(request, pk)
    result = found.result
    rules = [rule for rule in result.rules if rule["key"] not in found.by_rule]
    waiting = {one.rule_id: one for one in found.objections.order_by("at", "pk")}
    context = {
        "sheet": found,
        "appraisal": result.appraisal,
        "is_published": result.published_at is not None,
        "facts": _facts(found),
        "total": plain(found.total),
        "sum": _sum(found),
        "place": _place(found),
        "rows": [_row(found, line, waiting.get(line["rule"])) for line in found.lines],
        "others": [rule["said"] for rule in rules],
        "may_object": _may_object(request.user, found),
    }
    return render(request, "reports/sheet.html", context)


@require_safe
def sheet_line(request, pk, rule):
    found = _visible(request, pk)
    return _show_line(request, found, rule)


@require_POST
def objection_new(request, pk, rule):
    found = _visible(request, pk)
    line = _line(found, rule)
    form = ObjectionForm(request.POST, line=line)
    if form.is_valid():
        with told_in(form):
            actions.object_to(found, rule, by=request.user, **form.asked)
            messages.success(request, _("申诉已提交，创建办会收到提醒。"))
            return redirect("reports:sheet_line", found.pk, rule)
    return _show_line(request, found, rule, form=form, status=422)


@require_http_methods(["GET", "POST"])
def objection_move(request, pk, move):
    if move not in MOVES:
        raise Http404
    visible = Objection.objects.visible_to(request.user)
    rows = visible.select_related("sheet__result__appraisal__campaign__host", "sheet__unit", "rule", "by")
    found = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm(actions.PERMISSION, found.sheet.result):
        raise PermissionDenied
    form = AnswerForm(request.POST or None, objection=found)
    if form.is_valid():
        with told_in(form):
            actions.answer(found, move, by=request.user, **form.cleaned_data)
            messages.success(request, _("已答复。成立的申诉在重新计算并公布新版后生效。"))
            return redirect(found)
    context = {
        "form": form,
        "title": OBJECTION.moves[move].label,
        "lead": f"{found.sheet.name}：{found.text}",
        "crumb": found.sheet,
        "cancel_url": found.get_absolute_url(),
        "submit": OBJECTION.moves[move].label,
    }
    return render(request, "reports/appraisal_form.html", context, status=422 if form.is_bound else 200)


def _show_line(request, found, rule, *, form=None, status=200):
    line = _line(found, rule)
    page = ListPage(request, line["occurrences"], size=100)
    may_object = _may_object(request.user, found)
    objections = list(found.objections.filter(rule=rule).select_related("by", "answered_by"))
    is_waiting = any(one.state == Objection.State.OPEN for one in objections)
    titles = {row["key"]: row["title"] for row in line["occurrences"]}
    # Rights are asked of the sheet, which is read already.
    for one in objections:
        one.sheet = found
    if form is None and may_object and not is_waiting:
        form = ObjectionForm(line=line)
    context = {
        "sheet": found,
        "appraisal": found.result.appraisal,
        "line": line,
        "points": signed(line),
        "why": _why(line),
        "page": page,
        "rows": _with_addresses(page.rows, request.user),
        "form": form if may_object else None,
        "ticked": set(form["keys"].value() or []) if form else set(),
        "until": found.result.objections_until and day_in_words(found.result.objections_until),
        "objections": [
            {
                "row": one,
                "about": "、".join(titles.get(key, key) for key in one.keys) or _("整条"),
                "moves": buttons(OBJECTION, one, by=request.user, url_name="reports:objection_move", offered=MOVES),
            }
            for one in objections
        ],
    }
    return render(request, "reports/sheet_line.html", context, status=status)


def _visible(request, pk):
    rows = AppraisalSheet.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("result__appraisal__campaign__host", "unit"), pk=pk)


def _line(found, rule):
    line = found.by_rule.get(rule)
    if line is None:
        raise Http404
    return line


def _may_object(user, found):
    return found.result.takes_objections(on=timezone.localdate()) and user.has_perm(actions.OBJECT, found)


def _facts(found):
    result = found.result
    return [
        (_("考核组"), found.group),
        (_("时段"), result.appraisal.period.span),
        (_("数据截至"), day_in_words(result.as_of)),
        (_("版次"), f"{result.number}（{result.get_state_display()}）"),
        (_("申诉截止"), result.objections_until and day_in_words(result.objections_until)),
    ]


def _place(found):
    if found.place:
        told = {"group": found.group, "place": found.place, "n": found.ranked}
        return _("%(group)s第%(place)s名，共%(n)s个单位") % told
    return _("不排名：%(why)s") % {"why": found.unranked}


def _sum(found):
    """100－10.7＋0.2＝89.5"""
    return _("%(base)s－%(deducted)s＋%(rewarded)s＝%(total)s") % {
        "base": plain(found.base),
        "deducted": plain(found.deducted),
        "rewarded": plain(found.rewarded),
        "total": plain(found.total),
    }


def _row(found, line, objection):
    return {
        "url": address("reports:sheet_line", found.pk, line["rule"]),
        "said": line["said"],
        "words": line["words"],
        "n": len(line["occurrences"]) if line["is_share"] else line["n"],
        "why": _why(line),
        "points": signed(line),
        "deducts": line["deducts"],
        "objection": objection,
    }


def signed(line):
    """－2.5 or ＋1; 0 stays 0."""
    if line["points"] == "0":
        return "0"
    return f"－{line['points']}" if line["deducts"] else f"＋{line['points']}"


def _why(line):
    """How the points came about, in one sentence."""
    if line["struck"]:
        return _("申诉成立，不计分：%(why)s") % {"why": line["struck"]}
    told = [line["note"] or _("%(n)s次") % {"n": line["n"]}]
    if struck := sum(bool(row["struck"]) for row in line["occurrences"]):
        told.append(_("另有%(n)s条申诉成立，不计分") % {"n": struck})
    if line["points"] != line["full"]:
        told.append(_("应计%(full)s分，封顶%(points)s分") % {"full": line["full"], "points": line["points"]})
    return "；".join(told)


def _with_addresses(rows, user):
    """Each record with the address at which the person may open it; empty where that is not theirs to see, or gone."""
    wanted = {}
    for row in rows:
        wanted.setdefault(row["model"], set()).add(row["pk"])
    open_to = {}
    for name, keys in wanted.items():
        model = apps.get_model(name)
        found = model._default_manager.visible_to(user).filter(pk__in=keys)
        slug = next((slug for slug, register in REGISTERS.items() if register.model is model), "")
        for row in found:
            open_to[name, row.pk] = (
                row.get_absolute_url()
                if hasattr(row, "get_absolute_url")
                else address("campaigns:register_row", slug, row.pk)
            )
    return [row | {"url": open_to.get((row["model"], row["pk"]), "")} for row in rows]
