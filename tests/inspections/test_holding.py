"""Two of the office at the same findings: both hold rows in one order, so one waits for the other and neither fails.

Each test lets both hold their first row before either goes on (`meeting`).
"""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from inspections.actions import bulk
from inspections.actions import findings as actions
from inspections.actions.findings.escalation import escalate
from inspections.actions.findings.letters import send_letter
from inspections.actions.rectification_notices import issue_notices
from inspections.models import (
    EscalationStep,
    Extension,
    Finding,
    FindingBatch,
    FindingEvent,
    NoticeBatch,
    OverdueLetter,
    PhotoDoubt,
)
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks

pytestmark = pytest.mark.django_db(transaction=True)

State = Finding.State
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def here(transactional_db):
    return people.city()


@pytest.fixture
def campaign(here):
    return tasks.campaign(here)


@pytest.fixture
def two(here, campaign):
    return [make.finding_at(State.RECTIFYING, here, campaign) for _n in range(2)]


def extending(campaign, findings, *, by, **values):
    keys = [finding.pk for finding in findings]
    return partial(bulk.begin, campaign, keys, act=FindingBatch.Act.EXTEND, by=by, back_url="/", note="汛期", **values)


def asked(finding, *, by):
    until = timezone.localdate(finding.due_at) + timedelta(days=20)
    return actions.ask_extension(finding, by=by, reason="等待材料", until=until)


def doubted(finding, other):
    """A photo of one finding that looks like one of the other."""
    return PhotoDoubt.objects.create(
        finding=finding,
        photo=finding.photos.first(),
        other=other.photos.first(),
        kind=PhotoDoubt.Kind.LOOKS_SAME,
    )


def states(*findings):
    return [Finding.objects.get(pk=finding.pk).state for finding in findings]


def test_notices_are_issued_while_their_findings_are_given_more_time(here, campaign, two):
    rows = Finding.objects.filter(pk__in=[finding.pk for finding in two])
    said = {"requirement": "立即整改", "answer_by": timezone.localdate() + timedelta(days=7), "signature": "创建办"}

    refused = at_once(
        partial(issue_notices, campaign, rows, by=here.coordinator, **said),
        extending(campaign, two, by=here.coordinator, workdays=3),
        meeting=True,
    )

    assert refused == [None, None]
    assert (NoticeBatch.objects.count(), FindingBatch.objects.get().done_count) == (1, 2)


def test_a_letter_is_sent_while_its_findings_are_given_more_time(here, clock):
    campaign = tasks.campaign(here, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    now, due_at = clock("2025-09-04 09:00"), datetime(2025, 9, 8, 18, tzinfo=SHANGHAI)
    both = [make.reported(here, campaign) for _n in range(2)]
    for finding in both:
        actions.dispatch(finding, by=here.coordinator, lead_unit=here.bureau, due_at=due_at)
    now.move_to(datetime(2025, 9, 17, 18, tzinfo=SHANGHAI))
    escalate(at=timezone.now())
    steps = list(EscalationStep.objects.letters_waiting())
    said = {"demand": "立即整改", "answer_by": date(2025, 9, 24), "signer": "周明远", "signature": "创建办"}

    refused = at_once(
        partial(send_letter, campaign, unit=here.bureau, steps=steps, by=here.coordinator, **said),
        extending(campaign, both, by=here.coordinator, workdays=60),
        meeting=True,
    )

    assert (len(steps), refused[1], FindingBatch.objects.get().done_count) == (2, None, 2)
    # Given more time first, they no longer wait for a letter.
    assert OverdueLetter.objects.count() == (refused[0] is None)


def test_of_one_who_grants_all_requests_and_one_who_refuses_one_the_second_is_told(here, campaign, two):
    _first, second = [asked(finding, by=here.liaison) for finding in two]

    refused = at_once(
        extending(campaign, two, by=here.coordinator),
        partial(actions.refuse_extension, second, by=here.coordinator, note="时间足够"),
        meeting=True,
    )

    decided = ["granted", "refused"] if refused[1] is None else ["granted", "granted"]
    assert list(Extension.objects.order_by("pk").values_list("state", flat=True)) == decided
    assert FindingEvent.objects.filter(move__in=["grant_extension", "refuse_extension"]).count() == 2
    batch = FindingBatch.objects.get()
    assert (batch.done_count, batch.refused_count) == (decided.count("granted"), decided.count("refused"))


def test_of_one_who_grants_a_request_and_one_who_refuses_it_the_second_is_told(here, two):
    request = asked(two[0], by=here.liaison)
    again = Extension.objects.get(pk=request.pk)

    refused = at_once(
        partial(actions.grant_extension, request, by=here.coordinator),
        partial(actions.refuse_extension, again, by=here.coordinator, note="时间足够"),
        meeting=True,
    )

    assert refused.count(None) == 1
    assert Extension.objects.get().state == ("granted" if refused[0] is None else "refused")
    assert FindingEvent.objects.filter(move__in=["grant_extension", "refuse_extension"]).count() == 1


def test_a_finding_is_closed_while_another_with_its_photo_is_merged_into_it(here, campaign):
    kept = make.finding_at(State.SUBMITTED, here, campaign)
    merged = make.reported(here, campaign)
    doubt = doubted(kept, merged)

    refused = at_once(
        partial(actions.close, kept, by=here.coordinator, despite_doubts=True),
        partial(actions.mark_duplicate, merged, by=here.coordinator, duplicate_of=kept),
        meeting=True,
    )

    assert refused == [None, None]
    assert states(kept, merged) == [State.CLOSED, State.DUPLICATE]
    assert PhotoDoubt.objects.get(pk=doubt.pk).word == PhotoDoubt.Word.SET_ASIDE


def test_a_doubt_is_judged_while_its_findings_are_merged(here, campaign):
    kept = make.reported(here, campaign)
    merged = make.reported(here, campaign)
    doubt = doubted(kept, merged)

    refused = at_once(
        partial(actions.judge_doubt, doubt, by=here.coordinator, word=PhotoDoubt.Word.UPHELD, reason="同一张"),
        partial(actions.mark_duplicate, merged, by=here.coordinator, duplicate_of=kept),
        meeting=True,
    )

    assert refused[1] is None
    assert states(kept, merged) == [State.REPORTED, State.DUPLICATE]
    word = PhotoDoubt.Word.UPHELD if refused[0] is None else PhotoDoubt.Word.SET_ASIDE
    assert PhotoDoubt.objects.get(pk=doubt.pk).word == word


def test_findings_merged_in_a_ring_end_at_the_one_that_counts(here, campaign):
    one, other, third = (make.reported(here, campaign) for _n in range(3))
    actions.mark_duplicate(one, by=here.coordinator, duplicate_of=other)

    refused = at_once(
        partial(actions.mark_duplicate, other, by=here.coordinator, duplicate_of=third),
        partial(actions.mark_duplicate, third, by=here.coordinator, duplicate_of=one),
        meeting=True,
    )

    assert [reason is None for reason in refused] == [True, False]
    assert states(one, other, third) == [State.DUPLICATE, State.DUPLICATE, State.REPORTED]
    assert set(Finding.objects.exclude(duplicate_of=None).values_list("duplicate_of", flat=True)) == {third.pk}
