"""The text of a report, edited in the browser as it looks, and the way from a number to its records."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cityinit.queue import run_job
from reports import actions
from reports.models import Report, Section
from tests.browser.conftest import DESK, PHONE
from tests.factories import tasks


@pytest.fixture
def report(city, campaign, half):
    tasks.task_at(campaign, city, "issued")
    run_job(actions.request_report(campaign, half, by=city.coordinator).pk)
    return Report.objects.get()


def editor(page):
    # Not the field of the form, in whose place the script puts it.
    return page.get_by_role("textbox", name="正文").and_(page.locator(".rich-page"))


def open_editor(sit, city, section, **options):
    return sit(city.coordinator, reverse("reports:section_edit", args=[section.pk]), **options)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_words_are_made_bold_a_heading_and_a_list_and_come_back_as_they_were(city, report, sit, size):
    section = report.sections.first()
    page = open_editor(sit, city, section, size=size)
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.type("主要成效")
    page.get_by_role("button", name="小标题").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("任务推进")
    page.get_by_role("button", name="加粗").click()
    page.keyboard.type("很快")
    page.get_by_role("button", name="加粗").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="列表").click()
    page.keyboard.type("第一项")
    page.keyboard.press("Enter")
    page.keyboard.type("第二项")
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_role("heading", name="主要成效")).to_be_visible()
    assert Section.objects.get(pk=section.pk).text == "# 主要成效\n任务推进**很快**\n- 第一项\n- 第二项"
    expect(page.locator(".report-text strong")).to_have_text("很快")
    expect(page.locator(".report-text li")).to_have_text(["第一项", "第二项"])
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    again = open_editor(sit, city, section, size=size)
    again.get_by_role("button", name="保存").click()
    expect(again.get_by_role("heading", name="主要成效")).to_be_visible()
    assert Section.objects.get(pk=section.pk).text == "# 主要成效\n任务推进**很快**\n- 第一项\n- 第二项"


def test_a_text_that_is_only_opened_and_saved_is_the_same(city, report, sit):
    section = report.sections.exclude(text="").last()
    before = section.text
    page = open_editor(sit, city, section)
    expect(editor(page)).to_be_visible()

    page.get_by_role("button", name="保存").click()

    expect(page.get_by_role("heading", name=report.title)).to_be_visible()
    assert Section.objects.get(pk=section.pk).text == before


def test_what_is_pasted_or_typed_is_words_and_never_markup(city, report, sit):
    section = report.sections.first()
    page = open_editor(sit, city, section)
    editor(page).click()
    page.keyboard.press("Control+A")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/html", "<b onclick=alert(1)>红</b><img src=x onerror=alert(1)>");
          data.setData("text/plain", "红<script>alert(1)</script>");
          document.querySelector(".rich-page").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_text("红<script>alert(1)</script>")).to_be_visible()
    assert Section.objects.get(pk=section.pk).text == "红<script>alert(1)</script>"


def test_a_number_without_a_source_is_marked_and_one_that_has_leads_to_its_records(city, report, sit):
    section = report.sections.filter(text__contains="1项").first()
    page = open_editor(sit, city, section)
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("另有九十九个问题，评出五十佳。")
    page.get_by_role("button", name="保存").click()

    expect(page.locator("mark")).to_have_text(["九十九"])
    page.locator(f"#section-{section.pk} .prose a").first.click()
    expect(page.locator("main")).to_contain_text("记录")
