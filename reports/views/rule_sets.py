"""The rules of appraisals: one version to read and, while a draft, to edit; and what is done with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.tasks import SeenStateForm
from campaigns.views.buttons import buttons
from cityinit.addresses import address
from cityinit.sent import told_in
from cityinit.workflow import Refused
from reports.appraisals import rule_sets as actions
from reports.appraisals.kinds import KINDS, said
from reports.appraisals.points import plain
from reports.forms.appraisal import NewRuleSetForm, RuleForm, RuleSetForm
from reports.models import AppraisalRule, RuleSet
from reports.workflow import RULE_SET

ACTIONS = {"adopt": actions.adopt, "retire": actions.retire}
DONE = {"adopt": gettext_lazy("已启用，可以按它考核了。"), "retire": gettext_lazy("已停用。")}


@require_safe
def rule_set(request, pk):
    found = _visible(request, pk)
    may_change = request.user.has_perm(actions.PERMISSION, found)
    rules = list(found.rules.all())
    context = {
        "rule_set": found,
        "facts": [
            (_("基础分"), plain(found.base)),
            (_("加分合计最多"), plain(found.reward_cap) if found.reward_cap is not None else _("不封顶")),
            (_("排名条件"), _("同一考核组，名下问题和任务合计至少%(n)s项") % {"n": found.least}),
            (_("下级单位"), _("计入上级单位") if found.with_below else _("各算各的")),
            (_("启用日期"), found.adopted_on),
            (_("说明"), found.note),
        ],
        "groups": [
            (label, [_told(rule) for rule in rules if KINDS[rule.kind].deducts == deducts])
            for label, deducts in ((_("扣分"), True), (_("加分"), False))
        ],
        "moves": buttons(RULE_SET, found, by=request.user, url_name="reports:rule_set_move", offered=ACTIONS),
        "may_revise": may_change and not found.is_draft,
        "may_edit": may_change and found.is_draft,
        "events": found.events.select_related("by").order_by("-at", "-pk") if may_change else (),
    }
    return render(request, "reports/rule_set.html", context)


@require_http_methods(["GET", "POST"])
def rule_set_new(request):
    campaign = request.campaign
    if not campaign or not request.user.has_perm(actions.PERMISSION, campaign):
        raise PermissionDenied
    form = NewRuleSetForm(request.POST or None, instance=RuleSet(campaign=campaign))
    if form.is_valid():
        with told_in(form):
            made = actions.add_rule_set(campaign, by=request.user, **form.written)
            messages.success(request, _("已新建草稿。请逐条核对，改好后启用。"))
            return redirect(made)
    return _render_form(request, form, title=_("新建考核细则"), cancel_url=address("reports:appraisals"))


@require_http_methods(["GET", "POST"])
def rule_set_edit(request, pk):
    found = _changeable(request, pk)
    form = RuleSetForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            actions.change_rule_set(found, by=request.user, **form.changed)
            messages.success(request, _("已保存。"))
            return redirect(found)
    return _render_form(request, form, title=_("修改考核细则"), crumb=found, cancel_url=found.get_absolute_url())


@require_POST
def rule_set_move(request, pk, move):
    found = _visible(request, pk)
    if move not in ACTIONS:
        raise Http404
    _ask_change(request, found)
    form = SeenStateForm(request.POST, row=found)
    form.is_valid()
    ACTIONS[move](found, by=request.user, **form.cleaned_data)
    messages.success(request, DONE[move])
    return redirect(found)


@require_POST
def rule_set_revise(request, pk):
    found = _visible(request, pk)
    _ask_change(request, found)
    made = actions.revise(found, by=request.user)
    messages.success(request, _("这是修订用的草稿，改好后启用，原来的一版随之停用。"))
    return redirect(made)


@require_POST
def rule_set_discard(request, pk):
    found = _visible(request, pk)
    _ask_change(request, found)
    actions.discard(found, by=request.user)
    messages.success(request, _("已删除“%(rules)s”的草稿。") % {"rules": found})
    return redirect("reports:appraisals")


# Rules ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def rule_new(request, pk):
    found = _changeable(request, pk)
    form = RuleForm(request.POST or None, instance=AppraisalRule(rule_set=found))
    if form.is_valid():
        with told_in(form):
            actions.add_rule(found, by=request.user, **form.written)
            messages.success(request, _("已新增。"))
            return redirect(found)
    return _render_rule(request, form, found, title=_("新增规则"))


@require_http_methods(["GET", "POST"])
def rule_edit(request, pk):
    rule = _rule(request, pk)
    form = RuleForm(request.POST or None, instance=rule)
    if form.is_valid():
        with told_in(form):
            actions.change_rule(rule, by=request.user, **form.changed)
            messages.success(request, _("已保存。"))
            return redirect(f"{rule.rule_set.get_absolute_url()}#rule-{rule.pk}")
    return _render_rule(request, form, rule.rule_set, title=_("修改规则"))


@require_POST
def rule_remove(request, pk):
    rule = _rule(request, pk)
    actions.remove_rule(rule, by=request.user)
    messages.success(request, _("已删除规则“%(rule)s”。") % {"rule": rule})
    return redirect(rule.rule_set)


def _told(rule):
    return {"pk": rule.pk, "label": str(rule), "said": said(rule), "words": rule.words, "is_on": rule.is_on}


def _visible(request, pk):
    rows = RuleSet.objects.visible_to(request.user).select_related("campaign__host")
    return get_object_or_404(rows, pk=pk)


def _changeable(request, pk):
    found = _visible(request, pk)
    _ask_change(request, found)
    if not found.is_draft and request.method == "GET":
        raise Refused(_("使用中和已停用的细则不能改。要改请点“修订”。"), found)
    return found


def _rule(request, pk):
    visible = RuleSet.objects.visible_to(request.user)
    rows = AppraisalRule.objects.filter(rule_set__in=visible).select_related("rule_set__campaign__host")
    rule = get_object_or_404(rows, pk=pk)
    _ask_change(request, rule.rule_set)
    if not rule.rule_set.is_draft and request.method == "GET":
        raise Refused(_("使用中和已停用的细则不能改。要改请点“修订”。"), rule.rule_set)
    return rule


def _ask_change(request, found):
    if not request.user.has_perm(actions.PERMISSION, found):
        raise PermissionDenied


def _render_rule(request, form, found, *, title):
    context = {
        "kinds": [
            (AppraisalRule.Kind(kind).label, _("扣分") if asks.deducts else _("加分"), asks.told)
            for kind, asks in KINDS.items()
        ]
    }
    return _render_form(request, form, title=title, crumb=found, cancel_url=found.get_absolute_url(), **context)


def _render_form(request, form, *, title, cancel_url, crumb=None, **more):
    context = {"form": form, "title": title, "crumb": crumb, "cancel_url": cancel_url} | more
    return render(request, "reports/appraisal_form.html", context, status=422 if form.is_bound else 200)
