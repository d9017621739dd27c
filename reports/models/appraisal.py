"""Appraisals (考核): rule sets by version, what a period came to by them, each unit's sheet, and objections."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign, CampaignRow, SeenQuerySet
from cityinit.history import Event
from cityinit.marks import mark_of
from cityinit.models import Job
from cityinit.periods import Period
from inspections.models import Finding
from units.models import Unit
from units.roles import Reach, scope_of

LEAST_POINTS = Decimal("0.01")
SEEN_WITH = "reports.see_appraisal"


class RuleSetQuerySet(SeenQuerySet):
    SEEN_WITH = SEEN_WITH

    def _seen_by(self, user):
        """All of the office's hosts; whoever is appraised reads the rules that were ever in use."""
        hosts = scope_of(user).hosts_with(SEEN_WITH)
        open_ones = models.Q(campaign__host__host_id__in=hosts) & ~models.Q(state=RuleSet.State.DRAFT)
        return self._seen_whole(user) | open_ones

    def in_use(self):
        return self.filter(state=RuleSet.State.IN_USE)


class RuleSet(CampaignRow):
    """By what units are appraised: one version, frozen once it is in use."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        IN_USE = "in_use", _("使用中")
        RETIRED = "retired", _("已停用")

    TONES = {"draft": "yellow", "in_use": "green", "retired": "neutral"}
    # The columns that the office writes.
    WRITTEN = ("name", "base", "reward_cap", "least", "with_below", "note")

    name = models.CharField(_("名称"), max_length=60)
    version = models.PositiveSmallIntegerField(_("版本"), default=1)
    base = models.DecimalField(
        _("基础分"), max_digits=6, decimal_places=2, default=100, validators=[MinValueValidator(0)]
    )
    reward_cap = models.DecimalField(
        _("加分合计最多"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("不填则不封顶"),
    )
    least = models.PositiveSmallIntegerField(
        _("至少几项才排名"), default=1, help_text=_("名下问题和任务合计不到这么多的单位，只算得分，不排名次")
    )
    with_below = models.BooleanField(
        _("下级单位的计入上级单位"), default=True, help_text=_("勾选后，社区的问题和任务也计入所在街道")
    )
    note = models.TextField(_("说明"), blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.DRAFT)
    adopted_on = models.DateField(_("启用日期"), null=True, editable=False)

    objects = RuleSetQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("考核细则")
        ordering = ["name", "-version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name", "version"], name="rule_set_version_once"),
            models.UniqueConstraint(
                fields=["campaign", "name"], condition=models.Q(state="in_use"), name="rule_set_one_in_use"
            ),
            models.UniqueConstraint(
                fields=["campaign", "name"], condition=models.Q(state="draft"), name="rule_set_one_draft"
            ),
        ]

    def __str__(self):
        return _("%(name)s（第%(version)s版）") % {"name": self.name, "version": self.version}

    def get_absolute_url(self):
        return reverse("reports:rule_set", args=[self.pk])

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def mark(self):
        return mark_of(self, RuleSet.WRITTEN)


class AppraisalRule(models.Model):
    """For what points are taken or given, how many, and how many at most; what each kind asks stands in `kinds.py`."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("问题逾期整改")
        FOUND = "found", _("发现问题")
        REWORK = "rework", _("整改返工")
        REOPENED = "reopened", _("销号后反弹")
        RATE = "rate", _("整改率低于")
        IN_TIME = "in_time", _("按期整改率低于")
        ROUND_SCORE = "round_score", _("督查得分低于")
        TASK_LATE = "task_late", _("任务逾期未完成")
        TASK_RATE = "task_rate", _("任务办结率低于")
        NUDGED = "nudged", _("被催办")
        SUPERVISED = "supervised", _("被督办")
        MATERIAL_LATE = "material_late", _("材料逾期未报")
        MATERIAL_BACK = "material_back", _("材料被退回")
        CRITICISM = "criticism", _("被通报批评")
        DEDUCTION = "deduction", _("奖惩台账扣分")
        HIGHLIGHT = "highlight", _("工作亮点")
        LOGGED = "logged", _("工作记录")
        HONOUR = "honour", _("获得荣誉")
        PRAISE = "praise", _("督查亮点")
        COMMENDED = "commended", _("被通报表扬")
        BONUS = "bonus", _("奖惩台账加分")

    class Rank(models.TextChoices):
        NATION = "nation", _("国家级")
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")

    # The columns that the office writes; a copy into the next version takes them all.
    WRITTEN = ("kind", "points", "cap", "severity", "rank", "threshold", "step", "is_on", "words")

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("依据"), max_length=14, choices=Kind)
    points = models.DecimalField(
        _("分值"), max_digits=6, decimal_places=2, validators=[MinValueValidator(LEAST_POINTS)]
    )
    cap = models.DecimalField(
        _("最多"), max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(LEAST_POINTS)]
    )
    severity = models.CharField(_("问题等级"), max_length=1, choices=Finding.Severity, blank=True)
    rank = models.CharField(_("荣誉级别"), max_length=8, choices=Rank, blank=True)
    threshold = models.DecimalField(_("低于"), max_digits=5, decimal_places=2, null=True, blank=True)
    step = models.DecimalField(
        _("每多少计一次"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_POINTS)],
    )
    is_on = models.BooleanField(_("计分"), default=True)
    words = models.CharField(_("细则原文"), max_length=300, blank=True)
    # Sent twice, stored once.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    class Meta:
        verbose_name = _("考核规则")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="appraisal_rule_counts_something"),
        ]

    def __str__(self):
        return str(self.get_kind_display())

    @property
    def mark(self):
        return mark_of(self, AppraisalRule.WRITTEN)


class RuleSetEvent(Event):
    """What happened to a rule set."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="events")

    TONES = {"adopt": "green", "retire": "neutral"}

    @property
    def tone(self):
        return self.TONES.get(self.move, "blue")

    @property
    def what(self):
        return self.label


class AppraisalQuerySet(SeenQuerySet):
    SEEN_WITH = SEEN_WITH

    def _seen_by(self, user):
        """All of the office's hosts; else those that told something of a unit in the own scope."""
        sheets = AppraisalSheet.objects.visible_to(user).filter(result__appraisal=models.OuterRef("pk"))
        return self._seen_whole(user) | models.Exists(sheets)


class Appraisal(CampaignRow):
    """One period appraised by one version of the rules; what it came to stands in its results."""

    rule_set = models.ForeignKey(
        RuleSet, verbose_name=_("考核细则"), on_delete=models.PROTECT, related_name="appraisals"
    )
    title = models.CharField(_("名称"), max_length=100)
    first_day = models.DateField(_("起"))
    last_day = models.DateField(_("止"))
    exempt = models.ManyToManyField(Unit, verbose_name=_("免考核单位"), blank=True, related_name="+")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)

    objects = AppraisalQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("考核")
        ordering = ["-last_day", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "first_day", "last_day"], name="appraisal_once_per_period"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="appraisal_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("reports:appraisal", args=[self.pk])

    @property
    def period(self):
        return Period(self.first_day, self.last_day)


class AppraisalResult(models.Model):
    """What an appraisal came to, worked out once and frozen; published, its units see their sheets."""

    class State(models.TextChoices):
        WORKED_OUT = "worked_out", _("待公布")
        PUBLISHED = "published", _("已公布")
        REPLACED = "replaced", _("已被新版替代")

    TONES = {"worked_out": "yellow", "published": "green", "replaced": "neutral"}

    appraisal = models.ForeignKey(Appraisal, on_delete=models.CASCADE, related_name="results")
    number = models.PositiveSmallIntegerField(_("版次"))
    as_of = models.DateField(_("数据截至"))
    # The rules as they were: [{key, kind, said, words, deducts}], in their order.
    rules = models.JSONField()
    hash = models.CharField(_("校验值"), max_length=64)
    # As many objections had been upheld by then, and are in the points.
    upheld = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WORKED_OUT)
    worked_out_at = models.DateTimeField(_("计算时间"), default=timezone.now)
    published_at = models.DateTimeField(_("公布时间"), null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    objections_until = models.DateField(_("申诉截止"), null=True)
    note = models.TextField(_("公布说明"), blank=True)

    class Meta:
        verbose_name = _("考核结果")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "number"], name="appraisal_result_once"),
            models.UniqueConstraint(
                fields=["appraisal"], condition=models.Q(state="published"), name="appraisal_one_published"
            ),
        ]

    def __str__(self):
        return _("%(appraisal)s第%(number)s版") % {"appraisal": self.appraisal, "number": self.number}

    def get_absolute_url(self):
        return self.appraisal.get_absolute_url()

    def reach(self):
        return Reach(self.appraisal.campaign.host.path)

    @property
    def campaign(self) -> Campaign:
        return self.appraisal.campaign

    @property
    def tone(self):
        return self.TONES[self.state]

    def takes_objections(self, *, on):
        is_open = self.objections_until is not None and on <= self.objections_until
        return self.state == self.State.PUBLISHED and is_open


class SheetQuerySet(SeenQuerySet):
    CAMPAIGN, SEEN_WITH = "result__appraisal__campaign", SEEN_WITH

    def _seen_by(self, user):
        """All of the office's hosts; of published ones a unit its own and those below it, a part's office its part."""
        scope, seen = scope_of(user), models.Q(pk__in=[])
        for path in (*scope.paths_with(SEEN_WITH, office=False), *scope.partial_paths_with(SEEN_WITH)):
            seen |= models.Q(unit__path__startswith=path)
        return self._seen_whole(user) | seen & models.Q(result__published_at__isnull=False)

    def ranking(self):
        """As the page lists them: those that were placed by their place, then the others."""
        by_place = models.F("place").asc(nulls_last=True)
        return self.defer("lines").order_by(by_place, "-total", "position", "pk")


class AppraisalSheet(models.Model):
    """One unit's part of a result: every point with the records it comes from."""

    result = models.ForeignKey(AppraisalResult, on_delete=models.CASCADE, related_name="sheets")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    # As the unit was called on the last day, and the group it was compared in.
    name = models.CharField(_("单位"), max_length=100)
    group = models.CharField(_("考核组"), max_length=40, blank=True)
    base = models.DecimalField(_("基础分"), max_digits=8, decimal_places=2)
    deducted = models.DecimalField(_("扣分"), max_digits=8, decimal_places=2)
    rewarded = models.DecimalField(_("加分"), max_digits=8, decimal_places=2)
    total = models.DecimalField(_("得分"), max_digits=8, decimal_places=2)
    items = models.PositiveIntegerField(_("问题和任务"), default=0)
    place = models.PositiveIntegerField(_("名次"), null=True)
    # Of so many that were ranked in the group.
    ranked = models.PositiveIntegerField(default=0)
    # Why it has no place, in words.
    unranked = models.CharField(_("不排名的原因"), max_length=60, blank=True)
    # [{rule, said, deducts, n, points, full, note, occurrences: [{key, model, pk, title, note, points, struck}]}]
    lines = models.JSONField(default=list)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核明细")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["result", "unit"], name="appraisal_sheet_once")]

    def __str__(self):
        return _("%(unit)s%(title)s") % {"unit": self.name, "title": self.result.appraisal}

    def get_absolute_url(self):
        return reverse("reports:sheet", args=[self.pk])

    def reach(self):
        return Reach(self.result.appraisal.campaign.host.path, (self.unit.path,))

    @cached_property
    def by_rule(self):
        return {line["rule"]: line for line in self.lines}


class ObjectionQuerySet(SeenQuerySet):
    CAMPAIGN, SEEN_WITH = "sheet__result__appraisal__campaign", SEEN_WITH

    def _seen_by(self, user):
        """All of the office's hosts; a unit its own and those of units below it."""
        return self._seen_whole(user) | models.Q(sheet__in=AppraisalSheet.objects.visible_to(user).values("pk"))

    def open(self):
        return self.filter(state=Objection.State.OPEN)

    def upheld(self):
        return self.filter(state=Objection.State.UPHELD)


class Objection(models.Model):
    """A unit objects to a line of its sheet, or to some of the records in it; the office answers."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        UPHELD = "upheld", _("成立")
        DISMISSED = "dismissed", _("不成立")

    TONES = {"open": "yellow", "upheld": "green", "dismissed": "neutral"}

    sheet = models.ForeignKey(AppraisalSheet, on_delete=models.PROTECT, related_name="objections")
    rule = models.ForeignKey(AppraisalRule, on_delete=models.PROTECT, related_name="+")
    # Keys of occurrences; empty is the whole line.
    keys = models.JSONField(default=list)
    text = models.TextField(_("申诉理由"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("申诉时间"), default=timezone.now)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核申诉")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "rule"], condition=models.Q(state="open"), name="objection_one_open_per_line"
            )
        ]

    def __str__(self):
        return self.text[:40]

    def get_absolute_url(self):
        return reverse("reports:sheet_line", args=[self.sheet_id, self.rule_id])

    def reach(self):
        return self.sheet.reach()

    @property
    def tone(self):
        return self.TONES[self.state]
