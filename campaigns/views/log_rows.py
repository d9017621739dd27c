"""The lines of a table of log entries, ready to print: three queries, however many rows."""

from collections import defaultdict

from django.db.models import Count
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from campaigns.models import LogFile, Quantity

GIST, NAME = 60, 20


def lines(rows):
    """The rows of `WorkLogEntry.objects.for_table()` as words, with quantities and the number of files beside them."""
    rows = list(rows)
    keys = [row["pk"] for row in rows]
    quantities = _quantities(keys)
    files = dict(LogFile.objects.filter(entry__in=keys).values_list("entry").annotate(n=Count("pk")).order_by())
    # Reversed once: a hundred look-ups cost more than the queries.
    log, tasks, highlight = reverse("campaigns:log"), reverse("campaigns:tasks"), _("亮点")
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
        for row in rows
    ]


def _quantities(keys):
    told = defaultdict(list)
    rows = Quantity.objects.filter(entry__in=keys).order_by("position", "pk")
    for entry, label, text in rows.values_list("entry", "label", "text"):
        told[entry].append(f"{label}{text}")
    return told
