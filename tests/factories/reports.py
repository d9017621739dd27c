"""A campaign with records of the first half of 2025, and reports of it brought to a state by real moves."""

from datetime import date

from campaigns.models import Campaign, Survey, Task, WorkLogEntry, Workstream
from cityinit.periods import Period
from cityinit.queue import run_job
from reports import actions
from reports.models import Report

FIRST_HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
STEPS = {
    "draft": (),
    "edited": ("edit",),
    "reviewed": ("review",),
    "approved": ("review", "approve"),
    "issued": ("review", "approve", "issue"),
}


def told_campaign(city, name=""):
    """A campaign of 2025 with one stream, two tasks, one log entry and a survey."""
    campaign = Campaign.objects.create(
        name=name or f"{city.host}创建全国文明城市",
        host=city.host,
        short_name="创文",
        kind="全国文明城市",
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
    )
    stream = Workstream.objects.create(campaign=campaign, name="市容", heading="市容环境持续改善", number=1)
    for code, task_name, state, done in (
        ("1", "河湾农贸市场改造", "confirmed", date(2025, 5, 20)),
        ("2", "路灯维修", "issued", None),
    ):
        task = Task.objects.create(
            campaign=campaign,
            code=code,
            name=task_name,
            lead_unit=city.bureau,
            state=state,
            issued_on=date(2025, 1, 10),
            confirmed_on=done,
        )
        task.workstreams.add(stream)
    WorkLogEntry.objects.create(
        task=campaign.task_set.get(code="1"),
        campaign=campaign,
        unit=city.bureau,
        done_on=date(2025, 5, 20),
        content="新建摊位120个",
    )
    Survey.objects.create(campaign=campaign, name="市民问卷", held_on=date(2025, 6, 1), awareness="95.2")
    return campaign


def compiled(campaign, city, *, period=FIRST_HALF, unit=None):
    """The report of the period, compiled by its job; state draft."""
    job = actions.request_report(campaign, period, unit=unit, by=city.coordinator)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return Report.objects.select_related("campaign__host", "unit", "job").get(job=job)


def report_at(state, campaign, city):
    """A compiled report in this state."""
    report = compiled(campaign, city)
    for step in STEPS[state]:
        if step == "edit":
            edit(report.sections.first(), city, text="改过的开头。")
        else:
            actions.move(report, step, by=city.coordinator)
    return Report.objects.select_related("campaign__host", "unit", "job").get(pk=report.pk)


def edit(section, city, *, text, heading=None):
    actions.edit_section(
        section, by=city.coordinator, heading=heading or section.heading, text=text, seen=section.token
    )
    section.refresh_from_db()
    return section
