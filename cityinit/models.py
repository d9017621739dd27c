"""The ground's own rows: jobs, stored files, the audit trail. Actors are kept as id and name."""

import uuid
from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PICKED_UP_WITHIN = timedelta(seconds=15)
JUST_NOW = timedelta(seconds=5)


SEE_ALL = "cityinit.see_jobs"


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Own jobs; everybody's for who may run the installation."""
        return self if user.has_perm(SEE_ALL) else self.filter(requested_by_id=user.pk)

    def claimable(self, *, now):
        """Queued and due, or running under a lease that ran out."""
        return self.filter(
            models.Q(state=Job.State.QUEUED, run_after__lte=now)
            | models.Q(state=Job.State.RUNNING, lease_until__lt=now)
        )


class Job(models.Model):
    """Work for the queue. The row is the truth; Celery's message is only the wake-up call."""

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")

    TONES = {"queued": "neutral", "running": "blue", "done": "green", "failed": "red"}

    name = models.CharField(_("作业"), max_length=120)
    arguments = models.JSONField(default=list)
    # One job per key ever: a double click or two timetables file it once.
    key = models.CharField(max_length=200, unique=True, null=True, default=None)
    label = models.CharField(_("内容"), max_length=200)
    url = models.CharField(max_length=300, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(_("进度"), default=0)
    message = models.CharField(_("正在做"), max_length=200, blank=True)
    reason = models.TextField(_("失败原因"), blank=True)
    tries = models.PositiveSmallIntegerField(_("次数"), default=0)
    run_after = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("提交时间"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    requested_by_id = models.BigIntegerField(null=True, db_index=True)
    requested_by_name = models.CharField(_("提交人"), max_length=60)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "run_after"], name="job_state_run_after")]

    def __str__(self):
        return self.label

    def get_absolute_url(self):
        return self.url or reverse("cityinit:job", args=[self.pk])

    @property
    def tone(self):
        return self.TONES[self.state]

    def is_seen_by(self, user):
        """As `visible_to`, of a row that was read with what it is for."""
        return self.requested_by_id == user.pk or user.has_perm(SEE_ALL)

    @property
    def is_open(self):
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def is_fresh(self):
        """Whether it was asked for just now: short ones are done before a person has looked up."""
        return timezone.now() - self.created_at < JUST_NOW

    @property
    def waits_long(self):
        """Whether no worker has taken it up within a time in which a worker at leisure would have."""
        return self.state == self.State.QUEUED and timezone.now() - self.run_after > PICKED_UP_WITHIN

    @property
    def is_failed(self):
        return self.state == self.State.FAILED


class StoredFile(models.Model):
    """An upload as received, and the copies that may be shown.

    Where a photo was taken is for the office only: it stays on this row and in the original,
    never in a copy that is shown.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("照片")
        DOCUMENT = "document", _("文件")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(_("文件名"), max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64, db_index=True)
    path = models.CharField(max_length=200)
    shown_path = models.CharField(max_length=200, blank=True)
    thumb_path = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(_("拍摄时间"), null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    # Of the picture as the camera wrote it, where the phone has shrunk it before sending: its word, which may be false.
    source_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    # By which a photo is found again though it was cropped: cityinit.likeness.
    fingerprint = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=60)

    def __str__(self):
        return self.name

    @property
    def is_photo(self):
        return self.kind == self.Kind.PHOTO


class HeldFileQuerySet(models.QuerySet):
    def of(self, form, *, by):
        """What waits for this form of this person, in the order it was chosen."""
        return self.filter(form=form, held_by_id=by.pk).select_related("file").order_by("pk")


class HeldFile(models.Model):
    """An upload that passed while the form around it did not: it waits, only for who sent it, until the form is right.

    It belongs to nothing until then. `form` is a form that was drawn, or one that stands for its row each time.
    """

    form = models.CharField(max_length=40)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="held")
    held_by_id = models.BigIntegerField()
    held_at = models.DateTimeField(default=timezone.now, db_index=True)
    # In the form that is drawn again; a person may leave it out.
    is_ticked = True

    objects = HeldFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["held_by_id", "form", "file"], name="held_file_once")]

    def __str__(self):
        return str(self.file)


class AuditEvent(models.Model):
    """Who logged in, exported, downloaded, changed a post. Append-only, each row chained to the last."""

    at = models.DateTimeField(_("时间"), default=timezone.now)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("人员"), max_length=60)
    action = models.CharField(_("操作"), max_length=60)
    subject = models.CharField(_("对象"), max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(_("地址"), null=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("AuditEvent rows are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("AuditEvent rows are append-only")
