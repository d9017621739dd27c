"""Materials into the edition that follows: what was asked, handed in and said of it goes on under the new number.

The rows are made out of the old ones by the database itself: at the end of a year there are tens of thousands of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import (
    AssessmentSystem,
    Material,
    MaterialEvent,
    MaterialRules,
    PastMaterial,
    Standard,
    Submission,
    SubmissionFile,
)
from campaigns.models.material import FORM_KEY, MaterialQuerySet
from cityinit.copying import newest_key, write_from
from cityinit.models import HeldFile
from cityinit.numerals import circled
from cityinit.periods import day_start
from units.models import Unit

State, Verdict = Material.State, Submission.Verdict
_OF_SOURCE = ("source_kind", "source_pk", "source_text")
# What goes on with a material, and what with each time it was handed in.
KEPT = (*Material.GATES, "ordinal", "asked", "nudged_at")
SUBMITTED = ("attempt", "title", "dated_on", "submitted_at", "submitted_by", *_OF_SOURCE)
REVIEWED = ("verdict", "reasons", "review_note", "reviewed_at", "reviewed_by")

TEXT = models.TextField()

DueDays = Mapping[date | None, date | None]


def carry_rules(previous: AssessmentSystem, system: AssessmentSystem) -> DueDays:
    """Give the new edition the rules of the one before, unless it has its own; the old due day and the new one."""
    old = MaterialRules.objects.filter(system=previous).first()
    if old is None:
        return {}
    kept = {name: getattr(old, name) for name in MaterialRules.WRITTEN}
    new, _made = MaterialRules.objects.get_or_create(system=system, defaults=kept)
    return {old.due_on: new.due_on}


@transaction.atomic
def carry_over(
    previous: AssessmentSystem,
    system: AssessmentSystem,
    *,
    by: Any,
    on: date | None = None,
    due_days: DueDays | None = None,
) -> int:
    """Give each standard of the new edition the materials of the old one of its lineage, as they stand: units (or
    their successors), ordinals, due days, state, verdicts.

    Files come along by name, marked with the old number. What had passed stays passed where the standard asks the same
    in the same words; where a word was changed it is up for review. `on` is the first day of the new edition (today by
    default): since then the new materials are what a figure of a past day counts. `due_days` says which due day of the
    old rules became which. Done twice, it makes nothing twice. Gives how many were made.
    """
    # Whoever else carries the same standards over, or asks for new materials of them, waits here.
    news = Standard.objects.select_for_update(no_key=True).filter(indicator__in=system.indicators.values("pk"))
    list(news.order_by("pk").values_list("pk"))
    newest = newest_key(Material)
    if not (made := _carry_materials(previous, system, first=on or timezone.localdate(), due_days=due_days or {})):
        return 0
    rows = Material.objects.of_system(system).filter(pk__gt=newest, carried_from__isnull=False)
    carried = _Carried(rows, by=by, first=on or timezone.localdate())
    carried.submissions()
    carried.held_files()
    carried.events()
    return made


def _carry_materials(previous: AssessmentSystem, system: AssessmentSystem, *, first: date, due_days: DueDays) -> int:
    # Few rows share a lineage and thousands a version: worked out, the version is no index to begin with.
    versions = Standard.objects.annotate(version=Coalesce("indicator__system_id", 0)).order_by()
    renewed = versions.filter(version=system.pk, lineage=OuterRef("standard__lineage"))
    same_words = renewed.filter(content=OuterRef("standard__content"), asked=OuterRef("standard__asked"))
    taken = Material.objects.filter(standard=OuterRef("became"), ordinal=OuterRef("ordinal"))
    waiting = Material.objects.of_system(previous).asked().filter(carried_to=None)
    waiting = waiting.annotate(became=Subquery(renewed.values("pk")[:1])).exclude(became=None).exclude(Exists(taken))
    # What had passed is looked at again where a word was changed.
    is_reopened = Q(~Exists(same_words), state__in=Material.DONE_STATES)
    heirs = {unit.pk: unit.heir.pk for unit in Unit.objects.exclude(merged_into=None).select_related("merged_into")}
    return write_from(
        waiting.order_by("pk"),
        Material,
        campaign=system.campaign_id,
        standard=F("became"),
        # What a unit had filed before it was merged is asked of its successor from now on.
        unit=_instead("unit", heirs, output_field=models.BigIntegerField()),
        due_on=_instead("due_on", due_days, output_field=models.DateField()),
        asked_on=Greatest("asked_on", Value(first)),
        state=Case(When(is_reopened, then=Value(State.SUBMITTED)), default=F("state")),
        accepted_on=Case(When(is_reopened, then=None), default=F("accepted_on")),
        filed_on=Case(When(is_reopened, then=None), default=F("filed_on")),
        carried_from=F("pk"),
        **{name: F(name) for name in KEPT},
    )


def _instead(name: str, became: Mapping[Any, Any], *, output_field: models.Field) -> Any:
    """The column, with what stands in it replaced as `became` says."""
    cases = [
        When(**({f"{name}__isnull": True} if old is None else {name: old}), then=Value(new, output_field=output_field))
        for old, new in became.items()
        if old != new
    ]
    return Case(*cases, default=F(name), output_field=output_field) if cases else F(name)


class _Carried:
    """The new materials, and what goes on with them."""

    def __init__(self, rows: MaterialQuerySet, *, by: Any, first: date):
        self.rows, self.by, self.first = rows, by, first
        self.ordinals = sorted(set(rows.order_by().values_list("ordinal", flat=True)))

    def submissions(self) -> None:
        """Each time something was handed in and not taken back, with its verdict and its files."""
        said = Submission.objects.filter(material__carried_to__in=self.rows).exclude(verdict=Verdict.WITHDRAWN)
        is_latest = Q(pk=F("material__latest"))
        waits = is_latest & Q(material__carried_to__state__in=Material.WAITING_STATES)
        own = Case(When(note="", then=Value("")), default=Concat(Value("\n"), "note"), output_field=TEXT)
        with_origin = Concat(self._note("material__", "material__carried_to__"), own)
        reviewed = {field.name: field for field in Submission._meta.concrete_fields if field.name in REVIEWED}
        written = write_from(
            said.order_by("pk"),
            Submission,
            material=F("material__carried_to"),
            note=Case(When(is_latest, then=with_origin), default=F("note"), output_field=TEXT),
            carried_from=F("pk"),
            **{name: F(name) for name in SUBMITTED},
            **{
                name: Case(When(waits, then=Value(field.get_default(), field)), default=F(name), output_field=field)
                for name, field in reviewed.items()
            },
        )
        if not written:
            return
        latest = Submission.objects.filter(material=OuterRef("pk"), carried_from__material__latest=F("carried_from"))
        self.rows.order_by().update(latest=Subquery(latest.order_by().values("pk")))
        write_from(
            SubmissionFile.objects.filter(submission__carried_to__material__in=self.rows).order_by("pk"),
            SubmissionFile,
            submission=F("submission__carried_to"),
            file=F("file"),
        )

    def held_files(self) -> None:
        """Files that wait for a form nobody has sent yet wait for the form of the new material."""
        waiting = HeldFile.objects.filter(form__startswith=FORM_KEY)
        olds = {int(key.removeprefix(FORM_KEY)) for key in waiting.values_list("form", flat=True)}
        for new in self.rows.filter(carried_from__in=olds).select_related("carried_from"):
            HeldFile.objects.filter(form=new.carried_from.form_key).update(form=new.form_key)

    def events(self) -> None:
        """The event of carrying over; of an edition that came in force earlier, what has happened since too."""
        now = self.rows
        if self.first < timezone.localdate():
            begun = self._since_then()
            now = now.exclude(carried_from__in=begun.values("pk"), state=F("carried_from__state"))
        note = self._note("carried_from__", "")
        self._write_event(now.order_by("pk"), note, F("pk"), F("latest"), target=F("state"), at=timezone.now())

    def _since_then(self) -> MaterialQuerySet:
        """What stood on the eve, what has happened since, whose it was; gives the old materials that stood then."""
        start = day_start(self.first)
        olds = Material.objects.filter(carried_to__in=self.rows)
        begun = olds.as_of(self.first - timedelta(days=1)).order_by("pk")
        new, latest = F("carried_to"), F("carried_to__latest")
        self._write_event(begun, self._note("", "carried_to__"), new, latest, target=F("state_then"), at=start)
        since = MaterialEvent.objects.filter(material__carried_to__in=self.rows, at__gte=start).exclude(target="")
        submission = Submission.objects.filter(carried_from=OuterRef("submission")).order_by().values("pk")
        kept = ("move", "label", "note", "at", "by", "source", "target")
        write_from(
            since,
            MaterialEvent,
            material=F("material__carried_to"),
            submission=Subquery(submission),
            **{name: F(name) for name in kept},
        )
        past = PastMaterial.objects.filter(material__carried_to__in=self.rows, until__gte=self.first)
        write_from(past, PastMaterial, material=F("material__carried_to"), unit=F("unit"), until=F("until"))
        moved = self.rows.exclude(unit=F("carried_from__unit"))
        until = timezone.localdate() - timedelta(days=1)
        write_from(moved, PastMaterial, material=F("pk"), unit=F("carried_from__unit"), until=until)
        return begun.order_by()

    def _write_event(
        self, rows: MaterialQuerySet, note: Any, material: F, submission: F, *, target: F, at: datetime
    ) -> None:
        write_from(
            rows,
            MaterialEvent,
            material=material,
            submission=submission,
            move="carry_over",
            label=_("沿用"),
            target=target,
            note=note,
            by=self.by,
            at=at,
        )

    def _note(self, old: str, new: str) -> Case:
        """Where the material comes from, and whether to look at the new words; `old` and `new` are the ways to both."""
        same = (Q(**{f"{old}standard__{name}": F(f"{new}standard__{name}")}) for name in ("content", "asked"))
        told = (
            (Q(**{f"{new}state": State.EMPTY}), _("承接自%(number)s")),
            (Q(*same), _("沿用自%(number)s")),
            (Q(**{f"{new}state": State.RETURNED}), _("沿用自%(number)s；新标准的文字有改动，请对照新标准报送")),
        )
        return Case(
            *(When(case, then=self._said(sentence, old)) for case, sentence in told),
            default=self._said(_("沿用自%(number)s；新标准的文字有改动，请对照新标准审核"), old),
            output_field=TEXT,
        )

    def _said(self, sentence: str, old: str) -> Concat:
        """The sentence with the old number (`Material.full_number`) in its place."""
        before, after = sentence.split("%(number)s")
        signs = (When(**{f"{old}ordinal": one}, then=Value(circled(one))) for one in self.ordinals)
        number = (f"{old}standard__indicator__code", Value("-"), f"{old}standard__number", Value(")-"))
        return Concat(Value(before), *number, Case(*signs, output_field=TEXT), Value(after), output_field=TEXT)
