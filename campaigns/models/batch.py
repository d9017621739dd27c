"""Many rows on which a person does one thing: fixed when it is sent, done by a job some at a time."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.models import Job
from cityinit.statements import Slot, Statement, columns_with, made_with
from units.roles import Reach, scope_of

from .campaign import Campaign, SeenQuerySet
from .task import Task


class BatchQuerySet(SeenQuerySet):
    """Those of the campaigns whose tasks the person breaks down: colleagues see how far each other's are."""

    SEEN_WITH = "campaigns.break_down_task"

    def going_on(self, user):
        """Those a job is at work on, and the person's own that it could not bring to their end."""
        under_way = models.Q(job__state__in=(Job.State.QUEUED, Job.State.RUNNING))
        broken_off = models.Q(job__state=Job.State.FAILED, requested_by=user)
        return self.filter(under_way | broken_off, finished_at=None)


class AbstractBatch(models.Model):
    """One thing that somebody does to many rows, fixed when it is sent, and how far a job is with it.

    A subclass says `act`, `back_url`'s list, and in `rows` what it is done to (`AbstractBatchRow`).
    """

    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE, related_name="+")
    # What is to be written, by the words of the actions; and the same as a person reads it.
    values = models.JSONField(default=dict)
    said = models.TextField(_("改成"), blank=True)
    # The list with the filter that it was sent from.
    back_url = models.TextField()
    total = models.PositiveIntegerField(_("选定数"))
    done_count = models.PositiveIntegerField(_("已办"), default=0)
    refused_count = models.PositiveIntegerField(_("没有办"), default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("提交时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(_("办完时间"), null=True)
    # Sent twice, stored once: the form carries a key made when it was drawn.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def reach(self):
        return Reach(self.campaign.host.path)

    @property
    def left_count(self):
        return self.total - self.done_count - self.refused_count

    @property
    def how_far(self):
        told = {"n": self.total - self.left_count, "total": self.total}
        return _("已办理%(n)s项，共%(total)s项") % told

    @property
    def is_under_way(self):
        return bool(self.job and self.job.is_open and not self.finished_at)

    @property
    def standing(self):
        """Tone and words of how far it is."""
        if self.finished_at:
            return ("yellow", _("已办完，部分没有办成")) if self.refused_count else ("green", _("已办完"))
        return ("red", _("中断")) if self.job and self.job.is_failed else ("blue", _("正在办理"))

    @property
    def tone(self):
        return self.standing[0]

    def get_state_display(self):
        return self.standing[1]

    def count(self):
        """Write down how many of its rows are done, and how many refused."""
        outcome = AbstractBatchRow.Outcome
        counted = self.rows.aggregate(
            done=models.Count("pk", filter=models.Q(outcome=outcome.DONE)),
            refused=models.Count("pk", filter=models.Q(outcome=outcome.REFUSED)),
        )
        self.done_count, self.refused_count = counted["done"], counted["refused"]
        self.save(update_fields=["done_count", "refused_count"])


class Batch(AbstractBatch):
    """One thing that somebody does to many tasks."""

    class Act(models.TextChoices):
        ISSUE = "issue", _("下发")
        CHANGE = "change", _("批量修改")

    act = models.CharField(_("办理"), max_length=10, choices=Act)

    objects = BatchQuerySet.as_manager()

    class Meta(AbstractBatch.Meta):
        verbose_name = _("批量办理")
        indexes = [models.Index(fields=["campaign", "finished_at"], name="batch_campaign_finished")]

    def __str__(self):
        return _("%(act)s%(n)s项任务") % {"act": self.get_act_display(), "n": self.total}

    def get_absolute_url(self):
        return reverse("campaigns:batch", args=[self.pk])

    @property
    def is_issue(self):
        return self.act == self.Act.ISSUE


def going_on(user, *, of):
    """The batches of one campaign that a list of its tasks tells the person of, each with its job; one query."""
    if not scope_of(user).reaches(of.host.path, BatchQuerySet.SEEN_WITH, office=BatchQuerySet.BY_OFFICE):
        return list(Batch.objects.visible_to(user, of=of).going_on(user).select_related("job"))
    # Who breaks the campaign down sees all of them: the same query, put together once.
    return [made_with(Batch, "job", row) for row in GOING_ON.ask(user=user.pk, campaign=of.pk)]


def _going_on():
    found = Batch.objects.filter(campaign=Slot("campaign", models.BigIntegerField()))
    found = found.going_on(Slot("user", models.BigIntegerField()))
    return found.values_list(*columns_with(Batch, "job"))


GOING_ON = Statement(_going_on)


class BatchRowQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(outcome=AbstractBatchRow.Outcome.WAITING)

    def done(self):
        return self.filter(outcome=AbstractBatchRow.Outcome.DONE)

    def refused(self):
        return self.filter(outcome=AbstractBatchRow.Outcome.REFUSED)


class AbstractBatchRow(models.Model):
    """One row of a batch, and what came of it; the subclass says of what, and to which batch it belongs as `rows`."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("还没办")
        DONE = "done", _("已办")
        REFUSED = "refused", _("没有办")

    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.TextField(_("原因"), blank=True)
    # Its units must hear of it, and do so together with their other rows when the batch is finished.
    untold = models.BooleanField(default=False)

    objects = BatchRowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["pk"]


class BatchTaskQuerySet(BatchRowQuerySet):
    def issued_late(self):
        """Those that were over their day when their units first heard of them, unless it was put right since."""
        return self.done().filter(batch__act=Batch.Act.ISSUE, task__due_on__lt=models.F("task__issued_on"))


class BatchTask(AbstractBatchRow):
    """One task of a batch, and what came of it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    task = models.ForeignKey(Task, verbose_name=_("任务"), on_delete=models.CASCADE, related_name="+")

    objects = BatchTaskQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(AbstractBatchRow.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "task"], name="batch_task_once")]
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="batch_task_outcome")]

    def __str__(self):
        return str(self.task)
