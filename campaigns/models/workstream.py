from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import ChoiceRow


class Workstream(ChoiceRow):
    """A 板块 or 工程, in one of several schemes (六优行动, 总结结构 …); a task may stand in several."""

    name = models.CharField(_("名称"), max_length=60)
    scheme = models.CharField(_("体系"), max_length=40, blank=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    number = models.PositiveIntegerField(_("序号"), null=True, blank=True)
    heading = models.CharField(_("标题"), max_length=120, blank=True, help_text=_("总结中的标题；不填则用名称"))
    opening = models.TextField(_("起首语"), blank=True)

    class Meta(ChoiceRow.Meta):
        verbose_name = _("板块")
        ordering = ["scheme", "number", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="workstream_once")]

    def __str__(self):
        return self.name
