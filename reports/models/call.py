"""征集: units asked for their own summary of a period, and what each of them hands in, paragraph by paragraph."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.history import Event
from cityinit.marks import digest, mark_of
from cityinit.periods import Period
from units.models import Unit
from units.roles import Reach, scope_of

MOST_REMIND_DAYS = 30


class CallQuerySet(SeenQuerySet):
    SEEN_WITH = "reports.see_contribution"

    def _seen_by(self, user):
        """Calls of the hosts whose office the person is in; else those that ask a unit in the own scope."""
        own = Contribution.objects.visible_to(user).exclude(state=Contribution.State.EXCUSED)
        return self._seen_whole(user) | models.Q(pk__in=own.values("call"))

    def running(self):
        return self.filter(state=Call.State.OPEN)

    def of_period(self, period):
        return self.filter(first_day=period.first, last_day=period.last)

    def with_counts(self):
        """With how many units are asked, have handed in, and are taken."""
        rows = models.Q(contributions__state__in=Contribution.ASKED_STATES)
        handed_in = models.Q(contributions__state__in=Contribution.HANDED_IN_STATES)
        taken = models.Q(contributions__state=Contribution.State.ACCEPTED)
        return self.annotate(
            n_asked=models.Count("contributions", filter=rows),
            n_handed_in=models.Count("contributions", filter=handed_in),
            n_accepted=models.Count("contributions", filter=taken),
        )


class Call(CampaignRow):
    """Units are asked for their own summary of a period by a day; one call of a campaign for one period."""

    class State(models.TextChoices):
        OPEN = "open", _("征集中")
        CLOSED = "closed", _("已结束")

    class Takes(models.TextChoices):
        ACCEPTED = "accepted", _("只汇入审核采用的")
        HANDED_IN = "handed_in", _("报送的都汇入")

    TONES = {"open": "blue", "closed": "neutral"}
    # What the office may write once it is made.
    WRITTEN = ("due_on", "note", "remind_days", "takes")

    first_day = models.DateField(_("起"))
    last_day = models.DateField(_("止"))
    due_on = models.DateField(_("报送期限"))
    note = models.TextField(_("报送要求"), blank=True)
    remind_days = models.PositiveSmallIntegerField(
        _("提前几天提醒"), default=3, validators=[MaxValueValidator(MOST_REMIND_DAYS)]
    )
    takes = models.CharField(_("汇入总结"), max_length=10, choices=Takes, default=Takes.ACCEPTED)
    state = models.CharField(_("状态"), max_length=6, choices=State, default=State.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("发出时间"), default=timezone.now)

    objects = CallQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("单位总结征集")
        ordering = ["-last_day", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "first_day", "last_day"], name="call_once_per_period"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="call_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return str(_("%(period)s单位总结") % {"period": self.period.label})

    def get_absolute_url(self):
        return reverse("reports:call", args=[self.pk])

    @property
    def period(self):
        return Period(self.first_day, self.last_day)

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def remind_on(self):
        """The day of the first reminder."""
        return self.due_on - timedelta(days=self.remind_days)

    @property
    def taken_states(self):
        """In which states a unit's paragraphs are gathered."""
        taken = (Contribution.State.ACCEPTED,)
        return taken if self.takes == self.Takes.ACCEPTED else Contribution.HANDED_IN_STATES

    @property
    def mark(self):
        return mark_of(self, Call.WRITTEN)


class ContributionQuerySet(SeenQuerySet):
    CAMPAIGN = "call__campaign"
    SEEN_WITH = "reports.see_contribution"

    def _seen_by(self, user):
        """Those of the hosts whose office the person is in; else those of units in the own scope."""
        scope, seen = scope_of(user), self._seen_whole(user)
        own = scope.paths_with("reports.see_contribution", office=False)
        for path in (*own, *scope.partial_paths_with("reports.see_contribution")):
            seen |= models.Q(unit__path__startswith=path)
        return seen

    def asked(self):
        """Those that count: of units that were not excused."""
        return self.filter(state__in=Contribution.ASKED_STATES)

    def missing(self):
        """待报: with the unit, in a call that is open."""
        return self.filter(state__in=Contribution.UNIT_STATES, call__state=Call.State.OPEN)

    def overdue(self, *, on):
        return self.missing().filter(call__due_on__lt=on)

    def for_list(self):
        """Everything a table of contributions shows, in one query; the drafts' figures stay where they are."""
        return self.select_related("call__campaign__host", "unit", "submitted_by").defer("figures", "lists", "sources")


class Contribution(models.Model):
    """What one unit hands in for a call (单位总结): its paragraphs, and the figures of its records they speak of."""

    class State(models.TextChoices):
        ASKED = "asked", _("待报送")
        SUBMITTED = "submitted", _("已报送")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已采用")
        EXCUSED = "excused", _("免报")

    UNIT_STATES = (State.ASKED, State.RETURNED)
    HANDED_IN_STATES = (State.SUBMITTED, State.ACCEPTED)
    ASKED_STATES = (*UNIT_STATES, *HANDED_IN_STATES)
    TONES = {"asked": "neutral", "submitted": "yellow", "returned": "orange", "accepted": "green", "excused": "neutral"}

    class Reminded(models.IntegerChoices):
        """Which of the reminders for the present due day has gone out; each comes after the one before."""

        NOT = 0, _("未提醒")
        AHEAD = 1, _("到期前")
        DUE = 2, _("到期日")
        OVERDUE = 3, _("逾期")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="contributions")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="contributions")
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    submitted_at = models.DateTimeField(_("报送时间"), null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # When it came to be taken, or ceased to be: what was compiled before does not tell it so.
    judged_at = models.DateTimeField(null=True)
    reason = models.TextField(_("退回原因"), blank=True)
    nudged_at = models.DateTimeField(_("催报时间"), null=True)
    reminded = models.PositiveSmallIntegerField(choices=Reminded, default=Reminded.NOT)
    drafted_at = models.DateTimeField(_("草稿生成时间"), null=True)
    # The figures of the unit's records when it was drafted, and what the records are called that its words come from.
    figures = models.JSONField(default=dict)
    # The keys of the records these count, by the digest under which a figure names its list.
    lists = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位总结")
        ordering = ["unit__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "unit"], name="contribution_once")]

    def __str__(self):
        return f"{self.unit} {self.call}"

    def get_absolute_url(self):
        return reverse("reports:contribution", args=[self.pk])

    def reach(self):
        return Reach(self.call.campaign.host.path, (self.unit.path,))

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_with_unit(self):
        return self.state in self.UNIT_STATES

    @property
    def facts(self):
        """What its numbers lead to, as of the period's last day or the day of the draft: see `records.figure_of`."""
        last = self.call.last_day
        if self.drafted_at:
            last = min(last, timezone.localdate(self.drafted_at))
        return {"figures": self.figures, "sources": self.sources, "period": {"last": last.isoformat()}}

    def keys_of(self, figure):
        """The keys of the records that one of its figures counts, in order."""
        return self.lists[figure["list"]]

    def is_overdue(self, *, on):
        return self.is_with_unit and self.call.is_open and self.call.due_on < on


class Paragraph(models.Model):
    """What a unit says of one workstream, or of problems and next steps: drafted from its records, written by hand."""

    OTHER, PROBLEMS, NEXT_STEPS = "other", "problems", "next_steps"

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="paragraphs")
    # `stream:` and the workstream's key, or one of the three.
    key = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    heading = models.CharField(_("板块"), max_length=200)
    drafted = models.TextField()
    drafted_links = models.JSONField(default=list)
    text = models.TextField(_("正文"))
    # Of the text: [{start, end, figure}] for each number; figure is empty where it says nothing the records say.
    links = models.JSONField(default=list)

    class Meta:
        verbose_name = _("单位总结段落")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["contribution", "key"], name="paragraph_once")]

    def __str__(self):
        return f"{self.contribution} {self.heading}"

    @property
    def is_typed(self):
        return self.text != self.drafted

    @property
    def unknown(self):
        """The numbers that match nothing in the unit's records, as they stand in the text."""
        return [self.text[link["start"] : link["end"]] for link in self.links if not link["figure"]]


def mark_of_texts(texts):
    """A mark of a contribution's words, by which a form drawn from older ones is known: (key, text) of each."""
    return digest({"texts": [[key, text] for key, text in sorted(texts)]})


class CallEvent(Event):
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10, blank=True)


class ContributionEvent(Event):
    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10, blank=True)
