"""A person edits or reviews a report at the very moment a worker writes it anew: neither undoes the other unseen."""

from threading import Thread

import pytest
from django.db import connection

from campaigns.models import WorkLogEntry
from cityinit.workflow import Refused
from reports import actions
from reports.models import Report
from tests.factories import people
from tests.factories.reports import compiled, edit, told_campaign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city():
    return people.city()


@pytest.fixture
def report(city):
    return compiled(told_campaign(city), city)


@pytest.fixture
def written_anew(monkeypatch, city, report):
    """`written_anew(thing)` has a worker write the sections again, and `thing` begin once it has read them."""
    put = actions._put_section

    def write(thing):
        refused = []

        def meanwhile():
            try:
                thing()
            except Refused as refusal:
                refused.append(refusal.reason)
            finally:
                connection.close()

        thread = Thread(target=meanwhile)

        def put_slowly(*arguments, **values):
            if thread.ident is None:
                thread.start()
                # Long enough for whoever does not wait for the worker.
                thread.join(timeout=1)
            put(*arguments, **values)

        snapshot = actions.take_snapshot(report, version=2, hold=lambda: None)
        monkeypatch.setattr(actions, "_put_section", put_slowly)
        actions.write_sections(Report.objects.get(pk=report.pk), snapshot, hold=lambda: None)
        thread.join()
        return refused

    return write


def test_an_edit_made_while_the_report_is_written_anew_is_kept(city, report, written_anew):
    opening = report.sections.get(key="opening")

    refused = written_anew(lambda: edit(opening, city, text="改过的开头。"))

    assert (refused, report.sections.get(key="opening").text) == ([], "改过的开头。")


def test_an_edit_of_a_text_that_is_written_anew_meanwhile_is_refused(city, report, written_anew):
    stream = report.sections.get(heading="市容环境持续改善")
    WorkLogEntry.objects.update(content="新建摊位200个")

    refused = written_anew(lambda: edit(stream, city, text="市场新建摊位120个，商户满意。"))

    assert refused == ["别人刚刚修改了这一段，没有保存。请看过最新内容再改。"]
    assert "新建摊位200个" in report.sections.get(pk=stream.pk).text


def test_a_review_asked_for_while_the_report_is_written_anew_sees_what_was_written(city, report, written_anew):
    edit(report.sections.get(heading="市容环境持续改善"), city, text="市场新建摊位120个，商户满意。")
    WorkLogEntry.objects.update(content="新建摊位200个")
    seen = Report.objects.get(pk=report.pk)

    refused = written_anew(lambda: actions.move(seen, "review", by=city.coordinator))

    assert refused == ["有修改过的段落，其依据的数据已更新。请逐段核对并保存后再审核。"]
    assert Report.objects.get().state == "edited"


def test_a_text_that_was_written_anew_since_the_page_was_drawn_is_not_approved(city, report, written_anew):
    seen_text = actions.text_hash(report)
    WorkLogEntry.objects.update(content="新建摊位200个")

    refused = written_anew(
        lambda: actions.move(
            Report.objects.get(pk=report.pk), "review", by=city.coordinator, seen_state="draft", seen_text=seen_text
        )
    )

    assert refused == ["您打开页面之后，正文有改动，没有办理。请看过现在的正文再办理。"]
    assert Report.objects.get().state == "draft"
