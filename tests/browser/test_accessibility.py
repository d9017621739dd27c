"""Every page of the project as somebody who may see it: WCAG 2.1 AA asked by axe, and nothing wider than the window."""

from http import HTTPStatus

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Error

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


def opened(page, address):
    """Whether the address answers with a page of its own, then open: no file, no fragment, no way to another."""
    # Opened at this size, not brought to it: colours on their way from one to the other have no contrast.
    page.set_viewport_size(DESK)
    try:
        given = page.goto(address)
    except Error as problem:
        if "Download is starting" not in problem.message:
            raise
        return False
    is_html = given.headers.get("content-type", "").startswith("text/html")
    return given.status == HTTPStatus.OK and not given.request.redirected_from and is_html and "<html" in given.text()


def faults_of(page, name):
    """What is wrong with the open page: rules that it breaks, and how far it sticks out of a phone."""
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
    assert opened(page, world.address(LOG_IN))
    faults += faults_of(page, LOG_IN)
    pages = {visitor: context.new_page() for visitor, context in contexts.items()}
    for name, reader in readers():
        if opened(pages[reader], world.address(name)):
            faults += faults_of(pages[reader], name)
            seen.add(name)

    assert faults == []
    # A page that could not be opened would pass unseen.
    assert len(seen) > len(EXPECTED) / 3
