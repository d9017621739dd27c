"""What becomes of a material: handed in, returned, handed in again, accepted, filed; who is told; what is refused."""

from datetime import date
from uuid import uuid4

import pytest

from campaigns.actions import material_slots as slots
from campaigns.actions import materials as actions
from campaigns.models import Material, MaterialRules, ReturnReason, Submission
from cityinit import held
from cityinit.models import HeldFile, StoredFile
from cityinit.workflow import Refused
from tests.factories import materials
from units.models import Notice

pytestmark = pytest.mark.django_db
State = Material.State


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`told(lambda: …)` does it and gives who was told what."""

    def do(thing):
        Notice.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            thing()
        return [(notice.user, notice.text) for notice in Notice.objects.order_by("pk")]

    return do


def test_a_material_is_handed_in_and_the_office_is_told(here, campaign, told):
    material = materials.asked(campaign, here)

    notices = told(lambda: materials.submit(material, here, note="印发稿"))

    material = materials.fresh(material)
    made = material.latest
    assert (material.state, made.attempt, made.title, made.note) == (State.SUBMITTED, 1, "长效管理办法", "印发稿")
    assert (made.submitted_by, made.dated_on, made.verdict) == (here.liaison, date(2026, 3, 5), "open")
    assert [file.name for file in made.files.all()] == ["现场.jpg"]
    assert notices == [(here.coordinator, f"材料待审核：{material} 长效管理办法")]
    event = material.events.get(move="submit")
    assert (event.source, event.target, event.by, event.submission) == ("empty", "submitted", here.liaison, made)


def test_the_office_may_hand_in_for_a_unit_which_is_told(here, campaign, told):
    material = materials.asked(campaign, here)

    notices = told(lambda: materials.submit(material, here, by=here.coordinator))

    assert (here.liaison, f"清水市创建办工作人员代城管局报送了材料：{material.full_number}") in notices


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"dated_on": date(2026, 4, 2)}, "材料日期不能晚于今天。"),
        (
            {"dated_on": date(2025, 12, 31)},
            "材料日期2025-12-31不在2026-01-01及以后。请核对日期，或换一份时限内的材料。",
        ),
        ({"files": []}, "这项材料至少要1个文件，现在有0个。请补充后再报送。"),
        (
            {"files": [materials.sound(size=(800, 600))]},
            "图片“现场.jpg”是800×600，长边至少要1280像素。请重新拍照，或上传没有压缩过的原图。",
        ),
    ],
)
def test_the_gates_are_asked_again_when_it_is_handed_in(here, campaign, values, reason):
    material = materials.asked(campaign, here, window_first=date(2026, 1, 1))

    with pytest.raises(Refused) as refusal:
        materials.submit(material, here, **values)

    assert refusal.value.reason == reason
    assert (Submission.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_the_rules_of_the_system_hold_where_the_material_has_none_of_its_own(here, campaign):
    material = materials.asked(campaign, here)
    slots.save_rules(material.standard.indicator.system, by=here.coordinator, least_files=2, types=["image"])

    with pytest.raises(Refused, match="至少要2个文件"):
        materials.submit(material, here)


def test_one_form_sent_twice_is_one_submission(here, campaign):
    material, key = materials.asked(campaign, here), uuid4()

    made = [materials.submit(material, here, client_key=key) for _ in range(2)]

    assert made[0] == made[1]
    assert (Submission.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_it_is_returned_with_reasons_and_handed_in_again_with_its_history(here, campaign, told):
    material = materials.material_at(State.SUBMITTED, campaign, here)

    notices = told(
        lambda: actions.return_to_unit(material, by=here.coordinator, reasons=["盖章不清", "缺少佐证"], note="请附照片")
    )
    again = materials.submit(material, here, title="办法（盖章）", stored=material.latest.files.all())

    material = materials.fresh(material)
    first = material.submissions.get(attempt=1)
    assert (first.verdict, first.reasons, first.review_note) == ("returned", ["盖章不清", "缺少佐证"], "请附照片")
    assert (material.state, material.latest, again.attempt) == (State.RESUBMITTED, again, 2)
    assert list(again.files.all()) == list(first.files.all())
    assert StoredFile.objects.count() == 1
    assert notices == [(here.liaison, f"材料被退回：{material}。原因：盖章不清；缺少佐证；请附照片")]


def test_it_is_not_returned_without_a_reason(here, campaign):
    material = materials.material_at(State.SUBMITTED, campaign, here)

    with pytest.raises(Refused, match="请选择退回原因，或写一句为什么退回。"):
        actions.return_to_unit(material, by=here.coordinator, note="  ")


def test_it_is_accepted_and_filed_on_a_day(here, campaign, told):
    material = materials.material_at(State.SUBMITTED, campaign, here)

    notices = told(lambda: actions.accept(material, by=here.coordinator, note="齐全"))
    actions.file(materials.fresh(material), by=here.coordinator)

    material = materials.fresh(material)
    assert (material.state, material.accepted_on, material.filed_on) == (State.FILED, *[date(2026, 4, 1)] * 2)
    assert (material.latest.verdict, material.latest.reviewed_by) == ("accepted", here.coordinator)
    assert notices == [(here.liaison, f"材料审核通过：{material}")]


def test_what_is_filed_changes_only_once_it_is_opened_again_with_a_reason(here, campaign):
    material = materials.material_at(State.FILED, campaign, here)
    for change in (
        lambda: slots.edit(material, by=here.coordinator, asked="别的"),
        lambda: actions.accept(material, by=here.coordinator),
        lambda: materials.submit(material, here),
        lambda: actions.reopen(material, by=here.coordinator, note=" "),
        lambda: slots.drop(material, by=here.coordinator),
    ):
        with pytest.raises(Refused):
            change()

    actions.reopen(material, by=here.coordinator, note="公章有误")

    material = materials.fresh(material)
    assert (material.state, material.accepted_on, material.filed_on) == (State.RETURNED, None, None)
    assert (material.latest.verdict, material.latest.review_note) == ("returned", "公章有误")


def test_it_is_taken_back_while_nobody_has_reviewed_it_and_its_files_wait(here, campaign):
    material = materials.material_at(State.SUBMITTED, campaign, here)
    sent = material.latest

    actions.withdraw(material, by=here.liaison)

    material = materials.fresh(material)
    sent.refresh_from_db()
    assert (material.state, material.latest, sent.verdict) == (State.EMPTY, None, "withdrawn")
    assert [held.file.name for held in HeldFile.objects.of(material.form_key, by=here.liaison)] == ["现场.jpg"]


def test_taken_back_the_second_time_it_rests_on_the_first_again(here, campaign):
    material = materials.material_at(State.RESUBMITTED, campaign, here)

    actions.withdraw(material, by=here.liaison)

    material = materials.fresh(material)
    assert (material.state, material.latest.attempt) == (State.RETURNED, 1)


def test_a_verdict_on_what_was_taken_back_and_sent_anew_is_refused(here, campaign):
    material = materials.material_at(State.SUBMITTED, campaign, here)
    looked_at = str(material.latest_id)
    actions.withdraw(material, by=here.liaison)
    materials.submit(material, here, title="另一份")

    with pytest.raises(Refused, match="刚刚重新报送过"):
        actions.accept(materials.fresh(material), by=here.coordinator, seen_state="submitted", seen=looked_at)


def test_files_are_held_once_and_let_go_when_the_form_is_sent(here, campaign):
    material = materials.asked(campaign, here)
    [kept] = held.hold(material.form_key, [materials.sound()], by=here.liaison)
    held.hold(material.form_key, [materials.sound(name="同一张.jpg")], by=here.liaison)
    [left_out] = held.hold(material.form_key, [materials.sound(colour="navy")], by=here.liaison)

    made = materials.submit(material, here, stored=[kept.file], files=[])

    assert list(made.files.all()) == [kept.file]
    assert (HeldFile.objects.count(), StoredFile.objects.filter(pk=left_out.file_id).exists()) == (0, False)


def test_a_unit_is_nudged_once_a_day_about_all_it_owes(here, campaign, told, clock):
    materials.asked(campaign, here, due_on=date(2026, 3, 31))
    materials.material_at(State.RETURNED, campaign, here)
    materials.material_at(State.ACCEPTED, campaign, here)

    notices = told(lambda: actions.nudge(campaign, here.bureau, by=here.coordinator, url="/m/"))
    with pytest.raises(Refused, match="今天已经催办过城管局，请明天再催。"):
        actions.nudge(campaign, here.bureau, by=here.coordinator, url="/m/")
    clock("2026-04-02 00:01")
    again = actions.nudge(campaign, here.bureau, by=here.coordinator, url="/m/")

    assert notices == [(here.liaison, "请尽快报送材料：还有2项，其中1项已逾期")]
    assert again == 2


def test_nobody_is_nudged_who_owes_nothing_or_by_who_may_not(here, campaign):
    materials.material_at(State.ACCEPTED, campaign, here)

    with pytest.raises(Refused, match="公安局没有待报送的材料，不用催办。"):
        actions.nudge(campaign, here.police, by=here.coordinator, url="/m/")
    with pytest.raises(Refused, match="您的岗位没有这项权限。"):
        actions.nudge(campaign, here.bureau, by=here.liaison, url="/m/")


def test_overdue_is_a_question_about_a_row(here, campaign):
    late = materials.asked(campaign, here, due_on=date(2026, 3, 31))
    materials.asked(campaign, here, due_on=date(2026, 4, 1))
    materials.material_at(State.SUBMITTED, campaign, here, due_on=date(2026, 3, 1))

    assert list(Material.objects.overdue(on=date(2026, 4, 1))) == [late]
    assert late.is_overdue(on=date(2026, 4, 1))


# Asking for materials --------------------------------------------------------------------------------


@pytest.fixture
def system(campaign, here):
    """Two standards that ask for material (one has its units from the indicator), one that is walked, one of nobody."""
    there = materials.system(campaign)
    first = materials.indicator(there, "Ⅱ-1")
    second = materials.indicator(there, "Ⅱ-2", methods=["filing"])
    second.units.set([here.street])
    materials.standard(first, here.bureau, here.police)
    materials.standard(first, here.bureau, methods=["onsite"])
    materials.standard(first)
    materials.standard(second, methods=[])
    return there


def test_a_whole_system_is_asked_for_at_once_and_never_twice(here, campaign, system, told):
    planned = slots.plan(system)
    notices = told(lambda: slots.make_all(system, by=here.coordinator))
    again = slots.make_all(system, by=here.coordinator)

    made = [f"{row.full_number} {row.unit}" for row in Material.objects.for_list().order_by("pk")]
    assert made == ["Ⅱ-1-1)-① 城管局", "Ⅱ-1-1)-② 公安局", "Ⅱ-2-1)-① 河湾街道"]
    assert (len(planned.missing), planned.standards, planned.units, planned.without_unit) == (3, 2, 3, 1)
    assert again == 0
    assert [text for _user, text in notices] == [
        "城管局有1项新材料待报送",
        "公安局有1项新材料待报送",
        "河湾街道有1项新材料待报送",
    ]
    assert ReturnReason.objects.of(campaign).count() == 8


def test_asking_for_more_takes_no_more_queries(here, campaign, django_assert_max_num_queries):
    there = materials.system(campaign)
    for n in range(30):
        of = materials.indicator(there, f"Ⅲ-{n}")
        for _ in range(4):
            materials.standard(of, here.bureau)

    with django_assert_max_num_queries(25):
        made = slots.make_all(there, by=here.coordinator)

    assert made == 120


def test_nothing_is_asked_for_in_a_draft(here, campaign, system):
    system.state = "draft"
    system.save()

    with pytest.raises(Refused, match="现行的体系才能下达材料"):
        slots.make_all(system, by=here.coordinator)


def test_a_number_is_never_given_again_and_none_moves_up(here, campaign, system, told):
    slots.make_all(system, by=here.coordinator)
    first, second, _third = Material.objects.for_page().order_by("pk")

    notices = told(lambda: slots.drop(first, by=here.coordinator))
    [new] = slots.add(first.standard, units=[here.community], by=here.coordinator)
    again = slots.make_all(system, by=here.coordinator)

    assert [materials.fresh(row).full_number for row in (first, second, new)] == [
        "Ⅱ-1-1)-①",
        "Ⅱ-1-1)-②",
        "Ⅱ-1-1)-③",
    ]
    assert (materials.fresh(first).dropped_on, again) == (date(2026, 4, 1), 0)
    assert notices == [(here.liaison, f"材料不用再报送：{first}")]
    with pytest.raises(Refused, match="不用再报送"):
        materials.submit(first, here)


def test_only_what_was_never_handed_in_is_dropped(here, campaign):
    material = materials.material_at(State.SUBMITTED, campaign, here)

    with pytest.raises(Refused, match="这项材料目前是“待审核”，已有报送，不能撤销。"):
        slots.drop(material, by=here.coordinator)


def test_the_units_of_a_standard_are_changed(here, campaign):
    of = materials.standard(materials.indicator(materials.system(campaign)))
    slots.set_units(of, units=[here.bureau, here.police], by=here.coordinator)

    changed = slots.set_units(of, units=[here.police, here.street], by=here.coordinator)

    live = Material.objects.asked().for_list().order_by("ordinal")
    assert changed == (1, 1)
    assert [(row.ordinal, row.unit) for row in live] == [(2, here.police), (3, here.street)]


def test_one_form_for_a_new_material_sent_twice_makes_it_once(here, campaign):
    of, key = materials.standard(materials.indicator(materials.system(campaign))), uuid4()

    made = [slots.add(of, units=[here.bureau], by=here.coordinator, client_key=key)[0] for _ in range(2)]

    assert made[0] == made[1]
    assert Material.objects.count() == 1


def test_a_change_of_what_is_asked_is_told_and_a_stale_one_refused(here, campaign, told):
    material = materials.asked(campaign, here)
    seen = material.mark

    notices = told(lambda: slots.edit(material, by=here.coordinator, seen=seen, asked="印发的文件", least_files=2))
    with pytest.raises(Refused, match="刚刚被别人改过"):
        slots.edit(materials.fresh(material), by=here.coordinator, seen=seen, asked="别的")

    material = materials.fresh(material)
    assert (material.asked, material.all_gates().least_files) == ("印发的文件", 2)
    assert notices == [(here.liaison, f"材料要求有改动（材料要求、至少几个文件）：{material}")]


def test_the_due_day_of_the_rules_goes_to_those_that_had_the_one_before(here, campaign):
    first = materials.asked(campaign, here)
    own = materials.asked(campaign, here, due_on=date(2026, 5, 1))
    system = first.standard.indicator.system

    slots.save_rules(system, by=here.coordinator, due_on=date(2026, 6, 1))
    slots.save_rules(system, by=here.coordinator, seen=MaterialRules.objects.get().mark, due_on=date(2026, 7, 1))

    days = [materials.fresh(row).due_on for row in (first, own)]
    assert days == [date(2026, 7, 1), date(2026, 5, 1)]


@pytest.mark.parametrize("role", ["inspector", "liaison", "leader", "administrator"])
def test_only_the_office_asks_for_materials(here, campaign, system, role):
    with pytest.raises(Refused, match="您的岗位没有这项权限。"):
        slots.make_all(system, by=getattr(here, role))


def test_units_are_asked_for_a_standard_in_force_alone(here, campaign):
    draft = materials.system(campaign, edition="2026年版", state="draft")
    of = materials.standard(materials.indicator(draft), here.bureau)

    with pytest.raises(Refused, match="现行的体系才能下达材料"):
        slots.set_units(of, units=[here.bureau], by=here.coordinator)

    assert not Material.objects.exists()


def test_who_was_asked_meanwhile_is_not_dropped_by_a_form_drawn_before(here, campaign):
    of = materials.standard(materials.indicator(materials.system(campaign)), here.bureau)
    seen = slots.owing_mark(of)
    slots.set_units(of, units=[here.police], by=materials.second_coordinator(here))

    with pytest.raises(Refused, match="刚刚被别人改过"):
        slots.set_units(of, units=[here.bureau], by=here.coordinator, seen=seen)

    assert [row.unit for row in Material.objects.asked()] == [here.police]
