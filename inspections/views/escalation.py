"""Overdue findings and how far each has gone up; the letters that wait for the office, and those it has sent."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.actions.papers import drawn
from campaigns.models import CalendarDay
from cityinit import audit
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.content import DOCX
from cityinit.files import serve
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import sent_before, sent_key, told_in
from inspections import dispatch as rules
from inspections import escalation
from inspections.actions.findings import letters as actions
from inspections.forms.escalation import DropLetterForm, SendLetterForm
from inspections.models import EscalationStep, Finding, OverdueLetter
from units.models import Unit
from units.roles import scope_of

from .finding_lines import lines
from .finding_now import in_sight

Step = EscalationStep.Step
ANSWER_WORKDAYS = 5
TABS = (
    ("", gettext_lazy("全部")),
    (str(Step.LIAISON.value), gettext_lazy("已提醒联络员")),
    (str(Step.HEAD.value), gettext_lazy("已报单位负责人")),
    (str(Step.LEADER.value), gettext_lazy("已报分管领导")),
    (str(Step.LETTER.value), gettext_lazy("督办函")),
)
# What the office writes each time, until it writes something else.
USUAL_DEMAND = gettext_lazy("请立即组织整改，举一反三，防止同类问题再次出现。")


@require_safe
def escalations(request):
    """What is overdue, the longest first, with the step it has come to."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    user, now = request.user, timezone.now()
    overdue = Finding.objects.visible_to(user, of=campaign).overdue(at=now).with_step()
    counts = dict(overdue.order_by().values_list("step").annotate(n=Count("pk", distinct=True)))
    asked = request.GET.get("step", "")
    rows = overdue
    if asked in dict(TABS) and asked:
        rows = overdue.filter(step=int(asked))
    page = Page(request, rows.for_list(), order=("due_at", "pk"), counted=rows)
    # One more query for the page, not one for each row.
    steps = {
        row.finding_id: row
        for row in EscalationStep.objects.current()
        .filter(finding__in=[row["pk"] for row in page.rows])
        .select_related("letter")
        .order_by("step")
    }
    to_read = _letters_to_read(steps.values(), user, campaign)
    calendar = rules.office_calendar()
    shown = [
        line | _stage(steps.get(row["pk"]), to_read) | {"late": _late(row["due_at"], now, calendar)}
        for row, line in zip(page.rows, lines(page.rows, now=now), strict=True)
    ]
    may_send = user.has_perm(actions.PERMISSION, campaign)
    context = {
        "page": page,
        "rows": shown,
        "tabs": [
            {
                "label": label,
                "url": f"?{urlencode({'step': key})}" if key else "?",
                "active": key == asked,
                "count": counts.get(int(key), 0) if key else sum(counts.values()),
            }
            for key, label in TABS
        ],
        "may_send": may_send,
        "waiting": _waiting_by_unit(user, campaign) if may_send else [],
        "sent": OverdueLetter.objects.visible_to(user, of=campaign).for_list()[:8],
    }
    return render_page(request, "inspections/escalations.html", context, fragment="inspections/_escalations.html")


def _letters_to_read(steps, user, campaign):
    """Of the letters that these steps led to, those the person may open."""
    sent = {step.letter_id for step in steps} - {None}
    visible = OverdueLetter.objects.visible_to(user, of=campaign).filter(pk__in=sent)
    return set(visible.values_list("pk", flat=True)) if sent else set()


def _stage(step, to_read):
    """The step, and what has become of it: who was told, or what the office decided."""
    if step is None:
        return {"step": None}
    url = step.letter.get_absolute_url() if step.letter_id in to_read else ""
    return {"step": step, "outcome": step.outcome, "letter_url": url}


def _late(due_at, now, calendar):
    """In working days, as the steps are counted, and in days, as the letter says it."""
    n = escalation.workdays_late(due_at, at=now, calendar=calendar)
    days = max((timezone.localdate(now) - timezone.localdate(due_at)).days, 0)
    words = _("%(n)s个工作日（%(days)s天）") if n else _("不到1个工作日（%(days)s天）")
    return words % {"n": n, "days": days}


def _waiting(user, campaign):
    visible = Finding.objects.visible_to(user, of=campaign)
    return EscalationStep.objects.letters_waiting().filter(finding__in=visible)


def _waiting_by_unit(user, campaign):
    """Each unit about which a letter is due, with how many findings, those overdue the longest first."""
    counted = _waiting(user, campaign).order_by().values("unit").annotate(n=Count("pk"), since=Min("due_at"))
    rows = sorted(counted, key=lambda row: row["since"])
    units = Unit.objects.in_bulk([row["unit"] for row in rows])
    return [
        {
            "unit": units[row["unit"]],
            "n": row["n"],
            "since": row["since"],
            "send_url": f"{address('inspections:overdue_letter_new')}?unit={row['unit']}",
            "drop_url": f"{address('inspections:overdue_letter_drop')}?unit={row['unit']}",
        }
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
def overdue_letter_new(request):
    """The letter to one unit (`?unit=`): which findings, what is demanded, who signs."""
    campaign, unit, waiting = _asked(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = SendLetterForm(
        request.POST or None,
        waiting=waiting,
        offered=_offered(waiting),
        initial=_usual(request.user, campaign),
    )
    # Tapped twice: what it was about waits no more, so it is asked before the form is read.
    if form.is_bound and (there := sent_before(OverdueLetter.objects.of(campaign), sent_key(form))):
        return redirect(there)
    if form.is_valid():
        with told_in(form):
            sent = actions.send_letter(campaign, unit=unit, by=request.user, **form.cleaned_data)
            messages.success(request, _("已印发%(number)s，请下载督办函送达单位。") % {"number": sent.number})
            return redirect(sent)
    context = {
        "form": form,
        "unit": unit,
        "draft_url": f"{address('inspections:overdue_letter_draft')}?unit={unit.pk}",
        "has_rows": bool(form.fields["steps"].choices),
        "cancel_url": address("inspections:escalations"),
    }
    return render(request, "inspections/overdue_letter_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def overdue_letter_drop(request):
    """No letter about these findings of the unit (`?unit=`), and why."""
    campaign, unit, waiting = _asked(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = DropLetterForm(request.POST or None, waiting=waiting, offered=_offered(waiting))
    if form.is_valid():
        with told_in(form):
            n = actions.drop_letters(campaign, unit=unit, by=request.user, **form.cleaned_data)
            messages.success(request, _("已记下：%(n)s个问题不发督办函。") % {"n": n})
            return redirect("inspections:escalations")
    context = {
        "form": form,
        "unit": unit,
        "is_drop": True,
        "has_rows": bool(form.fields["steps"].choices),
        "cancel_url": address("inspections:escalations"),
    }
    return render(request, "inspections/overdue_letter_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def overdue_letter_draft(request):
    """The letter about all that waits of a unit (`?unit=`) as it would be, without a number; nothing is written."""
    campaign, unit, waiting = _asked(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    rows = waiting.select_related("finding__site", "finding__category").order_by("due_at", "pk")
    usual = _usual(request.user, campaign)
    told = actions.tell_of([row.finding for row in rows], campaign=campaign, unit=unit, **usual)
    audit.record(
        _("下载督办函草稿"), by=request.user, subject=f"{campaign} {unit}", address=request.META.get("REMOTE_ADDR")
    )
    response = HttpResponse(drawn(actions.PAPER, told=told), content_type=DOCX)
    response["Content-Disposition"] = content_disposition_header(True, _("%(unit)s-督办函草稿.docx") % {"unit": unit})
    return response


@require_safe
def overdue_letter(request, pk):
    """A letter with what it says of each finding, and how that stands now as far as the person sees it."""
    found = get_object_or_404(OverdueLetter.objects.visible_to(request.user).for_list(), pk=pk)
    findings = {step.finding.number: step.finding for step in found.steps.select_related("finding")}
    seen = in_sight(findings.values(), by=request.user)
    told = [(row, findings.get(row["number"])) for row in found.told["findings"]]
    context = {
        "letter": found,
        "rows": [
            {"told": row, "finding": finding, "is_seen": finding is not None and finding.pk in seen}
            for row, finding in told
        ],
        "facts": [
            (_("文号"), found.number),
            (_("主送单位"), found.unit.name),
            (_("签发人"), found.signer),
            (_("落款单位"), found.signature),
            (_("答复期限"), f"{found.answer_by:%Y-%m-%d}"),
            (_("督办要求"), found.demand),
            (_("经办人"), str(found.sent_by)),
        ],
    }
    return render(request, "inspections/overdue_letter.html", context)


@require_safe
def overdue_letter_file(request, pk):
    """The letter as it was sent; every download stands in the audit trail."""
    found = get_object_or_404(OverdueLetter.objects.visible_to(request.user).for_list(), pk=pk)
    file = actions.draw_letter(found)
    audit.record(_("下载逾期督办函"), by=request.user, subject=found, address=request.META.get("REMOTE_ADDR"))
    return serve(file, request=request)


def _campaign(request):
    # How others stand is for who oversees them all.
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _asked(request):
    """The campaign, the unit named in the address, and what waits for a letter to it."""
    campaign, user = request.campaign, request.user
    if not user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return None, None, None
    units = Unit.objects.of_host(campaign.host.host_id)
    unit = get_object_or_404(units, pk=key_in(request.GET.get("unit", "")))
    return campaign, unit, _waiting(user, campaign).filter(unit=unit)


def _offered(waiting):
    rows = waiting.select_related("finding__site", "finding__category").order_by("due_at", "pk")
    now = timezone.now()
    return [
        (
            row.pk,
            _("%(number)s %(where)s %(category)s（逾期%(n)s天）")
            % {
                "number": row.finding.number,
                "where": row.finding.where,
                "category": row.finding.category,
                "n": escalation.days_late(row.finding, at=now),
            },
        )
        for row in rows
    ]


def _usual(user, campaign):
    """The last letter's hand, and five working days to answer."""
    last = OverdueLetter.objects.of(campaign).order_by("-sent_at", "-pk").first()
    posts = [post for post in scope_of(user).posts if post.host_id == campaign.host.host_id]
    own = Unit.objects.filter(pk__in=[post.unit_id for post in posts]).first()
    return {
        "demand": last.demand if last else str(USUAL_DEMAND),
        "answer_by": CalendarDay.objects.as_calendar().add_workdays(timezone.localdate(), count=ANSWER_WORKDAYS),
        "signer": last.signer if last else "",
        "signature": last.signature if last else str(own.name if own else campaign.host.name),
    }
