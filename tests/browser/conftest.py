"""People at their browsers: each with an own one, at a desk or with a phone."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cityinit.periods import Period
from tests.factories import people, tasks

from .capturing import tab

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The suite runs beside another one; what waits for a condition costs nothing when it comes early.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def city(transactional_db):
    return people.city()


@pytest.fixture
def half():
    """The half-year of today, in which everything here happens."""
    return Period.containing(timezone.localdate())


@pytest.fixture
def campaign(city, half):
    return tasks.campaign(city, starts_on=half.first, ends_on=half.last)


@pytest.fixture
def browser_at(new_context, live_server):
    """`browser_at(address)` opens it in a browser of its own, at a desk unless told otherwise."""

    def open_at(address, *, size=DESK, cookies=(), server=live_server.url):
        context = new_context(base_url=server, viewport=size)
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{**cookie, "url": server} for cookie in cookies])
        page = context.new_page()
        page.goto(address)
        return page

    return open_at


@pytest.fixture
def session(db):
    """`session(person)` is the cookie of a person who has logged in already."""

    def cookie_of(person):
        client = Client()
        client.force_login(person, backend="units.backends.PostBackend")
        return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}

    return cookie_of


@pytest.fixture
def sit(browser_at, session):
    """`sit(person, address)` opens it for a person who has logged in already."""
    return lambda person, address="/", **options: browser_at(address, cookies=[session(person)], **options)


@pytest.fixture
def intranet(live_server, settings):
    """The product under a name that no browser trusts: no service worker, no position, no digests of its own."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "wmcs.intranet"]
    return live_server.url.replace("localhost", "wmcs.intranet").replace("127.0.0.1", "wmcs.intranet")


@pytest.fixture
def phone(new_context, intranet, session, city, campaign):
    """`phone()` is the inspector's, with the capture page open; `.context` is the browser it lies in."""

    def open_at(person=None, *, server=intranet, **where):
        context = new_context(base_url=server, viewport=PHONE)
        if "intranet" in server:
            # Chromium has it there and refuses; other phones do not have it at all.
            context.add_init_script("delete Navigator.prototype.geolocation")
        context.add_cookies([{**session(person or city.inspector), "url": server}])
        return tab(context, **where)

    return open_at


@pytest.fixture
def log_in(browser_at):
    """`log_in(person)` goes through the log-in page and stands at the desk."""

    def through_the_door(person, **options):
        page = browser_at(reverse("units:login"), **options)
        fill_in_log_in(page, person.username, people.PASSWORD)
        expect(page.get_by_role("heading", name="我的工作台")).to_be_visible()
        return page

    return through_the_door


def fill_in_log_in(page, username, password):
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
