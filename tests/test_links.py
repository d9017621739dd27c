"""What a page offers, its reader may open: no link leads to a refusal or to a page that is not there for them.

Who sees a row is asked beside both databases by test_access; here the pages and their links are compared with it.
"""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.test_access import VISITORS, World, answer, world  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
PAGES = (
    "campaigns:desk",
    "campaigns:campaign",
    "campaigns:filters",
    "campaigns:tasks",
    "campaigns:task",
    "campaigns:batch",
    "campaigns:week",
    "campaigns:log_entry",
    "campaigns:material",
    "campaigns:documents",
    "campaigns:document",
    "campaigns:groups",
    "campaigns:group",
    "campaigns:decisions",
    "campaigns:registers",
    "campaigns:register_row#own",
    "campaigns:my_duty",
    "campaigns:quota",
    "campaigns:duty_post",
    "campaigns:turn",
    "campaigns:system",
    "campaigns:indicator",
    "inspections:site",
    "inspections:finding",
    "inspections:sponsors",
    "inspections:unanswered",
    "reports:calls",
    "reports:call",
    "reports:contribution",
    "units:unit",
    "units:person",
    "cityinit:job",
)


def links(page):
    """One address per view that the page leads to: rows of a list lead to the same."""
    found = {}
    for address in map(unescape, LINK.findall(page.text)):
        try:
            match = resolve(urlsplit(address).path)
        except Resolver404:
            # A file of the page itself.
            continue
        found.setdefault((match.view_name, match.kwargs.get("move"), match.kwargs.get("slug")), address)
    return found.values()


@pytest.mark.parametrize("visitor", [one for one in VISITORS if one != "foreigner"])
def test_every_link_of_a_page_leads_where_its_reader_may_go(world: World, visitor):  # noqa: F811
    closed, known = [], {}
    for name in PAGES:
        page = answer(world, visitor, name)
        if page.status_code != 200:
            continue
        for address in links(page):
            if address not in known:
                known[address] = world.client.get(address).status_code
            if known[address] in (403, 404):
                closed.append((name, address))

    assert closed == []
