"""A form's key is that of one row: used for another thing, or by another, it is refused and nothing is stored."""

from datetime import date
from uuid import uuid4

import pytest

from campaigns.actions import decisions, extensions, groups, instructions, log, patrols, publicity
from campaigns.actions import materials as material_actions
from campaigns.actions import registers as register_actions
from campaigns.actions import tasks as task_actions
from campaigns.models import GroupMember, LeadingGroup, Meeting, Publicity, Workstream
from campaigns.registers import REGISTERS
from cityinit.workflow import Refused
from tests.factories import duty, materials, tasks

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _now(clock):
    clock("2026-03-02 17:00")


@pytest.fixture
def second(here):
    return materials.second_coordinator(here)


# What is sent: two things of which one form could be, how it is sent of one of them, and who can.


def logging(here, campaign, second):
    def send(task, **sent):
        return log.log_work(task, unit=here.bureau, done_on=DAY, content="清理小广告", **sent)

    return [tasks.issued(campaign, here) for _n in range(2)], send, [here.liaison]


def asking_for_time(here, campaign, second):
    def send(part, **sent):
        return extensions.ask_extension(part, reason="等材料", until=date(2026, 4, 20), **sent)

    both = [tasks.issued(campaign, here, due_on=date(2026, 4, 1)) for _n in range(2)]
    return [tasks.part(task, here.bureau) for task in both], send, [here.liaison]


def handing_in(here, campaign, second):
    def send(material, **sent):
        files = [materials.sound()]
        return material_actions.submit(material, title="管理办法", dated_on=DAY, files=files, **sent)

    return [materials.asked(campaign, here) for _n in range(2)], send, [here.liaison]


def walking(here, campaign, second):
    def send(quota, **sent):
        walker = duty.walker(here.liaison, here.bureau)
        return patrols.record_patrol(quota, walker=walker, walked_at=duty.at("2026-03-02 09:00"), **sent)

    return [duty.quota(campaign, place=place) for place in "甲乙"], send, [here.liaison]


def checking(here, campaign, second):
    def send(position, **sent):
        return publicity.check_publicity(position, condition="intact", checked_on=DAY, url="/", **sent)

    both = [Publicity.objects.create(campaign=campaign, kind="公益广告", place=place) for place in "甲乙"]
    return both, send, [here.coordinator, second]


def instructing(here, campaign, second):
    def send(of, **sent):
        return instructions.instruct(of, content="抓紧落实", given_on=DAY, **sent)

    return [campaign, tasks.campaign(here, name="创建国家卫生城市")], send, [here.leader]


def deciding(here, campaign, second):
    def send(meeting, **sent):
        return decisions.add_decision(meeting, content="补种绿篱", **sent)

    return (
        [Meeting.objects.create(campaign=campaign, name=name, kind="会议") for name in "甲乙"],
        send,
        [here.coordinator],
    )


def succeeding(here, campaign, second):
    def send(member, **sent):
        return groups.succeed(member, on=DAY, person_name="周明", title="市长", **sent)

    boards = [LeadingGroup.objects.create(campaign=campaign, name=name) for name in "甲乙"]
    seats = [
        GroupMember.objects.create(campaign=campaign, group=one, seat="组长", person_name="李岚") for one in boards
    ]
    return seats, send, [here.coordinator]


def listing(here, campaign, second):
    register = REGISTERS["workstreams"]

    def send(of, **sent):
        return register_actions.add_row(
            register, Workstream(campaign=of, name="绿化"), many={name: [] for name in register.many}, **sent
        )

    return [campaign, tasks.campaign(here, name="创建国家卫生城市")], send, [here.coordinator]


def breaking_down(here, campaign, second):
    def send(of, **sent):
        return task_actions.break_down(of, code="T-1", name="整治占道经营", lead_unit=here.bureau, **sent)

    return [campaign, tasks.campaign(here, name="创建国家卫生城市")], send, [here.coordinator]


@pytest.mark.parametrize(
    "form",
    [
        logging,
        asking_for_time,
        handing_in,
        walking,
        checking,
        instructing,
        deciding,
        succeeding,
        listing,
        breaking_down,
    ],
)
def test_the_same_form_is_one_row_and_its_key_no_other_s(here, campaign, second, form):
    (one, other), send, people = form(here, campaign, second)
    key = uuid4()
    made = send(one, by=people[0], client_key=key)
    count = type(made)._base_manager.count()

    again = send(one, by=people[0], client_key=key)

    for of, by in [(other, people[0]), *((one, person) for person in people[1:])]:
        with pytest.raises(Refused, match="这张表已由别人提交过，或已用于另一条记录，请重新打开页面填写。"):
            send(of, by=by, client_key=key)
    assert (again, type(made)._base_manager.count()) == (made, count)
