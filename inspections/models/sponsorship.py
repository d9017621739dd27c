from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow
from units.models import Unit

from .site import Site


class Sponsorship(CampaignRow):
    """包保: a unit or leader answers for an area, community, site or unit."""

    class Target(models.TextChoices):
        AREA = "area", _("片区")
        COMMUNITY = "community", _("社区")
        SITE = "site", _("点位")
        UNIT = "unit", _("单位")

    unit = models.ForeignKey(
        Unit, verbose_name=_("包保单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="sponsorships"
    )
    leader = models.CharField(_("包保领导"), max_length=60, blank=True)
    target_kind = models.CharField(_("对象类型"), max_length=10, choices=Target)
    target_name = models.CharField(_("对象名称"), max_length=100)
    site = models.ForeignKey(
        Site, verbose_name=_("点位"), null=True, blank=True, on_delete=models.SET_NULL, related_name="sponsorships"
    )
    note = models.TextField(_("说明"), blank=True)
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("包保")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(unit=None) | ~models.Q(leader=""), name="sponsorship_names_somebody"
            )
        ]

    def __str__(self):
        return f"{self.leader or self.unit} → {self.target_name}"

    def hand_on(self, *, unit, leader, on):
        """End it on that day, and let the unit or leader given go on with it from the day after; gives the new row."""
        kept = {field.attname: getattr(self, field.attname) for field in self._meta.fields}
        ended = max(on, self.starts_on) if self.starts_on else on
        type(self).objects.filter(pk=self.pk).update(ends_on=ended)
        renewed = {"id": None, "client_key": None, "unit_id": unit.pk if unit else None, "leader": leader}
        return type(self).objects.create(**kept | renewed | {"starts_on": on + timedelta(days=1)})
