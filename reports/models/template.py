"""How an office writes, and which reports are drafted without being asked for."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from cityinit.models import StoredFile
from units.roles import Reach

from .kind import Kind


class TemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(campaign__in=Campaign.objects.visible_to(user))

    def of(self, campaign):
        return self.filter(campaign=campaign)

    def for_kind(self, campaign, kind):
        """What a new report of the kind is written in: the office's usual template, else an empty one."""
        usual = self.of(campaign).filter(kind=kind).order_by("-is_usual", "pk").first()
        return usual or Template(campaign=campaign, kind=kind, is_usual=True)


class Template(models.Model):
    """How an office writes reports of one kind: which parts in which order, and the phrases around them."""

    class Layout(models.TextChoices):
        UNDER_ONE = "under_one", _("板块归入“一、工作开展情况”")
        OWN_HEADINGS = "own_headings", _("每个板块单列为一、二、三……")

    class Numbering(models.TextChoices):
        STANDARD = "standard", _("一、（一）1.（1）（国标）")
        DIGITS = "digits", _("1. 1.1 1.1.1")
        NONE = "none", _("不编号")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="report_templates")
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=40, blank=True)
    is_usual = models.BooleanField(_("通常采用"), default=False)
    parts = models.JSONField(_("组成部分"), default=list, blank=True)
    # {part: the office's own heading}
    headings = models.JSONField(_("各部分标题"), default=dict, blank=True)
    numbering = models.CharField(_("标题编号"), max_length=10, choices=Numbering, default=Numbering.STANDARD)
    layout = models.CharField(_("结构"), max_length=12, choices=Layout, blank=True)
    scheme = models.CharField(_("按哪个体系分节"), max_length=40, blank=True)
    subtitle = models.CharField(_("副标题"), max_length=120, blank=True)
    addressee = models.CharField(_("主送"), max_length=200, blank=True)
    opening = models.TextField(_("开头语"), blank=True)
    requirements = models.TextField(_("工作要求"), blank=True)
    closing = models.TextField(_("结束语"), blank=True)
    signature = models.CharField(_("落款"), max_length=100, blank=True)
    # The office's own Word file with placeholders; without one the document is drawn as the standard has it.
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pairs = models.PositiveSmallIntegerField(_("附整改前后照片（组）"), default=20)
    charts = models.BooleanField(_("附统计图"), default=True)
    line_points = models.DecimalField(_("行距（磅）"), max_digits=4, decimal_places=2, default="28.95")

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("模板")
        ordering = ["kind", "-is_usual", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind", "name"], name="template_name_once"),
            models.UniqueConstraint(
                fields=["campaign", "kind"], condition=models.Q(is_usual=True), name="template_usual_once"
            ),
        ]

    def __str__(self):
        return self.name or str(self.get_kind_display())

    def reach(self):
        return Reach(self.campaign.host.path)


class Schedule(models.Model):
    """Which reports of a campaign are drafted without being asked for; one without a row has the usual ones."""

    class Cycle(models.TextChoices):
        WEEK = "week", _("每周总结（周一编写上一周）")
        MONTH = "month", _("每月总结（1日编写上一月）")
        QUARTER = "quarter", _("每季度总结")
        HALF_YEAR = "half_year", _("半年总结")
        YEAR = "year", _("年度总结")
        ROUND_CIRCULAR = "round_circular", _("督查批次公布后次日编写督查通报")
        ROUND_ASSESSMENT = "round_assessment", _("督查批次公布后次日编写模拟测评通报")

    USUAL = (Cycle.HALF_YEAR,)

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="report_schedule")
    cycles = models.JSONField(_("自动编写"), default=list, blank=True)
    # What had ended before somebody asked for it is not drafted.
    since = models.DateField(_("自"), default=timezone.localdate)

    class Meta:
        verbose_name = _("自动编写")

    def __str__(self):
        return str(self.campaign)
