"""Sheets of QR labels: one for each site the list is narrowed to, each opening its site."""

import re

import pytest
import segno
from django.urls import reverse

from inspections.views import labels
from tests.factories import findings as make

pytestmark = pytest.mark.django_db
URL = reverse("inspections:site_labels")


def drawn(svg):
    """The dark modules of a code as its path draws them: pairs of column and row."""
    (path,) = re.findall(r' d="([^"]+)"', svg)
    x, y, dark = 0.0, 0.0, set()
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            dark |= {(int(x) + step, int(y)) for step in range(int(values[0]))}
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    return dark


def modules(text, *, mask=None):
    """The same of a code that was made of the text without a picture."""
    border = 2
    rows = segno.make_qr(text, error="m", mask=mask).matrix
    return {(x + border, y + border) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_a_label_carries_the_address_of_its_site_in_its_code(city, campaign, as_):
    site = make.site(campaign, city.bureau)

    response = as_(city.coordinator).get(URL, headers={"host": "localhost"})

    (label,) = response.context["labels"]
    assert (label["code"], label["name"]) == (site.code, site.name)
    assert drawn(label["qr"]) == modules(f"http://localhost{site.get_absolute_url()}")


def test_an_ordinary_address_leaves_a_sixth_of_the_code_to_dirt():
    code = segno.make_qr("http://10.20.30.40:8000/inspections/sites/12345/", error="m")

    assert code.error in ("M", "Q", "H")
    assert code.version <= 5


def test_an_empty_register_is_told_from_a_filter_that_finds_nothing(city, campaign, as_):
    none = as_(city.coordinator).get(URL).text
    make.site(campaign, city.bureau)

    others = as_(city.coordinator).get(URL, {"unit": city.police.pk}).text

    told = [("还没有点位" in page, "没有符合条件的点位" in page, "张标签" in page) for page in (none, others)]
    assert told == [(True, False, False), (False, True, False)]


def test_the_sheet_is_narrowed_as_the_list_was(city, campaign, as_):
    make.site(campaign, city.bureau)
    wanted = make.site(campaign, city.police, code="S002", name="火车站广场", kind="广场")

    response = as_(city.coordinator).get(URL, {"unit": city.police.pk})

    assert [label["code"] for label in response.context["labels"]] == [wanted.code]
    assert (
        f"{URL}?unit={city.police.pk}"
        in as_(city.coordinator).get(reverse("inspections:sites"), {"unit": city.police.pk}).content.decode()
    )


def test_more_than_can_be_printed_at_once_come_one_page_after_another(city, campaign, as_, monkeypatch):
    monkeypatch.setattr(labels, "MOST", 2)
    for n in range(5):
        make.site(campaign, city.bureau, code=f"S{n}", name=f"市场{n}")
    client = as_(city.coordinator)

    sheets, address = [], URL
    for _n in range(3):
        response = client.get(address)
        sheets.append([label["code"] for label in response.context["labels"]])
        address = URL + response.context["page"].next_url

    assert sheets == [["S0", "S1"], ["S2", "S3"], ["S4"]]
    assert "共 5 条" in response.content.decode()


def test_each_of_many_labels_carries_its_own_address(city, campaign, as_):
    sites = [make.site(campaign, city.bureau, code=f"S{n:02}", name=f"市场{n}") for n in range(30)]

    shown = as_(city.coordinator).get(URL, headers={"host": "localhost"}).context["labels"]

    # With one mask for the whole sheet: whatever the mask is, a code of another text has other modules.
    mask = segno.make_qr(f"http://localhost{sites[0].get_absolute_url()}", error="m").mask
    wanted = [modules(f"http://localhost{site.get_absolute_url()}", mask=mask) for site in sites]
    assert [drawn(label["qr"]) for label in shown] == wanted
    assert len({frozenset(one) for one in wanted}) == len(sites)


def test_more_sites_take_no_more_queries(city, campaign, as_, django_assert_num_queries):
    for n in range(20):
        make.site(campaign, city.bureau, code=f"S{n:02}", name=f"市场{n}")
    client = as_(city.coordinator)
    client.get(URL)

    with django_assert_num_queries(5):
        client.get(URL)


@pytest.mark.parametrize(
    ("host", "unreachable"),
    [
        ("localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("10.1.2.3:8000", False),
        ("cheng.example.cn", False),
    ],
)
def test_an_address_that_no_phone_reaches_is_known(host, unreachable):
    assert labels.is_loopback(host) == unreachable


def test_the_page_warns_before_labels_nobody_can_open_are_printed(city, campaign, as_, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "cheng.example.cn"]
    make.site(campaign, city.bureau)
    client = as_(city.coordinator)

    told = {
        host: "手机扫码打不开" in client.get(URL, headers={"host": host}).content.decode()
        for host in settings.ALLOWED_HOSTS
    }

    assert told == {"127.0.0.1": True, "cheng.example.cn": False}
