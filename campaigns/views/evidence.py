"""What is there already becomes evidence: a log entry's files here, a finding's photos from its own app."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions import materials as actions
from campaigns.actions.materials import Source
from campaigns.forms.materials import EvidenceForm
from campaigns.models import Indicator, Material, Meeting, Submission, WorkLogEntry
from cityinit.models import StoredFile
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit

OFFERED = 200


@dataclass(frozen=True)
class Evidence:
    """Something that may be handed in: whose it is, what it shows, under which indicator it was filed."""

    source: Source
    unit: Unit | None
    indicator: Indicator | None
    files: list[StoredFile]
    title: str
    dated_on: date
    note: str
    url: str


def use(request, evidence):
    """The page on which a material is chosen for it; handed in, it leads to the material.

    Sent `at_once` it is handed in for the standard it was filed under, as the page would propose it, once; where that
    cannot be done, the page says why, filled in.
    """
    user = request.user
    at_once = "at_once" in request.POST
    if not user.has_perm("campaigns.submit_material"):
        raise PermissionDenied
    if not evidence.files:
        raise Refused(_("这里没有照片或文件，不能作为材料。"))
    if at_once and (there := used(user, evidence.source.kind, evidence.source.pk)):
        messages.info(request, _("已经作为材料报送过：%(number)s。") % {"number": there[0]["number"]})
        return redirect(there[0]["material"])
    offered = _offered(user, request.campaign, evidence)
    files = StoredFile.objects.filter(pk__in=[file.pk for file in evidence.files]).order_by("pk")
    initial = {"title": evidence.title[:100], "dated_on": evidence.dated_on, "note": evidence.note[:1000]}
    if offered:
        initial["material"] = offered[0].pk
    materials = Material.objects.filter(pk__in=[row.pk for row in offered]).for_page()
    if at_once and not (offered and _is_of(offered[0], evidence)):
        told = _("没有找到对应的待报送材料，请自己选一项。") if offered else _("没有待报送的材料。")
        messages.warning(request, told)
        return redirect(request.path)
    sent = {**initial, "files": [file.pk for file in files]} if at_once else request.POST or None
    form = EvidenceForm(sent, materials=materials, files=files, initial=initial)
    # The likeliest first: by number alone the right one would stand among hundreds.
    form.fields["material"].choices = [(row.pk, form.fields["material"].label_from_instance(row)) for row in offered]
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("title", "dated_on", "note", "client_key")}
        chosen = form.cleaned_data["material"]
        with told_in(form):
            actions.submit(chosen, by=user, stored=form.cleaned_data["files"], source=evidence.source, **values)
            told = {"number": chosen.full_number, "wanted": chosen.wanted[:40]}
            messages.success(request, _("已作为材料 %(number)s（%(wanted)s）报送，等待审核。") % told)
            return redirect(chosen)
    context = {"form": form, "evidence": evidence, "offered": offered, "cancel_url": evidence.url}
    return render(request, "campaigns/evidence.html", context, status=422 if form.is_bound else 200)


def _offered(user, campaign, evidence):
    """What the person may hand in and still has to: of the same indicator and unit first."""
    rows = Material.objects.visible_to(user).with_unit_now()
    rows = rows.of(campaign) if campaign else rows.none()
    if evidence.unit is not None:
        own = rows.filter(unit=evidence.unit)
        rows = own if own.exists() else rows
    found = [row for row in rows.for_page()[:OFFERED] if user.has_perm("campaigns.submit_material", row)]
    return sorted(found, key=lambda row: (not _is_of(row, evidence), row.full_number))


def _is_of(material, evidence):
    """Whether the material is asked for under the indicator that it was filed under."""
    return bool(evidence.indicator) and material.standard.indicator.lineage == evidence.indicator.lineage


def used(user, kind, pk):
    """The materials for which it was handed in, for who sees them."""
    rows = Submission.objects.visible_to(user).from_source(kind, pk)
    rows = rows.select_related("material__standard__indicator", "material__unit").order_by("pk")
    return [
        {
            "url": row.get_absolute_url(),
            "number": row.material.full_number,
            "material": row.material,
            "title": row.title,
        }
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
def log_as_material(request, pk):
    entry = get_object_or_404(
        WorkLogEntry.objects.visible_to(request.user).for_page().select_related("task__indicator"), pk=pk
    )
    return use(
        request,
        Evidence(
            source=Source(
                Submission.Source.LOG_ENTRY,
                entry.pk,
                _("工作记录 %(day)s %(task)s") % {"day": entry.done_on, "task": entry.task},
            ),
            unit=entry.unit,
            indicator=entry.task.indicator,
            files=list(entry.files.all()),
            title=entry.content.splitlines()[0][:60],
            dated_on=entry.done_on,
            note=entry.content,
            url=entry.get_absolute_url(),
        ),
    )


@require_http_methods(["GET", "POST"])
def meeting_as_material(request, pk):
    """A meeting or an activity with its photos and files."""
    rows = Meeting.objects.visible_to(request.user).select_related("campaign__host", "unit", "task__indicator")
    row = get_object_or_404(rows.prefetch_related("files"), pk=pk)
    if not request.user.has_perm("campaigns.submit_material", row):
        raise PermissionDenied
    return use(
        request,
        Evidence(
            source=Source(Submission.Source.MEETING, row.pk, f"{row.kind} {row.name}"),
            unit=row.unit,
            indicator=row.task.indicator if row.task else None,
            files=list(row.files.all()),
            title=row.name,
            dated_on=row.held_on or timezone.localdate(),
            note=row.content or row.decisions,
            url=reverse("campaigns:register_row", args=["meetings", row.pk]),
        ),
    )


def of_meeting(row, *, by):
    """What the page of a meeting or an activity shows of it: whether it can be handed in, and where it was."""
    may_use = bool(row.files.all()) and by.has_perm("campaigns.submit_material", row)
    return {
        "use_url": reverse("campaigns:meeting_as_material", args=[row.pk]) if may_use else "",
        "used": used(by, Submission.Source.MEETING, row.pk),
    }
