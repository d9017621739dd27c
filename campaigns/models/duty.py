from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from units.models import Unit
from units.roles import Reach, Role, scope_of

from .campaign import CampaignRow, CampaignRowQuerySet


class DutyPostQuerySet(CampaignRowQuerySet):
    def with_rosters_for(self, user):
        """Posts whose rosters the person may read: what the register shows, the own units', and where one stands."""
        seen = models.Q(pk__in=self.visible_to(user).order_by().values("pk"))
        for path in scope_of(user).paths_with("campaigns.keep_roster"):
            seen |= models.Q(unit__path__startswith=path)
        return self.filter(seen | models.Q(hands__user=user)).distinct()

    def running(self, *, on):
        """Arranged for that day; an open end is no end."""
        begun = models.Q(starts_on=None) | models.Q(starts_on__lte=on)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gte=on))


class DutyPost(CampaignRow):
    """Duty that is arranged: posts, patrol teams, supervision teams, standby."""

    class Kind(models.TextChoices):
        POST = "post", _("岗点")
        PATROL = "patrol", _("巡逻队")
        SUPERVISION = "supervision", _("督导组")
        STANDBY = "standby", _("值守")

    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    name = models.CharField(_("名称"), max_length=100)
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("责任单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    leader = models.CharField(_("带队领导"), max_length=60, blank=True)
    shifts = models.CharField(_("班次频次"), max_length=60, blank=True)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    # What goes on under the successor of its unit, from the day after its last.
    continued = models.OneToOneField(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="continues"
    )

    objects = DutyPostQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        verbose_name = _("执勤安排")

    def __str__(self):
        return self.name

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,) if self.unit else ())

    def last_day_as_of(self, day):
        """The last day as it was arranged on that day: that a merger would end it under this unit nobody knew yet."""
        row = self
        while row.continued and row.ends_on >= day:
            row = row.continued
        return row.ends_on


class PatrolQuotaQuerySet(CampaignRowQuerySet):
    def running(self, *, on):
        """In force on that day; an open end is no end."""
        begun = models.Q(starts_on=None) | models.Q(starts_on__lte=on)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gte=on))

    def open_to(self, user):
        """Quotas of the campaigns the person works in: everybody may know what is asked of whom."""
        hosts = {post.host_id for post in scope_of(user).posts if "campaigns.keep_duty" in post.permissions}
        return self.filter(campaign__host__host_id__in=hosts)


class PatrolQuota(CampaignRow):
    """How often who must walk where: 中层干部每天巡查门诊部2次以上."""

    class Cycle(models.TextChoices):
        DAY = "day", _("每天")
        WEEK = "week", _("每周")
        MONTH = "month", _("每月")

    who = models.CharField(_("岗位类别"), max_length=60)
    place = models.CharField(_("地点"), max_length=100)
    times = models.PositiveIntegerField(_("次数"))
    cycle = models.CharField(_("周期"), max_length=6, choices=Cycle)
    at_least = models.BooleanField(_("以上"), default=False)
    on_workdays = models.BooleanField(_("只计工作日"), default=False, help_text=_("节假日不算应巡"))
    # Who 岗位类别 means, where nobody is named one by one: the posts people hold, so that a change of posts follows.
    role = models.CharField(
        _("对应角色"),
        max_length=20,
        choices=Role,
        blank=True,
        help_text=_("持有这一角色的人员都应巡查；也可以在定额页逐人指定"),
    )
    title = models.CharField(_("职务含"), max_length=40, blank=True, help_text=_("如：网格员、科长"))
    unit = models.ForeignKey(
        Unit,
        verbose_name=_("人员所在单位"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("含下属；不填为全部单位"),
    )
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)

    objects = PatrolQuotaQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        verbose_name = _("巡查定额")
        constraints = [models.UniqueConstraint(fields=["campaign", "who", "place"], name="patrol_quota_once")]

    def __str__(self):
        return f"{self.who} {self.place}"

    @cached_property
    def formers(self):
        """Whose people it was asked of before, the earliest first."""
        return list(self.former_units.select_related("unit"))

    def unit_on(self, day):
        """Whose people it was asked of at the end of that day."""
        return next((former.unit for former in self.formers if former.until >= day), self.unit)

    @property
    def wanted(self):
        """每天2次以上"""
        more = _("以上") if self.at_least else ""
        return f"{self.get_cycle_display()}{self.times}{_('次')}{more}"


class FormerQuotaUnit(models.Model):
    """The unit whose people a quota was asked of until a day, when the unit was merged."""

    quota = models.ForeignKey(PatrolQuota, on_delete=models.CASCADE, related_name="former_units")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.quota} {self.unit} {self.until}"
