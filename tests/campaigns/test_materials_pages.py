"""Materials in the browser: list, page, form, review, matrix, asking for them, evidence from the work log."""

from datetime import date
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from campaigns.actions import material_slots as slots
from campaigns.actions import materials as actions
from campaigns.actions.systems import adopt, revise
from campaigns.models import Material, MaterialRules, Submission
from cityinit.content import check_upload
from cityinit.models import AuditEvent, HeldFile, StoredFile
from tests.factories import materials, rows, systems, tasks
from units.actions import merge_unit

pytestmark = pytest.mark.django_db
State = Material.State


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def photo(name="现场.jpg", size=(1280, 720), colour="green"):
    content = BytesIO()
    Image.new("RGB", size, colour).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def paper(name="方案.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF\n", "application/pdf")


def filled(**changes):
    return {"title": "长效管理办法", "dated_on": "2026-03-05"} | changes


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def numbers(response):
    return [row["number"] for row in response.context["rows"]]


# List ------------------------------------------------------------------------------------------------


def test_the_office_sees_all_a_liaison_the_own_unit_s(here, campaign, as_):
    one = materials.asked(campaign, here)
    other = materials.asked(campaign, here, unit=here.police)

    assert numbers(as_(here.coordinator).get(url_of("materials"))) == [one.full_number, other.full_number]
    assert numbers(as_(here.liaison).get(url_of("materials"))) == [one.full_number]
    assert as_(here.liaison).get(other.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "empty submitted returned resubmitted accepted filed"),
        ("state=owed", "empty returned"),
        ("state=waiting", "submitted resubmitted"),
        ("state=complete", "accepted filed"),
        ("state=filed", "filed"),
        ("state=owed&due=overdue", "empty"),
        ("due=week", ""),
        ("q=无此标准", ""),
        ("state=dropped", ""),
    ],
)
def test_the_list_is_narrowed(here, campaign, as_, query, expected):
    for state in State:
        due = date(2026, 3, 1) if state in (State.EMPTY, State.ACCEPTED) else None
        materials.material_at(state, campaign, here, due_on=due)

    response = as_(here.coordinator).get(f"{url_of('materials')}?{query}")

    assert " ".join(row["material"].state for row in response.context["rows"]) == expected


def test_a_condition_nobody_can_read_narrows_nothing_and_is_told(here, campaign, as_):
    materials.asked(campaign, here)
    late = materials.asked(campaign, here, due_on=date(2026, 3, 1))

    response = as_(here.coordinator).get(url_of("materials") + "?unit=999999&due=overdue")

    assert numbers(response) == [late.full_number]
    assert response.context["form"].faults == ["“单位”里选的已不存在，没有按它筛选。"]
    assert "“单位”里选的已不存在，没有按它筛选。" in response.content.decode()


def test_an_indicator_lists_what_is_below_it_too(here, campaign, as_):
    there = materials.system(campaign)
    top = materials.indicator(there, "Ⅰ-1")
    below = materials.indicator(there, "Ⅱ-1", parent=top)
    beside = materials.indicator(there, "Ⅱ-2")
    made = [materials.asked(campaign, here, of=materials.standard(of)) for of in (below, beside)]

    response = as_(here.coordinator).get(f"{url_of('materials')}?indicator={top.pk}")

    assert numbers(response) == [made[0].full_number]


@pytest.mark.parametrize("count", [1, 3])
def test_more_materials_take_no_more_queries(here, campaign, as_, count, django_assert_num_queries):
    for _ in range(count):
        materials.material_at(State.ACCEPTED, campaign, here)
    browser = as_(here.coordinator)
    browser.get(url_of("materials"))

    with django_assert_num_queries(QUERIES_OF_LIST):
        browser.get(url_of("materials"))


QUERIES_OF_LIST = 9


def test_the_list_is_taken_out_as_a_sheet_and_told_to_the_trail(here, campaign, as_):
    materials.material_at(State.RETURNED, campaign, here)

    response = as_(here.coordinator).get(url_of("materials_export"))

    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    row = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[2]], strict=True))
    assert (row["报送单位"], row["状态"], row["退回原因"]) == ("清水市城市管理局", "已退回", "盖章不清；请重新扫描")
    assert AuditEvent.objects.filter(action="导出台账").count() == 1


def test_ticked_materials_are_filed_and_the_others_told_why_not(here, campaign, as_):
    accepted = materials.material_at(State.ACCEPTED, campaign, here)
    waiting = materials.material_at(State.SUBMITTED, campaign, here)

    response = as_(here.coordinator).post(url_of("materials_file"), {"material": [accepted.pk, waiting.pk]})

    assert told(response) == [
        "已归档1项材料。",
        f"没有归档 {waiting}：现在不能归档：它目前是“待审核”。",
    ]
    assert [materials.fresh(row).state for row in (accepted, waiting)] == ["filed", "submitted"]


def test_a_unit_is_nudged_from_its_list(here, campaign, as_):
    materials.asked(campaign, here)

    page = as_(here.coordinator).get(f"{url_of('materials')}?unit={here.bureau.pk}")
    response = as_(here.coordinator).post(url_of("materials_nudge", here.bureau.pk))

    assert page.context["nudge_unit"] == here.bureau
    assert told(response) == ["已催办城管局：1项材料待报送。"]


# Handing in ------------------------------------------------------------------------------------------


def test_a_liaison_hands_in_photos_and_papers(here, campaign, as_):
    material = materials.asked(campaign, here)

    response = as_(here.liaison).post(url_of("material_submit", material.pk), filled(files=[photo(), paper()]))

    made = Submission.objects.get()
    assert response.headers["Location"] == material.get_absolute_url()
    assert sorted(file.name for file in made.files.all()) == ["方案.pdf", "现场.jpg"]
    assert materials.fresh(material).state == "submitted"


def ticked(form):
    return [held.pk for held in form.fields["files"].held if held.is_ticked]


def test_of_five_files_one_fails_and_nothing_else_is_lost(here, campaign, as_):
    material = materials.asked(campaign, here)
    browser, address = as_(here.liaison), url_of("material_submit", material.pk)
    good = [photo(f"{colour}.jpg", colour=colour) for colour in ("red", "green", "blue")]

    first = browser.post(address, filled(files=[*good, paper(), photo("小图.jpg", size=(800, 600))]))

    form = first.context["form"]
    assert first.status_code == 422
    assert form.errors == {
        "files": ["图片“小图.jpg”是800×600，长边至少要1280像素。请重新拍照，或上传没有压缩过的原图。"]
    }
    assert form["title"].value() == "长效管理办法"
    assert [held.file.name for held in form.fields["files"].held] == ["red.jpg", "green.jpg", "blue.jpg", "方案.pdf"]
    assert ticked(form) == list(HeldFile.objects.values_list("pk", flat=True))

    kept = {"files-held": ticked(form)[:3]}
    browser.post(address, filled(**kept, files=[photo("大图.jpg", colour="navy")]))

    assert sorted(file.name for file in Submission.objects.get().files.all()) == [
        "blue.jpg",
        "green.jpg",
        "red.jpg",
        "大图.jpg",
    ]
    assert (HeldFile.objects.count(), StoredFile.objects.count()) == (0, 4)


def test_the_same_photo_chosen_twice_is_told_and_once_more_beside_a_kept_one_is_one(here, campaign, as_):
    material = materials.asked(campaign, here, least_files=2)
    browser, address = as_(here.liaison), url_of("material_submit", material.pk)

    twice = browser.post(address, filled(files=[photo("一.jpg"), photo("二.jpg")])).context["form"]
    kept = {"files-held": ticked(twice)}
    again = browser.post(address, filled(**kept, files=[photo("三.jpg")])).context["form"]
    browser.post(address, filled(**kept, files=[photo("三.jpg"), photo("四.jpg", colour="navy")]))

    assert twice.errors == {"files": ["“二.jpg”和“一.jpg”是同一个文件，只能交一次。请换成另一个文件，或不再选它。"]}
    assert again.errors == {"files": ["这项材料至少要2个文件，现在有1个。请补充后再报送。"]}
    assert [file.name for file in Submission.objects.get().files.order_by("pk")] == ["一.jpg", "四.jpg"]


def test_files_stay_when_what_was_typed_is_wrong(here, campaign, as_):
    material = materials.asked(campaign, here, window_last=date(2026, 1, 31))

    response = as_(here.liaison).post(
        url_of("material_submit", material.pk), filled(title="", files=[photo(), photo(colour="navy")])
    )

    form = response.context["form"]
    assert form.errors == {
        "title": ["请填写这一项。"],
        "dated_on": ["材料日期2026-03-05不在2026-01-31及以前。请核对日期，或换一份时限内的材料。"],
    }
    assert len(ticked(form)) == 2
    assert "选好的文件没有保存" not in response.content.decode()


def test_a_double_submit_is_stored_once(here, campaign, as_):
    material = materials.asked(campaign, here)
    browser, address = as_(here.liaison), url_of("material_submit", material.pk)
    form = browser.get(address).context["form"]
    sent = {"client_key": str(form.initial["client_key"]), "seen_state": "empty"}

    answers = [browser.post(address, filled(files=[photo()], **sent)) for _ in range(2)]

    assert [answer.headers.get("Location") for answer in answers] == [material.get_absolute_url()] * 2
    assert (Submission.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_a_returned_material_says_why_and_offers_what_was_handed_in(here, campaign, as_):
    material = materials.material_at(State.RETURNED, campaign, here)
    browser, address = as_(here.liaison), url_of("material_submit", material.pk)

    page = browser.get(address)
    browser.post(address, filled(again=[material.latest.files.get().pk], files=[paper("盖章件.pdf")]))

    assert "上次被退回：盖章不清 请重新扫描" in page.content.decode()
    assert page.context["form"].initial["title"] == "长效管理办法"
    assert sorted(file.name for file in materials.fresh(material).latest.files.all()) == ["现场.jpg", "盖章件.pdf"]


def test_what_waits_for_review_is_taken_back_by_one_button(here, campaign, as_):
    material = materials.material_at(State.SUBMITTED, campaign, here)
    browser = as_(here.liaison)

    buttons = [button.label for button in browser.get(material.get_absolute_url()).context["moves"]]
    browser.post(url_of("material_move", material.pk, "withdraw"), {"seen_state": "submitted"})

    assert buttons == ["撤回"]
    assert materials.fresh(material).state == "empty"
    form = browser.get(url_of("material_submit", material.pk)).context["form"]
    assert [held.file.name for held in form.fields["files"].held] == ["现场.jpg"]


# Files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "variant", "status"),
    [
        ("coordinator", "original", 200),
        ("leader", "shown", 200),
        ("liaison", "shown", 200),
        ("liaison", "original", 403),
        ("other_liaison", "shown", 404),
        ("coordinator", "else", 404),
    ],
)
def test_who_may_fetch_a_file(here, campaign, as_, role, variant, status):
    sent = materials.material_at(State.SUBMITTED, campaign, here).latest

    response = as_(getattr(here, role)).get(url_of("material_file", sent.pk, sent.files.get().pk, variant))

    assert response.status_code == status


def test_a_paper_may_be_shown_within_our_own_page_only(here, campaign, as_):
    material = materials.asked(campaign, here)
    sent = materials.submit(material, here, files=[check_upload(paper(), kind="document")])

    response = as_(here.coordinator).get(url_of("material_file", sent.pk, sent.files.get().pk, "original"))

    assert response["X-Frame-Options"] == "SAMEORIGIN"


# Review ----------------------------------------------------------------------------------------------


@pytest.fixture
def queue(here, campaign):
    return [materials.material_at(State.SUBMITTED, campaign, here) for _ in range(3)]


def test_the_queue_is_gone_through_without_the_way_back(here, queue, as_):
    browser = as_(here.coordinator)
    first, second, third = queue

    start = browser.get(url_of("material_review_next"))
    page = browser.get(url_of("material_review", second.pk))
    after = browser.post(url_of("material_review", second.pk), {"verdict": "accept", "seen": second.latest_id})
    last = browser.post(url_of("material_review", third.pk), {"verdict": "return", "reasons": ["图片不清晰"]})

    assert start.headers["Location"] == url_of("material_review", first.pk)
    assert (page.context["place"], page.context["count"]) == (2, 3)
    assert page.context["previous_url"] == url_of("material_review", first.pk)
    assert page.context["next_url"] == url_of("material_review", third.pk)
    assert after.headers["Location"] == url_of("material_review", third.pk)
    assert last.headers["Location"] == url_of("material_review", first.pk)
    assert [materials.fresh(row).state for row in queue] == ["submitted", "accepted", "returned"]


def test_the_queue_keeps_the_filter_of_the_list(here, campaign, queue, as_):
    other = materials.asked(campaign, here, unit=here.police)
    materials.submit(other, here, by=here.other_liaison)

    response = as_(here.coordinator).get(f"{url_of('material_review_next')}?unit={here.police.pk}")

    assert response.headers["Location"] == f"{url_of('material_review', other.pk)}?unit={here.police.pk}"


def test_without_a_reason_nothing_is_returned_and_nothing_typed_is_lost(here, queue, as_):
    response = as_(here.coordinator).post(url_of("material_review", queue[0].pk), {"verdict": "return"})

    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == ["请选择退回原因，或写一句为什么退回。"]


def test_of_two_reviewers_the_second_is_told_and_keeps_the_words(here, queue, as_):
    material = queue[0]
    actions.accept(material, by=here.coordinator)

    response = as_(materials.second_coordinator(here)).post(
        url_of("material_review", material.pk),
        {"verdict": "return", "note": "盖章不清", "seen_state": "submitted", "seen": material.latest_id},
    )

    form = response.context["form"]
    assert form.non_field_errors() == ["这条记录刚刚被别人改成了“审核通过”，请看过最新情况再办理。"]
    assert form["note"].value() == "盖章不清"


def test_a_leader_looks_and_reviews_nothing(here, queue, as_):
    browser = as_(here.leader)

    assert browser.get(queue[0].get_absolute_url()).context["moves"] == []
    assert browser.get(url_of("material_review", queue[0].pk)).status_code == 403


def test_a_filed_material_is_opened_again_with_a_reason(here, campaign, as_):
    material = materials.material_at(State.FILED, campaign, here)

    as_(here.coordinator).post(url_of("material_move", material.pk, "reopen"), {"note": "公章有误"})

    assert materials.fresh(material).state == "returned"


# Asking ----------------------------------------------------------------------------------------------


def test_a_system_is_asked_for_after_a_look_at_how_many_it_makes(here, campaign, as_):
    there = materials.system(campaign)
    materials.standard(materials.indicator(there), here.bureau, here.police)
    browser = as_(here.coordinator)

    planned = browser.get(url_of("materials_make")).context["systems"][0]["plan"]
    response = browser.post(url_of("materials_make"), {"system": there.pk})

    assert len(planned.missing) == 2
    assert told(response) == ["已下达2项材料，各单位已收到通知。"]
    assert Material.objects.count() == 2


def test_one_material_is_asked_of_several_units(here, campaign, as_):
    of = materials.standard(materials.indicator(materials.system(campaign)))

    as_(here.coordinator).post(
        url_of("material_new"),
        {"standard": of.pk, "units": [here.bureau.pk, here.street.pk], "asked": "名单", "types": ["pdf"]},
    )

    made = Material.objects.for_list().order_by("ordinal")
    assert [(row.full_number, row.unit, row.types) for row in made] == [
        ("Ⅱ-1-1)-①", here.bureau, ["pdf"]),
        ("Ⅱ-1-1)-②", here.street, ["pdf"]),
    ]


def test_what_is_asked_is_changed_and_dropped(here, campaign, as_):
    material = materials.asked(campaign, here)
    browser = as_(here.coordinator)

    browser.post(url_of("material_edit", material.pk), {"asked": "花名册", "due_on": "2026-05-01"})
    browser.post(url_of("material_drop", material.pk))

    material = materials.fresh(material)
    assert (material.asked, material.due_on, material.dropped_on) == ("花名册", date(2026, 5, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"window_first": "2026-02-01", "window_last": "2026-01-01"}, "window_last", "截止日早于起始日。"),
        ({"most_megabytes": "80"}, "most_megabytes", "请填1至50MB。"),
        ({"least_files": "5", "most_files": "3"}, "least_files", "至少的个数多于至多的3个。"),
    ],
)
def test_rules_that_cannot_be_are_told(here, campaign, as_, changes, field, sentence):
    there = materials.system(campaign)

    response = as_(here.coordinator).post(url_of("material_rules", there.pk), changes)

    assert response.context["form"].errors == {field: [sentence]}
    assert MaterialRules.objects.count() == 0


def test_the_rules_of_a_system_are_saved(here, campaign, as_):
    there = materials.system(campaign)

    as_(here.coordinator).post(
        url_of("material_rules", there.pk), {"window_first": "2024-01-01", "types": ["image"], "least_pixels": "0"}
    )

    rules = MaterialRules.objects.get()
    assert (rules.window_first, rules.types, rules.least_pixels) == (date(2024, 1, 1), ["image"], 0)


def test_the_units_of_a_standard_are_changed_on_a_page(here, campaign, as_):
    of = materials.asked(campaign, here).standard

    as_(here.coordinator).post(url_of("standard_units", of.pk), {"units": [here.police.pk]})

    assert [row.unit for row in Material.objects.asked()] == [here.police]


# Evidence from the work log --------------------------------------------------------------------------


@pytest.fixture
def entry(here, campaign):
    task = tasks.acknowledged(campaign, here)
    return tasks.entry(task, here, files=[materials.sound()], content="清理占道摊点")


def test_a_log_entry_becomes_evidence_and_both_tell_of_it(here, campaign, entry, as_):
    material = materials.asked(campaign, here)
    browser, address = as_(here.liaison), url_of("log_as_material", entry.pk)

    form = browser.get(address).context["form"]
    response = browser.post(
        address, {"material": material.pk, "files": [entry.files.get().pk], **filled(title=form.initial["title"])}
    )

    made = Submission.objects.get()
    assert response.headers["Location"] == material.get_absolute_url()
    assert (form.initial["title"], form.initial["dated_on"]) == ("清理占道摊点", date(2026, 3, 5))
    assert (made.source_kind, made.source_pk, made.source_url) == ("log_entry", entry.pk, entry.get_absolute_url())
    assert made.files.get() == entry.files.get()
    assert material.full_number in browser.get(entry.get_absolute_url()).content.decode()
    assert entry.get_absolute_url() in browser.get(material.get_absolute_url()).content.decode()


def test_evidence_passes_the_same_gates(here, campaign, as_):
    small = tasks.entry(
        tasks.acknowledged(campaign, here), here, files=[materials.sound(size=(640, 480))], content="清理"
    )
    material = materials.asked(campaign, here)

    response = as_(here.liaison).post(
        url_of("log_as_material", small.pk), {"material": material.pk, "files": [small.files.get().pk], **filled()}
    )

    assert response.context["form"].non_field_errors() == [
        "图片“现场.jpg”是640×480，长边至少要1280像素。请重新拍照，或上传没有压缩过的原图。"
    ]
    assert Submission.objects.count() == 0


def test_an_activity_becomes_evidence_and_both_tell_of_it(here, campaign, as_):
    held = rows.activity(campaign, here, files=[materials.sound()])
    material = materials.asked(campaign, here)
    browser, address = as_(here.liaison), url_of("meeting_as_material", held.pk)

    form = browser.get(address).context["form"]
    browser.post(address, {"material": material.pk, "files": [held.files.get().pk], **filled(title="门前三包")})

    made = Submission.objects.get()
    assert form.initial["title"] == "门前三包集中行动"
    assert made.source_url == url_of("register_row", "meetings", held.pk)
    assert material.full_number in browser.get(made.source_url).content.decode()


# Matrix ----------------------------------------------------------------------------------------------


@pytest.fixture
def grid(here, campaign):
    """Ⅰ-1 with Ⅱ-1 and Ⅱ-2 below it: 城管局 has one accepted and one returned, 公安局 one that waits."""
    there = materials.system(campaign)
    top = materials.indicator(there, "Ⅰ-1", "政务环境")
    first = materials.indicator(there, "Ⅱ-1", "作风", parent=top)
    second = materials.indicator(there, "Ⅱ-2", "服务", parent=top)
    materials.material_at(State.ACCEPTED, campaign, here, of=materials.standard(first))
    materials.material_at(State.RETURNED, campaign, here, of=materials.standard(second))
    waits = materials.asked(campaign, here, unit=here.police, of=materials.standard(second))
    materials.submit(waits, here, by=here.other_liaison)
    return top


def cells(response):
    return {
        row["label"]: [cell["text"] if cell else None for _label, cell in row["cells"]]
        for row in response.context["rows"]
    }


def test_the_matrix_counts_each_indicator_with_what_is_below_it(here, grid, as_):
    response = as_(here.coordinator).get(url_of("materials_matrix"))

    assert [column["label"] for column in response.context["columns"]] == ["城管局", "公安局"]
    assert cells(response) == {
        "Ⅰ-1 政务环境": ["1/2", "0/1"],
        "Ⅱ-1 作风": ["1/1", None],
        "Ⅱ-2 服务": ["0/1", "0/1"],
    }
    assert (response.context["whole"]["text"], response.context["whole"]["percent"]) == ("1/3", "33.3%")


def test_every_number_of_the_matrix_lists_exactly_its_materials(here, grid, as_):
    browser = as_(here.coordinator)
    page = browser.get(url_of("materials_matrix")).context
    shown = [cell for row in page["rows"] for _label, cell in row["cells"] if cell]
    shown += [row["total"] for row in page["rows"]] + [cell for _label, cell in page["totals"]] + [page["whole"]]

    listed = [len(browser.get(cell["url"]).context["rows"]) for cell in shown]

    assert listed == [cell["counts"].asked for cell in shown]


def test_a_past_day_is_read_from_the_events(here, campaign, grid, as_, clock):
    clock("2026-04-10 10:00")
    materials.material_at(State.FILED, campaign, here)
    browser = as_(here.coordinator)

    before = browser.get(f"{url_of('materials_matrix')}?on=2026-04-01").context
    now = browser.get(url_of("materials_matrix")).context

    assert (before["whole"]["text"], now["whole"]["text"]) == ("1/3", "2/4")
    assert len(browser.get(before["whole"]["url"]).context["rows"]) == 3


def test_a_liaison_s_matrix_has_the_own_unit_only(here, grid, as_):
    response = as_(here.liaison).get(url_of("materials_matrix"))

    assert [column["label"] for column in response.context["columns"]] == ["城管局"]


@pytest.mark.parametrize("count", [1, 40])
def test_a_large_matrix_takes_the_same_queries_and_is_cut(here, campaign, as_, count, django_assert_num_queries):
    there = materials.system(campaign)
    for branch in range(2):
        top = materials.indicator(there, f"Ⅰ-{branch}")
        for n in range(count):
            of = materials.standard(materials.indicator(there, f"Ⅱ-{branch}-{n}", parent=top))
            materials.asked(campaign, here, of=of)
    browser = as_(here.coordinator)
    browser.get(url_of("materials_matrix"))

    with django_assert_num_queries(QUERIES_OF_MATRIX):
        response = browser.get(url_of("materials_matrix"))

    assert len(response.context["rows"]) == {1: 4, 40: 2}[count]


QUERIES_OF_MATRIX = 10


def test_a_standard_nobody_was_asked_for_is_a_gap_the_office_sees(here, campaign, grid, as_):
    bare = materials.indicator(grid.system, "Ⅱ-3", "环境", parent=grid)
    materials.standard(bare)
    materials.standard(bare, methods=["onsite"])
    by_indicator = materials.indicator(grid.system, "Ⅱ-4", "秩序", parent=grid, methods=["filing"])
    materials.standard(by_indicator, methods=[])
    slots.drop(materials.asked(campaign, here, of=materials.standard(bare)), by=here.coordinator)

    office, liaison = (as_(person).get(url_of("materials_matrix")) for person in (here.coordinator, here.liaison))

    gaps = {row["label"]: (bool(row["total"]), row["unasked"]) for row in office.context["rows"]}
    assert gaps == {
        "Ⅰ-1 政务环境": (True, 2),
        "Ⅱ-1 作风": (True, 0),
        "Ⅱ-2 服务": (True, 0),
        "Ⅱ-3 环境": (False, 1),
        "Ⅱ-4 秩序": (False, 1),
    }
    assert bare.get_absolute_url() in office.content.decode()
    assert list(cells(liaison)) == ["Ⅰ-1 政务环境", "Ⅱ-1 作风", "Ⅱ-2 服务"]


def test_where_nobody_was_asked_for_anything_the_matrix_shows_the_gaps_alone(here, campaign, as_):
    bare = materials.indicator(materials.system(campaign), "Ⅱ-1", "作风")
    materials.standard(bare)

    page = as_(here.coordinator).get(url_of("materials_matrix"))

    assert ("未下达1条" in page.content.decode(), "0/0" in page.content.decode()) == (True, False)


def test_the_matrix_opens_at_the_system_with_materials(here, campaign, as_):
    materials.indicator(materials.system(campaign, "未成年人思想道德建设测评体系"), "Ⅰ-1")
    main = materials.system(campaign)
    materials.asked(campaign, here, of=materials.standard(materials.indicator(main, "Ⅱ-1")))

    page = as_(here.coordinator).get(url_of("materials_matrix")).context

    assert (page["system"], [tab["label"] for tab in page["systems"]]) == (
        main,
        ["全国文明城市测评体系", "未成年人思想道德建设测评体系"],
    )


def test_a_past_day_shows_the_edition_in_force_then_with_its_materials(here, campaign, as_, clock):
    old = systems.in_force(campaign, here)
    of = systems.node(old, "Ⅱ-1").standards.first()
    materials.material_at(State.ACCEPTED, campaign, here, of=of)
    materials.asked(campaign, here, of=of, unit=here.police)
    clock("2026-06-01 10:00")
    new = revise(old, by=here.coordinator)
    adopt(new, by=here.coordinator)
    clock("2026-06-10 10:00")
    browser, address = as_(here.coordinator), url_of("materials_matrix")

    now = browser.get(address).context
    then = [
        browser.get(f"{address}?on=2026-05-01{asked}").context
        for asked in ("", f"&system={new.pk}", f"&branch={systems.node(new, 'Ⅱ-1').pk}")
    ]

    assert (now["system"], now["whole"]["text"]) == (new, "1/2")
    assert [(page["system"], page["whole"]["text"], page["on"]) for page in then] == [
        (old, "1/2", date(2026, 5, 1))
    ] * 3
    assert then[2]["branch"] == systems.node(old, "Ⅱ-1")
    assert len(browser.get(then[0]["whole"]["url"]).context["rows"]) == 2
    early = browser.get(f"{address}?on=2025-12-01")
    assert "2025-12-01还没有现行的测评体系" in early.content.decode()


def test_a_unit_that_was_merged_since_has_its_column_on_a_day_before(here, campaign, grid, as_, clock):
    clock("2026-04-10 10:00")
    merge_unit(here.bureau, into=here.police, by=here.administrator, on=date(2026, 4, 9))
    browser, address = as_(here.coordinator), url_of("materials_matrix")

    before = browser.get(f"{address}?on=2026-04-01").context
    now = browser.get(address).context

    totals = [[(label, cell["text"]) for label, cell in page["totals"]] for page in (before, now)]
    assert totals == [[("城管局", "1/2"), ("公安局", "0/1")], [("城管局", "1/1"), ("公安局", "0/2")]]
    shown = [cell for _label, cell in before["totals"]]
    assert [len(browser.get(cell["url"]).context["rows"]) for cell in shown] == [2, 1]


def test_the_matrix_is_taken_out_whole(here, grid, as_):
    response = as_(here.coordinator).get(url_of("materials_matrix_export"))

    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["编号", "测评指标", "应报", "待报送", "退回", "待审核", "通过", "完成率", "未下达的标准", "城管局", "公安局"],
        ["Ⅰ-1", "政务环境", 3, 0, 1, 1, 1, pytest.approx(1 / 3), 0, "1/2", "0/1"],
        ["Ⅱ-1", "作风", 1, 0, 0, 0, 1, 1, 0, "1/1", None],
        ["Ⅱ-2", "服务", 2, 0, 1, 1, 0, 0, 0, "0/1", "0/1"],
    ]


# Desk ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("coordinator", {"待审核": 2, "已逾期未报": 1, "7天内到期": 0, "待归档": 1}),
        ("liaison", {"待报送": 1, "被退回": 1, "已逾期": 1, "7天内到期": 0}),
        ("leader", {"应报材料": 6, "审核通过": 2, "已逾期未报": 1}),
        ("other_liaison", {}),
    ],
)
def test_each_desk_counts_what_its_list_shows(here, campaign, as_, role, expected):
    for state in State:
        materials.material_at(state, campaign, here, due_on=date(2026, 3, 1) if state == State.EMPTY else None)
    browser = as_(getattr(here, role))

    stats = browser.get(url_of("materials_desk")).context["stats"]

    assert {str(stat["label"]): stat["value"] for stat in stats} == expected
    assert [len(browser.get(stat["url"]).context["rows"]) for stat in stats] == [stat["value"] for stat in stats]
