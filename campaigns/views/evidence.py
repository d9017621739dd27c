"""What is there already becomes evidence: a log entry's files here, a finding's photos from its own app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Picture:
    """How a photo is shown where it is chosen: small, with what it shows; and what there is to doubt in it."""

    thumb_url: str
    caption: str
    doubt: str = ""


@dataclass(frozen=True)
class Evidence:
    """Something that may be handed in: whose it is, what it shows, under which indicator it was filed.

    `pictures` are those of its files that can be shown, by the file's key; `subject` is what it is about, in a word by
    which a material can be near it; `unfiled` says why there is no indicator.
    """

    source: Source
    unit: Unit | None
    indicator: Indicator | None
    files: list[StoredFile]
    title: str
    dated_on: date
    note: str
    url: str
    pictures: Mapping[int, Picture] = field(default_factory=dict)
    subject: str = ""
    unfiled: str = ""


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
    doubts = sum(1 for picture in evidence.pictures.values() if picture.doubt)
    initial = {"title": evidence.title[:100], "dated_on": evidence.dated_on, "note": evidence.note[:1000]}
    is_found = bool(offered) and _is_of(offered[0], evidence)
    if is_found:
        initial["material"] = offered[0].pk
    materials = Material.objects.filter(pk__in=[row.pk for row in offered]).for_page()
    if at_once and (doubts or not is_found):
        # Why it was not handed in stands on the page; a doubted photo is somebody's to choose.
        return redirect(request.path)
    sent = {**initial, "files": [file.pk for file in files]} if at_once else request.POST or None
    form = EvidenceForm(sent, materials=materials, files=files, initial=initial, pictures=evidence.pictures)
    # The likeliest first: by number alone the right one would stand among hundreds.
    choices = [(row.pk, form.fields["material"].label_from_instance(row)) for row in offered]
    form.fields["material"].choices = choices if is_found else [("", _("请选择")), *choices]
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("title", "dated_on", "note", "client_key")}
        chosen = form.cleaned_data["material"]
        with told_in(form):
            actions.submit(chosen, by=user, stored=form.cleaned_data["files"], source=evidence.source, **values)
            told = {"number": chosen.full_number, "wanted": chosen.wanted[:40]}
            messages.success(request, _("已作为材料 %(number)s（%(wanted)s）报送，等待审核。") % told)
            return redirect(chosen)
    context = {
        "form": form,
        "evidence": evidence,
        "offered": offered,
        "why": "" if is_found or not offered else _why(offered, evidence),
        "doubts": doubts,
        "cancel_url": evidence.url,
    }
    return render(request, "campaigns/evidence.html", context, status=422 if form.is_bound else 200)


def _offered(user, campaign, evidence):
    """What the person may hand in and still has to: of the same indicator and unit first."""
    rows = Material.objects.visible_to(user).with_unit_now()
    rows = rows.of(campaign) if campaign else rows.none()
    if evidence.unit is not None:
        own = rows.filter(unit=evidence.unit)
        rows = own if own.exists() else rows
    found = [row for row in rows.for_page()[:OFFERED] if user.has_perm("campaigns.submit_material", row)]
    return sorted(found, key=lambda row: (-_nearness(row, evidence), row.full_number))


def _is_of(material, evidence):
    """Whether the material is asked for under the indicator that it was filed under."""
    return bool(evidence.indicator) and material.standard.indicator.lineage == evidence.indicator.lineage


def _nearness(material, evidence):
    """3 of the very indicator, 2 of one beside it, 1 where the material's words speak of the subject, else 0."""
    own, wanted = evidence.indicator, material.standard.indicator
    if _is_of(material, evidence):
        return 3
    if own and own.parent_id and own.parent_id == wanted.parent_id:
        return 2
    said = f"{material.wanted}{material.standard.content}{wanted.name}"
    return int(any(pair in said for pair in _pairs(evidence.subject)))


def _pairs(text):
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _why(offered, evidence):
    """Why none is proposed, and in which order they stand instead."""
    if evidence.indicator:
        none = _("“%(indicator)s”下没有待报送的材料") % {"indicator": evidence.indicator}
    else:
        none = evidence.unfiled or _("它没有归入测评指标")
    nearest = _nearness(offered[0], evidence)
    if nearest == 2:
        return _("%(none)s，先列同一上级指标的，再列其余的，请自己选一项。") % {"none": none}
    if nearest == 1:
        told = {"none": none, "subject": evidence.subject}
        return _("%(none)s，先列与“%(subject)s”相近的，再列其余的，请自己选一项。") % told
    return _("%(none)s，以下按编号排列，请自己选一项。") % {"none": none}


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
