from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.uploads import Upload
from units.roles import Reach

from .campaign import Campaign, SeenQuerySet


class SystemTableQuerySet(SeenQuerySet):
    """The tables of the campaigns whose systems the person changes: colleagues go on with each other's."""

    SEEN_WITH = "campaigns.change_system"


class SystemTable(Upload):
    """An uploaded table of standards, one a line."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    # What the standards belong to where the table has no column for it.
    name = models.CharField(_("体系名称"), max_length=100, blank=True)
    edition = models.CharField(_("版本"), max_length=40, blank=True)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = SystemTableQuerySet.as_manager()

    class Meta(Upload.Meta):
        verbose_name = _("测评体系表")

    def get_absolute_url(self):
        return reverse("campaigns:system_table", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path)
