"""The assessment system: versions of a tree of indicators, and their numbered standards."""

import re
import uuid

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.marks import mark_of
from cityinit.models import Job
from units.models import Unit
from units.roles import Reach, scope_of

from .campaign import CampaignRow, CampaignRowQuerySet

LEVELS = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ"}
# Letters that stand for a level where they begin a number.
ROMAN = re.compile(r"(?<![A-Z])I{1,3}(?=-)")


class AssessmentSystemQuerySet(CampaignRowQuerySet):
    SEEN_WITH, BY_OFFICE = "campaigns.see_system", True

    def _seen_by(self, user):
        """All of the hosts whose office the person is in; else those with a standard the own units answer for.

        A draft is the office's own business until it is adopted.
        """
        own = Indicator.objects.answered_for_by(scope_of(user)).values("system")
        return self._seen_whole(user) | Q(pk__in=own)

    def in_force(self, *, on=None):
        """Those in force now, or those that were on a day: it came in force by then and ended later."""
        if on is None:
            return self.filter(state=AssessmentSystem.State.IN_FORCE)
        begun = Q(adopted_on=None) | Q(adopted_on__lte=on)
        lasting = Q(superseded_on=None) | Q(superseded_on__gt=on)
        return self.exclude(state=AssessmentSystem.State.DRAFT).filter(begun, lasting)

    def drafts(self):
        return self.filter(state=AssessmentSystem.State.DRAFT)

    def to_succeed(self, *, kept=None):
        """What a draft may take the place of: those in force, and the one it names already."""
        return self.filter(Q(state=AssessmentSystem.State.IN_FORCE) | Q(pk=kept))

    def to_look_in(self, chosen=None):
        """Those in force; of the one that was chosen, the version that is in force in its place today."""
        rows = self.in_force().order_by("position", "pk")
        if not chosen:
            return rows
        seen = set()
        while chosen and chosen not in seen and not rows.filter(pk=chosen).exists():
            seen.add(chosen)
            after = self.filter(previous=chosen).exclude(state=AssessmentSystem.State.DRAFT)
            chosen = after.values_list("pk", flat=True).first()
        return rows.filter(pk=chosen)

    def for_list(self):
        """Everything a list of systems shows, in one query: those in force first, then drafts, then what has ended."""
        state = models.Case(
            models.When(state=AssessmentSystem.State.IN_FORCE, then=0),
            models.When(state=AssessmentSystem.State.DRAFT, then=1),
            default=2,
            output_field=models.IntegerField(),
        )
        indicators = Indicator.objects.filter(system=models.OuterRef("pk")).order_by().values("system")
        standards = Standard.objects.filter(indicator__system=models.OuterRef("pk")).order_by()
        return (
            self.annotate(
                indicator_count=Coalesce(models.Subquery(indicators.annotate(n=models.Count("pk")).values("n")), 0),
                standard_count=Coalesce(
                    models.Subquery(standards.values("indicator__system").annotate(n=models.Count("pk")).values("n")), 0
                ),
            )
            .select_related("job")
            .order_by(state, "name", "edition", "-version")
        )

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

    # The columns that the office writes.
    WRITTEN = ("name", "edition", "issuer", "previous")

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
    # What brings the draft in force: while it is open, nobody writes the draft.
    job = models.ForeignKey(Job, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")

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

    def get_absolute_url(self):
        return reverse("campaigns:system", args=[self.pk])

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def is_being_adopted(self):
        return self.is_draft and self.job is not None and self.job.is_open

    @property
    def mark(self):
        return mark_of(self, AssessmentSystem.WRITTEN)


class NodeQuerySet(CampaignRowQuerySet):
    """What indicators and standards have in common: they stand in a version, and their lineage runs through all."""

    # The way from the row to its system, and its order within the system.
    SEEN_WITH, BY_OFFICE = "campaigns.see_system", True
    system = "system"
    within: tuple[str, ...] = ("position", "pk")

    def _seen_by(self, user):
        """All of the hosts whose office the person is in; else those the own units answer for, drafts aside."""
        own = self.model.objects.answered_for_by(scope_of(user)).values("pk")
        return self._seen_whole(user) | Q(pk__in=own)

    def answered_for_by(self, scope):
        """Those of versions in force or ended that units of the scope answer for."""
        paths = scope.paths_with("campaigns.see_system")
        if not paths:
            return self.none()
        is_draft = Q(**{f"{self.system}__state": AssessmentSystem.State.DRAFT})
        return self.filter(self._answered_for_by(Unit.objects.under(paths)) & ~is_draft)

    def of_lineage(self, node):
        """The same indicator (or standard) in every version it stands in, this one too."""
        return self.filter(lineage=node.lineage)

    def in_force(self, *, on=None):
        """Those of the systems in force now, or on a day."""
        return self.filter(**{f"{self.system}__in": AssessmentSystem.objects.in_force(on=on)})

    def to_choose(self, *, kept=None):
        """Those of the systems in force, and the one a row points at already, whatever became of its version."""
        return self.filter(Q(**{f"{self.system}__state": AssessmentSystem.State.IN_FORCE}) | Q(pk=kept))

    def of_system(self, system):
        return self.filter(**{self.system: system})

    def by_system(self):
        """System by system, those in force first: the positions of several trees run beside each other."""
        names = ("state", "name", "edition", "version", "pk")
        order = (*(f"{self.system}__{name}" for name in names), *self.within)
        return self.select_related(self.system).order_by(*order)


class IndicatorQuerySet(NodeQuerySet):
    def _answered_for_by(self, units):
        by_standard = Standard.units.through.objects.filter(unit__in=units).values("standard__indicator")
        return Q(pk__in=_answering(Indicator, units)) | Q(pk__in=by_standard)

    def for_tree(self):
        """System by system, as plain rows: thousands of whole indicators take longer than the page."""
        names = ("pk", "lineage", "code", "name", "parent_id", "system_id", "is_negative")
        return self.with_is_negative().by_system().select_related(None).values_list(*names, named=True)

    def with_is_negative(self):
        """With `is_negative`: all its standards are of a negative list, so that there is nothing to be done for it."""
        standards = Standard.objects.filter(indicator=models.OuterRef("pk"))
        bad, good = (models.Exists(standards.filter(is_negative=is_negative)) for is_negative in (True, False))
        return self.annotate(is_negative=models.ExpressionWrapper(Q(bad) & ~Q(good), models.BooleanField()))


class StandardQuerySet(NodeQuerySet):
    system = "indicator__system"
    within = ("indicator__position", "indicator", "position", "pk")

    def _answered_for_by(self, units):
        """Its own units, else the indicator's."""
        has_own = models.Exists(Standard.units.through.objects.filter(standard=models.OuterRef("pk")))
        of_indicator = ~has_own & Q(indicator__in=_answering(Indicator, units))
        return Q(pk__in=_answering(Standard, units)) | of_indicator

    def numbered(self):
        """With `full`, the number a person says: Ⅱ-1-1)."""
        return self.annotate(full=Concat(F("indicator__code"), Value("-"), F("number"), Value(")")))

    def negative(self):
        return self.filter(is_negative=True)

    def mentioning(self, words):
        """Those that say it: in their words, in the indicator's, or as the number a person reads out."""
        text = words.strip()
        found = Q(content__icontains=text) | Q(asked__icontains=text) | Q(indicator__name__icontains=text)
        # Ⅱ is one character on paper and two letters on a keyboard.
        number = ROMAN.sub(lambda match: LEVELS[len(match[0])], text.upper().replace("（", "(").replace("）", ")"))
        return self.numbered().filter(found | Q(full__icontains=number) | Q(full__icontains=text))

    def judged_by(self, method):
        """By its own method, else by the indicator's; a list is kept as JSON, which SQLite cannot ask for one."""
        return self.filter(self._judged_by(method))

    @staticmethod
    def _judged_by(method):
        wanted = f'"{method}"'
        return Q(methods__icontains=wanted) | Q(methods=[]) & Q(indicator__methods__icontains=wanted)

    def judged_by_material(self):
        """Those that ask for material: judged by what is handed in, not walked or surveyed."""
        first, *others = Indicator.BY_MATERIAL
        wanted = self._judged_by(first)
        for method in others:
            wanted |= self._judged_by(method)
        return self.filter(wanted)

    def without_own_units(self):
        """Those that the indicator's units answer for."""
        return self.exclude(models.Exists(Standard.units.through.objects.filter(standard=models.OuterRef("pk"))))

    def without_unit(self):
        """Those that nobody answers for."""
        above = Indicator.units.through.objects.filter(indicator=models.OuterRef("indicator"))
        return self.without_own_units().exclude(models.Exists(above))

    def answered_by(self, unit):
        return self.filter(self._answered_for_by(Unit.objects.filter(path__startswith=unit.path)))

    def for_list(self):
        """Everything a list of standards shows, in a fixed number of queries."""
        return self.select_related("indicator__system").prefetch_related("units", "indicator__units")


def _answering(model, units):
    return model.units.through.objects.filter(unit__in=units).values(model._meta.model_name)


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

    # Standards judged by these ask for material; the others are walked or surveyed.
    BY_MATERIAL = (Method.FILING, Method.MATERIAL)

    # The columns that the office writes.
    WRITTEN = ("code", "name", "parent", "methods", "score", "units", "note")

    system = models.ForeignKey(
        AssessmentSystem, verbose_name=_("测评体系"), on_delete=models.CASCADE, related_name="indicators"
    )
    # The same in every version it is carried into: tasks, findings and self-checks keep pointing at the version they
    # were filed under, and are found from every other one by it.
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    # The office said that nothing before was the same: a comparison looks for no predecessor.
    is_apart = models.BooleanField(default=False, editable=False)
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

    def get_absolute_url(self):
        return reverse("campaigns:indicator", args=[self.pk])

    def reach(self):
        """The office, and the units that answer for it."""
        return Reach(self.campaign.host.path, tuple(unit.path for unit in self.units.all()))

    @property
    def mark(self):
        """A mark of what it says; the one above goes by lineage, so that a copy of the row has the same mark."""
        above = str(self.parent.lineage) if self.parent else ""
        return mark_of(self, tuple(name for name in Indicator.WRITTEN if name != "parent"), above=above)

    def get_methods_display(self):
        return "、".join(str(self.Method(method).label) for method in self.methods)

    def units_on(self, day):
        """The units that answered for it at the end of that day; read with `units` and `former_charges__unit`."""
        past = [former for former in self.former_charges.all() if former.until >= day]
        came = {former.successor_id for former in past if not former.was_beside}
        units = [*self.units.all(), *(former.unit for former in past)]
        return list(dict.fromkeys(unit for unit in units if unit.pk not in came))


class FormerCharge(models.Model):
    """An indicator that a unit answered for until a day, when a successor took it over."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="former_charges")
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Unit, verbose_name=_("承接单位"), on_delete=models.PROTECT, related_name="+")
    # Whether the successor answered for it beside the unit before.
    was_beside = models.BooleanField(default=False)
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.indicator} {self.unit} {self.until}"


class Standard(CampaignRow):
    """A numbered standard of an indicator (测评标准): what is asked, how it is judged, what it is worth."""

    # The columns that the office writes.
    WRITTEN = ("number", "content", "methods", "score", "threshold", "asked", "is_negative", "units", "note")

    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), on_delete=models.CASCADE, related_name="standards"
    )
    # As an indicator's: materials handed in for one version are found from the next.
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    is_apart = models.BooleanField(default=False, editable=False)
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

    def get_absolute_url(self):
        return f"{self.indicator.get_absolute_url()}#standard-{self.pk}"

    def reach(self):
        """The office, and the units that answer for it: its own, else the indicator's."""
        units = list(self.units.all()) or list(self.indicator.units.all())
        return Reach(self.campaign.host.path, tuple(unit.path for unit in units))

    @property
    def full_number(self):
        """Ⅱ-1-1): the indicator's code and the number within it; a material adds -①."""
        return f"{self.indicator.code}-{self.number})"

    @property
    def mark(self):
        return mark_of(self, Standard.WRITTEN, above=str(self.indicator.lineage))

    def get_methods_display(self):
        return "、".join(str(Indicator.Method(method).label) for method in self.methods)
