"""The lines of a table of log entries, ready to print, in a fixed number of queries."""

from collections import defaultdict
from itertools import islice

from django.db.models import Count, Q, Sum
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from campaigns import recurrence
from campaigns.models import LogFile, Quantity
from campaigns.models.log import LastOfWeek
from campaigns.recurring import with_times
from campaigns.saved import filter_in
from cityinit.addresses import address
from cityinit.periods import Period

GIST, NAME = 60, 20
# The log is the longest list there is: of a sheet of it no more entries are held at once.
CHUNK = 1000
TOLD = (
    *("pk", "task__code", "task__name", "done_on", "unit__name", "kind", "content", "is_highlight", "is_routine"),
    *("created_by__name", "created_at"),
)


def lines(rows, *, weeks=None):
    """The rows of `WorkLogEntry.objects.for_table()` as words, with quantities and the number of files beside them.

    `weeks` are the entries that stand for a whole week of duty, and what their line says instead (`week_lines`).
    """
    rows, weeks = list(rows), weeks or {}
    keys = [row["pk"] for row in rows]
    quantities = _quantities(keys)
    files = _files(keys)
    # Reversed once: a hundred look-ups cost more than the queries.
    log, tasks, highlight = address("campaigns:log"), address("campaigns:tasks"), _("亮点")
    return [
        {
            "day": row["done_on"].isoformat(),
            "url": f"{log}{row['pk']}/",
            "gist": Truncator(row["content"]).chars(GIST),
            "highlight": highlight if row["is_highlight"] else "",
            "quantities": "；".join(quantities[row["pk"]]),
            "unit": row["unit__short_name"] or row["unit__name"],
            "task_url": f"{tasks}{row['task']}/",
            "task": f"{row['task__code']} {Truncator(row['task__name']).chars(NAME)}",
            "files": str(files.get(row["pk"], "")),
        }
        | weeks.get(row["pk"], {})
        for row in rows
    ]


def week_lines(entries, rows, *, form):
    """Of these rows those that stand for a task's week: how often its duty was kept, and by how many units.

    One query; a line opens the entry it stands for, or all of them, within what the form asks of the list.
    """
    standing = {(row["task"], Period.week_of(row["done_on"]).last): row["pk"] for row in rows if row["is_routine"]}
    if not standing:
        return {}
    wanted = Q()
    for task, sunday in standing:
        wanted |= Q(task=task, done_on__gt=sunday - recurrence.WEEK, done_on__lte=sunday)
    kept = with_times(entries.filter(wanted, is_routine=True)).order_by().annotate(sunday=LastOfWeek("done_on"))
    sums = {"n": Count("pk"), "kept": Sum("times"), "units": Count("unit", distinct=True)}
    return {
        standing[week["task"], week["sunday"]]: _week_line(week, form)
        for week in kept.values("task", "sunday").annotate(**sums)
    }


def _week_line(week, form):
    span = Period.week_of(week["sunday"])
    line = recurrence.Line(span.first, span.last, 0)
    told = {"week": line.label, "times": int(week["kept"]), "n": week["n"]}
    if week["n"] == 1:
        return {"gist": _("%(week)s常态落实%(times)s次") % told}
    first, last = form.cleaned_data.get("first"), form.cleaned_data.get("last")
    chosen = QueryDict(filter_in(form.data), mutable=True)
    chosen["task"] = week["task"]
    chosen["first"] = max(line.first, first) if first else line.first
    chosen["last"] = min(line.last, last) if last else line.last
    said = {
        "gist": _("%(week)s常态落实%(times)s次（%(n)s条记录）") % told,
        "url": f"{address('campaigns:log')}?{chosen.urlencode()}",
        "quantities": "",
    }
    # One unit's name stands there already.
    return said | ({"unit": _("%(n)s个单位") % {"n": week["units"]}} if week["units"] > 1 else {})


def ledger_rows(entries):
    """The entries as lines of a sheet, the oldest first: read and let go a thousand at a time."""
    yes, loaded = _("是"), _("导入")
    found = entries.order_by("done_on", "pk").values(*TOLD).iterator(chunk_size=CHUNK)
    while rows := list(islice(found, CHUNK)):
        keys = [row["pk"] for row in rows]
        quantities, files = _quantities(keys, between="="), _files(keys)
        for row in rows:
            yield [
                row["task__code"],
                row["task__name"],
                row["done_on"],
                row["unit__name"],
                row["kind"],
                row["content"],
                "；".join(quantities[row["pk"]]),
                yes if row["is_highlight"] else "",
                yes if row["is_routine"] else "",
                files.get(row["pk"], 0),
                row["created_by__name"] or loaded,
                row["created_at"],
            ]


def _files(keys):
    return dict(LogFile.objects.filter(entry__in=keys).values_list("entry").annotate(n=Count("pk")).order_by())


def _quantities(keys, *, between=""):
    told = defaultdict(list)
    rows = Quantity.objects.filter(entry__in=keys).order_by("position", "pk")
    for entry, label, text in rows.values_list("entry", "label", "text"):
        told[entry].append(f"{label}{between}{text}")
    return told
