"""The floor under the pages: SQL on a bare WSGI function that pastes strings together.

No log-in, no forms, no templates, no layout: what no framework can beat on this machine. `bench/pages.py` starts it
beside the product on the same PostgreSQL database and asks it for two things: `/same/N` answers with the rows of the
very statements that the Nth page ran (it finds them in the file FLOOR_STATEMENTS), and `/tasks` and the like with
those of `LISTS`, the best that can be written for the list alone: nothing about who asks, what may be filtered by or
the menu.

    FLOOR_DATABASE=postgres://… FLOOR_STATEMENTS=same.json gunicorn -k gthread --threads 4 bench.floor:application
"""

import json
import os
import threading
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import psycopg2

TASK = """
select t.code, t.name, u.name, t.frequency, t.due_on, t.state,
  (select count(*) from campaigns_assignment a where a.task_id = t.id),
  (select count(*) from campaigns_assignment a where a.task_id = t.id and a.state = 'reported_done')
from ({rows}) t join units_unit u on u.id = t.lead_unit_id order by {order}
"""
ROWS = "select * from campaigns_task where campaign_id = %(campaign)s {where} order by {order} limit 50"
COUNT = "select count(*) from (select 1 from campaigns_task t where campaign_id = %(campaign)s {where} limit 10001) n"
ENTRY = """
select e.done_on, e.content, e.is_highlight, u.name, t.code, t.name,
  (select string_agg(q.label || q.text, '；' order by q.position) from campaigns_quantity q where q.entry_id = e.id),
  (select count(*) from campaigns_logfile f where f.entry_id = e.id)
from ({rows}) e join units_unit u on u.id = e.unit_id join campaigns_task t on t.id = e.task_id
order by e.done_on desc, e.id desc
"""
ENTRIES = """
select e.* from campaigns_worklogentry e where {where} order by e.done_on desc, e.id desc limit 50
"""
ENTRY_COUNT = "select count(*) from (select 1 from campaigns_worklogentry e where {where} limit 10001) n"
OF_CAMPAIGN = "e.task_id in (select id from campaigns_task where campaign_id = %(campaign)s)"


def tasks(where: str = "", order: str = "position, id") -> list[str]:
    """The fifty rows of a table of tasks and their capped number."""
    rows = ROWS.format(where=where, order=order)
    return [TASK.format(rows=rows, order=f"t.{order.replace(', ', ', t.')}"), COUNT.format(where=where)]


def entries(where: str = "") -> list[str]:
    """The fifty rows of a table of log entries and their capped number."""
    whole = OF_CAMPAIGN + where
    return [ENTRY.format(rows=ENTRIES.format(where=whole)), ENTRY_COUNT.format(where=whole)]


HAS_PART = "and id in (select task_id from campaigns_assignment where unit_id = %(unit)s)"
LISTS: dict[str, list[str]] = {
    "tasks": tasks(),
    "tasks-state": tasks("and state = 'awaiting_confirmation'"),
    "tasks-unit": tasks(HAS_PART),
    "tasks-overdue": tasks("and state = 'issued' and due_on < %(today)s", order="due_on, id"),
    "tasks-text": tasks("and (name like %(words)s or code like %(words)s or requirement like %(words)s)"),
    "log": entries(),
    "log-unit": entries(" and e.unit_id = %(unit)s"),
    "task": [
        "select t.*, u.name from campaigns_task t join units_unit u on u.id = t.lead_unit_id where t.id = %(task)s",
        "select a.*, u.name from campaigns_assignment a join units_unit u on u.id = a.unit_id where task_id = %(task)s",
        "select e.*, u.name from campaigns_worklogentry e join units_unit u on u.id = e.unit_id"
        " where task_id = %(task)s order by done_on desc, e.id desc limit 10",
        "select label, canonical_measure, sum(value) from campaigns_quantity q"
        " join campaigns_worklogentry e on e.id = q.entry_id where task_id = %(task)s group by 1, 2",
        "select v.*, p.name from campaigns_taskevent v left join units_user p on p.id = v.by_id"
        " where task_id = %(task)s order by at desc",
    ],
}
SAME: list[list[str]] = json.loads(Path(os.environ["FLOOR_STATEMENTS"]).read_text())
local = threading.local()


def application(environ, start_response):
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    kind, _slash, number = environ["PATH_INFO"].strip("/").partition("/")
    if kind == "same":
        # As they were sent: a percent sign in them is no place to fill.
        body = "".join(_table(statement, None) for statement in SAME[int(number)]).encode()
    else:
        body = "".join(_table(statement, asked) for statement in LISTS[kind]).encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def _table(statement: str, asked: dict[str, str] | None) -> str:
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["FLOOR_DATABASE"])
        local.connection.autocommit = True
    with local.connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows = cursor.fetchall()
    lines = ("<tr><td>" + "<td>".join([escape(str(value)) for value in row]) for row in rows)
    return f"<table>{''.join(lines)}</table>"
