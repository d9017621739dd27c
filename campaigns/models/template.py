from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.addresses import address
from units.models import Unit
from units.roles import Reach


class TaskTemplate(models.Model):
    """A 分解模板: tasks under a name, to be laid down again under another indicator or in another campaign."""

    host = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("名称"), max_length=60)
    created_at = models.DateTimeField(_("保存时间"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("分解模板")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["host", "name"], name="task_template_once")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address("campaigns:templates")

    def reach(self):
        return Reach(self.host.path)


class TemplateLine(models.Model):
    """One task of a template: units by name or kind, days counted from the first day it is laid down for."""

    template = models.ForeignKey(TaskTemplate, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    name = models.CharField(_("名称"), max_length=200)
    requirement = models.TextField(_("工作要求"), blank=True)
    lead = models.CharField(_("牵头单位"), max_length=100, blank=True)
    units = models.TextField(_("责任单位"), blank=True)
    starts_after = models.IntegerField(_("几天后开始"), null=True, blank=True)
    due_after = models.IntegerField(_("几天后完成"), null=True, blank=True)
    target = models.DecimalField(_("目标值"), max_digits=14, decimal_places=2, null=True, blank=True)
    measure = models.CharField(_("计量单位"), max_length=20, blank=True)
    frequency = models.CharField(_("频次"), max_length=40, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["template", "position"], name="template_line_once")]

    def __str__(self):
        return self.name
