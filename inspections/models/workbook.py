from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.models import Job, StoredFile


class WorkbookLoadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person's own uploads: what a workbook holds is for who brings it in."""
        return self.filter(uploaded_by=user)


class WorkbookLoad(models.Model):
    """An uploaded workbook: checked first by a dry run, then loaded on the person's word."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    # What the dry run found and what the load did: counts, notes, skipped, faults (see jobs.told).
    check_result = models.JSONField(null=True)
    load_result = models.JSONField(null=True)
    loaded_at = models.DateTimeField(_("导入时间"), null=True)
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = WorkbookLoadQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入工作簿")
        ordering = ["-pk"]

    def __str__(self):
        return self.file.name

    def get_absolute_url(self):
        return reverse("inspections:workbook_load", args=[self.pk])

    @property
    def result(self):
        return self.load_result or self.check_result

    @property
    def is_sound(self):
        return bool(self.check_result) and not self.check_result["faults"]

    @property
    def is_loaded(self):
        return self.loaded_at is not None

    @property
    def tone(self):
        if self.is_loaded:
            return "green"
        if not self.check_result:
            return "blue"
        return "yellow" if self.is_sound else "red"

    def get_state_display(self):
        if self.is_loaded:
            return _("已导入")
        if not self.check_result:
            return _("检查中")
        return _("待确认导入") if self.is_sound else _("有错误")
