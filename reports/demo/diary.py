"""What people did in the last days, through the very actions the pages call, each dated as it would have happened."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Model, Q
from django.utils import timezone

from campaigns.models import (
    Absence,
    Assignment,
    DeadlineChange,
    DutyTurn,
    Material,
    MaterialEvent,
    PatrolRecord,
    PublicityCheck,
    Submission,
    Supervision,
    SystemEvent,
    Task,
    TaskEvent,
    TaskExtension,
    TurnEvent,
    WorkLogEntry,
)
from cityinit.models import StoredFile
from inspections.models import (
    ChecklistEvent,
    Extension,
    Finding,
    FindingEvent,
    FindingPhoto,
    Rectification,
    Round,
    RoundEvent,
    Visit,
    VisitPhoto,
    VisitSending,
)
from units.models import Notice

# What an action stamps with the present moment.
STAMPED = {
    Finding: (
        "created_at",
        "reported_at",
        "dispatched_at",
        "acknowledged_at",
        "answered_at",
        "reviewed_at",
        "closed_at",
        "paused_at",
        "changed_at",
    ),
    FindingEvent: ("at",),
    FindingPhoto: ("added_at",),
    Rectification: ("answered_at", "reviewed_at"),
    Extension: ("asked_at", "decided_at"),
    StoredFile: ("created_at",),
    TaskEvent: ("at",),
    Assignment: ("acknowledged_at", "reported_done_at", "nudged_at"),
    WorkLogEntry: ("created_at",),
    Supervision: ("begun_at", "answered_at", "lifted_at"),
    TaskExtension: ("asked_at", "decided_at"),
    DeadlineChange: ("at",),
    PublicityCheck: ("created_at",),
    Submission: ("submitted_at", "reviewed_at"),
    MaterialEvent: ("at",),
    Material: ("nudged_at",),
    PatrolRecord: ("created_at",),
    Absence: ("created_at",),
    DutyTurn: ("marked_at",),
    TurnEvent: ("at",),
    SystemEvent: ("at",),
    ChecklistEvent: ("at",),
    Round: ("published_at",),
    RoundEvent: ("at",),
    Visit: ("started_at", "finished_at"),
    VisitSending: ("at",),
    VisitPhoto: ("added_at",),
}
OPENS, OPEN_HOURS = 8, 10


class Diary:
    """Entries in any order; `live` does them one after the other, as time went by."""

    def __init__(self, now: datetime):
        self.now = now
        self.entries: list[tuple[datetime, Callable[[datetime], None]]] = []

    def at(self, moment: datetime, do: Callable[[datetime], None]) -> None:
        """Have `do` done with the moment at which it is to have happened."""
        self.entries.append((moment, do))

    def moments(self, *, ago: float, until: float, count: int) -> list[datetime]:
        """So many moments of office hours, in order, from `ago` to `until` days before now."""
        step = (ago - until) / max(1, count - 1)
        found = []
        for number in range(count):
            moment = timezone.localtime(self.now - timedelta(days=ago - number * step))
            # The day's 24 hours are pressed into the office's ten, which keeps their order.
            minutes = (moment.hour * 60 + moment.minute) * OPEN_HOURS // 24
            moment = moment.replace(hour=OPENS + minutes // 60, minute=minutes % 60)
            found.append(min(moment, self.now - timedelta(minutes=3 * (count - number))))
        return found

    def live(self) -> None:
        """Do everything, and let what it stamped have been stamped at its own moment."""
        begun, done, told = timezone.now(), [], []
        entries = sorted(self.entries, key=lambda entry: entry[0])
        for moment, do in entries:
            do(moment)
            done.append(timezone.now())
            # Notices are only written on commit, in this same order.
            transaction.on_commit(lambda: told.append(timezone.now()))
        moments = [moment for moment, _do in entries]
        for model, fields in STAMPED.items():
            for field in fields:
                _date_back(model, field, since=begun, ends=done, moments=moments)
        issued = Task.objects.filter(issued_on=timezone.localdate(begun))
        for task in issued.annotate(issued_at=Max("events__at", filter=Q(events__move="issue"))):
            Task.objects.filter(pk=task.pk).update(issued_on=timezone.localdate(task.issued_at))
        transaction.on_commit(lambda: _date_back(Notice, "created_at", since=begun, ends=told, moments=moments))


def _date_back(
    model: type[Model], field: str, *, since: datetime, ends: list[datetime], moments: list[datetime]
) -> None:
    """Whatever was stamped up to an entry's end, and after the one before it, was stamped at the entry's moment."""
    rows = list(model._default_manager.filter(**{f"{field}__gte": since}).only("pk", field))
    for row in rows:
        setattr(row, field, moments[bisect_left(ends, getattr(row, field))])
    model._default_manager.bulk_update(rows, [field], batch_size=100)
