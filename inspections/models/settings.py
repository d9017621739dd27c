from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from cityinit.statements import Slot, Statement, columns_of, made
from units.roles import Reach


class FindingSettings(models.Model):
    """What the office of a campaign says about findings as a whole; without a row the usual holds."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="finding_settings")
    duplicate_days = models.PositiveSmallIntegerField(
        _("几天之内算疑似重复"), default=7, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    duplicate_metres = models.PositiveSmallIntegerField(
        _("多少米之内算同一处"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("同一点位总算同一处；没有点位的按拍照位置算"),
    )
    look_back_after = models.PositiveSmallIntegerField(
        _("销号几天后回头看"), default=7, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )

    WRITTEN = ("duplicate_days", "duplicate_metres", "look_back_after")

    class Meta:
        verbose_name = _("问题办理设置")

    def __str__(self):
        return str(self.campaign)

    def reach(self):
        return Reach(self.campaign.host.path)

    @classmethod
    def of(cls, campaign):
        """The campaign's, or the usual ones."""
        found = OF_CAMPAIGN.ask(campaign=campaign.pk)
        return made(cls, found[0]) if found else cls(campaign=campaign)


def _of_campaign():
    rows = FindingSettings.objects.filter(campaign=Slot("campaign", models.BigIntegerField()))
    return rows.order_by().values_list(*columns_of(FindingSettings))


OF_CAMPAIGN = Statement(_of_campaign)
