"""The units were asked for their summary of the half-year: some have handed in, one was sent back, some are late."""

from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Campaign
from reports import calls, contributions
from reports.models import Call, Contribution
from units.models import User
from units.notices import liaisons_of

from .days import Days

NOTE = "对照承担的板块写实绩，每个板块不超过300字，数据与工作记录一致；存在问题和下步打算各写两三条。"
# How far each has come; of the others nothing has been heard.
ACCEPTED, SUBMITTED, RETURNED = ("市公安局", "市教育局"), ("市交通运输局",), "市水务局"
PROBLEMS = {"市公安局": "高峰时段非机动车逆行仍有发生", "市教育局": "部分学校周边停车秩序有待规范"}
NEXT_STEPS = {"市公安局": "增设早晚高峰劝导岗，推广共享泊位", "市教育局": "推行错时放学，会同公安部门划设接送停靠区"}
# Days ago: it was sent, handed in, and due.
SENT, HANDED_IN, DUE = 16, 5, 2


def tell(campaign: Campaign, *, now: datetime) -> None:
    office = User.objects.get(username="office")
    today = timezone.localdate(now)
    half = Days(today).half
    call = calls.call_units(campaign, half, by=office, due_on=today, units=calls.usual_units(campaign, half), note=NOTE)
    rows = {row.unit.name: row for row in call.contributions.select_related("call__campaign__host", "unit")}
    for name in (*ACCEPTED, *SUBMITTED, RETURNED):
        if row := rows.get(name):
            _hand_in(row, office=office)
    _date_back(call, now=now)


def _hand_in(row: Contribution, *, office: User) -> None:
    liaison, name = liaisons_of(row.unit).first(), row.unit.name
    contributions.redraft(row, by=None)
    said = {"problems": PROBLEMS.get(name, ""), "next_steps": NEXT_STEPS.get(name, "")}
    contributions.submit(row, by=liaison, texts={key: text for key, text in said.items() if text})
    if name in ACCEPTED:
        contributions.move(row, "accept", by=office)
    elif name == RETURNED:
        contributions.move(row, "return_to_unit", by=office, note="请补充河道清漂的前后对比和存在问题")


def _date_back(call: Call, *, now: datetime) -> None:
    """As if it had been sent two weeks ago and were due the day before yesterday."""
    sent, handed_in = now - timedelta(days=SENT), now - timedelta(days=HANDED_IN)
    Call.objects.filter(pk=call.pk).update(asked_at=sent, due_on=timezone.localdate(now) - timedelta(days=DUE))
    call.events.update(at=sent)
    call.contributions.exclude(submitted_at=None).update(submitted_at=handed_in, judged_at=handed_in)
    for row in call.contributions.all():
        row.events.filter(move="ask").update(at=sent)
        row.events.exclude(move="ask").update(at=handed_in)
