from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow


class AssessmentSystem(CampaignRow):
    """A 测评体系 in one edition, and in one version of the office's own wording of it.

    What is in use is never written over: its tree is copied into a draft version, and adopting the draft ends the one
    before (`campaigns.actions.systems`).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("修订中")
        IN_FORCE = "in_force", _("现行")
        SUPERSEDED = "superseded", _("已停用")

    TONES = {"draft": "yellow", "in_force": "green", "superseded": "neutral"}

    name = models.CharField(_("名称"), max_length=100)
    edition = models.CharField(_("版本"), max_length=40, blank=True, help_text=_("发布的版本，如“2023年版”"))
    version = models.PositiveSmallIntegerField(_("修订号"), default=1)
    issuer = models.CharField(_("发布单位"), max_length=100, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.IN_FORCE)
    adopted_on = models.DateField(_("启用日期"), null=True, blank=True)
    superseded_on = models.DateField(_("停用日期"), null=True, blank=True)
    previous = models.ForeignKey(
        "self", verbose_name=_("前一版"), null=True, blank=True, on_delete=models.PROTECT, related_name="next_ones"
    )

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评体系")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "name", "edition", "version"], name="assessment_system_version_once"
            )
        ]

    def __str__(self):
        revised = _("（修订%(n)s）") % {"n": self.version - 1} if self.version > 1 else ""
        return f"{self.name} {self.edition}".strip() + revised

    @property
    def tone(self):
        return self.TONES[self.state]


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
    # What it was copied from, when its system is a later version or edition of another one.
    origin = models.ForeignKey("self", null=True, editable=False, on_delete=models.SET_NULL, related_name="copies")

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评指标")
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="indicator_once")]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_methods_display(self):
        return "、".join(str(self.Method(method).label) for method in self.methods)


class Standard(CampaignRow):
    """A numbered standard of an indicator (测评标准): what is asked, how it is judged, what it is worth."""

    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), on_delete=models.CASCADE, related_name="standards"
    )
    # As the system prints it: 1, 2, … or a, b, …
    number = models.CharField(_("序号"), max_length=10)
    content = models.TextField(_("标准"))
    methods = models.JSONField(_("测评方式"), default=list, blank=True)
    score = models.DecimalField(_("分值"), max_digits=8, decimal_places=2, null=True, blank=True)
    threshold = models.CharField(_("达标要求"), max_length=200, blank=True)
    asked = models.TextField(_("材料要求"), blank=True)
    is_negative = models.BooleanField(_("负面清单"), default=False)
    units = models.ManyToManyField(Unit, verbose_name=_("责任单位"), related_name="standards", blank=True)
    origin = models.ForeignKey("self", null=True, editable=False, on_delete=models.SET_NULL, related_name="copies")

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评标准")
        constraints = [models.UniqueConstraint(fields=["indicator", "number"], name="standard_once")]

    def __str__(self):
        return f"{self.full_number} {self.content[:40]}"

    @property
    def full_number(self):
        """Ⅱ-1-1): the indicator's code and the number within it; a material adds -①."""
        return f"{self.indicator.code}-{self.number})"

    def get_methods_display(self):
        return "、".join(str(Indicator.Method(method).label) for method in self.methods)


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
