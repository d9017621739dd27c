"""Materials: their list, one of them with its history and files, handing it in, and the moves that are one button."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import materials as actions
from campaigns.forms.materials import (
    MaterialFilterForm,
    ReopenForm,
    SeenSubmissionForm,
    SubmitForm,
    earlier_files,
    systems_in_use,
)
from campaigns.models import Indicator, Material, MaterialEvent, PastMaterial, Submission
from campaigns.models.material import NUMBER_ORDER
from campaigns.workflow import MATERIAL
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.content import PDF
from cityinit.exports import columns_of, sheet_response
from cityinit.files import INLINE
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.models import StoredFile
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit

from .buttons import Button
from .files import serve_file

LEDGER = (
    (gettext_lazy("编号"), 16, "text"),
    (gettext_lazy("测评指标"), 26, "text"),
    (gettext_lazy("材料要求"), 40, "text"),
    (gettext_lazy("报送单位"), 18, "text"),
    (gettext_lazy("报送期限"), 12, "date"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("标题"), 30, "text"),
    (gettext_lazy("材料日期"), 12, "date"),
    (gettext_lazy("报送次数"), 8, "int"),
    (gettext_lazy("退回原因"), 30, "text"),
    (gettext_lazy("通过日期"), 12, "date"),
    (gettext_lazy("归档日期"), 12, "date"),
)
# What each desk counts: its words, its tone, and what the list is narrowed by.
OFFICE_STATS = (
    (gettext_lazy("待审核"), "yellow", {"state": "waiting"}),
    (gettext_lazy("已逾期未报"), "red", {"state": "owed", "due": "overdue"}),
    (gettext_lazy("7天内到期"), "blue", {"state": "owed", "due": "week"}),
    (gettext_lazy("待归档"), "green", {"state": "accepted"}),
)
UNIT_STATS = (
    (gettext_lazy("待报送"), "blue", {"state": "empty"}),
    (gettext_lazy("被退回"), "orange", {"state": "returned"}),
    (gettext_lazy("已逾期"), "red", {"state": "owed", "due": "overdue"}),
    (gettext_lazy("7天内到期"), "yellow", {"state": "owed", "due": "week"}),
)
LEADER_STATS = (
    (gettext_lazy("应报材料"), "blue", {}),
    (gettext_lazy("审核通过"), "green", {"state": "complete"}),
    (gettext_lazy("已逾期未报"), "red", {"state": "owed", "due": "overdue"}),
)
MOVE_FORMS = {
    "withdraw": SeenSubmissionForm,
    "withdraw_again": SeenSubmissionForm,
    "file": SeenSubmissionForm,
    "reopen": ReopenForm,
}
MOVE_ACTIONS = {
    "withdraw": actions.withdraw,
    "withdraw_again": actions.withdraw,
    "file": actions.file,
    "reopen": actions.reopen,
}
EVENT_TONES = {
    "submit": "blue",
    "resubmit": "blue",
    "carry_over": "blue",
    "accept": "green",
    "file": "green",
    "return_to_unit": "orange",
    "reopen": "orange",
    "nudge": "orange",
    "drop": "red",
}


@require_safe
def materials(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_material"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request, request.GET)
    found = form.filter(Material.objects.visible_to(user, of=campaign)).for_list()
    order = ("due_on", "pk") if form.is_by_due_day else NUMBER_ORDER
    page = Page(request, found, order=order)
    query = request.GET.urlencode()
    may_review = user.has_perm("campaigns.review_material", campaign)
    may_export = user.has_perm("campaigns.export_materials", campaign)
    may_change = user.has_perm("campaigns.change_material", campaign)
    context = {
        "form": form,
        "page": page,
        "rows": lines(page.rows),
        "tabs": tabs(request, "list"),
        "may_file": may_review and any(row.state == Material.State.ACCEPTED for row in page.rows),
        "export_url": f"{address('campaigns:materials_export')}?{query}" if may_export else "",
        "may_change": may_change,
        "nudge_unit": _nudged(request, form),
    }
    return render_page(request, "campaigns/materials.html", context, fragment="campaigns/_materials.html")


def _nudged(request, form):
    """The unit that can be nudged from here: one was chosen, and it owes something."""
    if not (unit := form.chosen["unit"]):
        return None
    if not request.user.has_perm("campaigns.nudge_task", request.campaign):
        return None
    return unit if Material.objects.of(request.campaign).with_unit_now().filter(unit=unit).exists() else None


@require_safe
def materials_desk(request):
    """The counts of materials as a block of the desk; nothing where no material was ever asked for."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_material"):
        raise PermissionDenied
    found = Material.objects.visible_to(user, of=campaign) if campaign else Material.objects.none()
    stats = []
    if found.exists():
        of_office = user.has_perm("campaigns.review_material", campaign)
        of_unit = user.has_perm("campaigns.withdraw_material")
        wanted = OFFICE_STATS if of_office else UNIT_STATS if of_unit else LEADER_STATS
        stats = [_stat(request, found, label, tone, chosen) for label, tone, chosen in wanted]
    return render(request, "campaigns/_materials_desk.html", {"stats": stats})


def _stat(request, found, label, tone, chosen):
    """A count through the very filter of the list, so that a number and its link cannot differ."""
    count = filter_form(request, chosen).filter(found).count()
    url = f"{address('campaigns:materials')}?{urlencode(chosen)}"
    return {"label": label, "value": count, "tone": tone if count else "neutral", "url": url}


def filter_form(request, data):
    """The filter of the list, with what this person may choose from."""
    campaign = request.campaign
    visible = Material.objects.visible_to(request.user, of=campaign)
    return MaterialFilterForm(
        data,
        campaign=campaign,
        units=_units_of(visible, above=bool(data.get("below"))),
        systems=systems_in_use(campaign),
        indicators=Indicator.objects.filter(system__in=systems_in_use(campaign)).select_related("system"),
    )


def _units_of(visible, *, above):
    """Whose these materials are, and whose they were before another unit took them over; or all `above` these too."""
    past = PastMaterial.objects.filter(material__in=visible).values("unit")
    units = Unit.objects.filter(Q(pk__in=visible.values("unit")) | Q(pk__in=past))
    if above:
        lower = units.filter(path__startswith=OuterRef("path"))
        units = Unit.objects.filter(Exists(lower))
    return units.order_by("position", "pk")


def lines(rows):
    """The lines of a list, ready to print."""
    today = timezone.localdate()
    return [
        {
            "material": row,
            "url": row.get_absolute_url(),
            "number": row.full_number,
            "wanted": row.wanted,
            "is_late": row.is_overdue(on=today),
            "may_file": row.state == Material.State.ACCEPTED,
        }
        for row in rows
    ]


def tabs(request, active):
    """The views of the materials that the person's posts open."""
    user, campaign = request.user, request.campaign
    of_office = user.has_perm("campaigns.review_material", campaign)
    items = [("list", _("材料清单"), "materials", ""), ("matrix", _("完成情况"), "materials_matrix", "")]
    if of_office:
        waiting = Material.objects.visible_to(user, of=campaign).waiting().count()
        items.append(("review", _("待审核"), "material_review_next", waiting))
    if user.has_perm("campaigns.export_materials", campaign):
        items.append(("packs", _("打包下载"), "material_packs", ""))
    if user.has_perm("campaigns.change_material", campaign):
        items.append(("make", _("下达材料"), "materials_make", ""))
    return [
        {"label": label, "url": address(f"campaigns:{name}"), "active": key == active, "count": count}
        for key, label, name, count in items
    ]


@require_safe
def materials_export(request):
    """The table of materials as the list shows it with the same filter."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export_materials", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request, request.GET)
    rows = form.filter(Material.objects.visible_to(request.user, of=campaign)).for_list().select_related("latest")
    return sheet_response(
        request,
        of=campaign,
        title=_("材料清单"),
        columns=columns_of(LEDGER),
        rows=(_ledger_row(row) for row in rows.order_by(*NUMBER_ORDER).iterator(chunk_size=500)),
        n=rows.count(),
    )


def _ledger_row(material):
    last = material.latest
    return [
        material.full_number,
        str(material.standard.indicator),
        material.wanted,
        material.unit.name,
        material.due_on,
        material.get_state_display(),
        last.title if last else "",
        last.dated_on if last else None,
        last.attempt if last else 0,
        "；".join([*last.reasons, *filter(None, [last.review_note])]) if last and last.reasons else "",
        material.accepted_on,
        material.filed_on,
    ]


@require_safe
def material(request, pk):
    user = request.user
    found = visible(user, pk)
    today = timezone.localdate()
    may_change = user.has_perm("campaigns.change_material", found)
    context = {
        "material": found,
        "facts": _facts(found),
        "gates": found.all_gates().texts,
        "moves": _moves(found, user),
        "submissions": [submission_row(row, user) for row in found.submissions.for_page()],
        "events": timeline(found),
        "is_late": found.is_overdue(on=today),
        "may_edit": may_change and not found.is_dropped and found.state != Material.State.FILED,
        "may_drop": may_change and not found.is_dropped and found.state == Material.State.EMPTY,
    }
    return render(request, "campaigns/material.html", context)


def visible(user, pk):
    return get_object_or_404(Material.objects.visible_to(user).for_page(), pk=pk)


def _facts(material):
    standard = material.standard
    facts = [
        (_("测评指标"), standard.indicator),
        (_("测评标准"), standard.content),
        (_("报送单位"), material.unit, material.unit.get_absolute_url()),
        (_("报送期限"), material.due_on),
        (_("下达日期"), material.asked_on),
    ]
    known = [
        (_("通过日期"), material.accepted_on),
        (_("归档日期"), material.filed_on),
        (_("撤销日期"), material.dropped_on),
    ]
    if material.carried_from:
        known.append((_("沿用自"), material.carried_from.full_number, material.carried_from.get_absolute_url()))
    if later := getattr(material, "carried_to", None):
        known.append((_("已转入新版"), f"{later.full_number} {later.get_state_display()}", later.get_absolute_url()))
    return facts + [fact for fact in known if fact[1]]


def _moves(material, user):
    """What the person can do now. Handing in and reviewing have pages of their own; one at most is the primary."""
    buttons = []
    for move in MATERIAL.open_to(user, material):
        if move.name in ("submit", "resubmit"):
            url = reverse("campaigns:material_submit", args=[material.pk])
            mine = user.has_perm("campaigns.withdraw_material", material)
            buttons.append(Button(move.label, url, "primary" if mine else "", needs_form=True))
        elif move.name in MOVE_FORMS:
            url = reverse("campaigns:material_move", args=[material.pk, move.name])
            buttons.append(Button(move.label, url, move.tone, bool(move.gives), material.state))
    if material.waits and user.has_perm("campaigns.review_material", material):
        url = reverse("campaigns:material_review", args=[material.pk])
        buttons.insert(0, Button(_("审核"), url, "primary", needs_form=True))
    return buttons


def submission_row(submission, user):
    """One submission with its files, as the page and the review show it."""
    files = list(submission.files.all())
    url_of = partial(_file_url, submission)
    photos = [file for file in files if file.is_photo]
    may_see_source = submission.source_kind != Submission.Source.FINDING or user.has_perm("inspections.see_finding")
    return {
        "submission": submission,
        "photos": [
            {
                "thumb_url": url_of(file, "thumb"),
                "full_url": url_of(file, "shown"),
                "caption": f"{file.name} {file.width}×{file.height}",
            }
            for file in photos
        ],
        "documents": [
            {
                "name": file.name,
                "size": file.size,
                "url": url_of(file, "original"),
                "is_pdf": file.content_type == PDF,
                "opens_here": file.content_type in INLINE,
            }
            for file in files
            if not file.is_photo
        ],
        "source_url": submission.source_url if may_see_source else "",
        "carried_number": submission.carried_from.material.full_number if submission.carried_from else "",
        "reasons": "；".join(submission.reasons),
    }


def _file_url(submission, file, variant):
    return reverse("campaigns:material_file", args=[submission.pk, file.pk, variant])


def timeline(material):
    events = MaterialEvent.objects.filter(material=material).select_related("by").order_by("-at", "-pk")
    return [
        {
            "at": event.at,
            "who": event.who,
            "what": event.label,
            "note": event.note,
            "tone": EVENT_TONES.get(event.move, "neutral"),
        }
        for event in events
    ]


@require_http_methods(["GET", "POST"])
def material_submit(request, pk):
    """Hand a material in. Files that passed stay, whatever else the form has to be sent back for."""
    user = request.user
    found = visible(user, pk)
    move = "resubmit" if found.state == Material.State.RETURNED else "submit"
    form = SubmitForm(
        request.POST or None,
        request.FILES or None,
        row=found,
        by=user if user.has_perm("campaigns.submit_material", found) else None,
        again=earlier_files(found),
    )
    if not form.is_valid() and (reason := MATERIAL.refusal(found, move, user)):
        if not form.is_bound:
            raise Refused(reason, found)
        # Sent twice, what was held is handed in by now.
        form.add_error(None, reason)
    with holding(form), told_in(form):
        if form.is_valid():
            names = ("title", "dated_on", "note", "client_key", "seen_state")
            values = {name: form.cleaned_data[name] for name in names}
            actions.submit(found, by=user, files=form.uploads, stored=form.stored, **values)
            messages.success(request, _("已报送，等待创建办审核。"))
            return redirect(found)
    context = {
        "form": form,
        "material": found,
        "move": MATERIAL.moves[move],
        "gates": found.all_gates().texts,
        "returned": found.latest if found.state == Material.State.RETURNED else None,
    }
    return render(request, "campaigns/material_submit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def material_move(request, pk, move):
    found = visible(request.user, pk)
    if move not in MOVE_ACTIONS:
        raise Http404
    form = MOVE_FORMS[move](request.POST if request.method == "POST" else None, row=found)
    if form.is_valid():
        with told_in(form):
            MOVE_ACTIONS[move](found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已办理：%(move)s。") % {"move": MATERIAL.moves[move].label})
            return redirect(found)
    elif reason := MATERIAL.refusal(found, move, request.user):
        raise Refused(reason, found)
    context = {"form": form, "move": MATERIAL.moves[move], "material": found}
    return render(request, "campaigns/material_move.html", context, status=422 if form.is_bound else 200)


@require_POST
def materials_file(request):
    """File the ticked materials; says how many were refused and why."""
    if not request.user.has_perm("campaigns.review_material"):
        raise PermissionDenied
    ticked = list(filter(None, map(key_in, request.POST.getlist("material"))))
    chosen = Material.objects.visible_to(request.user).filter(pk__in=ticked).for_page()
    filed, refused = actions.file_many(chosen, by=request.user)
    if filed:
        messages.success(request, _("已归档%(n)s项材料。") % {"n": filed})
    for row, reason in refused:
        messages.warning(request, _("没有归档 %(material)s：%(reason)s") % {"material": row, "reason": reason})
    if not ticked:
        messages.warning(request, _("请先勾选要归档的材料。"))
    return redirect(f"{address('campaigns:materials')}?{urlencode({'state': 'accepted'})}")


@require_POST
def materials_nudge(request, pk):
    campaign = request.campaign
    unit = get_object_or_404(Unit.objects.of_host(campaign.host.host_id) if campaign else Unit.objects.none(), pk=pk)
    list_url = address("campaigns:materials")
    count = actions.nudge(campaign, unit, by=request.user, url=list_url)
    messages.success(request, _("已催办%(unit)s：%(n)s项材料待报送。") % {"unit": unit, "n": count})
    return redirect(f"{list_url}?{urlencode({'unit': unit.pk, 'state': 'owed'})}")


@xframe_options_sameorigin
@require_safe
def material_file(request, pk, file_pk, variant):
    """A file of a submission: copies for whoever sees the material, a photo's original (with its place) for the office.

    Our own review page may show it within itself; nobody else's may.
    """
    submission = get_object_or_404(
        Submission.objects.visible_to(request.user).select_related("material__campaign__host", "material__unit"), pk=pk
    )
    stored = get_object_or_404(StoredFile.objects.filter(submissions=submission), pk=file_pk)
    return serve_file(request, stored, variant, of=submission.material)
