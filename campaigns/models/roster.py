from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.history import Event
from cityinit.marks import mark_of
from cityinit.models import StoredFile
from cityinit.periods import SHANGHAI
from units.roles import Reach

from .duty import DutyPost
from .patrol import PersonRow, PersonRowQuerySet

WEEKDAYS = (
    (0, _("周一")),
    (1, _("周二")),
    (2, _("周三")),
    (3, _("周四")),
    (4, _("周五")),
    (5, _("周六")),
    (6, _("周日")),
)


class DutyShift(models.Model):
    """When a duty post is manned: on which days, from when to when, by how many."""

    class Pattern(models.TextChoices):
        WEEKDAYS = "weekdays", _("每周固定几天")
        EVERY = "every", _("每隔几天")
        WORKDAYS = "workdays", _("工作日")
        HOLIDAYS = "holidays", _("节假日和周末")

    duty = models.ForeignKey(DutyPost, on_delete=models.CASCADE, related_name="rota")
    name = models.CharField(_("班次"), max_length=30, help_text=_("如：早高峰、夜班"))
    pattern = models.CharField(_("排班日"), max_length=10, choices=Pattern, default=Pattern.WORKDAYS)
    weekdays = models.JSONField(_("星期"), default=list, blank=True)
    every = models.PositiveSmallIntegerField(_("每几天一次"), null=True, blank=True, help_text=_("从开始日期起数"))
    starts_at = models.TimeField(_("开始时间"))
    ends_at = models.TimeField(_("结束时间"), help_text=_("早于开始时间即为次日"))
    people = models.PositiveSmallIntegerField(_("每班人数"), default=1)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)

    WRITTEN = ("name", "pattern", "weekdays", "every", "starts_at", "ends_at", "people", "starts_on", "ends_on")

    class Meta:
        verbose_name = _("班次")
        ordering = ["starts_at", "pk"]

    def __str__(self):
        return self.name

    @property
    def mark(self):
        return mark_of(self, self.WRITTEN)

    @property
    def hours(self):
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"

    @property
    def days(self):
        """每周一、三、五 · 每3天 · 工作日"""
        if self.pattern == self.Pattern.WEEKDAYS:
            return "、".join(str(dict(WEEKDAYS)[day]) for day in self.weekdays)
        if self.pattern == self.Pattern.EVERY:
            return _("每%(n)s天") % {"n": self.every}
        return self.get_pattern_display()

    def stands_on(self, day, *, calendar):
        """Whether the post is manned in this shift on the day."""
        if day < self.starts_on or (self.ends_on and day > self.ends_on):
            return False
        if self.pattern == self.Pattern.WEEKDAYS:
            return day.weekday() in self.weekdays
        if self.pattern == self.Pattern.EVERY:
            return (day - self.starts_on).days % self.every == 0
        return calendar.is_workday(day) == (self.pattern == self.Pattern.WORKDAYS)


class DutyHand(PersonRow):
    """Somebody who takes turns at a duty post, in the order of `position`, from a day to a day."""

    CAMPAIGN = "duty__campaign"

    duty = models.ForeignKey(DutyPost, on_delete=models.CASCADE, related_name="hands")
    position = models.PositiveIntegerField(default=0)
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = _("执勤人员")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name

    def reach(self):
        return Reach(self.duty.campaign.host.path, (self.unit.path,))

    def is_held(self, day):
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


class DutyTurnQuerySet(PersonRowQuerySet):
    def within(self, period):
        return self.filter(day__gte=period.first, day__lte=period.last)

    def counted(self):
        """What was arranged and not called off."""
        return self.exclude(state=DutyTurn.State.CALLED_OFF)

    def begun(self, *, at):
        """Turns whose hour has come."""
        local = timezone.localtime(at, SHANGHAI)
        return self.filter(models.Q(day__lt=local.date()) | models.Q(day=local.date(), starts_at__lte=local.time()))

    def worked_on(self):
        """Turns that people have touched: marked, handed over or signed for. What is left may be drawn up anew."""
        return self.exclude(state=DutyTurn.State.PLANNED, by_hand=False)

    def for_list(self):
        return self.select_related("shift__duty__campaign__host", "unit", "marked_by")


class DutyTurn(PersonRow):
    """Who stands in one shift on one day, and whether they came. Hours are kept as they were when it was drawn up."""

    class State(models.TextChoices):
        PLANNED = "planned", _("已排班")
        PRESENT = "present", _("到岗")
        REPLACED = "replaced", _("顶岗")
        ABSENT = "absent", _("缺岗")
        CALLED_OFF = "called_off", _("取消")

    CAMPAIGN = "shift__duty__campaign"
    TONES = {
        State.PLANNED: "neutral",
        State.PRESENT: "green",
        State.REPLACED: "blue",
        State.ABSENT: "red",
        State.CALLED_OFF: "neutral",
    }
    CAME = (State.PRESENT, State.REPLACED)

    shift = models.ForeignKey(DutyShift, verbose_name=_("班次"), on_delete=models.PROTECT, related_name="turns")
    day = models.DateField(_("日期"))
    slot = models.PositiveSmallIntegerField(default=0)
    starts_at = models.TimeField(_("开始时间"))
    ends_at = models.TimeField(_("结束时间"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PLANNED)
    by_hand = models.BooleanField(default=False)
    stand_in = models.CharField(_("顶岗人"), max_length=40, blank=True)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    checked_in_at = models.DateTimeField(_("签到时间"), null=True)
    marked_at = models.DateTimeField(_("登记时间"), null=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("登记人"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Only with the person's consent, and shown to the office alone.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+")

    objects = DutyTurnQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta:
        verbose_name = _("值守排班")
        ordering = ["day", "starts_at", "shift_id", "slot"]
        constraints = [models.UniqueConstraint(fields=["shift", "day", "slot"], name="duty_turn_once")]
        indexes = [
            models.Index(fields=["day", "state"], name="duty_turn_day"),
            models.Index(fields=["user", "day"], name="duty_turn_user_day"),
        ]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {self.shift} {self.name}"

    def get_absolute_url(self):
        return reverse("campaigns:turn", args=[self.pk])

    def reach(self):
        return Reach(self.shift.duty.campaign.host.path, (self.unit.path,))

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def hours(self):
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"

    @property
    def begins(self):
        return datetime.combine(self.day, self.starts_at, tzinfo=SHANGHAI)

    @property
    def ends(self):
        """The moment it is over: the next day's where it runs through midnight."""
        over = self.day + timedelta(days=self.ends_at <= self.starts_at)
        return datetime.combine(over, self.ends_at, tzinfo=SHANGHAI)

    @property
    def is_late(self):
        """Whether attendance was entered on a later day than the turn ended."""
        return bool(self.marked_at) and timezone.localtime(self.marked_at, SHANGHAI).date() > self.ends.date()


class TurnEvent(Event):
    """One thing that happened to a turn."""

    turn = models.ForeignKey(DutyTurn, on_delete=models.CASCADE, related_name="events")
    target = models.CharField(max_length=24, blank=True)
