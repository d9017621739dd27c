"""What readers say of a report, and what a check of it found."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .report import Report, Section, Snapshot


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
