from datetime import date

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from campaigns import quantities
from cityinit.addresses import address
from cityinit.marks import mark_of
from units.models import Unit
from units.roles import Reach, scope_of

from .campaign import CampaignRow, SeenQuerySet
from .standard import Indicator
from .workstream import Workstream


class TaskQuerySet(SeenQuerySet):
    SEEN_WITH = "campaigns.see_task"

    def _seen_by(self, user):
        """All tasks of the hosts whose office the person is in; else those assigned within the own scope.

        A draft is the office's own business until it is issued.
        """
        seen = self._seen_whole(user)
        if paths := scope_of(user).paths_with("campaigns.see_task"):
            # Gathered once by their units; asked task by task, SQLite looks twenty thousand times.
            mine = Assignment.objects.filter(unit__in=Unit.objects.under(paths)).values("task")
            seen |= models.Q(pk__in=mine) & ~models.Q(state=Task.State.DRAFT)
        return seen

    def seen_then(self, user, *, of, on):
        """Of the campaign those visible, and those in which a unit in the person's scope had a part that day.

        A list of that day shows the latter as they stood: they were the unit's, and can no longer be opened.
        """
        if scope_of(user).reaches(of.host.path, "campaigns.see_task", office=True):
            return self.filter(campaign=of)
        had = PastAssignment.objects.visible_to(user).standing(on=on).values("task")
        return self.filter(self._seen_by(user) | models.Q(pk__in=had) & ~models.Q(state=Task.State.DRAFT), campaign=of)

    def leaves(self):
        return self.filter(children=None)

    def mentioning(self, words):
        """With the words in number or name."""
        return self.filter(models.Q(code__icontains=words) | models.Q(name__icontains=words))

    def leaves_on(self, day):
        """Those below which nothing stood when that day ended, whatever has been put below or taken away since."""
        moved = TaskPlace.objects.filter(task=models.OuterRef("pk"), until__gte=day)
        below_all_along = Task.objects.filter(~models.Exists(moved), parent=models.OuterRef("pk"))
        earlier = TaskPlace.objects.filter(
            task=models.OuterRef("task"), until__gte=day, until__lt=models.OuterRef("until")
        )
        below_then = TaskPlace.objects.filter(~models.Exists(earlier), parent=models.OuterRef("pk"), until__gte=day)
        return self.filter(~models.Exists(below_all_along), ~models.Exists(below_then))

    def open(self):
        return self.filter(state__in=Task.OPEN_STATES)

    def running(self):
        """Issued and not concluded: what units have in hand, or have reported done."""
        return self.filter(state__in=Task.RUNNING_STATES)

    def overdue(self, *, on):
        """Still worked on after its day; a task whose units have all reported waits for the office, not for them."""
        return self.filter(state=Task.State.ISSUED, due_on__lt=on)

    def due(self, *, first, last):
        """Still worked on and due on one of these days."""
        return self.filter(state=Task.State.ISSUED, due_on__range=(first, last))

    def of_unit(self, unit, *, leading=False, below=False):
        """Tasks in which the unit has a part, or the lead of which it has; on demand with the units below it."""
        parts = Assignment.objects.filter(task=models.OuterRef("pk"))
        parts = parts.filter(unit__path__startswith=unit.path) if below else parts.filter(unit=unit)
        return self.filter(models.Exists(parts.filter(is_lead=True) if leading else parts))

    def of_group(self, group):
        """Tasks in which a unit of this appraisal group has a part."""
        return self.filter(
            models.Exists(Assignment.objects.filter(task=models.OuterRef("pk"), unit__appraisal_group=group))
        )

    def of_person(self, user):
        """The person's own: parts of the units a liaison speaks for, of the office itself, or named as supervising."""
        scope = scope_of(user)
        desks = [post.unit_id for post in scope.posts if post.of_office]
        own = Assignment.objects.filter(task=models.OuterRef("pk"))
        spoken_for = Unit.objects.under(scope.paths_with("campaigns.see_task", office=False))
        own = own.filter(models.Q(unit__in=desks) | models.Q(unit__in=spoken_for))
        return self.filter(models.Q(models.Exists(own)) | models.Q(supervising_leader__contains=user.name))

    def under(self, indicator):
        """Tasks filed under the indicator, in whatever version of its system."""
        return self.filter(indicator__lineage=indicator.lineage)

    def in_workstream(self, workstream):
        """Tasks of the workstream or of one below it (they stand two deep at most)."""
        below = models.Q(workstream=workstream) | models.Q(workstream__parent=workstream)
        below |= models.Q(workstream__parent__parent=workstream)
        standing = Task.workstreams.through.objects.filter(below, task=models.OuterRef("pk"))
        return self.filter(models.Exists(standing))

    def in_no_workstream(self, scheme=None):
        """Tasks that stand in no workstream at all, or in none of this scheme."""
        standing = Task.workstreams.through.objects.filter(task=models.OuterRef("pk"))
        if scheme is not None:
            standing = standing.filter(workstream__scheme=scheme)
        return self.filter(~models.Exists(standing))

    def in_several_workstreams(self):
        """Tasks that stand in more than one workstream of one scheme, where a summary may tell them twice."""
        through = Task.workstreams.through.objects.order_by().filter(task=models.OuterRef("pk"))
        crowded = through.values("workstream__scheme").annotate(n=models.Count("pk")).filter(n__gt=1)
        return self.filter(models.Exists(crowded))

    def of_indicators(self, indicators):
        """Tasks of one of these indicators or of one below it (a system is four deep at most).

        By lineage: a task filed under an earlier version of the system stands under today's.
        """
        wanted, step = models.Q(), "parent"
        for _level in range(1, INDICATOR_LEVELS):
            wanted |= models.Q(**{f"{step}__in": indicators})
            step += "__parent"
        below = Indicator.objects.filter(models.Q(pk__in=indicators) | wanted)
        return self.filter(indicator__lineage__in=below.values("lineage"))

    def in_order(self, order):
        """With the keys of ORDERS, none of them null, so that pages can follow each other by them."""
        if order == "number":
            return self
        place = models.Case(*(models.When(state=state, then=n) for n, state in enumerate(Task.State.values)))
        return self.annotate(due_key=Coalesce("due_on", models.Value(NO_DAY)), state_key=place)

    def for_template(self):
        """Everything a template keeps of a task."""
        return self.select_related("lead_unit").prefetch_related("assignments__unit")

    def for_list(self, *keys):
        """The columns of a task table as plain values; `campaigns.views.task_rows` adds what other rows tell."""
        return self.values(*dict.fromkeys((*LISTED, *keys)))


NO_DAY = date(9999, 12, 31)
INDICATOR_LEVELS = 4
# The orders of the task table. By number is the office's own order, in which the ledger was laid down.
ORDERS = {
    "number": ("position", "pk"),
    "due": ("due_key", "position", "pk"),
    "state": ("state_key", "due_key", "pk"),
    "lead": ("lead_unit__position", "lead_unit", "position", "pk"),
}
LISTED = (
    *("pk", "code", "name", "position", "state", "starts_on", "due_on", "frequency", "lead_unit"),
    *("lead_unit__name", "lead_unit__short_name", "lead_unit__position"),
)


class Task(CampaignRow):
    """What must be done, by a lead unit and the units beside it, each with its own assignment."""

    class State(models.TextChoices):
        DRAFT = "draft", _("未下发")
        ISSUED = "issued", _("进行中")
        AWAITING_CONFIRMATION = "awaiting_confirmation", _("待确认")
        CONFIRMED = "confirmed", _("已办结")
        CANCELLED = "cancelled", _("终止")

    RUNNING_STATES = (State.ISSUED, State.AWAITING_CONFIRMATION)
    OPEN_STATES = (State.DRAFT, *RUNNING_STATES)
    TONES = {
        "draft": "neutral",
        "issued": "blue",
        "awaiting_confirmation": "yellow",
        "confirmed": "green",
        "cancelled": "neutral",
    }

    # The columns that the office writes; units and workstreams are written beside them.
    WRITTEN = (
        "code",
        "name",
        "requirement",
        "parent",
        "indicator",
        "lead_unit",
        "supervising_leader",
        "starts_on",
        "due_on",
        "target",
        "measure",
        "frequency",
    )

    code = models.CharField(_("编号"), max_length=40)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级任务"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    workstreams = models.ManyToManyField(Workstream, verbose_name=_("板块"), related_name="tasks", blank=True)
    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    name = models.CharField(_("名称"), max_length=200)
    requirement = models.TextField(_("工作要求"), blank=True)
    lead_unit = models.ForeignKey(Unit, verbose_name=_("牵头单位"), on_delete=models.PROTECT, related_name="led_tasks")
    supervising_leader = models.CharField(_("分管领导"), max_length=60, blank=True)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    due_on = models.DateField(_("完成时限"), null=True, blank=True)
    target = models.DecimalField(_("目标值"), max_digits=14, decimal_places=2, null=True, blank=True)
    measure = models.CharField(_("计量单位"), max_length=20, blank=True)
    frequency = models.CharField(
        _("频次"), max_length=40, blank=True, help_text=_("常态工作填写，如“每天1次”“每周五”“不定期”")
    )
    state = models.CharField(_("状态"), max_length=24, choices=State, default=State.DRAFT)
    issued_on = models.DateField(_("下发日期"), null=True, blank=True)
    confirmed_on = models.DateField(_("办结日期"), null=True, blank=True)
    cancelled_on = models.DateField(_("终止日期"), null=True, blank=True)
    # Where a part of a split task came from, and what a merged one went into.
    split_from = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="parts")
    merged_into = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="merged")
    # Sent twice, stored once: the form carries a key made when it was drawn.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = TaskQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("任务")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="task_code_once"),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(due_on=None)
                | models.Q(due_on__gte=models.F("starts_on")),
                name="task_due_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(confirmed_on__isnull=False),
                name="task_confirmed_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "position", "id"], name="task_campaign_order"),
            models.Index(fields=["campaign", "state", "due_on"], name="task_campaign_state_due"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return address("campaigns:task", self.pk)

    @property
    def standing(self):
        """What the page shows the state of: to a unit its own part while the task is worked on, else the task."""
        own = getattr(self, "own_state", None)
        return Assignment(task=self, state=own) if own and self.state == Task.State.ISSUED else self

    @property
    def mark(self):
        units = sorted(part.unit_id for part in self.assignments.all())
        return mark_of(self, (*Task.WRITTEN, "workstreams"), units=units)

    def reach(self):
        """The office, and every unit with an assignment."""
        return Reach(self.campaign.host.path, tuple(a.unit.path for a in self.assignments.all()))

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def aim(self):
        """Its target as a quantity; None where it has none to reach."""
        return quantities.Quantity("", self.target, "", self.measure) if self.target else None

    @property
    def is_recurring(self):
        return bool(self.frequency)

    def is_overdue(self, *, on):
        return self.state == self.State.ISSUED and self.due_on is not None and self.due_on < on


class AssignmentQuerySet(SeenQuerySet):
    CAMPAIGN, SEEN_WITH = "task__campaign", "campaigns.see_task"

    def _seen_by(self, user):
        """Assignments of the tasks the office sees; else those of units in the own scope."""
        seen = self._seen_whole(user)
        for path in scope_of(user).paths_with("campaigns.see_task"):
            seen |= models.Q(unit__path__startswith=path) & ~models.Q(task__state=Task.State.DRAFT)
        return seen

    def own_of(self, user):
        """Parts of the units the person speaks for; who is of the campaign's office looks at the whole task."""
        scope = scope_of(user)
        paths = scope.paths_with("campaigns.see_task", office=False)
        if not paths:
            return self.none()
        own = self.filter(unit__in=Unit.objects.under(paths))
        for path in scope.paths_with("campaigns.see_task", office=True):
            own = own.exclude(task__campaign__host__path__startswith=path)
        return own

    def unfinished(self):
        return self.exclude(state=Assignment.State.REPORTED_DONE)

    def standing(self, *, on):
        """Of today's parts those that were the unit's when that day ended."""
        return self.filter(joined_by(on))


def joined_by(day):
    """Of a part, past or present: that the unit had come to the task by that day."""
    return models.Q(joined_on=None) | models.Q(joined_on__lte=day)


class Assignment(models.Model):
    """One unit's part in a task, with its own state."""

    class State(models.TextChoices):
        UNREAD = "unread", _("未签收")
        ACKNOWLEDGED = "acknowledged", _("已签收")
        IN_PROGRESS = "in_progress", _("进行中")
        REPORTED_DONE = "reported_done", _("已反馈完成")

    TONES = {"unread": "orange", "acknowledged": "blue", "in_progress": "blue", "reported_done": "green"}

    task = models.ForeignKey(Task, verbose_name=_("任务"), on_delete=models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="assignments")
    is_lead = models.BooleanField(_("牵头"), default=False)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.UNREAD)
    acknowledged_at = models.DateTimeField(_("签收时间"), null=True)
    reported_done_at = models.DateTimeField(_("反馈完成时间"), null=True)
    nudged_at = models.DateTimeField(_("催办时间"), null=True)
    # When the unit came to a task that others were working on; None where it was there from the beginning.
    joined_on = models.DateField(_("加入日期"), null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-is_lead", "pk"]
        constraints = [models.UniqueConstraint(fields=["task", "unit"], name="assignment_once")]
        indexes = [models.Index(fields=["unit", "state"], name="assignment_unit_state")]

    def __str__(self):
        return f"{self.task} · {self.unit}"

    def get_absolute_url(self):
        return self.task.get_absolute_url()

    def reach(self):
        return Reach(self.task.campaign.host.path, (self.unit.path,))

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def key_then(self):
        """By which it is known while it stands and afterwards, as `PastAssignment` has it."""
        return self.pk


class PastAssignmentQuerySet(SeenQuerySet):
    CAMPAIGN, SEEN_WITH = "task__campaign", "campaigns.see_task"

    def _seen_by(self, user):
        """Those of the tasks the office sees; else those of units in the own scope."""
        own = Unit.objects.under(scope_of(user).paths_with("campaigns.see_task"))
        return self._seen_whole(user) | models.Q(unit__in=own)

    def standing(self, *, on):
        """Parts that were the unit's when that day ended."""
        return self.filter(joined_by(on), until__gte=on)


class PastAssignment(models.Model):
    """A part that was a unit's until a day, when it left or was taken over: figures of earlier days count it there."""

    # Of the assignment it was: a key never becomes another unit's, so what a report counted is found again by it.
    part_key = models.BigIntegerField(editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="past_assignments")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="past_assignments")
    is_lead = models.BooleanField(_("牵头"), default=False)
    # None where the office took the unit out and nobody in particular came for it.
    successor = models.ForeignKey(
        Unit, verbose_name=_("承接单位"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    # As the part itself had it.
    joined_on = models.DateField(_("加入日期"), null=True)
    until = models.DateField(_("至"))
    # The unit stayed beside and only led no longer: its part goes on.
    led_only = models.BooleanField(default=False)

    objects = PastAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["until", "pk"]
        indexes = [
            models.Index(fields=["task", "until"], name="past_assignment_task_until"),
            models.Index(fields=["part_key"], name="past_assignment_part_key"),
        ]

    def __str__(self):
        return f"{self.task} · {self.unit} {self.until}"

    def get_absolute_url(self):
        return self.task.get_absolute_url()

    @property
    def key_then(self):
        return self.part_key


class TaskPlace(models.Model):
    """Below which task one stood until a day, so that a figure of an earlier day finds the same leaves."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="former_places")
    parent = models.ForeignKey(
        Task, verbose_name=_("原上级任务"), null=True, on_delete=models.CASCADE, related_name="former_children"
    )
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until"]
        constraints = [models.UniqueConstraint(fields=["task", "until"], name="task_place_once_a_day")]

    def __str__(self):
        return f"{self.task} {self.until}"
