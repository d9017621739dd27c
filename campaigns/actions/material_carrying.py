"""Materials into the edition that follows: what was asked, handed in and said of it goes on under the new number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import (
    AssessmentSystem,
    HeldFile,
    Material,
    MaterialEvent,
    MaterialRules,
    PastMaterial,
    Standard,
    Submission,
    SubmissionFile,
)
from cityinit.periods import day_start

from .materials import BATCH

State, Verdict = Material.State, Submission.Verdict
_OF_SOURCE = ("source_kind", "source_pk", "source_text")
# What goes on with a material, and what with each time it was handed in.
KEPT = (*Material.GATES, "ordinal", "asked", "nudged_at")
SUBMITTED = ("attempt", "title", "dated_on", "submitted_at", "submitted_by_id", *_OF_SOURCE)
REVIEWED = ("verdict", "reasons", "review_note", "reviewed_at", "reviewed_by_id")

DueDays = Mapping[date | None, date | None]


def carry_rules(previous: AssessmentSystem, system: AssessmentSystem) -> DueDays:
    """Give the new edition the rules of the one before, unless it has its own; the old due day and the new one."""
    old = MaterialRules.objects.filter(system=previous).first()
    if old is None:
        return {}
    kept = {name: getattr(old, name) for name in MaterialRules.WRITTEN}
    new, _made = MaterialRules.objects.get_or_create(system=system, defaults=kept)
    return {old.due_on: new.due_on}


def carry_over(
    pairs: Iterable[tuple[Standard, Standard]], *, by: Any, on: date | None = None, due_days: DueDays | None = None
) -> int:
    """Give each new standard the materials of the old one, as they stand: units (or their successors), ordinals, due
    days, state, verdicts.

    Files come along by name, marked with the old number. What had passed stays passed where the standard asks the same
    in the same words; where a word was changed it is up for review. `on` is the first day of the new edition (today by
    default): since then the new materials are what a figure of a past day counts. `due_days` says which due day of the
    old rules became which. Done twice, it makes nothing twice. Gives how many were made.
    """
    renewed = {old.pk: (old, new) for old, new in pairs}
    first = on or timezone.localdate()
    made = 0
    olds = sorted(renewed)
    for start in range(0, len(olds), BATCH):
        with transaction.atomic():
            batch = {pk: renewed[pk] for pk in olds[start : start + BATCH]}
            made += _carry(batch, by=by, first=first, due_days=due_days or {})
    return made


@dataclass(frozen=True)
class _Carried:
    old: Material
    new: Material
    # Whether the standard asks for the same in the same words.
    is_same: bool

    @property
    def note(self) -> str:
        if self.new.state == State.EMPTY:
            text = _("承接自%(number)s")
        elif self.is_same:
            text = _("沿用自%(number)s")
        elif self.new.state == State.RETURNED:
            text = _("沿用自%(number)s；新标准的文字有改动，请对照新标准报送")
        else:
            text = _("沿用自%(number)s；新标准的文字有改动，请对照新标准审核")
        return text % {"number": self.old.full_number}


def _carry(renewed: Mapping[int, tuple[Standard, Standard]], *, by: Any, first: date, due_days: DueDays) -> int:
    news = [new.pk for _old, new in renewed.values()]
    # Whoever else carries the same standards over, or asks for new materials of them, waits here.
    list(Standard.objects.select_for_update().filter(pk__in=news).order_by("pk"))
    waiting = Material.objects.asked().filter(standard__in=renewed, carried_to=None)
    waiting = waiting.select_related("standard__indicator", "unit__merged_into", "latest").order_by("pk")
    taken = set(Material.objects.filter(standard__in=news).values_list("standard_id", "ordinal"))
    carried = []
    for material in waiting:
        old, new = renewed[material.standard_id]
        if (new.pk, material.ordinal) in taken:
            continue
        is_same = (old.content.strip(), old.asked.strip()) == (new.content.strip(), new.asked.strip())
        due_on = due_days.get(material.due_on, material.due_on)
        carried.append(_Carried(material, _fresh(material, new, is_same=is_same, first=first, due_on=due_on), is_same))
    Material.objects.bulk_create([one.new for one in carried], batch_size=BATCH)
    made = _carry_submissions(carried)
    _carry_held(carried)
    _carry_days(carried, made, by=by, first=first)
    return len(carried)


def _fresh(material: Material, standard: Standard, *, is_same: bool, first: date, due_on: date | None) -> Material:
    state = material.state if is_same or material.state not in Material.DONE_STATES else State.SUBMITTED
    return Material(
        campaign_id=standard.campaign_id,
        standard=standard,
        # What a unit had filed before it was merged is asked of its successor from now on.
        unit=material.unit.heir,
        due_on=due_on,
        asked_on=max(material.asked_on, first),
        state=state,
        accepted_on=material.accepted_on if state in Material.DONE_STATES else None,
        filed_on=material.filed_on if state == State.FILED else None,
        carried_from=material,
        **{name: getattr(material, name) for name in KEPT},
    )


def _carry_submissions(carried: Sequence[_Carried]) -> dict[int, int]:
    """Each time something was handed in and not taken back, with its verdict; old key → new one."""
    by_old = {one.old.pk: one for one in carried}
    rows = list(Submission.objects.filter(material__in=by_old).exclude(verdict=Verdict.WITHDRAWN).order_by("pk"))
    made: list[Submission] = []
    for row in rows:
        one = by_old[row.material_id]
        is_latest = row.pk == one.old.latest_id
        values = {name: getattr(row, name) for name in SUBMITTED}
        if not (is_latest and one.new.state in Material.WAITING_STATES):
            values |= {name: getattr(row, name) for name in REVIEWED}
        note = "\n".join(filter(None, [one.note if is_latest else "", row.note]))
        made.append(Submission(material=one.new, note=note, carried_from_id=row.pk, **values))
    Submission.objects.bulk_create(made, batch_size=BATCH)
    new_of = {row.pk: submission.pk for row, submission in zip(rows, made, strict=True)}
    handed_in = [one for one in carried if one.old.latest_id in new_of]
    for one in handed_in:
        one.new.latest_id = new_of[one.old.latest_id or 0]
    Material.objects.bulk_update([one.new for one in handed_in], ["latest"], batch_size=BATCH)
    files = SubmissionFile.objects.filter(submission__in=list(new_of)).order_by("pk")
    SubmissionFile.objects.bulk_create(
        [SubmissionFile(submission_id=new_of[row.submission_id], file_id=row.file_id) for row in files],
        batch_size=BATCH,
    )
    return new_of


def _carry_held(carried: Sequence[_Carried]) -> None:
    """Files that wait for a form nobody has sent yet wait for the form of the new material."""
    new_of = {one.old.pk: one.new.pk for one in carried}
    held = list(HeldFile.objects.filter(material__in=new_of))
    for row in held:
        row.material_id = new_of[row.material_id]
    HeldFile.objects.bulk_update(held, ["material"], batch_size=BATCH)


def _carry_days(carried: Sequence[_Carried], new_of: Mapping[int, int], *, by: Any, first: date) -> None:
    """The event of carrying over; of an edition that came in force on an earlier day, what has happened since too."""
    eve = first - timedelta(days=1)
    by_old = {one.old.pk: one for one in carried}
    is_past = first < timezone.localdate()
    events: list[MaterialEvent] = []
    begun: set[int] = set()
    if is_past:
        then = Material.objects.filter(pk__in=by_old).as_of(eve).values_list("pk", "state_then")
        for pk, state in then:
            begun.add(pk)
            events.append(_event(by_old[pk], target=state, by=by, at=day_start(first)))
        for row in MaterialEvent.objects.filter(material__in=by_old, at__gte=day_start(first)).exclude(target=""):
            one = by_old[row.material_id]
            row.pk, row.material, row.submission_id = None, one.new, new_of.get(row.submission_id or 0)
            events.append(row)
        _carry_past_units(by_old, first=first)
    now = timezone.now()
    events += [
        _event(one, target=one.new.state, by=by, at=now)
        for one in carried
        if one.old.pk not in begun or one.new.state != one.old.state
    ]
    MaterialEvent.objects.bulk_create(events, batch_size=BATCH)


def _carry_past_units(by_old: Mapping[int, _Carried], *, first: date) -> None:
    """Whose they were on the days since the first one, until today."""
    rows = PastMaterial.objects.filter(material__in=by_old, until__gte=first)
    past = [PastMaterial(material=by_old[row.material_id].new, unit_id=row.unit_id, until=row.until) for row in rows]
    yesterday = timezone.localdate() - timedelta(days=1)
    past += [
        PastMaterial(material=one.new, unit=one.old.unit, until=yesterday)
        for one in by_old.values()
        if one.old.unit_id != one.new.unit_id
    ]
    PastMaterial.objects.bulk_create(past, batch_size=BATCH)


def _event(one: _Carried, *, target: str, by: Any, at: datetime) -> MaterialEvent:
    return MaterialEvent(
        material=one.new,
        submission_id=one.new.latest_id,
        move="carry_over",
        label=_("沿用"),
        target=target,
        note=one.note,
        by=by,
        at=at,
    )
