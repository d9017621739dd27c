from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow


class AssessmentSystem(CampaignRow):
    """A 测评体系 in one edition."""

    name = models.CharField(_("名称"), max_length=100)
    edition = models.CharField(_("版本"), max_length=40, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评体系")
        constraints = [models.UniqueConstraint(fields=["campaign", "name", "edition"], name="assessment_system_once")]

    def __str__(self):
        return f"{self.name} {self.edition}".strip()


class Indicator(CampaignRow):
    """A node of the assessment system, with its standard, methods and score."""

    class Method(models.TextChoices):
        FILING = "filing", _("网上申报")
        MATERIAL = "material", _("材料审核")
        ONSITE = "onsite", _("实地考察")
        SURVEY = "survey", _("问卷调查")

    system = models.ForeignKey(
        AssessmentSystem, verbose_name=_("测评体系"), on_delete=models.CASCADE, related_name="indicators"
    )
    code = models.CharField(_("编号"), max_length=40)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级指标"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(_("名称"), max_length=200)
    standard = models.TextField(_("标准"), blank=True)
    methods = models.JSONField(_("测评方式"), default=list, blank=True)
    score = models.DecimalField(_("分值"), max_digits=8, decimal_places=2, null=True, blank=True)
    units = models.ManyToManyField(Unit, verbose_name=_("责任单位"), related_name="indicators", blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评指标")
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="indicator_once")]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_methods_display(self):
        return "、".join(str(self.Method(method).label) for method in self.methods)


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

    class Meta(CampaignRow.Meta):
        verbose_name = _("指标自查")
        constraints = [models.UniqueConstraint(fields=["indicator", "checked_on"], name="self_check_once")]

    def __str__(self):
        return f"{self.indicator} {self.checked_on}"
