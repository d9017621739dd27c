"""Leading groups: who sat in them on a day, who took a seat over; and papers with their files, force and readers."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.actions import groups as actions
from campaigns.actions.registers import change_row
from campaigns.models import Document, GroupMember, LeadingGroup, Meeting
from campaigns.models.group import rank
from campaigns.registers import REGISTERS
from cityinit.content import check_upload
from cityinit.workflow import Refused
from tests.factories import rows, tasks
from units.models import Notice


@pytest.fixture
def campaign(city, clock):
    clock("2026-06-20 09:00")
    return tasks.campaign(city)


@pytest.fixture
def group(campaign, city):
    made = LeadingGroup.objects.create(campaign=campaign, name="创建领导小组", office_unit=city.office)
    for place, (seat, name) in enumerate((("成员", "甲"), ("副组长", "乙"), ("组长", "丙"))):
        GroupMember.objects.create(campaign=campaign, group=made, seat=seat, person_name=name, position=place)
    return made


def seated(group, day):
    return {(member.seat, member.person_name) for member in group.members.seated(on=day)}


def test_seats_stand_by_rank():
    seats = ["成员", "办公室主任", "副组长", "联络员", "常务副组长", "第一副组长", "组长"]

    ranked = sorted(seats, key=rank)

    assert ranked == ["组长", "第一副组长", "常务副组长", "副组长", "办公室主任", "联络员", "成员"]


def test_a_seat_goes_over_and_the_composition_of_an_earlier_day_stays(group, city):
    head = group.members.get(seat="组长")

    new = actions.succeed(head, by=city.coordinator, on=date(2026, 6, 10), person_name="丁", title="市长")

    assert (new.seat, new.starts_on, new.position) == ("组长", date(2026, 6, 11), head.position)
    assert ("组长", "丙") in seated(group, date(2026, 6, 10))
    assert ("组长", "丁") not in seated(group, date(2026, 6, 10))
    assert ("组长", "丁") in seated(group, date(2026, 6, 11))
    assert ("组长", "丙") not in seated(group, date(2026, 6, 11))


def test_the_same_form_sent_twice_gives_the_seat_once(group, city):
    head, key = group.members.get(seat="组长"), uuid4()
    for _time in range(2):
        actions.succeed(head, by=city.coordinator, on=date(2026, 6, 10), person_name="丁", client_key=key)

    assert GroupMember.objects.filter(seat="组长").count() == 2


@pytest.mark.parametrize(
    ("on", "name", "says"),
    [
        (date(2026, 6, 21), "丁", "不能晚于今天"),
        (date(2025, 12, 1), "丁", "不能早于其开始日期2026-01-01"),
        (date(2026, 6, 10), "", "请填写接任者"),
    ],
)
def test_a_succession_that_cannot_be_is_refused(group, city, on, name, says):
    head = group.members.get(seat="组长")
    GroupMember.objects.filter(pk=head.pk).update(starts_on=date(2026, 1, 1))

    with pytest.raises(Refused, match=says):
        actions.succeed(head, by=city.coordinator, on=on, person_name=name)


def test_a_seat_that_has_ended_is_not_taken_over_again(group, city):
    head = group.members.get(seat="组长")
    actions.succeed(head, by=city.coordinator, on=date(2026, 6, 10), person_name="丁")

    with pytest.raises(Refused, match="已于2026-06-10结束"):
        actions.succeed(head, by=city.coordinator, on=date(2026, 6, 12), person_name="戊")


@pytest.mark.parametrize("who", ["liaison", "inspector", "leader"])
def test_only_the_office_gives_seats(group, city, who):
    with pytest.raises(Refused, match="没有这项权限"):
        actions.succeed(group.members.first(), by=getattr(city, who), on=date(2026, 6, 10), person_name="丁")


def test_the_page_shows_a_group_as_of_a_day_in_order_of_rank(group, city, client):
    actions.succeed(group.members.get(seat="组长"), by=city.coordinator, on=date(2026, 6, 10), person_name="丁")
    client.force_login(city.leader)

    now = client.get(group.get_absolute_url()).context["members"]
    before = client.get(group.get_absolute_url(), {"on": "2026-06-10"}).context["members"]

    assert [row["member"].person_name for row in now] == ["丁", "乙", "甲"]
    assert [row["member"].person_name for row in before] == ["丙", "乙", "甲"]
    assert "2026年6月10日的组成" in client.get(group.get_absolute_url(), {"on": "2026-06-10", "print": "1"}).text


@pytest.mark.parametrize("many", [1, 9])
def test_the_tree_of_groups_takes_the_same_queries_however_many_there_are(
    group, city, client, django_assert_num_queries, many
):
    for number in range(many):
        below = LeadingGroup.objects.create(campaign=group.campaign, name=f"{number}组", parent=group)
        GroupMember.objects.create(campaign=group.campaign, group=below, seat="组长", unit=city.bureau)
    client.force_login(city.coordinator)
    client.get(reverse("campaigns:groups"))

    with django_assert_num_queries(TREE_QUERIES):
        page = client.get(reverse("campaigns:groups"))

    assert [row["step"] for row in page.context["rows"]] == [0, *[1] * many]


TREE_QUERIES = 5


def test_a_group_names_its_founding_paper_meetings_papers_and_tasks(group, city, client):
    campaign = group.campaign
    LeadingGroup.objects.filter(pk=group.pk).update(document_number="示〔2026〕1号")
    paper = Document.objects.create(campaign=campaign, name="成立通知", number="示〔2026〕1号", group=group)
    Meeting.objects.create(campaign=campaign, name="第一次会议", kind="会议", group=group)
    client.force_login(city.coordinator)

    page = client.get(group.get_absolute_url()).text

    assert paper.get_absolute_url() in page
    assert "第一次会议" in page


# Papers ----------------------------------------------------------------------------------------------


def paper(campaign, city, *, files=(), readers=(), **values):
    values = {"name": "实施方案", "kind": "方案", "issued_on": date(2026, 3, 1), **values}
    made = rows.filed("documents", campaign, by=city.coordinator, files=files, **values)
    if readers:
        register = REGISTERS["documents"]
        change_row(register, made, many={"readers": readers}, seen=register.mark_of(made), by=city.coordinator)
    return made


def a_pdf():
    upload = SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")
    return check_upload(upload, kind="document")


def test_a_paper_carries_its_file_and_serves_it_by_right(campaign, city, client):
    made = paper(campaign, city, files=[a_pdf()], readers=[city.bureau])
    url = reverse("campaigns:document_file", args=[made.pk, made.files.get().pk, "original"])

    answers = {}
    for who in ("coordinator", "leader", "liaison", "other_liaison", "administrator"):
        client.force_login(getattr(city, who))
        answers[who] = client.get(url).status_code

    assert answers == {"coordinator": 200, "leader": 200, "liaison": 200, "other_liaison": 404, "administrator": 404}


def test_a_paper_is_in_force_until_another_replaces_it(campaign, city):
    old = paper(campaign, city)
    new = paper(campaign, city, name="新方案", issued_on=date(2026, 6, 1))
    old.replaced_by = new
    old.full_clean()
    old.save()

    def names(day):
        return {row.name for row in Document.objects.in_force(on=day)}

    assert old.ended_on == date(2026, 6, 1)
    assert names(date(2026, 5, 31)) == {"实施方案"}
    assert names(date(2026, 6, 1)) == {"新方案"}
    assert [old.standing(on=day)[1] for day in (date(2026, 5, 31), date(2026, 6, 1))] == ["施行中", "已替代"]


def test_units_that_are_to_read_a_paper_are_told_once_and_take_note(
    campaign, city, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        made = paper(campaign, city, readers=[city.bureau])
    assert list(Notice.objects.values_list("user", "text")) == [(city.liaison.pk, "请阅知：实施方案")]

    client.force_login(city.liaison)
    assert "确认已阅" in client.get(made.get_absolute_url()).text
    client.post(reverse("campaigns:document_read", args=[made.pk]))

    assert list(made.readings.values_list("unit", "by")) == [(city.bureau.pk, city.liaison.pk)]
    assert "确认已阅" not in client.get(made.get_absolute_url()).text
    assert actions.take_note(made, by=city.liaison) == []


def test_who_was_not_asked_to_read_takes_no_note(campaign, city):
    made = paper(campaign, city, readers=[city.bureau])

    with pytest.raises(Refused, match="没有要求您的单位阅知"):
        actions.take_note(made, by=city.other_liaison)


def test_papers_are_listed_by_year_kind_and_force(campaign, city, client):
    paper(campaign, city)
    paper(campaign, city, name="旧办法", kind="制度", issued_on=date(2025, 3, 1), ended_on=date(2026, 1, 1))
    client.force_login(city.coordinator)

    def listed(**asked):
        page = client.get(reverse("campaigns:documents"), asked)
        return [row["name"] for row in page.context["rows"]]

    assert listed() == ["旧办法", "实施方案"]
    assert listed(year="2025") == listed(kind="制度") == listed(force="no") == ["旧办法"]
    assert listed(force="yes") == listed(q="方案") == ["实施方案"]
