"""Sites drawn by lot: which, by whom, once however often the form is sent, and the same again by anybody."""

from collections import Counter
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from inspections import draws
from inspections.actions.draws import draw_sites
from inspections.actions.sites import change_site
from inspections.models import Draw, Site
from tests.factories import findings as make

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def register(campaign, city, **kinds):
    """So many sites of each kind, coded A001 …; the first of each answers to the street, the others to the bureau."""
    for letter, (kind, n) in zip("ABC", kinds.items(), strict=False):
        for i in range(n):
            make.site(campaign, city.bureau if i else city.street, code=f"{letter}{i:03}", name=f"{kind}{i}", kind=kind)


def codes(draw):
    return [row.code for row in draw.sites.all()]


# Which ------------------------------------------------------------------------------------------------


def test_the_number_and_the_register_alone_tell_which_are_drawn():
    pool = [("农贸市场", ["S001", "S002", "S003"]), ("公园", ["P1"])]
    by_hand = sorted(pool[0][1], key=lambda code: sha256(f"20260401:{code}".encode()).hexdigest())[:2]

    assert draws.drawn("20260401", pool, 2) == [*by_hand, "P1"]
    assert draws.drawn("20260401", [(group, codes[::-1]) for group, codes in pool], 2) == [*by_hand, "P1"]


@given(
    number=st.text("0123456789", min_size=1, max_size=20),
    codes=st.lists(st.text(min_size=1, max_size=8), max_size=40, unique=True),
    n=st.integers(1, 50),
)
def test_a_draw_takes_each_site_at_most_once_and_as_many_as_there_are(number, codes, n):
    taken = draws.drawn(number, [("", codes)], n)

    assert len(taken) == len(set(taken)) == min(n, len(codes))
    assert set(taken) <= set(codes)
    assert draws.drawn(number, [("", codes)], n + 1)[: len(taken)] == taken


def test_over_many_numbers_every_site_comes_about_as_often():
    pool = [("", [f"S{i:03}" for i in range(20)])]

    often = Counter(code for number in range(4000) for code in draws.drawn(f"{number:08}", pool, 5))

    # 1,000 each is expected; beyond 120 off is four and a half standard deviations.
    assert {code: 880 <= n <= 1120 for code, n in often.items()} == dict.fromkeys(pool[0][1], True)


def test_so_many_of_each_type_or_so_many_in_all(city, campaign):
    register(campaign, city, 农贸市场=4, 公园=3, 广场=1)
    market, park = (Site.objects.get(code=f"{letter}000").kind for letter in "AB")

    each = draw_sites(campaign, by=city.coordinator, n=2)
    of_two = draw_sites(campaign, by=city.coordinator, n=2, kinds=[market, park])
    in_all = draw_sites(campaign, by=city.coordinator, n=2, each=False)
    of_street = draw_sites(campaign, by=city.coordinator, n=5, unit=city.street)

    assert Counter(code[0] for code in codes(each)) == {"A": 2, "B": 2, "C": 1}
    assert each.short_of == {"广场": 1}
    assert Counter(code[0] for code in codes(of_two)) == {"A": 2, "B": 2}
    assert len(codes(in_all)) == 2
    assert sorted(codes(of_street)) == ["A000", "B000", "C000"]


def test_the_same_number_draws_the_same_and_the_register_s_changes_leave_a_draw_as_it_was(city, campaign):
    register(campaign, city, 农贸市场=8)
    first = draw_sites(campaign, by=city.coordinator, n=3, number="31415926")
    again = draw_sites(campaign, by=city.coordinator, n=3, number="31415926")
    kept = codes(first)
    site = first.sites.first().site
    change_site(site, by=city.coordinator, kind="公园", code="Z999", name="改了名", unit=site.unit)

    first = Draw.objects.get(pk=first.pk)

    assert codes(again) == kept
    assert (codes(first), first.is_repeatable) == (kept, True)


def test_a_number_nobody_chose_is_eight_digits_and_another_each_time(city, campaign):
    register(campaign, city, 农贸市场=1)

    numbers = [draw_sites(campaign, by=city.coordinator, n=1).number for _ in range(3)]

    assert [(len(number), number.isdecimal()) for number in numbers] == [(8, True)] * 3
    assert len(set(numbers)) == 3


def test_what_was_altered_afterwards_is_told(city, campaign, as_):
    register(campaign, city, 农贸市场=4)
    draw = draw_sites(campaign, by=city.coordinator, n=2, number="1")
    left_out = Site.objects.exclude(pk__in=draw.sites.values("site")).first()
    draw.sites.filter(position=0).update(code=left_out.code, site=left_out)

    response = as_(city.inspector).get(draw.get_absolute_url())

    assert "与保存的不一致" in response.content.decode()


# By whom, and how often -------------------------------------------------------------------------------


def test_only_the_office_draws_and_the_trail_says_what(city, campaign):
    register(campaign, city, 农贸市场=3)

    with pytest.raises(Refused) as refusal:
        draw_sites(campaign, by=city.inspector, n=1)
    draw = draw_sites(campaign, by=city.coordinator, n=1, number="7")

    assert refusal.value.reason == "您没有抽取点位的权限。"
    assert AuditEvent.objects.get(action="抽取点位").detail == {"number": "7", "n": 1, "pool": 3, "drawn": codes(draw)}


def test_a_register_without_such_a_site_is_told(city, campaign):
    with pytest.raises(Refused) as refusal:
        draw_sites(campaign, by=city.coordinator, n=1)

    assert refusal.value.reason.startswith("点位册里没有符合条件的点位")
    assert Draw.objects.count() == 0


def test_the_form_sent_twice_is_one_draw(city, campaign, as_):
    register(campaign, city, 农贸市场=5)
    kind = Site.objects.first().kind
    sent = {"kinds": [kind.pk], "n": "2", "each": "on", "client_key": str(uuid4())}

    answers = [as_(city.coordinator).post(url("draw_new"), sent) for _ in range(2)]

    draw = Draw.objects.get()
    assert [answer.url for answer in answers] == [draw.get_absolute_url()] * 2
    assert (draw.said, draw.n, len(codes(draw))) == ("农贸市场", 2, 2)


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"n": "0"}, "n", "不能小于1。"),
        ({"n": "1001"}, "n", "不能大于1000。"),
        ({"n": "1", "number": "12a"}, "number", "抽取号码只写数字，最多20位。"),
        ({"n": "1", "kinds": ["999999"]}, "kinds", "“999999”不在可选的范围里，请重新选择。"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_the_form(city, campaign, as_, sent, field, told):
    register(campaign, city, 农贸市场=1)

    response = as_(city.coordinator).post(url("draw_new"), sent)

    assert (response.status_code, response.context["form"].errors[field]) == (422, [told])
    assert Draw.objects.count() == 0


def test_a_register_without_sites_is_not_asked_how_many_to_draw(city, campaign, as_):
    empty = as_(city.coordinator).get(url("draw_new")).text
    register(campaign, city, 农贸市场=1)

    filled = as_(city.coordinator).get(url("draw_new")).text

    assert [("还没有点位" in page, "抽几个" in page) for page in (empty, filled)] == [(True, False), (False, True)]


def test_the_list_and_its_draws_lead_to_each_other(city, campaign, as_, django_assert_num_queries):
    register(campaign, city, 农贸市场=6, 公园=2)
    for _ in range(3):
        draw = draw_sites(campaign, by=city.coordinator, n=3)
    client = as_(city.inspector)
    client.get(url("draws"))

    with django_assert_num_queries(5):
        response = client.get(url("draws"))
    assert [row.drawn_count for row in response.context["page"].rows] == [5, 5, 5]
    with django_assert_num_queries(5):
        page = client.get(draw.get_absolute_url()).content.decode()
    assert all(row.site.name in page for row in draw.sites.select_related("site"))
    assert "有1个类型不足3个，全部抽中：公园（2）。" in page
    assert url("draws") in client.get(url("sites")).content.decode()


def test_the_list_for_drawing_again_has_every_site_of_that_moment(city, campaign, as_):
    register(campaign, city, 农贸市场=4)
    draw = draw_sites(campaign, by=city.coordinator, n=2, number="42")

    answer = as_(city.leader).get(url("draw_pool", draw.pk))

    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[0] == ("类型", "点位编号", "校验值", "次序", "抽中")
    assert [row[1] for row in rows[1:] if row[4] == "是"] == codes(draw)
    assert {row[1]: row[2] for row in rows[1:]} == {
        code: sha256(f"42:{code}".encode()).hexdigest() for code in ("A000", "A001", "A002", "A003")
    }


def test_a_unit_does_not_learn_where_the_inspectors_go_next(city, campaign, as_):
    register(campaign, city, 农贸市场=2)
    draw = draw_sites(campaign, by=city.coordinator, n=1)
    client = as_(city.liaison)

    answers = [client.get(address).status_code for address in (url("draws"), url("draw_new"), draw.get_absolute_url())]

    assert answers == [403, 403, 404]
    assert url("draws") not in client.get(url("sites")).content.decode()
