"""The pages of a call: the office asks, sees who is missing and reads; a unit writes its own and sees no other's."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from reports import contributions
from reports.calls import add_units
from reports.models import Call, Contribution
from tests.factories import people
from tests.factories.calls import called, contribution_at, of, submitted
from tests.reports.test_calls import stream_key

pytestmark = pytest.mark.django_db
State = Contribution.State


@pytest.fixture(autouse=True)
def day(clock):
    return clock("2025-06-10 09:00")


def url(name, *args):
    return reverse(f"reports:{name}", args=args)


def body(answer):
    return answer.content.decode()


def field(key):
    return f"text-{key.replace(':', '-')}"


def test_the_office_ticks_by_kind_and_sends_once(city, campaign, as_):
    office = as_(city.coordinator)
    asked = {"period": "2025-01-01/2025-06-30", "due_on": "2025-06-25", "remind_days": "3", "takes": "accepted"}
    asked |= {"client_key": str(uuid4()), "note": "写实"}

    first = office.get(url("call_new")).context["form"]
    filled = office.post(url("call_new"), asked | {"fill": "1", "kinds": ["街道"]}).context["form"]
    answers = [office.post(url("call_new"), asked | {"units": filled["units"].value()}) for _ in range(2)]

    assert (first["period"].value(), first["units"].value()) == ("2025-01-01/2025-06-30", [city.bureau.pk])
    assert (filled["units"].value(), filled.errors) == ([str(city.street.pk)], {})
    assert {answer.url for answer in answers} == {Call.objects.get().get_absolute_url()}
    assert [row.unit for row in Contribution.objects.all()] == [city.street]


def test_a_call_without_units_or_for_a_day_that_is_over_comes_back_as_it_was_typed(city, campaign, as_):
    sent = {"period": "2025-01-01/2025-06-30", "due_on": "2025-06-01", "remind_days": "3", "takes": "accepted"}

    answer = as_(city.coordinator).post(url("call_new"), sent)

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"due_on": ["报送期限不能早于今天。"], "units": ["请至少选择一个单位。"]}
    assert answer.context["form"]["due_on"].value() == "2025-06-01"


def test_a_unit_writes_saves_and_hands_in_and_the_office_reads_and_returns(city, campaign, as_):
    call = called(campaign, city)
    row = of(call, city.bureau)
    write = url("contribution_write", row.pk)
    unit = as_(city.liaison)

    landed = unit.get(call.get_absolute_url())
    drawn = unit.get(write)
    typed = {field(stream_key()): "新建摊位120个，清运垃圾350吨。", "seen": drawn.context["form"]["seen"].value()}
    saved = unit.post(write, typed)
    again = unit.get(write)
    handed = unit.post(write, typed | {"submit": "1", "seen": again.context["form"]["seen"].value()})

    assert (landed.url, saved.url, handed.url) == (write, write, row.get_absolute_url())
    assert "120个" in drawn.context["form"][field(stream_key())].value()
    assert re.search(r"1个数字没有来源</span> 350", body(again))
    read = as_(city.coordinator).get(row.get_absolute_url())
    assert re.search(r'<a href="[^"]*records/\?figure=campaigns\.worklogentry[^"]*">120</a>', body(read))
    assert "<mark>350</mark>" in body(read)
    as_(city.coordinator).post(url("contribution_move", row.pk, "return_to_unit"), {"note": "请补充"})
    assert of(call, city.bureau).state == State.RETURNED
    assert "创建办退回：请补充" in body(as_(city.liaison).get(write))


def test_who_was_slower_reads_what_the_other_saved_beside_the_own_words(city, campaign, as_):
    row = of(called(campaign, city), city.bureau)
    write = url("contribution_write", row.pk)
    seen = as_(city.liaison).get(write).context["form"]["seen"].value()
    contributions.save(row, by=city.coordinator, texts={"other": "代写的一段。"})

    answer = as_(city.liaison).post(write, {"seen": seen, field("other"): "自己写的一段。", "submit": "1"})
    sent_again = as_(city.liaison).post(
        write, {"seen": answer.context["form"]["seen"].value(), field("other"): "合起来的一段。", "submit": "1"}
    )

    assert answer.status_code == 422
    assert "现在保存的是：代写的一段。" in body(answer)
    assert "自己写的一段。" in body(answer)
    assert (sent_again.status_code, of(row.call, city.bureau).state) == (302, State.SUBMITTED)
    assert row.paragraphs.get(key="other").text == "合起来的一段。"


def test_a_new_draft_is_asked_for_without_losing_what_was_typed(city, campaign, as_):
    row = of(called(campaign, city), city.bureau)
    write = url("contribution_write", row.pk)
    unit = as_(city.liaison)
    drafted = row.paragraphs.get(key=stream_key()).text

    form = unit.get(write).context["form"]
    sent = {"seen": form["seen"].value(), field(stream_key()): "改写过的。", field("other"): "另写的。", "redraft": ""}
    unit.post(write, sent)
    kept = dict(row.paragraphs.values_list("key", "text"))
    sent = {field(key): text for key, text in kept.items()}
    unit.post(write, sent | {"seen": contributions.text_mark(row), "redraft": stream_key()})

    assert (kept[stream_key()], kept["other"]) == ("改写过的。", "另写的。")
    assert row.paragraphs.get(key=stream_key()).text == drafted
    assert row.paragraphs.get(key="other").text == "另写的。"


def test_the_overview_tells_who_is_missing_with_words_for_the_group(city, campaign, as_, clock):
    call = called(campaign, city, units=[city.bureau, city.police, city.street])
    submitted(call, city.bureau, by=city.liaison)
    contributions.move(of(call, city.street), "excuse", by=city.coordinator, note="今年新设")
    clock("2025-06-27 09:00")
    office = as_(city.coordinator)

    page = office.get(call.get_absolute_url())
    overdue = office.get(call.get_absolute_url(), {"state": "overdue"})
    desk = office.get(url("calls_desk"))

    assert [(stat["label"], stat["value"]) for stat in page.context["stats"]] == [
        *(("应报单位", 2), ("已报", 1), ("待审核", 1), ("已采用", 0), ("逾期未报", 1)),
    ]
    text = "【催报】2025年上半年单位总结已于2025年6月25日到期，尚有1个单位未报：公安局。请立即登录系统报送。"
    assert page.context["missing"] == {"n": 1, "text": text}
    assert [row["contribution"].unit for row in overdue.context["rows"]] == [city.police]
    assert [(stat["label"], stat["value"]) for stat in desk.context["blocks"][0]["stats"]] == [
        *(("待审核", 1), ("未报", 1), ("逾期未报", 1)),
    ]
    nudged = office.post(url("call_nudge", call.pk), {"contribution": [of(call, city.police).pk, "x", "9" * 30]})
    assert (nudged.status_code, of(call, city.police).nudged_at is not None) == (302, True)


def test_the_ticked_are_accepted_and_the_next_that_waits_is_offered(city, campaign, as_):
    call = called(campaign, city, units=[city.bureau, city.police, city.street])
    for unit, who in (
        (city.bureau, city.liaison),
        (city.police, city.other_liaison),
        (city.street, city.street_liaison),
    ):
        submitted(call, unit, by=who, other="开展工作。")
    bureau, police = (of(call, unit) for unit in (city.bureau, city.police))
    office = as_(city.coordinator)

    after_first = office.post(url("contribution_move", bureau.pk, "accept"))
    office.post(url("call_accept", call.pk), {"contribution": [police.pk, bureau.pk]})

    assert after_first.url == police.get_absolute_url()
    assert {row.unit: row.state for row in call.contributions.all()} == {
        city.bureau: State.ACCEPTED,
        city.police: State.ACCEPTED,
        city.street: State.SUBMITTED,
    }


def test_the_list_goes_out_as_a_sheet_as_it_is_narrowed(city, campaign, as_):
    call = called(campaign, city, units=[city.bureau, city.police])
    submitted(call, city.bureau, by=city.liaison)

    answer = as_(city.coordinator).get(url("call_export", call.pk), {"state": "missing"})

    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = [[cell.value for cell in row][:5] for row in sheet.iter_rows()]
    assert [row for row in rows if row[0] and "公安" in row[0]] == [["清水市公安局", "委员单位", None, "待报送", None]]
    assert len([row for row in rows if row[0] and "局" in row[0]]) == 1


def test_pages_cost_the_same_for_one_unit_and_for_thirty(city, campaign, as_, django_assert_num_queries):
    call = called(campaign, city)
    office = as_(city.coordinator)
    pages = {"call": 11, "calls": 5, "calls_desk": 8}

    for units in ([], [people.unit(f"第{place}单位", parent=city.host) for place in range(30)]):
        if units:
            add_units(call, units, by=city.coordinator)
        for name, queries in pages.items():
            with django_assert_num_queries(queries):
                assert office.get(url(name, *([call.pk] if name == "call" else []))).status_code == 200


def test_each_state_s_page_is_read_by_whoever_may(city, campaign, as_):
    row = contribution_at(State.ACCEPTED, campaign, city)

    answers = {
        str(who): as_(who).get(row.get_absolute_url()).status_code
        for who in (city.coordinator, city.leader, city.liaison, city.other_liaison, city.inspector)
    }

    assert list(answers.values()) == [200, 200, 200, 404, 404]
    assert as_(city.liaison).get(url("contribution_write", row.pk)).url == row.get_absolute_url()
