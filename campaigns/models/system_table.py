from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.models import Job, StoredFile
from units.roles import Reach, scope_of

from .campaign import Campaign


class SystemTableQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The tables of the campaigns whose systems the person changes: colleagues go on with each other's."""
        seen = models.Q(pk__in=[])
        for path in scope_of(user).paths_with("campaigns.change_system", office=True):
            seen |= models.Q(campaign__host__path__startswith=path)
        return self.filter(seen)

    def of(self, campaign):
        return self.filter(campaign=campaign)


class SystemTable(models.Model):
    """An uploaded table of standards, one a line: checked first by a dry run, then loaded on the person's word."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    # What the standards belong to where the table has no column for it.
    name = models.CharField(_("体系名称"), max_length=100, blank=True)
    edition = models.CharField(_("版本"), max_length=40, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    check_result = models.JSONField(null=True)
    load_result = models.JSONField(null=True)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField(_("导入时间"), null=True)

    objects = SystemTableQuerySet.as_manager()

    class Meta:
        verbose_name = _("测评体系表")
        ordering = ["-pk"]

    def __str__(self):
        return self.file.name

    def get_absolute_url(self):
        return reverse("campaigns:system_table", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path)

    @property
    def result(self):
        return self.load_result or self.check_result

    @property
    def is_sound(self):
        return bool(self.check_result) and not self.check_result["fault_count"]

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
