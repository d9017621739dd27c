"""The office's categories with their limits, to whom each goes, and a city's own table of them."""

from functools import partial
from pathlib import Path

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from inspections.actions import categories as actions
from inspections.category_sheet import Wished, read_categories
from inspections.models import DispatchRule, FindingCategory, FindingSettings
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tables, tasks
from units.models import Unit, UnitAlias

CITY_TABLE = Path(__file__).parent.parent / "data" / "event_types_sla.csv"


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


@pytest.fixture
def office(as_, city, campaign):
    return as_(city.coordinator)


def read(campaign, *rows):
    """What a table of 名称, 时限, 责任单位 would do."""
    sheet = tables.plain_table(["大类", "名称", "时限", "责任单位"], *rows)
    return read_categories(sheet, name="类别表.xlsx", campaign=campaign)


# Categories ----------------------------------------------------------------------------------------------------


def test_the_office_adds_changes_retires_and_takes_up_a_category(office, city, campaign):
    office.get(url("categories"))
    added = office.post(url("category_new"), {"name": "河道漂浮物", "limit_amount": "2", "limit_unit": "working_days"})
    made = FindingCategory.objects.get(name="河道漂浮物")
    page = office.get(url("category_edit", made.pk))
    seen = page.context["form"]["seen"].value()
    office.post(
        url("category_edit", made.pk), {"name": "河道漂浮物", "limit_amount": "", "limit_unit": "", "seen": seen}
    )
    made.refresh_from_db()
    changed = (made.limit_amount, made.limit_unit)
    office.post(url("category_retire", made.pk))
    made.refresh_from_db()
    retired = made.retired_on
    office.post(url("category_retire", made.pk), {"back": "1"})

    made.refresh_from_db()
    assert (added.status_code, changed) == (302, (None, ""))
    assert (retired is None, made.retired_on) == (False, None)


def test_a_retired_category_is_not_offered_for_a_new_finding(as_, city, campaign):
    kept, gone = make.category(campaign, "占道经营"), make.category(campaign, "小广告")
    actions.retire_category(gone, by=city.coordinator)

    page = as_(city.inspector).get(url("capture")).content.decode()

    assert (kept.name in page, gone.name in page) == (True, False)


@pytest.mark.parametrize(
    ("sent", "field", "fault"),
    [
        ({"name": ""}, "name", "请填写这一项。"),
        ({"name": "甲", "limit_amount": "0", "limit_unit": "days"}, "limit_amount", "时限须在1到3650之间。"),
        ({"name": "甲", "limit_amount": "3651", "limit_unit": "days"}, "limit_amount", "时限须在1到3650之间。"),
        ({"name": "甲", "limit_amount": "2401", "limit_unit": "working_days"}, "limit_amount", "时限须在1到2400之间。"),
        ({"name": "甲", "limit_amount": "3"}, "limit_unit", "请选择时限单位。"),
    ],
)
def test_what_is_no_category_is_told_beside_its_field(office, sent, field, fault):
    answer = office.post(url("category_new"), sent)

    assert (answer.status_code, answer.context["form"].errors[field]) == (422, [fault])


@pytest.mark.parametrize(("amount", "unit"), [(2400, "working_days"), (3650, "days"), (3650, "working_hours")])
def test_what_is_dispatched_under_the_longest_limit_takes_the_date_that_the_page_proposes(
    office, city, campaign, clock, amount, unit
):
    clock("2026-03-02 08:00")
    office.post(url("category_new"), {"name": "旧城改造", "limit_amount": amount, "limit_unit": unit})
    finding = make.reported(city, campaign, category=FindingCategory.objects.get(name="旧城改造"))
    page = office.get(url("finding_move", finding.pk, "dispatch"))
    proposed = f"{timezone.localtime(page.context['due_at']):%Y-%m-%dT%H:%M}"

    sent = {"lead_unit": city.bureau.pk, "severity": "C", "due_at": proposed}
    answer = office.post(url("finding_move", finding.pk, "dispatch"), sent)

    finding.refresh_from_db()
    assert (answer.status_code, finding.state, finding.due_at) == (302, "dispatched", page.context["due_at"])


def test_a_limit_in_a_table_beyond_the_longest_is_doubted(city, campaign):
    sheet = read(campaign, ["市容", "旧城改造", "2401工作日", ""], ["市容", "管网改造", "2400工作日", ""])

    assert [(line.limit, line.doubts) for line in sheet.lines] == [
        ("", ["时限“2401工作日”没有看懂，按等级计算。"]),
        ("2400个工作日", []),
    ]


def test_two_categories_do_not_bear_one_name(office, campaign):
    make.category(campaign, "占道经营")

    answer = office.post(url("category_new"), {"name": "占道经营"})

    assert answer.status_code == 422
    assert "已有叫“占道经营”的类别。" in answer.content.decode()


def test_a_change_over_somebody_elses_is_refused(city, campaign):
    category = make.category(campaign)
    seen = category.mark
    category.group = "市容"
    actions.save_category(category, by=city.coordinator, seen=seen)
    category.group = "经营"

    with pytest.raises(Refused, match="刚刚被别人改过"):
        actions.save_category(category, by=city.coordinator, seen=seen)


@pytest.mark.parametrize("who", ["inspector", "liaison", "leader", "administrator"])
def test_only_the_office_keeps_categories(city, campaign, who):
    with pytest.raises(Refused, match="没有维护问题类别和分工的权限"):
        actions.save_category(FindingCategory(campaign=campaign, name="甲"), by=getattr(city, who))


# Rules ---------------------------------------------------------------------------------------------------------


def test_the_trail_says_that_a_rule_was_deleted_once_it_is_and_only_then(city, campaign, monkeypatch):
    kept, gone = (
        DispatchRule.objects.create(campaign=campaign, category=make.category(campaign, name), unit=city.bureau)
        for name in ("甲", "乙")
    )

    def fails(_rule):
        raise OSError("no space left")

    actions.delete_rule(DispatchRule.objects.get(pk=gone.pk), by=city.coordinator)
    with pytest.raises(Refused, match="这条分工刚刚已被别人删除"):
        actions.delete_rule(gone, by=city.coordinator)
    monkeypatch.setattr(DispatchRule, "delete", fails)
    with pytest.raises(OSError, match="no space left"):
        actions.delete_rule(kept, by=city.coordinator)

    trail = AuditEvent.objects.filter(action="删除交办分工")
    assert list(trail.values_list("subject", flat=True)) == ["乙 → 城管局"]


def test_a_rule_is_kept_once_for_the_very_same(office, city, campaign):
    category = make.category(campaign)
    given = {"category": category.pk, "unit": city.bureau.pk}
    answers = [office.post(url("dispatch_rule_new"), given).status_code for _tap in range(2)]
    rule = DispatchRule.objects.get()
    office.post(url("dispatch_rule_edit", rule.pk), given | {"unit": city.police.pk})
    rule.refresh_from_db()
    changed = rule.unit
    office.post(url("dispatch_rule_delete", rule.pk))

    assert (answers, changed, DispatchRule.objects.count()) == ([302, 422], city.police, 0)


def test_settings_hold_for_the_campaign_and_the_usual_ones_without(office, campaign):
    usual = FindingSettings.of(campaign)
    before = (usual.duplicate_days, usual.duplicate_metres, usual.look_back_after)
    wrong = office.post(url("finding_settings"), {"duplicate_days": "0"})

    office.post(url("finding_settings"), {"duplicate_days": 3, "duplicate_metres": 80, "look_back_after": 10})

    now = FindingSettings.of(campaign)
    assert (before, wrong.status_code) == ((7, 50, 7), 422)
    assert (now.duplicate_days, now.duplicate_metres, now.look_back_after) == (3, 80, 10)


# A city's own table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "amount", "unit", "doubts"),
    [
        ("15工作日", 15, "working_days", []),
        ("5工作时", 5, "working_hours", []),
        ("4小时", 4, "hours", []),
        ("3个工作日", 3, "working_days", []),
        ("7天", 7, "days", []),
        ("", None, "", []),
        ("立即", None, "", ["时限“立即”没有看懂，按等级计算。"]),
        ("停工4工作时;处罚7工作日;拆除20工作日", 20, "working_days", ["写了3个时限，取最长的20个工作日。"]),
    ],
)
def test_limits_as_cities_write_them(campaign, said, amount, unit, doubts):
    [line] = read(campaign, ["市容", "暴露垃圾", said, ""]).lines

    assert (line.wished.limit_amount, line.wished.limit_unit, line.doubts) == (amount, unit, doubts)


HOW_TO_MEND = "请在单位名录里登记它（或设为某个单位的简称）后再导入，也可以导入后在“分工”里设置。"


def test_units_are_those_of_the_directory_and_the_doubtful_are_told(city, campaign):
    Unit.objects.create(name="柳林街道", kind="街道", parent=city.host)

    sheet = read(
        campaign,
        ["市容", "甲", "", "城管局"],
        ["市容", "乙", "", "公安局、住建局、城管局"],
        ["市容", "丙", "", "各街道"],
        ["市容", "丁", "", ""],
    )

    assert [(line.unit, line.doubts) for line in sheet.lines] == [
        ("城管局", []),
        ("公安局", ["另写有“住建局”“城管局”，分工只取第一个。"]),
        ("", ["“各街道”是2个单位，不能定为一个分工。"]),
        ("", []),
    ]


@pytest.mark.parametrize("said", ["住建局、公安局、街道", "牵头：住建局；配合：公安局", "公安局、住建局（牵头）"])
def test_where_the_first_unit_is_unknown_no_rule_is_made_and_the_row_says_so(city, campaign, said):
    sheet = read(campaign, ["市容", "私搭乱建", "20工作日", said])

    actions.load_categories(campaign, sheet.wished, by=city.coordinator)

    [line] = sheet.lines
    assert (line.unit, line.becomes) == ("", "新增")
    assert line.doubts == ["责任单位“住建局”不在单位名录，没有设分工。", HOW_TO_MEND]
    assert (FindingCategory.objects.get().limit_amount, DispatchRule.objects.count()) == (20, 0)


def test_a_name_that_the_office_once_explained_leads(city, campaign):
    alias = UnitAlias.objects.create(host=city.host, name="住建局")
    alias.units.add(city.bureau)

    [line] = read(campaign, ["市容", "私搭乱建", "", "住建局、公安局"]).lines

    assert (line.unit, line.doubts) == ("城管局", ["另写有“公安局”，分工只取第一个。"])


def test_what_becomes_of_each_row_is_said_before(city, campaign):
    category = make.category(campaign, "暴露垃圾", limit_amount=4, limit_unit="working_hours")
    make.category(campaign, "路灯不亮", limit_amount=3, limit_unit="working_days")

    sheet = read(
        campaign,
        ["市容", "暴露垃圾", "1工作日", "城管局"],
        ["", "路灯不亮", "3工作日", ""],
        ["市容", "井盖缺损", "12小时", ""],
        ["市容", "暴露垃圾", "9天", ""],
    )

    assert [line.becomes for line in sheet.lines] == [
        "时限 4个工作时 → 1个工作日；大类 — → 市容；分工 — → 城管局",
        "",
        "新增",
    ]
    assert sheet.left_out == [(5, "“暴露垃圾”在第2行已有，没有采用。")]
    category.refresh_from_db()
    assert category.limit_amount == 4


def test_a_citys_own_list_is_looked_at_and_loaded_once(office, city, campaign):
    Unit.objects.create(name="住房和城乡建设局", short_name="住建局", parent=city.host, kind="委员单位")
    for category in ("暴露垃圾", "绿地养护"):
        make.category(campaign, category)
    upload = SimpleUploadedFile("event_types_sla.csv", CITY_TABLE.read_bytes())

    page = office.post(url("categories_load"), {"file": upload})
    before = FindingCategory.objects.count()
    answers = [office.post(url("categories_confirm"), {"packed": page.context["packed"]}) for _tap in range(2)]

    loaded = {row.name: (row.limit_amount, row.limit_unit) for row in FindingCategory.objects.of(campaign)}
    assert (before, [answer.status_code for answer in answers]) == (2, [302, 302])
    assert loaded == {
        "暴露垃圾": (1, "working_days"),
        "绿地养护": (5, "working_days"),
        "违法搭建": (15, "working_days"),
        "积存垃圾渣土": (4, "working_days"),
        "道路不洁": (5, "working_hours"),
        "水域不洁": (15, "working_days"),
        "私搭乱建": (20, "working_days"),
        "建筑垃圾、渣土": (2, "working_days"),
        "道路保洁": (4, "working_hours"),
        "绿地保洁": (4, "working_hours"),
    }
    # 违法搭建 is first of all the 城乡规划局's, which nobody has registered.
    assert {str(rule) for rule in DispatchRule.objects.all()} == {
        f"{name} → 住建局" for name in ("暴露垃圾", "积存垃圾渣土", "道路不洁", "水域不洁")
    }


def test_a_table_that_is_none_is_told(office):
    answers = [
        office.post(url("categories_load"), {"file": SimpleUploadedFile(name, content)})
        for name, content in (("表.csv", "甲,乙\n1,2".encode()), ("表.xlsx", b"no workbook"), ("表.csv", b""))
    ]

    assert [(answer.status_code, bool(answer.context["form"].errors["file"])) for answer in answers] == [
        (422, True)
    ] * 3


@pytest.mark.parametrize("packed", ["", "made up", signing.dumps([0, []], salt="inspections.categories")])
def test_what_was_not_looked_at_here_is_not_loaded(office, packed):
    answer = office.post(url("categories_confirm"), {"packed": packed}, HTTP_HX_REQUEST="true")

    assert (answer.status_code, FindingCategory.objects.count()) == (409, 0)


@pytest.mark.django_db(transaction=True)
def test_the_same_table_confirmed_twice_at_once_is_loaded_once():
    here = people.city()
    campaign = tasks.campaign(here)
    wished = [Wished("暴露垃圾", "市容", 4, "hours", here.bureau.pk), Wished("小广告")]

    refused = at_once(*[partial(actions.load_categories, campaign, wished, by=here.coordinator)] * 2)

    assert refused == [None, None]
    assert (FindingCategory.objects.count(), DispatchRule.objects.count()) == (2, 1)


@pytest.mark.parametrize("n", [1, 3])
def test_the_pages_take_as_many_queries_for_three_as_for_one(office, city, campaign, n):
    for number in range(n):
        category = make.category(campaign, f"类别{number}")
        actions.save_rule(DispatchRule(campaign=campaign, category=category, unit=city.bureau), by=city.coordinator)
        office.get(url("categories"))

    counts = []
    for name in ("categories", "dispatch_rules"):
        with CaptureQueriesContext(connection) as queries:
            office.get(url(name))
        counts.append(len(queries))

    assert counts == [6, 4]
