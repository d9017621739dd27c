"""The tasks by workstream or by indicator, one level at a time: what is not opened is not read."""

from collections import defaultdict

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import AssessmentSystem, Indicator, Task, Workstream
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.htmx import render_page

from .task_rows import lines
from .view_tabs import view_tabs

# Beyond these a level is read in the list, where it has pages.
MOST = 100
SYSTEM = "system"
SCHEME = "scheme"


@require_safe
def tasks_tree(request):
    """The first level of a scheme or an assessment system, or with `at` the one below a node."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    workstreams = list(Workstream.objects.of(campaign))
    systems = list(AssessmentSystem.objects.of(campaign).exclude(state=AssessmentSystem.State.DRAFT))
    schemes = list(dict.fromkeys(workstream.scheme for workstream in workstreams)) or [""]
    tree = _chosen(request, user, campaign, workstreams=workstreams, schemes=schemes, systems=systems)
    level = tree.level(request.GET.get("at", ""))
    context = {
        "tabs": view_tabs(request, "tasks_tree"),
        "orders": [
            *(_tab(scheme or _("按板块"), {SCHEME: scheme}, tree) for scheme in schemes),
            *(_tab(str(system), {SYSTEM: system.pk}, tree) for system in systems),
        ],
        "level": level,
        "crumbs": tree.crumbs(request.GET.get("at", "")),
    }
    return render_page(request, "campaigns/tasks_tree.html", context, fragment="campaigns/_tree_level.html")


def _chosen(request, user, campaign, *, workstreams, schemes, systems):
    """The order asked for; the first scheme where none is, or one that is gone."""
    system = next((one for one in systems if str(one.pk) == request.GET.get(SYSTEM)), None)
    if system:
        return _ByIndicator(user, campaign, system)
    wanted = request.GET.get(SCHEME)
    scheme = wanted if wanted in schemes else schemes[0]
    return _ByWorkstream(user, campaign, scheme, [one for one in workstreams if one.scheme == scheme])


def _tab(label, query, tree):
    url = f"{address('campaigns:tasks_tree')}?{urlencode(query)}"
    return {"label": label, "url": url, "active": url == tree.url}


class _Tree:
    """Nodes are named by their kind and key: w12 a workstream, i7 an indicator, t5 a task, n what stands in none."""

    kind = ""
    unplaced = ""

    def __init__(self, user, campaign, places, query):
        self.user, self.campaign = user, campaign
        self.places = {place.pk: place for place in places}
        self.query = query
        self.url = f"{address('campaigns:tasks_tree')}?{urlencode(query)}"
        self.visible = Task.objects.visible_to(user, of=campaign)
        self.below = defaultdict(list)
        for place in places:
            self.below[place.parent_id if place.parent_id in self.places else None].append(place)

    def level(self, at):
        """What stands directly below the node: further nodes with their counts, then tasks. 404 for none such."""
        kind, key = at[:1], key_in(at[1:])
        if not at:
            return self._level(self.below[None], self.visible.none(), rest=True)
        if at == "n":
            return self._level([], self._unplaced())
        if kind == "t":
            task = get_object_or_404(self.visible, pk=key)
            return self._level([], self.visible.filter(parent=task), more_url=task.get_absolute_url())
        place = self.places.get(key) if kind == self.kind else None
        if place is None:
            raise Http404
        more_url = f"{address('campaigns:tasks')}?{urlencode({self.parameter: place.pk})}"
        standing = self._standing(place)
        return self._level(self.below[place.pk], self._roots(standing, among=standing), more_url=more_url)

    def crumbs(self, at):
        """The way up from a node that was opened as a page of its own."""
        if not at:
            return []
        crumbs, place = [], self.places.get(key_in(at[1:])) if at[:1] == self.kind else None
        walked = set()
        while place is not None and place.pk not in walked:
            walked.add(place.pk)
            crumbs.append({"label": str(place), "url": self._node_url(f"{self.kind}{place.pk}")})
            place = self.places.get(place.parent_id)
        return [{"label": self.name, "url": self.url}, *reversed(crumbs)]

    def _level(self, places, tasks, *, rest=False, more_url=""):
        counts = self._counts(places)
        nodes = [self._place_node(place, *counts[place.pk]) for place in places]
        if rest and (unplaced := self._unplaced().count()):
            nodes.append({"name": self.unplaced, "url": self._node_url("n"), "all": unplaced, "done": None})
        rows = list(tasks.order_by("position", "pk").for_list()[: MOST + 1])
        children = self._children(rows[:MOST])
        shown = lines(rows[:MOST], on=timezone.localdate(), by=self.user)
        for line in shown:
            line["done"], line["all"] = children.get(int(line["pk"]), (0, 0))
            line["open_url"] = self._node_url(f"t{line['pk']}")
        return {"nodes": nodes, "tasks": shown, "more_url": more_url if len(rows) > MOST else "", "most": MOST}

    def _place_node(self, place, done, whole):
        listed = f"{address('campaigns:tasks')}?{urlencode({self.parameter: place.pk})}"
        return {
            "name": str(place),
            "url": self._node_url(f"{self.kind}{place.pk}"),
            "list_url": listed,
            "done_url": f"{listed}&state={Task.State.CONFIRMED}",
            "all": whole,
            "done": done,
            "is_open_ended": bool(whole or self.below[place.pk]),
        }

    def _node_url(self, at):
        return f"{address('campaigns:tasks_tree')}?{urlencode({**self.query, 'at': at})}"

    def _unplaced(self):
        """What stands nowhere in this order; below a task the person sees it opens there."""
        return self._roots(self._others(), among=self.visible)

    def _roots(self, tasks, *, among):
        """Of these tasks those that none of the others stands above."""
        # Whatever stands in a ring has somebody above it everywhere: it is shown at the top, and not lost.
        rings = Q(parent__parent=F("pk")) | Q(parent__parent__parent=F("pk"))
        return tasks.filter(Q(parent=None) | ~Exists(among.filter(pk=OuterRef("parent"))) | rings)

    def _children(self, rows):
        below = self.visible.filter(parent__in=[row["pk"] for row in rows]).order_by().values("parent")
        done = Count("pk", filter=Q(state=Task.State.CONFIRMED))
        counted = below.annotate(done=done, whole=Count("pk")).values_list("parent", "done", "whole")
        return {parent: (done, whole) for parent, done, whole in counted}

    def _branch(self, place):
        """The keys of the place and of all below it; a ring is walked once."""
        walked, waiting = set(), [place.pk]
        while waiting:
            pk = waiting.pop()
            if pk not in walked:
                walked.add(pk)
                waiting.extend(below.pk for below in self.below[pk])
        return walked


class _ByWorkstream(_Tree):
    kind, parameter = "w", "workstream"

    def __init__(self, user, campaign, scheme, workstreams):
        super().__init__(user, campaign, workstreams, {SCHEME: scheme})
        self.scheme, self.unplaced = scheme, _("未归入板块")
        self.name = scheme or _("按板块")

    def _standing(self, place):
        through = Task.workstreams.through.objects.filter(workstream=place, task=OuterRef("pk"))
        return self.visible.filter(Exists(through))

    def _others(self):
        return self.visible.in_no_workstream(self.scheme)

    def _counts(self, places):
        """(done, all) per workstream with those below it: a task that stands in several counts once."""
        branches = {place.pk: self._branch(place) for place in places}
        if not branches:
            return {}
        standing = self.visible.filter(workstreams__in=set().union(*branches.values())).order_by()
        root = Case(*(When(workstreams__in=branch, then=Value(pk)) for pk, branch in branches.items()))
        done = Count("pk", distinct=True, filter=Q(state=Task.State.CONFIRMED))
        counted = standing.values(root=root).annotate(done=done, whole=Count("pk", distinct=True))
        found = {pk: (done, whole) for pk, done, whole in counted.values_list("root", "done", "whole")}
        return {pk: found.get(pk, (0, 0)) for pk in branches}


class _ByIndicator(_Tree):
    """By lineage: a task filed under an earlier version of the system stands under the one that is shown."""

    kind, parameter = "i", "criterion"

    def __init__(self, user, campaign, system):
        indicators = list(Indicator.objects.filter(system=system).only("pk", "code", "name", "parent", "lineage"))
        super().__init__(user, campaign, indicators, {SYSTEM: system.pk})
        self.system, self.name, self.unplaced = system, str(system), _("不在这个测评体系里的任务")

    def _standing(self, place):
        return self.visible.filter(indicator__lineage=place.lineage)

    def _others(self):
        return self.visible.exclude(Exists(self._nodes().filter(lineage=OuterRef("indicator__lineage"))))

    def _nodes(self):
        return Indicator.objects.filter(system=self.system).order_by()

    def _counts(self, places):
        """(done, all) per indicator with those below it; a task has one indicator."""
        rows = self.visible.filter(indicator__lineage__in=self._nodes().values("lineage")).order_by()
        counted = rows.values("indicator__lineage").annotate(
            done=Count("pk", filter=Q(state=Task.State.CONFIRMED)), whole=Count("pk")
        )
        by_lineage = {
            lineage: (done, whole)
            for lineage, done, whole in counted.values_list("indicator__lineage", "done", "whole")
        }
        own = {pk: by_lineage[node.lineage] for pk, node in self.places.items() if node.lineage in by_lineage}
        counts = {}
        for place in places:
            standing = [own.get(pk, (0, 0)) for pk in self._branch(place)]
            counts[place.pk] = (sum(done for done, _all in standing), sum(whole for _done, whole in standing))
        return counts
