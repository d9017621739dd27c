"""Reports: list and request, the report with its numbers, sections, records, files, and how the office writes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign, Workstream
from campaigns.views.buttons import buttons
from cityinit import audit, files
from cityinit.numerals import ordinal_heading
from cityinit.paging import Page
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from units.models import Unit

from . import actions
from .forms import NoteForm, RequestForm, SectionForm, StyleForm, with_part_moved
from .models import Report, ReportFile, Section, Style
from .narrative import PARTS
from .numbers import unknown_numbers
from .records import figure_of, rows_of
from .workflow import REPORT

RECORDS_A_PAGE = 100
EVENT_TONES = {"compile": "blue", "edit": "blue", "review": "yellow", "approve": "green", "issue": "green"}


@require_safe
def reports(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("reports.see_report"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    visible = Report.objects.visible_to(user).of(campaign).select_related("unit", "job")
    may_write = user.has_perm("reports.write_report", campaign)
    context = {
        "page": Page(request, visible, order=("-last_day", "-pk")),
        "campaign": campaign,
        "may_write": may_write,
        "form": _request_form(request, campaign) if may_write else None,
    }
    return render(request, "reports/reports.html", context)


@require_POST
def report_new(request):
    campaign = request.campaign
    if not request.user.has_perm("reports.write_report") or not campaign:
        raise PermissionDenied
    form = _request_form(request, campaign)
    if not form.is_valid():
        visible = Report.objects.visible_to(request.user).of(campaign).select_related("unit", "job")
        page = Page(request, visible, order=("-last_day", "-pk"))
        context = {"page": page, "campaign": campaign, "may_write": True, "form": form}
        return render(request, "reports/reports.html", context, status=422)
    period, unit = form.cleaned_data["period"], form.cleaned_data["unit"]
    job = actions.request_report(campaign, period, unit=unit, by=request.user)
    return redirect(job.url)


def _request_form(request, campaign):
    units = Unit.objects.of_host(campaign.host.host_id).filter(relation=Unit.Relation.BELOW)
    data = request.POST if request.method == "POST" else None
    return RequestForm(data, campaign=campaign, units=units, on=timezone.localdate())


@require_safe
def report(request, pk):
    user = request.user
    found = _visible(user, pk)
    snapshot = found.snapshots.order_by("-version").defer("facts").first()
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
        "facts": [
            (_("创建活动"), found.campaign, found.campaign.get_absolute_url()),
            (_("单位"), found.unit or _("全部")),
            (_("时段"), found.period.span),
            (_("数据截至"), snapshot and day_in_words(snapshot.as_of)),
            (_("取数时间"), snapshot and timezone.localtime(snapshot.taken_at).strftime("%Y-%m-%d %H:%M")),
            (_("版本"), snapshot and snapshot.version),
        ],
    }
    return render(request, "reports/report.html", context)


_OFFERED = ("review", "approve", "issue", "send_back")


def _shown(found, snapshot, drawn, *, may_edit):
    """The sections as the page shows them: numbered headings, paragraphs of pieces, numbers leading to records."""
    told, places = [], [0] * 5
    for section, as_drawn in zip(found.sections.all(), drawn, strict=True):
        number = ""
        if section.level:
            places[section.level] += 1
            places[section.level + 1 :] = [0] * (4 - section.level)
            number = ordinal_heading(section.level, places[section.level])
        unknown = unknown_numbers(section.text, as_drawn.links)
        told.append(
            {
                "pk": section.pk,
                "heading": f"{number}{section.heading}" if section.level else "",
                "label": "" if section.level else PARTS.get(section.key, ""),
                "level": section.level,
                "paragraphs": _pieces(found, snapshot, section.text, as_drawn.links, unknown),
                "is_edited": section.is_edited,
                "is_outdated": section.is_outdated,
                "unknown": len(unknown),
                "edit_url": reverse("reports:section_edit", args=[section.pk]) if may_edit else "",
            }
        )
    return told


def _pieces(found, snapshot, text, links, unknown):
    """[[{text, url, is_unknown}]]: paragraphs of pieces, each plain, leading to its records, or in doubt."""
    base = reverse("reports:records", args=[found.pk, snapshot.version]) if snapshot else ""
    marks = [(link["start"], link["end"], f"{base}?{urlencode({'figure': link['figure']})}") for link in links]
    marks += [(span["start"], span["end"], "") for span in unknown]
    paragraphs, start = [], 0
    for line in text.split("\n"):
        end, pieces, done = start + len(line), [], start
        for begins, ends, url in sorted(mark for mark in marks if start <= mark[0] and mark[1] <= end):
            pieces.append({"text": text[done:begins]})
            pieces.append({"text": text[begins:ends], "url": url, "is_unknown": not url})
            done = ends
        pieces.append({"text": text[done:end]})
        if line:
            paragraphs.append([piece for piece in pieces if piece["text"]])
        start = end + 1
    return paragraphs


def _downloads(found, drawn):
    return [
        {
            "url": reverse("reports:download", args=[found.pk, file.pk]),
            "label": file.get_kind_display(),
            "icon": "file-text" if file.kind == ReportFile.Kind.DOCX else "table-export",
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
    found = _visible(request.user, pk)
    actions.refresh(found, by=request.user)
    messages.success(request, _("已安排重新编写，修改过的段落会保留。"))
    return redirect(found)


@require_http_methods(["GET", "POST"])
def report_move(request, pk, move):
    if move not in _OFFERED:
        raise Http404
    found = _visible(request.user, pk)
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
    found = _visible(request.user, pk)
    snapshot = get_object_or_404(found.snapshots, version=version)
    key = request.GET.get("figure", "")
    figure = figure_of(snapshot.facts, key)
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
    found = _visible(request.user, pk)
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


@require_http_methods(["GET", "POST"])
def style(request, pk):
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user).select_related("host"), pk=pk)
    if not request.user.has_perm("reports.write_report", campaign):
        raise PermissionDenied
    kept = Style.objects.filter(campaign=campaign).first() or Style(campaign=campaign)
    schemes = Workstream.objects.of(campaign).exclude(scheme="").order_by("scheme").values_list("scheme", flat=True)
    schemes = list(dict.fromkeys(schemes))
    if moved := with_part_moved(request.POST):
        form = StyleForm(moved, style=kept, schemes=schemes)
        return render(request, "reports/style.html", {"campaign": campaign, "form": form})
    form = StyleForm(request.POST or None, style=kept, schemes=schemes)
    if form.is_valid():
        with told_in(form):
            actions.save_style(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存，下次编写时采用。"))
            return redirect("reports:reports")
    context = {"campaign": campaign, "form": form}
    return render(request, "reports/style.html", context, status=422 if form.is_bound else 200)


def _visible(user, pk):
    reports = Report.objects.visible_to(user).select_related("campaign__host", "unit", "job")
    return get_object_or_404(reports, pk=pk)
