"""What the office does with a round: plan it, share its sites out, send it into the field, publish what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.marks import digest
from cityinit.sent import refuse_stale, said_if_taken
from cityinit.workflow import Refused
from inspections import routes, scoring
from inspections.field_workflow import ROUND, TEAM
from inspections.models import Draw, Round, RoundEvent, RoundSite, Site, Team, TeamMember, Visit, VisitAnswer
from units import notices
from units.models import Unit, User
from units.roles import require

PERMISSION = "inspections.plan_round"
State = Round.State
# While it is one of these, who walks where may still be changed.
OPEN_TO_ROUTES = (State.PLANNED, State.DRAWN, State.IN_FIELD)


def add_round(campaign: Campaign, *, by: User, client_key: UUID | None = None, **values: Any) -> Round:
    """Name an inspection round; refused when the name is taken. Sent twice it is added once."""
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有安排督查批次的权限。"), campaign)
    if there := sent_in(campaign, Round.objects.all(), client_key):
        return there
    with said_if_taken(_("已有同名的督查批次。")):
        made = Round.objects.create(campaign=campaign, client_key=client_key, **values)
        audit.record(_("新增督查批次"), by=by, subject=made)
    return made


def change_round(round: Round, *, by: User, seen: str = "", **values: Any) -> None:
    """Write the name, days and note; refused once it is published."""
    require(by, PERMISSION, round)
    with said_if_taken(_("已有同名的督查批次。")):
        now = lock(round)
        if now.is_published:
            raise Refused(_("已公布的批次不能再改。"), round)
        refuse_stale(round, seen=seen, now=now.mark)
        for name, value in values.items():
            setattr(round, name, value)
        round.save(update_fields=Round.WRITTEN)


# Sites ------------------------------------------------------------------------------------------------


def refuse_settled(round: Round) -> None:
    """Refuse to change the sites of a round that has set out."""
    _ask_state(round, State.PLANNED)


@transaction.atomic
def add_sites(round: Round, *, by: User, sites: Iterable[Site]) -> int:
    """Put these sites of the campaign at the end, each once; how many were new. Refused once they are settled."""
    require(by, PERMISSION, round)
    _ask_state(lock(round), State.PLANNED)
    there = set(round.stops.values_list("site_id", flat=True))
    last = round.stops.aggregate(last=Max("position"))["last"] or 0
    new = [site for site in sites if site.campaign_id == round.campaign_id and site.pk not in there]
    RoundSite.objects.bulk_create(
        RoundSite(round=round, site=site, position=place) for place, site in enumerate(new, start=last + 1)
    )
    return len(new)


def take_draw(round: Round, *, by: User, draw: Draw) -> int:
    """Put the sites of a draw in, in the order they were drawn; how many were new."""
    if draw.campaign_id != round.campaign_id:
        raise Refused(_("这次抽取不属于这个创建活动。"), round)
    return add_sites(round, by=by, sites=[row.site for row in draw.sites.select_related("site")])


@transaction.atomic
def remove_sites(round: Round, *, by: User, sites: Iterable[Site]) -> int:
    """Take these sites out again; refused once they are settled."""
    require(by, PERMISSION, round)
    _ask_state(lock(round), State.PLANNED)
    return round.stops.filter(site__in=list(sites)).delete()[0]


# Teams and routes -------------------------------------------------------------------------------------


def add_team(round: Round, *, by: User, **values: Any) -> Team:
    """A team with its people; refused where its name is taken, or somebody walks in another team of the round."""
    require(by, PERMISSION, round)
    with said_if_taken(_("这个批次已有同名的督查组。")):
        _ask_state(lock(round), *OPEN_TO_ROUTES)
        last = round.teams.aggregate(last=Max("position"))["last"] or 0
        return _write_team(Team(round=round, position=last + 1), **values)


def change_team(team: Team, *, by: User, seen: str = "", **values: Any) -> None:
    """Write who walks in it; refused as `add_team` is, and where it was changed or taken out since it was `seen`."""
    require(by, PERMISSION, team)
    with said_if_taken(_("这个批次已有同名的督查组。")):
        _ask_state(lock(team.round), *OPEN_TO_ROUTES)
        now = Team.objects.filter(pk=team.pk).first()
        if now is None:
            raise Refused(_("“%(team)s”刚刚已被别人删除。") % {"team": team}, team.round)
        refuse_stale(team, seen=seen, now=now.mark)
        _write_team(team, **values)


@transaction.atomic
def remove_team(team: Team, *, by: User) -> None:
    """Take a team out before the round is walked; its sites are without a team then."""
    require(by, PERMISSION, team)
    _ask_state(lock(team.round), State.PLANNED, State.DRAWN)
    Team.objects.filter(pk=team.pk).delete()


def _write_team(team: Team, *, name: str, unit: Unit | None, leader: User | None, members: Iterable[User]) -> Team:
    people = list(dict.fromkeys([*([leader] if leader else []), *members]))
    others = TeamMember.objects.filter(team__round=team.round, user__in=people).exclude(team=team.pk)
    if taken := others.select_related("user", "team").first():
        raise Refused(
            _("%(person)s已在“%(team)s”，一个人在一个批次里只走一组。") % {"person": taken.user, "team": taken.team},
            team.round,
        )
    team.name, team.unit = name, unit
    team.save()
    team.members.all().delete()
    TeamMember.objects.bulk_create(TeamMember(team=team, user=person, is_leading=person == leader) for person in people)
    return team


@transaction.atomic
def suggest_routes(round: Round, *, by: User, anew: bool) -> None:
    """Order each team's sites by the way between them; `anew` shares all of them out among the teams first.

    Refused without a team. What a team has handed in stays with it.
    """
    require(by, PERMISSION, round)
    _ask_state(lock(round), *OPEN_TO_ROUTES)
    teams = list(round.teams.filter(state=Team.State.WALKING))
    if not teams:
        raise Refused(_("请先新增督查组。"), round)
    fixed = round.stops.filter(team__state=Team.State.HANDED_IN)
    stops = list(round.stops.exclude(pk__in=fixed.values("pk")).select_related("site"))
    by_key = {stop.pk: stop for stop in stops}
    if anew:
        shares = dict(zip(teams, routes.shared_out([stop_of(stop) for stop in stops], len(teams)), strict=True))
    else:
        shares = {team: routes.in_order([stop_of(stop) for stop in stops if stop.team_id == team.pk]) for team in teams}
    changed = []
    for team, keys in shares.items():
        for place, key in enumerate(keys, start=1):
            by_key[key].team, by_key[key].position = team, place
            changed.append(by_key[key])
    RoundSite.objects.bulk_update(changed, ["team", "position"], batch_size=500)


@transaction.atomic
def write_routes(round: Round, *, by: User, places: Mapping[int, tuple[Team | None, int]], seen: str = "") -> None:
    """Which team goes where in which order, by the key of the stop; positions are counted anew from 1 in each team.

    Refused for a team of another round, and where a team has handed in what it found.
    """
    require(by, PERMISSION, round)
    _ask_state(lock(round), *OPEN_TO_ROUTES)
    stops = list(round.stops.select_related("team"))
    refuse_stale(round, seen=seen, now=mark_of_routes(stops))
    changed: dict[int | None, list[RoundSite]] = {}
    for stop in stops:
        team, position = places.get(stop.pk, (stop.team, stop.position))
        for one in {stop.team, team} if stop.team != team else ():
            if one and (one.round_id != round.pk or one.state != Team.State.WALKING):
                raise Refused(_("“%(team)s”已经交了，它的点位不能再调。") % {"team": one}, round)
        stop.team, stop.position = team, position
        changed.setdefault(team.pk if team else None, []).append(stop)
    for rows in changed.values():
        for place, stop in enumerate(sorted(rows, key=lambda stop: (stop.position, stop.pk)), start=1):
            stop.position = place
    RoundSite.objects.bulk_update(stops, ["team", "position"], batch_size=500)


def mark_of_routes(stops: Iterable[RoundSite]) -> str:
    """A mark of who goes where, by which a form drawn from an older plan is known."""
    return digest({str(stop.pk): [str(stop.team_id), str(stop.position)] for stop in stops})


def stop_of(stop: RoundSite) -> routes.Stop:
    site = stop.site
    if site.longitude is None or site.latitude is None:
        return routes.Stop(stop.pk)
    return routes.Stop(stop.pk, (site.longitude, site.latitude))


# Moves ------------------------------------------------------------------------------------------------


@transaction.atomic
def draw(round: Round, *, by: User, seen_state: str = "") -> None:
    """Settle which sites the round goes to; refused without any."""
    _move(round, "draw", by=by, seen_state=seen_state)


@transaction.atomic
def replan(round: Round, *, by: User, seen_state: str = "") -> None:
    """Open the choice of sites again, while nobody has begun to walk."""
    _move(round, "replan", by=by, seen_state=seen_state)


@transaction.atomic
def start(round: Round, *, by: User, seen_state: str = "") -> None:
    """Send the teams out; refused while a site has no team, or a team nobody in it. Everybody in a team is told."""
    lock(round)
    _move(round, "start", by=by, seen_state=seen_state)
    text = _("督查开始：%(round)s") % {"round": round}
    notices.tell([person for person in _walkers(round) if person != by], text, url=round.get_absolute_url())


@transaction.atomic
def hand_in(team: Team, *, by: User, seen_state: str = "") -> None:
    """A team hands in what it found; with the last one the round is complete, and the office is told.

    Refused while a visit is half filled in.
    """
    now = lock(team.round)
    team.round = now
    TEAM.make(team, "hand_in", by=by, seen_state=seen_state)
    _record(now, "hand_in", _("交本组结果"), by=by, note=team.name)
    if not now.teams.filter(state=Team.State.WALKING).exists():
        _move(now, "submit", by=None)
        text = _("督查已交齐，可以公布得分：%(round)s") % {"round": now}
        notices.tell(notices.office_of(now.campaign.host), text, url=now.get_absolute_url())


@transaction.atomic
def send_back(team: Team, *, by: User, reason: str, seen_state: str = "") -> None:
    """Have a team look again; the round is walked on."""
    if not reason.strip():
        raise Refused(_("请写明要补查什么。"), team)
    now = lock(team.round)
    team.round = now
    TEAM.make(team, "send_back", by=by, seen_state=seen_state)
    if now.state == State.SUBMITTED:
        _move(now, "resume", by=None)
    _record(now, "send_back", _("退回补查"), by=by, note=f"{team.name}：{reason.strip()}")
    text = _("退回补查：%(round)s %(reason)s") % {"round": now, "reason": reason.strip()}
    people = [member.user for member in team.members.select_related("user")]
    notices.tell([person for person in people if person != by], text, url=now.get_absolute_url())


@transaction.atomic
def publish(round: Round, *, by: User, seen_state: str = "") -> None:
    """Publish the scores, from now on kept as they are; the units whose sites were looked at are told.

    Refused while a team has not handed in, and without a finished visit.
    """
    lock(round)
    _move(round, "publish", by=by, seen_state=seen_state, published_at=timezone.now())
    visits = list(round.visits.finished().for_scores())
    _freeze(visits)
    units = {visit.scored_unit for visit in visits if visit.scored_unit}
    if units:
        text = _("督查得分已公布：%(round)s") % {"round": round}
        notices.tell(notices.liaisons_of(*units), text, url=f"{round.get_absolute_url()}scores/")


def _freeze(visits: Sequence[Visit]) -> None:
    """Score, weights, unit and type beside each visit: later changes of the site reach them no more."""
    answers = []
    for visit in visits:
        for answer in visit.answers.all():
            answer.frozen_weight = answer.item.weight
            answers.append(answer)
        found = scoring.points(visit.answers.all())
        visit.earned, visit.applicable, visit.score = found.earned, found.applicable, found.score
        visit.scored_unit, visit.scored_kind = visit.site.unit, visit.site.kind
    VisitAnswer.objects.bulk_update(answers, ["frozen_weight"], batch_size=500)
    fields = ["earned", "applicable", "score", "scored_unit", "scored_kind"]
    Visit.objects.bulk_update(visits, fields, batch_size=500)


def lock(round: Round) -> Round:
    """The round as it stands, held until the transaction ends: who saves a visit waits, and finds it moved on."""
    return Round.objects.select_for_update(of=("self",), no_key=True).select_related("campaign__host").get(pk=round.pk)


def _ask_state(round: Round, *states: str) -> None:
    if round.state not in states:
        raise Refused(_("批次目前是“%(state)s”，不能再改这一项。") % {"state": round.get_state_display()}, round)


def _walkers(round: Round) -> list[User]:
    return [member.user for member in TeamMember.objects.filter(team__round=round).select_related("user")]


def _move(round: Round, name: str, *, by: User | None, seen_state: str = "", **values: Any) -> None:
    source = ROUND.make(round, name, by=by, seen_state=seen_state, **values)
    _record(round, name, str(ROUND.moves[name].label), by=by, source=source, target=round.state)


def _record(
    round: Round, move: str, label: str, *, by: User | None, note: str = "", source: str = "", target: str = ""
) -> None:
    RoundEvent.objects.create(round=round, move=move, label=label, note=note, source=source, target=target, by=by)
