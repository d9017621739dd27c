"""整改通知书: those there are, new ones for what the list of findings shows, one of them, a batch and its zip."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import CalendarDay
from cityinit import audit
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.errors import Missing
from cityinit.files import serve
from cityinit.paging import Page
from cityinit.sent import sent_before, sent_key, told_in
from inspections.actions import rectification_notices as actions
from inspections.forms.rectification_notices import NoticesForm
from inspections.models import Finding, NoticeBatch, NoticeLine, RectificationNotice
from units.models import Unit
from units.roles import scope_of

from .finding_now import in_sight
from .findings import filter_form

ANSWER_WORKDAYS = 5
MOST_TICKED = 1_000


@require_safe
def rectification_notices(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("inspections.see_finding"):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    rows = RectificationNotice.objects.visible_to(user, of=campaign)
    may_issue = user.has_perm(actions.PERMISSION, campaign)
    context = {
        "page": Page(request, rows.for_list(), order=("-pk",), size=50, counted=rows),
        "may_issue": may_issue,
        "new_url": f"{address('inspections:findings')}?state=with_unit",
    }
    return render(request, "inspections/rectification_notices.html", context)


@require_http_methods(["GET", "POST"])
def rectification_notice_new(request):
    """For the findings of the list with the same filter, or for those of them that are ticked."""
    user, campaign = request.user, request.campaign
    if not user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    if "filter" in request.POST:
        return redirect(f"{request.path}?{_asked(request.POST)}")
    narrowed = filter_form(request, request.GET)
    chosen = narrowed.filter(Finding.objects.visible_to(user, of=campaign), now=timezone.now())
    if ticked := request.GET.getlist("finding"):
        chosen = chosen.filter(pk__in=list(filter(None, map(key_in, ticked[:MOST_TICKED]))))
    led = chosen.with_unit_now()
    counts = _counts(led)
    noticed = sum(count.noticed for count in counts.values())
    units = Unit.objects.filter(pk__in=counts).order_by("position", "pk")
    form = NoticesForm(
        request.POST or None,
        units=units,
        offered=[(unit.pk, counts[unit.pk].beside(unit)) for unit in units],
        fresh={key for key, count in counts.items() if count.n > count.noticed},
        initial=_usual(user, campaign, led),
    )
    # Sent twice: what it was about has been told by now, so it is asked before the form is read.
    if form.is_bound and (there := sent_before(NoticeBatch.objects.of(campaign), sent_key(form))):
        return redirect(there)
    if form.is_valid():
        with told_in(form):
            batch = actions.issue_notices(campaign, led, by=user, query=request.GET.urlencode(), **form.cleaned_data)
            messages.success(request, _("已印发%(n)s份整改通知书。") % {"n": batch.notices.count()})
            return redirect(batch)
    back = _without_ticks(request.GET)
    context = {
        "form": form,
        "faults": narrowed.faults,
        "count": sum(count.n for count in counts.values()),
        "unit_count": len(counts),
        "noticed": noticed,
        "left_out": _left_out(chosen),
        "cancel_url": f"{address('inspections:findings')}?{back}",
    }
    page = "inspections/rectification_notice_form.html"
    return render(request, page, context, status=422 if form.is_bound else 200)


@require_safe
def rectification_notice(request, pk):
    """A notice with what it named, and how that stands now as far as the person sees it."""
    found = _visible(request.user, pk)
    lines = NoticeLine.objects.filter(notice=found).select_related("finding__lead_unit")
    page = Page(request, lines, order=("position", "pk"))
    seen = in_sight([line.finding for line in page.rows], by=request.user)
    context = {
        "notice": found,
        "facts": [
            (_("文号"), found.number),
            (_("主送单位"), str(found.unit)),
            (_("印发时间"), f"{timezone.localtime(found.batch.issued_at):%Y-%m-%d %H:%M}"),
            (_("印发人"), str(found.batch.issued_by)),
            (_("落款单位"), found.told["signature"]),
            (_("反馈期限"), str(found.answer_by)),
            (_("签收"), _("%(n)s/%(all)s个") % {"n": found.acknowledged_count, "all": found.finding_count}),
        ],
        "page": page,
        "lines": [_with_present(line, found, is_seen=line.finding_id in seen) for line in page.rows],
        "may_issue": request.user.has_perm(actions.PERMISSION, found.campaign),
    }
    return render(request, "inspections/rectification_notice.html", context)


@require_safe
def rectification_notice_file(request, pk):
    """The notice as it was issued; every download stands in the audit trail."""
    found = _visible(request.user, pk)
    answer = serve(actions.draw_letter(found), request=request)
    _tell_trail(request, _("下载整改通知书"), found)
    return answer


@require_safe
def notice_batch(request, pk):
    found = _batch(request.user, pk)
    rows = RectificationNotice.objects.visible_to(request.user, of=found.campaign).filter(batch=found)
    context = {
        "batch": found,
        "page": Page(request, rows.for_list(), order=("pk",), size=200, counted=rows),
        "from_url": f"{address('inspections:findings')}?{_without_ticks(QueryDict(found.query))}",
        "may_pack": not found.file and not (found.job and (found.job.is_open or found.job.is_failed)),
    }
    return render(request, "inspections/notice_batch.html", context)


@require_safe
def notice_batch_file(request, pk):
    """The zip, once the right is asked again."""
    found = _batch(request.user, pk)
    if not request.user.has_perm(actions.PERMISSION, found):
        raise PermissionDenied
    if found.file is None:
        raise Missing(_("这一批通知书还没有打包好，或者已过期清理。请在本批页面重新打包。"))
    answer = serve(found.file, request=request)
    _tell_trail(request, _("下载整改通知书"), found)
    return answer


@require_POST
def notice_batch_pack(request, pk):
    found = _batch(request.user, pk)
    actions.pack_again(found, by=request.user)
    return redirect(found)


def _with_present(line, notice, *, is_seen):
    """What the notice said, whether the person sees the finding still, and to whom it was given since."""
    lead = line.finding.lead_unit
    is_own = lead is not None and lead.pk in (notice.unit_id, notice.unit.merged_into_id)
    return {"line": line, "is_seen": is_seen, "given_to": "" if is_own else str(lead or "")}


def _visible(user, pk):
    visible = RectificationNotice.objects.visible_to(user).for_list().select_related("campaign__host")
    return get_object_or_404(visible, pk=pk)


def _batch(user, pk):
    visible = NoticeBatch.objects.visible_to(user).select_related("campaign__host", "issued_by", "job", "file")
    return get_object_or_404(visible, pk=pk)


@dataclass
class _Count:
    """Of one unit: what it has to act on, how much of that a notice has told it before, and the notices' numbers."""

    n: int = 0
    noticed: int = 0
    numbers: list[str] = field(default_factory=list)

    def beside(self, unit):
        told = {"unit": unit, "n": self.n, "noticed": self.noticed, "numbers": "、".join(self.numbers)}
        if self.numbers and self.noticed == self.n:
            return _("%(unit)s（%(n)s个，都已在%(numbers)s中印发）") % told
        if self.numbers:
            return _("%(unit)s（%(n)s个，其中%(noticed)s个已在%(numbers)s中印发）") % told
        return _("%(unit)s（%(n)s个）") % told


def _counts(led):
    rows = led.with_notice().order_by().values_list("lead_unit", "noticed_in").annotate(n=Count("pk"))
    counts = defaultdict(_Count)
    for unit, number, n in sorted(rows, key=lambda row: (row[0], row[1] or "")):
        counts[unit].n += n
        if number:
            counts[unit].noticed += n
            counts[unit].numbers.append(number)
    return counts


def _usual(user, campaign, led):
    """What an office writes each time: the last notice's hand, and the last of the days the findings are due.

    Not a day later, which would give more time than each of them has; where all are overdue it is today.
    """
    last = RectificationNotice.objects.of(campaign).order_by("-pk").first()
    posts = [post for post in scope_of(user).posts if post.host_id == campaign.host.host_id]
    own = Unit.objects.filter(pk__in=[post.unit_id for post in posts]).first()
    due = led.aggregate(last=Max("due_at"))["last"]
    today = timezone.localdate()
    soon = CalendarDay.objects.as_calendar().add_workdays(today, count=ANSWER_WORKDAYS)
    usual = _("对照附件逐项制定整改措施，明确责任人，立即整改，举一反三，防止反弹。")
    return {
        "requirement": last.told["requirement"] if last else usual,
        "answer_by": max(timezone.localdate(due), today) if due else soon,
        "signature": last.told["signature"] if last else str(own.name if own else campaign.host.name),
        "contact": last.told["contact"] if last else "",
    }


def _left_out(chosen):
    """The findings of the list that no notice names, by what they are."""
    others = chosen.exclude(state__in=Finding.UNIT_STATES).order_by().values_list("state").annotate(n=Count("pk"))
    names = dict(Finding.State.choices)
    return "、".join(
        _("%(state)s%(n)s个") % {"state": names[state], "n": n}
        for state, n in sorted(others, key=lambda pair: list(names).index(pair[0]))
    )


def _asked(ticks):
    """What the list of findings sent: all of its filter, or those of it that are ticked; without a tick all."""
    asked = QueryDict(ticks["filter"]).copy()
    asked.setlist("finding", [] if ticks.get("all") else ticks.getlist("finding"))
    return asked.urlencode()


def _without_ticks(asked):
    kept = asked.copy()
    kept.pop("finding", None)
    return kept.urlencode()


def _tell_trail(request, action, subject):
    audit.record(action, by=request.user, subject=subject, address=request.META.get("REMOTE_ADDR"))
