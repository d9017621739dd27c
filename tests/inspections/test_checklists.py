"""Checklists: drawn up, brought in use and then frozen, carried into the next edition, loaded from a table."""

import csv
from collections import Counter
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from cityinit.workflow import Refused
from inspections import checklist_loading, checklist_presets
from inspections.actions import checklists as actions
from inspections.field_workflow import CHECKLIST
from inspections.models import Checklist, ChecklistItem, ChecklistTable, SiteType
from inspections.rules import Kind, Rule
from tests.factories import rounds as make
from tests.factories import tasks
from units.roles import Role

pytestmark = pytest.mark.django_db

State = Checklist.State
FILE = Path(__file__).parent.parent / "data" / "site_checklists.csv"


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def codes(checklist):
    return list(checklist.items.values_list("code", flat=True))


# States -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_every_move_from_every_state_by_every_role(city, campaign, state):
    checklist = make.checklist_at(state, campaign, city)

    allowed = {
        (move, role)
        for move in CHECKLIST.moves
        for role in Role
        if CHECKLIST.refusal(checklist, move, city.by_role[role]) is None
    }

    expected = {State.DRAFT: {("publish", Role.COORDINATOR)}, State.IN_USE: {("withdraw", Role.COORDINATOR)}}
    assert allowed == expected.get(state, set())


@pytest.mark.parametrize("state", [State.IN_USE, State.WITHDRAWN])
def test_what_was_in_use_is_frozen(city, campaign, state):
    checklist = make.checklist_at(state, campaign, city)
    item = checklist.items.first()
    told = {"code": "9", "criterion": "别的"}

    attempts = [
        lambda: actions.add_item(checklist, by=city.coordinator, **told),
        lambda: actions.change_item(item, by=city.coordinator, **told),
        lambda: actions.remove_item(item, by=city.coordinator),
        lambda: actions.move_item(item, by=city.coordinator, up=False),
        lambda: actions.change_checklist(checklist, by=city.coordinator, kind="公园", edition="x"),
        lambda: actions.discard(checklist, by=city.coordinator),
    ]

    for attempt in attempts:
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.reason.startswith("“农贸市场 2024版”目前是“")
    assert codes(checklist) == ["1.1", "2.1", "2.2"]


def test_an_empty_checklist_and_one_whose_rule_lacks_a_number_are_not_brought_in_use(city, campaign):
    empty = make.draft(campaign, city, items=())
    half = make.draft(campaign, city, kind="公园")
    half.items.filter(code="1.1").update(amount=None)

    refusals = [CHECKLIST.refusal(one, "publish", city.coordinator) for one in (empty, half)]

    assert refusals == ["这份检查表里还没有检查项，不能启用。", "检查项“1.1”的判定规则没有填全。"]


def test_the_next_edition_has_all_items_and_takes_the_place_of_the_one_before(city, campaign):
    old = make.in_use(campaign, city)

    new = actions.next_edition(old, by=city.coordinator, kind="农贸市场", edition="2025版")
    actions.change_item(make.item(new, "2.1"), by=city.coordinator, code="2.1", criterion="地面干净不积水", weight=3)
    actions.publish(new, by=city.coordinator)

    old.refresh_from_db()
    names = [name for name in ChecklistItem.WRITTEN if name != "indicator"]
    unchanged = {"1.1", "2.2"}
    assert [[getattr(item, name) for name in names] for item in new.items.filter(code__in=unchanged)] == [
        [getattr(item, name) for name in names] for item in old.items.filter(code__in=unchanged)
    ]
    assert (old.state, new.state, new.previous) == (State.WITHDRAWN, State.IN_USE, old)
    assert make.item(old, "2.1").weight == 2
    assert [event.label for event in old.events.all()] == ["新建", "启用", "停用"]


def test_a_type_is_asked_by_its_own_campaign_s_checklist_before_a_shared_one(city, campaign):
    other = tasks.campaign(city, "另一项创建")
    shared = make.in_use(other, city, is_shared=True)
    make.in_use(other, city, kind="公园")
    market, park = (SiteType.objects.get(name=name) for name in ("农贸市场", "公园"))

    before = Checklist.objects.for_type(campaign, market)
    own = make.in_use(campaign, city)

    assert before == shared
    assert Checklist.objects.for_type(campaign, market) == own
    assert Checklist.objects.for_type(campaign, park) is None


def test_sent_twice_is_made_once(city, campaign, as_):
    client = as_(city.coordinator)
    sent = {"kind": "新类型", "edition": "2024版", "client_key": str(uuid4())}

    answers = [client.post(url("checklist_new"), sent).url for _ in range(2)]
    checklist = Checklist.objects.get()
    item = {"code": "1", "criterion": "干净", "rule_kind": "presence", "weight": "1", "client_key": str(uuid4())}
    for _ in range(2):
        client.post(url("checklist_item_new", checklist.pk), item)

    assert answers == [checklist.get_absolute_url()] * 2
    assert (checklist.kind.name, codes(checklist)) == ("新类型", ["1"])


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"rule_kind": "count"}, "amount", "请填写数目。"),
        ({"rule_kind": "ratio", "amount": "101"}, "amount", "百分比不能大于100。"),
        ({"rule_kind": "distance", "amount": "2"}, "metres", "请填写要走多少米。"),
        ({"rule_kind": "ask", "amount": "6", "sample": "5"}, "amount", "不能多于要问的人数。"),
        ({"rule_kind": "guess"}, "rule_kind", "“guess”不在可选的范围里，请重新选择。"),
        ({"weight": "0"}, "weight", "不能小于1。"),
        ({"criterion": ""}, "criterion", "请填写这一项。"),
    ],
)
def test_what_an_item_lacks_is_said_in_the_form(city, campaign, as_, sent, field, told):
    checklist = make.draft(campaign, city)
    whole = {"code": "9", "criterion": "干净", "rule_kind": "presence", "weight": "1", "client_key": str(uuid4())}

    response = as_(city.coordinator).post(url("checklist_item_new", checklist.pk), whole | sent)

    assert (response.status_code, response.context["form"].errors[field]) == (422, [told])
    assert codes(checklist) == ["1.1", "2.1", "2.2"]


def test_another_item_s_code_and_a_form_drawn_before_somebody_s_change_are_told(city, campaign, as_):
    checklist = make.draft(campaign, city)
    item = make.item(checklist, "2.1")
    client = as_(city.coordinator)
    form = client.get(url("checklist_item_edit", item.pk)).context["form"]
    sent = {"criterion": "甲", "rule_kind": "presence", "weight": "2", "seen": form.initial["seen"]}
    actions.change_item(item, by=city.coordinator, code="2.1", criterion="别人改的", weight=5)

    taken = client.post(url("checklist_item_edit", item.pk), sent | {"code": "1.1", "seen": ""})
    stale = client.post(url("checklist_item_edit", item.pk), sent | {"code": "2.1"})

    assert "编号“1.1”已用于另一个检查项。" in taken.content.decode()
    assert stale.context["form"].errors["criterion"] == ["现在保存的是：别人改的"]
    assert make.item(checklist, "2.1").criterion == "别人改的"


def test_items_change_places(city, campaign, as_):
    checklist = make.draft(campaign, city)
    client = as_(city.coordinator)

    client.post(url("checklist_item_shift", make.item(checklist, "2.2").pk), {"to": "up"})
    client.post(url("checklist_item_shift", make.item(checklist, "1.1").pk), {"to": "up"})

    assert codes(checklist) == ["1.1", "2.2", "2.1"]


def test_a_unit_reads_what_is_in_use_and_no_draft(city, campaign, as_):
    in_use = make.in_use(campaign, city)
    draft = make.draft(campaign, city, edition="2025版")
    client = as_(city.liaison)

    listed = client.get(url("checklists")).context["page"].rows

    assert list(listed) == [in_use]
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert "显著位置看得到公益广告" in client.get(in_use.get_absolute_url()).content.decode()


def test_the_list_and_a_checklist_cost_the_same_for_one_and_for_three(city, campaign, as_, django_assert_num_queries):
    client = as_(city.inspector)
    first = make.in_use(campaign, city)
    client.get(url("checklists"))
    for n in (1, 3):
        with django_assert_num_queries(5):
            page = client.get(url("checklists")).context["page"]
        assert len(page.rows) == n
        with django_assert_num_queries(5):
            client.get(first.get_absolute_url())
        if n == 1:
            make.in_use(campaign, city, kind="公园")
            make.in_use(campaign, city, kind="广场")


# Presets ----------------------------------------------------------------------------------------------


def test_with_every_preset_taken_the_page_says_so_and_leads_back(city, campaign, as_):
    actions.take_presets(campaign, by=city.coordinator, kinds=checklist_presets.BY_KIND)

    page = as_(city.coordinator).get(url("checklist_presets")).content.decode()

    assert "参考检查表都已取用" in page
    assert f'<a class="btn btn-primary" href="{url("checklists")}">' in page


def test_the_presets_are_ready_to_be_used(city, campaign):
    made = actions.take_presets(campaign, by=city.coordinator, kinds=checklist_presets.BY_KIND)

    refusals = {str(one): CHECKLIST.refusal(one, "publish", city.coordinator) for one in made}
    assert refusals == dict.fromkeys(map(str, made))
    assert len(made) == len(checklist_presets.BY_KIND) >= 12
    assert actions.take_presets(campaign, by=city.coordinator, kinds=checklist_presets.BY_KIND) == []


def test_every_preset_s_rule_says_itself_as_an_office_would_write_it():
    rules = {item.rule for items in checklist_presets.BY_KIND.values() for item in items}

    assert {kind for kind in Kind if kind not in {rule.kind for rule in rules}} == set()
    assert [rule for rule in rules if rule.faults] == []


# Loading ----------------------------------------------------------------------------------------------


@pytest.fixture
def lines():
    with FILE.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_whole_real_file_is_loaded_and_nothing_twice(city, campaign, lines):
    dry = checklist_loading.check(campaign, FILE, file_name=FILE.name)
    nothing_yet = Checklist.objects.count()

    loaded = checklist_loading.load(campaign, FILE, file_name=FILE.name, by=city.coordinator)
    again = checklist_loading.load(campaign, FILE, file_name=FILE.name, by=city.coordinator)

    kinds = Counter((line["site_type"], line["edition_year"], line["region_or_doc"]) for line in lines)
    counts = {"检查表": {"created": len(kinds)}, "检查项": {"created": len(lines)}}
    assert (dry.faults, nothing_yet) == ([], 0)
    assert dry.counts == loaded.counts == counts
    assert again.counts == {"检查表": {"unchanged": len(kinds)}, "检查项": {"unchanged": len(lines)}}
    found = Checklist.objects.values_list("kind__name", "edition", "source")
    assert {
        key: Checklist.objects.get(kind__name=key[0], edition=key[1], source=key[2]).items.count() for key in found
    } == (dict(kinds))
    assert ChecklistItem.objects.count() == len(lines)


def test_no_wording_of_the_real_file_is_lost_and_every_doubt_is_told(city, campaign, lines):
    loaded = checklist_loading.load(campaign, FILE, file_name=FILE.name, by=city.coordinator)

    doubts = {doubt["row"]: doubt for doubt in loaded.doubts}
    items = {(item.checklist.kind.name, item.checklist.edition, item.code): item for item in all_items()}
    for number, line in enumerate(lines, start=2):
        item = items[line["site_type"], line["edition_year"], line["item_code"]]
        said = line["pass_rule"]
        assert item.criterion == line["criterion"]
        assert said in (item.said, item.rule.words, "有/无", "无", "符合/不符合", "")
        assert not item.rule.faults
        if number in doubts:
            assert (item.rule, item.said, doubts[number]["said"]) == (Rule(), said, said)
    assert loaded.notes == ["有22行没有写判定规则，按“符合/不符合”判定。"]
    # What a person reading the 58 wordings would not judge by one number, though it says one or asks for a sample.
    assert len({doubt["said"] for doubt in loaded.doubts}) == 24
    assert Counter(item.rule_kind for item in items.values()) == {
        "presence": 252,
        "count": 31,
        "ask": 1,
        "ratio": 1,
        "distance": 1,
    }


def all_items():
    return ChecklistItem.objects.select_related("checklist__kind")


def table(tmp_path, *rows, name="检查表.xlsx"):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / name)
    return tmp_path / name


HEAD = ["序号", "点位类型", "检查项目", "检查内容", "达标要求", "分值"]


def test_an_office_s_sheet_with_a_title_and_empty_types_is_read(city, campaign, tmp_path):
    path = table(
        tmp_path,
        ["实地考察操作表"],
        HEAD,
        ["1", "公园", "环境", "没有垃圾", "沿路走500米，不超过3处", 2],
        ["2", None, "环境", "路灯亮着", "亮灯率≥95%", None],
        ["2", "广场", "宣传", "公益广告", "≥3处", 5],
        ["2", None, "宣传", "景观小品", "≥1处", None],
    )

    loaded = checklist_loading.load(campaign, path, file_name=path.name, edition="2024版", by=city.coordinator)

    told = [(str(item.checklist), item.code, item.rule.words, item.weight) for item in all_items().order_by("pk")]
    assert told == [
        ("公园 2024版", "1", "走500米，不超过3处", 2),
        ("公园 2024版", "2", "≥95%", 1),
        ("广场 2024版", "2", "≥3处", 5),
        ("广场 2024版", "2-2", "≥1处", 1),
    ]
    assert loaded.notes == ["第6行：编号“2”已用过，编为“2-2”。"]


def test_what_people_changed_is_left_and_an_edition_in_use_is_not_written_into(city, campaign, tmp_path):
    first = table(tmp_path, HEAD, *[[n, "公园", "环境", f"内容{n}", "有/无", 1] for n in (1, 2, 3)])
    checklist_loading.load(campaign, first, file_name="a.xlsx", by=city.coordinator)
    park = Checklist.objects.get()
    actions.change_item(make.item(park, "1"), by=city.coordinator, code="1", criterion="改过")
    actions.remove_item(make.item(park, "2"), by=city.coordinator)
    second = table(tmp_path, HEAD, *[[n, "公园", "环境", f"新内容{n}", "有/无", 1] for n in (1, 2, 3)], name="b.xlsx")

    loaded = checklist_loading.load(campaign, second, file_name="b.xlsx", by=city.coordinator)
    actions.publish(park, by=city.coordinator)
    third = table(tmp_path, HEAD, [3, "公园", "环境", "又改", "有/无", 1], name="c.xlsx")
    refused = checklist_loading.load(campaign, third, file_name="c.xlsx", by=city.coordinator)

    assert loaded.counts["检查项"] == {"skipped": 2, "updated": 1}
    assert loaded.skipped == [
        "第2行：系统中已有人修改，保留系统中的内容。",
        "第3行：已在系统中删除，没有再次导入。",
    ]
    assert [item.criterion for item in park.items.all()] == ["改过", "新内容3"]
    assert refused.skipped == ["“公园 未注明版本”目前是“使用中”，表里的1处改动没有写入。"]


def test_what_cannot_be_loaded_is_told_by_line_and_column(city, campaign, tmp_path):
    path = table(tmp_path, HEAD, [1, "公园", "环境", None, "有", 1], [2, "公园", "环境", "干净", "有", 0])
    untyped = table(tmp_path, ["检查内容", "达标要求"], ["干净", "有"], name="b.xlsx")
    other = table(tmp_path, ["甲", "乙"], ["丙", "丁"], name="c.xlsx")

    found = [
        checklist_loading.load(campaign, one, file_name=one.name, by=city.coordinator) for one in (path, untyped, other)
    ]

    assert [[fault.column for fault in one.faults] for one in found] == [["检查内容", "分值"], ["点位类型"], [""]]
    assert Checklist.objects.count() == 0


def test_an_upload_is_checked_first_and_loaded_on_the_person_s_word(city, campaign, as_, work):
    client = as_(city.coordinator)
    upload = SimpleUploadedFile("site_checklists.csv", FILE.read_bytes())
    client.post(url("checklist_tables"), {"file": upload, "client_key": str(uuid4())})
    uploaded = ChecklistTable.objects.get()
    work()

    page = client.get(uploaded.get_absolute_url()).content.decode()
    before = Checklist.objects.count()
    client.post(url("checklist_table_confirm", uploaded.pk))
    work()
    again = client.post(url("checklist_table_confirm", uploaded.pk), follow=True).content.decode()

    assert "条判定规则没有读懂" in page
    assert before == 0
    assert ChecklistItem.objects.count() == 286
    assert "这张表已经导入过了。" in again


def test_a_file_that_is_no_table_is_turned_down(city, campaign, as_):
    sent = {"file": SimpleUploadedFile("a.xlsx", b"not a table"), "client_key": str(uuid4())}

    response = as_(city.coordinator).post(url("checklist_tables"), sent)

    assert response.status_code == 422
    assert ChecklistTable.objects.count() == 0


def test_columns_of_an_office_in_bytes(city, campaign, as_, work):
    book = Workbook()
    book.active.append(["检查内容", "判定标准"])
    book.active.append(["干净", "≥2处"])
    stream = BytesIO()
    book.save(stream)
    sent = {"file": SimpleUploadedFile("a.xlsx", stream.getvalue()), "kind_name": "公园", "client_key": str(uuid4())}

    as_(city.coordinator).post(url("checklist_tables"), sent)
    work()

    assert ChecklistTable.objects.get().check_result["counts"] == {"检查表": {"created": 1}, "检查项": {"created": 1}}
