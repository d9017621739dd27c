"""The assessment system: versions of a tree of indicators, and their numbered standards."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.models import Unit
from units.roles import Reach

from .campaign import CampaignRow, CampaignRowQuerySet


class AssessmentSystemQuerySet(CampaignRowQuerySet):
    def in_force(self, *, on=None):
        """Those in force now, or those that were on a day: it came in force by then and ended later."""
        if on is None:
            return self.filter(state=AssessmentSystem.State.IN_FORCE)
        begun = Q(adopted_on=None) | Q(adopted_on__lte=on)
        lasting = Q(superseded_on=None) | Q(superseded_on__gt=on)
        return self.exclude(state=AssessmentSystem.State.DRAFT).filter(begun, lasting)

    def called(self, *, name, edition):
        """Every version of one edition, the newest first."""
        return self.filter(name=name, edition=edition).order_by("-version")


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
    version = models.PositiveSmallIntegerField(_("修订号"), default=1, editable=False)
    issuer = models.CharField(_("发布单位"), max_length=100, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.IN_FORCE)
    adopted_on = models.DateField(_("启用日期"), null=True, blank=True)
    superseded_on = models.DateField(_("停用日期"), null=True, blank=True)
    # What it takes the place of when it is adopted; None for a system that stands beside the others.
    previous = models.ForeignKey(
        "self", verbose_name=_("接替哪一版"), null=True, blank=True, on_delete=models.PROTECT, related_name="next_ones"
    )

    objects = AssessmentSystemQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评体系")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "name", "edition", "version"], name="assessment_system_version_once"
            ),
            # Two editors at once: the second finds the draft of the first.
            models.UniqueConstraint(
                fields=["campaign", "name", "edition"], condition=Q(state="draft"), name="assessment_system_one_draft"
            ),
        ]

    def __str__(self):
        revised = _("（修订%(n)s）") % {"n": self.version - 1} if self.version > 1 else ""
        return f"{self.name} {self.edition}".strip() + revised

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT


class NodeQuerySet(CampaignRowQuerySet):
    """What indicators and standards have in common: they stand in a version, and their lineage runs through all."""

    # The way from the row to its system.
    system = "system"

    def of_lineage(self, node):
        """The same indicator (or standard) in every version it stands in, this one too."""
        return self.filter(lineage=node.lineage)

    def in_force(self, *, on=None):
        """Those of the systems in force now, or on a day."""
        return self.filter(**{f"{self.system}__in": AssessmentSystem.objects.in_force(on=on)})


class IndicatorQuerySet(NodeQuerySet):
    def to_choose(self, *, kept=None):
        """Those of the systems in force, and the one a row points at already, whatever became of its version."""
        return self.filter(Q(system__state=AssessmentSystem.State.IN_FORCE) | Q(pk=kept))


class StandardQuerySet(NodeQuerySet):
    system = "indicator__system"


class Indicator(CampaignRow):
    """A node of the assessment system: a heading of levels Ⅰ and Ⅱ, or what is measured, with its standards."""

    class Method(models.TextChoices):
        FILING = "filing", _("网上申报")
        MATERIAL = "material", _("材料审核")
        ONSITE = "onsite", _("实地考察")
        SURVEY = "survey", _("问卷调查")
        MEDIA = "media", _("网络媒体调查")
        OBSERVATION = "observation", _("整体观察")
        SCREENING = "screening", _("资格审查")

    system = models.ForeignKey(
        AssessmentSystem, verbose_name=_("测评体系"), on_delete=models.CASCADE, related_name="indicators"
    )
    # The same in every version it is carried into: tasks, findings and self-checks keep pointing at the version they
    # were filed under, and are found from every other one by it.
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    code = models.CharField(_("编号"), max_length=40)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级指标"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(_("名称"), max_length=200)
    methods = models.JSONField(_("测评方式"), default=list, blank=True)
    score = models.DecimalField(_("分值"), max_digits=8, decimal_places=2, null=True, blank=True)
    units = models.ManyToManyField(Unit, verbose_name=_("责任单位"), related_name="indicators", blank=True)
    note = models.TextField(_("说明"), blank=True)

    objects = IndicatorQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评指标")
        constraints = [
            models.UniqueConstraint(fields=["system", "code"], name="indicator_once"),
            models.UniqueConstraint(fields=["system", "lineage"], name="indicator_lineage_once"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_methods_display(self):
        return "、".join(str(self.Method(method).label) for method in self.methods)


class Standard(CampaignRow):
    """A numbered standard of an indicator (测评标准): what is asked, how it is judged, what it is worth."""

    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), on_delete=models.CASCADE, related_name="standards"
    )
    # As an indicator's: materials handed in for one version are found from the next.
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    # As the system prints it: 1, 2, … or a, b, …
    number = models.CharField(_("序号"), max_length=10)
    content = models.TextField(_("标准"))
    methods = models.JSONField(_("测评方式"), default=list, blank=True)
    score = models.DecimalField(_("分值"), max_digits=8, decimal_places=2, null=True, blank=True)
    threshold = models.CharField(_("达标要求"), max_length=200, blank=True)
    asked = models.TextField(_("材料要求"), blank=True)
    is_negative = models.BooleanField(_("负面清单"), default=False)
    units = models.ManyToManyField(Unit, verbose_name=_("责任单位"), related_name="standards", blank=True)
    note = models.TextField(_("说明"), blank=True)

    objects = StandardQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("测评标准")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="standard_once"),
            models.UniqueConstraint(fields=["indicator", "lineage"], name="standard_lineage_once"),
        ]

    def __str__(self):
        return f"{self.full_number} {self.content[:40]}"

    def reach(self):
        """The office, and the units that answer for it: its own, else the indicator's."""
        units = list(self.units.all()) or list(self.indicator.units.all())
        return Reach(self.campaign.host.path, tuple(unit.path for unit in units))

    @property
    def full_number(self):
        """Ⅱ-1-1): the indicator's code and the number within it; a material adds -①."""
        return f"{self.indicator.code}-{self.number})"

    def get_methods_display(self):
        return "、".join(str(Indicator.Method(method).label) for method in self.methods)


class SelfCheckQuerySet(CampaignRowQuerySet):
    def under(self, indicator):
        """Those of the indicator, in whatever version they were filed."""
        return self.filter(indicator__lineage=indicator.lineage)


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

    objects = SelfCheckQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("指标自查")
        constraints = [models.UniqueConstraint(fields=["indicator", "checked_on"], name="self_check_once")]

    def __str__(self):
        return f"{self.indicator} {self.checked_on}"
