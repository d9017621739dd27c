from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRowQuerySet, ChoiceRow
from cityinit.history import Event
from cityinit.marks import mark_of
from units.models import Unit
from units.roles import Reach

from .site import Site


class RoundQuerySet(CampaignRowQuerySet):
    def walked_by(self, user):
        """Those in the field in which the person walks."""
        walks = TeamMember.objects.filter(team__round=models.OuterRef("pk"), user=user.pk)
        return self.filter(models.Exists(walks), state=Round.State.IN_FIELD)


class Round(ChoiceRow):
    """A 督查批次: findings are grouped by it; with sites and teams it is walked, submitted and published."""

    class State(models.TextChoices):
        PLANNED = "planned", _("计划中")
        DRAWN = "drawn", _("已定点位")
        IN_FIELD = "in_field", _("督查中")
        SUBMITTED = "submitted", _("已交齐")
        PUBLISHED = "published", _("已公布")

    TONES = {"planned": "neutral", "drawn": "yellow", "in_field": "blue", "submitted": "orange", "published": "green"}
    WRITTEN = ("name", "starts_on", "ends_on", "note")

    name = models.CharField(_("名称"), max_length=100)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    note = models.TextField(_("说明"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PLANNED)
    published_at = models.DateTimeField(_("公布时间"), null=True, editable=False)

    objects = RoundQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta(ChoiceRow.Meta):
        verbose_name = _("督查批次")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="round_once")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("inspections:round", args=[self.pk])

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def mark(self):
        return mark_of(self, Round.WRITTEN)

    @property
    def is_published(self):
        return self.state == self.State.PUBLISHED


class RoundEvent(Event):
    """What happened to a round."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10, blank=True)

    @property
    def tone(self):
        return Round.TONES.get(self.target, "neutral")

    @property
    def what(self):
        return self.label


class Team(models.Model):
    """Who walks a part of a round's sites together, and whether they have handed in what they found."""

    class State(models.TextChoices):
        WALKING = "walking", _("未交")
        HANDED_IN = "handed_in", _("已交")

    TONES = {"walking": "blue", "handed_in": "green"}

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(_("名称"), max_length=40)
    unit = models.ForeignKey(
        Unit, verbose_name=_("带队单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WALKING)

    class Meta:
        verbose_name = _("督查组")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "name"], name="team_once")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return self.round.get_absolute_url()

    def reach(self):
        return Reach(self.round.campaign.host.path)

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def mark(self):
        """Of its name, its unit and who walks in it; by which a form drawn from an older one is known."""
        people = sorted(f"{member.user_id} {member.is_leading}" for member in self.members.all())
        return mark_of(self, ("name", "unit"), people=people)

    def includes(self, person):
        return any(member.user_id == person.pk for member in self.members.all())


class TeamMember(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("组员"), on_delete=models.PROTECT, related_name="+"
    )
    is_leading = models.BooleanField(_("带队"), default=False)

    class Meta:
        ordering = ["-is_leading", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self):
        return f"{self.team} {self.user}"


class RoundSite(models.Model):
    """A site that a round goes to, by which team, in which order."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="stops")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="stops")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "site"], name="round_site_once")]

    def __str__(self):
        return f"{self.round} {self.site}"
