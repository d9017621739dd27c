"""The pages of reports: who sees them, what they show, what they cost."""

from uuid import uuid4

import pytest
from django.urls import reverse

from cityinit.models import AuditEvent
from reports.models import Report, Template
from reports.narrative import PARTS
from tests.factories.people import city as another_city
from tests.factories.reports import compiled, edit, report_at


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


def test_asking_for_a_half_year_leads_to_the_report_that_shows_its_progress(office, campaign):
    answer = office.post(reverse("reports:report_new"), {"period": "2025-01-01/2025-06-30"}, follow=True)

    report = Report.objects.get()
    assert answer.redirect_chain == [(report.get_absolute_url(), 302)]
    assert f"job-{report.job.pk}".encode() in answer.content


def test_a_wrong_period_is_said_on_the_form(office, campaign):
    answer = office.post(reverse("reports:report_new"), {"period": "own", "first": "2025-06-30", "last": "2025-01-01"})

    assert answer.status_code == 422
    assert "止的日期早于起的日期" in answer.content.decode()
    assert Report.objects.count() == 0


def test_only_periods_that_have_begun_are_offered_and_a_running_one_says_so(office, campaign, clock):
    clock("2025-03-05 09:00")

    form = office.get(reverse("reports:reports")).context["form"]
    answer = office.post(reverse("reports:report_new"), {"period": "own", "first": "2025-03-06", "last": "2025-03-31"})

    assert form.fields["period"].choices == [
        ("半年", [("2025-01-01/2025-06-30", "2025年上半年（截至编写当日）")]),
        ("年度", [("2025-01-01/2025-12-31", "2025年度（截至编写当日）")]),
        ("季度", [("2025-01-01/2025-03-31", "2025年第一季度（截至编写当日）")]),
        (
            "月份",
            [
                ("2025-03-01/2025-03-31", "2025年3月（截至编写当日）"),
                ("2025-02-01/2025-02-28", "2025年2月"),
                ("2025-01-01/2025-01-31", "2025年1月"),
            ],
        ),
        (
            "周",
            [
                ("2025-03-03/2025-03-09", "2025年3月3日至3月9日（截至编写当日）"),
                ("2025-02-24/2025-03-02", "2025年2月24日至3月2日"),
                ("2025-02-17/2025-02-23", "2025年2月17日至2月23日"),
                ("2025-02-10/2025-02-16", "2025年2月10日至2月16日"),
                ("2025-02-03/2025-02-09", "2025年2月3日至2月9日"),
                ("2025-01-27/2025-02-02", "2025年1月27日至2月2日"),
            ],
        ),
        ("own", "自定起止"),
    ]
    assert answer.status_code == 422
    assert "这个时段还没有开始" in answer.content.decode()


def test_every_number_of_the_report_leads_to_its_records(office, city, campaign):
    report = compiled(campaign, city)
    page = office.get(report.get_absolute_url()).content.decode()
    here = reverse("reports:records", args=[report.pk, 1])
    links = {section_link["figure"] for section in report.sections.all() for section_link in section.links}

    for figure in links:
        answer = office.get(here, {"figure": figure})
        assert answer.status_code == 200
        assert answer.context["total"] == len(answer.context["rows"]) > 0 or figure == "tasks.late"
    assert page.count(f'href="{here}?figure=') == sum(len(section.links) for section in report.sections.all())
    assert office.get(here, {"figure": "no.such"}).status_code == 404


def test_the_records_of_a_figure_are_those_that_were_counted(office, city, campaign):
    report = compiled(campaign, city)
    campaign.task_set.filter(code="1").update(name="改了名的任务")

    answer = office.get(reverse("reports:records", args=[report.pk, 1]), {"figure": "tasks.done"})

    assert [row["title"] for row in answer.context["rows"]] == ["1 改了名的任务"]


def test_a_number_that_matches_no_figure_is_marked(office, city, campaign):
    report = compiled(campaign, city)
    stream = report.sections.get(heading="市容环境持续改善")
    edit(stream, city, text="新建摊位120个，拆除违建77处。")

    page = office.get(report.get_absolute_url()).content.decode()

    assert "<mark>77</mark>" in page
    assert "<mark>120</mark>" not in page
    assert "1个数字没有来源" in page


def test_a_text_that_changed_since_the_page_was_drawn_is_not_reviewed(office, city, campaign):
    report = compiled(campaign, city)
    moves = office.get(report.get_absolute_url()).context["moves"]
    edit(report.sections.first(), city, text="换了一句。")
    seen = {"seen_state": "edited", "seen_text": moves[0].seen_text}

    page = office.post(moves[0].url, seen, follow=True)

    assert Report.objects.get().state == "edited"
    assert "您打开页面之后，正文有改动，没有办理。" in page.content.decode()


def test_a_text_longer_than_any_summary_is_told_beside_the_field_and_stays_on_the_page(office, city, campaign):
    section = compiled(campaign, city).sections.get(key="opening")
    values = {"text": "长" * 100_001, "seen": section.token}

    page = office.post(reverse("reports:section_edit", args=[section.pk]), values)

    assert page.status_code == 422
    assert page.context["form"].errors["text"][0].count("100000") == 1
    assert page.context["form"]["text"].value() == values["text"]


def test_editing_in_the_browser_saves_and_a_stale_form_does_not(office, city, campaign):
    section = compiled(campaign, city).sections.get(key="opening")
    url = reverse("reports:section_edit", args=[section.pk])

    office.post(url, {"text": "第一段。\n\n 第二段。 ", "seen": section.token})
    office.post(url, {"text": "旧表单。", "seen": section.token})

    section.refresh_from_db()
    assert section.text == "第一段。\n第二段。"


def test_the_written_text_can_be_taken_back(office, city, campaign):
    section = compiled(campaign, city).sections.get(key="opening")
    edit(section, city, text="改过的。")

    office.post(reverse("reports:section_edit", args=[section.pk]), {"restore": "1", "seen": section.token})

    section.refresh_from_db()
    assert section.text == section.written


def test_a_download_is_asked_for_again_and_recorded(office, city, campaign):
    report = compiled(campaign, city)
    file = report.files.get(kind="docx")

    answer = office.get(reverse("reports:download", args=[report.pk, file.pk]))

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    event = AuditEvent.objects.get(action="下载总结")
    assert (event.actor_id, event.subject, event.detail["version"]) == (city.coordinator.pk, report.title, 1)


def test_who_may_see_and_do_what(client, city, campaign):
    report = compiled(campaign, city)
    file = report.files.get(kind="docx")
    section = report.sections.first()
    stranger = another_city("白河市").coordinator
    pages = {
        "list": ("get", reverse("reports:reports")),
        "report": ("get", report.get_absolute_url()),
        "records": ("get", reverse("reports:records", args=[report.pk, 1]) + "?figure=tasks.total"),
        "file": ("get", reverse("reports:download", args=[report.pk, file.pk])),
        "edit": ("get", reverse("reports:section_edit", args=[section.pk])),
        "template": ("get", reverse("reports:template_new", args=["summary"])),
    }

    seen = {}
    for who in (city.coordinator, city.leader, city.inspector, city.liaison, city.administrator, stranger):
        client.force_login(who)
        seen[who] = [getattr(client, method)(url).status_code for method, url in pages.values()]

    assert seen == {
        city.coordinator: [200, 200, 200, 200, 200, 200],
        city.leader: [200, 200, 200, 200, 403, 403],
        city.inspector: [403, 404, 404, 404, 404, 403],
        city.liaison: [403, 404, 404, 404, 404, 403],
        city.administrator: [403, 404, 404, 404, 404, 403],
        stranger: [200, 404, 404, 404, 404, 403],
    }


def test_the_moves_are_made_from_the_page(office, city, campaign):
    report = compiled(campaign, city)

    for move, state in (("review", "draft"), ("approve", "reviewed"), ("issue", "approved")):
        office.post(reverse("reports:report_move", args=[report.pk, move]), {"seen_state": state})

    assert Report.objects.get().state == "issued"
    assert office.get(reverse("reports:report_move", args=[report.pk, "vanish"])).status_code == 404


def test_sending_back_asks_why(office, city, campaign):
    report = report_at("approved", campaign, city)
    url = reverse("reports:report_move", args=[report.pk, "send_back"])

    empty = office.post(url, {"note": "", "seen_state": "approved"})
    office.post(url, {"note": "补充数据", "seen_state": "approved"})

    assert (empty.status_code, Report.objects.get().state) == (422, "edited")
    assert report.events.order_by("-pk").first().note == "补充数据"


def typed(page):
    """What a browser would send of the form as it stands on the page."""
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_a_part_is_moved_with_its_buttons_and_nothing_is_saved_before_the_word(office, campaign):
    url = reverse("reports:template_new", args=["summary"])
    values = typed(office.get(url)) | {"subtitle": "正在写"}
    usual = list(PARTS)

    up = office.post(url, values | {"up": usual[2]})
    moved = typed(up)
    again = typed(office.post(url, moved | {"down": usual[0]}))
    before = Template.objects.count()
    office.post(url, again)

    assert (up.status_code, moved["subtitle"], before) == (200, "正在写", 0)
    assert moved["order"].split(",") == [usual[0], usual[2], usual[1], *usual[3:]]
    assert Template.objects.get().parts == [usual[2], usual[0], usual[1], *usual[3:]]


def test_the_first_part_stays_first_and_at_least_one_is_told(office, campaign):
    url = reverse("reports:template_new", args=["summary"])
    values = typed(office.get(url))

    moved = typed(office.post(url, values | {"up": next(iter(PARTS))}))
    none = office.post(url, values | {"parts": []})

    assert moved["order"] == ",".join(PARTS)
    assert (none.status_code, none.context["form"].errors["parts"]) == (422, ["请至少保留一个部分。"])


def test_a_template_that_somebody_else_saved_meanwhile_is_not_overwritten(office, city, campaign):
    url = reverse("reports:template_new", args=["summary"])
    mine = typed(office.get(url)) | {"signature": "我的落款"}
    office.post(url, typed(office.get(url)) | {"signature": "别人的落款"})

    page = office.post(url, mine)

    assert (page.status_code, page.context["form"]["signature"].value()) == (422, "我的落款")
    assert Template.objects.get().signature == "别人的落款"


def test_the_template_is_kept_as_chosen_and_used_by_the_next_report(office, city, campaign):
    url = reverse("reports:template_new", args=["summary"])
    values = typed(office.get(url))
    values |= {"signature": "清水市创建办", "addressee": "市委、市政府", "line_points": "28.00"}
    values["parts"].remove("progress")

    office.post(url, values)

    template = Template.objects.get(campaign=campaign)
    assert (template.signature, "progress" in template.parts, str(template.line_points)) == (
        "清水市创建办",
        False,
        "28.00",
    )
    facts = compiled(campaign, city).snapshots.get().facts
    assert facts["writing"]["addressee"] == "市委、市政府"


@pytest.mark.parametrize("more", [0, 3])
def test_the_list_costs_the_same_whatever_its_length(office, city, campaign, django_assert_num_queries, more):
    compiled(campaign, city)
    for month in range(1, more + 1):
        Report.objects.create(
            campaign=campaign, title=str(uuid4()), first_day=f"2025-0{month}-01", last_day=f"2025-0{month}-28"
        )
    office.get(reverse("reports:reports"))

    with django_assert_num_queries(7):
        office.get(reverse("reports:reports"))


def test_the_contents_lead_to_every_section_and_mark_numbers_without_a_source(office, city, campaign):
    report = compiled(campaign, city)
    stream = report.sections.get(heading="市容环境持续改善")
    edit(stream, city, text="市场新建摊位999个。")

    page = office.get(report.get_absolute_url()).content.decode()

    contents = page.partition('<nav class="contents"')[2].partition("</nav>")[0]
    named = [section for section in report.sections.all() if section.heading]
    assert [f'href="#section-{section.pk}"' in contents for section in named] == [True] * len(named)
    assert contents.count("1个数字没有来源") == 1


def test_every_version_keeps_its_files_and_who_writes_sees_its_hash(office, client, city, campaign, work):
    report = compiled(campaign, city)
    edit(report.sections.first(), city, text="换了一句。")
    work()
    compiled(campaign, city)

    page = office.get(report.get_absolute_url())
    client.force_login(city.leader)
    shown_to_leader = client.get(report.get_absolute_url()).context["versions"]

    versions = page.context["versions"]
    assert [(version["number"], len(version["former"])) for version in versions] == [(2, 0), (1, 1)]
    files = [text["files"] for text in (versions[1]["last"], *versions[1]["former"])]
    assert [client.get(file["url"]).status_code for pair in files for file in pair] == [200] * 6
    assert [version["hash"] for version in versions] == [
        snapshot.hash[:16] for snapshot in report.snapshots.order_by("-version")
    ]
    assert {version["hash"] for version in shown_to_leader} == {""}


def test_a_stale_text_stays_on_the_page_with_what_was_saved_meanwhile(office, city, campaign):
    section = compiled(campaign, city).sections.get(key="opening")
    values = {"text": "我写了很久的一段。", "seen": section.token}
    edit(section, city, text="别人先改的。")
    url = reverse("reports:section_edit", args=[section.pk])

    page = office.post(url, values)
    again = office.post(url, values | {"seen": page.context["form"]["seen"].value()})

    assert page.status_code == 422
    assert page.context["form"]["text"].value() == "我写了很久的一段。"
    assert "别人先改的。" in page.content.decode()
    assert again.status_code == 302
    section.refresh_from_db()
    assert section.text == "我写了很久的一段。"


def test_the_report_page_has_a_fixed_number_of_queries(office, city, campaign, django_assert_num_queries):
    report = compiled(campaign, city)

    with django_assert_num_queries(18):
        office.get(report.get_absolute_url())
