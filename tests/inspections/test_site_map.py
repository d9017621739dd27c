"""The sites on a map: what the script is told, what stands beside the map, and where its ground comes from."""

import json
import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import people, tasks

pytestmark = pytest.mark.django_db
State = Finding.State
CENTRE = {"longitude": 117.65, "latitude": 34.21}


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


@pytest.fixture
def register(city, campaign):
    """Of four sites S001 has an overdue finding and an open one, S002 an open one, S003 none, S004 no coordinates."""
    late = make.site(campaign, city.bureau, street="河湾街道", **CENTRE)
    waiting = make.site(campaign, city.bureau, code="S002", name="东市场", longitude=117.66, latitude=34.22)
    quiet = make.site(campaign, city.police, code="S003", name="广场", kind="广场", longitude=118.5, latitude=34.5)
    make.site(campaign, city.police, code="S004", name="无坐标", longitude=117.6)
    overdue = make.finding_at(State.RECTIFYING, city, campaign, site=late)
    Finding.objects.filter(pk=overdue.pk).update(due_at=overdue.found_at)
    make.finding_at(State.DISPATCHED, city, campaign, site=late)
    make.reported(city, campaign, site=waiting)
    make.finding_at(State.CLOSED, city, campaign, site=quiet)
    return late, waiting, quiet


def drawn(response):
    """Name → (type, unit, street, longitude, latitude, open, overdue) as the script reads them."""
    told = response.json()
    return {
        name: (told["kinds"][kind], told["units"][unit], told["streets"][street], *rest)
        for _pk, name, kind, unit, street, *rest in told["sites"]
    }


def legend(response):
    return {str(one["label"]): one["n"] for one in response.context["legend"]}


# What the script is told ------------------------------------------------------------------------------


def test_each_site_with_coordinates_is_told_with_what_was_found_there(city, register, as_):
    told = drawn(as_(city.coordinator).get(url("site_map_data")))

    assert told == {
        "河湾农贸市场": ("农贸市场", "城管局", "河湾街道", 117.65, 34.21, 2, 1),
        "东市场": ("农贸市场", "城管局", "", 117.66, 34.22, 1, 0),
        "广场": ("广场", "公安局", "", 118.5, 34.5, 0, 0),
    }


def test_a_unit_is_told_its_own_sites_and_what_it_sees_itself(city, register, as_):
    told = drawn(as_(city.liaison).get(url("site_map_data")))

    assert {name: row[-2:] for name, row in told.items()} == {"河湾农贸市场": (2, 1), "东市场": (0, 0)}


def test_the_map_is_narrowed_as_the_list_is(city, register, as_):
    client = as_(city.coordinator)

    assert list(drawn(client.get(url("site_map_data"), {"unit": city.police.pk}))) == ["广场"]
    assert list(drawn(client.get(url("site_map_data"), {"trouble": "open", "q": "东"}))) == ["东市场"]


def test_another_city_is_not_on_the_map(city, register, as_):
    foreign = people.city("云溪市")
    make.site(tasks.campaign(foreign), foreign.bureau, name="外地", **CENTRE)

    assert list(drawn(as_(foreign.coordinator).get(url("site_map_data")))) == ["外地"]
    assert "外地" not in drawn(as_(city.coordinator).get(url("site_map_data")))


def test_around_a_site_stand_its_neighbours_alone(city, register, as_):
    late, _waiting, quiet = register

    assert sorted(drawn(as_(city.coordinator).get(url("site_near", late.pk)))) == ["东市场", "河湾农贸市场"]
    assert list(drawn(as_(city.coordinator).get(url("site_near", quiet.pk)))) == ["广场"]


def test_around_a_site_of_unknown_place_there_is_nothing(city, campaign, as_):
    site = make.site(campaign, city.bureau)

    assert drawn(as_(city.coordinator).get(url("site_near", site.pk))) == {}


@pytest.mark.parametrize("who", ["coordinator", "liaison"])
@pytest.mark.parametrize("name", ["site_map", "site_map_data"])
def test_more_sites_take_no_more_queries(city, campaign, as_, who, name):
    client = as_(getattr(city, who))

    def queries():
        with CaptureQueriesContext(connection) as told:
            assert client.get(url(name)).status_code == 200
        return len(told)

    make.finding_at(State.DISPATCHED, city, campaign, site=make.site(campaign, city.bureau, **CENTRE))
    queries()
    one = queries()
    for code in ("S002", "S003"):
        more = make.site(campaign, city.bureau, code=code, street=code, **CENTRE)
        make.finding_at(State.DISPATCHED, city, campaign, site=more)

    assert queries() == one


# Beside the map ---------------------------------------------------------------------------------------


def test_each_number_beside_the_map_leads_to_exactly_its_sites(city, register, as_):
    client = as_(city.coordinator)
    response = client.get(url("site_map"))

    assert legend(response) == {"有逾期问题": 1, "有未办结、没有逾期": 1, "无未办结问题": 1}
    listed = {
        one["label"]: [row["code"] for row in client.get(one["url"]).context["rows"]]
        for one in response.context["legend"]
    }
    assert listed == {"有逾期问题": ["S001"], "有未办结、没有逾期": ["S002"], "无未办结问题": ["S003"]}
    off_map = client.get(response.context["off_map_url"]).context["rows"]
    assert ([row["code"] for row in off_map], response.context["counted"].off_map) == (["S004"], 1)


def test_the_numbers_hold_within_the_filter(city, register, as_):
    client = as_(city.coordinator)
    response = client.get(url("site_map"), {"unit": city.police.pk, "kind": ""})

    assert (legend(response)["无未办结问题"], response.context["counted"].off_map) == (1, 1)
    asked = parse_qs(urlsplit(response.context["off_map_url"]).query)
    assert asked == {"unit": [str(city.police.pk)], "placed": ["no"]}
    assert [row["code"] for row in client.get(response.context["off_map_url"]).context["rows"]] == ["S004"]


def test_list_and_map_lead_to_each_other_with_the_filter(city, register, as_):
    client = as_(city.coordinator)

    tabs = client.get(url("sites"), {"q": "市场", "after": "x"}).context["tabs"]

    assert [tab["url"] for tab in tabs] == [f"{url(name)}?q=%E5%B8%82%E5%9C%BA" for name in ("sites", "site_map")]


def test_where_no_site_has_coordinates_the_page_says_so_and_leads_to_them(city, campaign, as_):
    make.site(campaign, city.bureau)

    page = as_(city.coordinator).get(url("site_map")).content.decode()

    assert "1个点位都没有坐标" in page
    assert f"{url('sites')}?placed=no" in page
    assert "data-map=" not in page


def test_the_site_form_has_a_map_only_where_there_is_something_to_go_by(city, campaign, as_):
    client = as_(city.coordinator)

    empty = client.get(url("site_new")).context["ground"]
    make.site(campaign, city.bureau, **CENTRE)

    assert empty is None
    assert client.get(url("site_new")).context["ground"].source == url("site_map_data")


# The ground -------------------------------------------------------------------------------------------


def settings_with(**given):
    """What the settings make of the environment: the tiles and the images let through, or why they refuse."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json; from cityinit import settings as s;"
            "print(json.dumps([s.TILES, s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src']]))",
        ],
        env={**os.environ, **given},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(told.stdout) if told.returncode == 0 else told.stderr.strip().splitlines()[-1]


@pytest.mark.once
def test_without_tiles_nothing_is_let_through_from_outside():
    tiles, images = settings_with()

    assert (tiles["layers"], images) == ([], ["'self'", "data:", "blob:"])


@pytest.mark.once
def test_the_hosts_of_the_tiles_and_no_others_are_let_through():
    tiles, images = settings_with(
        TILES_URL="https://t{s}.tiles.example/vec/{z}/{x}/{y}?tk=1",
        TILES_OVER_URL="http://10.0.0.5:8080/names/{z}/{x}/{y}.png",
        TILES_SUBDOMAINS="01",
        TILES_GCJ02="1",
    )

    assert images[3:] == ["http://10.0.0.5:8080", "https://t0.tiles.example", "https://t1.tiles.example"]
    assert (len(tiles["layers"]), tiles["gcj02"]) == (2, True)


@pytest.mark.once
def test_tiles_of_this_host_need_no_other():
    tiles, images = settings_with(TILES_URL="/tiles/{z}/{x}/{y}.png")

    assert (tiles["layers"], len(images)) == (["/tiles/{z}/{x}/{y}.png"], 3)


@pytest.mark.once
@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/map.png",
        "ftp://tiles.example/{z}/{x}/{y}",
        "//tiles.example/{z}/{x}/{y}",
        "tiles/{z}/{x}/{y}",
        "https:///{z}/{x}/{y}",
        "https://a; script-src */{z}/{x}/{y}",
    ],
)
def test_an_address_of_tiles_that_cannot_be_read_is_explained(address):
    told = settings_with(TILES_URL=address)

    assert told.startswith("django.core.exceptions.ImproperlyConfigured: TILES_URL must read https://host/")
    assert address not in told
