import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.marks import mark_of
from cityinit.models import StoredFile
from cityinit.periods import Period
from units.models import Unit
from units.roles import Reach, scope_of


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Campaigns of the hosts where the person has a post that sees campaigns."""
        return self.filter(host__host_id__in=scope_of(user).hosts_with("campaigns.see_campaign"))

    def under(self, paths):
        """Campaigns of the hosts whose path starts with one of `paths`."""
        return self.filter(host__in=Unit.objects.under(paths))

    def running(self, *, on):
        return self.filter(starts_on__lte=on, ends_on__gte=on)

    def mark_choices(self, pk):
        """Say that what the filters of this campaign's lists offer has changed."""
        self.filter(pk=pk).update(choices_mark=uuid.uuid4())

    def hold(self, pk):
        """The campaign, held until the transaction ends: before anything of it that is held besides (decision 28)."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Campaign(models.Model):
    """A 创建活动: what a host unit runs for years to win a title."""

    name = models.CharField(_("名称"), max_length=100, unique=True)
    short_name = models.CharField(
        _("简称"), max_length=20, default="创建", help_text=_("总结中的称呼，如“创建”“创文”“创卫”")
    )
    kind = models.CharField(_("类型"), max_length=40, blank=True)
    host = models.ForeignKey(Unit, verbose_name=_("主体单位"), on_delete=models.PROTECT, related_name="campaigns")
    guides = models.ManyToManyField(
        Unit, verbose_name=_("指导单位"), through="Guidance", related_name="guided_campaigns", blank=True
    )
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    slogans = models.JSONField(_("口号"), default=list, blank=True)
    direct_dispatch = models.BooleanField(
        _("督查员可直接交办"), default=False, help_text=_("打开后，督查员上报的问题不必经创建办立案即可交办")
    )
    # Another one whenever a workstream or a phase is another: what was drawn of them is then drawn anew.
    choices_mark = models.UUIDField(default=uuid.uuid4, editable=False)

    # The columns that the office writes; the host is chosen once.
    WRITTEN = ("name", "short_name", "kind", "starts_on", "ends_on", "slogans", "direct_dispatch")

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="campaign_ends_after_it_starts"
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("campaigns:campaign", args=[self.pk])

    def reach(self):
        return Reach(self.host.path)

    @property
    def mark(self):
        return mark_of(self, (*Campaign.WRITTEN, "guides"))

    @property
    def offered(self):
        """What a filter with the host's units and this campaign's choices is drawn of (see `{% filter_bar %}`)."""
        return [str(self.host.register_mark), str(self.choices_mark)]

    def so_far(self, *, on):
        """The part of the campaign's days that has come by `on`; its first day before it begins."""
        return Period(self.starts_on, min(max(on, self.starts_on), self.ends_on))


class Guidance(models.Model):
    """A unit that guides a campaign, in the order the office names them."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "unit"], name="guidance_once")]

    def __str__(self):
        return str(self.unit)


class SeenQuerySet(models.QuerySet):
    """Rows of campaigns. A person whose post over the campaign's host gives SEEN_WITH sees all of one campaign's.

    An office post, unless BY_OFFICE says any. Whoever else sees some says `_seen_by`, which is for all campaigns.
    """

    # The way from the row to its campaign.
    CAMPAIGN = "campaign"
    SEEN_WITH = ""
    BY_OFFICE: bool | None = True

    def visible_to(self, user, *, of=None):
        """The rows the person sees; of one campaign (`of`) whoever sees all of it is known by the posts alone."""
        if of is None:
            return self.filter(self._seen_by(user))
        return self.of(of) if self.sees_all(user, of) else self.of(of).filter(self._seen_by(user))

    def sees_all(self, user, campaign):
        """Whether the person sees every row of the campaign."""
        return scope_of(user).reaches(campaign.host.path, self.SEEN_WITH, office=self.BY_OFFICE)

    def of(self, campaign):
        return self.filter(**{self.CAMPAIGN: campaign})

    def _seen_by(self, user):
        return self._seen_whole(user)

    def _seen_whole(self, user):
        """The rows of the campaigns of which the person sees all."""
        seen = models.Q(pk__in=[])
        for path in scope_of(user).paths_with(self.SEEN_WITH, office=self.BY_OFFICE):
            seen |= models.Q(**{f"{self.CAMPAIGN}__host__path__startswith": path})
        return seen


class CampaignRowQuerySet(SeenQuerySet):
    """Rows of the campaigns whose whole host the person's posts see registers of.

    A row does not say which street it concerns: who answers for a part of the host sees tasks and findings.
    """

    SEEN_WITH = "campaigns.see_register"
    BY_OFFICE: bool | None = None

    def going_on(self, *, after):
        """Of rows with a last day (`ends_on`) those that last beyond that day; an open end is no end."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gt=after))


class CampaignRow(models.Model):
    """What every register of a campaign has in common."""

    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE)
    position = models.PositiveIntegerField(default=0, editable=False)
    # Sent twice, stored once: the form carries a key made when it was drawn.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = CampaignRowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def reach(self):
        return Reach(self.campaign.host.path)


class UnitRowQuerySet(CampaignRowQuerySet):
    def _seen_by(self, user):
        """What the registers show the person anyway, and the rows of the units the person files for."""
        seen = self._seen_whole(user)
        for path in scope_of(user).paths_with("campaigns.file_row"):
            seen |= models.Q(unit__path__startswith=path)
        return seen


class UnitRow(CampaignRow):
    """A row that a unit may file for itself, with photos and files: its model names the unit in `unit`."""

    files = models.ManyToManyField(StoredFile, verbose_name=_("照片和文件"), blank=True, related_name="+")
    # What the office entered or imported for a unit, the unit reads and does not rewrite.
    by_unit = models.BooleanField(default=False, editable=False)

    objects = UnitRowQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        abstract = True

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,) if self.unit else ())


class ChoiceRow(CampaignRow):
    """A row that the filters of the campaign's lists offer to choose."""

    class Meta(CampaignRow.Meta):
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        Campaign.objects.mark_choices(self.campaign_id)

    def delete(self, *args, **kwargs):
        Campaign.objects.mark_choices(self.campaign_id)
        return super().delete(*args, **kwargs)


class Phase(ChoiceRow):
    name = models.CharField(_("名称"), max_length=60)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))

    class Meta(ChoiceRow.Meta):
        verbose_name = _("阶段")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="phase_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="phase_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return self.name
