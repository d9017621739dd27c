"""Every page of the project as somebody who may see it: WCAG 2.1 AA asked by axe, and nothing wider than the window."""

from http import HTTPStatus

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from tests.test_access import EXPECTED, VISITORS, World

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
}
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOG_IN = "units:login"


@pytest.fixture
def world(transactional_db):
    return World()


def readers():
    """(page, who reads it): the first visitor of the table that gets it."""
    for name, case in EXPECTED.items():
        answers = dict(zip(VISITORS, case.answers.split(), strict=True))
        reader = next((visitor for visitor, answer in answers.items() if answer == "200"), None)
        if reader and not case.only_post:
            yield name, reader


def visit(page, address, name):
    """What is wrong with the page: rules that it breaks, and how far it sticks out of a phone."""
    # Opened at this size, not brought to it: colours on their way from one to the other have no contrast.
    page.set_viewport_size(DESK)
    page.goto(address)
    broken = Axe().run(page, options=RULES).response["violations"]
    told = [f"{name}: {rule['id']} at {' '.join(node['target'])}" for rule in broken for node in rule["nodes"]]
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    return told + ([f"{name}: {width} px wide"] if width > PHONE["width"] else [])


def test_no_page_breaks_a_rule_of_wcag_or_is_wider_than_a_phone(world, live_server, new_context):
    faults, seen = [], set()
    contexts = {visitor: new_context(base_url=live_server.url) for visitor in VISITORS}
    for visitor, context in contexts.items():
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": world.sessions[visitor], "url": live_server.url}]
        )
    page = new_context(base_url=live_server.url).new_page()
    faults += visit(page, world.address(LOG_IN), LOG_IN)
    pages = {visitor: context.new_page() for visitor, context in contexts.items()}
    for name, reader in readers():
        asked = contexts[reader].request.get(world.address(name), max_redirects=0)
        # Files and fragments are no pages of their own.
        is_page = asked.headers.get("content-type", "").startswith("text/html") and "<html" in asked.text()
        if asked.status != HTTPStatus.OK or not is_page:
            continue
        faults += visit(pages[reader], world.address(name), name)
        seen.add(name)

    assert faults == []
    # A page that could not be opened would pass unseen.
    assert len(seen) > len(EXPECTED) / 3
