"""Inspection rounds: the list, one with its sites, teams and progress, how it is planned, and what I walk today."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.tasks import SeenStateForm
from campaigns.views.buttons import buttons
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.phone import kept_on_phone
from cityinit.sent import told_in
from inspections import routes, score_figures
from inspections.actions import rounds as actions
from inspections.field_workflow import ROUND, TEAM
from inspections.forms.rounds import RoundForm, RoutesForm, SendBackForm, SitesForm, TeamForm
from inspections.models import Draw, Finding, Round, RoundSite, Site, SiteType, Team, TeamMember, Visit
from inspections.views.kept_visits import checklists_for, form_mark, round_mark
from units.models import Post, Unit, User
from units.roles import Role

MOVES = {"draw": actions.draw, "replan": actions.replan, "start": actions.start, "publish": actions.publish}
DONE = {
    "draw": gettext_lazy("点位已确定，可以分组排线路。"),
    "replan": gettext_lazy("可以重选点位了。"),
    "start": gettext_lazy("已开始，各组组员已收到通知。"),
    "publish": gettext_lazy("得分已公布，今后不再变动。"),
}
STATES = list(Round.State)


@require_http_methods(["GET", "POST"])
def rounds(request):
    user, campaign = request.user, _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    may_change = user.has_perm(actions.PERMISSION, campaign)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = RoundForm(request.POST or None)
    if form.is_valid():
        with told_in(form):
            actions.add_round(campaign, by=user, **form.cleaned_data)
            messages.success(request, _("已新增督查批次。"))
            return redirect("inspections:rounds")
    counted = ~Q(findings__state__in=Finding.UNCOUNTED_STATES)
    # Each counted by itself: joined to one another they would multiply.
    sites = RoundSite.objects.filter(round=OuterRef("pk")).order_by().values("round")
    done = Visit.objects.finished().filter(round=OuterRef("pk")).order_by().values("round")
    context = {
        "rounds": Round.objects.visible_to(user)
        .of(campaign)
        .annotate(
            found=Count("findings", filter=counted),
            open=Count("findings", filter=Q(findings__state__in=Finding.OPEN_STATES)),
            site_count=sites.annotate(n=Count("pk")).values("n"),
            done_count=done.annotate(n=Count("pk")).values("n"),
        )
        .order_by("-starts_on", "-pk"),
        "form": form,
        "may_change": may_change,
        "walks": user.has_perm("inspections.visit_site", campaign),
        "findings_url": address("inspections:findings"),
    }
    return render(request, "inspections/rounds.html", context, status=422 if form.is_bound else 200)


@require_safe
def round_(request, pk):
    found = _visible(request, pk)
    user = request.user
    stops = _by_team(found.stops.select_related("site__kind", "site__unit", "team"))
    visits = {visit.site_id: visit for visit in found.visits.for_scores()}
    teams = list(found.teams.select_related("unit").prefetch_related("members__user"))
    done = score_figures.scored(visits.values())
    findings = found.findings.exclude(state__in=Finding.UNCOUNTED_STATES).aggregate(
        found=Count("pk"), open=Count("pk", filter=Q(state__in=Finding.OPEN_STATES))
    )
    may_plan = user.has_perm(actions.PERMISSION, found)
    list_url = f"{address('inspections:findings')}?{urlencode({'round': found.pk})}"
    score = score_figures.mean_of(done)
    context = {
        "round": found,
        "steps": _steps(found),
        "moves": buttons(ROUND, found, by=user, url_name="inspections:round_move", offered=MOVES),
        "stats": [
            {"label": _("点位"), "value": _share(len(done), len(stops)), "tone": "blue", "hint": _("已检查/全部")},
            {"label": _("发现问题"), "value": findings["found"], "url": f"{list_url}&state=counted", "tone": "orange"},
            {"label": _("未办结"), "value": findings["open"], "url": f"{list_url}&state=open", "tone": "red"},
            {
                "label": _("得分"),
                "value": "—" if score is None else score,
                "url": reverse("inspections:round_scores", args=[found.pk]) if done else "",
                "tone": "green",
                "hint": "" if found.is_published or score is None else _("未公布，还会变"),
            },
        ],
        "facts": [
            (_("开始"), found.starts_on),
            (_("结束"), found.ends_on),
            (_("公布时间"), timezone.localtime(found.published_at).strftime("%Y-%m-%d %H:%M"))
            if found.published_at
            else (_("说明"), found.note),
        ],
        "teams": [_team_line(team, stops, visits, user) for team in teams],
        "rows": [_stop_line(stop, visits.get(stop.site_id)) for stop in stops],
        "may_plan": may_plan,
        "may_choose": may_plan and found.state == Round.State.PLANNED,
        "may_route": may_plan and found.state in actions.OPEN_TO_ROUTES and bool(stops),
        "may_team": may_plan and found.state in actions.OPEN_TO_ROUTES,
        "walks": found.state == Round.State.IN_FIELD and any(team.includes(user) for team in teams),
        "may_edit": may_plan and not found.is_published,
        "events": found.events.select_related("by").order_by("-at", "-pk"),
    }
    return render(request, "inspections/round.html", context)


@require_http_methods(["GET", "POST"])
def round_edit(request, pk):
    found = _planned(request, pk)
    form = RoundForm(request.POST or None, round=found)
    if form.is_valid():
        with told_in(form):
            actions.change_round(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(found)
    return _render_form(request, form, found, title=_("修改批次"))


@require_POST
def round_move(request, pk, move):
    found = _visible(request, pk)
    if move not in MOVES:
        raise Http404
    form = SeenStateForm(request.POST, row=found)
    form.is_valid()
    MOVES[move](found, by=request.user, **form.cleaned_data)
    messages.success(request, DONE[move])
    return redirect(found)


@require_http_methods(["GET", "POST"])
def round_sites(request, pk):
    """Which sites it goes to."""
    found = _planned(request, pk)
    # Said before anything is chosen.
    actions.refuse_settled(found)
    campaign = found.campaign
    sites = Site.objects.visible_to(request.user, of=campaign)
    if request.method == "POST" and "remove" in request.POST:
        keys = list(filter(None, map(key_in, request.POST.getlist("stop"))))
        n = actions.remove_sites(found, by=request.user, sites=sites.filter(stops__round=found, stops__pk__in=keys))
        messages.success(request, _("已移出%(n)s个点位。") % {"n": n})
        return redirect("inspections:round_sites", found.pk)
    form = SitesForm(
        request.POST or None,
        draws=Draw.objects.of(campaign).filter(Q(round=found) | Q(round=None)).defer("pool"),
        kinds=SiteType.objects.filter(Exists(Site.objects.of(campaign).filter(kind=OuterRef("pk")))),
        units=Unit.objects.of_host(campaign.host.host_id),
        sites=sites,
    )
    if form.is_valid():
        with told_in(form):
            n = actions.add_sites(found, by=request.user, sites=form.chosen)
            if draw := form.cleaned_data["draw"]:
                n += actions.take_draw(found, by=request.user, draw=draw)
            messages.success(request, _("已加入%(n)s个点位。") % {"n": n})
            return redirect("inspections:round_sites", found.pk)
    context = {
        "round": found,
        "form": form,
        "stops": found.stops.select_related("site__kind", "site__unit"),
        "draw_url": address("inspections:draw_new"),
    }
    return render(request, "inspections/round_sites.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def round_routes(request, pk):
    """Which team goes where, in which order."""
    found = _planned(request, pk)
    teams = list(found.teams.all())
    if request.method == "POST" and "suggest" in request.POST:
        anew = request.POST["suggest"] == "anew"
        actions.suggest_routes(found, by=request.user, anew=anew)
        messages.success(request, _("已按路程远近排好，可以再改。"))
        return redirect("inspections:round_routes", found.pk)
    stops = _by_team(found.stops.select_related("site__kind", "team"))
    form = RoutesForm(request.POST or None, stops=stops, teams=teams, seen=actions.mark_of_routes(stops))
    if form.is_valid():
        with told_in(form):
            actions.write_routes(found, by=request.user, places=form.places, seen=form.cleaned_data["seen"])
            messages.success(request, _("线路已保存。"))
            return redirect("inspections:round_routes", found.pk)
    lengths = [(team.name, _way([stop for stop in stops if stop.team_id == team.pk])) for team in teams]
    context = {"round": found, "form": form, "teams": teams, "lengths": lengths}
    return render(request, "inspections/round_routes.html", context, status=422 if form.is_bound else 200)


# Teams ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def team_new(request, pk):
    found = _planned(request, pk)
    name = _("第%(n)s组") % {"n": found.teams.count() + 1}
    form = TeamForm(request.POST or None, **_people_of(found), name=name)
    if form.is_valid():
        with told_in(form):
            actions.add_team(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已新增督查组。"))
            return redirect(found)
    return _render_form(request, form, found, title=_("新增督查组"))


@require_http_methods(["GET", "POST"])
def team_edit(request, pk):
    team = _team(request, pk)
    _ask_plan(request, team)
    form = TeamForm(request.POST or None, **_people_of(team.round, team=team), team=team)
    if form.is_valid():
        with told_in(form):
            actions.change_team(team, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(team.round)
    return _render_form(request, form, team.round, title=_("修改督查组"))


@require_POST
def team_remove(request, pk):
    team = _team(request, pk)
    _ask_plan(request, team)
    actions.remove_team(team, by=request.user)
    messages.success(request, _("已删除“%(team)s”。") % {"team": team})
    return redirect(team.round)


@require_http_methods(["GET", "POST"])
def team_move(request, pk, move):
    """Hand a team's part in, or send it back."""
    team = _team(request, pk)
    if move == "hand_in" and request.method == "POST":
        form = SeenStateForm(request.POST, row=team)
        form.is_valid()
        actions.hand_in(team, by=request.user, **form.cleaned_data)
        messages.success(request, _("“%(team)s”的结果已交。") % {"team": team})
        return redirect(team.round)
    if move != "send_back":
        raise Http404
    _ask_plan(request, team)
    form = SendBackForm(request.POST or None, row=team)
    if form.is_valid():
        with told_in(form):
            actions.send_back(team, by=request.user, **form.cleaned_data)
            messages.success(request, _("已退回“%(team)s”补查。") % {"team": team})
            return redirect(team.round)
    return _render_form(request, form, team.round, title=_("退回“%(team)s”补查") % {"team": team}, submit=_("退回"))


# What I walk ------------------------------------------------------------------------------------------


@kept_on_phone
@require_safe
def my_round(request):
    """The sites of my teams in the rounds that are walked, in their order, on the phone."""
    campaign = request.campaign
    if not request.user.has_perm("inspections.visit_site", campaign or None):
        raise PermissionDenied(_("只有督查员可以检查点位。"))
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    sheets = sheets_of(campaign, by=request.user)
    response = render(request, "inspections/my_round.html", {"sheets": sheets})
    response["X-Keep-Mark"] = round_mark(request.user, campaign, sheets)
    return response


def sheets_of(campaign, *, by):
    """For each team of this person's in a round that is walked its sites in their order, and how far they are."""
    members = TeamMember.objects.filter(user=by, team__round__state=Round.State.IN_FIELD)
    mine = members.filter(team__round__campaign=campaign).select_related("team__round__campaign__host")
    people = Prefetch("team__members", TeamMember.objects.select_related("user"))
    teams = [member.team for member in mine.prefetch_related(people)]
    stops = RoundSite.objects.filter(team__in=teams).select_related("site__kind")
    visits = Visit.objects.filter(round__in=[team.round_id for team in teams]).select_related("checklist")
    by_place = {(visit.round_id, visit.site_id): visit for visit in visits.prefetch_related("answers__photos")}
    checklists = checklists_for(campaign, {stop.site.kind_id for stop in stops})
    return [
        _sheet(team, [stop for stop in stops if stop.team_id == team.pk], by_place, checklists, by) for team in teams
    ]


def _sheet(team, stops, visits, checklists, user):
    lines = []
    for stop in stops:
        visit = visits.get((stop.round_id, stop.site_id))
        is_done = visit is not None and visit.is_finished
        url = visit.get_absolute_url() if is_done else fill_url(stop.round_id, stop.site_id, visit)
        checklist = visit.checklist if visit else checklists.get(stop.site.kind_id)
        answers = visit.answers.all() if visit else []
        # Without a checklist there is no form to take along.
        mark = "" if is_done or checklist is None else form_mark(user, stop.site, checklist, visit, answers)
        lines.append({"site": stop.site, "url": url, "mark": mark, **_standing(visit)})
    done = sum(line["is_done"] for line in lines)
    following = next((line for line in lines if not line["is_done"]), None)
    if following and team.state == Team.State.WALKING:
        following["is_next"] = True
    return {
        "team": team,
        "round": team.round,
        "people": "、".join(str(member.user) for member in team.members.all()),
        "lines": lines,
        "done": done,
        "percent": round(100 * done / len(lines)) if lines else 0,
        "text": _share(done, len(lines)),
        "moves": buttons(TEAM, team, by=user, url_name="inspections:team_move", offered={"hand_in"}),
    }


def fill_url(round_pk, site_pk, visit):
    """Where a site is filled in: of a round it has one place, whoever begins."""
    if round_pk:
        return reverse("inspections:round_visit", args=[round_pk, site_pk])
    return reverse("inspections:visit_edit", args=[visit.pk])


def _standing(visit):
    if visit is None:
        return {"is_done": False, "tone": "neutral", "text": _("未检查"), "note": ""}
    if not visit.is_finished:
        n = sum(1 for answer in visit.answers.all() if answer.verdict)
        return {"is_done": False, "tone": "yellow", "text": _("填了一半"), "note": _("已填%(n)s项") % {"n": n}}
    return {"is_done": True, "tone": "green", "text": _("已检查"), "note": ""}


def _team_line(team, stops, visits, user):
    own = [stop for stop in stops if stop.team_id == team.pk]
    done = sum(1 for stop in own if (visit := visits.get(stop.site_id)) and visit.is_finished)
    return {
        "team": team,
        "people": "、".join(
            _("%(name)s（带队）") % {"name": member.user} if member.is_leading else str(member.user)
            for member in team.members.all()
        ),
        "percent": round(100 * done / len(own)) if own else 0,
        "text": _share(done, len(own)),
        "moves": buttons(TEAM, team, by=user, url_name="inspections:team_move", offered={"hand_in", "send_back"}),
    }


def _stop_line(stop, visit):
    points = score_figures.points_of(visit) if visit and visit.is_finished else None
    return {
        "stop": stop,
        "url": visit.get_absolute_url() if visit else stop.site.get_absolute_url(),
        "team": f"{stop.team} {stop.position}" if stop.team else "",
        "score": "" if points is None else ("—" if points.score is None else points.score),
        "failed": sum(1 for answer in visit.answers.all() if answer.verdict == "fail") if points else "",
        **_standing(visit),
    }


def _by_team(stops):
    """In the order they are walked, those without a team first; of nulls each database thinks otherwise."""
    return sorted(stops, key=lambda stop: (stop.team.position if stop.team else 0, stop.position, stop.pk))


def _share(part, whole):
    return f"{part}/{whole}"


def _steps(found):
    here = STATES.index(found.state)
    return [
        {
            "label": state.label,
            "state": "done" if place < here or found.is_published else "now" if place == here else "",
        }
        for place, state in enumerate(STATES)
    ]


def _way(stops):
    metres = routes.length([actions.stop_of(stop) for stop in stops])
    told = _("%(km)s公里") % {"km": f"{metres / 1000:.1f}"}
    return _("%(n)s个点位，直线约%(way)s") % {"n": len(stops), "way": told}


def _people_of(found, *, team=None):
    """Whom a team can be made of: who holds an inspector's post in the host today, and who is in it already."""
    host = found.campaign.host
    posts = Post.objects.held(on=timezone.localdate()).filter(role=Role.INSPECTOR, unit__host=host.host_id)
    kept = TeamMember.objects.filter(team=team.pk).values("user") if team else []
    people = User.objects.filter(Q(pk__in=posts.values("user")) | Q(pk__in=kept)).order_by("name", "pk")
    return {"people": people, "units": Unit.objects.of_host(host.host_id)}


def _campaign(request):
    # The office's own planning: units see the findings, not the rounds.
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _visible(request, pk):
    _campaign(request)
    return get_object_or_404(Round.objects.visible_to(request.user).select_related("campaign__host__host"), pk=pk)


def _planned(request, pk):
    found = _visible(request, pk)
    _ask_plan(request, found)
    return found


def _team(request, pk):
    _campaign(request)
    rows = Team.objects.filter(round__in=Round.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("round__campaign__host__host").prefetch_related("members"), pk=pk)


def _ask_plan(request, obj):
    if not request.user.has_perm(actions.PERMISSION, obj):
        raise PermissionDenied


def _render_form(request, form, found, *, title, submit=""):
    context = {"form": form, "round": found, "title": title, "submit": submit or _("保存")}
    return render(request, "inspections/round_form.html", context, status=422 if form.is_bound else 200)
