from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Concat, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Indicator, Submission
from campaigns.models.campaign import CampaignRow, CampaignRowQuerySet, ChoiceRow, SeenQuerySet
from cityinit.addresses import address
from cityinit.marks import mark_of
from cityinit.models import StoredFile
from cityinit.pairs import PairsIndex
from cityinit.periods import day_end, day_of
from cityinit.statements import Slot, Statement
from units.models import Unit
from units.roles import Reach, scope_of

from .round import Round
from .site import Site

MONTH = timedelta(days=30)
LIKELY = 12
# So long what was closed may come back, and is a recurrence (反弹) then.
REOPEN_DAYS = 90
# More sites of a name than these are not asked for one by one.
MOST_NAMED = 300
RECURS_FOR = timedelta(days=REOPEN_DAYS)
# What may wait until a day is shown to the office so long before it.
LONG_TERM_NEAR = timedelta(days=7)


class FindingCategoryQuerySet(CampaignRowQuerySet):
    def in_use(self):
        return self.filter(retired_on=None)


class FindingCategory(ChoiceRow):
    """A kind of finding with its limit; without one the severity's limit holds."""

    class LimitUnit(models.TextChoices):
        WORKING_HOURS = "working_hours", _("工作时")
        WORKING_DAYS = "working_days", _("工作日")
        HOURS = "hours", _("小时")
        DAYS = "days", _("天")

    group = models.CharField(_("大类"), max_length=40, blank=True)
    name = models.CharField(_("名称"), max_length=60)
    limit_amount = models.PositiveIntegerField(_("整改时限"), null=True, blank=True)
    limit_unit = models.CharField(_("时限单位"), max_length=14, choices=LimitUnit, blank=True)
    # Nothing new is filed under it; what was stays.
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)

    # The columns that the office writes.
    WRITTEN = ("group", "name", "limit_amount", "limit_unit")

    objects = FindingCategoryQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(ChoiceRow.Meta):
        verbose_name = _("问题类别")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="finding_category_once"),
            models.CheckConstraint(
                condition=models.Q(limit_amount=None) | ~models.Q(limit_unit=""), name="finding_category_limit_has_unit"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def mark(self):
        return mark_of(self, (*FindingCategory.WRITTEN, "retired_on"))


def sites_named(text):
    """The keys of the sites with the text in their names: joined, the index of words would be of no use."""
    keys = [key for (key,) in NAMED.ask(words=text)]
    return keys if len(keys) <= MOST_NAMED else _named(text).values("pk")


def _named(words):
    return Site.objects.filter(name__icontains=words).order_by()


NAMED = Statement(lambda: _named(Slot("words", models.TextField())).values_list("pk")[: MOST_NAMED + 1])


class FindingQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_finding"

    def _seen_by(self, user):
        """All findings of the office's hosts, or of its part of one; else dispatched ones with a unit in scope."""
        scope, seen = scope_of(user), self._seen_whole(user)
        paths = scope.paths_with("inspections.see_finding", office=False)
        if paths:
            units = Unit.objects.under(paths)
            # EXISTS, not a joined distinct: the list must keep its index order.
            assisting = Finding.assisting_units.through.objects.filter(finding=models.OuterRef("pk"), unit__in=units)
            mine = models.Q(lead_unit__in=units) | models.Exists(assisting)
            seen |= mine & models.Q(dispatched_at__isnull=False)
        if paths := scope.partial_paths_with("inspections.see_finding"):
            # The office of a district has its part to verify, too: where the place or the unit lies in it.
            units = Unit.objects.under(paths)
            assisting = Finding.assisting_units.through.objects.filter(finding=models.OuterRef("pk"), unit__in=units)
            seen |= models.Q(lead_unit__in=units) | models.Q(site__unit__in=units) | models.Exists(assisting)
            seen |= models.Q(reported_by=user.pk)
        return seen

    def hold(self, *keys):
        """The findings as they stand, by key, held until the transaction ends.

        Everybody holds in one order (decision 28): the campaign, findings in the order of their keys, then what hangs
        on them. Whoever moves one finding and writes first of all to its row needs no more.
        """
        return {row.pk: row for row in self.filter(pk__in=keys).held()}

    def held(self):
        """These findings as `hold` gives those of some keys."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def open(self):
        return self.filter(state__in=Finding.OPEN_STATES)

    def with_unit_now(self):
        """What a unit has to act on."""
        return self.filter(state__in=Finding.UNIT_STATES)

    def overdue(self, *, at):
        return self.with_unit_now().filter(due_at__lt=at)

    def due_today(self, *, at):
        """Still with the unit and due between that moment and the end of its day; what is overdue is not among them."""
        return self.with_unit_now().filter(due_at__gte=at, due_at__lt=day_end(day_of(at)))

    def warned(self, *, at):
        """Three quarters of the time have gone, the deadline has not."""
        return self.with_unit_now().filter(warn_at__lte=at, due_at__gte=at)

    def in_time(self, *, at):
        """Still with the unit, and not yet to be warned of."""
        unwarned = models.Q(warn_at=None) | models.Q(warn_at__gt=at)
        return self.with_unit_now().filter(unwarned, due_at__gte=at)

    def long_term_until(self, *, day):
        """What may wait (挂账) until that day or an earlier one, and waits still."""
        return self.filter(state=Finding.State.LONG_TERM, long_term_until__lte=day)

    def to_escalate(self, *, at):
        """With a unit of a running campaign, and over the moment of the warning or the deadline."""
        over = models.Q(warn_at__lte=at) | models.Q(due_at__lte=at)
        return self.with_unit_now().filter(over, due_at__isnull=False, campaign__ends_on__gte=day_of(at))

    def with_step(self):
        """With `step`, the highest to which the deadline that stands has been escalated; None where to none."""
        # By its name: the steps are told in a file above this one.
        steps = Finding._meta.get_field("steps").related_model.objects.filter(
            finding=models.OuterRef("pk"), due_at=models.OuterRef("due_at"), unit=models.OuterRef("lead_unit")
        )
        return self.annotate(step=models.Subquery(steps.order_by("-step").values("step")[:1]))

    def with_notice(self):
        """With `noticed_in`, the number of the last notice that told its unit what it has to do now; None without one.

        What was given to the unit again since, or sent back to be done again, it has not been told of.
        """
        # By their names: notices and events are told in files above this one.
        lines = Finding._meta.get_field("notice_lines").related_model.objects
        events = Finding._meta.get_field("events").related_model.objects
        since = events.filter(
            finding=models.OuterRef("finding"),
            move__in=Finding.BEGINS,
            at__gt=models.OuterRef("notice__batch__issued_at"),
        )
        to_unit = models.Q(notice__unit=models.OuterRef("lead_unit"))
        to_unit |= models.Q(notice__unit__merged_into=models.OuterRef("lead_unit"))
        told = lines.filter(to_unit, ~models.Exists(since), finding=models.OuterRef("pk")).order_by("-notice")
        return self.annotate(noticed_in=models.Subquery(told.values("notice__number")[:1]))

    def counted_at(self, moment):
        """What counted as a finding when that moment came: not rejected, merged or voided before it, and no draft.

        Every figure begins here (decision 12). From those three states nothing comes back, so only rows that are in
        one of them now are asked for when it came about; without a word on that it was always so.
        """
        taken_back = Finding.TAKEN_BACK_STATES
        events = Finding._meta.get_field("events").related_model.objects
        happened = events.filter(finding=models.OuterRef("pk"), target__in=taken_back)
        only_since = models.Exists(happened.filter(at__gte=moment)) & ~models.Exists(happened.filter(at__lt=moment))
        return self.exclude(state=Finding.State.DRAFT).filter(~models.Q(state__in=taken_back) | only_since)

    def closed_within(self, period):
        """Closed on one of the days of the period, with the first moment as `closed_then`, and counted on its last."""
        # By its name: what happened is told in a file above this one.
        events = Finding._meta.get_field("events").related_model.objects
        closing = events.filter(target__in=Finding.DONE_STATES, at__gte=period.starts_at, at__lt=period.ends_at)
        first = closing.filter(finding=models.OuterRef("pk")).order_by("at", "pk").values("at")[:1]
        rows = self.filter(pk__in=closing.order_by().values("finding"))
        return rows.counted_at(period.ends_at).annotate(closed_then=models.Subquery(first))

    def recurred_within(self, period):
        """Of those closed in the period what had come back by its last day.

        Opened again, which may be done for ninety days; or found again in that time, of its category at its site.
        """
        until = models.ExpressionWrapper(models.OuterRef("closed_then") + RECURS_FOR, models.DateTimeField())
        events = Finding._meta.get_field("events").related_model.objects.filter(finding=models.OuterRef("pk"))
        again = events.filter(move="reopen", at__gt=models.OuterRef("closed_then"), at__lt=period.ends_at)
        # Both are of the campaign: told so besides, SQLite would go through ninety days of it for each row.
        alike = Finding.objects.filter(
            site=models.OuterRef("site"),
            category=models.OuterRef("category"),
            found_at__gt=models.OuterRef("closed_then"),
            found_at__lte=until,
            found_at__lt=period.ends_at,
        )
        alike = alike.exclude(pk=models.OuterRef("pk")).counted_at(period.ends_at)
        return self.closed_within(period).filter(models.Exists(again) | models.Exists(alike))

    def led_within(self, user):
        """Those whose lead unit is in the person's scope: theirs to answer, not only to see."""
        return self.filter(lead_unit__in=Unit.objects.governed_by(user))

    def mentioning(self, text, *, named=None, read=False):
        """With the text in number, description or place, or at one of the sites `named` so (`sites_named`).

        They are looked up by the index of words. `read` reads them instead: for rows that are few, or come in order.
        """
        said = models.Q(**{"words__says" if read else "words__has_words": text})
        named = sites_named(text) if named is None else named
        return self.filter(said | models.Q(site__in=named) if named else said)

    def likely_originals(self, finding):
        """Those that count and may well be the same thing: of its site, or its category, in the month before."""
        near = models.Q(category=finding.category_id)
        if finding.site_id:
            near |= models.Q(site=finding.site_id)
        since = finding.found_on - MONTH
        rows = self.of(finding.campaign).filter(near, found_on__range=(since, finding.found_on)).exclude(pk=finding.pk)
        # Of the same place first: that is where two people see the same thing.
        of_site = models.Case(models.When(site=finding.site_id or 0, then=0), default=1)
        rows = rows.exclude(state__in=Finding.UNCOUNTED_STATES)
        wanted = rows.order_by(of_site, "-found_at", "-pk").values_list("pk", flat=True)[:LIKELY]
        # A slice cannot be asked once more for the one that was chosen.
        return self.filter(pk__in=list(wanted)).select_related("site").order_by(of_site, "-found_at", "-pk")

    def under(self, indicator):
        """Those filed under the indicator, in whatever version of its system; none without one."""
        return self.filter(indicator__lineage=indicator.lineage) if indicator else self.none()

    def with_extension_asked(self):
        asked = Extension.objects.filter(finding=models.OuterRef("pk"), state=Extension.State.ASKED)
        return self.filter(models.Exists(asked))

    def with_open_doubt(self):
        """Of which a photo is doubted and nobody has said anything of it yet."""
        doubts = Finding._meta.get_field("doubts").related_model
        open_ones = doubts.objects.open().filter(finding=models.OuterRef("pk"))
        return self.filter(models.Exists(open_ones)).exclude(state__in=Finding.UNCOUNTED_STATES)

    def for_page(self):
        """One finding with everything its page and its moves ask of it."""
        return self.select_related(
            "campaign__host",
            "site__unit",
            "site__kind",
            "category",
            "round",
            "indicator",
            "lead_unit",
            "reported_by",
            "answered_by",
            "closed_by",
            "duplicate_of",
        )

    def with_signs(self):
        """With `has_…` for each thing that is asked for apart only where there is any; few findings have all."""
        key = models.OuterRef("pk")
        signs = {
            "assisting": Finding.assisting_units.through.objects.filter(finding=key),
            "uses": Submission.objects.from_source(Submission.Source.FINDING, key),
        }
        # By their names: they are told in files above this one.
        for name in ("extensions", "doubts", "rectifications", "notice_lines"):
            signs[name] = Finding._meta.get_field(name).related_model.objects.filter(finding=key)
        return self.annotate(**{f"has_{name}": models.Exists(rows.order_by()) for name, rows in signs.items()})

    def for_ledger(self):
        """Everything a row of the ledger tells, in a fixed number of queries for each piece that is read."""
        rows = self.select_related("site", "category", "round", "lead_unit", "reported_by", "duplicate_of")
        return rows.prefetch_related("assisting_units")

    def for_list(self):
        """What a findings table shows, as rows of plain values in one query."""
        return self.values(
            "pk",
            "number",
            "found_at",
            "state",
            "severity",
            "description",
            "due_at",
            "warn_at",
            "long_term_until",
            "place",
            "site__name",
            "category__name",
            "lead_unit__name",
            "lead_unit__short_name",
        )


class Finding(CampaignRow):
    """What an inspector found (问题), from the photo to close-out."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        REPORTED = "reported", _("待核实")
        REJECTED = "rejected", _("不予立案")
        DUPLICATE = "duplicate", _("重复")
        DISPATCHED = "dispatched", _("已交办")
        RETURNED = "returned", _("已退回")
        RECTIFYING = "rectifying", _("整改中")
        SUBMITTED = "submitted", _("待复核")
        REWORK = "rework", _("返工")
        LONG_TERM = "long_term", _("挂账")
        CLOSED = "closed", _("已销号")
        CLOSED_ON_SPOT = "closed_on_spot", _("现场整改")
        REOPENED = "reopened", _("反弹")
        VOID = "void", _("作废")

    class Severity(models.TextChoices):
        # The limit is not named here: the category's goes before it (inspections.dispatch).
        A = "A", _("A 紧急")
        B = "B", _("B 较重")
        C = "C", _("C 一般")
        D = "D", _("D 较轻")
        E = "E", _("E 长期")

    OPEN_STATES = (
        State.REPORTED,
        State.DISPATCHED,
        State.RETURNED,
        State.RECTIFYING,
        State.SUBMITTED,
        State.REWORK,
        State.LONG_TERM,
        State.REOPENED,
    )
    DONE_STATES = (State.CLOSED, State.CLOSED_ON_SPOT)
    # Where the unit is to act: these can be overdue.
    UNIT_STATES = (State.DISPATCHED, State.RECTIFYING, State.REWORK)
    # The moves that give a unit its time anew.
    BEGINS = ("dispatch", "rework")
    # With the office again, which gives them out anew: the deadline there was is past.
    BACK_STATES = (State.RETURNED, State.REOPENED)
    # Not findings in any figure: never accepted as one, or taken back. None of these is ever left but for void.
    TAKEN_BACK_STATES = (State.REJECTED, State.DUPLICATE, State.VOID)
    UNCOUNTED_STATES = (State.DRAFT, *TAKEN_BACK_STATES)
    TONES = {
        "draft": "neutral",
        "reported": "orange",
        "rejected": "neutral",
        "duplicate": "neutral",
        "dispatched": "blue",
        "returned": "orange",
        "rectifying": "blue",
        "submitted": "yellow",
        "rework": "red",
        "long_term": "purple",
        "closed": "green",
        "closed_on_spot": "green",
        "reopened": "red",
        "void": "neutral",
    }

    number = models.CharField(_("编号"), max_length=40)
    found_at = models.DateTimeField(_("发现时间"), default=timezone.now)
    found_on = models.DateField(_("发现日期"))
    round = models.ForeignKey(
        Round, verbose_name=_("督查批次"), null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    site = models.ForeignKey(
        Site, verbose_name=_("点位"), null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    place = models.CharField(_("位置"), max_length=120, blank=True, help_text=_("不在点位登记册内时填写"))
    # Its index goes on with the day: what is alike is of one category, within some days.
    category = models.ForeignKey(
        FindingCategory, verbose_name=_("类别"), on_delete=models.PROTECT, related_name="findings", db_index=False
    )
    severity = models.CharField(_("等级"), max_length=1, choices=Severity, default=Severity.C)
    description = models.TextField(_("问题描述"), blank=True)
    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), null=True, blank=True, on_delete=models.SET_NULL, related_name="findings"
    )
    lead_unit = models.ForeignKey(
        Unit, verbose_name=_("责任单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="led_findings"
    )
    assisting_units = models.ManyToManyField(
        Unit, verbose_name=_("协办单位"), related_name="assisted_findings", blank=True
    )
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.DRAFT)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("上报时间"), null=True)
    dispatched_at = models.DateTimeField(_("交办时间"), null=True)
    due_at = models.DateTimeField(_("整改期限"), null=True)
    first_due_at = models.DateTimeField(_("最初期限"), null=True)
    # Kept, not computed: lists ask for it, and the calendar may be entered later.
    warn_at = models.DateTimeField(_("预警时间"), null=True)
    acknowledged_at = models.DateTimeField(_("签收时间"), null=True)
    answered_at = models.DateTimeField(_("整改反馈时间"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    measure = models.TextField(_("整改措施"), blank=True)
    reviewed_at = models.DateTimeField(_("复核时间"), null=True)
    closed_at = models.DateTimeField(_("销号时间"), null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    returned_times = models.PositiveSmallIntegerField(_("退回次数"), default=0)
    rework_times = models.PositiveSmallIntegerField(_("返工次数"), default=0)
    reopened_times = models.PositiveSmallIntegerField(_("反弹次数"), default=0)
    paused_at = models.DateTimeField(null=True)
    long_term_plan = models.TextField(_("挂账方案"), blank=True)
    long_term_until = models.DateField(_("挂账至"), null=True, blank=True)
    long_term_leader = models.CharField(_("挂账责任领导"), max_length=60, blank=True)
    duplicate_of = models.ForeignKey(
        "self", verbose_name=_("重复于"), null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    # Sent twice, stored once: the capture form carries a key made on the phone.
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # When what figures ask of it last changed: what has not changed since a day is as it was then. None: not known.
    changed_at = models.DateTimeField(null=True, editable=False)
    # What a search looks through.
    words = models.GeneratedField(
        expression=Upper(
            Concat(
                *("number", models.Value(" "), "description", models.Value(" "), "place"),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    objects = FindingQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("问题")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="finding_number_once"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["closed", "closed_on_spot"]) | models.Q(closed_at__isnull=False),
                name="finding_closed_has_its_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["dispatched", "rectifying", "submitted", "rework"])
                | models.Q(lead_unit__isnull=False),
                name="finding_with_a_unit_names_it",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-found_at", "-id"], name="finding_campaign_found"),
            models.Index(fields=["campaign", "found_on"], name="finding_campaign_day"),
            models.Index(fields=["campaign", "due_at", "id"], name="finding_campaign_due"),
            models.Index(fields=["lead_unit", "state", "due_at"], name="finding_unit_state_due"),
            models.Index(fields=["campaign", "state", "due_at"], name="finding_campaign_state_due"),
            models.Index(fields=["category", "found_on"], name="finding_category_day"),
            PairsIndex(field="words", name="finding_words"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return address("inspections:finding", self.pk)

    def reach(self):
        """The office, and the lead unit: assisting units see the finding but do not answer it."""
        return Reach(self.campaign.host.path, (self.lead_unit.path,) if self.lead_unit else ())

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def where(self):
        return self.site.name if self.site else self.place

    @property
    def clock_runs(self):
        """Whether the unit is to act, so that the deadline counts."""
        return self.state in self.UNIT_STATES and self.due_at is not None

    def is_overdue(self, *, at):
        return self.clock_runs and self.due_at < at

    def is_warned(self, *, at):
        return self.clock_runs and not self.is_overdue(at=at) and self.warn_at is not None and self.warn_at <= at


class FormerLead(models.Model):
    """A unit that led a finding until a day: merged since, or the finding was given to another."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="former_leads")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.finding} {self.unit} {self.until}"


class FindingSeries(models.Model):
    """The last number given in a campaign and year; the row's lock keeps two people from the same number."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "year"], name="finding_series_once")]

    def __str__(self):
        return f"{self.year}-{self.last:06}"


class FindingPhotoQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of findings in sight; of a duplicate beside its original, and of that as `of_outcome`."""
        # EXISTS by keys: a list of all that is in sight would be made for each photo of a page.
        visible = Finding.objects.visible_to(user)
        duplicate = Finding.State.DUPLICATE
        return self.filter(
            models.Exists(visible.filter(pk=models.OuterRef("finding")))
            | models.Q(finding__state=duplicate)
            & models.Exists(visible.filter(pk=models.OuterRef("finding__duplicate_of")))
            | FindingPhoto.of_outcome()
            & models.Exists(visible.filter(duplicate_of=models.OuterRef("finding"), state=duplicate))
        )

    def for_marking(self):
        """With everything that is written on a marked copy."""
        return self.select_related("file", "finding__campaign", "finding__site", "finding__category", "added_by")


class FindingPhoto(models.Model):
    class Phase(models.TextChoices):
        BEFORE = "before", _("整改前")
        AFTER = "after", _("整改后")
        REOPENED = "reopened", _("反弹")
        LOOK_BACK = "look_back", _("回头看")

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="photos")
    phase = models.CharField(max_length=10, choices=Phase)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    rectification = models.ForeignKey(
        "inspections.Rectification", null=True, on_delete=models.CASCADE, related_name="photos"
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = FindingPhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.finding} {self.get_phase_display()}"

    @classmethod
    def of_outcome(cls):
        """How it was found; and once it is closed, what was shown of it then: not what was turned down on the way."""
        passed = models.Q(rectification=None) | models.Q(rectification__verdict="passed")
        closed = models.Q(phase=cls.Phase.AFTER, finding__state__in=Finding.DONE_STATES) & passed
        return models.Q(phase=cls.Phase.BEFORE) | closed


class Extension(models.Model):
    """A unit asks for more time; the coordinator grants or refuses, and with the deadline it is about it lapses."""

    class State(models.TextChoices):
        ASKED = "asked", _("待批")
        GRANTED = "granted", _("已批准")
        REFUSED = "refused", _("未批准")
        LAPSED = "lapsed", _("已失效")

    TONES = {"asked": "orange", "granted": "green", "refused": "neutral", "lapsed": "neutral"}

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="extensions")
    reason = models.TextField(_("理由"))
    asked_due = models.DateField(_("申请延至"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(_("答复"), blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=models.Q(state="asked"), name="one_extension_asked_at_a_time"
            )
        ]

    def __str__(self):
        return f"{self.finding} → {self.asked_due}"

    def get_absolute_url(self):
        return self.finding.get_absolute_url()

    def reach(self):
        return self.finding.reach()

    @property
    def tone(self):
        return self.TONES[self.state]
