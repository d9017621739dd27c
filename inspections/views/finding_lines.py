"""The lines of a list of findings, ready to print."""

from datetime import timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from cityinit.addresses import address
from cityinit.rows import Row
from inspections.models import Finding
from inspections.models.finding import LONG_TERM_NEAR

State = Finding.State
SHOWN = 40
# So many characters a column of the table shows of a name at least.
WHOLE = 8
# To its deadline: the row's mark, what its badge says, and the badge's colour.
STANDINGS = {
    "": ("", "", ""),
    "late": ("is-late", _("逾期"), "red"),
    "warned": ("is-warned", _("将到期"), "yellow"),
    "running": ("", _("时限内"), "green"),
    "ended": ("is-late", _("挂账到期"), "red"),
    "ending": ("is-warned", _("将到期"), "yellow"),
}


# What is said of so many findings is kept: the first page of the list is read all day by everybody.
MOST_KEPT = 1024


def lines(rows, *, now, verified=False):
    """The lines of a list, ready to print; `verified` leaves beside those that wait a place to say what is alike."""
    now = timezone.localtime(now)
    zone, year, language = now.tzinfo, now.year, get_language()
    return [_line(tuple(row), tuple(row.values()), _standing(row, now), verified, zone, year, language) for row in rows]


def _standing(row, now):
    """How a finding that a unit works on stands to its deadline, one that may wait to its day; empty of any other."""
    if row["state"] == State.LONG_TERM and row["long_term_until"]:
        left = row["long_term_until"] - now.date()
        return "ended" if left <= timedelta(0) else "ending" if left <= LONG_TERM_NEAR else ""
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
    where, category = row["site__name"] or row["place"], row["category__name"]
    unit = _unit(row)
    return Row(
        {
            "url": f"{address('inspections:findings')}{row['pk']}/",
            "pk": str(row["pk"]),
            "number": row["number"],
            "found": row["found_at"].astimezone(zone).date().isoformat(),
            "where": where,
            "long_where": _if_cut(where),
            "category": category,
            "long_category": _if_cut(category),
            "severity": str(Finding.Severity(row["severity"]).label),
            "description": _beginning(row["description"]),
            "unit": unit,
            "long_unit": _if_cut(unit),
            "state": str(State(row["state"]).label),
            "tone": Finding.TONES[row["state"]],
            "due": _due(row, zone, year),
            "mark": mark,
            "flag": str(flag),
            "flag_tone": tone,
            "waiting": str(row["pk"]) if verified and row["state"] == State.REPORTED else "",
        }
    )


def _if_cut(text):
    """Something where a column cuts the text off, so that the whole of it is told by the mouse."""
    return "cut" if len(text) > WHOLE else ""


def _unit(row):
    """Whose it is; of what waits to be verified whose somebody thinks it is."""
    unit = row["lead_unit__short_name"] or row["lead_unit__name"] or ""
    return gettext("建议：%(unit)s") % {"unit": unit} if unit and row["state"] == State.REPORTED else unit


def _due(row, zone, year):
    """The deadline; of what waits, whose clock stands, the day until which it may."""
    if row["state"] == State.LONG_TERM:
        until = row["long_term_until"]
        return gettext("挂账至 %(day)s") % {"day": until} if until else gettext("挂账，未定日期")
    if row["state"] in Finding.BACK_STATES:
        # With the office again: the unit's deadline is past and binds nobody.
        return gettext("待重新交办")
    return day_and_hour(row["due_at"].astimezone(zone), year) if row["due_at"] else ""


def _beginning(text):
    """As much of a description as a line of a list has room for; all of it stands on the finding's page."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def day_and_hour(at, year):
    """Short within the year, and with its year outside it."""
    return f"{at:%m-%d %H:%M}" if at.year == year else f"{at:%Y-%m-%d %H:%M}"
