"""Saved filters: kept under a name, shared, opened by default; they show nobody more than the list does."""

from functools import partial

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.urls import reverse

from campaigns.actions import filters as actions
from campaigns.models import FilterDefault, SavedFilter, Workstream
from campaigns.saved import filter_in, filtered_list
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.at_once import at_once
from tests.factories import tasks
from tests.factories.materials import second_coordinator
from tests.factories.people import city

pytestmark = pytest.mark.django_db
TASKS, ALL = "/campaigns/tasks/", "/campaigns/filters/"
Audience = SavedFilter.Audience


def saved(campaign, by, name="未办结", query="state=open", **values):
    return actions.save_filter(campaign, page=values.pop("page", "tasks"), name=name, query=query, by=by, **values)


def chips(browser, url=f"{TASKS}?all=1"):
    return [chip["label"] for chip in browser.get(url).context["saved"]["items"]]


def new_url(page, query):
    return f"{reverse('campaigns:filter_new')}?page={page}&query={query}"


def test_the_present_filter_is_saved_under_a_name_and_opened_again(here, campaign, as_):
    tasks.draft(campaign, here, code="draft")
    tasks.issued(campaign, here, code="issued")
    browser = as_(here.coordinator)
    offered = browser.get(f"{TASKS}?state=draft&q=&after=x").context["saved"]

    answer = browser.post(offered["save_url"], {"name": "待下发", "audience": "1own"})
    again = browser.post(offered["save_url"], {"name": "待下发", "audience": "1own"})

    assert (answer.status_code, answer.url) == (302, f"{TASKS}?state=draft")
    assert again.status_code == 302
    assert SavedFilter.objects.get().query == "state=draft"
    shown = browser.get(answer.url)
    assert [task["code"] for task in shown.context["tasks"]] == ["draft"]
    assert [(chip["label"], chip["is_active"]) for chip in shown.context["saved"]["items"]] == [
        ("全部", False),
        ("待下发", True),
    ]
    assert shown.context["saved"]["save_url"] == ""


@pytest.mark.parametrize(
    ("page", "query"), [("tasks", ""), ("tasks", "after=x&q="), ("nowhere", "state=open"), ("register-no", "q=a")]
)
def test_what_narrows_nothing_or_no_list_is_not_saved(here, campaign, page, query):
    with pytest.raises(Refused):
        saved(campaign, here.coordinator, page=page, query=query)

    assert SavedFilter.objects.count() == 0


def test_a_name_stands_for_one_filter(here, campaign, as_):
    saved(campaign, here.liaison)
    saved(campaign, here.other_liaison, query="state=issued")

    refused = as_(here.liaison).post(new_url("tasks", "state=draft"), {"name": "未办结", "audience": "1own"})

    assert refused.status_code == 422
    assert refused.context["form"].non_field_errors() == ["您已有一个叫“未办结”的筛选，请换一个名称。"]
    assert SavedFilter.objects.count() == 2


def test_who_sees_which_filter(here, campaign):
    saved(campaign, here.coordinator, name="own")
    saved(campaign, here.coordinator, name="office", audience=Audience.OFFICE)
    saved(campaign, here.coordinator, name="all", audience=Audience.EVERYBODY)
    foreign = city("山口市")

    seen = {
        name: sorted(SavedFilter.objects.visible_to(person).values_list("name", flat=True))
        for name, person in {
            **{name: getattr(here, name) for name in ("coordinator", "leader", "liaison", "inspector", "nobody")},
            "foreigner": foreign.coordinator,
        }.items()
    }

    assert seen == {
        "coordinator": ["all", "office", "own"],
        "leader": ["all"],
        "liaison": ["all"],
        "inspector": ["all"],
        "nobody": [],
        "foreigner": [],
    }


def test_a_shared_filter_shows_nobody_more_than_the_list_does(here, campaign, as_):
    tasks.issued(campaign, here, code="mine")
    tasks.issued(campaign, here, code="other", lead_unit=here.street, units=[])
    saved(campaign, here.coordinator, audience=Audience.EVERYBODY)
    browser = as_(here.liaison)

    url = browser.get(f"{TASKS}?all=1").context["saved"]["items"][1]["url"]

    assert [task["code"] for task in browser.get(url).context["tasks"]] == ["mine"]


@pytest.mark.parametrize("who", ["liaison", "leader"])
def test_only_coordinators_share(here, campaign, as_, who):
    person = getattr(here, who)
    own = saved(campaign, person)
    browser = as_(person)

    sent = browser.post(new_url("tasks", "q=a"), {"name": "a", "audience": "3everybody"})

    assert "audience" in sent.context["form"].errors
    for share in (
        lambda: saved(campaign, person, name="b", audience=Audience.OFFICE),
        lambda: actions.change_filter(own, name="未办结", audience=Audience.EVERYBODY, by=person),
    ):
        with pytest.raises(Refused, match="只有创建办工作人员"):
            share()
    assert SavedFilter.objects.get().audience == Audience.OWN


def test_it_is_renamed_shared_and_deleted_and_the_trail_knows_what_others_saw(here, campaign, as_):
    own = saved(campaign, here.coordinator)
    browser = as_(here.coordinator)

    browser.post(reverse("campaigns:filter_edit", args=[own.pk]), {"name": "待办", "audience": "3everybody"})
    browser.post(reverse("campaigns:filter_delete", args=[own.pk]))

    assert SavedFilter.objects.count() == 0
    told = AuditEvent.objects.filter(action__contains="共享筛选").order_by("pk")
    assert [(event.action, event.subject) for event in told] == [
        ("修改共享筛选", f"{campaign} 待办"),
        ("删除共享筛选", f"{campaign} 待办"),
    ]


def test_a_form_drawn_before_somebody_elses_change_changes_no_filter(here, campaign, as_):
    shared = saved(campaign, here.coordinator, audience=Audience.OFFICE)
    url = reverse("campaigns:filter_edit", args=[shared.pk])
    browser = as_(here.coordinator)
    seen = browser.get(url).context["form"]["seen"].value()
    actions.change_filter(shared, name="待办", audience=Audience.OFFICE, by=second_coordinator(here), seen=seen)

    stale = browser.post(url, {"name": "我的", "audience": "1own", "seen": seen})
    again = browser.post(url, {"name": "我的", "audience": "1own", "seen": stale.context["form"]["seen"].value()})

    assert "刚刚被别人改过" in stale.context["form"].non_field_errors()[0]
    assert stale.context["form"].errors["name"] == ["现在保存的是：待办"]
    assert again.status_code == 302
    shared.refresh_from_db()
    assert (shared.name, shared.audience) == ("我的", Audience.OWN)


def test_who_no_longer_sees_a_filter_does_not_change_it_from_an_open_form(here, campaign):
    shared = saved(campaign, here.coordinator, audience=Audience.OFFICE)
    colleague = second_coordinator(here)
    open_before = SavedFilter.objects.get(pk=shared.pk)
    actions.change_filter(shared, name="未办结", audience=Audience.OWN, by=here.coordinator)

    with pytest.raises(Refused, match="别人保存的筛选"):
        actions.change_filter(open_before, name="改名", audience=Audience.OFFICE, by=colleague)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", range(3))
def test_of_two_changes_of_one_filter_at_once_one_is_told(run):
    here = city()
    shared = saved(tasks.campaign(here), here.coordinator, audience=Audience.OFFICE)
    people = (here.coordinator, second_coordinator(here))
    seen = shared.mark

    def change(name, by):
        row = SavedFilter.objects.get(pk=shared.pk)
        actions.change_filter(row, name=name, audience=Audience.OFFICE, by=by, seen=seen)

    refused = at_once(*(partial(change, name, by) for name, by in zip(("甲", "乙"), people, strict=True)))

    assert sorted("刚刚被别人改过" in (reason or "") for reason in refused) == [False, True]
    winner = ("甲", "乙")[refused.index(None)]
    assert SavedFilter.objects.get().name == winner
    assert AuditEvent.objects.filter(action="修改共享筛选").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_saved_twice_at_once_is_one_filter():
    here = city()
    campaign = tasks.campaign(here)

    refused = at_once(*(partial(saved, campaign, here.coordinator),) * 2)

    assert refused == [None, None]
    assert SavedFilter.objects.count() == 1


def test_somebody_elses_own_filter_is_out_of_sight_and_a_shared_one_not_theirs_to_change(here, campaign, as_):
    own = saved(campaign, here.coordinator)
    shared = saved(campaign, here.coordinator, name="共享", audience=Audience.EVERYBODY)
    browser = as_(here.liaison)

    delete = [browser.post(reverse("campaigns:filter_delete", args=[one.pk])) for one in (own, shared)]

    assert delete[0].status_code == 404
    assert "这是别人保存的筛选" in str(next(iter(get_messages(delete[1].wsgi_request))))
    assert SavedFilter.objects.count() == 2


def test_a_list_opens_with_the_persons_default_and_with_everything_when_asked(here, campaign, as_):
    shared = saved(campaign, here.coordinator, audience=Audience.EVERYBODY)
    browser = as_(here.liaison)

    browser.post(reverse("campaigns:filter_open_with", args=[shared.pk]))
    opened = browser.get(TASKS)
    fragment = browser.get(TASKS, headers={"HX-Request": "true"})
    whole = browser.get(f"{TASKS}?all=1")
    browser.post(reverse("campaigns:filter_open_with", args=[shared.pk]), {"plain": "1"})

    assert (opened.status_code, opened.url) == (302, f"{TASKS}?state=open")
    assert (fragment.status_code, whole.status_code) == (200, 200)
    assert browser.get(TASKS).status_code == 200
    assert FilterDefault.objects.count() == 0


def test_a_default_that_is_no_longer_shared_opens_nothing(here, campaign, as_):
    shared = saved(campaign, here.coordinator, audience=Audience.EVERYBODY)
    actions.open_with(shared, by=here.liaison)
    actions.change_filter(shared, name="未办结", audience=Audience.OWN, by=here.coordinator)

    assert as_(here.liaison).get(TASKS).status_code == 200


def test_a_second_default_takes_the_place_of_the_first(here, campaign):
    for name in ("a", "b"):
        actions.open_with(saved(campaign, here.liaison, name=name), by=here.liaison)

    assert FilterDefault.objects.get().filter.name == "b"


@pytest.mark.parametrize("list_url", [TASKS, "/campaigns/log/"])
def test_a_filter_of_what_was_deleted_since_says_so(here, campaign, as_, list_url):
    green = Workstream.objects.create(campaign=campaign, name="绿化")
    page = "tasks" if list_url == TASKS else "log"
    tasks.in_progress(campaign, here, code="1")
    saved(campaign, here.coordinator, name="绿化", query=f"workstream={green.pk}&q=1", page=page)
    green.delete()
    browser = as_(here.coordinator)

    response = browser.get(browser.get(f"{list_url}?all=1").context["saved"]["items"][1]["url"])

    assert "“板块”里选的已不存在，没有按它筛选。" in response.content.decode()
    assert response.context["page"].count == 1


def test_log_and_registers_have_filters_of_their_own(here, campaign, as_):
    saved(campaign, here.coordinator, name="亮点", query="highlight=on", page="log")
    saved(campaign, here.coordinator, name="通知", query="q=通知", page="register-documents")
    browser = as_(here.coordinator)

    assert chips(browser) == []
    assert chips(browser, "/campaigns/log/?all=1") == ["全部", "亮点"]
    assert chips(browser, "/campaigns/registers/documents/?all=1") == ["全部", "通知"]
    assert [row["list"] for row in browser.get(ALL).context["rows"]] == [
        "工作记录",
        filtered_list("register-documents").label,
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_all_costs_the_same_however_many_there_are(here, campaign, as_, rows, django_assert_num_queries):
    for number in range(rows):
        saved(campaign, here.coordinator, name=str(number), audience=Audience.OFFICE)
    browser = as_(here.coordinator)
    browser.get(ALL)

    # Session, person, posts, campaigns, filters, unread notices.
    with django_assert_num_queries(4):
        assert len(browser.get(ALL).context["rows"]) == rows


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "kept"),
    [("b=2&a=1&a=3&c=&after=x&saved=1", "a=1&a=3&b=2"), ("all=1", ""), ("q=%20", ""), ("q=%E4%B8%89", "q=%E4%B8%89")],
)
def test_of_an_address_only_what_narrows_is_kept(address, kept):
    assert filter_in(QueryDict(address)) == kept
