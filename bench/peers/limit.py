"""The limit: each operation as its best SQL, on a bare WSGI function that pastes strings together.

No log-in, no rights, no forms, no templates, no layout: what no framework can beat on this machine. `bench/findings.py`
starts it on the neutral tables (`tables.sql`, `keys.sql`) with the indexes of `limit.sql`.
"""

import os
import threading
from html import escape
from urllib.parse import parse_qs

import psycopg2

KEPT = threading.local()
ROWS = """
select f.id, f.status, f.severity, f.title, u.name, s.name, p.name, f.due_date, f.found_at
from {} f join units u on u.id = f.unit_id join sites s on s.id = f.site_id left join users p on p.id = f.assignee_id
"""
NEWEST = " order by f.found_at desc, f.id desc "
ROW = ROWS.format("findings")
OF_A_UNIT = " where f.unit_id = %s and f.status = %s and f.status <> 'closed' and f.due_date < %s "
COUNT = f"select count(*) from findings f {OF_A_UNIT}"  # noqa: S608  # of the lines above
DEEP = " where (f.found_at, f.id) < (select found_at, id from findings where id = %s) "
# A common word is met among the newest rows; a rare one has few rows under its pairs of neighbouring characters.
AMONG_NEWEST = """(select * from (select * from findings order by found_at desc, id desc limit 4000) n
where title || ' ' || description like %s
order by found_at desc, id desc limit 50)"""
BY_PAIRS = """(select * from findings where bigrams(title || ' ' || description) @> %s
and title || ' ' || description like %s
order by found_at desc, id desc limit 50)"""
ITEM = """
select f.*, u.name, s.name, p.name, r.name from findings f join units u on u.id = f.unit_id
join sites s on s.id = f.site_id join users r on r.id = f.reporter_id left join users p on p.id = f.assignee_id
where f.id = %s
"""
LOGS = "select l.*, p.name from finding_logs l join users p on p.id = l.user_id where finding_id = %s order by l.id"
CREATE = """
insert into findings (code, title, description, category, severity, status, site_id, unit_id, reporter_id, assignee_id,
found_at, due_date, updated_at) values ('new', %s, %s, '环境卫生', 'general', 'pending', 1, %s, 301, 1, now(),
current_date + 15, now()) returning id
"""
CHANGE = """
with old as (select id, status from findings where id = %(id)s for update),
new as (update findings set status = %(status)s, updated_at = now() where id = %(id)s)
insert into finding_logs (finding_id, user_id, at, from_status, to_status, note)
select id, 301, now(), status, %(status)s, %(note)s from old returning id
"""
NEW = (
    b"<form method=post action=/create><input name=title><textarea name=description></textarea><input name=unit></form>"
)
EDIT = (
    "<form method=post action=/change><input name=id value={}><input name=status><textarea name=note></textarea></form>"
)


def query(sql, args=()):
    if not hasattr(KEPT, "db"):
        KEPT.db = psycopg2.connect(os.environ["PEER_DATABASE"], options="-c search_path=src,public")
        KEPT.db.autocommit = True
    cursor = KEPT.db.cursor()
    cursor.execute(sql, args)
    return cursor.fetchall()


def table(rows, head=""):
    lines = ("<tr><td>" + "<td>".join([escape(str(cell)) for cell in row]) for row in rows)
    return f"<!DOCTYPE html><meta charset=utf-8><title>limit</title>{head}<table>{''.join(lines)}</table>".encode()


def find(words):
    like = f"%{words}%"
    rows = query(ROWS.format(AMONG_NEWEST) + NEWEST, (like,))
    if len(rows) == 50:
        return rows
    pairs = list({words[place : place + 2] for place in range(len(words) - 1)})
    return query(ROWS.format(BY_PAIRS) + NEWEST, (pairs, like))


def of_a_unit(args):
    given = (args["unit"], args["status"], args["before"])
    [(n,)] = query(COUNT, given)
    return table(query(ROW + OF_A_UNIT + "order by f.due_date, f.id limit 50", given), str(n))


PAGES = {
    "/list": lambda args: table(query(f"{ROW}{NEWEST}limit 50")),
    "/filter": of_a_unit,
    "/deep": lambda args: table(query(f"{ROW}{DEEP}{NEWEST}limit 50", (args["after"],))),
    "/search": lambda args: table(find(args["q"])),
    "/item": lambda args: table(query(ITEM, (args["id"],)) + query(LOGS, (args["id"],))),
    "/new": lambda args: NEW,
    "/edit": lambda args: EDIT.format(int(args["id"])).encode(),
}


def application(environ, start):
    path, args = environ["PATH_INFO"], _first(environ["QUERY_STRING"])
    status, headers = "200 OK", [("Content-Type", "text/html; charset=utf-8")]
    if path in PAGES:
        body = PAGES[path](args)
    elif path in ("/create", "/change"):
        sent = _first(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())
        if path == "/create":
            query(CREATE, (sent["title"], sent["description"], sent["unit"]))
        else:
            query(CHANGE, sent)
        body, status = b"", "302 Found"
        headers.append(("Location", "/list"))
    else:
        body, status = b"", "404 Not Found"
    start(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def _first(text):
    return {name: values[0] for name, values in parse_qs(text).items()}
