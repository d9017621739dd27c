"""A checklist filled in at a site: bit by bit, by both of a team, stored once; what fails becomes a finding."""

import html
from uuid import uuid4

import pytest
from django.urls import reverse

from cityinit.workflow import Refused
from inspections.actions import checklists, visits
from inspections.actions import findings as finding_actions
from inspections.actions import rounds as round_actions
from inspections.actions.sites import change_site
from inspections.actions.visits import Clash, Said
from inspections.models import Finding, Round, Visit, VisitAnswer, VisitSending
from tests.at_once import at_once
from tests.factories import findings, people, systems
from tests.factories import rounds as make
from units.roles import Role

pytestmark = pytest.mark.django_db

State = Round.State
FAIL = Said(verdict="fail")


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


@pytest.fixture
def walk(city, campaign):
    """A round in the field with one market, walked by the inspector and a colleague."""
    city.colleague = people.person("同组督查员", Role.INSPECTOR, city.office)
    make.in_use(campaign, city)
    members = [city.inspector, city.colleague]
    return make.round_at(State.IN_FIELD, campaign, city, members=members)


@pytest.fixture
def site(walk):
    return walk.stops.get().site


@pytest.fixture
def checklist(walk, campaign, site):
    return campaign.checklist_set.get()


def here(walk, site):
    return url("round_visit", walk.pk, site.pk)


def sent(checklist, *, keep=None, **by_code):
    """What a browser sends of the form: by code with _ for a dot, the fields of an item."""
    data = {"client_key": str(uuid4()), "checklist": checklist.pk, "note": ""} | (keep or {})
    for item in checklist.items.all():
        for name, value in by_code.get(f"i{item.code.replace('.', '_')}", {}).items():
            data[f"{name}-{item.pk}"] = value
    return data


ALL = {"i1_1": {"number": "3"}, "i2_1": {"verdict": "pass"}, "i2_2": {"verdict": "na"}}


def stands(visit):
    return {answer.item.code: answer.verdict for answer in visit.answers.select_related("item")}


# One form ---------------------------------------------------------------------------------------------


def test_a_site_is_looked_at_with_one_form_and_the_number_gives_the_verdict(walk, site, checklist, city, as_):
    client = as_(city.inspector)

    answer = client.post(here(walk, site), sent(checklist, finish="on", **ALL) | {"finish": "on"})

    visit = Visit.objects.get()
    assert answer.url == visit.get_absolute_url()
    assert stands(visit) == {"1.1": "pass", "2.1": "pass", "2.2": "na"}
    assert (visit.is_finished, visit.finished_by, visit.round, visit.checklist) == (
        True,
        city.inspector,
        walk,
        checklist,
    )


def test_the_same_form_sent_twice_is_stored_once(walk, site, checklist, city, as_):
    client = as_(city.inspector)
    photo = findings.upload()
    item = make.item(checklist, "2.1")
    form = sent(checklist, i2_1={"verdict": "fail", "report": "on"})

    answers = []
    for _ in range(2):
        photo.seek(0)
        answers.append(client.post(here(walk, site), form | {f"photos-{item.pk}": photo}).url)

    visit = Visit.objects.get()
    assert answers == [visit.get_absolute_url()] * 2
    assert VisitSending.objects.count() == 1
    assert visit.answers.get().photos.count() == 1
    assert Finding.objects.count() == 1


def test_a_form_that_comes_back_from_the_outbox_after_somebody_went_on_changes_nothing(
    walk, site, checklist, city, as_
):
    client = as_(city.inspector)
    form = sent(checklist, i2_1={"verdict": "fail"})
    client.post(here(walk, site), form)
    visit = Visit.objects.get()
    seen = visit.answers.get().mark
    client.post(here(walk, site), sent(checklist, i2_1={"verdict": "pass", "seen": seen}))

    again = client.post(here(walk, site), form)

    assert again.url == visit.get_absolute_url()
    assert stands(visit) == {"2.1": "pass"}


def test_an_unfinished_visit_is_gone_on_with_by_the_other_of_the_team(walk, site, checklist, city, as_):
    as_(city.inspector).post(here(walk, site), sent(checklist, i1_1={"number": "3"}) | {"finish": "on"})
    visit = Visit.objects.get()
    half = visit.is_finished
    colleague = as_(city.colleague)

    opened = colleague.get(here(walk, site))
    left = {name: fields for name, fields in ALL.items() if name != "i1_1"}
    colleague.post(here(walk, site), sent(checklist, **left) | {"finish": "on"})

    visit.refresh_from_db()
    drawn = opened.context["form"]
    assert (half, drawn[f"number-{make.item(checklist, '1.1').pk}"].value()) == (False, 3)
    assert (stands(visit), visit.is_finished) == ({"1.1": "pass", "2.1": "pass", "2.2": "na"}, True)
    assert [sending.by for sending in visit.sendings.all()] == [city.inspector, city.colleague]


def test_two_who_fill_in_different_items_lose_nothing_and_of_one_item_the_second_is_told(
    walk, site, checklist, city, as_
):
    as_(city.inspector).post(here(walk, site), sent(checklist, i1_1={"number": "3"}, i2_1={"verdict": "pass"}))
    visit = Visit.objects.get()
    item = make.item(checklist, "2.1")
    colleague = as_(city.colleague)

    # Both were drawn empty.
    apart = colleague.post(here(walk, site), sent(checklist, i2_2={"verdict": "fail"}))
    clash = colleague.post(here(walk, site), sent(checklist, i2_1={"verdict": "fail"}))
    form = clash.context["form"]
    insisted = sent(checklist, i2_1={"verdict": "fail", "seen": form[f"seen-{item.pk}"].value()})
    colleague.post(here(walk, site), insisted)

    assert (apart.status_code, clash.status_code) == (302, 422)
    assert "同组的人刚刚填过2.1" in clash.content.decode()
    assert form.errors[f"verdict-{item.pk}"] == ["现在保存的是：符合"]
    assert stands(visit) == {"1.1": "pass", "2.1": "fail", "2.2": "fail"}


def test_what_the_other_has_changed_is_not_set_back_by_who_did_not_touch_it(walk, site, checklist, city):
    visit = make.visited(site, city, checklist, round=walk, finish=False)
    drawn = {answer.item_id: answer.mark for answer in visit.answers.all()}
    item = make.item(checklist, "2.1")
    fail = {item.pk: Said(verdict="fail", seen=drawn[item.pk])}
    again = {"checklist": checklist, "round": walk}
    visits.save_visit(site, by=city.colleague, said=fail, client_key=uuid4(), **again)

    untouched = {pk: Said(**{**one.values, "seen": drawn[pk]}) for pk, one in readd(visit, drawn, item).items()}
    visits.save_visit(site, by=city.inspector, said=untouched, client_key=uuid4(), **again)

    assert stands(visit)["2.1"] == "fail"


def readd(visit, drawn, item):
    """What the form of before says: every item as it was drawn."""
    told = {
        answer.item_id: Said(**{name: getattr(answer, name) for name in VisitAnswer.WRITTEN})
        for answer in visit.answers.all()
    }
    return told | {item.pk: Said(verdict="pass")}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"i1_1": {"verdict": "pass"}}, "请填写数目；没有数就判定的，请写明理由。"),
        ({"i1_1": {"number": "1", "verdict": "pass"}}, "按填的数目应是“不符合”，改判请写明理由。"),
        ({"i1_1": {"number": "-1"}}, "不能小于0。"),
        ({"i1_1": {"number": "很多"}}, "请填写整数。"),
        ({"i2_1": {"verdict": "maybe"}}, "“maybe”不在可选的范围里，请重新选择。"),
    ],
)
def test_what_does_not_go_together_is_told_beside_the_item_and_nothing_is_lost(
    walk, site, checklist, city, as_, fields, told
):
    response = as_(city.inspector).post(here(walk, site), sent(checklist, **fields, i2_2={"note": "西门"}))

    page = response.content.decode()
    assert (response.status_code, told in page, 'value="西门"' in page) == (422, True, True)
    assert Visit.objects.count() == 0


def test_photos_of_a_form_with_a_fault_wait_for_it(walk, site, checklist, city, as_):
    item = make.item(checklist, "2.1")
    client = as_(city.inspector)
    form = sent(checklist, i1_1={"verdict": "pass"}, i2_1={"verdict": "fail"})
    refused = client.post(here(walk, site), form | {f"photos-{item.pk}": findings.upload()})
    field = refused.context["form"].fields[f"photos-{item.pk}"]
    held = {f"photos-{item.pk}-held": field.held[0].pk, f"photos-{item.pk}-form": field.form_key}

    client.post(here(walk, site), sent(checklist, i1_1={"number": "3"}, i2_1={"verdict": "fail"}) | held)

    assert refused.status_code == 422
    assert VisitAnswer.objects.get(item=item).photos.count() == 1


def test_who_judges_otherwise_than_the_number_says_why_and_it_is_told(walk, site, checklist, city, as_):
    client = as_(city.inspector)

    client.post(here(walk, site), sent(checklist, i1_1={"number": "2", "verdict": "pass", "reason": "电子屏轮播"}))

    answer = VisitAnswer.objects.get()
    page = client.get(answer.visit.get_absolute_url()).content.decode()
    assert (answer.verdict, answer.number, answer.reason) == ("pass", 2, "电子屏轮播")
    assert "应≥3处，实有2处；改判：电子屏轮播" in page


def test_a_form_drawn_from_an_edition_that_was_replaced_meanwhile_is_still_taken(walk, site, checklist, city, as_):
    new = checklists.next_edition(checklist, by=city.coordinator, kind="农贸市场", edition="2025版")
    checklists.publish(new, by=city.coordinator)

    as_(city.inspector).post(here(walk, site), sent(checklist, i2_1={"verdict": "pass"}))

    assert Visit.objects.get().checklist == checklist


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
@pytest.mark.parametrize("in_round", [True, False])
def test_another_type_s_checklist_is_refused_and_what_was_filled_in_stays(
    walk, site, campaign, city, as_, headers, in_round
):
    alley = make.in_use(campaign, city, kind="背街小巷")
    form = sent(alley, i2_1={"verdict": "fail", "note": "二楼", "report": "on"})
    item = make.item(alley, "2.1")
    where = here(walk, site) if in_round else url("visit_new", site.pk)

    answer = as_(city.inspector).post(where, form | {f"photos-{item.pk}": findings.upload()}, **headers)

    told = "“背街小巷 2024版”不是“河湾农贸市场”的检查表，它的类型是“农贸市场”。"
    assert (answer.status_code, told in html.unescape(answer.content.decode())) == (422, True)
    assert answer.context["form"][f"note-{item.pk}"].value() == "二楼"
    assert len(answer.context["form"].fields[f"photos-{item.pk}"].held) == 1
    assert (Visit.objects.count(), Finding.objects.count()) == (0, 0)


def test_a_visit_that_was_begun_goes_on_though_the_site_s_type_was_changed_since(
    walk, site, checklist, campaign, city, as_
):
    client = as_(city.inspector)
    client.post(here(walk, site), sent(checklist, i2_1={"verdict": "pass"}))
    make.in_use(campaign, city, kind="背街小巷")
    change_site(site, by=city.coordinator, kind="背街小巷", code=site.code, name=site.name, unit=site.unit)

    client.post(here(walk, site), sent(checklist, i2_2={"verdict": "na"}))

    assert stands(Visit.objects.get()) == {"2.1": "pass", "2.2": "na"}


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_answers_to_another_edition_than_was_begun_meanwhile_are_refused_and_not_dropped(
    walk, site, checklist, campaign, city, as_, headers
):
    form = sent(checklist, i2_1={"verdict": "fail", "note": "二楼"})
    checklists.publish(make.draft(campaign, city, edition="2025版"), by=city.coordinator)
    newer = campaign.checklist_set.get(edition="2025版")
    as_(city.colleague).post(here(walk, site), sent(newer, i2_2={"verdict": "pass"}))

    answer = as_(city.inspector).post(here(walk, site), form, **headers)

    assert answer.status_code == 422
    assert "这个点位已经按“农贸市场 2025版”在检查" in answer.content.decode()
    # What was filled in is still there to be read.
    assert answer.context["form"][f"note-{make.item(checklist, '2.1').pk}"].value() == "二楼"
    assert stands(Visit.objects.get()) == {"2.2": "pass"}


def test_a_site_whose_type_has_no_checklist_says_so(walk, campaign, city, as_):
    park = findings.site(campaign, city.bureau, code="P1", kind="公园")

    answer = as_(city.inspector).get(url("visit_new", park.pk), follow=True)

    assert "“公园”还没有启用的检查表" in answer.content.decode()


def test_a_site_is_looked_at_without_a_round_and_gone_on_with_by_the_same_alone(walk, site, checklist, city, as_):
    alone = url("visit_new", site.pk)
    as_(city.inspector).post(alone, sent(checklist, i2_1={"verdict": "pass"}))
    visit = Visit.objects.get()

    mine = as_(city.inspector).get(alone)
    others = as_(city.colleague).get(alone)
    refused = as_(city.colleague).post(url("visit_edit", visit.pk), sent(checklist, i2_2={"verdict": "pass"}))

    assert (visit.round, mine.url, others.status_code) == (None, url("visit_edit", visit.pk), 200)
    assert "只能由本人接着填" in refused.content.decode()
    assert as_(city.liaison).get(visit.get_absolute_url()).status_code == 404


# Twice on one phone -------------------------------------------------------------------------------------


HTMX = {"HTTP_HX_REQUEST": "true"}


def taken_in(browser, address, form):
    """What the outbox is told when it sends a form."""
    return browser.post(address, form, **HTMX).json()


def test_what_was_saved_twice_from_one_page_is_stored_twice_and_the_last_word_stands(walk, site, checklist, city, as_):
    """Both were filled in before the first was sent: the marks of the second are of the page as it was drawn."""
    browser = as_(city.inspector)
    counted, looked_at = make.item(checklist, "1.1"), make.item(checklist, "2.1")
    first = sent(checklist, i1_1={"number": "3"}, i2_1={"verdict": "fail"})

    told = taken_in(browser, here(walk, site), first)
    # As the outbox does with what waits behind it.
    second = sent(checklist, i1_1={"number": "1"}, i2_1={"verdict": "pass"}) | told["marks"]
    taken_in(browser, here(walk, site), second)

    visit = Visit.objects.get()
    assert told["marks"].keys() == {f"seen-{counted.pk}", f"seen-{looked_at.pk}"}
    assert stands(visit) == {"1.1": "fail", "2.1": "pass"}
    assert VisitSending.objects.count() == 2


def test_put_back_to_what_the_page_said_at_first_the_last_word_stands(walk, site, checklist, city, as_):
    browser = as_(city.inspector)
    taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "pass"}))
    drawn = {"seen": VisitAnswer.objects.get().mark}

    told = taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "fail"} | drawn))
    taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "pass"} | drawn) | told["marks"])

    assert stands(Visit.objects.get()) == {"2.1": "pass"}


def test_between_two_savings_of_one_phone_a_colleague_s_word_is_still_a_clash(walk, site, checklist, city, as_):
    form = sent(checklist, i2_1={"verdict": "pass"})
    taken_in(as_(city.inspector), here(walk, site), form)
    mine = VisitAnswer.objects.get().mark
    taken_in(as_(city.colleague), here(walk, site), sent(checklist, i2_1={"verdict": "fail", "seen": mine}))

    browser = as_(city.inspector)
    # The answer to the first was lost; sent again it tells the marks of its own words, not of the colleague's.
    told = taken_in(browser, here(walk, site), form)
    second = sent(checklist, i2_1={"verdict": "na"}, i2_2={"verdict": "pass"}) | told["marks"]
    refused = browser.post(here(walk, site), second, **HTMX)

    assert refused.status_code == 422
    assert "同组的人刚刚填过2.1" in refused.content.decode()
    assert stands(Visit.objects.get()) == {"2.1": "fail"}


def test_drawn_before_one_s_own_last_word_a_page_is_no_clash_while_nobody_else_has_written(
    walk, site, checklist, city, as_
):
    """The phone opens the page it has kept, which is older than what was sent since."""
    browser = as_(city.inspector)
    taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "pass"}))

    taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "fail"}))

    assert stands(Visit.objects.get()) == {"2.1": "fail"}


def test_items_a_form_said_nothing_new_of_have_no_mark_of_its_own(walk, site, checklist, city, as_):
    browser = as_(city.inspector)
    taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "pass"}))
    drawn = {"seen": VisitAnswer.objects.get().mark}

    told = taken_in(browser, here(walk, site), sent(checklist, i2_1={"verdict": "pass"} | drawn))

    assert told["marks"] == {}


def test_saved_twice_outside_a_round_it_is_one_visit(walk, site, checklist, city, as_):
    browser, alone = as_(city.inspector), url("visit_new", site.pk)

    told = taken_in(browser, alone, sent(checklist, i2_1={"verdict": "fail"}))
    browser.post(alone, sent(checklist, i2_2={"verdict": "pass"}))

    visit = Visit.objects.get()
    assert (stands(visit), visit.round) == ({"2.1": "fail", "2.2": "pass"}, None)
    # Where the next saving of the same page goes, be the visit finished by then.
    assert told["go_on"] == url("visit_edit", visit.pk)


def test_after_it_was_finished_the_saving_behind_it_still_goes_to_the_same_visit(walk, site, checklist, city, as_):
    browser, alone = as_(city.inspector), url("visit_new", site.pk)

    told = taken_in(browser, alone, sent(checklist, **ALL) | {"finish": "on"})
    taken_in(browser, told["go_on"], sent(checklist, i2_1={"verdict": "fail"}) | told["marks"])

    visit = Visit.objects.get()
    assert (visit.is_finished, stands(visit)["2.1"]) == (True, "fail")


def test_somebody_else_s_a_finished_one_and_another_edition_are_not_gone_on_with(
    walk, site, checklist, campaign, city, as_
):
    alone = url("visit_new", site.pk)
    form = sent(checklist, i2_1={"verdict": "pass"})
    as_(city.colleague).post(alone, form | {"client_key": str(uuid4())})
    as_(city.inspector).post(alone, sent(checklist, **ALL) | {"finish": "on"})
    as_(city.inspector).post(alone, form)
    checklists.publish(make.draft(campaign, city, edition="2025版"), by=city.coordinator)
    other = campaign.checklist_set.get(edition="2025版")

    as_(city.inspector).post(alone, sent(other, i2_1={"verdict": "fail"}))

    assert [(one.started_by, one.checklist, one.is_finished) for one in Visit.objects.order_by("pk")] == [
        (city.colleague, checklist, False),
        (city.inspector, checklist, True),
        (city.inspector, checklist, False),
        (city.inspector, other, False),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_savings_at_once_outside_a_round_are_one_visit(site, checklist, city):
    def save(code):
        said = {make.item(checklist, code).pk: FAIL}
        visits.save_visit(site, by=city.inspector, checklist=checklist, said=said, client_key=uuid4())

    outcomes = at_once(lambda: save("2.1"), lambda: save("2.2"))

    assert outcomes == [None, None]
    assert stands(Visit.objects.get()) == {"2.1": "fail", "2.2": "fail"}


# Who and when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in State if state != State.IN_FIELD])
def test_outside_the_field_nobody_changes_a_visit(city, campaign, state):
    checklist = make.in_use(campaign, city)
    found = make.round_at(state, campaign, city)
    site = found.stops.get().site
    before = list(VisitAnswer.objects.order_by("pk").values())

    with pytest.raises(Refused) as refusal:
        make.visited(site, city, checklist, round=found, i2_1=FAIL)

    assert refusal.value.reason == f"“三月督查”目前是“{state.label}”，不能再填。"
    assert list(VisitAnswer.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("who", ["coordinator", "liaison", "leader", "administrator"])
def test_only_inspectors_fill_in(walk, site, checklist, city, who):
    with pytest.raises(Refused):
        make.visited(site, city, checklist, round=walk, by=getattr(city, who))

    assert Visit.objects.count() == 0


def test_who_is_not_of_the_team_and_a_team_that_has_handed_in_fill_in_nothing(walk, site, checklist, city):
    stranger = people.person("别组督查员", Role.INSPECTOR, city.office)
    with pytest.raises(Refused) as not_mine:
        make.visited(site, city, checklist, round=walk, by=stranger)
    round_actions.hand_in(make.team_of(walk), by=city.inspector)
    Round.objects.filter(pk=walk.pk).update(state=State.IN_FIELD)
    with pytest.raises(Refused) as handed_in:
        make.visited(site, city, checklist, round=walk)

    assert not_mine.value.reason == "“河湾农贸市场”分给了第1组，您不在这一组。"
    assert handed_in.value.reason.startswith("“第1组”的结果已经交了")


def test_another_s_form_key_is_not_taken(walk, site, checklist, city):
    key = uuid4()
    told = {"checklist": checklist, "round": walk, "said": {}, "client_key": key}
    visits.save_visit(site, by=city.inspector, **told)

    with pytest.raises(Refused) as refusal:
        visits.save_visit(site, by=city.colleague, **told)

    assert refusal.value.reason == "这张表已由别人提交过，或已用于另一条记录，请重新打开页面填写。"


def test_the_day_is_that_of_the_form_and_never_one_to_come(walk, site, checklist, city, as_, clock):
    clock("2026-03-05 09:00")
    as_(city.inspector).post(
        here(walk, site), sent(checklist, keep={"visited_on": "2099-01-01"}, i2_1={"verdict": "pass"})
    )

    assert f"{Visit.objects.get().visited_on}" == "2026-03-05"


# Findings ---------------------------------------------------------------------------------------------


def test_a_failed_item_is_a_finding_with_one_tap(walk, site, checklist, city, as_):
    system = systems.in_force(walk.campaign, city)
    indicator = systems.node(system, "Ⅱ-1")
    checklist.items.filter(code="1.1").update(indicator=indicator)
    visit = make.visited(
        site, city, checklist, round=walk, i1_1=Said(number=1, photos=(findings.photo(),), note="入口")
    )
    answer = visit.answers.get(verdict="fail")
    client = as_(city.inspector)

    for _ in range(2):
        client.post(url("answer_finding", answer.pk), {"at_once": "1"})

    finding = Finding.objects.get()
    answer.refresh_from_db()
    assert answer.finding == finding
    assert (finding.site, finding.round, finding.indicator, finding.category.name) == (
        site,
        walk,
        indicator,
        "公益广告缺失破损",
    )
    assert finding.description == "不符合：显著位置看得到公益广告（应≥3处，实有1处）。入口"
    assert [photo.file for photo in finding.photos.all()] == [photo.file for photo in answer.photos.all()]
    assert finding.number in client.get(visit.get_absolute_url()).content.decode()


def test_the_form_of_a_failed_item_comes_filled_in_and_can_be_changed(walk, site, checklist, city, as_):
    visit = make.visited(site, city, checklist, round=walk, i2_1=FAIL)
    answer = visit.answers.get(verdict="fail")
    client = as_(city.inspector)
    form = client.get(url("answer_finding", answer.pk)).context["form"]
    other = findings.category(walk.campaign, "占道经营")

    client.post(url("answer_finding", answer.pk), {"category": other.pk, "severity": "A", "description": "西侧有垃圾"})

    finding = Finding.objects.get()
    assert form.initial["description"] == "不符合：地面干净，没有垃圾"
    assert (finding.category, finding.severity, finding.description) == (other, "A", "西侧有垃圾")


def test_what_did_not_fail_and_what_is_published_becomes_no_finding(walk, site, checklist, city):
    visit = make.visited(site, city, checklist, round=walk, i2_1=FAIL)
    passed, failed = visit.answers.get(item__code="2.2"), visit.answers.get(verdict="fail")
    with pytest.raises(Refused) as not_failed:
        visits.report_answer(passed, by=city.inspector)
    round_actions.hand_in(make.team_of(walk), by=city.inspector)
    round_actions.publish(make.fresh(walk), by=city.coordinator)
    with pytest.raises(Refused) as published:
        visits.report_answer(failed, by=city.inspector)

    assert not_failed.value.reason == "只有判为“不符合”的检查项可以报问题。"
    assert published.value.reason.startswith("得分已经公布")
    assert Finding.objects.count() == 0


def test_the_category_people_chose_last_for_an_item_is_guessed_next(walk, site, checklist, city):
    visit = make.visited(site, city, checklist, round=walk, i2_1=FAIL)
    answer = visit.answers.get(verdict="fail")
    before = visits.guess_category(walk.campaign, answer.item)
    chosen = findings.category(walk.campaign, "占道经营")
    visits.report_answer(answer, by=city.inspector, category=chosen)

    assert (before.name, visits.guess_category(walk.campaign, answer.item)) == ("暴露垃圾", chosen)


# On the phone -----------------------------------------------------------------------------------------


def test_my_round_shows_my_sites_in_their_order_and_what_is_done(city, campaign, as_, django_assert_num_queries):
    make.in_use(campaign, city)
    places = [
        findings.site(campaign, city.bureau, code=f"S{i}", name=f"市场{i}", longitude=117 + i, latitude=34)
        for i in range(3)
    ]
    walk = make.round_at(State.IN_FIELD, campaign, city, sites=places)
    make.visited(places[0], city, campaign.checklist_set.get(), round=walk)
    client = as_(city.inspector)
    client.get(url("my_round"))

    # With what marks the forms that the phone takes along: the checklists in use, and photos of what was begun.
    with django_assert_num_queries(11):
        [sheet] = client.get(url("my_round")).context["sheets"]

    assert [(str(line["site"]), line["is_done"]) for line in sheet["lines"]] == [
        ("市场0", True),
        ("市场1", False),
        ("市场2", False),
    ]
    assert (sheet["text"], sheet["lines"][1]["is_next"]) == ("1/3", True)
    assert [move.label for move in sheet["moves"]] == ["交本组结果"]


def test_a_form_on_the_phone_is_known_to_be_the_one_that_would_be_drawn_now(walk, site, checklist, campaign, city, as_):
    browser = as_(city.inspector)

    def marks():
        [sheet] = browser.get(url("my_round")).context["sheets"]
        return sheet["lines"][0]["mark"], browser.get(here(walk, site)).headers.get("X-Keep-Mark")

    blank, again = marks(), marks()
    browser.post(here(walk, site), sent(checklist, i2_1={"verdict": "fail"}))
    begun = marks()
    photo = {f"photos-{make.item(checklist, '2.1').pk}": findings.upload()}
    browser.post(here(walk, site), sent(checklist, i2_2={"verdict": "pass"}) | photo)
    more = marks()
    colleague = as_(city.colleague).get(here(walk, site))["X-Keep-Mark"]
    as_(city.inspector).post(here(walk, site), sent(checklist, i1_1={"number": "3"}) | {"finish": "on"})

    assert blank == again
    assert all(linked == drawn for linked, drawn in (blank, begun, more))
    assert len({blank, begun, more, (colleague, colleague)}) == 4
    # What is done need not be taken along.
    assert browser.get(url("my_round")).context["sheets"][0]["lines"][0]["mark"] == ""


def test_another_edition_in_use_is_another_form(walk, site, checklist, campaign, city, as_):
    browser = as_(city.inspector)
    before = browser.get(here(walk, site))["X-Keep-Mark"]

    checklists.publish(make.draft(campaign, city, edition="2025版"), by=city.coordinator)

    [sheet] = browser.get(url("my_round")).context["sheets"]
    now = browser.get(here(walk, site))["X-Keep-Mark"]
    assert (now == sheet["lines"][0]["mark"], now == before) == (True, False)


def test_filling_in_costs_the_same_for_one_answer_and_for_all(
    walk, site, checklist, city, as_, django_assert_num_queries
):
    client = as_(city.inspector)
    visit = make.visited(site, city, checklist, round=walk, finish=False)
    client.get(here(walk, site))
    with django_assert_num_queries(9):
        client.get(here(walk, site))
    with django_assert_num_queries(10):
        client.get(visit.get_absolute_url())
    visit.answers.exclude(item__code="1.1").delete()
    with django_assert_num_queries(9):
        client.get(here(walk, site))
    with django_assert_num_queries(10):
        client.get(visit.get_absolute_url())


# At once ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_the_same_visit_at_once_share_it(walk, site, checklist, city):
    items = {item.code: item.pk for item in checklist.items.all()}

    def save(by, code):
        told = {items[code]: Said(verdict="pass")}
        visits.save_visit(site, by=by, checklist=checklist, said=told, round=walk, client_key=uuid4())

    refused = at_once(lambda: save(city.inspector, "2.1"), lambda: save(city.colleague, "2.2"))

    assert refused == [None, None]
    assert stands(Visit.objects.get()) == {"2.1": "pass", "2.2": "pass"}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_judge_the_same_item_otherwise_at_once_one_is_told(walk, site, checklist, city):
    item = make.item(checklist, "2.1").pk

    def save(by, verdict):
        told = {item: Said(verdict=verdict)}
        visits.save_visit(site, by=by, checklist=checklist, said=told, round=walk, client_key=uuid4())

    refused = at_once(lambda: save(city.inspector, "pass"), lambda: save(city.colleague, "fail"))

    assert sorted("同组的人刚刚填过2.1" in (reason or "") for reason in refused) == [False, True]
    assert stands(Visit.objects.get())["2.1"] == ("pass", "fail")[refused.index(None)]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_once_is_stored_once(site, checklist, city):
    key = uuid4()
    told = {make.item(checklist, "2.1").pk: Said(verdict="pass")}

    def save():
        visits.save_visit(site, by=city.inspector, checklist=checklist, said=told, client_key=key)

    assert at_once(save, save) == [None, None]
    assert (Visit.objects.count(), VisitSending.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_visit_saved_while_the_part_is_handed_in_is_in_it_or_told(walk, site, checklist, city):
    make.visited(site, city, checklist, round=walk)
    item = make.item(checklist, "2.1")
    seen = VisitAnswer.objects.get(item=item).mark

    def save():
        told = {item.pk: Said(verdict="fail", seen=seen)}
        visits.save_visit(site, by=city.colleague, checklist=checklist, said=told, round=walk, client_key=uuid4())

    def publish():
        round_actions.hand_in(make.team_of(walk), by=city.inspector)
        round_actions.publish(make.fresh(walk), by=city.coordinator)

    refused = at_once(save, publish)

    visit = Visit.objects.get()
    assert refused[1] is None
    assert (stands(visit)["2.1"], visit.earned) == (("fail", 2) if refused[0] is None else ("pass", 4))


@pytest.mark.django_db(transaction=True)
def test_two_who_report_one_item_at_once_file_one_finding(walk, site, checklist, city):
    visit = make.visited(site, city, checklist, round=walk, i2_1=FAIL)
    answer = visit.answers.get(verdict="fail")

    refused = at_once(
        lambda: visits.report_answer(answer, by=city.inspector), lambda: visits.report_answer(answer, by=city.colleague)
    )

    assert refused == [None, None]
    assert Finding.objects.count() == 1


def test_a_clash_names_the_items(walk, site, checklist, city):
    make.visited(site, city, checklist, round=walk, finish=False)

    with pytest.raises(Clash) as clash:
        make.visited(site, city, checklist, round=walk, by=city.colleague, i2_1=FAIL, i2_2=FAIL)

    assert [answer.item.code for answer in clash.value.answers] == ["2.1", "2.2"]


def test_a_unit_reads_of_what_failed_that_it_was_filed_and_how_it_stands_only_while_it_is_its_own(city, campaign, as_):
    made = make.round_at(State.SUBMITTED, campaign, city, answers={"i2_1": FAIL, "i2_2": FAIL})
    visit = made.visits.get()
    own, of_another = (
        visits.report_answer(answer, by=city.inspector, category=findings.category(campaign))
        for answer in visit.answers.filter(verdict="fail").order_by("item__code")
    )
    round_actions.publish(make.fresh(made), by=city.coordinator)
    finding_actions.dispatch(own, by=city.coordinator, lead_unit=city.bureau)
    finding_actions.dispatch(of_another, by=city.coordinator, lead_unit=city.police)

    unit, office = (as_(who).get(visit.get_absolute_url()).content.decode() for who in (city.liaison, city.coordinator))

    told = [own.get_absolute_url(), of_another.get_absolute_url(), f"已作为问题{of_another.number}上报"]
    assert [text in unit for text in told] == [True, False, True]
    assert [text in office for text in told] == [True, True, False]
    assert (unit.count("已交办"), office.count("已交办")) == (1, 2)
