from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from units.roles import Reach

from .finding import Finding


class LookBackList(CampaignRow):
    """Closed findings to be looked at again: all that were closed on some days, or so many of them by lot."""

    first = models.DateField(_("销号起"))
    last = models.DateField(_("销号止"))
    # How many were drawn; none where all of them are looked at.
    n = models.PositiveIntegerField(_("抽取个数"), null=True)
    number = models.CharField(_("抽取号码"), max_length=20, blank=True)
    # The numbers that were closed on these days: with the number anybody can draw again (inspections.draws).
    pool = models.JSONField(default=list)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("安排时间"), default=timezone.now)

    class Meta(CampaignRow.Meta):
        verbose_name = _("回头看名单")
        ordering = ["-asked_at", "-pk"]

    def __str__(self):
        told = {"first": self.first, "last": self.last, "n": self.n, "pool": len(self.pool)}
        if self.n is None:
            return _("%(first)s至%(last)s销号的全部%(pool)s个") % told
        return _("%(first)s至%(last)s销号的%(pool)s个中抽%(n)s个") % told


class LookBackQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_finding"
    CAMPAIGN = "finding__campaign"

    def waiting(self):
        return self.filter(result="")


class LookBack(models.Model):
    """A closed finding is looked at again (回头看): it holds, or it has come back."""

    class Result(models.TextChoices):
        GOOD = "good", _("保持良好")
        RECURRED = "recurred", _("已反弹")
        # Nobody looked: it was opened again or taken back before.
        CANCELLED = "cancelled", _("已取消")

    # What somebody who looks can find.
    FOUND = (Result.GOOD, Result.RECURRED)
    TONES = {"": "yellow", "good": "green", "recurred": "red", "cancelled": "neutral"}

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="look_backs")
    list = models.ForeignKey(LookBackList, null=True, on_delete=models.CASCADE, related_name="rows")
    result = models.CharField(_("结果"), max_length=10, choices=Result, blank=True)
    note = models.TextField(_("说明"), blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(_("回头看时间"), null=True)
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = LookBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("回头看")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=models.Q(result=""), name="looked_back_at_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(result="") | models.Q(done_at__isnull=False), name="look_back_done_has_its_time"
            ),
        ]

    def __str__(self):
        return f"{self.finding} {self.get_result_display()}"

    def get_absolute_url(self):
        return self.finding.get_absolute_url()

    def reach(self):
        return Reach(self.finding.campaign.host.path)

    @property
    def tone(self):
        return self.TONES[self.result]
