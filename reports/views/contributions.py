"""One unit's summary: read with the way back of every number, written paragraph by paragraph, moved on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.views.buttons import buttons
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from reports import contributions as actions
from reports.forms.call import ContributionForm, ReasonForm
from reports.models import Contribution
from reports.records import figure_of, rows_of
from reports.workflow import CONTRIBUTION

from .prose import blocks

RECORDS_A_PAGE = 100
OFFERED = ("take_back", "accept", "return_to_unit", "excuse", "ask_again")
# What the office does with one of many: the next that waits comes after it.
JUDGED = ("accept", "return_to_unit")
EVENT_TONES = {
    "submit": "blue",
    "accept": "green",
    "return_to_unit": "orange",
    "nudge": "orange",
    "remind": "yellow",
    "take_back": "neutral",
}


@require_safe
def contribution(request, pk):
    user, found = request.user, visible_contribution(request.user, pk)
    base = reverse("reports:contribution_records", args=[found.pk])
    paragraphs = [
        {
            "heading": row.heading,
            "blocks": blocks(
                row.text,
                [link for link in row.links if link["figure"]],
                [link for link in row.links if not link["figure"]],
                base=base,
            ),
            "unknown": len(row.unknown),
        }
        for row in found.paragraphs.exclude(text="")
    ]
    may_write = found.call.is_open and found.is_with_unit and user.has_perm(actions.WRITE, found)
    context = {
        "contribution": found,
        "paragraphs": paragraphs,
        "write_url": reverse("reports:contribution_write", args=[found.pk]) if may_write else "",
        "moves": buttons(CONTRIBUTION, found, by=user, url_name="reports:contribution_move", offered=OFFERED),
        "next_url": _next(found, by=user) if user.has_perm("reports.call_units", found) else "",
        "facts": _facts(found),
        "events": _timeline(found),
    }
    return render(request, "reports/contribution.html", context)


@require_http_methods(["GET", "POST"])
def contribution_write(request, pk):
    """The unit's paragraphs: saved, drafted anew, or handed in, always with what was typed."""
    user, found = request.user, visible_contribution(request.user, pk)
    if not user.has_perm(actions.WRITE, found):
        raise PermissionDenied
    if not (found.call.is_open and found.is_with_unit):
        return redirect(found)
    rows = list(found.paragraphs.all())
    form = ContributionForm(request.POST or None, contribution=found, rows=rows, seen=actions.text_mark(found))
    if form.is_valid():
        with told_in(form):
            return redirect(_written(request, found, form))
    context = {
        "contribution": found,
        "form": form,
        "paragraphs": form.paragraphs(),
        "facts": _facts(found),
        "events": _timeline(found),
    }
    return render(request, "reports/contribution_write.html", context, status=422 if form.is_bound else 200)


def _written(request, found, form):
    """Do what the button that was pressed says; gives where to go on."""
    how = {"by": request.user, "texts": form.texts, "seen": form.cleaned_data["seen"]}
    here = reverse("reports:contribution_write", args=[found.pk])
    if "submit" in request.POST:
        actions.submit(found, **how, seen_state=form.cleaned_data["seen_state"])
        messages.success(request, _("已报送，创建办会收到提醒。"))
        return found.get_absolute_url()
    if form.rows:
        actions.save(found, **how)
    if "redraft" in request.POST:
        key = request.POST["redraft"]
        actions.redraft(found, by=request.user, keys=[key] if key else [])
        messages.success(
            request,
            _("已按最新记录重新生成；改写过的段落没有动，可逐段采用新草稿。") if not key else _("已采用新草稿。"),
        )
    else:
        messages.success(request, _("已保存。写好后请点“报送”。"))
    return here


@require_safe
def contribution_records(request, pk):
    """The records behind one number of a unit's summary."""
    found = visible_contribution(request.user, pk)
    key = request.GET.get("figure", "")
    figure = figure_of(found, key)
    if figure is None:
        raise Http404
    place = request.GET.get("from", "0")
    first = int(place) if place.isdecimal() and len(place) < 9 else 0
    last = first + RECORDS_A_PAGE
    here = reverse("reports:contribution_records", args=[pk])
    context = {
        "contribution": found,
        "figure": figure,
        "total": len(figure.pks),
        "rows": rows_of(figure, user=request.user, first=first, last=last),
        "previous_url": f"{here}?{urlencode({'figure': key, 'from': max(first - RECORDS_A_PAGE, 0)})}" if first else "",
        "next_url": f"{here}?{urlencode({'figure': key, 'from': last})}" if last < len(figure.pks) else "",
    }
    return render(request, "reports/contribution_records.html", context)


@require_http_methods(["GET", "POST"])
def contribution_move(request, pk, move):
    if move not in OFFERED:
        raise Http404
    found = visible_contribution(request.user, pk)
    following = _next(found, by=request.user) if move in JUDGED else ""
    if not CONTRIBUTION.moves[move].gives:
        if request.method == "POST":
            actions.move(found, move, by=request.user, seen_state=request.POST.get("seen_state", ""))
            _say(request, found, following)
        return redirect(following or found)
    CONTRIBUTION.ask(found, move, by=request.user)
    form = ReasonForm(request.POST or None, initial={"seen_state": found.state})
    if form.is_valid():
        actions.move(found, move, by=request.user, **form.cleaned_data)
        _say(request, found, following)
        return redirect(following or found)
    context = {"contribution": found, "form": form, "move": CONTRIBUTION.moves[move]}
    return render(request, "reports/contribution_move.html", context, status=422 if form.is_bound else 200)


def _say(request, found, following):
    said = {"unit": found.unit, "state": found.get_state_display()}
    text = _("%(unit)s：%(state)s。下面是下一份待审核的。") if following else _("%(unit)s：%(state)s。")
    messages.success(request, text % said)


def _next(found, *, by):
    """The next one that waits for the office, after this one and then from the first; empty where none does."""
    waiting = Contribution.objects.visible_to(by).filter(call=found.call_id, state=Contribution.State.SUBMITTED)
    places = list(waiting.exclude(pk=found.pk).order_by("unit__position", "pk").values_list("unit__position", "pk"))
    after = [place for place in places if place > (found.unit.position, found.pk)]
    following = next(iter(after or places), None)
    return reverse("reports:contribution", args=[following[1]]) if following else ""


def _facts(found):
    return [
        (_("单位"), found.unit, found.unit.get_absolute_url()),
        (_("时段"), found.call.period.span),
        (_("报送期限"), day_in_words(found.call.due_on)),
        (_("报送要求"), found.call.note),
        (
            _("报送"),
            found.submitted_at and f"{timezone.localtime(found.submitted_at):%Y-%m-%d %H:%M} {found.submitted_by}",
        ),
        (_("草稿生成"), found.drafted_at and timezone.localtime(found.drafted_at).strftime("%Y-%m-%d %H:%M")),
    ]


def _timeline(found):
    return [
        {
            "at": event.at,
            "who": event.who,
            "what": event.label,
            "note": event.note,
            "tone": EVENT_TONES.get(event.move, "neutral"),
        }
        for event in found.events.select_related("by").order_by("-at", "-pk")
    ]


def visible_contribution(user, pk):
    rows = Contribution.objects.visible_to(user).select_related("call__campaign__host", "unit", "submitted_by")
    return get_object_or_404(rows, pk=pk)
