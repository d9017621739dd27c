"""The lines of a task table, ready to print: three queries, however many rows."""

from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, F, Q
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from campaigns.figures import PARTS, as_of, units_then
from campaigns.models import Assignment, Task
from cityinit.addresses import address
from cityinit.statements import Slot, Statement

BEHIND = {state: place for place, state in enumerate(Assignment.State.values)}


def lines(rows, *, on, by):
    """The rows of `for_list()` as words: who leads, how many have reported, whether it is late, where it stands.

    To a unit a task that is worked on stands where its own part does; to the office where the task does.
    """
    rows = list(rows)
    reported = _reported(rows)
    own = own_states([row["pk"] for row in rows], by=by)
    # Reversed and said once: fifty look-ups cost more than the query.
    told = Told(address("campaigns:tasks"), _("逾期"), _in_words(Task.State), _in_words(Assignment.State))
    return [_line(row, told, on=on, reported=reported, own=own) for row in rows]


@dataclass(frozen=True)
class Told:
    """What is the same for all rows."""

    base: str
    late: str
    task_states: dict[str, str]
    part_states: dict[str, str]


def _in_words(states):
    return {state: str(label) for state, label in states.choices}


def _line(row, told, *, on, reported, own):
    pk, state = row["pk"], row["state"]
    is_late = state == Task.State.ISSUED and row["due_on"] is not None and row["due_on"] < on
    if state == Task.State.ISSUED and pk in own:
        label, tone = told.part_states[own[pk]], Assignment.TONES[own[pk]]
    else:
        label, tone = told.task_states[state], Task.TONES[state]
    return {
        "pk": str(pk),
        "url": f"{told.base}{pk}/",
        "code": row["code"],
        "name": row["name"],
        "lead": row["lead_unit__short_name"] or row["lead_unit__name"],
        "reported": reported.get(pk, "0/0"),
        "frequency": row["frequency"],
        "due": row["due_on"].isoformat() if row["due_on"] else "",
        "late": told.late if is_late else "",
        "mark": "is-late" if is_late else "",
        "state": label,
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
    keys = {f"task{n}": row["pk"] for n, row in enumerate(rows)}
    counted = REPORTED.ask(len(keys), **keys) if keys else ()
    return {task: f"{ready}/{units}" for task, ready, units in counted}


def _reported_of(n):
    parts = Assignment.objects.filter(In(F("task"), [Slot(f"task{i}", BigIntegerField()) for i in range(n)]))
    done = Count("pk", filter=Q(state=Assignment.State.REPORTED_DONE))
    counted = parts.order_by().values("task").annotate(units=Count("pk"), ready=done)
    return counted.values_list("task", "ready", "units")


REPORTED = Statement(_reported_of)


def own_states(tasks, *, by):
    """The state of the own part that has come least far, by the task's key; none for who looks at the whole."""
    own = Assignment.objects.own_of(by)
    if own.query.is_empty():
        return {}
    found: dict = {}
    for task, state in own.filter(task__in=tasks).order_by().values_list("task", "state"):
        if task not in found or BEHIND[state] < BEHIND[found[task]]:
            found[task] = state
    return found
