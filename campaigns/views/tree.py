"""The tasks of a campaign by workstream, in the order and depth of one scheme."""

from collections import defaultdict

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import Task, Workstream


@require_safe
def tasks_tree(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    workstreams = list(Workstream.objects.of(campaign))
    schemes = list(dict.fromkeys(workstream.scheme for workstream in workstreams)) or [""]
    wanted = request.GET.get("scheme")
    chosen = wanted if wanted in schemes else schemes[0]
    tasks = list(Task.objects.visible_to(user).of(campaign).for_list(on=timezone.localdate(), by=user))
    standing = Task.workstreams.through.objects.filter(workstream__campaign=campaign, workstream__scheme=chosen)
    tree = _Tree(tasks, standing.values_list("workstream", "task"))
    context = {
        "tabs": list_tabs(None) + [_scheme_tab(scheme, chosen) for scheme in schemes],
        "sections": tree.sections([workstream for workstream in workstreams if workstream.scheme == chosen]),
    }
    return render(request, "campaigns/tasks_tree.html", context)


def list_tabs(active):
    """The list of all tasks beside its order by workstream."""
    return [
        {"label": _("全部任务"), "url": reverse("campaigns:tasks"), "active": active == "list"},
        *([{"label": _("按板块"), "url": reverse("campaigns:tasks_tree"), "active": False}] if active else []),
    ]


def _scheme_tab(scheme, chosen):
    return {
        "label": scheme or _("按板块"),
        "url": f"{reverse('campaigns:tasks_tree')}?{urlencode({'scheme': scheme})}",
        "active": scheme == chosen,
    }


class _Tree:
    """Tasks below their workstreams, and below each other."""

    def __init__(self, tasks, standing):
        self.tasks = {task.pk: task for task in tasks}
        self.children = defaultdict(list)
        for task in tasks:
            if task.parent_id in self.tasks:
                self.children[task.parent_id].append(task)
        self.standing = defaultdict(set)
        for workstream, task in standing:
            if task in self.tasks:
                self.standing[workstream].add(task)

    def sections(self, workstreams):
        """One section per workstream in the order of the scheme; at the end what stands in none."""
        below = defaultdict(list)
        known = {workstream.pk for workstream in workstreams}
        for workstream in workstreams:
            below[workstream.parent_id if workstream.parent_id in known else None].append(workstream)
        found = []

        def walk(parent, depth):
            for workstream in below[parent]:
                rows = self._rows(self.standing[workstream.pk])
                found.append({"name": workstream.name, "depth": min(depth, 2), "rows": rows, "count": len(rows)})
                walk(workstream.pk, depth + 1)

        walk(None, 0)
        told = {row["task"].pk for section in found for row in section["rows"]}
        if rest := self._rows(set(self.tasks) - told):
            found.append({"name": _("未归入板块"), "depth": 0, "rows": rest, "count": len(rest)})
        return found

    def _rows(self, members):
        """These tasks and all below them, each below its parent, indented by depth."""
        rows, walked = [], set()

        def walk(task, depth):
            # Tasks that stand in a ring are walked once.
            if task.pk in walked:
                return
            walked.add(task.pk)
            rows.append({"task": task, "depth": min(depth, 3)})
            for child in self.children[task.pk]:
                walk(child, depth + 1)

        for pk, task in self.tasks.items():
            if pk in members and task.parent_id not in members:
                walk(task, 0)
        return rows
