from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow


class Statement(CampaignRow):
    """What the summary says in the office's own words: problems, next steps, ideas, thanks."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("存在问题")
        NEXT_STEP = "next_step", _("下步打算")
        IDEA = "idea", _("工作理念")
        THANKS = "thanks", _("致谢")

    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    content = models.TextField(_("内容"))
    said_on = models.DateField(_("日期"), null=True, blank=True, help_text=_("不填表示整个创建活动期间都适用"))

    class Meta(CampaignRow.Meta):
        verbose_name = _("问题与打算")

    def __str__(self):
        return self.content[:40]
