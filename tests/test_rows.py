"""Rows pasted into a template that is drawn once for each shape they have (`cityinit.rows`)."""

import pytest
from django.utils.html import format_html
from django.utils.translation import override

from cityinit.rows import Row, draw_rows

ROW = "campaigns/_task_row.html"


def _row(**changed):
    row = dict.fromkeys(
        ("pk", "url", "code", "name", "lead", "reported", "frequency", "due", "late", "mark", "state", "tone"), ""
    )
    return row | {"pk": "7", "url": "/t/7/", "code": "1-1", "name": "路灯", "tone": "blue", "state": "进行中"} | changed


def test_what_a_row_says_stands_where_the_template_prints_it():
    drawn = draw_rows(ROW, [_row(), _row(pk="8", url="/t/8/", name="公厕")])

    assert drawn.count("<tr>") == 2
    assert '<a href="/t/7/">路灯</a>' in drawn
    assert '<a href="/t/8/">公厕</a>' in drawn
    assert "badge tone-red" not in drawn


def test_what_only_some_rows_have_is_drawn_for_these():
    drawn = draw_rows(ROW, [_row(), _row(late="逾期", mark="is-late", due="2025-06-01")])

    assert drawn.count('<tr class="is-late">') == 1
    assert drawn.count('2025-06-01 <span class="badge tone-red">逾期</span>') == 1


@pytest.mark.parametrize("name", ["<b>100%</b>", "50% %s %(name)s", "{{ row.code }}", "\ue000code\ue001", '"a" & b'])
def test_a_row_s_text_is_never_read_as_markup_or_as_a_place_to_fill(name):
    escaped = format_html("{}", name)

    assert f'<a href="/t/7/">{escaped}</a>' in draw_rows(ROW, [_row(name=name)])


def test_constants_and_the_language_each_have_a_drawing_of_their_own():
    plain, ticked = draw_rows(ROW, [_row()], tick=False), draw_rows(ROW, [_row()], tick=True)

    assert 'type="checkbox"' not in plain
    assert 'name="task" value="7"' in ticked
    with override("en"):
        assert draw_rows(ROW, [_row()], tick=False) != ""


def test_a_row_that_is_kept_reads_as_any_other_wherever_it_is_drawn():
    kept = Row(_row(name="<b>"))

    for constants in ({"tick": False}, {"tick": True}, {"tick": False}):
        assert draw_rows(ROW, [kept], **constants) == draw_rows(ROW, [_row(name="<b>")], **constants)


def test_no_rows_are_no_text():
    assert draw_rows(ROW, []) == ""
