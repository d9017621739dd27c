"""Sites and findings; a finding reaches its state by the moves people make."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cityinit.content import check_upload
from cityinit.queue import run_job
from inspections.actions import findings as actions
from inspections.actions import rectification_notices as notices
from inspections.models import Finding, FindingCategory, Site, SiteType

State = Finding.State


def category(campaign, name="占道经营", **values):
    """A category without a limit of its own, unless told."""
    return FindingCategory.objects.get_or_create(campaign=campaign, name=name, defaults=values)[0]


def site(campaign, unit, *, code="S001", name="河湾农贸市场", kind="农贸市场", **values):
    kind, _made = SiteType.objects.get_or_create(name=kind)
    return Site.objects.create(campaign=campaign, code=code, name=name, kind=kind, unit=unit, **values)


def upload(name="photo.jpg", *, colour="firebrick", size=(64, 48)):
    """A small real photo, as a form receives it."""
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG")
    return SimpleUploadedFile(name, stream.getvalue(), content_type="image/jpeg")


def photo(**values):
    """A photo that a form has checked."""
    return replace(_checked(**values))


@cache
def _checked(**values):
    # The same few pictures are asked for thousands of times: each is drawn and looked at once.
    return check_upload(upload(**values), kind="photo")


def reported(city, campaign, **values):
    """A finding an inspector has reported."""
    given = {"by": city.inspector, "category": category(campaign), "photos": [photo()], "client_key": uuid4()}
    if "site" not in values and "place" not in values:
        given["place"] = "河湾路中段"
    return actions.record_finding(campaign, **given | values)


def finding_at(state, city, campaign, **values):
    """A finding in this state, brought there by the moves that lead to it; its lead unit is 城管局."""
    if state == State.DRAFT:
        return Finding.objects.create(
            campaign=campaign,
            number=f"D-{uuid4().hex[:8]}",
            found_on=timezone.localdate(),
            category=category(campaign),
            reported_by=city.inspector,
        )
    if state == State.CLOSED_ON_SPOT:
        return actions.close_on_spot(
            campaign,
            by=city.inspector,
            category=category(campaign),
            photos=[photo()],
            after_photos=[photo(colour="seagreen")],
            place="河湾路中段",
            **values,
        )
    finding = reported(city, campaign, **values)
    for step in PATHS[state]:
        STEPS[step](finding, city)
    finding.refresh_from_db()
    return finding


def notified(campaign, city, findings=None, *, by=None, **values):
    """A batch of rectification notices for these findings, or for all that are with a unit, drawn and packed."""
    given = {
        "requirement": "立即整改，举一反三。",
        "answer_by": timezone.localdate() + timedelta(days=7),
        "signature": "清水市创建全国文明城市工作办公室",
    }
    rows = Finding.objects.all() if findings is None else Finding.objects.filter(pk__in=[row.pk for row in findings])
    batch = notices.issue_notices(campaign, rows, by=by or city.coordinator, **given | values)
    run_job(batch.job_id)
    batch.refresh_from_db()
    return batch


PATHS = {
    State.REPORTED: (),
    State.REJECTED: ("reject",),
    State.DUPLICATE: ("mark_duplicate",),
    State.DISPATCHED: ("dispatch",),
    State.RETURNED: ("dispatch", "return_to_office"),
    State.RECTIFYING: ("dispatch", "acknowledge"),
    State.SUBMITTED: ("dispatch", "acknowledge", "answer"),
    State.REWORK: ("dispatch", "acknowledge", "answer", "rework"),
    State.LONG_TERM: ("dispatch", "acknowledge", "suspend"),
    State.CLOSED: ("dispatch", "acknowledge", "answer", "close"),
    State.REOPENED: ("dispatch", "acknowledge", "answer", "close", "reopen"),
    State.VOID: ("void",),
}
STEPS = {
    "reject": lambda finding, city: actions.reject(finding, by=city.coordinator, reason="不在范围内"),
    "mark_duplicate": lambda finding, city: actions.mark_duplicate(
        finding, by=city.coordinator, duplicate_of=reported(city, finding.campaign)
    ),
    "dispatch": lambda finding, city: actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau),
    "acknowledge": lambda finding, city: actions.acknowledge(finding, by=city.liaison),
    "return_to_office": lambda finding, city: actions.return_to_office(finding, by=city.liaison, reason="属街道管理"),
    "answer": lambda finding, city: actions.answer(
        finding, by=city.liaison, measure="已清理", photos=[photo(colour="seagreen")]
    ),
    "close": lambda finding, city: actions.close(finding, by=city.inspector, despite_doubts=True),
    "rework": lambda finding, city: actions.rework(
        finding, by=city.inspector, reason="仍有占道", due_at=timezone.now() + timedelta(days=2)
    ),
    "suspend": lambda finding, city: actions.suspend(
        finding,
        by=city.coordinator,
        plan="纳入明年改造",
        until=timezone.localdate() + timedelta(days=90),
        leader="分管副市长",
    ),
    "reopen": lambda finding, city: actions.reopen(finding, by=city.inspector, photos=[photo(colour="navy")]),
    "void": lambda finding, city: actions.void(finding, by=city.coordinator, reason="重复演练"),
}
