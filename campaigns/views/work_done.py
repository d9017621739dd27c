"""What was done for a task: quantities against its target, the latest of the log, what the units reported."""

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import quantities
from campaigns.models import Quantity, TaskEvent, WorkLogEntry
from cityinit.addresses import address
from units.roles import scope_of

from .log import entry_rows

# Beside a decision the latest of the work; the rest is a link away.
LATEST_TO_DECIDE = 5


def work_done(task, *, by, latest, unit=None):
    """What `_work_done.html` shows: of one unit, or of all whose work the person sees.

    Of recurring duty the latest entries are those with words of their own: the rest is told by the weeks.
    """
    entries = WorkLogEntry.objects.visible_to(by).filter(task=task)
    if unit:
        entries = entries.filter(unit=unit)
    told = entries.filter(is_routine=False) if task.is_recurring else entries
    return {
        "entries": entry_rows(told.for_list()[:latest]),
        "entry_count": entries.count(),
        "entries_url": _log_url(task, unit),
        "totals": _totals(task, entries, unit=unit, part=_part_in_words(task, by, unit)),
    }


def _part_in_words(task, by, unit):
    """What to call the work where it is not all that counts toward the target; "" where it is."""
    office = scope_of(by).reaches(task.campaign.host.path, "campaigns.see_task", office=True)
    if (office and not unit) or len(task.assignments.all()) == 1:
        return ""
    return _("该单位计入目标") if office else _("本单位计入目标")


def to_decide(task, *, by, unit=None):
    """What stands beside the form of who reports, confirms or sends back: the work, and what the units said of it."""
    target = task.aim
    events = TaskEvent.objects.filter(task=task, move="report_done", assignment__state="reported_done")
    events = events.select_related("assignment__unit").order_by("at", "pk")
    if unit:
        events = events.filter(assignment__unit=unit)
    # Who was sent back and has reported again is quoted with the later words.
    said = {event.assignment.unit: event.note for event in events}
    asked = [(_("目标"), target.told if target else ""), (_("完成时限"), task.due_on)]
    return work_done(task, by=by, latest=LATEST_TO_DECIDE, unit=unit) | {
        "said": [(label, value) for label, value in (*asked, *said.items()) if value]
    }


def _totals(task, entries, *, unit, part):
    """What the logged quantities come to, line by line, and all that counts toward the target together."""
    rows = (
        Quantity.objects.filter(entry__in=entries)
        .select_related("entry")
        .order_by("entry__done_on", "entry", "position")
    )
    target = task.aim
    totals = quantities.add_up(row.amount for row in rows)
    found = [_total_row(total, target) for total in totals]
    for row in found:
        row["log_url"] = _log_url(task, unit, **row.pop("log"))
    # Where some of what was logged counts toward the target and some does not, the page keeps them apart.
    is_mixed = {row["counts"] for row in found} == {True, False}
    return {"rows": found, "target": _target_row(task, totals, target, unit=unit, part=part), "is_mixed": is_mixed}


def _total_row(total, target):
    first = total.terms[0]
    return {
        "label": total.label,
        "text": total.told,
        "count": len(total.terms),
        "counts": target is not None and quantities.counts_toward(first, target),
        "log": {"label": total.label, "measure": first.canonical},
    }


def _target_row(task, totals, target, *, unit, part):
    """All that counts toward the target in one bar, however many names it was logged under; None without any.

    What only some of the units did is a part of the target, and is called so.
    """
    if target is None or not any(quantities.counts_toward(total.terms[0], target) for total in totals):
        return None
    counting = [total.label for total in totals if quantities.counts_toward(total.terms[0], target)]
    amount = quantities.reached(totals, target)
    percent = amount * 100 / target.amount
    words = _("占任务目标%(target)s的%(percent)s%%") if part else _("目标%(target)s，%(percent)s%%")
    said = {"target": target.told, "percent": quantities.plain_number(percent)}
    return {
        "label": part or _("目标完成"),
        "text": f"{quantities.exact_number(amount / target.factor)}{target.measure}",
        "log_url": _log_url(task, unit, measure=target.canonical),
        # Whoever reads the bar must see that several names came together in it.
        "names": "、".join(dict.fromkeys(counting)) if len(counting) > 1 else "",
        "percent": min(int(percent), 100),
        "percent_text": words % said,
    }


def _log_url(task, unit, **chosen):
    asked = {"task": task.pk, **chosen} | ({"unit": unit.pk} if unit else {})
    return f"{address('campaigns:log')}?{urlencode(asked)}"
