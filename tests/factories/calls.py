"""Calls for units' summaries, and what units hand in, each brought to its state by real moves."""

from datetime import date

from cityinit.models import Job
from cityinit.queue import run_job
from reports import calls, contributions
from reports.models import Contribution

from .reports import FIRST_HALF

DUE = date(2025, 6, 25)
State = Contribution.State


def called(campaign, city, *, units=None, drafted=True, **values):
    """A call for the first half of 2025, made on a day of it; 城管局 is asked, and its draft is written."""
    values = {"due_on": DUE, "note": "请对照板块逐项总结", **values}
    asked = [city.bureau] if units is None else units
    made = calls.call_units(campaign, values.pop("period", FIRST_HALF), by=city.coordinator, units=asked, **values)
    if drafted:
        run_job(Job.objects.filter(name=calls.DRAFT).latest("pk").pk)
    return made


def of(call, unit):
    """The unit's contribution as the database has it now."""
    return Contribution.objects.select_related("call__campaign__host", "unit").get(call=call, unit=unit)


def texts(contribution):
    return dict(contribution.paragraphs.values_list("key", "text"))


def submitted(call, unit, *, by, **typed):
    """Handed in with these paragraphs typed over the draft; keys are written `stream_7`."""
    row = of(call, unit)
    words = {key.replace("stream_", "stream:"): text for key, text in typed.items()}
    contributions.submit(row, by=by, texts=words)
    return of(call, unit)


def contribution_at(state, campaign, city, *, call=None):
    """城管局's contribution in this state."""
    call = call or called(campaign, city)
    if state == State.EXCUSED:
        contributions.move(of(call, city.bureau), "excuse", by=city.coordinator, note="今年新设")
    elif state != State.ASKED:
        submitted(call, city.bureau, by=city.liaison)
    if state == State.RETURNED:
        contributions.move(of(call, city.bureau), "return_to_unit", by=city.coordinator, note="太简单")
    elif state == State.ACCEPTED:
        contributions.move(of(call, city.bureau), "accept", by=city.coordinator)
    return of(call, city.bureau)
