from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import quantities
from cityinit.marks import mark_of
from cityinit.models import StoredFile
from units.models import Unit
from units.roles import Reach, scope_of

from .campaign import Campaign, SeenQuerySet
from .task import Task

LISTED = (
    *("pk", "done_on", "content", "is_highlight", "is_routine"),
    *("unit__short_name", "unit__name", "task", "task__code", "task__name"),
)


class LastOfWeek(models.Func):
    """The Sunday on or after a day, worked out by the database."""

    output_field = models.DateField()

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="date(%(expressions)s, 'weekday 0')", **extra)

    def as_postgresql(self, compiler, connection, **extra):
        template = "(date_trunc('week', %(expressions)s) + interval '6 days')::date"
        return self.as_sql(compiler, connection, template=template, **extra)


class WorkLogQuerySet(SeenQuerySet):
    SEEN_WITH = "campaigns.see_task"

    def _seen_by(self, user):
        """Entries the office sees; else what units in the own scope logged."""
        scope, seen = scope_of(user), models.Q(pk__in=[])
        # Keys from small tables, not joins: the log is then read along the index of its campaign.
        if paths := scope.paths_with("campaigns.see_task", office=True):
            seen |= models.Q(campaign__in=Campaign.objects.under(paths))
        if paths := scope.paths_with("campaigns.see_task"):
            seen |= models.Q(unit__in=Unit.objects.under(paths))
        return seen

    def within(self, period):
        return self.filter(done_on__gte=period.first, done_on__lte=period.last)

    def kinds(self):
        """The kinds already used, to be offered again."""
        return self.exclude(kind="").order_by("kind").values_list("kind", flat=True).distinct()

    def by_week(self):
        """Of what was kept by a tap one entry for each week of a task, the latest; everything else as it stands."""
        same_week = self.filter(
            task=models.OuterRef("task"),
            is_routine=True,
            done_on__gte=models.OuterRef("done_on"),
            done_on__lte=LastOfWeek(models.OuterRef("done_on")),
        )
        later = same_week.filter(
            models.Q(done_on__gt=models.OuterRef("done_on")) | models.Q(pk__gt=models.OuterRef("pk"))
        )
        return self.filter(models.Q(is_routine=False) | ~models.Exists(later))

    def for_table(self):
        """What a table of entries shows of each, as plain values (`campaigns.views.log_rows`)."""
        return self.values(*LISTED)

    def for_list(self):
        """Everything a list of entries shows with their files, in a fixed number of queries."""
        return self.select_related("task", "unit", "created_by").prefetch_related("quantities", "files")

    def for_page(self):
        """One entry with everything its page and its rights ask of it."""
        return self.select_related("task__campaign__host", "unit", "created_by").prefetch_related("quantities", "files")


class WorkLogEntry(models.Model):
    """Work a unit did for a task on a day (反馈/工作记录)."""

    task = models.ForeignKey(Task, verbose_name=_("任务"), on_delete=models.PROTECT, related_name="log_entries")
    # That of the task, which never changes it: the log of a campaign is a list of its own, the longest there is.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="log_entries", editable=False)
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="log_entries")
    done_on = models.DateField(_("日期"))
    kind = models.CharField(_("类别"), max_length=30, blank=True)
    content = models.TextField(_("内容"))
    is_highlight = models.BooleanField(_("亮点"), default=False)
    # Kept by one tap, without words of its own: it is counted, and no summary tells its text.
    is_routine = models.BooleanField(_("常态落实"), default=False)
    files = models.ManyToManyField(StoredFile, through="LogFile", related_name="log_entries")
    # Sent twice, stored once: the form carries a key made when it was drawn.
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = WorkLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("工作记录")
        ordering = ["-done_on", "-pk"]
        indexes = [
            models.Index(fields=["task", "done_on"], name="log_task_day"),
            models.Index(fields=["campaign", "-done_on", "-id"], name="log_latest"),
            models.Index(fields=["campaign", "unit", "-done_on", "-id"], name="log_latest_of_unit"),
        ]

    def __str__(self):
        return self.content[:40]

    def get_absolute_url(self):
        return reverse("campaigns:log_entry", args=[self.pk])

    def reach(self):
        return Reach(self.task.campaign.host.path, (self.unit.path,))

    @property
    def mark(self):
        amounts = [f"{amount.label}={amount.text}" for amount in self.quantities.all()]
        return mark_of(self, ("done_on", "kind", "content", "is_highlight", "files"), quantities=amounts)


class Quantity(models.Model):
    """A typed number of a log entry: 接受心理咨询=400余人次 (`campaigns.quantities` parses and adds up)."""

    class Kind(models.TextChoices):
        COUNT = "count", _("计数")
        RATE = "rate", _("比率")
        STATE = "state", _("状态")
        DURATION = "duration", _("时长")

    entry = models.ForeignKey(WorkLogEntry, on_delete=models.CASCADE, related_name="quantities")
    label = models.CharField(_("指标"), max_length=60)
    value = models.DecimalField(_("数值"), max_digits=16, decimal_places=2)
    qualifier = models.CharField(max_length=4, blank=True)
    measure = models.CharField(_("计量单位"), max_length=20)
    canonical_measure = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind)
    # As it was written, e.g. 400余人次 or 3万余元.
    text = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["label", "canonical_measure"], name="quantity_label_measure")]

    def __str__(self):
        return f"{self.label}={self.text}"

    @property
    def amount(self):
        """The quantity as `campaigns.quantities` reads and adds up."""
        return quantities.Quantity(self.label, self.value, self.qualifier, self.measure, self.entry.done_on)


class LogFile(models.Model):
    entry = models.ForeignKey(WorkLogEntry, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "file"], name="log_file_once")]

    def __str__(self):
        return str(self.file)
