"""A draft that a job brings in force: meanwhile nobody writes it, and all who should know are told."""

from datetime import date
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, Material, SystemEvent
from cityinit.celery import app
from cityinit.models import Job
from cityinit.workflow import Refused
from tests import killed
from tests.at_once import at_once
from tests.factories import materials, people, systems, tasks
from units.models import Notice

# Stops when everything is written, before the job says so.
DYING = """
import time
from campaigns.actions import systems
record = systems.record

def stop(system, move, *rest, **more):
    record(system, move, *rest, **more)
    if move == "adopt":
        print(system.state, flush=True)
        time.sleep(60)

systems.record = stop
"""
COUNT = """
from campaigns.models import AssessmentSystem, Material, SystemEvent
from cityinit.models import Job
print(*AssessmentSystem.objects.order_by("pk").values_list("state", flat=True), Material.objects.count(),
      SystemEvent.objects.filter(move="adopt").count(), *Job.objects.values_list("state", flat=True))
"""


@pytest.fixture
def draft(city, campaign):
    """The revision of an edition under which one material was asked for."""
    used = systems.in_force(campaign, city)
    materials.asked(campaign, city, of=systems.node(used, "Ⅱ-1").standards.first())
    return actions.revise(used, by=city.coordinator)


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


def page(client, system):
    return client.get(system.get_absolute_url())


@pytest.mark.django_db
def test_a_draft_is_adopted_by_a_job_and_who_asked_is_told(
    office, draft, city, work, django_capture_on_commit_callbacks
):
    second = materials.second_coordinator(city)
    address = reverse("campaigns:system_move", args=[draft.pk, "adopt"])

    asked = office.post(address, {"adopted_on": "2026-02-01", "seen_state": "draft"}, follow=True)
    waiting = systems.fresh(draft)
    with django_capture_on_commit_callbacks(execute=True):
        [job] = work()

    assert "正在启用。完成后这一页自己更新，也会通知您。" in asked.content.decode()
    assert (asked.context["job"], asked.context["moves"], asked.context["may_change"]) == (waiting.job, [], False)
    assert (waiting.state, job.state, job.url) == ("draft", "done", draft.get_absolute_url())
    adopted = systems.fresh(draft)
    assert (adopted.state, adopted.adopted_on, adopted.previous.state) == ("in_force", date(2026, 2, 1), "superseded")
    assert Material.objects.of_system(draft).count() == 1
    told = Notice.objects.filter(text=f"测评体系已启用：{draft}").values_list("user", flat=True)
    assert sorted(told) == sorted([city.coordinator.pk, second.pk])
    assert "job" not in page(office, draft).context
    # The same message delivered again finds it done.
    Job.objects.filter(pk=job.pk).update(state="queued")
    work()
    assert SystemEvent.objects.filter(system=draft, move="adopt").count() == 1


@pytest.mark.django_db
def test_while_it_is_being_adopted_nobody_writes_the_draft(draft, city, client):
    used, by, other = draft.previous, city.coordinator, materials.second_coordinator(city)
    standard = systems.node(draft, "Ⅱ-1").standards.first()
    before = systems.node(used, "Ⅱ-1").standards.first()
    actions.request_adoption(draft, by=by)

    writes = (
        lambda: actions.request_adoption(systems.fresh(draft), by=other),
        lambda: actions.adopt(systems.fresh(draft), by=other),
        lambda: actions.change_system(draft, by=other, name="别名", edition="", issuer="", previous=None),
        lambda: actions.discard(draft, by=other),
        lambda: actions.revise(used, by=other),
        lambda: actions.begin_load(draft, by=other),
        lambda: nodes.add_indicator(draft, by=other, code="Ⅱ-9", name="绿化"),
        lambda: nodes.delete_node(standard, by=other),
        lambda: nodes.delete_node(before, by=other),
        lambda: nodes.unpair(standard, by=other),
    )
    for write in writes:
        with pytest.raises(Refused) as refused, transaction.atomic():
            write()
        assert refused.value.reason == f"“{draft}”正在启用（{by}提出），启用完成前不能改动。请稍候再来。"

    client.force_login(other)
    seen = page(client, draft)
    assert (seen.context["adoption"], seen.context["moves"]) == (f"{by}正在启用这一版，完成前不能改动。", [])
    assert client.get(reverse("campaigns:systems")).content.decode().count("正在启用") == 1


@pytest.mark.django_db
def test_what_came_in_between_is_told_and_the_draft_is_open_again(office, draft, city, work):
    actions.request_adoption(draft, by=city.coordinator)
    actions.retire(systems.fresh(draft.previous), by=city.coordinator, note="不再参评")

    [job] = work()

    why = f"它要接替的“{draft.previous}”已是“已停用”。请先点“修改名称”，重新选择接替哪一版。"
    assert (job.state, job.reason) == ("failed", why)
    assert (page(office, draft).context["job"], systems.fresh(draft).state) == (job, "draft")
    office.force_login(materials.second_coordinator(city))
    assert page(office, draft).context["adoption"] == f"{city.coordinator}启用这一版没有成功：{why}"
    actions.change_system(draft, by=city.coordinator, name=draft.name, edition="2026年版", issuer="", previous=None)
    actions.request_adoption(systems.fresh(draft), by=city.coordinator)
    assert [job.state for job in work()] == ["done"]
    assert systems.fresh(draft).state == "in_force"


@pytest.mark.django_db
def test_whoever_lost_the_right_or_the_draft_has_it_not_adopted(draft, city, work):
    actions.request_adoption(draft, by=city.coordinator)
    city.coordinator.posts.update(ends_on=date(2026, 1, 1))
    [without_right] = work()
    Job.objects.update(state="queued")
    AssessmentSystem.objects.filter(pk=draft.pk).update(job=None)
    actions.discard(draft, by=materials.second_coordinator(city))
    [without_draft] = work()

    assert without_right.reason.startswith("提出这项作业的人已没有维护测评体系的权限，没有启用。")
    assert without_draft.reason == "这个修订稿已被放弃，没有启用。"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_is_told_and_one_job_is_filed():
    here = people.city()
    office = (here.coordinator, materials.second_coordinator(here))
    asked = actions.revise(systems.in_force(tasks.campaign(here), here), by=here.coordinator)

    refused = at_once(*(partial(actions.request_adoption, asked, by=by) for by in office))

    assert sorted("正在启用" in (reason or "") for reason in refused) == [False, True]
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_adoption_killed_before_its_end_has_written_nothing_and_is_made_once_by_the_next_worker(request):
    app.loader.import_default_modules()
    here = people.city()
    campaign = tasks.campaign(here)
    used = systems.in_force(campaign, here)
    materials.asked(campaign, here, of=systems.node(used, "Ⅱ-1").standards.first())
    asked = actions.revise(used, by=here.coordinator)
    actions.request_adoption(asked, by=here.coordinator)
    job = Job.objects.get()
    env = killed.environment(request.getfixturevalue("database_copy"))

    said = killed.kill_in(job.pk, patch=DYING, env=env)
    told = killed.go_on(job.pk, env=env, first=COUNT, then=COUNT)

    assert said == "in_force"
    assert told == ["in_force draft 1 1 running", "superseded in_force 2 2 done"]
