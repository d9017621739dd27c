from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from campaigns.models.series import LetterSeries
from cityinit.models import Job, StoredFile
from units.models import Unit
from units.roles import Reach, scope_of

from .finding import Finding


class NoticeBatchQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.issue_notice"


class NoticeBatch(CampaignRow):
    """Rectification notices that were issued together, one for each unit, and the zip that holds them all."""

    # What the findings were narrowed to, as the address of their list.
    query = models.TextField(blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("印发时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    packed_at = models.DateTimeField(_("打包时间"), null=True)

    objects = NoticeBatchQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("整改通知书一批")
        ordering = ["-issued_at", "-pk"]

    def __str__(self):
        return _("%(day)s整改通知书") % {"day": timezone.localdate(self.issued_at)}

    def get_absolute_url(self):
        return reverse("inspections:notice_batch", args=[self.pk])


class NoticeSeries(LetterSeries):
    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "word", "year"], name="notice_series_once")]


class RectificationNoticeQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_finding"

    def _seen_by(self, user):
        """All of the office's hosts; of the own units, and of those that were merged into one of them."""
        scope, seen = scope_of(user), self._seen_whole(user)
        paths = scope.paths_with("inspections.see_finding", office=False)
        paths = [*paths, *scope.partial_paths_with("inspections.see_finding")]
        if paths:
            units = Unit.objects.under(paths)
            seen |= Q(unit__in=units) | Q(unit__merged_into__in=units)
        return seen

    def for_list(self):
        """With how many findings each names, and how many of these the unit has acknowledged by now.

        Not those that another unit has acknowledged since; the one it was merged into goes on for it.
        """
        own = Q(lines__finding__lead_unit=F("unit")) | Q(lines__finding__lead_unit=F("unit__merged_into"))
        signed = own & Q(lines__finding__acknowledged_at__isnull=False)
        rows = self.select_related("unit", "batch__issued_by", "letter")
        return rows.annotate(finding_count=Count("lines"), acknowledged_count=Count("lines", filter=signed))


class RectificationNotice(CampaignRow):
    """整改通知书: what the office tells one unit to put right, in writing, as it stood on that day."""

    batch = models.ForeignKey(NoticeBatch, on_delete=models.PROTECT, related_name="notices")
    unit = models.ForeignKey(Unit, verbose_name=_("主送单位"), on_delete=models.PROTECT, related_name="+")
    series = models.ForeignKey(NoticeSeries, on_delete=models.PROTECT, related_name="notices")
    serial = models.PositiveIntegerField()
    number = models.CharField(_("文号"), max_length=60)
    answer_by = models.DateField(_("反馈期限"))
    # What the notice says, taken when it was issued: it never follows the findings' later changes.
    told = models.JSONField()
    letter = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    objects = RectificationNoticeQuerySet.as_manager()  # type: ignore[assignment,misc]  # with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("整改通知书")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["series", "serial"], name="rectification_notice_number_once")]

    def __str__(self):
        return f"{self.number} {self.unit}"

    def get_absolute_url(self):
        return reverse("inspections:rectification_notice", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))


class NoticeLine(models.Model):
    """A finding on a notice, as it stood then, with the photos that are printed beside it."""

    notice = models.ForeignKey(RectificationNotice, on_delete=models.CASCADE, related_name="lines")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="notice_lines")
    position = models.PositiveIntegerField()
    told = models.JSONField()
    photos = models.ManyToManyField(StoredFile, through="NoticePhoto", related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["notice", "finding"], name="finding_on_a_notice_once")]

    def __str__(self):
        return f"{self.notice_id}:{self.position}"


class NoticePhoto(models.Model):
    """Kept from being deleted, so that the same notice can be drawn again."""

    line = models.ForeignKey(NoticeLine, on_delete=models.CASCADE, related_name="photo_rows")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.line} {self.file_id}"
