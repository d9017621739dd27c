from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import CampaignRow


class Survey(CampaignRow):
    """A satisfaction survey; rates are per cent (95.20 is 95.2%), unknown is empty."""

    name = models.CharField(_("名称"), max_length=100)
    held_on = models.DateField(_("日期"))
    sample = models.PositiveIntegerField(_("样本数"), null=True, blank=True)
    awareness = models.DecimalField(_("知晓率"), max_digits=5, decimal_places=2, null=True, blank=True)
    support = models.DecimalField(_("支持率"), max_digits=5, decimal_places=2, null=True, blank=True)
    participation = models.DecimalField(_("参与率"), max_digits=5, decimal_places=2, null=True, blank=True)
    satisfaction = models.DecimalField(_("满意率"), max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("满意度调查")
        constraints = [models.UniqueConstraint(fields=["campaign", "name", "held_on"], name="survey_once")]

    def __str__(self):
        return self.name


class ExternalAssessment(CampaignRow):
    """A score or rank somebody outside gave (民评官, 省测评 …)."""

    name = models.CharField(_("名称"), max_length=100)
    held_on = models.DateField(_("日期"))
    organiser = models.CharField(_("组织单位"), max_length=100, blank=True)
    group = models.CharField(_("组别"), max_length=60, blank=True)
    score = models.DecimalField(_("得分"), max_digits=8, decimal_places=2, null=True, blank=True)
    rank = models.PositiveIntegerField(_("名次"), null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("外部测评")
        constraints = [models.UniqueConstraint(fields=["campaign", "name", "held_on"], name="external_assessment_once")]

    def __str__(self):
        return self.name
