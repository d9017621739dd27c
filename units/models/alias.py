from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .unit import Unit


class UnitAlias(models.Model):
    """What a host's tables call a unit or several of them (城管、各街道), said once by a person and kept."""

    # A kind no register has: every unit that tasks go to, as in 全体成员单位.
    EVERYONE = "*"

    host = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("表中的写法"), max_length=100)
    # All open units of this kind, those that come later too; else the units that were chosen.
    kind = models.CharField(_("类型"), max_length=20, blank=True)
    units = models.ManyToManyField(Unit, verbose_name=_("单位"), related_name="known_as", blank=True)
    created_at = models.DateTimeField(_("记录时间"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("单位的别的写法")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["host", "name"], name="unit_alias_once")]

    def __str__(self):
        return self.name

    def kind_in_words(self):
        return _("承担任务的单位") if self.kind == self.EVERYONE else self.kind
