"""Load the neutral city (`bench/neutral.py`) into the product's own database, as its pages know it.

    DATABASE_URL=… .venv/bin/python bench/neutral_city.py FOLDER

FOLDER holds the CSV files. The rows go in by COPY on PostgreSQL and by one INSERT on SQLite: saved one by one, a
million findings would take the better part of an hour. Each finding has its photos with their prints (of files that
nobody wrote: only their rows are asked for), what happened to it, and the state that its status stands for. Findings
keep their keys of the CSV: every system is asked for the same one. A city that is there already is left as it is.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

NAME = "对照城市"
PASSWORD = "bench-" + "city"
STATES = {
    "pending": "reported",
    "assigned": "dispatched",
    "working": "rectifying",
    "review": "submitted",
    "suspended": "long_term",
    "closed": "closed",
}
SEVERITIES = {"general": "C", "serious": "B", "urgent": "A"}
# Which move leads to a state; the first step of a finding is always its report.
MOVES = {
    "dispatched": ("dispatch", "交办"),
    "rectifying": ("acknowledge", "签收"),
    "submitted": ("answer", "整改反馈"),
    "long_term": ("suspend", "挂账"),
    "closed": ("close", "销号"),
    "reported": ("report", "上报"),
}
CHUNK = 20_000
COORDINATOR = "office"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
    django.setup()
    from django.db import transaction

    from campaigns.models import Campaign

    if Campaign.objects.filter(name=NAME).exists():
        print(f"{NAME} is there already")
        return 0
    with transaction.atomic():
        _trust_keys()
        for line in NeutralCity(folder).load():
            print(line, flush=True)
    _analyse()
    return 0


class NeutralCity:
    """Every list in the order in which others point at it."""

    def __init__(self, folder: Path):
        self.folder, self.random = folder, random.Random(1)
        self.meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.anchor = date.fromisoformat(self.meta["anchor"])

    def load(self) -> Iterator[str]:
        yield f"{self.units()} units"
        yield f"{self.people()} people"
        yield f"{self.campaign()} sites"
        yield f"{self.findings()} findings"
        yield f"{self.events()} events"
        yield f"{self.photos()} photos"
        _set_sequences()

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)

    def units(self) -> int:
        from units.models import Unit

        self.host = Unit.objects.create(name=NAME)
        self.office = Unit.objects.create(name=f"{NAME}创建办", parent=self.host)
        self.unit: dict[str, Any] = {}
        for row in self.rows("units"):
            above = self.unit.get(row["parent_id"], self.host)
            self.unit[row["id"]] = Unit.objects.create(
                name=f"{row['name']}{row['code']}", short_name=row["name"], parent=above, position=int(row["id"])
            )
        return len(self.unit)

    def people(self) -> int:
        from django.contrib.auth.hashers import make_password

        from units.models import Post, User
        from units.roles import Role

        # One hash for all: making one takes a third of a second.
        password, since = make_password(PASSWORD), date(2010, 1, 1)
        # One account does both: each operation is asked for with one log-in.
        office = User(username=COORDINATOR, name="林办公", password=password)
        posts = [(office, Role.COORDINATOR, self.office)]
        for row in self.rows("users"):
            user = User(username=row["login"], name=row["name"], password=password)
            unit = self.unit.get(row["unit_id"])
            posts.append((user, Role.LIAISON, unit) if unit else (user, Role.INSPECTOR, self.office))
        made = User.objects.bulk_create(user for user, _role, _unit in posts)
        Post.objects.bulk_create(
            Post(user=user, role=role, unit=unit, starts_on=since)
            for user, (_same, role, unit) in zip(made, posts, strict=True)
        )
        Post.objects.create(user=made[0], role=Role.INSPECTOR, unit=self.office, starts_on=since)
        self.user = {str(place): user.pk for place, user in enumerate(made[1:], 1)}
        return len(made)

    def campaign(self) -> int:
        from campaigns.models import Campaign
        from inspections.models import FindingCategory, Site, SiteType

        years = self.meta["args"]["years"] or max(1.0, self.meta["args"]["findings"] / 100_000)
        starts = self.anchor - timedelta(days=round(years * 365) + 1)
        self.of = Campaign.objects.create(
            name=NAME, short_name="创文", host=self.host, starts_on=starts, ends_on=self.anchor + timedelta(days=730)
        )
        kinds: dict[str, Any] = {}
        categories = FindingCategory.objects.bulk_create(
            FindingCategory(campaign=self.of, name=name, position=place)
            for place, name in enumerate(self.meta["categories"], 1)
        )
        self.category = {category.name: category.pk for category in categories}
        sites = []
        for row in self.rows("sites"):
            kind = kinds.get(row["type"])
            if kind is None:
                kind = kinds[row["type"]] = SiteType.objects.create(name=row["type"], position=len(kinds))
            site = Site(
                campaign=self.of,
                code=row["code"],
                name=row["name"],
                kind=kind,
                unit=self.unit[row["unit_id"]],
                street=row["district"],
                latitude=float(row["lat"]),
                longitude=float(row["lng"]),
                registered_on=starts,
            )
            sites.append(site)
        self.site = {str(place): site.pk for place, site in enumerate(Site.objects.bulk_create(sites), 1)}
        return len(sites)

    def findings(self) -> int:
        from inspections.models import Finding, FindingSeries

        last: dict[int, int] = {}
        # The logs of a finding stand in the order of their days.
        changed = {row["finding_id"]: _moment(row["at"]) for row in self.rows("finding_logs")}

        def rows() -> Iterator[dict[str, Any]]:
            for row in self.rows("findings"):
                found, state = _moment(row["found_at"]), STATES[row["status"]]
                due = datetime.combine(date.fromisoformat(row["due_date"]), time(18), found.tzinfo)
                sent = state != "reported"
                closed = _moment(row["closed_at"]) if row["closed_at"] else None
                day = found.date()
                last[day.year] = last.get(day.year, 0) + 1
                yield {
                    "id": row["id"],
                    "campaign": self.of.pk,
                    "number": f"{day.year}-{last[day.year]:06}",
                    "found_at": found,
                    "found_on": day,
                    "site": self.site[row["site_id"]],
                    "category": self.category[row["category"]],
                    "severity": SEVERITIES[row["severity"]],
                    "description": row["description"],
                    "lead_unit": self.unit[row["unit_id"]].pk if sent else None,
                    "state": state,
                    "reported_by": self.user[row["reporter_id"]],
                    "reported_at": found,
                    "dispatched_at": found if sent else None,
                    "due_at": due if sent else None,
                    "first_due_at": due if sent else None,
                    "warn_at": found + (due - found) * 3 / 4 if sent else None,
                    "closed_at": closed,
                    "created_at": found,
                    # One without a log was closed, or has stood as it was found.
                    "changed_at": changed.get(row["id"]) or closed or found,
                }

        made = insert(Finding, rows())
        FindingSeries.objects.bulk_create(
            FindingSeries(campaign=self.of, year=year, last=n) for year, n in last.items()
        )
        return made

    def events(self) -> int:
        from inspections.models import FindingEvent

        def rows() -> Iterator[dict[str, Any]]:
            for number, row in enumerate(self.rows("finding_logs"), 1):
                target = STATES[row["to_status"]]
                move, label = MOVES[target]
                yield {
                    "id": number,
                    "finding": row["finding_id"],
                    "move": move,
                    "label": label,
                    "source": STATES[row["from_status"]],
                    "target": target,
                    "note": row["note"],
                    "at": _moment(row["at"]),
                    "by": self.user[row["user_id"]],
                }

        return insert(FindingEvent, rows())

    def photos(self) -> int:
        from cityinit.likeness import PARTS
        from cityinit.models import StoredFile
        from inspections.models import FindingPhoto, PhotoPrint

        counts = [int(row["photos"]) for row in self.rows("findings")]
        closed = [row["status"] == "closed" for row in self.rows("findings")]
        total, now = sum(counts), datetime(self.anchor.year, self.anchor.month, self.anchor.day, tzinfo=UTC)

        def files() -> Iterator[dict[str, Any]]:
            for number in range(1, total + 1):
                digest = f"{number:064x}"
                yield {
                    "id": number,
                    "key": uuid.UUID(int=number),
                    "kind": "photo",
                    "name": f"{number}.jpg",
                    "content_type": "image/jpeg",
                    "size": 2_000_000,
                    "sha256": digest,
                    "path": f"{number}/original.jpg",
                    "shown_path": f"{number}/shown.jpg",
                    "thumb_path": f"{number}/thumb.jpg",
                    "created_at": now,
                    "created_by_name": "马督查",
                }

        def photos() -> Iterator[dict[str, Any]]:
            number = 0
            for finding, (n, is_closed) in enumerate(zip(counts, closed, strict=True), 1):
                for place in range(n):
                    number += 1
                    phase = "after" if is_closed and place else "before"
                    yield {"id": number, "finding": finding, "phase": phase, "file": number, "added_at": now}

        def prints() -> Iterator[dict[str, Any]]:
            number = 0
            for n in counts:
                for _place in range(n):
                    number += 1
                    parts = {f"part_{part}": self.random.getrandbits(24) for part in range(PARTS)}
                    yield {"photo": number, "campaign": self.of.pk, **parts}

        insert(StoredFile, files())
        insert(FindingPhoto, photos())
        return insert(PhotoPrint, prints())


def insert(model: Any, rows: Iterable[dict[str, Any]]) -> int:
    """Put the rows (by field name, a foreign key by its key) into the model's table; their number."""
    from django.db import connection
    from django.db.models import GeneratedField

    fields = [field for field in model._meta.concrete_fields if not isinstance(field, GeneratedField)]
    # What a row does not say is what a new object has.
    defaults = [None if field.auto_created else field.get_default() for field in fields]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    names = [field.name for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    made, chunk = 0, []
    prepared = [field.get_db_prep_save for field in fields]

    def told(row: dict[str, Any]) -> list[Any]:
        values = [row.get(name, default) for name, default in zip(names, defaults, strict=True)]
        return [
            prepare(value, connection) if type(value) not in (int, str) else value
            for prepare, value in zip(prepared, values, strict=True)
        ]

    def flush() -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                text = io.StringIO()
                csv.writer(text).writerows(["\\N" if value is None else value for value in line] for line in chunk)
                text.seek(0)
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", text)
            else:
                holes = ", ".join(["%s"] * len(fields))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({holes})", chunk)  # noqa: S608
        chunk.clear()

    for row in rows:
        chunk.append(told(row))
        made += 1
        if len(chunk) == CHUNK:
            flush()
    if chunk:
        flush()
    return made


def _moment(text: str) -> datetime:
    from cityinit.periods import SHANGHAI

    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _trust_keys() -> None:
    """Until the transaction ends, no look-up of each foreign key of each row: nine tenths of the time."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")


def _set_sequences() -> None:
    from django.core.management.color import no_style
    from django.db import connection

    from cityinit.models import StoredFile
    from inspections.models import Finding, FindingEvent, FindingPhoto

    models = [Finding, FindingEvent, FindingPhoto, StoredFile]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze" if connection.vendor == "postgresql" else "analyze")


if __name__ == "__main__":
    sys.exit(main())
