"""A report with its frozen snapshots, its text, its files and what happened to it."""

import hashlib
from functools import cached_property

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from cityinit.history import Event
from cityinit.models import Job, StoredFile
from cityinit.periods import Period
from inspections.models import Round
from reports.frozen import keys_in, rows_in
from units.models import Unit
from units.roles import Reach, scope_of

from .kind import Kind
from .template import Template


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports of the hosts whose office the person is in."""
        scope = scope_of(user)
        seen = models.Q(pk__in=[])
        for path in scope.paths_with("reports.see_report"):
            seen |= models.Q(campaign__host__path__startswith=path)
        return self.filter(seen)

    def of(self, campaign):
        return self.filter(campaign=campaign)


class Report(models.Model):
    """A summary of a campaign or of one unit in it, a circular of what was found, or the scores of a round told."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        EDITED = "edited", _("已修改")
        REVIEWED = "reviewed", _("已审核")
        APPROVED = "approved", _("已批准")
        ISSUED = "issued", _("已印发")

    FIXED = (State.REVIEWED, State.APPROVED, State.ISSUED)
    TONES = {"draft": "neutral", "edited": "blue", "reviewed": "yellow", "approved": "green", "issued": "green"}

    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE, related_name="reports")
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    kind = models.CharField(_("种类"), max_length=12, choices=Kind, default=Kind.SUMMARY)
    round = models.ForeignKey(
        Round, verbose_name=_("督查批次"), null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    template = models.ForeignKey(
        Template, verbose_name=_("模板"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(_("标题"), max_length=200)
    first_day = models.DateField(_("起"))
    last_day = models.DateField(_("止"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("总结通报")
        ordering = ["-last_day", "-pk"]
        constraints = [
            # NULLs are distinct to both databases, hence one rule for the city's, a unit's and a round's.
            models.UniqueConstraint(
                fields=["campaign", "kind", "first_day", "last_day"],
                condition=models.Q(unit=None, round=None),
                name="campaign_report_once_per_period",
            ),
            models.UniqueConstraint(
                fields=["campaign", "kind", "unit", "first_day", "last_day"],
                condition=models.Q(unit__isnull=False, round=None),
                name="unit_report_once_per_period",
            ),
            models.UniqueConstraint(
                fields=["kind", "round"], condition=models.Q(round__isnull=False), name="round_report_once"
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="report_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("reports:report", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,) if self.unit else ())

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def period(self):
        return Period(self.first_day, self.last_day)

    @property
    def is_fixed(self):
        """Whether its text and figures stay as they are."""
        return self.state in self.FIXED


class Snapshot(models.Model):
    """The facts of a period as they stood when they were taken; written once, never changed."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="snapshots")
    version = models.PositiveIntegerField(_("版本"))
    facts = models.JSONField()
    hash = models.CharField(max_length=64)
    taken_at = models.DateTimeField(default=timezone.now)
    job_key = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["report", "version"], name="snapshot_version_once")]

    def __str__(self):
        return f"{self.report} v{self.version}"

    @property
    def as_of(self):
        """The day its figures speak of: the period's last, or the day of writing while it runs and of a round."""
        taken = timezone.localdate(self.taken_at)
        return taken if self.report.round_id else min(self.report.last_day, taken)

    def keys_of(self, figure):
        """The keys of the records that one of its figures counts, in order."""
        if figure["list"] not in self._lists:
            packed = self.lists.values_list("keys", flat=True).get(digest=figure["list"])
            self._lists[figure["list"]] = keys_in(bytes(packed))
        return self._lists[figure["list"]]

    @cached_property
    def _lists(self):
        return {}

    def ledger(self):
        """Every row of its findings ledger, in order; one part of it in memory at a time."""
        return rows_in(bytes(rows) for rows in self.ledger_parts.values_list("rows", flat=True).iterator(chunk_size=1))


class FrozenList(models.Model):
    """The keys of the records that figures of a snapshot count, packed; those that count the same share one."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="lists")
    # As the figures in the facts name it.
    digest = models.CharField(max_length=32)
    model = models.CharField(max_length=60)
    count = models.PositiveIntegerField()
    keys = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "digest"], name="frozen_list_once")]

    def __str__(self):
        return f"{self.snapshot} {self.digest}"


class LedgerPart(models.Model):
    """Some thousand rows of a snapshot's findings ledger, packed."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="ledger_parts")
    place = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    rows = models.BinaryField()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["snapshot", "place"], name="ledger_part_once")]

    def __str__(self):
        return f"{self.snapshot} {self.place}"


class Section(models.Model):
    """One part of a report's text: what was written from the snapshot, and what a hand made of it."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    heading = models.CharField(_("标题"), max_length=200, blank=True)
    level = models.PositiveSmallIntegerField(default=1)
    written = models.TextField()
    text = models.TextField(_("正文"))
    # Which figures stand in the written text: [{start, end, figure}], for links back to records.
    links = models.JSONField(default=list)
    # The text below a hand edit was written anew and says something else now.
    is_outdated = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="section_once")]

    def __str__(self):
        return self.heading or self.key

    @property
    def is_edited(self):
        return self.text != self.written

    @property
    def token(self):
        """What a form must send back to show that it was drawn from this very heading and text."""
        return hashlib.sha256(f"{self.heading}\n{self.text}".encode()).hexdigest()[:16]


class ReportFile(models.Model):
    """A drawn document of a report: the Word file or the ledger annex, of one snapshot and text."""

    class Kind(models.TextChoices):
        DOCX = "docx", _("Word 文件")
        XLSX = "xlsx", _("Excel 附表")
        PDF = "pdf", _("PDF 文件")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="files")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=4, choices=Kind)
    text_hash = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "kind", "text_hash"], name="report_file_once"),
        ]

    def __str__(self):
        return f"{self.report} {self.get_kind_display()}"


class ReportEvent(Event):
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10, blank=True)
