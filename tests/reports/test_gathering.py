"""Units' paragraphs in the city's summary: where they stand, what their numbers lead to, and who is missing."""

import re
from datetime import date

import pytest

from campaigns.models import Statement, Workstream
from reports import actions, calls, contributions
from reports.models import Call, Contribution, Kind, Section, Template
from reports.records import figure_of
from reports.templates import save_template
from tests.factories import people
from tests.factories.calls import called, of, submitted
from tests.factories.reports import compiled
from tests.reports.test_calls import stream_key
from units.actions import rename_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day(clock):
    return clock("2025-06-10 09:00")


def accepted(call, unit, *, by, city, **typed):
    submitted(call, unit, by=by, **typed)
    contributions.move(of(call, unit), "accept", by=city.coordinator)


def sections(report):
    return {section.key: section.text for section in report.sections.all()}


def stream():
    return Workstream.objects.get().pk


def test_paragraphs_stand_under_their_workstream_after_the_city_s_own_words(city, campaign):
    call = called(campaign, city, units=[city.bureau, city.police, city.street])
    accepted(call, city.bureau, by=city.liaison, city=city, problems="经费不足")
    accepted(
        call,
        city.police,
        by=city.other_liaison,
        city=city,
        **{f"stream_{stream()}": "维护秩序12场次", "other": "开展巡逻"},
    )
    submitted(call, city.street, by=city.street_liaison, other="没有审核的一段")

    report = compiled(campaign, city)

    told = sections(report)
    assert told[f"units:stream:{stream()}"].split("\n")[1] == "清水市公安局：维护秩序12场次。"
    assert told[f"units:stream:{stream()}"].startswith("清水市城市管理局：")
    assert (told["problems"], told["units:problems"]) == ("", "清水市城市管理局：经费不足。")
    assert told["units"] == "清水市公安局：开展巡逻。"
    assert "没有审核的一段" not in "".join(told.values())
    keys = list(told)
    assert keys.index(f"stream:{stream()}") + 1 == keys.index(f"units:stream:{stream()}")
    assert keys.index("units") < keys.index("problems")


def test_what_a_unit_tells_of_a_task_of_its_own_the_city_does_not_tell_again(city, campaign):
    before = sections(compiled(campaign, city))[f"stream:{stream()}"]
    call = called(campaign, city)
    accepted(call, city.bureau, by=city.liaison, city=city)

    report = compiled(campaign, city)

    whole = "".join(sections(report).values())
    assert "新建摊位120个" in before
    assert (whole.count("新建摊位"), whole.count("120个")) == (1, 1)


def test_every_number_of_a_paragraph_leads_to_the_unit_s_records_or_to_what_it_handed_in(city, campaign, as_):
    for task in campaign.task_set.all():
        task.assignments.create(unit=city.bureau)
    call = called(campaign, city)
    typed = {f"stream_{stream()}": "新建摊位120个，清运垃圾350吨，任务完成率50%。"}
    accepted(call, city.bureau, by=city.liaison, city=city, **typed)

    report = compiled(campaign, city)

    snapshot = report.snapshots.get()
    section = report.sections.get(key=f"units:stream:{stream()}")
    row = of(call, city.bureau)
    led = {section.text[link["start"] : link["end"]]: link["figure"] for link in section.links}
    assert {number: key.partition(":")[0] for number, key in led.items()} == {
        "120": "campaigns.worklogentry",
        "350": "reports.contribution",
        "50%": "unit",
    }
    found = figure_of(snapshot, led["50%"])
    assert (found.label, found.text, len(found.pks)) == ("任务完成率（清水市城市管理局）", "50%", 2)
    page = as_(city.coordinator).get(f"/reports/{report.pk}/records/1/", {"figure": led["350"]}).content.decode()
    assert re.search(rf'href="{row.get_absolute_url()}">城管局 2025年上半年单位总结', page)


def test_units_are_called_as_on_the_last_day_and_told_once_they_hand_in_where_the_office_wants_it_so(
    city, campaign, clock
):
    call = called(campaign, city, units=[city.police], takes=Call.Takes.HANDED_IN)
    submitted(call, city.police, by=city.other_liaison, other="开展巡逻")
    clock("2025-07-10 09:00")
    rename_unit(city.police, name="清水市公安分局", by=city.coordinator, on=date(2025, 7, 5))

    assert sections(compiled(campaign, city))["units"] == "清水市公安局：开展巡逻。"


def test_a_statement_of_a_unit_that_speaks_for_itself_is_told_in_its_words(city, campaign):
    Statement.objects.create(campaign=campaign, kind="problem", content="垃圾清运不及时", unit=city.bureau)
    Statement.objects.create(campaign=campaign, kind="problem", content="停车位不足")
    call = called(campaign, city)
    accepted(call, city.bureau, by=city.liaison, city=city, problems="清运车辆老化")

    told = sections(compiled(campaign, city))

    assert ("停车位不足" in told["problems"], "垃圾清运不及时" in told["problems"]) == (True, False)
    assert told["units:problems"] == "清水市城市管理局：清运车辆老化。"


def test_an_office_that_leaves_the_part_out_tells_nothing_of_units(city, campaign):
    parts = ["opening", "workstreams", "problems", "closing"]
    save_template(Template(campaign=campaign, kind=Kind.SUMMARY), by=city.coordinator, is_usual=True, parts=parts)
    call = called(campaign, city)
    accepted(call, city.bureau, by=city.liaison, city=city, problems="经费不足")

    told = sections(compiled(campaign, city))

    assert [key for key in told if key.startswith("units")] == []
    assert "新建摊位120个" in told[f"stream:{stream()}"]


def test_a_hand_edit_of_the_city_s_words_stays_when_another_unit_comes_in(city, campaign):
    call = called(campaign, city, units=[city.bureau, city.police])
    accepted(call, city.police, by=city.other_liaison, city=city, **{f"stream_{stream()}": "维护秩序"})
    report = compiled(campaign, city)
    own = report.sections.get(key=f"stream:{stream()}")
    actions.edit_section(own, by=city.coordinator, heading=own.heading, text="亲手写的。", seen=own.token)
    accepted(call, city.bureau, by=city.liaison, city=city, **{f"stream_{stream()}": "清扫街道"})

    told = sections(compiled(campaign, city))

    assert told[f"stream:{stream()}"] == "亲手写的。"
    assert told[f"units:stream:{stream()}"] == "清水市城市管理局：清扫街道。\n清水市公安局：维护秩序。"


def test_the_page_of_the_summary_names_who_is_missing_while_it_can_change(city, campaign, as_):
    call = called(campaign, city, units=[city.bureau, city.police])
    report = compiled(campaign, city)
    accepted(call, city.police, by=city.other_liaison, city=city, other="开展巡逻")
    Contribution.objects.filter(unit=city.police).update(judged_at="2025-06-11T00:00Z")
    office = as_(city.coordinator)

    page = office.get(report.get_absolute_url()).content.decode()
    calls.move_call(call, "close", by=city.coordinator)
    closed = office.get(report.get_absolute_url()).content.decode()

    assert "尚有1个单位未报总结：城管局。" in page
    assert "又有1个单位的总结可以汇入" in page
    assert "尚有" not in closed


def test_three_hundred_units_with_long_paragraphs_make_a_document_that_can_be_edited(city, campaign):
    units = [people.unit(f"第{place}单位", parent=city.host) for place in range(300)]
    call = called(campaign, city, units=units, takes=Call.Takes.HANDED_IN, drafted=False)
    long = "开展宣传20场次，" * 60
    Contribution.objects.update(state=Contribution.State.SUBMITTED)
    for row in call.contributions.all():
        row.paragraphs.create(key=stream_key(), heading="市容", drafted="", text=long, links=[])

    report = compiled(campaign, city)

    told = [section for section in report.sections.all() if section.key.startswith("units:")]
    assert sum(len(section.text.split("\n")) for section in told) == 300
    assert max(len(section.text) for section in told) <= 20_000
    assert Section.objects.filter(report=report, level__gt=0, key__startswith="units").count() == 0
    assert report.files.count() == 3
