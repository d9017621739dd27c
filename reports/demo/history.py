"""What a ledger does not tell of the past: who did it, when units signed, how urgent it was, and how it looked."""

from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min

from campaigns.models import AssessmentSystem, Assignment, Campaign, SystemEvent, Task, TaskEvent, WorkLogEntry
from cityinit import files
from cityinit.periods import day_start
from inspections import dispatch as rules
from inspections import presets
from inspections.actions.draws import draw_sites
from inspections.models import Draw, Finding, FindingCategory, FindingPhoto, FindingSeries, Round
from units import notices
from units.models import Unit, User

from . import findings, photos, tasks
from .units import OFFICE

MORNING, AFTERNOON = timedelta(hours=9, minutes=20), timedelta(hours=16, minutes=5)


def fill_in(campaign: Campaign, *, now: datetime) -> None:
    """Complete the rows that came in by the workbook; none of it is later than `now`."""
    _categories(campaign)
    _rounds(campaign)
    _draws(campaign)
    _people(campaign)
    _task_days(campaign, now)
    _systems(campaign, now)
    _warnings(campaign)
    _numbers(campaign)
    _photos(campaign)


def _categories(campaign: Campaign) -> None:
    severities = {preset.name: preset.severity for preset in presets.CATEGORIES}
    for place, values in enumerate(presets.categories()):
        named = {"campaign": campaign, "name": values.pop("name")}
        category, _made = FindingCategory.objects.update_or_create(**named, defaults={**values, "position": place})
        # By key, not by name: of tables just filled PostgreSQL knows nothing yet, and joins them row by row.
        Finding.objects.filter(category=category).update(severity=severities[category.name])


def _rounds(campaign: Campaign) -> None:
    spans = Finding.objects.of(campaign).order_by().values("round")
    for row in spans.annotate(first=Min("found_on"), last=Max("found_on")):
        Round.objects.filter(pk=row["round"]).update(starts_on=row["first"], ends_on=row["last"])
    for place, found in enumerate(Round.objects.of(campaign).order_by("starts_on")):
        Round.objects.filter(pk=found.pk).update(position=place)


def _draws(campaign: Campaign) -> None:
    """The afternoon before each of the last two rounds two sites of each type were drawn; its day was the number."""
    office = User.objects.get(username="office")
    for found in Round.objects.of(campaign).exclude(starts_on=None).order_by("-starts_on")[:2]:
        day = found.starts_on - timedelta(days=1)
        made = draw_sites(campaign, by=office, n=2, round=found, number=f"{day:%Y%m%d}")
        Draw.objects.filter(pk=made.pk).update(drawn_at=day_start(day) + AFTERNOON)


def _people(campaign: Campaign) -> None:
    """The inspectors who found it, the liaisons who answered and logged, the office that closed it."""
    inspectors = User.objects.filter(username__startswith="inspector").order_by("username")
    for place, found in enumerate(Round.objects.of(campaign)):
        mine = Finding.objects.of(campaign).filter(round=found)
        mine.update(reported_by=inspectors[place % len(inspectors)])
    office = User.objects.get(username="office")
    Finding.objects.of(campaign).filter(closed_at__isnull=False).update(closed_by=office)
    for unit in Unit.objects.of_host(campaign.host):
        # The office has no liaison: its own people log what it does.
        if liaison := office if unit.name == OFFICE else notices.liaisons_of(unit).first():
            Finding.objects.of(campaign).filter(lead_unit=unit, answered_at__isnull=False).update(answered_by=liaison)
            WorkLogEntry.objects.of(campaign).filter(unit=unit).update(created_by=liaison)


def _task_days(campaign: Campaign, now: datetime) -> None:
    """Let the units have signed two days after the task was issued, and its history begin then."""

    def morning(day: date) -> datetime:
        return min(day_start(day) + MORNING, now)

    for task in Task.objects.of(campaign).filter(issued_on__isnull=False):
        TaskEvent.objects.filter(task=task).update(at=morning(task.issued_on))
        parts = Assignment.objects.filter(task=task)
        signed = parts.exclude(state=Assignment.State.UNREAD).filter(acknowledged_at=None)
        signed.update(acknowledged_at=morning(task.issued_on + timedelta(days=2)))
        done = parts.filter(state=Assignment.State.REPORTED_DONE)
        day = task.confirmed_on or task.due_on or task.issued_on
        done.update(reported_done_at=morning(day))
    WorkLogEntry.objects.of(campaign).filter(content=tasks.KEPT).update(is_routine=True)
    entries = list(WorkLogEntry.objects.of(campaign).only("pk", "done_on"))
    for entry in entries:
        entry.created_at = morning(entry.done_on)
    WorkLogEntry.objects.bulk_update(entries, ["created_at"], batch_size=100)


def _systems(campaign: Campaign, now: datetime) -> None:
    """What was assessed by came in force with the campaign."""
    AssessmentSystem.objects.of(campaign).update(adopted_on=campaign.starts_on)
    SystemEvent.objects.filter(system__campaign=campaign).update(at=min(day_start(campaign.starts_on) + MORNING, now))


def _numbers(campaign: Campaign) -> None:
    """Let numbers go on behind the ledger's."""
    for row in Finding.objects.of(campaign).order_by().values("found_on__year").annotate(n=Count("pk")):
        FindingSeries.objects.create(campaign=campaign, year=row["found_on__year"], last=row["n"])


def _warnings(campaign: Campaign) -> None:
    calendar = rules.office_calendar()
    for finding in Finding.objects.of(campaign).with_unit_now().select_related("category"):
        warn_at = rules.warn_at(finding, start=finding.found_at, due_at=finding.due_at, calendar=calendar)
        Finding.objects.filter(pk=finding.pk).update(warn_at=warn_at)


def _photos(campaign: Campaign) -> None:
    """A photo of how it was, and of how it was put right where it was answered."""
    stored = {
        (scene, after): files.store(files.keep(photos.photo(scene, after=after)), by=None)
        for scene in photos.SCENES
        for after in (False, True)
    }
    attached = []
    found = Finding.objects.of(campaign).annotate(kind=F("category__name")).prefetch_related("rectifications")
    for finding in found:
        scene = findings.BY_NAME[finding.kind].scene
        attached.append(
            FindingPhoto(
                finding=finding,
                phase=FindingPhoto.Phase.BEFORE,
                file=stored[scene, False],
                added_by_id=finding.reported_by_id,
                added_at=finding.found_at,
            )
        )
        for answer in finding.rectifications.all():
            attached.append(
                FindingPhoto(
                    finding=finding,
                    phase=FindingPhoto.Phase.AFTER,
                    file=stored[scene, True],
                    rectification=answer,
                    added_by_id=finding.answered_by_id,
                    added_at=answer.answered_at,
                )
            )
    FindingPhoto.objects.bulk_create(attached)
