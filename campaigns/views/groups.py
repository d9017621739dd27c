"""Leading groups and task forces as a tree, each with who sat in it on a day; and the papers that were issued."""

from collections import defaultdict

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import groups as actions
from campaigns.forms.groups import DayForm, DocumentFilter, SucceedForm
from campaigns.models import Document, GroupMember, LeadingGroup, Task
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from units.models import Unit
from units.tree import in_tree_order

from .files import files_of, serve_file

SHOWN = 30


@require_safe
def groups(request):
    campaign = request.campaign
    if not request.user.has_perm("campaigns.see_register", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    found = LeadingGroup.objects.visible_to(request.user, of=campaign).select_related("office_unit")
    seats = defaultdict(list)
    seated = GroupMember.objects.of(campaign).seated(on=timezone.localdate()).select_related("unit")
    for member in sorted(seated, key=_by_rank):
        seats[member.group_id].append(member)
    context = {
        "rows": [
            {
                "group": branch.unit,
                "step": branch.step,
                "heads": [member for member in seats[branch.unit.pk] if member.rank == 0],
                "count": len(seats[branch.unit.pk]),
            }
            for branch in in_tree_order(found.order_by("position", "pk"))
        ],
        "may_change": request.user.has_perm("campaigns.change_register", campaign),
    }
    return render(request, "campaigns/groups.html", context)


@require_safe
def group(request, pk):
    rows = LeadingGroup.objects.visible_to(request.user).select_related("campaign__host", "parent", "office_unit")
    found = get_object_or_404(rows.prefetch_related("workstreams", "former_offices__unit"), pk=pk)
    form = DayForm(request.GET or None)
    day = form.day
    members = sorted(found.members.seated(on=day).select_related("unit"), key=_by_rank)
    may_change = request.user.has_perm("campaigns.change_register", found)
    context = {
        "group": found,
        "form": form,
        "day": day,
        "is_today": day == timezone.localdate(),
        "facts": _facts(found, request.user, on=day),
        "members": [
            {
                "member": member,
                "succeed_url": reverse("campaigns:member_succeed", args=[member.pk])
                if may_change and not (member.ends_on and member.ends_on <= timezone.localdate())
                else "",
            }
            for member in members
        ],
        "may_change": may_change,
    }
    if "print" in request.GET:
        return render(request, "campaigns/group_print.html", context)
    tasks = Task.objects.visible_to(request.user, of=found.campaign)
    context |= {
        "former": found.members.filter(ends_on__lt=day).select_related("unit").order_by("-ends_on", "pk"),
        "children": found.children.order_by("position", "pk"),
        "meetings": found.meetings.visible_to(request.user).order_by("-held_on", "-pk")[:SHOWN],
        "documents": found.documents.visible_to(request.user).order_by("-issued_on", "-pk")[:SHOWN],
        "tasks": (tasks.filter(workstreams__groups=found) | tasks.filter(decisions__meeting__group=found))
        .distinct()
        .order_by("position", "pk")[:SHOWN],
    }
    return render(request, "campaigns/group.html", context)


def _by_rank(member):
    return member.rank, member.position, member.pk


def _facts(group, user, *, on):
    office = group.office_on(on)
    facts = [
        (_("成立日期"), group.founded_on),
        (_("文号"), group.document_number),
        (_("办公室设在"), office, office.get_absolute_url()) if office else ("", ""),
        (_("上级"), group.parent, group.parent.get_absolute_url()) if group.parent else ("", ""),
        (_("负责的板块"), "、".join(str(workstream) for workstream in group.workstreams.all())),
    ]
    if group.document_number:
        # The paper that founded it, where the office has entered it.
        papers = Document.objects.visible_to(user, of=group.campaign).filter(number=group.document_number)
        if paper := papers.first():
            facts[1] = (_("文号"), f"{group.document_number} {paper}", paper.get_absolute_url())
    return [fact for fact in facts if fact[1]]


@require_http_methods(["GET", "POST"])
def member_succeed(request, pk):
    rows = GroupMember.objects.visible_to(request.user).select_related("campaign__host", "group", "unit")
    member = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("campaigns.change_register", member):
        raise PermissionDenied
    units = Unit.objects.of_host(member.campaign.host.host_id).active().order_by("position", "pk")
    form = SucceedForm(request.POST or None, member=member, units=units)
    if form.is_valid():
        with told_in(form):
            new = actions.succeed(member, by=request.user, **form.cleaned_data)
            messages.success(request, _("已由%(new)s接任，从%(day)s起。") % {"new": new, "day": new.starts_on})
            return redirect(member.group)
    context = {"form": form, "member": member, "group": member.group}
    return render(request, "campaigns/member_succeed.html", context, status=422 if form.is_bound else 200)


# Papers ----------------------------------------------------------------------------------------------


@require_safe
def documents(request):
    campaign, user, today = request.campaign, request.user, timezone.localdate()
    if not (user.has_perm("campaigns.see_register") or user.has_perm("campaigns.acknowledge_task")):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    visible = Document.objects.visible_to(user, of=campaign)
    form = DocumentFilter(request.GET or None, documents=visible)
    found = form.filter(visible, on=today)
    page = Page(request, found.for_list(), order=("-position", "-pk"), counted=found)
    context = {
        "form": form,
        "page": page,
        "rows": [_line(row, base=request.path, on=today) for row in page.rows],
        "may_change": user.has_perm("campaigns.change_register", campaign),
    }
    return render_page(request, "campaigns/documents.html", context)


def _line(paper, *, base, on):
    tone, standing = paper.standing(on=on)
    return {
        "url": f"{base}{paper.pk}/",
        "name": paper.name,
        "files": "yes" if paper.has_files else "",
        "kind": paper.kind,
        "number": paper.number,
        "issued": paper.issued_on.isoformat() if paper.issued_on else "",
        "issuer": str(paper.issuer or ""),
        "tone": tone,
        "standing": standing,
    }


@require_safe
def document(request, pk):
    found = _document(request, pk)
    user, today = request.user, timezone.localdate()
    sees_all = user.has_perm("campaigns.see_register", found.campaign)
    read = {row.unit_id: row for row in found.readings.select_related("by")}
    readers = list(found.readers.all())
    own = set(Unit.objects.governed_by(user).filter(pk__in=[unit.pk for unit in readers]).values_list("pk", flat=True))
    shown = [unit for unit in readers if sees_all or unit.pk in own]
    waits = [unit for unit in readers if unit.pk in own and unit.pk not in read]
    context = {
        "document": found,
        "standing": found.standing(on=today),
        "facts": _paper_facts(found, sees_all=sees_all),
        "readers": [(unit, read.get(unit.pk)) for unit in shown],
        "may_read": bool(waits) and user.has_perm("campaigns.acknowledge_task"),
        "may_change": user.has_perm("campaigns.change_register", found),
        **files_of(found, url=lambda file, variant: reverse("campaigns:document_file", args=[pk, file.pk, variant])),
    }
    return render(request, "campaigns/document.html", context)


def _paper_facts(paper, *, sees_all):
    facts = [
        (_("类型"), paper.kind),
        (_("文号"), paper.number),
        (_("日期"), paper.issued_on),
        (_("发文单位"), paper.issuer, paper.issuer.get_absolute_url()) if paper.issuer else ("", ""),
        (_("份数"), paper.copies),
        (_("废止日期"), paper.ended_on),
    ]
    if sees_all:
        linked = ((_("替代它的文件"), paper.replaced_by), (_("领导小组"), paper.group), (_("任务"), paper.task))
        facts += [(label, row, row.get_absolute_url()) for label, row in linked if row]
        facts += [(_("替代了"), row, row.get_absolute_url()) for row in paper.replaces.all()]
        if paper.meeting:
            url = reverse("campaigns:register_row", args=["meetings", paper.meeting_id])
            facts.append((_("会议"), paper.meeting, url))
    return [fact for fact in facts if fact[1]]


@require_POST
def document_read(request, pk):
    found = _document(request, pk)
    actions.take_note(found, by=request.user)
    messages.success(request, _("已确认阅知。"))
    return redirect(found)


@require_safe
def document_file(request, pk, file_pk, variant):
    found = _document(request, pk)
    return serve_file(request, get_object_or_404(found.files, pk=file_pk), variant, of=found)


def _document(request, pk):
    rows = Document.objects.visible_to(request.user)
    related = ("campaign__host", "issuer", "group", "meeting", "task", "replaced_by")
    return get_object_or_404(rows.select_related(*related).prefetch_related("readers", "files"), pk=pk)
