"""Two rounds walked with checklists: the one before published with its scores, the present one half way."""

import random
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from campaigns.models import Campaign
from cityinit.periods import day_start
from inspections import checklist_presets
from inspections.actions import checklists, rounds, visits
from inspections.actions.visits import Said
from inspections.models import Checklist, ChecklistItem, Round, RoundSite
from inspections.rules import Kind, Verdict
from units.models import User

from . import photos
from .diary import Diary

SEED = 11
DAY = timedelta(days=1)
AFTERNOON, MORNING, EVENING = timedelta(hours=15), timedelta(hours=8, minutes=30), timedelta(hours=17)
TEAMS = (("督查一组", "inspector", "inspector2"), ("督查二组", "inspector3", "inspector4"))
SCENES = {"环境卫生": "litter", "秩序": "cars", "设施": "road", "公益宣传": "poster"}
# Of each team's sites in the present round.
WALKED = 5
PHOTOS, REPORTED = 6, 2


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Checklists of the office, and what was found with them."""
    present, before = Round.objects.of(campaign).exclude(starts_on=None).order_by("-starts_on")[:2]
    people = {user.username: user for user in User.objects.filter(username__in=["office", *_walkers()])}
    told = _Told(campaign, people, diary)
    diary.at(_at(before.starts_on - 7 * DAY, MORNING), told.take_checklists)
    told.plan(before)
    days = [before.starts_on + place * DAY for place in range(4)]
    told.walk(before, days=days, share=None)
    diary.at(_at(before.ends_on, EVENING), told.hand_in(before))
    diary.at(_at(before.ends_on + DAY, MORNING), told.publish(before))
    told.plan(present)
    today = timezone.localdate(diary.now)
    # Its last finding is not its last day: it is walked for some days yet.
    Round.objects.filter(pk=present.pk).update(ends_on=max(present.ends_on, today + 4 * DAY))
    told.walk(present, days=[max(present.starts_on, today - DAY)], share=WALKED)


def _walkers() -> list[str]:
    return [account for _name, *accounts in TEAMS for account in accounts]


def _at(day: date, hour: timedelta) -> datetime:
    return day_start(day) + hour


class _Told:
    """The steps of a round, each an action at its moment."""

    def __init__(self, campaign: Campaign, people: dict[str, User], diary: Diary):
        self.campaign, self.people, self.diary = campaign, people, diary
        self.office = people["office"]
        self.chance = random.Random(SEED)  # noqa: S311 - the same city every time
        self.photos = PHOTOS

    def take_checklists(self, moment: datetime) -> None:
        made = checklists.take_presets(self.campaign, by=self.office, kinds=checklist_presets.BY_KIND)
        for one in made:
            checklists.publish(one, by=self.office)
        Checklist.objects.filter(pk__in=[one.pk for one in made]).update(published_on=timezone.localdate(moment))

    def plan(self, found: Round) -> None:
        """Its draw's sites of the types with a checklist, shared out between the two teams."""

        def do(moment: datetime) -> None:
            row = Round.objects.select_related("campaign__host").get(pk=found.pk)
            drawn = [one.site for one in row.draws.get().sites.select_related("site__kind")]
            sites = [site for site in drawn if site.kind.name in checklist_presets.BY_KIND]
            rounds.add_sites(row, by=self.office, sites=sites)
            for name, leader, member in TEAMS:
                who = {"leader": self.people[leader], "members": [self.people[member]]}
                rounds.add_team(row, by=self.office, name=name, unit=None, **who)
            rounds.suggest_routes(row, by=self.office, anew=True)
            rounds.draw(row, by=self.office)
            rounds.start(row, by=self.office)

        self.diary.at(_at(found.starts_on - DAY, AFTERNOON), do)

    def walk(self, found: Round, *, days: list[date], share: int | None) -> None:
        """Each team goes through its sites, so many a day; of the present round only the first `share`."""

        def do_on(place: int, day: date):
            def do(moment: datetime) -> None:
                for name, leader, _member in TEAMS:
                    stops = list(_stops(found).filter(team__name=name))
                    size = -(-len(stops) // len(days))
                    mine = stops[place * size : (place + 1) * size] if share is None else stops[:share]
                    for number, stop in enumerate(mine, start=1):
                        half = share is not None and number == share
                        self._visit(found, stop, self.people[leader], day=day, half=half, report=share is not None)

            return do

        for place, day in enumerate(days):
            self.diary.at(_at(day, MORNING + timedelta(hours=1)), do_on(place, day))

    def hand_in(self, found: Round):
        def do(moment: datetime) -> None:
            for name, leader, _member in TEAMS:
                team = found.teams.select_related("round__campaign__host").get(name=name)
                rounds.hand_in(team, by=self.people[leader])

        return do

    def publish(self, found: Round):
        def do(moment: datetime) -> None:
            rounds.publish(Round.objects.select_related("campaign__host").get(pk=found.pk), by=self.office)

        return do

    def _visit(self, found: Round, stop: RoundSite, by: User, *, day: date, half: bool, report: bool) -> None:
        checklist = Checklist.objects.for_type(self.campaign, stop.site.kind)
        items = list(checklist.items.all())
        said = {item.pk: self._said(item, report=report) for item in items[: len(items) // 2 if half else None]}
        visits.save_visit(
            stop.site,
            by=by,
            checklist=checklist,
            said=said,
            round=found,
            visited_on=day,
            finish=not half,
            client_key=UUID(int=self.chance.getrandbits(128), version=4),
        )

    def _said(self, item: ChecklistItem, *, report: bool) -> Said:
        verdict = self.chance.choices([Verdict.PASS, Verdict.FAIL, Verdict.NA], [86, 11, 3])[0]
        failed = verdict == Verdict.FAIL
        shots = ()
        if failed and self.photos and item.group in SCENES:
            self.photos -= 1
            shots = (photos.photo(SCENES[item.group], after=False),)
        told = {"photos": shots, "report": failed and report and bool(shots)}
        if verdict == Verdict.NA or item.rule_kind == Kind.PRESENCE:
            return Said(verdict=verdict, **told)
        return Said(**_numbers(item, failed=failed, more=self.chance.randrange(3)), **told)


def _numbers(item: ChecklistItem, *, failed: bool, more: int) -> dict[str, int]:
    """What was counted, so that the rule says what was found; of what is wanted a little more than asked."""
    rule = item.rule
    if rule.kind == Kind.RATIO:
        least = -(-rule.amount * rule.sample // 100)
        return {"number": least - 2 if failed else least, "out_of": rule.sample}
    step = 1 if rule.at_most else -1
    kept = max(0, rule.amount - more) if rule.at_most else rule.amount + (more if rule.kind == Kind.COUNT else 0)
    number = max(0, rule.amount + step) if failed else kept
    whole = rule.looked_at(None)
    return {"number": number} | ({"out_of": whole} if rule.asks_out_of and whole else {})


def _stops(found: Round):
    return RoundSite.objects.filter(round=found).select_related("site__kind", "site__campaign__host", "site__unit")
