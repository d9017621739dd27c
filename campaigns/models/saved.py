from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.addresses import address
from cityinit.marks import mark_of
from cityinit.statements import Slot, Statement
from units.roles import Reach, scope_of

from .campaign import Campaign

SHARE = "campaigns.share_filter"
SEE = "campaigns.see_campaign"


class SavedFilterQuerySet(models.QuerySet):
    def visible_to(self, user, *, of=None):
        """The own ones; what is shared with the office to who may share there, with everybody to who sees the campaign.

        A filter is only words: what it lists starts from what the reader may see. `of` narrows to a campaign.
        """
        scope = scope_of(user)
        if of is not None:
            return self.own_or(audiences_of(user, of=of), user, of=of)
        everybody = models.Q(audience=SavedFilter.Audience.EVERYBODY)
        everybody &= models.Q(campaign__in=Campaign.objects.visible_to(user))
        seen = models.Q(owner=user) | everybody
        for path in scope.paths_with(SHARE, office=True):
            office = models.Q(audience=SavedFilter.Audience.OFFICE, campaign__host__path__startswith=path)
            seen |= office
        return self.filter(seen)

    def own_or(self, audiences, user, *, of):
        """Of the campaign the user's own, and what is shared with one of these audiences."""
        return self.filter(models.Q(owner=user) | models.Q(audience__in=audiences), campaign=of)

    def of(self, campaign):
        return self.filter(campaign=campaign)

    def on_page(self, page):
        return self.filter(page=page)

    def for_chips(self, user):
        """With `is_default`: whether this person has made it what the list opens with."""
        chosen = FilterDefault.objects.filter(filter=models.OuterRef("pk"), user=user)
        return self.annotate(is_default=models.Exists(chosen)).order_by("audience", "name", "pk")


class SavedFilter(models.Model):
    """A filter of a list under a name: the words a person has typed, never the rows they found."""

    class Audience(models.TextChoices):
        OWN = "1own", _("只有我自己")
        OFFICE = "2office", _("创建办")
        EVERYBODY = "3everybody", _("本活动所有人员")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The list it belongs to, see `campaigns.saved`.
    page = models.CharField(max_length=40)
    name = models.CharField(_("名称"), max_length=30)
    query = models.TextField()
    audience = models.CharField(_("给谁看"), max_length=12, choices=Audience, default=Audience.OWN)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["page", "audience", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "owner", "page", "name"], name="saved_filter_name_once")
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address("campaigns:filters")

    def reach(self):
        return Reach(self.campaign.host.path)

    @property
    def mark(self):
        return mark_of(self, ("name", "audience"))

    @property
    def is_shared(self):
        return self.audience != self.Audience.OWN


def audiences_of(user, *, of):
    """The audiences of this campaign's shared filters that the person belongs to."""
    scope = scope_of(user)
    office = [SavedFilter.Audience.OFFICE] if scope.reaches(of.host.path, SHARE, office=True) else []
    return (*office, *([SavedFilter.Audience.EVERYBODY] if of.host.host_id in scope.hosts_with(SEE) else []))


class Chip(NamedTuple):
    """A saved filter as the list it belongs to shows it."""

    name: str
    query: str
    audience: str
    is_default: bool


def chips(user, *, of, page):
    """The saved filters of one list of a campaign that the person sees, in their order; one query."""
    rows = CHIPS.ask(*audiences_of(user, of=of), user=user.pk, campaign=of.pk, page=page)
    return [Chip(*row) for row in rows]


def _chips(*audiences):
    user = Slot("user", models.BigIntegerField())
    seen = SavedFilter.objects.own_or(audiences, user, of=Slot("campaign", models.BigIntegerField()))
    return seen.on_page(Slot("page", models.CharField())).for_chips(user).values_list(*Chip._fields)


CHIPS = Statement(_chips)


class FilterDefault(models.Model):
    """What a person's list opens with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    filter = models.ForeignKey(SavedFilter, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "campaign", "page"], name="filter_default_once")]

    def __str__(self):
        return f"{self.user} · {self.filter}"
