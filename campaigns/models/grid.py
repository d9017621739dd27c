from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow


class Grid(CampaignRow):
    """A cell of the grid below a community or street, with who keeps it (网格、网格员)."""

    code = models.CharField(_("编号"), max_length=40)
    name = models.CharField(_("名称"), max_length=60, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("所属社区"), on_delete=models.PROTECT, related_name="grids", help_text=_("社区、村或街道")
    )
    keeper = models.CharField(_("网格员"), max_length=40, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    area = models.CharField(_("范围"), max_length=200, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("网格")
        constraints = [models.UniqueConstraint(fields=["campaign", "code"], name="grid_code_once")]

    def __str__(self):
        return f"{self.code} {self.name}".strip()
