"""From a number in a Word file or PDF back into the product, where the installation knows its own address."""

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from .documents import AddressOf, nowhere
from .models import Snapshot


def records_of(snapshot: Snapshot) -> AddressOf:
    """The page that lists the records of a figure of this version; nowhere without SITE_URL."""
    if not settings.SITE_URL:
        return nowhere
    page = f"{settings.SITE_URL}{reverse('reports:records', args=[snapshot.report_id, snapshot.version])}"
    return lambda key: f"{page}?{urlencode({'figure': key})}"
