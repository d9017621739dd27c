"""The lines of a list of findings, ready to print."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.addresses import address
from inspections.models import Finding

State = Finding.State
SHOWN = 40


def lines(rows, *, now, verified=False):
    """The lines of a list, ready to print; `verified` leaves beside those that wait a place to say what is alike."""
    # Asked for once: fifty look-ups of each cost more than the query.
    told = Told(
        base=address("inspections:findings"),
        now=timezone.localtime(now),
        severities={severity: str(label) for severity, label in Finding.Severity.choices},
        states={state: str(label) for state, label in State.choices},
        late=_("逾期"),
        warned=_("将到期"),
        running=_("时限内"),
        verified=verified,
    )
    return [_line(row, told) for row in rows]


@dataclass(frozen=True)
class Told:
    """What is the same for all rows; `now` in the zone that they are read in."""

    base: str
    now: datetime
    severities: dict[str, str]
    states: dict[str, str]
    late: str
    warned: str
    running: str
    verified: bool


def _line(row, told):
    with_unit = row["state"] in Finding.UNIT_STATES and row["due_at"] is not None
    late = with_unit and row["due_at"] < told.now
    warned = with_unit and not late and row["warn_at"] is not None and row["warn_at"] <= told.now
    zone = told.now.tzinfo
    return {
        "url": f"{told.base}{row['pk']}/",
        "pk": str(row["pk"]),
        "number": row["number"],
        "found": row["found_at"].astimezone(zone).date().isoformat(),
        "where": row["site__name"] or row["place"],
        "category": row["category__name"],
        "severity": row["severity"],
        "severity_label": told.severities[row["severity"]],
        "description": _beginning(row["description"]),
        "unit": row["lead_unit__short_name"] or row["lead_unit__name"] or "",
        "state": told.states[row["state"]],
        "tone": Finding.TONES[row["state"]],
        "due": _day_and_hour(row["due_at"].astimezone(zone), now=told.now) if row["due_at"] else "",
        "mark": "is-late" if late else "is-warned" if warned else "",
        "flag": told.late if late else told.warned if warned else told.running if with_unit else "",
        "flag_tone": "red" if late else "yellow" if warned else "green",
        "waiting": str(row["pk"]) if told.verified and row["state"] == State.REPORTED else "",
    }


def _beginning(text):
    """As much of a description as a line of a list has room for; all of it stands on the finding's page."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _day_and_hour(at, *, now):
    """Short within the year, and with its year outside it."""
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"
