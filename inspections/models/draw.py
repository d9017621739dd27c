from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow
from inspections import draws

from .round import Round
from .site import Site


class Draw(CampaignRow):
    """Sites drawn by lot for an inspection; kept as it was, to be drawn again by whoever doubts it."""

    round = models.ForeignKey(
        Round, verbose_name=_("督查批次"), null=True, blank=True, on_delete=models.PROTECT, related_name="draws"
    )
    number = models.CharField(_("抽取号码"), max_length=20)
    n = models.PositiveIntegerField(_("抽取个数"))
    # What the register was narrowed to, as a person reads it.
    said = models.TextField(_("抽取范围"))
    # The register of that moment: [group, [code …]] for each group that `n` are drawn of. A list, for its order counts.
    pool = models.JSONField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(_("抽取时间"), default=timezone.now)

    class Meta(CampaignRow.Meta):
        verbose_name = _("点位抽取")
        ordering = ["-drawn_at", "-pk"]

    def __str__(self):
        day = timezone.localtime(self.drawn_at)
        return _("%(at)s抽取") % {"at": day.strftime("%Y-%m-%d %H:%M")}

    def get_absolute_url(self):
        return reverse("inspections:draw", args=[self.pk])

    @property
    def pool_count(self):
        return sum(len(codes) for _group, codes in self.pool)

    @property
    def short_of(self):
        """The groups that hold fewer than were to be drawn, each with how many it holds."""
        return {group: len(codes) for group, codes in self.pool if len(codes) < self.n}

    @property
    def is_repeatable(self):
        """Whether the number and the register of that moment give the very sites that were drawn."""
        return draws.drawn(self.number, self.pool, self.n) == [row.code for row in self.sites.all()]


class DrawnSite(models.Model):
    """A site that was drawn, in the order of the draw, under the code it had then."""

    draw = models.ForeignKey(Draw, on_delete=models.CASCADE, related_name="sites")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="draws")
    code = models.CharField(max_length=40)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "site"], name="site_drawn_once")]

    def __str__(self):
        return f"{self.draw} {self.code}"
