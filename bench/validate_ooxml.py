"""Every .docx and .xlsx that the product gives, held to the transitional schemas of Office Open XML.

    .venv/bin/python bench/validate_ooxml.py [--keep FOLDER]

An installation of its own with the demo city: each kind of report is compiled, in both layouts, of a unit, of a week to
a year, on the standard's paper and on an office's own; then every page is walked by its links, as the office and as a
unit, and each Word file, workbook and zip of such that a link gives is validated (openxml-audit, a port of the checks
of Microsoft's Open XML SDK; `tests/valid.py` says which of its findings is no rule of the standard). Letters and
notices are drawn in the office's own paper too. It prints a table and ends with 1 on a fault. Faults put into a sound
file on purpose show first that the tool sees them.
"""

import argparse
import io
import logging
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, deque
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDING = {DOCX: ".docx", XLSX: ".xlsx"}
# Of pages of one kind so many are opened, of files so many are validated.
PAGES, FILES = 4, 60
WALKERS = ("office", "liaison")
# (what is changed, in which part, from, to): each makes a sound document invalid in another way.
ON_PURPOSE = (
    ("a value the schema lacks", "word/document.xml", 'w:val="nextPage"', 'w:val="next"'),
    ("an element it lacks", "word/document.xml", "<w:body>", "<w:body><w:foo/>"),
    ("an attribute it lacks", "word/document.xml", "<w:cols ", '<w:cols w:foo="1" '),
    ("another order", "word/document.xml", "<w:docGrid ", '<w:cols w:space="425"/><w:docGrid '),
    ("a word for a number", "word/document.xml", '<w:pgSz w:w="', '<w:pgSz w:w="wide'),
    ("a relation that is not there", "word/document.xml", 'w:type="even" r:id="', 'w:type="even" r:id="no'),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="write the files here, to be opened")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return run(options.keep)
    with tempfile.TemporaryDirectory(prefix="cityinit-valid-") as folder:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": f"{folder}/data"}
        environment |= {"DEBUG": "1", "DATABASE_URL": "", "REDIS_URL": ""}
        keep = ["--keep", str(options.keep.absolute())] if options.keep else []
        return subprocess.run(
            [sys.executable, __file__, "--inside", *keep], cwd=ROOT, env={k: v for k, v in environment.items() if v}
        ).returncode


def run(keep: Path | None) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    # Pages that a walker may not see are answers like others.
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)
    call_command("demo", stdout=io.StringIO())
    compile_every_kind()
    files = dict(walk())
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        for place, ((name, ending), data) in enumerate(files.items(), start=1):
            called = re.sub(r"[^\w.-]+", "_", name)[:60]
            Path(keep, f"{place:03}-{called}{ending}").write_bytes(data)
    return judged(files)


def compile_every_kind() -> None:
    """Reports of each kind and length, in each layout and on an office's own paper, compiled as the worker does it."""
    from django.utils import timezone

    from campaigns.models import Campaign
    from cityinit.periods import Period
    from inspections.models import Round
    from reports.actions import request_report, request_round_report
    from reports.models import Kind, Template
    from units.models import Unit

    campaign = Campaign.objects.select_related("host").get()
    today = timezone.localdate()
    year = Period.year(today.year)
    past = [Period.week_of(today).previous, Period.month(today.year, today.month).previous]
    past += [Period.containing(today).previous, Period.quarter(today.year, (today.month + 2) // 3).previous, year]
    unit = Unit.objects.of_host(campaign.host).filter(led_tasks__isnull=False).order_by("pk").first()
    last = Round.objects.of(campaign).filter(state=Round.State.PUBLISHED).order_by("pk").last()
    done([request_report(campaign, period, by=None) for period in past])
    done([request_report(campaign, past[2], unit=unit, by=None)])
    done([request_report(campaign, past[2], kind=Kind.CIRCULAR, by=None)])
    done([request_round_report(last, kind=kind, by=None) for kind in (Kind.CIRCULAR, Kind.ASSESSMENT)])
    for month, way in enumerate(Template.Layout.values, start=2):
        laid = Template.objects.create(campaign=campaign, kind=Kind.SUMMARY, name=way, layout=way)
        done([request_report(campaign, Period.month(today.year, month), template=laid, by=None)])
    own = {kind: in_own_paper(campaign, kind) for kind in Kind}
    letters_in_own_paper(campaign)
    for kind in (Kind.SUMMARY, Kind.CIRCULAR):
        done([request_report(campaign, Period.month(today.year, 4), kind=kind, template=own[kind], by=None)])
    another = Round.objects.of(campaign).filter(state=Round.State.IN_FIELD).order_by("pk").last()
    done([request_round_report(another, kind=Kind.CIRCULAR, template=own[Kind.CIRCULAR], by=None)])
    # The scores of a round are one report: it is compiled again, in the office's paper.
    done([request_round_report(last, kind=Kind.ASSESSMENT, template=own[Kind.ASSESSMENT], by=None)])


def done(asked) -> None:
    from cityinit.queue import run_job

    for job in asked:
        run_job(job.pk)
        job.refresh_from_db()
        if job.state != job.State.DONE:
            sys.exit(f"{job.label}: {job.state} {job.reason}")


def in_own_paper(campaign, kind):
    """A template of an office's own that asks for everything that is offered."""
    from cityinit import content, files
    from cityinit.documents.filled import faults
    from reports import own_paper
    from reports.kinds import KINDS
    from reports.models import Template

    offered = own_paper.empty(kind, KINDS[kind].parts)
    groups = own_paper.offered(kind, KINDS[kind].parts)
    paper = everything([row.written for _title, rows in groups for row in rows], offered)
    if found := faults(paper, offered):
        sys.exit("\n".join(found))
    kept = files.keep(files.made(paper, name="own.docx", content_type=content.DOCX), of=campaign)
    return Template.objects.create(campaign=campaign, kind=kind, name="own", file=files.store(kept, by=None))


def letters_in_own_paper(campaign) -> None:
    """Their samples are given from now on; those that were sent stay in the standard's paper."""
    from campaigns.models import Paper
    from campaigns.papers import kinds
    from cityinit import content, files

    for kind in kinds():
        written = [row.written for _title, rows in kind.vocabulary.groups() for row in rows]
        made = files.made(everything(written, kind.vocabulary.empty), name="own.docx", content_type=content.DOCX)
        kept = files.store(files.keep(made, of=campaign), by=None)
        Paper.objects.create(campaign=campaign, kind=kind.slug, file=kept)


def everything(written: list[str], offered) -> bytes:
    """A Word file with each placeholder in a paragraph of its own, and each list in a table."""
    from cityinit.documents.docx import Column, Document, Paragraph, Table, draw

    blocks = [Paragraph(tag) for tag in written if not tag.startswith("{%")]
    for name, columns in offered.columns.items():
        rest = [""] * (len(columns) - 1)
        looped = [f"{{{{ row.{column} }}}}" for column in columns]
        rows = [[f"{{%tr for row in {name} %}}", *rest], looped, ["{%tr endfor %}", *rest]]
        blocks.append(Table([Column(column) for column in columns], rows, small=True))
    return draw(Document(title="{{ 标题 }}", blocks=blocks))


def walk():
    """((address, ending), bytes) of each file that a link leads to."""
    from django.test import Client
    from django.urls import Resolver404, resolve

    from units.models import User

    opened: Counter[str] = Counter()
    for walker in WALKERS:
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(User.objects.get(username=walker))
        seen, queue = {"/"}, deque(["/"])
        while queue:
            address = queue.popleft()
            try:
                name = resolve(unquote(urlsplit(address).path)).view_name
            except Resolver404:
                continue
            if opened[walker, name] >= (FILES if is_file_name(name) else PAGES) or "logout" in name:
                continue
            opened[walker, name] += 1
            answer = client.get(address, follow=True)
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            if answer.status_code >= 500:
                sys.exit(f"{walker} {address}: {answer.status_code}")
            if kind == "text/html":
                for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)', answer.content.decode()):
                    if unescape(link) not in seen:
                        seen.add(unescape(link))
                        queue.append(unescape(link))
            elif kind in ENDING or kind == "application/zip":
                data = b"".join(answer.streaming_content) if answer.streaming else answer.content
                yield from unpacked(f"{walker} {name} {address}", kind, data)


def is_file_name(name: str) -> bool:
    """Whether the address gives a file, or is the page of a report, each of which has other files."""
    return name == "reports:report" or any(
        word in name for word in ("file", "sample", "export", "letter", "download", "pack", "faults")
    )


def unpacked(address: str, kind: str, data: bytes):
    if kind in ENDING:
        yield (address, ENDING[kind]), data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if (ending := Path(name).suffix) in ENDING.values():
                yield (f"{address} {name}", ending), archive.read(name)


def judged(files: dict[tuple[str, str], bytes]) -> int:
    from tests.valid import faults_of

    word = next(data for (_address, ending), data in files.items() if ending == ".docx")
    unseen = [what for what, *change in ON_PURPOSE if not faults_of(spoilt(word, *change), ending=".docx")]
    for what in unseen:
        print(f"FAULT the tool does not see {what}")
    print(f"{len(ON_PURPOSE) - len(unseen)} of {len(ON_PURPOSE)} faults put in on purpose are seen")
    by_view: Counter[tuple[str, str]] = Counter()
    faulty: Counter[tuple[str, str]] = Counter()
    for (address, ending), data in files.items():
        view = (address.split()[1], ending)
        by_view[view] += 1
        if found := faults_of(data, ending=ending):
            faulty[view] += 1
            print(f"FAULT {address}{ending}")
            for line in found[:5]:
                print(f"      {line}")
    print(f"{'given by':<44}{'':<8}{'files':>6}{'faulty':>8}")
    for view, count in sorted(by_view.items()):
        print(f"{view[0]:<44}{view[1]:<8}{count:>6}{faulty[view]:>8}")
    print(f"{'together':<52}{sum(by_view.values()):>6}{sum(faulty.values()):>8}")
    return 1 if unseen or faulty else 0


def spoilt(word: bytes, part: str, old: str, new: str) -> bytes:
    """The document with the first such words of the part changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                if old not in data.decode():
                    raise ValueError(f"{part} has no {old}")
                data = data.decode().replace(old, new, 1).encode()
            target.writestr(name, data)
    return made.getvalue()


if __name__ == "__main__":
    sys.exit(main())
