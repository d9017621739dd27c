"""More tasks than a person waits for: shown once more, fixed, done by a job, each once, each unit told once."""

from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.actions import batches as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Batch, BatchTask, Task, TaskEvent, Workstream
from campaigns.views import batches, bulk, selection
from cityinit.celery import app
from cityinit.models import Job
from cityinit.paging import Page
from cityinit.queue import run_job
from cityinit.workflow import Refused
from tests import killed
from tests.at_once import at_once
from tests.factories import materials, people, tasks
from units.models import Notice, User

ISSUE, CHANGE = reverse("campaigns:tasks_issue"), reverse("campaigns:tasks_change")
LIST = reverse("campaigns:tasks")


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


@pytest.fixture(autouse=True)
def _two_are_many(monkeypatch):
    monkeypatch.setattr(selection, "AT_ONCE", 1)
    monkeypatch.setattr(bulk, "SHOWN", 1)


def confirmed(page, **values):
    """What a browser sends from the page in between."""
    chosen, form = page.context["chosen"], page.context["form"]
    chosen_by = {"all": "1"} if page.context["by_filter"] else {"task": chosen.keys}
    key = {"client_key": form["client_key"].value()}
    return {"apply": "1", "filter": chosen.filter, "seen": chosen.mark, **chosen_by, **key, **values}


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("text", "url"))


def codes(response):
    return [row["code"] for row in response.context["page"].rows]


@pytest.mark.django_db
def test_all_of_a_filter_is_looked_at_and_issued_by_a_job_and_each_unit_is_told_once(
    office, city, campaign, work, clock, monkeypatch
):
    clock("2026-07-02 09:00")
    monkeypatch.setitem(actions.CHUNKS, "issue", 2)
    for code, due in (("a1", date(2026, 6, 30)), ("a2", date(2026, 7, 2)), ("a3", None)):
        tasks.draft(campaign, city, code=code, due_on=due, units=[])
    alone = tasks.draft(campaign, city, code="a4", lead_unit=city.police, units=[])
    early = tasks.issued(campaign, city, code="a5", lead_unit=city.police, units=[])
    tasks.draft(campaign, city, code="b1")
    Notice.objects.all().delete()

    page = office.post(ISSUE, {"all": "1", "filter": "q=a"})
    before = Task.objects.filter(state="issued").count()
    # The button tapped twice.
    sent = [office.post(ISSUE, confirmed(page)) for _tap in range(2)]
    batch = Batch.objects.get()
    waiting, listed = office.get(batch.get_absolute_url()), office.get(LIST)
    [job] = work()
    done = office.get(batch.get_absolute_url())

    # Shown first: how many, which of them will be refused or late, and whom it concerns.
    assert (page.status_code, before) == (200, 1)
    assert page.context["facts"] == [
        ("选定任务", "5项"),
        ("未下发", "4项"),
        ("进行中", "1项，不能下发"),
        ("已过完成时限", "1项，单位一收到就是逾期"),
        ("通知单位", "2个，每个单位一条通知"),
    ]
    assert [task.code for task in page.context["tasks"]] == ["a1"]
    assert f'<a href="{LIST}?q=a">以上是前1项，在任务列表里看全部5项</a>' in page.content.decode()
    # Sent: one batch, one job, which its page and the list lead to.
    assert {answer.headers["Location"] for answer in sent} == {batch.get_absolute_url()}
    assert (waiting.context["job"], job.state, job.message) == (batch.job, "done", "")
    assert "后台正在下发5项任务。办完后这一页自己更新，也会通知您。" in waiting.content.decode()
    assert listed.context["batches"] == [
        {"text": "正在下发5项任务，已办理0项，共5项。", "url": batch.get_absolute_url()}
    ]
    # Done: what was refused and why, what is late, and the way back.
    assert done.context["facts"] == [
        ("选定任务", "5项"),
        ("已下发", "4项", f"{LIST}?batch={batch.pk}"),
        ("没有下发", "1项", "#results"),
    ]
    assert done.context["late"] == "其中1项下发时已过完成时限，单位一收到就是逾期，请核对时限：a1"
    refused = [(row.task, row.reason) for row in done.context["page"].rows]
    assert refused == [(early, "现在不能下发：它目前是“进行中”。")]
    assert f'href="{LIST}?q=a"' in done.content.decode()
    assert "job" not in done.context
    assert office.get(LIST).context["batches"] == []
    assert Task.objects.get(code="b1").state == "draft"
    # Told: each unit of all its tasks in one notice that lists them, and who sent it.
    of_batch = f"{LIST}?batch={batch.pk}&unit="
    assert told(city.liaison) == [("城管局有3项新任务待签收", f"{of_batch}{city.bureau.pk}")]
    assert told(city.other_liaison) == [("公安局有1项新任务待签收", f"{of_batch}{city.police.pk}")]
    assert told(city.coordinator) == [("下发5项任务：已办完，4项办成，1项没有办", batch.get_absolute_url())]
    office.force_login(city.other_liaison)
    assert codes(office.get(f"{of_batch}{city.police.pk}")) == [alone.code]


@pytest.mark.django_db
def test_many_are_changed_by_a_job_and_units_hear_of_their_issued_tasks_alone(
    office, city, campaign, work, monkeypatch
):
    stream = Workstream.objects.create(campaign=campaign, name="绿化")
    draft, begun = tasks.draft(campaign, city, units=[]), tasks.issued(campaign, city, units=[])
    over = [tasks.confirmed(campaign, city, units=[], lead_unit=city.bureau) for _n in range(2)]
    Notice.objects.all().delete()
    monkeypatch.setattr(batches, "Page", partial(Page, size=1))

    page = office.post(CHANGE, {"all": "1"})
    nothing = office.post(CHANGE, confirmed(page))
    values = {"due_on": "2026-11-30", "lead_unit": city.police.pk, "into": stream.pk}
    answer = office.post(CHANGE, confirmed(page, **values))
    batch = Batch.objects.get()
    # Somebody else's change in between is kept.
    Task.objects.filter(pk=begun.pk).update(requirement="沿街商铺")
    work()

    assert page.context["facts"] == [
        ("选定任务", "4项"),
        ("未下发", "1项"),
        ("进行中", "1项"),
        ("已办结", "2项，只能调整板块"),
    ]
    assert (nothing.status_code, "请至少填写一项要改的内容。" in nothing.content.decode()) == (422, True)
    assert answer.headers["Location"] == batch.get_absolute_url()
    assert batch.said == "完成时限改为2026-11-30，牵头单位改为公安局，归入“绿化”"
    for task in (tasks.fresh(draft), tasks.fresh(begun)):
        assert (task.due_on, task.lead_unit) == (date(2026, 11, 30), city.police)
    assert tasks.fresh(begun).requirement == "沿街商铺"
    assert Task.objects.filter(workstreams=stream).count() == 4
    reason = "任务已是“已办结”，不能再改。（板块已经调整）"
    first = office.get(batch.get_absolute_url())
    second = office.get(batch.get_absolute_url() + first.context["page"].next_url)
    rows = [*first.context["page"].rows, *second.context["page"].rows]
    assert [(row.task, row.reason) for row in rows] == [(task, reason) for task in over]
    assert told(city.other_liaison) == [
        (f"公安局的1项任务有改动：{batch.said}", f"{LIST}?batch={batch.pk}&unit={city.police.pk}")
    ]
    assert [text for text, _url in told(city.liaison)] == [f"城管局的1项任务有改动：{batch.said}"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", [ISSUE, CHANGE])
def test_what_a_filter_finds_otherwise_than_it_was_shown_is_shown_again_and_nothing_is_done(
    office, city, campaign, address
):
    first = [tasks.draft(campaign, city, code=f"a{n}") for n in range(3)]
    page = office.post(address, {"all": "1", "filter": "q=a"})
    sent = confirmed(page, due_on="2026-11-30")
    task_actions.cancel(first[0], by=city.coordinator, note="合并")
    tasks.draft(campaign, city, code="a9")
    Task.objects.filter(code="a2").update(code="b2")

    again = office.post(address, sent)
    Task.objects.filter(code="a9").update(code="b9")
    fewer = office.post(address, confirmed(again, due_on="2026-11-30"))
    Task.objects.filter(code="a1").update(code="b1")
    one = office.post(address, confirmed(fewer, due_on="2026-11-30"))

    says = "您看过之后，符合筛选条件的任务有了变化，现在是%s项，还没有办理。请核对后再确认。"
    for answer, n in ((again, 3), (fewer, 2), (one, 1)):
        assert (answer.status_code, says % n in answer.content.decode()) == (422, True)
    assert not Batch.objects.exists()
    assert set(Task.objects.values_list("state", "due_on")) == {("draft", None), ("cancelled", None)}


@pytest.mark.django_db
def test_ticked_tasks_beyond_a_few_go_the_same_way_and_back_to_where_they_were_ticked(office, city, campaign, work):
    ticked = [tasks.draft(campaign, city).pk for _n in range(2)]

    page = office.post(ISSUE, {"task": ticked, "breakdown": "7"})
    office.post(ISSUE, confirmed(page, breakdown="7"))
    work()

    assert [task.pk for task in page.context["tasks"]] == ticked
    assert Batch.objects.get().back_url == f"{reverse('campaigns:breakdown')}?indicator=7"
    assert set(Task.objects.values_list("state", flat=True)) == {"issued"}


@pytest.mark.django_db
def test_what_is_merged_is_as_many_as_one_request_goes_through(office, city, campaign, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    for _n in range(3):
        tasks.draft(campaign, city)

    page = office.post(reverse("campaigns:tasks_merge"), {"all": "1"})

    assert (len(page.context["tasks"]), page.context["by_job"], page.context["chosen"].left_out) == (2, False, 1)


@pytest.mark.django_db
def test_who_lost_the_right_or_the_workstream_has_the_rest_refused_with_the_reason(city, campaign, work):
    stream = Workstream.objects.create(campaign=campaign, name="绿化")
    rows = [tasks.draft(campaign, city) for _n in range(2)]
    begin = partial(actions.begin, campaign, [row.pk for row in rows], by=city.coordinator, back_url=LIST)
    placed = begin(act="change", into=stream)
    stream.delete()
    work()
    issued = begin(act="issue")
    city.coordinator.posts.update(ends_on=date(2026, 1, 1))
    [job] = work()
    with pytest.raises(Refused) as refused:
        begin(act="issue", by=User.objects.get(pk=city.coordinator.pk))

    def reasons(batch):
        return [*batch.rows.values_list("outcome", "reason")]

    assert reasons(placed) == [("refused", "要归入或移出的板块已被删除，没有办。")] * 2
    without = "提出办理的人已没有这项权限，没有办。请由有权限的人重新办理。"
    assert reasons(issued) == [("refused", without)] * 2
    assert (job.state, {tasks.fresh(row).state for row in rows}) == ("done", {"draft"})
    assert refused.value.reason == "您的岗位没有这项权限。"


@pytest.mark.django_db
def test_a_colleague_sees_how_far_it_is_and_what_broke_off_is_gone_on_with_by_who_sent_it(
    office, city, campaign, work, monkeypatch
):
    rows = [tasks.draft(campaign, city).pk for _n in range(3)]
    batch = actions.begin(campaign, rows, act="issue", by=city.coordinator, back_url=LIST)
    colleague = materials.second_coordinator(city)
    monkeypatch.setitem(actions.CHUNKS, "issue", 2)

    def seen(who):
        office.force_login(who)
        page = office.get(batch.get_absolute_url())
        return page.context.get("job"), page.context.get("others"), len(office.get(LIST).context["batches"])

    queued = seen(colleague)
    monkeypatch.setattr(actions, "_finish", lambda *batch: 1 / 0)
    work()
    broken = seen(colleague)
    own = seen(city.coordinator)
    text = office.get(LIST).context["batches"][0]["text"]
    monkeypatch.undo()
    office.post(reverse("cityinit:job_retry", args=[batch.job_id]))
    work()

    assert queued == (None, f"后台正在办理，已办理0项，共3项。办完后通知{city.coordinator}。", 1)
    assert broken == (None, f"{city.coordinator}提交的办理中断了，由提交人重试。", 0)
    assert (own[0].state, own[1:], text) == ("failed", (None, 1), "下发3项任务中断了，还没有办完。")
    assert TaskEvent.objects.filter(move="issue").count() == 3
    assert Notice.objects.filter(user=city.coordinator).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "fixed", "each"), [("issue", 39, 5), ("change", 32, 20)])
def test_a_chunk_costs_the_same_beside_what_each_task_costs(city, campaign, act, fixed, each):
    def queries(n):
        rows = [tasks.draft(campaign, city).pk for _n in range(n)]
        values = {"due_on": date(2026, 11, 30)} if act == "change" else {}
        batch = actions.begin(campaign, rows, act=act, by=city.coordinator, back_url=LIST, **values)
        app.loader.import_default_modules()
        with CaptureQueriesContext(connection) as asked:
            run_job(batch.job_id)
        assert batch.rows.done().count() == n
        return len(asked)

    assert (queries(1), queries(4)) == (fixed + each, fixed + 4 * each)


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_the_same_tasks_at_once_issue_each_once():
    app.loader.import_default_modules()
    here = people.city()
    campaign = tasks.campaign(here)
    rows = [tasks.draft(campaign, here).pk for _n in range(4)]
    both = [
        actions.begin(campaign, keys, act="issue", by=by, back_url=LIST)
        for keys, by in ((rows, here.coordinator), (rows[::-1], materials.second_coordinator(here)))
    ]

    # Each job is waked twice, as by a message that is delivered again.
    at_once(*(partial(run_job, batch.job_id) for batch in (*both, *both)))

    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert TaskEvent.objects.filter(move="issue").count() == 4
    assert BatchTask.objects.done().count() == 4
    assert BatchTask.objects.refused().count() == 4


# Stops in the second chunk, when its tasks are issued and nothing says so yet.
DYING_BETWEEN = """
import time
from campaigns.actions import batches
batches.CHUNKS["issue"], write_down = 2, batches._write_down

def stop(rows, bulk):
    if batches.BatchTask.objects.done().exists():
        print(batches.Task.objects.filter(state="issued").count(), flush=True)
        time.sleep(60)
    write_down(rows, bulk)

batches._write_down = stop
"""
# Goes on when that lease has run out, and stops when everybody is told, before anything says so.
DYING_AT_THE_END = """
import time
time.sleep(1.5)
from campaigns.actions import batches
tell = batches.tell

def stop(*told, **more):
    tell(*told, **more)
    if "已全部办成" in told[1]:
        print(batches.Batch.objects.get().done_count, batches.Task.objects.filter(state="issued").count(), flush=True)
        time.sleep(60)

batches.tell = stop
"""
COUNT = """
from campaigns.models import Batch, Task, TaskEvent
from units.models import Notice
batch = Batch.objects.get()
print(Task.objects.filter(state="issued").count(), TaskEvent.objects.filter(move="issue").count(), batch.done_count,
      batch.refused_count, Notice.objects.count(), batch.finished_at is not None, batch.job.state)
"""


@pytest.mark.django_db(transaction=True)
def test_a_batch_killed_twice_does_each_task_once_and_tells_each_unit_once(request):
    app.loader.import_default_modules()
    here = people.city()
    campaign = tasks.campaign(here)
    rows = [tasks.draft(campaign, here, units=[]).pk for _n in range(5)]
    batch = actions.begin(campaign, rows, act="issue", by=here.coordinator, back_url=LIST, client_key=uuid4())
    env = killed.environment(request.getfixturevalue("database_copy"))

    between = killed.kill_in(batch.job_id, patch=DYING_BETWEEN, env=env)
    at_the_end = killed.kill_in(batch.job_id, patch=DYING_AT_THE_END, env=env)
    told = killed.go_on(batch.job_id, env=env, first=COUNT, then=COUNT)

    assert (between, at_the_end) == ("4", "5 5")
    assert told == ["5 5 5 0 0 False running", "5 5 5 0 2 True done"]
