"""The lines of a task table, ready to print: three queries, however many rows."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.figures import PARTS, as_of, units_then
from campaigns.models import Assignment, Task

TASK_STATES = dict(Task.State.choices)
PART_STATES = dict(Assignment.State.choices)
BEHIND = {state: place for place, state in enumerate(Assignment.State.values)}


def lines(rows, *, on, by):
    """The rows of `for_list()` as words: who leads, how many have reported, whether it is late, where it stands.

    To a unit a task that is worked on stands where its own part does; to the office where the task does.
    """
    rows = list(rows)
    reported = _reported(rows)
    own = own_states([row["pk"] for row in rows], by=by)
    # Reversed once: fifty look-ups cost more than the query.
    base = reverse("campaigns:tasks")
    late = _("逾期")
    return [_line(row, base=base, on=on, late=late, reported=reported, own=own) for row in rows]


def _line(row, *, base, on, late, reported, own):
    pk, state = row["pk"], row["state"]
    is_late = state == Task.State.ISSUED and row["due_on"] is not None and row["due_on"] < on
    if state == Task.State.ISSUED and pk in own:
        label, tone = PART_STATES[own[pk]], Assignment.TONES[own[pk]]
    else:
        label, tone = TASK_STATES[state], Task.TONES[state]
    return {
        "pk": str(pk),
        "url": f"{base}{pk}/",
        "code": row["code"],
        "name": row["name"],
        "lead": row["lead_unit__short_name"] or row["lead_unit__name"],
        "reported": reported.get(pk, "0/0"),
        "frequency": row["frequency"],
        "due": row["due_on"].isoformat() if row["due_on"] else "",
        "late": late if is_late else "",
        "mark": "is-late" if is_late else "",
        "state": str(label),
        "tone": tone,
    }


def show_as_they_stood(lines, *, on, by):
    """Of a past day's list: write what the person may no longer open as it stood that day, without a link; how many.

    Who led, when it was due and whether it was done then is what its units knew; what became of it is not theirs.
    """
    pks = [line["pk"] for line in lines]
    opened = set(Task.objects.visible_to(by).filter(pk__in=pks).values_list("pk", flat=True))
    left = {line["pk"]: line for line in lines if int(line["pk"]) not in opened}
    tasks = as_of(Task.objects.filter(pk__in=left), on).select_related("lead_unit").prefetch_related(*PARTS)
    for task in tasks if left else ():
        lead, _beside = units_then(task, on=on)
        left[str(task.pk)] |= {
            "url": "",
            "lead": str(lead),
            "reported": "",
            "due": task.due_then.isoformat() if task.due_then else "",
            "late": "",
            "mark": "",
            "state": _("当时已办结") if task.confirmed_then else _("当时未办结"),
            "tone": "neutral",
        }
    return len(left)


def _reported(rows):
    parts = Assignment.objects.filter(task__in=[row["pk"] for row in rows]).order_by().values("task")
    done = Count("pk", filter=Q(state=Assignment.State.REPORTED_DONE))
    counted = parts.annotate(units=Count("pk"), ready=done).values_list("task", "ready", "units")
    return {task: f"{ready}/{units}" for task, ready, units in counted}


def own_states(tasks, *, by):
    """The state of the own part that has come least far, by the task's key; none for who looks at the whole."""
    own = Assignment.objects.own_of(by).filter(task__in=tasks).order_by()
    found: dict = {}
    for task, state in own.values_list("task", "state"):
        if task not in found or BEHIND[state] < BEHIND[found[task]]:
            found[task] = state
    return found
