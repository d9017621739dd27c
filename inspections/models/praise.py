from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.models import StoredFile
from units.models import Unit
from units.roles import Reach, scope_of

from .site import Site


class PraiseQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_finding"

    def _seen_by(self, user):
        """All of the office's hosts; a unit its own and those of the units below it, a district's office its part."""
        scope, seen = scope_of(user), self._seen_whole(user)
        own = scope.paths_with(self.SEEN_WITH, office=False)
        for path in (*own, *scope.partial_paths_with(self.SEEN_WITH)):
            seen |= models.Q(unit__path__startswith=path)
        return seen | models.Q(praised_by=user.pk)

    def mentioning(self, text):
        """With the text in what is said or where it was."""
        said = models.Q(description__icontains=text) | models.Q(place__icontains=text)
        return self.filter(said | models.Q(site__name__icontains=text))

    def for_list(self):
        """With what a line of the list tells."""
        return self.select_related("site", "unit", "praised_by").prefetch_related("photos")


class Praise(CampaignRow):
    """Something done well that an inspector came upon (亮点): told to the unit, and kept for the summary."""

    found_at = models.DateTimeField(_("发现时间"), default=timezone.now)
    found_on = models.DateField(_("发现日期"))
    site = models.ForeignKey(
        Site, verbose_name=_("点位"), null=True, blank=True, on_delete=models.PROTECT, related_name="praises"
    )
    place = models.CharField(_("位置"), max_length=120, blank=True)
    # Whose site it was on that day; nobody's where there is no site.
    unit = models.ForeignKey(
        Unit, verbose_name=_("责任单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    description = models.TextField(_("好在哪里"), blank=True)
    praised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    objects = PraiseQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("亮点")
        ordering = ["-found_at", "-pk"]
        indexes = [models.Index(fields=["campaign", "-found_at", "-id"], name="praise_campaign_found")]

    def __str__(self):
        return self.where or self.description[:20]

    def get_absolute_url(self):
        return reverse("inspections:praise", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,) if self.unit else ())

    @property
    def where(self):
        return self.site.name if self.site else self.place


class PraisePhoto(models.Model):
    praise = models.ForeignKey(Praise, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return str(self.file)
