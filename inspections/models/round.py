from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import ChoiceRow


class Round(ChoiceRow):
    """A 督查批次: findings are grouped by it."""

    name = models.CharField(_("名称"), max_length=100)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)

    class Meta(ChoiceRow.Meta):
        verbose_name = _("督查批次")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="round_once")]

    def __str__(self):
        return self.name
