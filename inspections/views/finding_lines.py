"""The lines of a list of findings, ready to print."""

from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cityinit.addresses import address
from cityinit.rows import Row
from inspections.models import Finding

State = Finding.State
SHOWN = 40
# To its deadline: the row's mark, what its badge says, and the badge's colour.
STANDINGS = {
    "": ("", "", ""),
    "late": ("is-late", _("逾期"), "red"),
    "warned": ("is-warned", _("将到期"), "yellow"),
    "running": ("", _("时限内"), "green"),
}


# What is said of so many findings is kept: the first page of the list is read all day by everybody.
MOST_KEPT = 1024


def lines(rows, *, now, verified=False):
    """The lines of a list, ready to print; `verified` leaves beside those that wait a place to say what is alike."""
    now = timezone.localtime(now)
    zone, year, language = now.tzinfo, now.year, get_language()
    return [_line(tuple(row), tuple(row.values()), _standing(row, now), verified, zone, year, language) for row in rows]


def _standing(row, now):
    """How a finding that a unit works on stands to its deadline; empty of any other."""
    if row["due_at"] is None or row["state"] not in Finding.UNIT_STATES:
        return ""
    if row["due_at"] < now:
        return "late"
    return "warned" if row["warn_at"] is not None and row["warn_at"] <= now else "running"


@lru_cache(maxsize=MOST_KEPT)
def _line(names, values, standing, verified, zone, year, language):
    """Of nothing but its values: `year` is the one it is read in, `language` the one it is read in."""
    row = dict(zip(names, values, strict=True))
    mark, flag, tone = STANDINGS[standing]
    return Row(
        {
            "url": f"{address('inspections:findings')}{row['pk']}/",
            "pk": str(row["pk"]),
            "number": row["number"],
            "found": row["found_at"].astimezone(zone).date().isoformat(),
            "where": row["site__name"] or row["place"],
            "category": row["category__name"],
            "severity": row["severity"],
            "severity_label": str(Finding.Severity(row["severity"]).label),
            "description": _beginning(row["description"]),
            "unit": row["lead_unit__short_name"] or row["lead_unit__name"] or "",
            "state": str(State(row["state"]).label),
            "tone": Finding.TONES[row["state"]],
            "due": _day_and_hour(row["due_at"].astimezone(zone), year) if row["due_at"] else "",
            "mark": mark,
            "flag": str(flag),
            "flag_tone": tone,
            "waiting": str(row["pk"]) if verified and row["state"] == State.REPORTED else "",
        }
    )


def _beginning(text):
    """As much of a description as a line of a list has room for; all of it stands on the finding's page."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _day_and_hour(at, year):
    """Short within the year, and with its year outside it."""
    return f"{at:%m-%d %H:%M}" if at.year == year else f"{at:%Y-%m-%d %H:%M}"
