"""One report: its text with the way back of every number, its sections, records, moves and files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models.fields.json import KT
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.views.buttons import buttons
from cityinit import audit, files
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from reports import actions
from reports.documents import headings
from reports.forms.section import NoteForm, RemarkForm, SectionForm
from reports.gathering import standing
from reports.kinds import KINDS
from reports.models import Kind, Report, ReportFile, Section
from reports.numbers import unknown_numbers
from reports.records import figure_of, rows_of
from reports.remarks import INSTRUCT
from reports.workflow import REPORT

from .prose import blocks

RECORDS_A_PAGE = 100
EVENT_TONES = {"compile": "blue", "edit": "blue", "review": "yellow", "approve": "green", "issue": "green"}


@require_safe
def report(request, pk):
    return show_report(request, visible_report(request.user, pk))


def show_report(request, found, *, remark_form=None, status=200):
    """The page of a report; with a form that came back with a fault, that form on it."""
    user = request.user
    last = found.snapshots.order_by("-version").annotate(numbering=KT("facts__writing__numbering"))
    snapshot = last.defer("facts").first()
    job = found.job
    if job and job.is_open and not found.sections.exists():
        context = {"report": found, "job": job, "may_write": user.has_perm("reports.write_report", found)}
        return render(request, "reports/compiling.html", context)
    may_write = user.has_perm("reports.write_report", found)
    told = actions.told_sections(found)
    text_hash = actions.hash_of(found, snapshot, told) if snapshot else ""
    every = list(found.files.select_related("file"))
    drawn = [file for file in every if snapshot and (file.snapshot_id, file.text_hash) == (snapshot.pk, text_hash)]
    if not user.has_perm("reports.download_report", found):
        every = []
    context = {
        "report": found,
        "job": job if job and (job.is_open or job.is_failed) else None,
        "snapshot": snapshot,
        "sections": _shown(found, snapshot, told, may_edit=REPORT.refusal(found, "edit", user) is None),
        "moves": buttons(
            REPORT,
            found,
            by=user,
            url_name="reports:report_move",
            offered=_OFFERED,
            seen_text=text_hash,
        ),
        "may_refresh": not found.is_fixed and may_write,
        "files": _downloads(found, sorted(set(drawn) & set(every), key=lambda file: file.kind)),
        "drawing": bool(snapshot) and len(drawn) < len(ReportFile.Kind),
        "versions": _versions(found, every, may_write=may_write),
        "events": _timeline(found),
        "units": standing(found, snapshot),
        "check": _last_check(found, snapshot, told),
        "remarks": list(found.comments.select_related("by", "settled_by", "section")),
        "remark_form": remark_form or RemarkForm(report=found),
        "may_instruct": user.has_perm(INSTRUCT, found.campaign),
        "may_write": may_write,
        "facts": [
            (_("创建活动"), found.campaign, found.campaign.get_absolute_url()),
            (_("种类"), found.get_kind_display()),
            *([(_("督查批次"), found.round, found.round.get_absolute_url())] if found.round else []),
            *([(_("单位"), found.unit or _("全部"))] if found.kind == Kind.SUMMARY else []),
            (_("时段"), found.period.span),
            (_("数据截至"), snapshot and day_in_words(snapshot.as_of)),
            (_("取数时间"), snapshot and timezone.localtime(snapshot.taken_at).strftime("%Y-%m-%d %H:%M")),
            (_("版本"), snapshot and snapshot.version),
        ],
    }
    return render(request, "reports/report.html", context, status=status)


_OFFERED = ("review", "approve", "issue", "send_back")


def _shown(found, snapshot, drawn, *, may_edit):
    """The sections as the page shows them: numbered headings, paragraphs of pieces, numbers leading to records."""
    told, parts = [], KINDS[found.kind].parts
    base = reverse("reports:records", args=[found.pk, snapshot.version]) if snapshot else ""
    numbering = snapshot.numbering if snapshot else ""
    for section, as_drawn, heading in zip(found.sections.all(), drawn, headings(drawn, numbering), strict=True):
        unknown = unknown_numbers(section.text, as_drawn.links)
        told.append(
            {
                "pk": section.pk,
                "heading": heading,
                "label": "" if section.level else parts.get(section.key.partition(":")[0], ""),
                "level": section.level,
                # What units say below a heading is found by that heading.
                "is_listed": bool(section.level or section.key in parts),
                "blocks": blocks(section.text, as_drawn.links, unknown, base=base),
                "is_edited": section.is_edited,
                "is_outdated": section.is_outdated,
                "unknown": len(unknown),
                "edit_url": reverse("reports:section_edit", args=[section.pk]) if may_edit else "",
            }
        )
    return told


def _downloads(found, drawn):
    return [
        {
            "url": reverse("reports:download", args=[found.pk, file.pk]),
            "label": file.get_kind_display(),
            "icon": "table-export" if file.kind == ReportFile.Kind.XLSX else "file-text",
        }
        for file in drawn
    ]


def _versions(found, every, *, may_write):
    """Each version with its files: those of its last text, and those of the texts it had before."""
    versions = []
    for snapshot in found.snapshots.order_by("-version").defer("facts"):
        drawn = sorted((file for file in every if file.snapshot_id == snapshot.pk), key=lambda file: -file.pk)
        texts = list(dict.fromkeys(file.text_hash for file in drawn))
        of_text = [
            {
                "at": next(file.made_at for file in drawn if file.text_hash == text),
                "files": _downloads(found, [file for file in reversed(drawn) if file.text_hash == text]),
            }
            for text in texts
        ]
        versions.append(
            {
                "number": snapshot.version,
                "taken_at": snapshot.taken_at,
                "hash": snapshot.hash[:16] if may_write else "",
                "last": of_text[0] if of_text else None,
                "former": of_text[1:],
            }
        )
    return versions


def _last_check(found, snapshot, drawn):
    """The last 核对 of the snapshot on the page, its changes told in the text first; None before the first."""
    last = snapshot.checks.first() if snapshot else None
    if last is None:
        return None
    told = {link["figure"] for section in drawn for link in section.links}
    base = reverse("reports:records", args=[found.pk, snapshot.version])
    rows = [
        change | {"is_in_text": change["key"] in told, "url": f"{base}?{urlencode({'figure': change['key']})}"}
        for change in last.changes
    ]
    rows.sort(key=lambda row: not row["is_in_text"])
    return {"at": last.at, "rows": rows, "n_in_text": sum(row["is_in_text"] for row in rows)}


def _timeline(found):
    return [
        {
            "at": event.at,
            "who": event.who,
            "what": event.label,
            "note": event.note,
            "tone": EVENT_TONES.get(event.move, "neutral"),
        }
        for event in found.events.select_related("by").order_by("-at", "-pk")
    ]


@require_POST
def report_refresh(request, pk):
    found = visible_report(request.user, pk)
    actions.refresh(found, by=request.user)
    messages.success(request, _("已安排重新编写，修改过的段落会保留。"))
    return redirect(found)


@require_http_methods(["GET", "POST"])
def report_move(request, pk, move):
    if move not in _OFFERED:
        raise Http404
    found = visible_report(request.user, pk)
    if not REPORT.moves[move].gives:
        if request.method == "POST":
            seen = {name: request.POST.get(name, "") for name in ("seen_state", "seen_text")}
            actions.move(found, move, by=request.user, **seen)
        return redirect(found)
    form = NoteForm(request.POST or None, initial={"seen_state": found.state})
    if form.is_valid():
        actions.move(found, move, by=request.user, **form.cleaned_data)
        return redirect(found)
    context = {"report": found, "form": form, "move": REPORT.moves[move]}
    return render(request, "reports/move.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def section_edit(request, pk):
    of = Report.objects.visible_to(request.user)
    section = get_object_or_404(
        Section.objects.filter(report__in=of).select_related("report__campaign__host", "report__unit"), pk=pk
    )
    if not request.user.has_perm("reports.write_report", section.report):
        raise PermissionDenied
    if request.method == "POST" and "restore" in request.POST:
        actions.restore_section(section, by=request.user, seen=request.POST.get("seen", ""))
        return redirect(section.report)
    form = SectionForm(request.POST or None, section=section)
    if form.is_valid():
        values = {"heading": section.heading} | form.cleaned_data
        with told_in(form):
            actions.edit_section(section, by=request.user, **values)
            messages.success(request, _("已保存，正在重新生成文件。"))
            return redirect(f"{section.report.get_absolute_url()}#section-{section.pk}")
    context = {"report": section.report, "section": section, "form": form}
    return render(request, "reports/section.html", context, status=422 if form.is_bound else 200)


@require_safe
def records(request, pk, version):
    """The records behind one number of one version, exactly those that were counted."""
    found = visible_report(request.user, pk)
    snapshot = get_object_or_404(found.snapshots, version=version)
    key = request.GET.get("figure", "")
    figure = figure_of(snapshot, key)
    if figure is None:
        raise Http404
    place = request.GET.get("from", "0")
    first = int(place) if place.isdecimal() and len(place) < 9 else 0
    last = first + RECORDS_A_PAGE
    here = reverse("reports:records", args=[found.pk, version])
    context = {
        "report": found,
        "snapshot": snapshot,
        "figure": figure,
        "total": len(figure.pks),
        "rows": rows_of(figure, user=request.user, first=first, last=last),
        "previous_url": f"{here}?{urlencode({'figure': key, 'from': max(first - RECORDS_A_PAGE, 0)})}" if first else "",
        "next_url": f"{here}?{urlencode({'figure': key, 'from': last})}" if last < len(figure.pks) else "",
    }
    return render(request, "reports/records.html", context)


@require_safe
def download(request, pk, file_pk):
    """The file, once the right is asked again; who took it is in the audit trail."""
    found = visible_report(request.user, pk)
    if not request.user.has_perm("reports.download_report", found):
        raise PermissionDenied
    drawn = get_object_or_404(ReportFile.objects.select_related("file", "snapshot"), pk=file_pk, report=found)
    answer = files.serve(drawn.file, request=request)
    audit.record(
        _("下载总结"),
        by=request.user,
        subject=found.title,
        detail={"file": drawn.file.name, "version": drawn.snapshot.version, "sha256": drawn.file.sha256},
        address=request.META["REMOTE_ADDR"],
    )
    return answer


def visible_report(user, pk):
    reports = Report.objects.visible_to(user).select_related("campaign__host", "unit", "round", "template", "job")
    return get_object_or_404(reports, pk=pk)
