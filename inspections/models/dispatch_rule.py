from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow
from units.models import Unit

from .finding import FindingCategory
from .site import SiteType


class DispatchRule(CampaignRow):
    """To whom the office gives findings of a category: everywhere, at one type of site, or in one street."""

    category = models.ForeignKey(
        FindingCategory, verbose_name=_("问题类别"), on_delete=models.CASCADE, related_name="rules"
    )
    kind = models.ForeignKey(
        SiteType,
        verbose_name=_("点位类型"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("不选就不限类型"),
    )
    street = models.CharField(
        _("所属街道"), max_length=60, blank=True, help_text=_("与点位册里写的一样；不填就不限街道")
    )
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="dispatch_rules")

    class Meta(CampaignRow.Meta):
        verbose_name = _("交办分工")
        ordering = ["category__position", "category", "kind__position", "street", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "category", "kind", "street"], name="dispatch_rule_once"),
            # Where no type is named, a database takes two rows for different ones.
            models.UniqueConstraint(
                fields=["campaign", "category", "street"],
                condition=models.Q(kind=None),
                name="dispatch_rule_of_all_kinds_once",
            ),
        ]

    def __str__(self):
        return f"{self.what} → {self.unit}"

    @property
    def where(self):
        """At which sites it holds, as a person reads it; empty for all of them."""
        return "、".join(filter(None, (str(self.kind or ""), self.street)))

    @property
    def what(self):
        return f"{self.category}（{self.where}）" if self.where else str(self.category)

    @property
    def weight(self):
        """The narrower rule goes before the wider one; a street before a type of site."""
        return 2 * bool(self.street) + bool(self.kind_id)
