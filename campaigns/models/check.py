from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow, CampaignRowQuerySet
from .standard import Indicator, Standard


class SelfCheckQuerySet(CampaignRowQuerySet):
    def under(self, indicator):
        """Those of the indicator, in whatever version they were filed."""
        return self.filter(indicator__lineage=indicator.lineage)


class SelfCheck(CampaignRow):
    """The office's own score of an indicator on a day, with the gap and the measure."""

    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), on_delete=models.CASCADE, related_name="self_checks"
    )
    checked_on = models.DateField(_("日期"))
    score = models.DecimalField(_("自评分"), max_digits=8, decimal_places=2, null=True, blank=True)
    gap = models.TextField(_("差距"), blank=True)
    measure = models.TextField(_("措施"), blank=True)
    person = models.CharField(_("责任人"), max_length=60, blank=True)

    objects = SelfCheckQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("指标自查")
        constraints = [models.UniqueConstraint(fields=["indicator", "checked_on"], name="self_check_once")]

    def __str__(self):
        return f"{self.indicator} {self.checked_on}"


class Breach(CampaignRow):
    """An item of the negative list (负面清单) that came about, or a look into it that found none."""

    standard = models.ForeignKey(
        Standard, verbose_name=_("负面清单项目"), on_delete=models.PROTECT, related_name="breaches"
    )
    happened_on = models.DateField(_("日期"))
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="breaches"
    )
    times = models.PositiveIntegerField(_("起数"), default=1, help_text=_("核查后没有发生的填0"))
    content = models.TextField(_("情况"))
    points = models.DecimalField(_("扣分"), max_digits=8, decimal_places=2, null=True, blank=True)
    handling = models.TextField(_("处理情况"), blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("负面清单事项")

    def __str__(self):
        return f"{self.happened_on} {self.standard}"

    def clean(self):
        # 扣分 -2 is what ledgers write for 扣2分.
        self.points = self.points and abs(self.points)
