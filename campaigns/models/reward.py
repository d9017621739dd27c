from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow


class Reward(CampaignRow):
    """Praise, criticism, points given or taken (奖惩)."""

    class Kind(models.TextChoices):
        PRAISE = "praise", _("通报表扬")
        CRITICISM = "criticism", _("通报批评")
        BONUS = "bonus", _("加分")
        DEDUCTION = "deduction", _("扣分")

    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="rewards")
    person = models.CharField(_("人员"), max_length=40, blank=True)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    points = models.DecimalField(_("分值"), max_digits=8, decimal_places=2, null=True, blank=True)
    reason = models.TextField(_("事由"))
    given_on = models.DateField(_("日期"))

    class Meta(CampaignRow.Meta):
        verbose_name = _("奖惩")

    def __str__(self):
        return f"{self.unit} {self.get_kind_display()}"

    def clean(self):
        """扣分 of -2 is 扣2分; what praises takes nothing."""
        if self.points is None or self.points >= 0:
            return
        if self.kind not in (self.Kind.CRITICISM, self.Kind.DEDUCTION):
            raise ValidationError({"points": _("表扬、加分的分值不能是负数；要扣分，请把类型改为“扣分”。")})
        self.points = -self.points
