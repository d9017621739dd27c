from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.marks import mark_of
from units.models import Unit
from units.roles import Reach, scope_of
from units.then import unit_then


class SiteType(models.Model):
    """A kind of place that is inspected: 农贸市场, 主干道, 社区 …"""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("点位类型")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name


class SiteQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_site"

    def _seen_by(self, user):
        """All sites of the office's hosts; else those of units in the own scope."""
        scope, seen = scope_of(user), self._seen_whole(user)
        own = scope.paths_with("inspections.see_site", office=False)
        for path in (*own, *scope.partial_paths_with("inspections.see_site")):
            seen |= models.Q(unit__path__startswith=path)
        return seen

    def registered_by(self, day):
        """On the register when that day ended; one without a day of its own always was."""
        return self.filter(models.Q(registered_on=None) | models.Q(registered_on__lte=day))

    def kept_by(self, unit, *, on):
        """Those for which the unit, or one below it then, answered on that day."""
        units = Unit.objects.below(unit, on=on).values("pk")
        return self.alias(unit_then=unit_then(FormerSite.objects.all(), of="site", on=on)).filter(unit_then__in=units)

    def mentioning(self, text):
        """With the text in code, name or address."""
        return self.filter(
            models.Q(code__icontains=text) | models.Q(name__icontains=text) | models.Q(address__icontains=text)
        )

    def for_list(self):
        """What a sites table shows, as rows of plain values in one query."""
        return self.values(
            *("pk", "code", "name", "address", "street", "community", "leader"),
            *("kind__name", "unit__short_name", "unit__name"),
        )


class Site(CampaignRow):
    """A place in the register (点位). Coordinates are WGS-84."""

    code = models.CharField(_("编号"), max_length=40)
    name = models.CharField(_("名称"), max_length=100)
    kind = models.ForeignKey(SiteType, verbose_name=_("类型"), on_delete=models.PROTECT, related_name="sites")
    address = models.CharField(_("地址"), max_length=200, blank=True)
    longitude = models.FloatField(
        _("经度"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    latitude = models.FloatField(
        _("纬度"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="sites")
    leader = models.CharField(_("包保领导"), max_length=60, blank=True)
    street = models.CharField(_("所属街道"), max_length=60, blank=True)
    community = models.CharField(_("所属社区"), max_length=60, blank=True)
    # A register that was loaded whole does not say since when.
    registered_on = models.DateField(_("登记日期"), null=True, editable=False)

    # The columns that the office writes.
    WRITTEN = (
        "code",
        "name",
        "kind",
        "unit",
        "address",
        "leader",
        "street",
        "community",
        "longitude",
        "latitude",
    )

    objects = SiteQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("点位")
        ordering = ["code", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "code"], name="site_code_once")]
        indexes = [models.Index(fields=["campaign", "name"], name="site_campaign_name")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("inspections:site", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))

    @property
    def mark(self):
        return mark_of(self, Site.WRITTEN)


class FormerSite(models.Model):
    """A site that a unit answered for until a day: merged since, or the office gave it to another."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="former_units")
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.site} {self.unit} {self.until}"
