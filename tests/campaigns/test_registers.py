"""Every register through the same pages: who sees it, who writes it, what happens twice."""

from datetime import date
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns.actions import registers as actions
from campaigns.models import (
    Campaign,
    GroupMember,
    LeadingGroup,
    Phase,
    Reward,
    Statement,
    Survey,
    Volunteering,
    Workstream,
)
from campaigns.registers import REGISTERS
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories.people import person
from units.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(city):
    return Campaign.objects.create(
        name="清水市创建全国文明城市", host=city.host, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)
    )


@pytest.fixture
def office(client, city, campaign):
    client.force_login(city.coordinator)
    return client


def statement(campaign, content="巩固成果", **values):
    return Statement.objects.create(campaign=campaign, kind=Statement.Kind.NEXT_STEP, content=content, **values)


def posted(form_page, **values):
    form = form_page.context["form"]
    hidden = {field.name: field.value() or "" for field in form.hidden_fields()}
    return {**{field.name: field.value() or "" for field in form.visible_fields()}, **hidden, **values}


@pytest.mark.parametrize("slug", list(REGISTERS))
def test_every_register_has_a_list_a_form_and_an_export(office, slug):
    pages = [
        office.get(reverse(f"campaigns:{name}", args=[slug])).status_code
        for name in ("register", "register_new", "register_export")
    ]

    assert pages == [200, 200, 200]


def test_the_index_counts_each_register_in_one_query(office, campaign, django_assert_num_queries):
    statement(campaign)
    office.get(reverse("campaigns:registers"))

    with django_assert_num_queries(4):
        page = office.get(reverse("campaigns:registers"))

    counts = {
        entry["url"].split("/")[-2]: entry["count"] for _title, members in page.context["groups"] for entry in members
    }
    assert (counts["statements"], counts["phases"], len(counts)) == ("1", "0", len(REGISTERS))


@pytest.mark.parametrize("n", [1, 3])
def test_a_list_costs_the_same_with_one_row_and_with_three(office, campaign, django_assert_num_queries, n):
    for place in range(n):
        statement(campaign, f"打算{place}")
    url = reverse("campaigns:register", args=["statements"])
    office.get(url)

    with django_assert_num_queries(6):
        page = office.get(url)

    assert [row["named"] for row in page.context["rows"]] == [f"打算{place}" for place in range(n)]


def test_a_row_is_written_once_though_its_form_is_sent_twice(office, campaign):
    url = reverse("campaigns:register_new", args=["statements"])
    values = posted(office.get(url), kind="next_step", content="压实责任")

    first = office.post(url, values)
    second = office.post(url, values)

    row = Statement.objects.get()
    assert (first.status_code, first.url) == (302, second.url) == (302, f"/campaigns/registers/statements/{row.pk}/")
    assert [(event.action, event.subject) for event in AuditEvent.objects.filter(action="新增台账")] == [
        ("新增台账", "问题与打算：压实责任")
    ]


def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(office, campaign):
    row = statement(campaign)
    url = reverse("campaigns:register_edit", args=["statements", row.pk])
    values = posted(office.get(url), content="我改的")
    Statement.objects.update(content="别人改的")

    page = office.post(url, values)

    row.refresh_from_db()
    assert row.content == "别人改的"
    assert page.context["form"].non_field_errors() == [
        "这条记录刚刚被别人改过，您的修改没有保存。与现在保存的内容不同之处已经标出，核对后可以再次保存。"
    ]
    assert page.context["form"].errors["content"] == ["现在保存的是：别人改的"]
    assert page.context["form"]["content"].value() == "我改的"


def test_after_back_another_content_is_another_row(office, campaign):
    url = reverse("campaigns:register_new", args=["statements"])
    values = posted(office.get(url), kind="next_step", content="压实责任")

    office.post(url, values)
    office.post(url, values | {"content": "补齐短板"})

    assert list(Statement.objects.order_by("pk").values_list("content", flat=True)) == ["压实责任", "补齐短板"]


def test_a_row_is_changed_and_deleted_and_the_trail_tells_it(office, campaign):
    row = statement(campaign)
    edit = reverse("campaigns:register_edit", args=["statements", row.pk])

    office.post(edit, posted(office.get(edit), content="新的说法"))
    row.refresh_from_db()
    office.post(reverse("campaigns:register_delete", args=["statements", row.pk]))

    assert row.content == "新的说法"
    assert Statement.objects.count() == 0
    assert [event.action for event in AuditEvent.objects.exclude(action="登录").order_by("pk")] == [
        "修改台账",
        "删除台账",
    ]


def test_a_row_that_others_name_is_not_deleted(office, campaign):
    parent = Workstream.objects.create(campaign=campaign, name="三项工程")
    Workstream.objects.create(campaign=campaign, name="民生", parent=parent)

    page = office.post(reverse("campaigns:register_delete", args=["workstreams", parent.pk]), follow=True)

    assert Workstream.objects.count() == 2
    assert [str(message) for message in page.context["messages"]] == [
        "还有别的记录引用它，不能删除。请先改掉那些记录。"
    ]


def test_a_form_names_two_rows_of_one_name_a_span_that_ends_too_soon_and_a_circle(office, campaign):
    Phase.objects.create(campaign=campaign, name="一", starts_on=date(2025, 1, 1), ends_on=date(2025, 2, 1))
    upper = Workstream.objects.create(campaign=campaign, name="上")
    lower = Workstream.objects.create(campaign=campaign, name="下", parent=upper)
    new_phase = reverse("campaigns:register_new", args=["phases"])
    edit_upper = reverse("campaigns:register_edit", args=["workstreams", upper.pk])

    doubled = office.post(
        new_phase, posted(office.get(new_phase), name="一", starts_on="2025-01-01", ends_on="2025-02-01")
    )
    short = office.post(
        new_phase, posted(office.get(new_phase), name="二", starts_on="2025-03-01", ends_on="2025-02-01")
    )
    circle = office.post(edit_upper, posted(office.get(edit_upper), parent=lower.pk))

    assert list(doubled.context["form"].errors) == ["__all__"]
    assert short.context["form"].errors["ends_on"] == ["不能早于开始日期，请检查两个日期。"]
    assert circle.context["form"].errors["parent"] == ["不能选自己或自己的下级，否则上下级会绕成圈。"]
    assert Phase.objects.count() == 1


def test_a_filter_narrows_by_text_kind_unit_and_day(office, campaign, city):
    statement(campaign, "环境整治", unit=city.bureau, said_on=date(2025, 5, 1))
    statement(campaign, "交通秩序", said_on=date(2025, 8, 1))
    url = reverse("campaigns:register", args=["statements"])

    found = {
        query: [row["named"] for row in office.get(f"{url}?{query}").context["rows"]]
        for query in ("q=整治", "kind=problem", f"unit={city.bureau.pk}", "first=2025-06-01", "last=bad")
    }

    assert list(found.values()) == [["环境整治"], [], ["环境整治"], ["交通秩序"], ["环境整治", "交通秩序"]]


def listed(office, slug, query=""):
    """The list's rows as {column: value}, and the columns whose figures stand at the right."""
    page = office.get(f"{reverse('campaigns:register', args=[slug])}?{query}")
    columns = page.context["columns"]
    rows = [{label: row[name] for name, label, _class in columns} for row in page.context["rows"]]
    return rows, [label for _name, label, kind in columns if kind == "num"]


def test_members_stand_by_group_and_are_named_by_seat_and_person_or_unit(office, campaign, city):
    first = LeadingGroup.objects.create(campaign=campaign, name="领导小组", position=1)
    second = LeadingGroup.objects.create(campaign=campaign, name="宣传组", position=2)
    GroupMember.objects.create(campaign=campaign, group=first, seat="组长", person_name="沈望舒", position=1)
    GroupMember.objects.create(campaign=campaign, group=second, seat="组长", title="部长", position=2)
    late = GroupMember.objects.create(
        campaign=campaign, group=first, seat="成员", unit=city.bureau, position=3, starts_on=date(2025, 5, 1)
    )

    rows, _numbers = listed(office, "members")
    page = office.get(reverse("campaigns:register_row", args=["members", late.pk])).content.decode()
    form = office.get(reverse("campaigns:register_edit", args=["members", late.pk])).content.decode()

    assert [(row["领导小组"], row["小组职务"], row["起"]) for row in rows] == [
        ("领导小组", "组长 沈望舒", ""),
        ("领导小组", "成员", "2025-05-01"),
        ("宣传组", "组长", ""),
    ]
    assert 'aria-label="成员 城管局"' in office.get(reverse("campaigns:register", args=["members"])).text
    assert '<h1 class="page-heading">成员 城管局</h1>' in page
    assert '<h1 class="page-heading">修改成员 城管局</h1>' in form


def test_several_workstreams_are_ticked_not_picked_with_a_second_key(office, campaign):
    Workstream.objects.create(campaign=campaign, scheme="六优行动", name="优环境行动")

    form = office.get(reverse("campaigns:register_new", args=["groups"])).context["form"]

    assert form.fields["workstreams"].widget.input_type == "checkbox"
    assert [str(box.choice_label) for box in form["workstreams"]] == ["优环境行动"]


def test_figures_stand_at_the_right_and_a_service_is_named_by_team_and_day(office, campaign):
    Volunteering.objects.create(campaign=campaign, team="银龄志愿服务队", served_on=date(2025, 3, 5), people=20)

    rows, numbers = listed(office, "volunteering")

    assert (rows[0]["队伍"], numbers) == ("银龄志愿服务队 2025-03-05", ["场次", "人次", "小时"])


def test_the_registers_stand_in_the_order_of_work(office, campaign):
    groups = office.get(reverse("campaigns:registers")).context["groups"]

    assert [title for title, _members in groups] == ["组织与体系", "工作开展", "成效与评价"]


def test_only_the_office_sees_registers_and_only_coordinators_write(client, city, campaign):
    row = statement(campaign)
    urls = [
        reverse("campaigns:register", args=["statements"]),
        reverse("campaigns:register_row", args=["statements", row.pk]),
        reverse("campaigns:register_edit", args=["statements", row.pk]),
    ]
    seen = {}
    for name in ("coordinator", "leader", "inspector", "liaison", "administrator"):
        client.force_login(getattr(city, name))
        seen[name] = [client.get(url).status_code for url in urls]

    assert seen == {
        "coordinator": [200, 200, 200],
        "leader": [200, 200, 403],
        "inspector": [200, 200, 403],
        "liaison": [403, 403, 403],
        "administrator": [403, 403, 403],
    }


def test_a_row_of_another_city_is_not_found(office, city):
    from tests.factories import people

    other = people.city("远山市")
    campaign = Campaign.objects.create(
        name="远山市创建", host=other.host, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)
    )
    row = statement(campaign)

    assert office.get(reverse("campaigns:register_row", args=["statements", row.pk])).status_code == 404


def test_an_export_keeps_dangerous_text_as_text_and_is_told_to_the_trail(office, campaign):
    statement(campaign, "=1+1")
    Survey.objects.create(campaign=campaign, name="问卷", held_on=date(2025, 6, 30), awareness="95.20")

    answer = office.get(reverse("campaigns:register_export", args=["statements"]))
    sheet = open_book(BytesIO(b"".join(answer.streaming_content))).active

    assert [(cell.value, cell.data_type) for cell in sheet["C"]] == [("内容", "s"), ("=1+1", "s")]
    assert [event.action for event in AuditEvent.objects.exclude(action="登录")] == ["导出台账"]


def test_an_export_gives_numbers_and_dates_as_such(office, campaign):
    Volunteering.objects.create(campaign=campaign, team="青年队", served_on=date(2025, 2, 24), people=72, hours="3.5")

    answer = office.get(reverse("campaigns:register_export", args=["volunteering"]))
    head, row = open_book(BytesIO(b"".join(answer.streaming_content))).active

    told = {title.value: (str(cell.value), cell.data_type) for title, cell in zip(head, row, strict=True)}
    assert (told["日期"], told["人次"], told["小时"]) == (
        ("2025-02-24 00:00:00", "d"),
        ("72", "n"),
        ("3.5", "n"),
    )


def change_nothing(register, row, *, by):
    actions.change_row(register, row, many={}, seen=register.mark_of(row), by=by)


@pytest.mark.parametrize("change", [change_nothing, actions.delete_row])
def test_a_row_that_somebody_has_just_deleted_is_told_to_who_still_has_it_open(city, campaign, change):
    register = REGISTERS["statements"]
    opened = statement(campaign)
    actions.delete_row(register, Statement.objects.get(), by=city.coordinator)

    with pytest.raises(Refused, match="刚刚被别人删除了"):
        change(register, opened, by=city.coordinator)


def test_a_form_sent_twice_leads_to_its_row_though_the_name_is_taken_by_it(office, campaign):
    url = reverse("campaigns:register_new", args=["workstreams"])
    values = posted(office.get(url), name="绿化")

    first, second = office.post(url, values), office.post(url, values)

    assert (first.status_code, first.url) == (302, second.url)
    assert [str(message) for message in get_messages(second.wsgi_request)] == [
        "已保存。",
        "这张表已经保存过，没有再存一份。要另记一条，请点“新增”。",
    ]


@pytest.mark.parametrize(
    ("slug", "field", "typed", "sentence"),
    [
        ("meetings", "attendance", "9223372036854775807", "这个数太大，请核对（最多100000000）。"),
        ("documents", "copies", "100000001", "这个数太大，请核对（最多100000000）。"),
        ("volunteering", "hours", "-5", "不能是负数。"),
    ],
)
def test_a_count_no_city_can_have_is_a_form_error(office, campaign, slug, field, typed, sentence):
    url = reverse("campaigns:register_new", args=[slug])

    page = office.post(url, posted(office.get(url), **{field: typed}))

    assert page.context["form"].errors[field] == [sentence]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INSPECTOR, Role.LEADER])
def test_the_number_of_who_keeps_a_grid_is_whole_for_the_office_alone(client, city, campaign, role):
    grid = campaign.grid_set.create(code="G01", unit=city.community, keeper="周敏", phone="13800000001")
    client.force_login(city.by_role[role])

    pages = [
        client.get(reverse("campaigns:register", args=["grids"])).content.decode(),
        client.get(reverse("campaigns:register_row", args=["grids", grid.pk])).content.decode(),
    ]

    whole = role == Role.COORDINATOR
    assert ["13800000001" in page for page in pages] == [whole, whole]
    assert ["138****0001" in page for page in pages] == [not whole, not whole]


def test_a_leader_of_one_street_sees_no_register_of_the_city(client, city, campaign):
    row = statement(campaign)
    leader = person("河湾街道主任", Role.LEADER, city.street, scope=city.street)
    client.force_login(leader)

    answers = [
        client.get(reverse("campaigns:registers")).status_code,
        client.get(reverse("campaigns:register", args=["statements"])).status_code,
        client.get(reverse("campaigns:register_row", args=["statements", row.pk])).status_code,
        client.get(reverse("inspections:rounds")).status_code,
    ]

    assert answers == [403, 403, 404, 403]
    assert list(Statement.objects.visible_to(city.leader)) == [row]
    assert list(Statement.objects.visible_to(leader)) == []


@pytest.mark.parametrize(("kind", "typed"), [("deduction", "-2"), ("deduction", "2"), ("criticism", "-2")])
def test_what_is_taken_is_kept_as_an_amount_however_its_sign_was_typed(office, campaign, city, kind, typed):
    values = {"unit": city.street.pk, "kind": kind, "points": typed, "reason": "核查", "given_on": "2025-06-05"}

    office.post(reverse("campaigns:register_new", args=["rewards"]), values)

    assert [str(row.points) for row in Reward.objects.of(campaign)] == ["2.00"]


@pytest.mark.parametrize("kind", ["bonus", "praise"])
def test_praise_that_takes_points_is_refused_with_the_way_to_do_it(office, campaign, city, kind):
    values = {"unit": city.street.pk, "kind": kind, "points": "-2", "reason": "核查", "given_on": "2025-06-05"}

    page = office.post(reverse("campaigns:register_new", args=["rewards"]), values)

    assert (page.status_code, Reward.objects.count()) == (422, 0)
    assert page.context["form"].errors == {"points": ["表扬、加分的分值不能是负数；要扣分，请把类型改为“扣分”。"]}
