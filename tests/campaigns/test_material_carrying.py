"""Materials carried over into the edition that follows: nothing of them is lost, nothing is done twice."""

from datetime import date

import pytest

from campaigns.actions import material_slots as slots
from campaigns.actions import materials as actions
from campaigns.actions.material_carrying import carry_over
from campaigns.actions.material_succession import take_over_materials
from campaigns.actions.systems import adopt, revise
from campaigns.material_figures import completeness
from campaigns.models import Material, MaterialEvent, MaterialRules, Submission
from cityinit.held import hold
from cityinit.models import HeldFile, StoredFile
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.factories import materials, systems

pytestmark = pytest.mark.django_db
State, Verdict = Material.State, Submission.Verdict
STATES = (State.EMPTY, State.SUBMITTED, State.RETURNED, State.RESUBMITTED, State.ACCEPTED, State.FILED)
DUE = date(2026, 5, 31)


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


@pytest.fixture
def renewed(here, campaign, clock):
    """An edition with one material in each state, and the next two weeks later; of the last the words were changed."""
    before = materials.system(campaign)
    after = materials.system(campaign, edition="2026年版")
    pairs = []
    for place, state in enumerate((*STATES, State.ACCEPTED)):
        old = materials.standard(materials.indicator(before, f"Ⅱ-{place}"), here.bureau)
        words = "建立长效管理机制并公开" if place == len(STATES) else old.content
        under = materials.indicator(after, f"Ⅲ-{place}")
        new = materials.standard(under, here.bureau, content=words, lineage=old.lineage)
        materials.material_at(state, campaign, here, of=old, asked="印发的文件", due_on=DUE, least_pixels=800)
        pairs.append((old, new))
    clock("2026-04-15 10:00")
    return pairs


def carried_over(renewed, **asked):
    old, new = renewed[0]
    return carry_over(old.indicator.system, new.indicator.system, **asked)


def carried(renewed):
    return [materials.fresh(new.materials.get()) for _old, new in renewed]


def test_a_material_goes_on_as_it_stands_without_a_file_being_copied(here, renewed):
    files = StoredFile.objects.count()

    made = carried_over(renewed, by=materials.second_coordinator(here))

    rows = carried(renewed)
    assert (made, StoredFile.objects.count()) == (7, files)
    assert [(row.full_number, row.state) for row in rows] == [
        ("Ⅲ-0-1)-①", "empty"),
        ("Ⅲ-1-1)-①", "submitted"),
        ("Ⅲ-2-1)-①", "returned"),
        ("Ⅲ-3-1)-①", "resubmitted"),
        ("Ⅲ-4-1)-①", "accepted"),
        ("Ⅲ-5-1)-①", "filed"),
        ("Ⅲ-6-1)-①", "submitted"),
    ]
    assert {(row.unit, row.asked, row.due_on, row.least_pixels, row.asked_on) for row in rows} == {
        (here.bureau, "印发的文件", DUE, 800, date(2026, 4, 15))
    }
    assert [(row.accepted_on, row.filed_on) for row in rows[4:]] == [
        (date(2026, 4, 1), None),
        (date(2026, 4, 1), date(2026, 4, 1)),
        (None, None),
    ]
    assert [row.latest.note if row.latest else None for row in rows] == [
        None,
        "沿用自Ⅱ-1-1)-①",
        "沿用自Ⅱ-2-1)-①",
        "沿用自Ⅱ-3-1)-①",
        "沿用自Ⅱ-4-1)-①",
        "沿用自Ⅱ-5-1)-①",
        "沿用自Ⅱ-6-1)-①；新标准的文字有改动，请对照新标准审核",
    ]
    assert [row.latest.files.get() for row in rows[1:]] == [
        old.materials.get().latest.files.get() for old, _new in renewed[1:]
    ]
    assert [[event.target for event in row.events.all()] for row in rows] == [[row.state] for row in rows]


def test_who_reviewed_it_when_and_why_it_came_back_stay_with_it(here, renewed):
    carried_over(renewed, by=materials.second_coordinator(here))

    _empty, _submitted, returned, resubmitted, accepted, _filed, changed = carried(renewed)
    told = [
        (row.verdict, row.reasons, row.review_note, row.reviewed_by, str(row.submitted_at)[:10])
        for row in (returned.latest, accepted.latest, changed.latest)
    ]
    assert told == [
        ("returned", ["盖章不清"], "请重新扫描", here.coordinator, "2026-04-01"),
        ("accepted", [], "", here.coordinator, "2026-04-01"),
        ("open", [], "", None, "2026-04-01"),
    ]
    assert [(row.attempt, row.verdict) for row in resubmitted.submissions.order_by("attempt")] == [
        (1, "returned"),
        (2, "open"),
    ]


def test_what_is_taken_back_after_carrying_over_is_as_it_was_returned(here, renewed):
    carried_over(renewed, by=here.coordinator)
    again = carried(renewed)[3]

    actions.withdraw(again, by=here.liaison)

    again = materials.fresh(again)
    assert (again.state, again.latest.attempt, again.latest.reasons) == ("returned", 1, ["盖章不清"])


def test_what_a_unit_said_stands_below_where_it_comes_from(here, campaign, renewed):
    old, new = renewed[0]
    materials.submit(old.materials.get(), here, note="附会议纪要")

    carried_over(renewed, by=here.coordinator)

    assert new.materials.get().latest.note == "沿用自Ⅱ-0-1)-①\n附会议纪要"


def test_files_held_for_a_form_that_was_not_sent_wait_for_the_new_one(here, renewed):
    old, new = renewed[0]
    hold(old.materials.get().form_key, [materials.sound()], by=here.liaison)

    carried_over(renewed, by=here.coordinator)

    assert HeldFile.objects.get().form == new.materials.get().form_key


def test_carried_over_twice_it_is_there_once(here, renewed):
    carried_over(renewed, by=here.coordinator)

    assert carried_over(renewed, by=here.coordinator) == 0
    assert (Material.objects.count(), MaterialEvent.objects.filter(move="carry_over").count()) == (14, 7)


def test_what_is_carried_over_goes_on_like_any_other(here, renewed):
    carried_over(renewed, by=here.coordinator)
    up_for_review = carried(renewed)[6]

    actions.return_to_unit(up_for_review, by=here.coordinator, reasons=["与标准不符"])
    materials.submit(up_for_review, here)

    assert materials.fresh(up_for_review).latest.attempt == 2


@pytest.mark.parametrize("on", [date(2026, 4, 15), date(2026, 4, 10)])
def test_carrying_over_more_takes_no_more_queries(here, campaign, on, clock, django_assert_max_num_queries):
    before, after = materials.system(campaign), materials.system(campaign, edition="2026年版")
    pairs = []
    for n in range(24):
        old = materials.standard(materials.indicator(before, f"Ⅱ-{n}"), here.bureau)
        under = materials.indicator(after, f"Ⅱ-{n}")
        pairs.append((old, materials.standard(under, here.bureau, lineage=old.lineage)))
        materials.material_at(State.ACCEPTED, campaign, here, of=old)
    clock("2026-04-15 10:00")

    with django_assert_max_num_queries(18):
        assert carried_over(pairs, by=here.coordinator, on=on) == 24


# When an edition is adopted ----------------------------------------------------------------------------


@pytest.fixture
def old(here, campaign):
    return systems.in_force(campaign, here)


def of(system):
    return system.indicators.exclude(standards=None).first().standards.first()


def test_adopting_the_next_version_carries_the_materials_and_waits_for_nothing_of_the_old_one(here, campaign, old):
    owed = materials.asked(campaign, here, of=of(old))
    passed = materials.material_at(State.ACCEPTED, campaign, here, of=of(old), unit=here.bureau)

    draft = revise(old, by=here.coordinator)
    adopt(draft, by=here.coordinator)

    rows = [(row.carried_from_id, row.state, row.full_number) for row in Material.objects.of_system(draft)]
    assert rows == [
        (owed.pk, "empty", owed.full_number),
        (passed.pk, "accepted", passed.full_number),
    ]
    assert [row.carried_from_id for row in Material.objects.with_unit_now()] == [owed.pk]
    with pytest.raises(Refused, match="已停用，这项材料不用再报送"):
        materials.submit(owed, here)


def test_the_rules_go_on_and_what_was_overdue_stays_overdue(here, campaign, old, clock):
    said = {"due_on": date(2026, 4, 10), "window_first": date(2026, 1, 1), "types": ["pdf"], "least_files": 2}
    rules = slots.save_rules(old, by=here.coordinator, **said)
    late = materials.asked(campaign, here, of=of(old), due_on=rules.due_on)
    own = materials.asked(campaign, here, of=of(old), due_on=DUE)
    clock("2026-04-15 10:00")

    draft = revise(old, by=here.coordinator)
    adopt(draft, by=here.coordinator)

    kept = MaterialRules.objects.get(system=draft)
    assert {name: getattr(kept, name) for name in said} == said
    rows = Material.objects.of_system(draft).order_by("carried_from")
    assert [(row.carried_from, row.due_on) for row in rows] == [(late, date(2026, 4, 10)), (own, DUE)]
    assert [row.carried_from for row in Material.objects.overdue(on=date(2026, 4, 15))] == [late]
    with pytest.raises(Refused, match="不在2026-01-01及以后"):
        materials.submit(rows[0], here, dated_on=date(2025, 12, 31))


def test_a_draft_with_rules_of_its_own_keeps_them_and_sets_the_day_of_what_followed_the_old_ones(here, campaign, old):
    slots.save_rules(old, by=here.coordinator, due_on=DUE, least_files=2)
    materials.asked(campaign, here, of=of(old), due_on=DUE)
    materials.asked(campaign, here, of=of(old), due_on=date(2026, 5, 1))
    draft = revise(old, by=here.coordinator)
    slots.save_rules(draft, by=here.coordinator, due_on=date(2026, 9, 30), least_files=1)

    adopt(draft, by=here.coordinator)

    assert MaterialRules.objects.get(system=draft).least_files == 1
    days = Material.objects.of_system(draft).order_by("carried_from").values_list("due_on", flat=True)
    assert list(days) == [date(2026, 9, 30), date(2026, 5, 1)]


def test_a_version_adopted_for_an_earlier_day_counts_for_the_days_between_what_stood_then(here, campaign, old, clock):
    passed = materials.material_at(State.SUBMITTED, campaign, here, of=of(old))
    moved = materials.asked(campaign, here, of=of(old))
    clock("2026-05-10 10:00")
    actions.accept(materials.fresh(passed), by=here.coordinator)
    later = materials.asked(campaign, here, of=of(old), unit=here.police)
    clock("2026-05-20 10:00")
    take_over_materials(here.bureau, into=here.police, by=here.coordinator, on=date(2026, 5, 19))
    clock("2026-06-01 10:00")
    draft = revise(old, by=here.coordinator)

    adopt(draft, by=here.coordinator, adopted_on=date(2026, 5, 1))

    def stood(day, **of_unit):
        found = completeness(campaign, Period(campaign.starts_on, day), **of_unit)
        return found.asked, found.submitted, found.accepted

    assert Material.objects.of_system(draft).count() == len([passed, moved, later])
    assert [stood(date(2026, *day)) for day in ((4, 30), (5, 1), (5, 10), (6, 1))] == [
        (2, 1, 0),
        (2, 1, 0),
        (3, 1, 1),
        (3, 1, 1),
    ]
    assert [stood(date(2026, 5, day), unit=here.police) for day in (1, 10, 20)] == [(0, 0, 0), (1, 0, 0), (2, 0, 0)]


def test_the_page_of_the_old_material_leads_to_the_new_one_and_back(here, campaign, old, client):
    before = materials.material_at(State.RETURNED, campaign, here, of=of(old))
    draft = revise(old, by=here.coordinator)
    adopt(draft, by=here.coordinator)
    after = materials.fresh(before).carried_to

    client.force_login(here.liaison)
    facts = [client.get(row.get_absolute_url()).context["facts"] for row in (before, after)]

    assert ("已转入新版", "Ⅱ-1-1)-① 已退回", after.get_absolute_url()) in facts[0]
    assert ("沿用自", "Ⅱ-1-1)-①", before.get_absolute_url()) in facts[1]
