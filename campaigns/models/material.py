from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.gates import Gates
from cityinit.addresses import address
from cityinit.history import Event
from cityinit.marks import mark_of
from cityinit.models import Job, StoredFile
from cityinit.numerals import circled
from cityinit.periods import day_end
from units.models import Unit
from units.roles import Reach, scope_of
from units.then import unit_then

from .campaign import CampaignRow, SeenQuerySet
from .standard import AssessmentSystem, Indicator, Standard

# Before the key of a material, where files wait for its form.
FORM_KEY = "material-"


class GateFields(models.Model):
    """What a file must be like; an empty field leaves it to the system's rules, and those to the product's."""

    GATES = (
        "window_first",
        "window_last",
        "types",
        "least_pixels",
        "most_megabytes",
        "least_files",
        "most_files",
    )

    window_first = models.DateField(_("日期不早于"), null=True, blank=True)
    window_last = models.DateField(_("日期不晚于"), null=True, blank=True)
    types = models.JSONField(_("文件类型"), default=list, blank=True)
    least_pixels = models.PositiveIntegerField(_("图片长边至少（像素）"), null=True, blank=True)
    most_megabytes = models.PositiveSmallIntegerField(_("单个文件不超过（MB）"), null=True, blank=True)
    least_files = models.PositiveSmallIntegerField(_("至少几个文件"), null=True, blank=True)
    most_files = models.PositiveSmallIntegerField(_("至多几个文件"), null=True, blank=True)

    class Meta:
        abstract = True

    def gates(self, *, over: Gates) -> Gates:
        """The gates of this row, where it says nothing those of `over`."""
        return over.but(
            first=self.window_first,
            last=self.window_last,
            types=tuple(self.types),
            least_pixels=self.least_pixels,
            most_megabytes=self.most_megabytes,
            least_files=self.least_files,
            most_files=self.most_files,
        )


class MaterialRules(GateFields):
    """The gates and the due day of all materials of one system, unless a material has its own."""

    system = models.OneToOneField(AssessmentSystem, on_delete=models.CASCADE, related_name="material_rules")
    due_on = models.DateField(_("报送期限"), null=True, blank=True)

    WRITTEN = (*GateFields.GATES, "due_on")

    class Meta:
        verbose_name = _("材料要求")

    def __str__(self):
        return str(self.system)

    def get_absolute_url(self):
        return reverse("campaigns:material_rules", args=[self.system_id])

    @property
    def mark(self):
        return mark_of(self, self.WRITTEN)


class ReturnReason(CampaignRow):
    """A reason from which the office picks when it returns a material."""

    name = models.CharField(_("原因"), max_length=60)
    advice = models.CharField(_("怎样改"), max_length=200, blank=True, help_text=_("退回时一并告诉报送单位"))

    class Meta(CampaignRow.Meta):
        verbose_name = _("材料退回原因")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="return_reason_once")]

    def __str__(self):
        return self.name


class MaterialQuerySet(SeenQuerySet):
    SEEN_WITH = "campaigns.see_material"

    def _seen_by(self, user):
        """Materials of the hosts whose office the person is in; else those of units in the own scope."""
        scope, seen = scope_of(user), self._seen_whole(user)
        own = scope.paths_with("campaigns.see_material", office=False)
        for path in (*own, *scope.partial_paths_with("campaigns.see_material")):
            seen |= models.Q(unit__path__startswith=path)
        return seen

    def own_of(self, user):
        """Materials of the units the person speaks for: theirs to submit."""
        paths = scope_of(user).paths_with("campaigns.submit_material", office=False)
        return self.filter(unit__in=Unit.objects.under(paths)) if paths else self.none()

    def of_system(self, system):
        return self.filter(standard__indicator__system=system)

    def in_force(self):
        """Those of the systems in force: of an edition that was replaced nothing is waited for."""
        return self.filter(standard__indicator__system__state=AssessmentSystem.State.IN_FORCE)

    def asked(self):
        """Those still asked for, or asked for as long as their system was in force."""
        return self.filter(dropped_on=None)

    def with_unit_now(self):
        """What the unit has to hand in, or to hand in again."""
        return self.asked().in_force().filter(state__in=Material.UNIT_STATES)

    def waiting(self):
        """What the office has to review."""
        return self.asked().in_force().filter(state__in=Material.WAITING_STATES)

    def open(self):
        """What has not passed: with the unit, or before the office."""
        return self.filter(state__in=(*Material.UNIT_STATES, *Material.WAITING_STATES))

    def complete(self):
        return self.asked().filter(state__in=Material.DONE_STATES)

    def overdue(self, *, on):
        return self.with_unit_now().filter(due_on__lt=on)

    def due(self, *, first, last):
        """Still with the unit and due on one of these days."""
        return self.with_unit_now().filter(due_on__range=(first, last))

    def as_of(self, day):
        """Those asked for on that day, each with `state_then`, from its events."""
        moves = MaterialEvent.objects.filter(material=models.OuterRef("pk"), at__lt=day_end(day)).exclude(target="")
        last = moves.order_by("-at", "-pk").values("target")[:1]
        asked = self.filter(models.Q(dropped_on=None) | models.Q(dropped_on__gt=day), asked_on__lte=day)
        empty = models.Value(Material.State.EMPTY.value)
        return asked.annotate(
            state_then=models.functions.Coalesce(models.Subquery(last), empty, output_field=models.CharField())
        )

    def with_unit_then(self, day):
        """With `unit_then`, whose it was on that day, also where another unit has taken it over since."""
        return self.annotate(unit_then=unit_then(PastMaterial.objects.all(), of="material", on=day))

    def owed_by(self, unit, *, on):
        """Those of the unit and what stood below it on that day."""
        return self.with_unit_then(on).filter(unit_then__in=Unit.objects.below(unit, on=on).values("pk"))

    def for_list(self):
        """Everything a table of materials shows, in one query."""
        return self.select_related("standard__indicator__system", "unit")

    def for_page(self):
        """One material with everything its page, its moves and its rights ask of it."""
        return self.select_related(
            "campaign__host",
            "standard__indicator__system__material_rules",
            "unit",
            "latest",
            "carried_from__standard__indicator",
            "carried_to__standard__indicator",
        )


# The order of the system itself; each key stands on a joined row, none of them is empty.
NUMBER_ORDER = (
    "standard__indicator__position",
    "standard__indicator_id",
    "standard__position",
    "standard_id",
    "ordinal",
)


class Material(GateFields, CampaignRow):
    """What one standard asks of one unit (材料项), under a number of its own that never changes.

    A material that is no longer asked for stays, dropped, and so does its ordinal: nothing after it moves up.
    """

    class State(models.TextChoices):
        EMPTY = "empty", _("待报送")
        SUBMITTED = "submitted", _("待审核")
        RETURNED = "returned", _("已退回")
        RESUBMITTED = "resubmitted", _("重报待审")
        ACCEPTED = "accepted", _("审核通过")
        FILED = "filed", _("已归档")

    UNIT_STATES = (State.EMPTY, State.RETURNED)
    WAITING_STATES = (State.SUBMITTED, State.RESUBMITTED)
    DONE_STATES = (State.ACCEPTED, State.FILED)
    TONES = {
        "empty": "neutral",
        "submitted": "yellow",
        "returned": "orange",
        "resubmitted": "yellow",
        "accepted": "green",
        "filed": "blue",
    }
    # What the office writes.
    WRITTEN = ("asked", "due_on", *GateFields.GATES)

    standard = models.ForeignKey(
        Standard, verbose_name=_("测评标准"), on_delete=models.PROTECT, related_name="materials"
    )
    unit = models.ForeignKey(Unit, verbose_name=_("报送单位"), on_delete=models.PROTECT, related_name="materials")
    ordinal = models.PositiveSmallIntegerField(_("序号"))
    asked = models.TextField(_("材料要求"), blank=True)
    due_on = models.DateField(_("报送期限"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.EMPTY)
    latest = models.ForeignKey("Submission", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    asked_on = models.DateField(_("下达日期"))
    dropped_on = models.DateField(_("撤销日期"), null=True, editable=False)
    accepted_on = models.DateField(_("通过日期"), null=True, editable=False)
    filed_on = models.DateField(_("归档日期"), null=True, editable=False)
    nudged_at = models.DateTimeField(_("催办时间"), null=True, editable=False)
    # The material of an earlier version of the system whose number and evidence this one took over.
    carried_from = models.OneToOneField(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="carried_to"
    )

    objects = MaterialQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("材料")
        ordering = ["standard", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "ordinal"], name="material_ordinal_once"),
            models.CheckConstraint(condition=models.Q(ordinal__gte=1), name="material_ordinal_from_one"),
            models.CheckConstraint(
                condition=models.Q(dropped_on=None) | models.Q(state="empty"), name="material_dropped_while_empty"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["accepted", "filed"]) | models.Q(accepted_on__isnull=False),
                name="material_accepted_has_its_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="filed") | models.Q(filed_on__isnull=False), name="material_filed_has_its_day"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "due_on"], name="material_campaign_state_due"),
            models.Index(fields=["unit", "state", "due_on"], name="material_unit_state_due"),
        ]

    def __str__(self):
        return f"{self.full_number} {self.unit}"

    def get_absolute_url(self):
        return address("campaigns:material", self.pk)

    @property
    def form_key(self):
        """The form it is handed in with, for the files that wait there (`HeldFile`)."""
        return f"{FORM_KEY}{self.pk}"

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))

    @property
    def full_number(self):
        """Ⅱ-1-1)-①"""
        return f"{self.standard.full_number}-{circled(self.ordinal)}"

    @property
    def wanted(self):
        """What is asked, in the words of the material, else of its standard."""
        return self.asked or self.standard.asked or self.standard.content

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def mark(self):
        return mark_of(self, self.WRITTEN)

    @property
    def is_dropped(self):
        return self.dropped_on is not None

    @property
    def waits(self):
        return self.state in self.WAITING_STATES

    @property
    def is_in_force(self):
        return self.standard.indicator.system.state == AssessmentSystem.State.IN_FORCE

    def is_overdue(self, *, on):
        is_owed = self.state in self.UNIT_STATES and not self.is_dropped and self.is_in_force
        return is_owed and self.due_on is not None and self.due_on < on

    def all_gates(self):
        """The gates that hold here: its own, else the system's, else the product's."""
        rules = getattr(self.standard.indicator.system, "material_rules", None)
        return self.gates(over=rules.gates(over=Gates()) if rules else Gates())


class PastMaterial(models.Model):
    """A material that was a unit's until a day, when another took it over: figures of earlier days count it there."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="past_units")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="past_materials")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.material_id} · {self.unit} {self.until}"


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(material__in=Material.objects.visible_to(user))

    def from_source(self, kind, pk):
        """What was handed in from that finding, log entry or meeting, and not taken back."""
        return self.filter(source_kind=kind, source_pk=pk).exclude(verdict=Submission.Verdict.WITHDRAWN)

    def for_page(self):
        rows = self.select_related("submitted_by", "reviewed_by", "carried_from__material__standard__indicator")
        return rows.prefetch_related("files")


class Submission(models.Model):
    """What a unit handed in once for a material, and what the office made of it."""

    class Verdict(models.TextChoices):
        OPEN = "open", _("待审核")
        RETURNED = "returned", _("退回")
        ACCEPTED = "accepted", _("通过")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Source(models.TextChoices):
        FINDING = "finding", _("问题整改")
        LOG_ENTRY = "log_entry", _("工作记录")
        MEETING = "meeting", _("会议活动")

    TONES = {"open": "yellow", "returned": "orange", "accepted": "green", "withdrawn": "neutral"}
    # Where each source has its page; that of a finding stands on a higher floor and is known by its name alone.
    PAGES = {"finding": "inspections:finding", "log_entry": "campaigns:log_entry"}

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="submissions")
    attempt = models.PositiveSmallIntegerField(_("第几次"))
    title = models.CharField(_("标题"), max_length=100)
    dated_on = models.DateField(_("材料日期"))
    note = models.TextField(_("说明"), blank=True)
    files = models.ManyToManyField(StoredFile, through="SubmissionFile", related_name="submissions")
    submitted_at = models.DateTimeField(_("报送时间"), default=timezone.now)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(_("审核结果"), max_length=10, choices=Verdict, default=Verdict.OPEN)
    # As they read when it was returned: the list they were picked from may change.
    reasons = models.JSONField(_("退回原因"), default=list)
    review_note = models.TextField(_("审核意见"), blank=True)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    source_kind = models.CharField(_("来源"), max_length=10, choices=Source, blank=True)
    source_pk = models.BigIntegerField(null=True)
    source_text = models.CharField(max_length=120, blank=True)
    carried_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="carried_to")
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("报送")
        ordering = ["-attempt"]
        constraints = [models.UniqueConstraint(fields=["material", "attempt"], name="submission_attempt_once")]
        indexes = [models.Index(fields=["source_kind", "source_pk"], name="submission_source")]

    def __str__(self):
        return f"{self.title}（{self.attempt}）"

    def get_absolute_url(self):
        return self.material.get_absolute_url()

    @property
    def tone(self):
        return self.TONES[self.verdict]

    @property
    def source_url(self):
        if self.source_kind == self.Source.MEETING:
            return reverse("campaigns:register_row", args=["meetings", self.source_pk])
        page = self.PAGES.get(self.source_kind)
        return reverse(page, args=[self.source_pk]) if page else ""


class SubmissionFile(models.Model):
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["submission", "file"], name="submission_file_once")]

    def __str__(self):
        return str(self.file)


class MaterialEvent(Event):
    """One thing that happened to a material. The state of a past day is read from these rows."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="events")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12, blank=True)

    class Meta(Event.Meta):
        indexes = [models.Index(fields=["material", "at"], name="material_event_at")]


class PackQuerySet(SeenQuerySet):
    """Packs of the hosts whose materials the person may take out."""

    CAMPAIGN, SEEN_WITH = "system__campaign", "campaigns.export_materials"


class MaterialPack(models.Model):
    """A zip of materials that somebody asked for: of a system, of an indicator and what is below it, of a unit."""

    system = models.ForeignKey(AssessmentSystem, verbose_name=_("测评体系"), on_delete=models.CASCADE, related_name="+")
    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    with_unreviewed = models.BooleanField(
        _("包括待审核的材料"), default=False, help_text=_("不勾选时，只打包审核通过和已归档的材料")
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("打包时间"), null=True)
    material_count = models.PositiveIntegerField(_("材料项数"), default=0)
    file_count = models.PositiveIntegerField(_("文件数"), default=0)
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = PackQuerySet.as_manager()

    class Meta:
        verbose_name = _("材料包")
        ordering = ["-requested_at", "-pk"]

    def __str__(self):
        return "-".join(str(part) for part in (self.system, self.indicator, self.unit) if part)

    def get_absolute_url(self):
        return address("campaigns:material_packs")

    def reach(self):
        return Reach(self.system.campaign.host.path)
