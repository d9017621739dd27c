"""The demo city, from nothing to a city in the middle of its campaign."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from cityinit.queue import run_job
from inspections.importers import load_workbook
from reports.actions import request_report
from units.models import Notice, User
from units.roles import Role

from . import (
    appraisal_stories,
    breakdown,
    call_stories,
    duty,
    filters,
    finding_stories,
    history,
    ledger_stories,
    material_stories,
    meetings,
    notice_stories,
    office_stories,
    people,
    praise_stories,
    pressure_stories,
    reorganisation,
    round_stories,
    sites,
    system_stories,
    task_stories,
    unit_rows,
    workbook,
)
from .days import Days
from .diary import Diary
from .structure import CAMPAIGN

READ_AFTER = timedelta(days=2)


@transaction.atomic
def build(*, now: datetime) -> Campaign:
    """Write the whole city or nothing; the same one for the same day."""
    loaded = load_workbook(workbook.file(Days(timezone.localdate(now))))
    if loaded.faults:
        raise ValueError("; ".join(map(str, loaded.faults)))
    campaign = Campaign.objects.select_related("host").get(pk=loaded.campaign_id)
    # One hash for all: making one takes a third of a second.
    User.objects.update(password=make_password(people.PASSWORD), password_changed_at=now)
    history.fill_in(campaign, now=now)
    sites.spell(campaign)
    diary = Diary(now)
    finding_stories.tell_all(campaign, diary)
    task_stories.tell_all(campaign, diary)
    pressure_stories.tell_all(campaign, diary)
    unit_rows.tell_all(campaign, diary)
    material_stories.tell_all(campaign, diary)
    duty.tell_all(campaign, diary)
    system_stories.tell_all(campaign, diary)
    round_stories.tell_all(campaign, diary)
    praise_stories.tell(campaign)
    diary.live()
    office_stories.tell(campaign, now=now)
    meetings.follow_up(campaign)
    reorganisation.tell(campaign)
    call_stories.tell(campaign, now=now)
    filters.save_all(campaign)
    transaction.on_commit(lambda: _read_old_notices(now))
    return campaign


def summarise(campaign: Campaign, *, now: datetime) -> None:
    """What the worker does: pack materials and notices, bring the office's tables in, compile the first half-year."""
    material_stories.pack(campaign)
    ledger_stories.load(campaign)
    notice_stories.issue(campaign)
    breakdown.tell_all(campaign, now=now)
    half = Days(timezone.localdate(now)).half
    run_job(request_report(campaign, half, by=User.objects.get(username="office")).pk)
    appraisal_stories.tell(campaign, now=now)


def _read_old_notices(now: datetime) -> None:
    Notice.objects.filter(created_at__lt=now - READ_AFTER).update(read_at=now - READ_AFTER)


def logins() -> list[tuple[str, str, str, str]]:
    """Account, password, role and person for one log-in per role, as long as the demo's password holds."""
    if not Campaign.objects.filter(name=CAMPAIGN).exists():
        return []
    found, right = [], {}
    for role in Role:
        person = User.objects.filter(posts__role=role, username__in=people.accounts()).order_by("pk").first()
        if person is None:
            continue
        # They share one hash until somebody changes theirs, and checking one takes a third of a second.
        if person.password not in right:
            right[person.password] = check_password(people.PASSWORD, person.password)
        if right[person.password]:
            post = person.posts.select_related("unit").get(role=role)
            found.append((person.username, people.PASSWORD, str(role.label), f"{person.name} · {post.unit}"))
    return found
