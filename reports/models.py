"""What the office issues: reports with their frozen snapshots, sections, files; the templates they are written in."""

import hashlib

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
from units.models import Unit
from units.roles import Reach, scope_of


class Kind(models.TextChoices):
    """What the office issues; what each is made of stands in `kinds.py`."""

    SUMMARY = "summary", _("工作总结")
    CIRCULAR = "circular", _("督查通报")
    ASSESSMENT = "assessment", _("模拟测评通报")


class TemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(campaign__in=Campaign.objects.visible_to(user))

    def of(self, campaign):
        return self.filter(campaign=campaign)

    def for_kind(self, campaign, kind):
        """What a new report of the kind is written in: the office's usual template, else an empty one."""
        usual = self.of(campaign).filter(kind=kind).order_by("-is_usual", "pk").first()
        return usual or Template(campaign=campaign, kind=kind, is_usual=True)


class Template(models.Model):
    """How an office writes reports of one kind: which parts in which order, and the phrases around them."""

    class Layout(models.TextChoices):
        UNDER_ONE = "under_one", _("板块归入“一、工作开展情况”")
        OWN_HEADINGS = "own_headings", _("每个板块单列为一、二、三……")

    class Numbering(models.TextChoices):
        STANDARD = "standard", _("一、（一）1.（1）（国标）")
        DIGITS = "digits", _("1. 1.1 1.1.1")
        NONE = "none", _("不编号")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="report_templates")
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=40, blank=True)
    is_usual = models.BooleanField(_("通常采用"), default=False)
    parts = models.JSONField(_("组成部分"), default=list, blank=True)
    # {part: the office's own heading}
    headings = models.JSONField(_("各部分标题"), default=dict, blank=True)
    numbering = models.CharField(_("标题编号"), max_length=10, choices=Numbering, default=Numbering.STANDARD)
    layout = models.CharField(_("结构"), max_length=12, choices=Layout, blank=True)
    scheme = models.CharField(_("按哪个体系分节"), max_length=40, blank=True)
    subtitle = models.CharField(_("副标题"), max_length=120, blank=True)
    addressee = models.CharField(_("主送"), max_length=200, blank=True)
    opening = models.TextField(_("开头语"), blank=True)
    requirements = models.TextField(_("工作要求"), blank=True)
    closing = models.TextField(_("结束语"), blank=True)
    signature = models.CharField(_("落款"), max_length=100, blank=True)
    # The office's own Word file with placeholders; without one the document is drawn as the standard has it.
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pairs = models.PositiveSmallIntegerField(_("附整改前后照片（组）"), default=20)
    line_points = models.DecimalField(_("行距（磅）"), max_digits=4, decimal_places=2, default="28.95")

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("模板")
        ordering = ["kind", "-is_usual", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind", "name"], name="template_name_once"),
            models.UniqueConstraint(
                fields=["campaign", "kind"], condition=models.Q(is_usual=True), name="template_usual_once"
            ),
        ]

    def __str__(self):
        return self.name or str(self.get_kind_display())

    def reach(self):
        return Reach(self.campaign.host.path)


class Schedule(models.Model):
    """Which reports of a campaign are drafted without being asked for; one without a row has the usual ones."""

    class Cycle(models.TextChoices):
        WEEK = "week", _("每周总结（周一编写上一周）")
        MONTH = "month", _("每月总结（1日编写上一月）")
        QUARTER = "quarter", _("每季度总结")
        HALF_YEAR = "half_year", _("半年总结")
        YEAR = "year", _("年度总结")
        ROUND_CIRCULAR = "round_circular", _("督查批次公布后次日编写督查通报")
        ROUND_ASSESSMENT = "round_assessment", _("督查批次公布后次日编写模拟测评通报")

    USUAL = (Cycle.HALF_YEAR,)

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="report_schedule")
    cycles = models.JSONField(_("自动编写"), default=list, blank=True)
    # What had ended before somebody asked for it is not drafted.
    since = models.DateField(_("自"), default=timezone.localdate)

    class Meta:
        verbose_name = _("自动编写")

    def __str__(self):
        return str(self.campaign)


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


class ReportCheck(models.Model):
    """核对: which figures of a snapshot the records of today would tell otherwise; written once by its job."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="checks")
    job_key = models.CharField(max_length=80, unique=True)
    # As `comparing.Change` gives them.
    changes = models.JSONField(default=list)
    at = models.DateTimeField(_("核对时间"), default=timezone.now)

    class Meta:
        verbose_name = _("核对")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.snapshot} {self.at:%Y-%m-%d %H:%M}"


class Comment(models.Model):
    """What a reader says of a report or of one of its sections: a remark to be settled, or a leader's instruction."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="comments")
    section = models.ForeignKey(
        Section, verbose_name=_("段落"), null=True, blank=True, on_delete=models.SET_NULL, related_name="comments"
    )
    # What the section was called: it may go when the report is written anew.
    about = models.CharField(max_length=200, blank=True)
    is_instruction = models.BooleanField(_("批示"), default=False)
    text = models.TextField(_("内容"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(_("处理时间"), null=True)
    answer = models.TextField(_("处理情况"), blank=True)
    client_key = models.UUIDField(null=True, unique=True)

    class Meta:
        verbose_name = _("批注")
        ordering = ["at", "pk"]

    def __str__(self):
        return self.text[:40]
