"""Units that changed in mid-year: one renamed, one merged into its neighbour."""

from datetime import timedelta

from django.utils import timezone

from campaigns.models import Campaign
from units.actions import merge_unit, rename_unit
from units.models import Unit, User

RENAMED = ("清河公交公司", "清河公共交通集团", "公交集团")
MERGED = ("书院社区", "文昌阁社区")


def tell(campaign: Campaign) -> None:
    """Both within the campaign and not later than today."""
    office = User.objects.get(username="office")
    today, units = timezone.localdate(), Unit.objects.of_host(campaign.host)
    name, new_name, short_name = RENAMED
    on = max(campaign.starts_on, today - timedelta(days=60))
    rename_unit(units.get(name=name), name=new_name, short_name=short_name, by=office, on=on)
    gone, into = (units.get(name=one) for one in MERGED)
    merge_unit(gone, into=into, by=office, on=max(campaign.starts_on, today - timedelta(days=12)))
