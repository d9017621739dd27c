"""Registers that units fill in themselves: own rows with photos and files, and what they come to."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.actions import registers as actions
from campaigns.models import Dissuasion, Honour, Meeting, Publicity, Volunteering
from campaigns.registers import REGISTERS
from cityinit.workflow import Refused
from tests.factories import people, rows, tasks
from tests.factories.photos import shot

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(city, clock):
    clock("2026-06-01 10:00")
    return tasks.campaign(city)


@pytest.fixture
def liaison(client, city, campaign):
    client.force_login(city.liaison)
    return client


def posted(page, **values):
    form = page.context["form"]
    return {field.name: field.value() or "" for field in form} | values


def photo():
    return SimpleUploadedFile("IMG_0417.jpg", shot()["buffer"], content_type="image/jpeg")


def paper(name="方案.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF", content_type="application/pdf")


def new(slug):
    return reverse("campaigns:register_new", args=[slug])


# --- whose rows ---


def test_a_liaison_files_an_activity_of_the_own_unit_with_a_photo_and_a_file(liaison, city, campaign):
    task = tasks.issued(campaign, city)
    page = liaison.get(new("meetings") + f"?task={task.pk}")
    values = posted(page, name="门前三包行动", kind="主题活动", attendance="60", new_files=[photo(), paper()])

    answer = liaison.post(new("meetings"), values)

    row = Meeting.objects.get()
    assert (answer.status_code, row.unit, row.held_on, row.task) == (302, city.bureau, date(2026, 6, 1), task)
    assert (row.by_unit, sorted(row.files.values_list("kind", flat=True))) == (True, ["document", "photo"])


def test_a_form_of_a_liaison_offers_the_own_units_alone(client, city, campaign):
    client.force_login(city.street_liaison)

    form = client.get(new("meetings")).context["form"]

    assert list(form.fields["unit"].queryset) == [city.street, city.community]
    assert [name for name in ("group", "times", "decisions") if name in form.fields] == []


def test_a_form_of_a_liaison_offers_no_task_of_other_units(liaison, city, campaign):
    tasks.issued(campaign, city, lead_unit=city.police, units=[])
    mine = tasks.issued(campaign, city, units=[])

    form = liaison.get(new("meetings")).context["form"]

    assert list(form.fields["task"].queryset) == [mine]


def test_the_index_of_a_liaison_shows_what_units_fill_in_and_counts_the_own_rows(liaison, city, campaign):
    rows.activity(campaign, city)
    rows.activity(campaign, city, by=city.other_liaison, unit=city.police)

    page = liaison.get(reverse("campaigns:registers"))

    counts = {
        entry["url"].split("/")[-2]: entry["count"] for _title, members in page.context["groups"] for entry in members
    }
    assert counts == {"meetings": "1", "volunteering": "0", "publicity": "0", "dissuasion": "0", "honours": "0"}


def test_what_the_office_entered_for_a_unit_the_unit_reads_and_does_not_rewrite(liaison, city, campaign):
    row = rows.activity(campaign, city, by=city.coordinator)

    page = liaison.get(reverse("campaigns:register_row", args=["meetings", row.pk]))

    assert page.status_code == 200
    assert "这一条是创建办登记的，如有出入请联系创建办修改。" in page.content.decode()
    with pytest.raises(Refused, match="这一条是创建办登记的"):
        actions.delete_row(REGISTERS["meetings"], row, by=city.liaison)


def test_a_liaison_writes_no_row_into_another_unit(city, campaign):
    with pytest.raises(Refused, match="没有修改“会议活动”的权限"):
        rows.activity(campaign, city, unit=city.police)
    with pytest.raises(Refused, match="没有修改“会议活动”的权限"):
        rows.activity(campaign, city, unit=None)


def test_a_row_is_not_taken_from_another_unit_by_writing_the_own_one_into_it(city, campaign):
    register = REGISTERS["meetings"]
    row = rows.activity(campaign, city, by=city.other_liaison, unit=city.police)
    seen = register.mark_of(row)
    row.unit = city.bureau

    with pytest.raises(Refused):
        actions.change_row(register, row, many={}, seen=seen, by=city.liaison)

    assert Meeting.objects.get().unit == city.police


def test_a_day_to_come_is_a_form_error_for_a_liaison(liaison, campaign):
    page = liaison.post(
        new("meetings"), posted(liaison.get(new("meetings")), name="活动", kind="主题活动", held_on="2026-06-02")
    )

    assert page.status_code == 422
    assert page.context["form"].errors["held_on"] == ["日期不能晚于今天。"]


def test_the_same_form_with_a_file_sent_twice_is_one_row(liaison, campaign):
    values = posted(liaison.get(new("meetings")), name="活动", kind="主题活动")

    answers = [liaison.post(new("meetings"), values | {"new_files": [paper()]}) for _time in range(2)]

    row = Meeting.objects.get()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert row.files.count() == 1


def test_files_are_taken_away_and_added_on_the_form(liaison, city, campaign):
    values = posted(liaison.get(new("meetings")), name="活动", kind="主题活动", new_files=[paper("旧.pdf")])
    liaison.post(new("meetings"), values)
    row = Meeting.objects.get()
    url = reverse("campaigns:register_edit", args=["meetings", row.pk])

    page = liaison.get(url)
    answer = liaison.post(url, posted(page, removed_files=[row.files.get().pk], new_files=[paper("新.pdf")]))
    assert answer.status_code == 302, answer.context["form"].errors

    assert [file.name for file in row.files.all()] == ["新.pdf"]


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_a_liaison_costs_the_same_with_one_row_and_with_three(
    liaison, city, campaign, django_assert_num_queries, n
):
    for _place in range(n):
        rows.activity(campaign, city)
    url = reverse("campaigns:register", args=["meetings"])
    liaison.get(url)

    with django_assert_num_queries(8):
        page = liaison.get(url)

    assert len(page.context["rows"]) == n


def test_a_photo_is_shown_to_who_sees_the_row_and_its_original_to_the_office(client, city, campaign, liaison):
    liaison.post(
        new("meetings"), posted(liaison.get(new("meetings")), name="活动", kind="主题活动", new_files=[photo()])
    )
    row = Meeting.objects.get()

    def answers(user):
        client.force_login(user)
        return [
            client.get(
                reverse("campaigns:register_file", args=["meetings", row.pk, row.files.get().pk, variant])
            ).status_code
            for variant in ("shown", "thumb", "original", "other")
        ]

    assert answers(city.liaison) == [200, 200, 403, 404]
    assert answers(city.other_liaison) == [404, 404, 404, 404]
    assert answers(city.coordinator) == [200, 200, 200, 404]


# --- volunteers, honours ---


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"people": "10", "hours": "300"}, "hours", "平均每人每次超过24小时，请核对人次和小时。"),
        ({"people": "3", "sessions": "5"}, "people", "人次少于场次，请核对：每场至少有一人。"),
        ({"hours_each": "2"}, "people", "填了人均小时，请同时填人次。"),
        (
            {"people": "10", "hours_each": "2", "hours": "25"},
            "hours",
            "10人次×人均2小时应为20小时，请核对，或只填其中一项。",
        ),
    ],
)
def test_hours_that_cannot_be_are_told_in_the_form(liaison, campaign, typed, field, told):
    page = liaison.post(new("volunteering"), posted(liaison.get(new("volunteering")), team="橙衣队", **typed))

    assert page.status_code == 422
    assert page.context["form"].errors[field] == [told]


def test_hours_are_worked_out_of_hours_each(liaison, campaign):
    liaison.post(
        new("volunteering"), posted(liaison.get(new("volunteering")), team="橙衣队", people="12", hours_each="2.5")
    )

    assert Volunteering.objects.get().hours == 30


def test_consent_is_given_with_a_paper(liaison, campaign):
    values = posted(liaison.get(new("honours")), kind="given", name="最美环卫工", honoured="张某", consent="given")

    refused = liaison.post(new("honours"), values)
    liaison.post(new("honours"), values | {"new_files": [paper("同意书.pdf")]})

    assert refused.context["form"].errors["new_files"] == ["请附上本人的同意书，或选择别的个人信息情况。"]
    assert Honour.objects.get().files.get().name == "同意书.pdf"


# --- sums ---


def sums(client, slug, query=""):
    return client.get(reverse("campaigns:register_sums", args=[slug]) + query)


def test_sums_are_told_by_team_unit_and_month_and_lead_to_their_rows(liaison, client, city, campaign):
    rows.service(campaign, city)
    rows.service(campaign, city, team="银龄队", served_on=date(2026, 4, 2), people=5, hours=None)
    rows.service(campaign, city, served_on=date(2026, 4, 9), people=7, hours=7)

    by_team = sums(liaison, "volunteering").context
    by_month = sums(liaison, "volunteering", "?by=month").context

    assert [(line.name, line.rows, line.sums) for line, _sums, _url in by_team["rows"]] == [
        ("橙衣志愿队", 2, ("", "27", "47")),
        ("银龄队", 1, ("", "5", "")),
    ]
    assert [(line.name, line.sums) for line, _sums, _url in by_month["rows"]] == [
        ("2026-03", ("", "20", "40")),
        ("2026-04", ("", "12", "7")),
    ]
    listed = [len(liaison.get(url).context["rows"]) for _line, _sums, url in (*by_team["rows"], *by_month["rows"])]
    assert (listed, by_team["total"].sums) == ([2, 1, 1, 2], ("", "32", "47"))


@pytest.mark.parametrize("n", [1, 3])
def test_sums_cost_the_same_for_one_group_and_for_three(liaison, city, campaign, django_assert_num_queries, n):
    for place in range(n):
        rows.service(campaign, city, team=f"{place}队")
    sums(liaison, "volunteering")

    with django_assert_num_queries(5):
        page = sums(liaison, "volunteering")

    assert len(page.context["rows"]) == n


def test_what_hangs_is_summed_as_of_a_day(liaison, city, campaign):
    rows.poster(campaign, city)
    rows.poster(campaign, city, kind="宣传栏", quantity=3, removed_on=date(2026, 5, 1))

    in_april = sums(liaison, "publicity", "?on=2026-04-30").context["rows"]
    today = sums(liaison, "publicity").context["rows"]

    assert sorted((line.name, line.sums) for line, _sums, _url in in_april) == [
        ("公益广告", ("12",)),
        ("宣传栏", ("3",)),
    ]
    assert [(line.name, line.sums) for line, _sums, _url in today] == [("公益广告", ("12",))]
    assert len(liaison.get(today[0][2]).context["rows"]) == 1


# --- dissuasion ---


def test_the_tally_stores_a_row_for_each_kind_that_was_counted_and_once(liaison, city, campaign):
    page = liaison.get(reverse("campaigns:tally"))
    values = posted(page, place="人民路口") | {"number-闯红灯": "12", "fined-闯红灯": "2"}
    values["number-乱穿马路"] = "5"

    for _time in range(2):
        liaison.post(reverse("campaigns:tally"), values)

    told = Dissuasion.objects.order_by("-number").values_list("kind", "number", "fined", "place", "unit__short_name")
    assert list(told) == [("闯红灯", 12, 2, "人民路口", "城管局"), ("乱穿马路", 5, None, "人民路口", "城管局")]
    assert liaison.get(reverse("campaigns:tally")).context["today"] == 17


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "还没有计数，请先点“＋”。"),
        ({"number-闯红灯": "1", "fined-闯红灯": "2"}, "“闯红灯”登记处罚的多于劝导的，请核对。"),
    ],
)
def test_a_tally_without_sense_is_told_in_the_form(liaison, campaign, typed, told):
    page = liaison.post(reverse("campaigns:tally"), posted(liaison.get(reverse("campaigns:tally")), **typed))

    assert page.status_code == 422
    assert page.context["form"].non_field_errors() == [told]


def test_a_kind_of_ones_own_needs_its_name(liaison, campaign):
    url = reverse("campaigns:tally")
    values = posted(liaison.get(url), **{"number-": "4"})

    page = liaison.post(url, values)
    liaison.post(url, values | {"other": "翻越护栏"})

    assert page.context["form"].errors["other"] == ["请写明是哪一类不文明行为。"]
    assert Dissuasion.objects.get().kind == "翻越护栏"


# --- what hangs ---


def check(client, row, **values):
    url = reverse("campaigns:publicity_check", args=[row.pk])
    return client.post(url, posted(client.get(url), **values))


def test_a_damaged_ad_is_told_to_its_unit_and_is_due_until_it_is_intact(
    client, city, campaign, django_capture_on_commit_callbacks
):
    row = rows.poster(campaign, city)
    client.force_login(city.inspector)

    with django_capture_on_commit_callbacks(execute=True):
        check(client, row, condition="damaged", note="画面撕裂")
    due = list(Publicity.objects.due(on=date(2026, 6, 1)))
    check(client, row, condition="intact")

    assert due == [row]
    assert [notice.text for notice in city.liaison.notices.all()] == ["公益广告 人民路检查发现破损，请尽快更新。"]
    assert list(Publicity.objects.due(on=date(2026, 6, 1))) == []


def test_an_ad_is_due_a_month_before_its_time_is_over_and_until_it_is_taken_down(city, campaign):
    row = rows.poster(campaign, city, ends_on=date(2026, 6, 30))

    told = [Publicity.objects.due(on=day).exists() for day in (date(2026, 5, 30), date(2026, 5, 31), date(2026, 8, 1))]
    Publicity.objects.filter(pk=row.pk).update(removed_on=date(2026, 7, 5))

    assert told == [False, True, True]
    assert not Publicity.objects.due(on=date(2026, 8, 1)).exists()


def test_what_nobody_looked_at_for_a_quarter_is_unchecked(client, city, campaign):
    row = rows.poster(campaign, city)
    fresh = rows.poster(campaign, city, place="新华路", placed_on=date(2026, 5, 1))

    before = list(Publicity.objects.unchecked(on=date(2026, 6, 1)))
    client.force_login(city.liaison)
    check(client, row, condition="intact")

    assert (before, fresh in before) == ([row], False)
    assert not Publicity.objects.unchecked(on=date(2026, 6, 1)).exists()


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-06-02", "检查日期不能晚于今天。"),
        ("2026-02-28", "检查日期不能早于它设置的2026-03-01。"),
        ("2026-05-10", "它已于2026-05-10撤下，不用再检查。"),
    ],
)
def test_a_check_of_a_day_on_which_it_did_not_hang_is_refused(liaison, city, campaign, day, told):
    row = rows.poster(campaign, city, removed_on=date(2026, 5, 10))

    page = check(liaison, row, condition="intact", checked_on=day)

    assert (page.status_code, page.context["form"].non_field_errors()) == (422, [told])
    assert row.checks.count() == 0


def test_a_coordinator_of_another_city_files_nothing_here(city, campaign):
    foreign = people.city("云溪市")

    with pytest.raises(Refused):
        rows.activity(campaign, city, by=foreign.coordinator)
