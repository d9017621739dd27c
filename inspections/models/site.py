from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Grid
from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.addresses import address
from cityinit.marks import digest, mark_of
from units.models import Unit
from units.roles import Reach, scope_of
from units.then import unit_then


class SiteTypeQuerySet(models.QuerySet):
    def called(self, name):
        """The type of that name, or of which somebody has said that it is also written so; None where there is none."""
        return self.filter(name=name).first() or self.filter(other_names__name=name).first()

    def by_name(self):
        """Every type under its name and under each other way to write it."""
        kinds = {kind.pk: kind for kind in self}
        others = SiteTypeName.objects.filter(kind__in=kinds).values_list("name", "kind")
        return {name: kinds[pk] for name, pk in others} | {kind.name: kind for kind in kinds.values()}

    def with_sites(self, campaign):
        """Those of which the campaign has a site."""
        return self.filter(models.Exists(Site.objects.of(campaign).filter(kind=models.OuterRef("pk"))))

    def add(self, name):
        """A new type, after all others."""
        last = self.aggregate(last=models.Max("position"))["last"] or 0
        return self.create(name=name, position=last + 1)


class SiteType(models.Model):
    """A kind of place that is inspected: 农贸市场, 主干道, 社区 … One list for the whole installation."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    position = models.PositiveIntegerField(default=0)

    objects = SiteTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("点位类型")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("inspections:site_type", args=[self.pk])

    @property
    def mark(self):
        return digest({"name": self.name, "other_names": sorted(other.name for other in self.other_names.all())})


class SiteTypeName(models.Model):
    """Another way to write a type (公共卫生间 for 公共厕所), said once by a person; whoever writes so means it."""

    kind = models.ForeignKey(SiteType, on_delete=models.CASCADE, related_name="other_names")
    name = models.CharField(_("别的写法"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

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

    def in_grid(self, text):
        """In the cell of the grid with the text in its code, its name or its keeper's."""
        named = {f"grid__{column}__icontains": text for column in ("code", "name", "keeper")}
        return self.filter(models.Q(**named, _connector=models.Q.OR))

    def on_map(self):
        """Those of which it is known where they are."""
        return self.filter(longitude__isnull=False, latitude__isnull=False)

    def off_map(self):
        return self.filter(models.Q(longitude=None) | models.Q(latitude=None))

    def with_any(self, findings):
        """Those at which one of these findings was made."""
        return self.filter(models.Exists(findings.filter(site=models.OuterRef("pk"))))

    def without(self, findings):
        return self.exclude(models.Exists(findings.filter(site=models.OuterRef("pk"))))

    def for_list(self):
        """What a sites table shows, as rows of plain values in one query."""
        return self.values(
            *("pk", "code", "name", "address", "street", "community", "leader"),
            *("kind__name", "unit__short_name", "unit__name", "grid__code", "grid__keeper"),
        )

    def for_export(self):
        """The columns of the sheet 点位, in its order, as rows of plain values."""
        return self.values_list(
            *("code", "name", "kind__name", "address", "longitude", "latitude"),
            *("unit__name", "leader", "street", "community", "grid__code"),
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
    grid = models.ForeignKey(
        Grid, verbose_name=_("网格"), null=True, blank=True, on_delete=models.SET_NULL, related_name="sites"
    )
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
        "grid",
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
        return address("inspections:site", self.pk)

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))

    @property
    def mark(self):
        return mark_of(self, Site.WRITTEN)

    @property
    def is_on_map(self):
        return self.longitude is not None and self.latitude is not None


class FormerSite(models.Model):
    """A site that a unit answered for until a day: merged since, or the office gave it to another."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="former_units")
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.site} {self.unit} {self.until}"
