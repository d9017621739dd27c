"""What is open at a unit, on the hand-over sheet and before a merger, beside the lists its numbers lead to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from campaigns.models import DutyPost
from cityinit.periods import Period
from inspections.actions import findings as finding_actions
from inspections.models import Sponsorship
from tests.factories import calls, findings, materials, people, tasks
from units import actions, succession
from units.models import Post


@pytest.fixture
def two_campaigns(city):
    """河湾街道 and 新村社区 below it have of everything in each of two campaigns, and what is over beside it."""
    found = [tasks.campaign(city), tasks.campaign(city, "清水市创建国家卫生城市", short_name="创卫")]
    for campaign in found:
        standard = materials.standard(materials.indicator(materials.system(campaign)))
        for n, unit in enumerate((city.street, city.community)):
            tasks.issued(campaign, city, lead_unit=unit, units=[])
            tasks.draft(campaign, city, lead_unit=unit, units=[])
            site = findings.site(campaign, unit, code=f"S{n}", name=f"{unit}点位")
            findings.reported(city, campaign, site=site)
            sent = findings.reported(city, campaign, site=site)
            finding_actions.dispatch(sent, by=city.coordinator, lead_unit=unit)
            materials.asked(campaign, city, unit=unit, of=standard)
            given = {"campaign": campaign, "unit": unit}
            for name, ends_on in (("岗", None), ("撤岗", localdate()), ("临时岗", localdate() + timedelta(days=9))):
                DutyPost.objects.create(kind="post", name=name, ends_on=ends_on, **given)
                Sponsorship.objects.create(target_kind="area", target_name=name, ends_on=ends_on, **given)
        tasks.cancelled(campaign, city, lead_unit=city.street, units=[])
        materials.material_at("accepted", campaign, city)
        asked = {"period": Period.containing(localdate()), "due_on": localdate(), "drafted": False}
        calls.called(campaign, city, units=[city.street, city.community, city.bureau], **asked)
    return found


def listed(client, url):
    return len(client.get(url).context["page"].rows)


@pytest.mark.parametrize("with_below", [True, False])
def test_each_number_of_open_work_is_what_its_lists_show(city, two_campaigns, as_, with_below):
    client = as_(city.coordinator)

    work = succession.open_work(city.street, with_below=with_below)

    each = 2 if with_below else 1
    counted = {str(one.label): [each, each] for one in work}
    counted["执勤安排"] = counted["包保"] = [2 * each, 2 * each]
    assert {str(one.label): [listed(client, there.url) for there in one.lists] for one in work} == counted
    sums = {label: sum(lists) for label, lists in counted.items()}
    assert {str(one.label): one.count for one in work} == sums
    assert {str(one.label): len(one.rows(99)) for one in work} == sums


def test_the_sheet_leads_each_reader_to_the_lists_that_person_may_open(city, two_campaigns, as_, monkeypatch):
    monkeypatch.setattr("units.succession.MOST_KEPT", 0)
    heir = people.person("接任人", username="heir")
    post = Post.objects.get(user=city.street_liaison)
    actions.hand_over(post, to=heir, by=city.administrator, on=localdate())

    client = as_(city.street_liaison)
    page = client.get(post.handed_over.get_absolute_url())

    lists = {one["label"]: one for one in page.context["lists"]}
    asked = f"{Period.containing(localdate()).label}单位总结"
    assert {label: (one["count"], [there["name"] for there in one["lists"]]) for label, one in lists.items()} == {
        "未办结任务": (4, ["创文", "创卫"]),
        "执勤安排": (8, []),
        "未办结材料": (4, ["创文", "创卫"]),
        "未销号问题": (4, ["创文", "创卫"]),
        "点位": (4, ["创文", "创卫"]),
        "包保": (8, []),
        "待报单位总结": (4, [f"创文{asked}", f"创卫{asked}"]),
    }
    shown = [[listed(client, there["url"]) for there in one["lists"]] for one in lists.values() if one["lists"]]
    assert shown == [[2, 2]] * 5


def test_before_a_merger_each_campaign_has_a_line_of_its_own(city, two_campaigns, as_):
    client = as_(city.coordinator)
    sent = {"into": city.police.pk, "on": localdate().isoformat()}

    page = client.post(reverse("units:unit_merge", args=[city.street.pk]), sent)

    told = [(str(item[0]), item[1]) for item in page.context["items"] if str(item[0]).startswith("未办结任务")]
    assert told == [("未办结任务（创文）", 1), ("未办结任务（创卫）", 1)]
