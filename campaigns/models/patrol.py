from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.models import StoredFile
from cityinit.periods import day_of
from units.models import Unit
from units.roles import Reach, scope_of

from .campaign import Campaign, SeenQuerySet
from .duty import PatrolQuota


def of_person(user=None, *, name="", unit=None):
    """By what a person is known here: the account, or where there is none the name within the unit."""
    if user is not None:
        return ("user", getattr(user, "pk", user))
    return ("name", getattr(unit, "pk", unit), name)


class PersonRowQuerySet(SeenQuerySet):
    SEEN_WITH = "campaigns.see_attendance"

    @property
    def CAMPAIGN(self):
        return self.model.CAMPAIGN

    def _seen_by(self, user):
        """The own rows; others' who answers for their unit, the office and leaders, each as far as the posts reach."""
        scope, seen = scope_of(user), self._seen_whole(user)
        if user.is_authenticated:
            seen |= models.Q(user=user)
        own = scope.paths_with("campaigns.see_attendance", office=False)
        for path in (*own, *scope.partial_paths_with("campaigns.see_attendance")):
            seen |= models.Q(unit__path__startswith=path)
        return seen


class PersonRow(models.Model):
    """Somebody of a unit: by account, or by name alone where the person has none."""

    # The way to the campaign.
    CAMPAIGN = "campaign"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("人员"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    name = models.CharField(_("姓名"), max_length=40)
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="+")

    objects = PersonRowQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def person(self):
        return of_person(self.user_id, name=self.name, unit=self.unit_id)


class PatrolMember(PersonRow):
    """Somebody named for a quota, from a day to a day."""

    CAMPAIGN = "quota__campaign"

    quota = models.ForeignKey(PatrolQuota, on_delete=models.CASCADE, related_name="members")
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = _("巡查人员")
        ordering = ["unit__path", "name", "pk"]

    def __str__(self):
        return self.name

    def reach(self):
        return Reach(self.quota.campaign.host.path, (self.unit.path,))


class Absence(PersonRow):
    """Days on which somebody is away, and neither stands duty nor misses a patrol."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="absences")
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"))
    reason = models.CharField(_("事由"), max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("请假")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_it_starts"
            )
        ]

    def __str__(self):
        return f"{self.name} {self.starts_on}"

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))


class PatrolRecord(PersonRow):
    """Somebody walked the place of a quota (巡查记录)."""

    CAMPAIGN = "quota__campaign"

    quota = models.ForeignKey(PatrolQuota, verbose_name=_("巡查定额"), on_delete=models.PROTECT, related_name="records")
    walked_at = models.DateTimeField(_("巡查时间"))
    place = models.CharField(_("地点"), max_length=100)
    found = models.BooleanField(_("发现问题"), default=False)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("巡查记录")
        ordering = ["-walked_at", "-pk"]
        indexes = [
            models.Index(fields=["quota", "walked_at"], name="patrol_quota_time"),
            models.Index(fields=["user", "walked_at"], name="patrol_user_time"),
        ]

    def __str__(self):
        return f"{self.name} {self.place}"

    def get_absolute_url(self):
        return reverse("campaigns:patrol", args=[self.pk])

    def reach(self):
        return Reach(self.quota.campaign.host.path, (self.unit.path,))

    @property
    def is_late(self):
        """Whether it was entered on a later day than it was walked."""
        return day_of(self.created_at) > day_of(self.walked_at)
