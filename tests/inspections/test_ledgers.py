"""An office's own 问题台账 in and out: what its rows become, once, and in the same columns back."""

import errno
import zipfile
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from PIL import Image

from cityinit.documents.xlsx import Column
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.workflow import Refused
from inspections import figures
from inspections.actions import findings as actions
from inspections.actions.ledgers import LEDGERS
from inspections.ledgers.export import page_with_photos
from inspections.models import Finding, FindingCategory, FindingPhoto, Ledger, LedgerLine, LedgerMapping, Round
from tests.factories import findings as make
from tests.factories import ledgers
from tests.factories.tables import as_file, plain_table
from units.models import Post, UnitAlias

pytestmark = pytest.mark.django_db
State = Finding.State
HEAD = ["点位", "类别", "问题描述", "责任单位", "发现日期", "整改期限", "状态", "整改日期"]


@pytest.fixture(autouse=True)
def register(city, campaign):
    make.category(campaign)
    return make.site(campaign, city.bureau)


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def row(**values):
    usual = {
        "点位": "河湾农贸市场",
        "类别": "占道经营",
        "问题描述": "门前摊位外溢",
        "责任单位": "城管局",
        "发现日期": "2026-03-02",
        "整改期限": "2026-03-09",
        "状态": "整改中",
        "整改日期": None,
    }
    return list((usual | values).values())


def table(*rows):
    return plain_table(HEAD, *rows)


def exported(as_, city, ledger, query="only=own"):
    answer = as_(city.coordinator).get(f"{url('ledger_export', ledger.pk)}?{query}")
    return BytesIO(b"".join(answer.streaming_content))


def told(ledger):
    return [(remark.row, remark.column, remark.wrong, remark.right) for remark in ledger.remarks.all()]


# What the rows become ---------------------------------------------------------------------------------


def test_an_ugly_ledger_becomes_findings_with_their_days_and_states(city, campaign, register):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger())

    market, wet, full, poster = Finding.objects.order_by("position", "pk")
    assert (ledger.is_loaded, ledger.load_result["counts"]) == (True, {"created": 4})
    assert (market.site, market.description, market.lead_unit) == (register, "门前摊位外溢", city.bureau)
    assert (market.state, market.found_on, timezone.localdate(market.closed_at)) == (
        State.CLOSED,
        date(2026, 3, 2),
        date(2026, 3, 5),
    )
    assert timezone.localdate(market.due_at) == date(2026, 3, 6)
    assert [one.description for one in (wet, full)] == ["地面湿滑", "垃圾桶满溢"]
    # The place is merged over both rows of the market.
    assert [(one.site, one.state) for one in (wet, full)] == [(register, State.RECTIFYING)] * 2
    assert (poster.place, poster.lead_unit, list(poster.assisting_units.all())) == (
        "河湾路中段",
        city.police,
        [city.bureau],
    )
    assert {one.number for one in Finding.objects.all()} == {f"2026-00000{n}" for n in range(1, 5)}
    assert wet.events.get().note == "备注：督查组甲"


def test_figures_of_past_days_read_a_ledger_by_its_days(city, campaign):
    ledgers.loaded(campaign, city, ledgers.ledger())

    days = [Period(date(2026, 3, 1), date(2026, 3, day)) for day in (4, 5)]

    said = [(figures.found(campaign, until).count(), figures.closed(campaign, until).count()) for until in days]
    assert said == [(4, 0), (4, 1)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("已整改", State.CLOSED),
        ("√", State.CLOSED),
        ("是", State.CLOSED),
        ("整改到位，加强巡查", State.CLOSED),
        ("已于3月5日整改到位", State.CLOSED),
        ("未整改", State.RECTIFYING),
        ("×", State.RECTIFYING),
        ("待复核", State.SUBMITTED),
        ("立行立改", State.CLOSED_ON_SPOT),
        ("长期坚持", State.LONG_TERM),
        ("已交办", State.DISPATCHED),
        ("不合格", State.REWORK),
    ],
)
def test_a_state_is_read_as_offices_write_it(city, campaign, said, state):
    done = "2026-03-05" if state in (State.CLOSED, State.SUBMITTED, State.REWORK) else None

    ledgers.loaded(campaign, city, table(row(状态=said, 整改日期=done)))

    assert Finding.objects.get().state == state


@pytest.mark.once
def test_without_a_column_of_states_the_day_says_that_it_is_done(city, campaign):
    file = plain_table(
        ["点位", "类别", "存在问题", "责任单位", "检查时间", "完成时间"],
        ["某处", "占道经营", "甲甲", "城管局", "2026-03-02", "2026-03-05"],
        ["某处", "占道经营", "乙乙", "城管局", "2026-03-02", None],
    )

    ledgers.loaded(campaign, city, file)

    assert list(Finding.objects.order_by("pk").values_list("state", flat=True)) == [State.CLOSED, State.DISPATCHED]


@pytest.mark.once
def test_what_is_closed_without_a_day_is_asked_about_or_given_one(city, campaign):
    file = table(row(状态="已整改"))

    asked = ledgers.checked(campaign, city, file)
    given = ledgers.loaded(campaign, city, table(row(状态="已整改")), closed_on="2026-03-31")

    assert told(asked) == [(2, "销号日期", "已销号的问题没有销号日期", "请填销号日期或整改日期。")]
    assert timezone.localdate(Finding.objects.get().closed_at) == date(2026, 3, 31)
    assert [remark.wrong for remark in given.remarks.all()] == ["已整改而没写完成日期，按选项指定的一天"]


def test_what_the_ledger_leaves_open_is_taken_as_the_person_chose_and_told(city, campaign, register):
    kind = make.category(campaign, "市容环境")
    third = Round.objects.create(campaign=campaign, name="第三轮")
    file = plain_table(["存在问题", "点位名称"], ["甲甲", "河湾农贸市场"], ["乙乙", "别处"])
    chosen = {"category": kind.pk, "round": third.pk, "unit": city.police.pk, "found_on": "2026-03-01"}

    ledger = ledgers.loaded(campaign, city, file, **chosen)

    first, second = Finding.objects.order_by("pk")
    assert [one.lead_unit for one in (first, second)] == [city.bureau, city.police]
    assert {(one.category, one.round, one.found_on) for one in (first, second)} == {(kind, third, date(2026, 3, 1))}
    assert "没写责任单位，由点位的或选项指定的单位负责" in {remark.wrong for remark in ledger.remarks.all()}


@pytest.mark.once
def test_empty_cells_mean_the_row_above_where_that_was_chosen(city, campaign, register):
    rows = [row(), row(点位=None, 责任单位=None, 发现日期=None, 问题描述="垃圾桶满溢")]

    ledgers.loaded(campaign, city, table(*rows), same_above=True)

    assert set(Finding.objects.values_list("site", "found_on")) == {(register.pk, date(2026, 3, 2))}


@pytest.mark.once
def test_a_problem_merged_over_two_rows_is_one(city, campaign):
    file = plain_table(HEAD, row(), row(), merged=("C2:C3",))

    ledger = ledgers.loaded(campaign, city, file)

    assert Finding.objects.count() == 1
    assert "第3行的问题与第2行是同一个合并格，没有另算一个问题。" in ledger.load_result["notes"]


@pytest.mark.once
def test_measures_that_are_numbered_too_go_with_their_problems(city, campaign):
    head = [*HEAD, "整改情况"]
    file = plain_table(head, [*row(问题描述="1.甲甲 2.乙乙"), "1.已清 2.已修"])

    ledgers.loaded(campaign, city, file)

    assert list(Finding.objects.order_by("pk").values_list("description", "measure")) == [
        ("甲甲", "已清"),
        ("乙乙", "已修"),
    ]


@pytest.mark.once
def test_splitting_can_be_turned_off(city, campaign):
    ledgers.loaded(campaign, city, table(row(问题描述="1.甲甲 2.乙乙")), splits=False)

    assert Finding.objects.get().description == "1.甲甲 2.乙乙"


# Deadlines and categories as offices write them ---------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "due"),
    [
        # Found on Monday the second of March at nine; Saturday and Sunday are no working days.
        ("3日内", "2026-03-05 18:00"),
        ("3个工作日", "2026-03-05 18:00"),
        ("限5个工作日内完成", "2026-03-09 18:00"),
        ("三日内整改到位", "2026-03-05 18:00"),
        ("24小时内", "2026-03-03 09:00"),
        ("5工作时", "2026-03-02 16:00"),
        ("立即", "2026-03-03 09:00"),
        ("立即整改", "2026-03-03 09:00"),
        ("当日", "2026-03-02 18:00"),
        ("一周内", "2026-03-09 18:00"),
        ("1个月内", "2026-04-01 18:00"),
        ("3月6日前", "2026-03-06 18:00"),
    ],
)
def test_a_limit_in_the_column_of_deadlines_is_counted_from_the_row_s_own_day(city, campaign, said, due):
    ledgers.loaded(campaign, city, table(row(整改期限=said)))

    found = Finding.objects.get()
    assert f"{timezone.localtime(found.due_at):%Y-%m-%d %H:%M}" == due
    assert found.first_due_at == found.due_at


@pytest.mark.once
def test_what_a_limit_came_to_is_told_in_the_dry_run(city, campaign):
    ledger = ledgers.checked(campaign, city, table(row(整改期限="3个工作日")))

    assert ledger.is_sound
    assert told(ledger) == [
        (2, "整改期限", "期限写的是时限，从发现日期起按工作日历计算", "3个工作日 → 2026-03-05 18:00")
    ]


@pytest.mark.once
@pytest.mark.parametrize("said", ["看情况", "15日前", "尽快"])
def test_a_deadline_that_says_nothing_is_told_with_what_may_stand_there(city, campaign, said):
    ledger = ledgers.checked(campaign, city, table(row(整改期限=said)))

    assert told(ledger) == [
        (
            2,
            "整改期限",
            "看不出期限",
            "请写成日期（2026-06-30、6月底）、时限（3个工作日、24小时内、立即）或“长期坚持”。",
        )
    ]


WITHOUT_DUE = "没有期限；要挂账请把状态写成“挂账”，要限期请填日期或“3个工作日”这样的时限"


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "state", "hint"),
    [
        (
            {"整改期限": "长期坚持", "状态": None},
            State.LONG_TERM,
            ("整改期限", "期限写的是长期，没有写状态，按挂账读取", "挂账"),
        ),
        (
            {"整改期限": "长期", "状态": "整改中"},
            State.RECTIFYING,
            ("整改期限", "没办结又没有期限，不预警、不计逾期", WITHOUT_DUE),
        ),
        (
            {"整改期限": None, "状态": "整改中"},
            State.RECTIFYING,
            ("整改期限", "没办结又没有期限，不预警、不计逾期", WITHOUT_DUE),
        ),
        ({"整改期限": "长期", "状态": "挂账"}, State.LONG_TERM, None),
        ({"整改期限": "长期", "状态": "已整改", "整改日期": "2026-03-05"}, State.CLOSED, None),
    ],
)
def test_what_has_no_deadline_becomes_what_it_says_and_is_told(city, campaign, values, state, hint):
    ledger = ledgers.loaded(campaign, city, table(row(**values)))

    found = Finding.objects.get()
    notes = [note for note in ledger.load_result["notes"] if "没有整改期限" in note]
    assert (found.state, found.due_at, found.long_term_until) == (state, None, None)
    assert told(ledger) == ([(2, *hint)] if hint else [])
    assert notes == (["有1个没办结的问题没有整改期限，导入后不预警、不计逾期。"] if state == State.RECTIFYING else [])


@pytest.mark.once
def test_the_day_of_what_is_long_term_is_until_when_it_may_wait(city, campaign):
    ledgers.loaded(campaign, city, table(row(整改期限="2026年底", 状态="挂账")))

    assert Finding.objects.get().long_term_until == date(2026, 12, 31)


@pytest.mark.once
@pytest.mark.parametrize("label", ["点位类型", "点位类别", "场所类型"])
def test_the_type_of_a_place_is_never_the_category_of_a_problem(city, campaign, label):
    file = plain_table(
        [label, "点位名称", "问题描述", "责任单位", "发现日期", "整改期限"],
        ["农贸市场", "河湾农贸市场", "门前占道经营", "城管局", "2026-03-02", "2026-03-09"],
    )

    ledger = ledgers.loaded(campaign, city, file)

    found = Finding.objects.get()
    assert ledger.mapping["0"] == "点位类型"
    assert (found.category.name, found.events.get().note) == ("占道经营", "点位类型：农贸市场")


@pytest.mark.once
def test_without_a_column_of_categories_each_problem_is_taken_for_what_it_says(city, campaign):
    kinds = {name: make.category(campaign, name) for name in ("飞线充电", "路面破损", "市容环境", "占道")}
    gone = make.category(campaign, "井盖缺损")
    FindingCategory.objects.filter(pk=gone.pk).update(retired_on=date(2026, 1, 1))
    said = ["3栋楼下飞线充电", "人行道坑洼", "门前占道经营、飞线充电", "无人管理", "井盖缺损"]
    file = plain_table(
        ["点位", "问题描述", "责任单位", "发现日期", "整改期限"],
        *[["某处", text, "城管局", "2026-03-02", "2026-03-09"] for text in said],
    )

    ledger = ledgers.loaded(campaign, city, file, category=kinds["市容环境"].pk)

    categories = dict(Finding.objects.values_list("description", "category__name"))
    assert categories == dict(zip(said, ["飞线充电", "路面破损", "占道经营", "市容环境", "市容环境"], strict=True))
    assert [(remark.row, remark.right) for remark in ledger.remarks.filter(wrong="没写类别，按问题描述归类")] == [
        (2, "3栋楼下飞线充电 → 飞线充电"),
        (3, "人行道坑洼 → 路面破损"),
        (4, "门前占道经营、飞线充电 → 占道经营"),
    ]
    assert "有2个问题没写类别，描述里也看不出，归入选项指定的“市容环境”。" in ledger.load_result["notes"]


@pytest.mark.once
def test_the_problems_of_one_cell_are_each_taken_for_what_they_say(city, campaign):
    kinds = [make.category(campaign, name) for name in ("飞线充电", "市容环境")]
    file = table(row(类别=None, 问题描述="1.门前占道经营 2.楼道飞线充电 3.无人管理"))

    ledger = ledgers.checked(campaign, city, file, category=kinds[1].pk)

    cells = [{cell["column"]: cell["read"] for cell in sample["cells"]} for sample in ledger.check_result["samples"]]
    assert [one["类别"] for one in cells] == ["占道经营", "飞线充电", "市容环境"]


# Doubts and faults ------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("values", "column", "wrong", "right"),
    [
        ({"责任单位": "城关局"}, "责任单位", "没有叫“城关局”的单位", "是否应为“城管局”？可以在本页指定它是哪个单位。"),
        (
            {"类别": "占道"},
            "类别",
            "没有这个类别",
            "是否应为“占道经营”？新的类别请在选项里选择一并新增。",
        ),
        ({"状态": "看情况"}, "状态", "看不出是否已整改", None),
        ({"发现日期": None}, "发现日期", "没有发现日期", None),
        ({"整改日期": "2026-03-01", "状态": "已整改"}, "整改日期", "早于发现日期2026-03-02", "请检查两个日期。"),
        ({"责任单位": None, "点位": "别处"}, "责任单位", "没有填责任单位", None),
        ({"状态": "反弹"}, "状态", "新的问题不能一开始就是“反弹”", "请写成“已交办”或“整改中”。"),
    ],
)
def test_what_cannot_be_loaded_is_said_with_its_row_and_stops_all(city, campaign, values, column, wrong, right):
    ledger = ledgers.checked(campaign, city, table(row(问题描述="好的一行"), row(**values)))

    faults = [remark for remark in ledger.remarks.all() if remark.is_fault]
    assert [(one.row, one.column, one.wrong) for one in faults] == [(3, column, wrong)]
    assert right is None or faults[0].right == right
    with pytest.raises(Refused) as refusal:
        LEDGERS.start_load(ledger, by=city.coordinator)
    assert refusal.value.reason.startswith("请先改正表里的错误")
    assert Finding.objects.count() == 0


def test_a_site_nobody_registered_is_kept_as_a_place_and_the_nearest_is_told(city, campaign):
    ledger = ledgers.loaded(campaign, city, table(row(点位="河湾农贸大市场")))

    assert (Finding.objects.get().site, Finding.objects.get().place) == (None, "河湾农贸大市场")
    assert told(ledger) == [(2, "点位", "点位册里没有这个点位", "只作为位置记下；最接近的点位是“河湾农贸市场”")]


def test_new_categories_are_added_only_where_that_was_chosen(city, campaign):
    ledgers.loaded(campaign, city, table(row(类别="飞线充电")), new_categories=True)

    assert FindingCategory.objects.filter(campaign=campaign, name="飞线充电").count() == 1


def test_a_name_said_once_is_known_from_then_on(city, campaign, as_):
    ledger = ledgers.checked(campaign, city, table(row(责任单位="执法队")))
    page = as_(city.coordinator).get(ledger.get_absolute_url())

    as_(city.coordinator).post(url("ledger_name", ledger.pk), {"name": "执法队", "units": [city.bureau.pk]})
    ledger.refresh_from_db()
    run_job(ledger.job_id)
    ledger.refresh_from_db()

    assert [one["name"] for one in page.context["unknown"]] == ["执法队"]
    assert (UnitAlias.objects.get().name, ledger.is_sound) == ("执法队", True)


@pytest.mark.once
@pytest.mark.parametrize(
    ("lines", "told_of"),
    [
        ([[]], "表里没有内容"),
        ([HEAD], "表头下面没有内容"),
    ],
)
def test_a_table_without_rows_is_told(city, campaign, lines, told_of):
    ledger = ledgers.received(campaign, city, plain_table(*lines))

    assert told_of in ledger.layout["faults"][0]
    assert ledger.is_read is False


def test_a_file_of_other_columns_can_still_be_matched_by_hand(city, campaign, as_):
    ledger = ledgers.received(campaign, city, plain_table(["甲", "乙", "丙"], ["x", "y", "z"]))
    client = as_(city.coordinator)

    answer = client.post(url("ledger_columns", ledger.pk), {"column_0": "备注", "year": 2026, "revision": 0})

    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == ["请选择哪一列是“问题描述”。"]
    assert answer.context["form"].errors["category"] == ["没有哪一列是“类别”，请指定算哪一类。"]


@pytest.mark.once
@pytest.mark.parametrize("code", ["utf-16", "utf-8"])
def test_what_nobody_can_see_in_a_csv_keeps_no_row_out(city, campaign, code):
    head = [f"{label}\x00" for label in HEAD] if code == "utf-16" else HEAD
    long = [["河湾市场", "占道经营", "例行保洁" * 20, "城管局", "2026-03-02"]] * 60
    rows = [head, *long, ["河湾\x00市场", "占道经营", "门前\x00摊位\x07外溢", "城管局\x00", "2026-03-02\x00"]]
    file = BytesIO("\r\n".join(",".join(row) for row in rows).encode(code))

    ledger = ledgers.loaded(campaign, city, file, name="台账.csv", new_categories=True)

    last = Finding.objects.order_by("position").last()
    assert (ledger.job.reason, ledger.is_loaded) == ("", True)
    assert (last.place, last.description, last.lead_unit, str(last.found_on)) == (
        "河湾市场",
        "门前摊位外溢",
        city.bureau,
        "2026-03-02",
    )


@pytest.mark.once
def test_more_rows_than_a_table_holds_are_told_not_read(city, campaign):
    made = Workbook(write_only=True)
    page = made.create_sheet("台账")
    page.append(HEAD)
    for _ in range(20_100):
        page.append(row())

    ledger = ledgers.received(campaign, city, as_file(made))

    assert any("行数太多" in fault for fault in ledger.layout["faults"])


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "content", "told_of"),
    [
        ("台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版"),
        ("台账.xlsx", b"not a workbook", "台账.xlsx"),
        ("台账.xlsx", b"", "空"),
    ],
)
def test_what_is_no_workbook_is_refused_in_the_form(city, campaign, as_, name, content, told_of):
    sent = {"file": SimpleUploadedFile(name, content), "client_key": str(uuid4())}

    answer = as_(city.coordinator).post(url("ledgers"), sent)

    assert answer.status_code == 422
    assert told_of in answer.context["form"].errors["file"][0]
    assert Ledger.objects.count() == 0


@pytest.mark.once
def test_a_formula_is_read_as_what_it_came_to_and_never_as_a_formula(city, campaign, as_):
    ledger = ledgers.loaded(campaign, city, table(row(问题描述="'=1+1 乱停")))

    sheet = load_workbook(exported(as_, city, ledger)).active

    assert [cell.data_type for cell in sheet[2] if cell.value] == ["s"] * 7


# Once, however often ----------------------------------------------------------------------------------


def test_loaded_twice_it_adds_nothing(city, campaign):
    ledgers.loaded(campaign, city, ledgers.ledger())

    again = ledgers.loaded(campaign, city, ledgers.ledger())

    assert again.load_result["counts"] == {"unchanged": 4}
    assert Finding.objects.count() == 4


def test_a_row_that_moved_on_is_updated_while_nobody_has_worked_on_it(city, campaign):
    ledgers.loaded(campaign, city, table(row()))

    ledger = ledgers.loaded(campaign, city, table(row(状态="已整改", 整改日期="2026-03-08")))

    finding = Finding.objects.get()
    assert ledger.load_result["counts"] == {"updated": 1}
    assert (finding.state, timezone.localdate(finding.closed_at)) == (State.CLOSED, date(2026, 3, 8))
    assert [(event.target, str(event.label)) for event in finding.events.order_by("at")] == [
        (State.RECTIFYING, "导入"),
        (State.CLOSED, "再次导入"),
    ]


def test_what_people_did_since_is_left_alone_and_told(city, campaign):
    ledgers.loaded(campaign, city, table(row(状态="已交办")))
    actions.acknowledge(Finding.objects.get(), by=city.liaison)

    ledger = ledgers.loaded(campaign, city, table(row(状态="已整改", 整改日期="2026-03-08")))

    assert ledger.load_result["counts"] == {"skipped": 1}
    assert ledger.load_result["skipped"] == ["第2行：系统中已有人办理或修改，保留系统中的内容。"]
    assert Finding.objects.get().state == State.RECTIFYING


def test_what_an_inspector_filed_already_is_the_same_finding(city, campaign, register, clock):
    clock("2026-03-02 10:00")
    filed = make.reported(city, campaign, site=register, description="门前摊位外溢。")
    actions.dispatch(filed, by=city.coordinator, lead_unit=city.bureau)

    ledger = ledgers.loaded(campaign, city, table(row()))

    assert (Finding.objects.get(), ledger.load_result["counts"]) == (filed, {"skipped": 1})


def test_numbers_of_the_file_are_kept_and_one_that_is_another_s_is_a_fault(city, campaign):
    head = ["编号", *HEAD]
    ledgers.loaded(campaign, city, plain_table(head, ["W1", *row()], ["W2", *row(问题描述="1.甲甲 2.乙乙")]))

    other = ledgers.checked(campaign, city, plain_table(head, ["W3", *row(问题描述="井盖缺失")]))
    Finding.objects.filter(number="W1").update(number="W9")
    clash = ledgers.checked(campaign, city, plain_table(head, ["W9", *row(问题描述="完全是另一回事")]))

    assert sorted(Finding.objects.values_list("number", flat=True)) == ["W2-1", "W2-2", "W9"]
    assert other.is_sound
    assert [one.wrong for one in clash.remarks.all()] == ["编号已经是另一个问题的：“门前摊位外溢”"]


def test_a_deleted_finding_does_not_come_back(city, campaign):
    ledgers.loaded(campaign, city, table(row()))
    Finding.objects.all().delete()

    ledger = ledgers.loaded(campaign, city, table(row()))

    assert ledger.load_result["skipped"] == ["第2行：已在系统中删除，没有再次导入。"]
    assert Finding.objects.count() == 0


def test_the_columns_of_one_ledger_are_remembered_for_the_next(city, campaign):
    ledgers.checked(campaign, city, table(row()), mapping={"6": ""}, category=None)

    following = ledgers.received(campaign, city, table(row(问题描述="别的")))

    assert following.layout["remembered"]["6"] == ""
    assert LedgerMapping.objects.count() == 1


# Photos -----------------------------------------------------------------------------------------------


def test_photos_in_cells_come_with_their_findings(city, campaign):
    file = ledgers.ledger(pictures=[("D5", "red"), ("H5", "green"), ("D6", "blue"), ("E6", "navy")])

    ledger = ledgers.loaded(campaign, city, file, mapping={"7": "整改后照片"})

    market, wet, full, _poster = Finding.objects.order_by("position", "pk")
    phases = {one: list(one.photos.values_list("phase", flat=True)) for one in (market, wet, full)}
    # Two photos beside two problems: one each.
    assert phases == {market: ["before", "after"], wet: ["before"], full: ["before"]}
    assert ledger.load_result["photos"] == 4


def jpeg(**options):
    content = BytesIO()
    Image.new("RGB", (320, 240), "red").save(content, "JPEG", **options)
    return content.getvalue()


def with_picture(content, *, cell="D5"):
    """The ledger with this as its one picture, whatever it is."""
    swapped = BytesIO()
    with zipfile.ZipFile(ledgers.ledger(pictures=[(cell, "red")])) as given, zipfile.ZipFile(swapped, "w") as taken:
        for part in given.namelist():
            taken.writestr(part, content if part.startswith("xl/media/") else given.read(part))
    swapped.seek(0)
    return swapped


def test_a_photo_that_tells_of_no_moment_that_can_be_comes_with_its_finding(city, campaign):
    tags = Image.Exif()
    tags.get_ifd(0x8769).update({0x9003: "2024:01:01 00:00:00", 0x9011: "99999999999999999:00"})

    ledger = ledgers.loaded(campaign, city, with_picture(jpeg(exif=tags)))

    photo = Finding.objects.order_by("position").first().photos.get()
    assert (ledger.load_result["photos"], photo.file.width, photo.file.taken_at) == (1, 320, None)


def too_large():
    content = BytesIO()
    Image.new("1", (25_000, 25_000)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "dry_run", "why"),
    [
        (lambda: b"GIF89a" + bytes(40), 1, "“image1.jpeg”打不开"),
        (lambda: b"\x01\x00\x00\x00 EMF" + bytes(40), 1, "“image1.jpeg”不是照片"),
        (too_large, 1, "“image1.jpeg”的尺寸太大"),
        (lambda: b"", 1, "“image1.jpeg”是空文件"),
        # Only who unpacks it sees that the end is missing.
        (lambda: jpeg()[:900], 0, "“image1.jpeg”打不开"),
    ],
)
def test_a_picture_that_is_no_photo_is_told_beside_its_row_which_is_loaded(city, campaign, content, dry_run, why):
    noticed = "有图片不能作为照片导入，问题照常导入"

    ledger = ledgers.checked(campaign, city, with_picture(content()))
    before = list(ledger.remarks.filter(wrong=noticed).values_list("is_fault", "row", "column"))
    LEDGERS.start_load(ledger, by=city.coordinator)
    run_job(ledger.job_id)

    ledger.refresh_from_db()
    told = ledger.remarks.get(wrong=noticed)
    assert before == [(False, 5, "整改前照片")] * dry_run
    assert (told.is_fault, told.row, told.column, told.right[: len(why)]) == (False, 5, "整改前照片", why)
    assert (Finding.objects.count(), FindingPhoto.objects.count(), ledger.load_result["photos"]) == (4, 0, 0)


def test_a_disk_too_full_for_the_photos_loads_nothing_and_says_so(city, campaign, monkeypatch):
    def full(*args, **values):
        raise OSError(errno.ENOSPC, "full")

    ledger = ledgers.checked(campaign, city, with_picture(jpeg()))
    LEDGERS.start_load(ledger, by=city.coordinator)
    with monkeypatch.context() as disk:
        disk.setattr("cityinit.files._write", full)
        run_job(ledger.job_id)

    ledger.refresh_from_db()
    said = "服务器存储空间已满，“image1.jpeg”没有保存。请联系系统管理员清理空间后重新上传。"
    assert (ledger.job.state, ledger.job.reason, Finding.objects.count()) == ("failed", said, 0)


def test_a_ledger_loaded_again_does_not_double_its_photos(city, campaign):
    ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", "red")]))
    ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", "red")]))

    assert FindingPhoto.objects.count() == 1


@pytest.mark.once
def test_pictures_within_cells_as_wps_keeps_them_come_too(city, campaign):
    file = in_cells(ledgers.ledger(pictures=[("D5", "red")]))

    ledgers.loaded(campaign, city, file)

    assert FindingPhoto.objects.get().finding.description == "门前摊位外溢"


def in_cells(file):
    """The book with its one picture as WPS writes it: named by a formula, listed in a part of its own."""
    made = BytesIO()
    formula = '<c r="K5" t="str"><f>_xlfn.DISPIMG("ID_0A1B",1)</f><v>=DISPIMG("ID_0A1B",1)</v></c>'
    listed = (
        '<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"'
        ' xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><etc:cellImage><xdr:pic>'
        '<xdr:nvPicPr><xdr:cNvPr id="2" name="ID_0A1B"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/>'
        "</xdr:blipFill></xdr:pic></etc:cellImage></etc:cellImages>"
    )
    related = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/image1.jpeg"/>'
        "</Relationships>"
    )
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b'<c r="K5"', b'<c r="L5"', 1)
                content = content.replace(b'</row><row r="6"', formula.encode() + b'</row><row r="6"', 1)
            if name.startswith("xl/drawings/drawing"):
                content = content.replace(b"<oneCellAnchor>", b"<lost>").replace(b"</oneCellAnchor>", b"</lost>")
            target.writestr(name, content)
        target.writestr("xl/cellimages.xml", listed)
        target.writestr("xl/_rels/cellimages.xml.rels", related)
    made.seek(0)
    return made


# The same columns back --------------------------------------------------------------------------------


def test_a_ledger_given_back_has_its_titles_header_and_columns_with_what_stands_now(city, campaign, as_):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger())
    actions.answer(
        Finding.objects.get(description="公益广告破损"), by=city.other_liaison, measure="已更换", photos=[make.photo()]
    )

    sheet = load_workbook(exported(as_, city, ledger)).active

    lines = [[cell.value for cell in line] for line in sheet]
    assert (sheet.title, lines[0][0], lines[1][0]) == ("问题台账", "2026年清水市创建问题台账", "填报单位：创建办")
    assert sheet.freeze_panes == "A5"
    assert [lines[2][:7], lines[3][6:10]] == [
        ["序号", "点位名称", "问题类型", "存在问题", "责任单位", "检查时间", "整改"],
        ["整改时限", "整改情况", "是否完成", "完成时间"],
    ]
    # As typed where nothing has changed; one line for each of the two problems of one cell.
    assert lines[4][:10] == [
        *("1", "河湾农贸市场", "占道经营", "门前摊位外溢", "城管局"),
        *("2026.3.2", "3月6日前", "已劝离", "√", "3月5日"),
    ]
    assert [line[3] for line in lines[5:7]] == ["地面湿滑", "垃圾桶满溢"]
    assert (lines[7][3], lines[7][7], lines[7][8]) == ("公益广告破损", "已更换", "待复核")
    assert lines[8][0] == "合计"
    merged = {str(one) for one in sheet.merged_cells.ranges}
    # The market over its three lines; what the split row says once over its two.
    assert {"A1:K1", "G3:J3", "A3:A4", "B5:B7", "A6:A7", "E6:E7", "I6:I7"} <= merged


def test_new_findings_stand_behind_the_old_ones_and_go_on_with_the_numbers(city, campaign, as_, register):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger())
    new = make.reported(city, campaign, site=register, description="新的问题")

    sheet = load_workbook(exported(as_, city, ledger, "state=counted")).active

    last = [cell.value for cell in sheet[9]]
    assert (last[0], last[1], last[3], last[8]) == ("4", "河湾农贸市场", "新的问题", "待核实")
    day = new.found_on
    assert last[5] == f"{day.year}年{day.month}月{day.day}日"


@pytest.mark.once
@pytest.mark.parametrize(("lines_above", "first_that_moves"), [(0, "A2"), (9, "A11"), (10, None)])
def test_the_header_of_a_ledger_given_back_stays_in_sight_where_the_screen_is_not_full_of_it(
    city, campaign, as_, lines_above, first_that_moves
):
    row = ["河湾市场", "占道经营", "门前摊位外溢", "城管局", "2026-03-02"]
    table = plain_table(*[[f"说明{n}"] for n in range(lines_above)], HEAD, row)
    ledger = ledgers.loaded(campaign, city, table, new_categories=True)

    assert load_workbook(exported(as_, city, ledger)).active.freeze_panes == first_that_moves
    assert load_workbook(exported(as_, city, ledger, "only=own&photos=1")).active.freeze_panes == first_that_moves


def test_the_filter_of_the_list_says_which_rows_are_given_back(city, campaign, as_):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger())

    sheet = load_workbook(exported(as_, city, ledger, f"unit={city.police.pk}")).active

    assert [line[3].value for line in sheet.iter_rows(min_row=5)] == ["公益广告破损", "1处"]
    assert AuditEvent.objects.filter(action="导出台账", detail__filter=f"unit={city.police.pk}").count() == 1


def test_what_is_given_back_and_brought_in_again_says_nothing_new(city, campaign, as_, register):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", "red")]))
    poster = Finding.objects.get(description="公益广告破损")
    actions.answer(poster, by=city.other_liaison, measure="已更换", photos=[make.photo()])
    actions.close(poster, by=city.inspector)
    make.reported(city, campaign, site=register, description="新的问题")
    make.finding_at(State.RETURNED, city, campaign, description="退回来的")
    before = list(Finding.objects.order_by("pk").values())

    back = exported(as_, city, ledger, "state=counted&photos=1")
    again = ledgers.loaded(campaign, city, back)

    assert again.load_result["counts"] == {"unchanged": 6}
    assert list(Finding.objects.order_by("pk").values()) == before
    assert FindingPhoto.objects.filter(finding__ledger_lines__ledger=ledger, phase="before").count() == 1


@pytest.mark.once
def test_photos_stand_in_their_cells_if_they_are_wanted(city, campaign, as_):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", "red"), ("D5", "blue")]))

    with_photos = load_workbook(exported(as_, city, ledger, "only=own&photos=1")).active
    without = load_workbook(exported(as_, city, ledger)).active

    where = [(one.anchor._from.row + 1, one.anchor._from.col + 1) for one in with_photos._images]
    assert where == [(5, 12), (5, 12)]
    assert (with_photos["L3"].value, with_photos["M3"].value) == ("整改前照片", "整改后照片")
    assert without._images == []


@pytest.mark.once
def test_titles_reach_over_the_columns_of_photos_that_the_file_did_not_have(city, campaign, as_):
    ledger = ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", "red")]))

    with_photos = load_workbook(exported(as_, city, ledger, "only=own&photos=1")).active
    without = load_workbook(exported(as_, city, ledger)).active

    merged, plainly = ({str(one) for one in sheet.merged_cells.ranges} for sheet in (with_photos, without))
    # The header of the file is two lines deep, and so is that of what is added to it.
    assert {"A1:M1", "L3:L4", "M3:M4", "G3:J3"} <= merged
    assert "A1:K1" in plainly


@pytest.mark.once
def test_what_stood_as_a_number_is_given_back_as_one(city, campaign, as_, register):
    lines = [
        ["序号", "档案号", "点位", "类别", "问题描述", "责任单位", "发现日期", "整改期限"],
        [1, "001", "河湾农贸市场", "占道经营", "甲甲", "城管局", "2026-03-02", "2026-03-09"],
        [2, "002", "河湾农贸市场", "占道经营", "乙乙", "城管局", "2026-03-02", "2026-03-09"],
    ]
    ledger = ledgers.loaded(campaign, city, plain_table(*lines))
    make.reported(city, campaign, site=register, description="新的问题")

    sheet = load_workbook(exported(as_, city, ledger, "state=counted")).active

    assert [[cell.value for cell in line[:2]] for line in sheet.iter_rows(min_row=2)] == [
        [1, "001"],
        [2, "002"],
        [3, None],
    ]


def test_a_sum_says_how_many_rows_go_out_and_nothing_that_nobody_added_up(city, campaign, as_, register):
    head = ["序号", "点位", "类别", "问题描述", "责任单位", "发现日期", "整改期限", "备注"]
    rows = [
        [n, "河湾农贸市场", "占道经营", text, "城管局", "2026-03-02", "2026-03-09"]
        for n, text in enumerate("甲乙丙", 1)
    ]
    rows = [[*row[:3], row[3] * 2, *row[4:]] for row in rows]
    total = ["合计", None, None, "共3处", None, None, "整改率66.7%", 3]
    part = ["小计", None, None, "2条"]
    ledger = ledgers.loaded(campaign, city, plain_table(head, *rows[:2], part, rows[2], total))
    actions.void(Finding.objects.get(description="甲甲"), by=city.coordinator, reason="测试")
    make.reported(city, campaign, site=register, description="新的问题")
    make.reported(city, campaign, site=register, description="又一个")

    sheet = load_workbook(exported(as_, city, ledger, "state=counted")).active

    lines = [[cell.value for cell in line if cell.value] for line in sheet.iter_rows(min_row=2)]
    assert [line for line in lines if str(line[0]).endswith("计")] == [["小计", "1条"], ["合计", "共4处", 4]]


def test_the_export_costs_the_same_queries_for_one_row_and_three(city, campaign, as_):
    one = ledgers.loaded(campaign, city, table(row()))
    three = ledgers.loaded(campaign, city, table(row(), row(问题描述="乙乙"), row(问题描述="丙丙")))
    client = as_(city.coordinator)
    client.get(one.get_absolute_url())

    counts = []
    for ledger in (one, three):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"{url('ledger_export', ledger.pk)}?only=own&photos=1")
            assert b"".join(answer.streaming_content)
        # What the trail asks to stand alone is one more on PostgreSQL.
        counts.append(sum(1 for query in asked if "advisory" not in query["sql"]))
    assert counts == [15, 15]


def test_the_plain_ledger_goes_out_with_photos_too(city, campaign, as_):
    make.finding_at(State.CLOSED, city, campaign)
    make.reported(city, campaign, photos=[], description="没有照片")

    answer = as_(city.coordinator).get(f"{url('findings_export')}?photos=1")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active

    head = [cell.value for cell in sheet[1]]
    assert (head[:2], head[-2:], sheet.max_row) == (["编号", "发现时间"], ["整改前照片", "整改后照片"], 3)
    assert [(one.anchor._from.row + 1, one.anchor._from.col + 1) for one in sheet._images] == [
        (2, len(head) - 1),
        (2, len(head)),
    ]


def test_a_photo_stands_beside_its_finding_whatever_is_filed_or_filtered_out_meanwhile(city, campaign):
    wanted = Finding.objects.open().for_ledger().order_by("found_at", "pk")
    first = make.reported(city, campaign, description="没有照片", photos=[])
    second = make.reported(city, campaign, description="有照片")
    columns = [Column("描述", 20, "text")]

    laid = page_with_photos("台账", columns, wanted, lambda row: [row.description]).lay_out()
    make.reported(city, campaign, description="更早的", found_at=timezone.now() - timedelta(days=2))
    actions.reject(first, by=city.coordinator, reason="不在范围内")
    lines = [cells[0] for _look, cells in laid.lines]

    assert lines == ["描述", "没有照片", "有照片"]
    assert [(picture.line, lines[picture.line - 1]) for picture in laid.pictures] == [(3, second.description)]


@pytest.mark.once
@pytest.mark.parametrize("asked", ["plain", "own"])
def test_more_photos_than_a_file_takes_are_refused_with_their_number(city, campaign, as_, monkeypatch, asked):
    monkeypatch.setattr("inspections.ledgers.export.MOST_PHOTOS", 2)
    three = ledgers.ledger(pictures=[("D5", "red"), ("D5", "blue"), ("D6", "green")])
    ledger = ledgers.loaded(campaign, city, three)
    pages = {"plain": f"{url('findings_export')}?", "own": f"{url('ledger_export', ledger.pk)}?only=own&"}

    answer = as_(city.coordinator).get(f"{pages[asked]}photos=1", follow=True)

    assert [str(message) for message in answer.context["messages"]] == [
        "这些问题有3张照片，一个文件最多放2张。请按条件筛选后分几次导出，或者导出不带照片的台账。"
    ]
    assert as_(city.coordinator).get(pages[asked]).status_code == 200
    trail = AuditEvent.objects.filter(action="导出台账").values_list("detail__filter", flat=True)
    assert [asked for asked in trail if "photos" in asked] == []


# What is no ledger ------------------------------------------------------------------------------------


def content_of(file=None):
    return (file or ledgers.ledger()).getvalue()


def with_sheet_of(size, *, told=None):
    """A workbook whose sheet unpacks to so many bytes; `told` is what the package says of that instead."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(content_of())) as sound, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for part in sound.namelist():
            if part != "xl/worksheets/sheet1.xml":
                made.writestr(part, sound.read(part))
                continue
            head = b'<?xml version="1.0"?><worksheet xmlns="' + SHEET + b'"><sheetData>'
            with made.open(part, "w", force_zip64=True) as sheet:
                sheet.write(head)
                for _n in range(size // 2**20):
                    sheet.write(b" " * 2**20)
        if told:
            made.getinfo("xl/worksheets/sheet1.xml").file_size = told
    return stream.getvalue()


def old_office(*streams):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "".join(streams).encode("utf-16-le")


SHEET = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLD = "“台账.xls”是旧版Office格式。请用Excel或WPS另存为.xlsx后再上传。"
DAMAGED = "“台账.xlsx”已损坏，打不开。请在电脑上确认能打开，另存一份后再上传。"
SWOLLEN = "“台账.xlsx”解压后大得不正常，可能是恶意文件。请打开原文件，另存一份后再上传。"


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (partial(with_sheet_of, 64 * 2**20), "台账.xlsx", SWOLLEN),
        (partial(with_sheet_of, 2**20, told=3 * 2**30), "台账.xlsx", SWOLLEN),
        # Of what says that it is small no more is unpacked, which is not what its checksum is of.
        (partial(with_sheet_of, 64 * 2**20, told=4096), "台账.xlsx", DAMAGED),
        (partial(old_office, "EncryptedPackage"), "台账.xlsx", "“台账.xlsx”设了打开密码。请去掉密码后再上传。"),
        (
            partial(old_office, "Workbook"),
            "台账.xls",
            "“台账.xls”是旧版Office格式。请用Excel或WPS另存为.xlsx后再上传。",
        ),
        (
            lambda: "点位,类别\n河湾农贸市场,占道经营\n".encode("gb18030"),
            "台账.xlsx",
            "“台账.xlsx”不是Excel工作簿。请用Excel或WPS另存为.xlsx后再上传。",
        ),
        (lambda: content_of()[: len(content_of()) // 2], "台账.xlsx", DAMAGED),
    ],
    ids=["swollen", "says it is 3 GB", "says it is 4 KB", "password", "xls", "csv", "cut in half"],
)
def test_a_file_that_is_no_ledger_is_refused_with_a_plain_sentence(as_, city, campaign, content, name, sentence):
    sent = {"file": SimpleUploadedFile(name, content()), "client_key": str(uuid4())}

    answer = as_(city.coordinator).post(url("ledgers"), sent)

    assert (answer.status_code, answer.context["form"].errors) == (422, {"file": [sentence]})
    assert Ledger.objects.count() == 0


@pytest.mark.once
@pytest.mark.parametrize(
    "content",
    [
        # A package may lie: it says of a sheet of 64 MB that it has 1 MB, and no more than that is unpacked.
        partial(with_sheet_of, 64 * 2**20, told=2**20),
        partial(with_sheet_of, 2**20),
    ],
    ids=["swollen in secret", "never closed"],
)
def test_a_ledger_whose_sheet_cannot_be_read_says_so_on_its_page(as_, city, campaign, content):
    ledger = ledgers.received(campaign, city, BytesIO(content()), name="台账.xlsx")

    page = as_(city.coordinator).get(ledger.get_absolute_url())
    faults = as_(city.coordinator).get(url("ledger_faults", ledger.pk), follow=True)

    assert (page.status_code, ledger.is_read) == (200, False)
    assert ledger.layout["faults"] == ["文件读不出来，请用 Excel 或 WPS 另存为 .xlsx 后再导入。"]
    assert ledger.layout["faults"][0] in page.content.decode()
    assert [str(message) for message in faults.context["messages"]] == ["这张台账还没有读出来，请稍候。"]


def test_faults_are_taken_away_beside_their_rows(as_, city, campaign):
    rows = [row(), row(问题描述="乙", 责任单位="城官局"), row(问题描述="丙", 发现日期="尽快")]
    ledger = ledgers.checked(campaign, city, table(*rows))
    office = as_(city.coordinator)

    page = office.get(ledger.get_absolute_url()).content.decode()
    content = b"".join(office.get(url("ledger_faults", ledger.pk)).streaming_content)
    head, first, second, third = load_workbook(BytesIO(content)).active.iter_rows(values_only=True)

    assert url("ledger_faults", ledger.pk) in page
    assert head == ("行", "错误", "请留意", *HEAD)
    assert (first[:3], first[5]) == ((2, None, None), "门前摊位外溢")
    assert (second[0], second[1].partition("。")[0], second[5]) == (3, "责任单位：没有叫“城官局”的单位", "乙")
    assert (third[0], third[1].partition("。")[0], third[5]) == (4, "发现日期：不是日期", "丙")
    assert AuditEvent.objects.filter(action="下载检查结果", subject=f"{campaign} {ledger}").count() == 1


# Who may, and at once ---------------------------------------------------------------------------------


def test_only_the_office_brings_ledgers_in(city, campaign):
    with pytest.raises(Refused) as refusal:
        LEDGERS.ask(campaign, by=city.inspector)

    assert refusal.value.reason == "您的岗位没有这项权限。"


def test_the_right_is_asked_again_when_the_load_begins(city, campaign):
    ledger = ledgers.checked(campaign, city, table(row()))
    LEDGERS.start_load(ledger, by=city.coordinator)
    Post.objects.filter(user=city.coordinator).update(ends_on=timezone.localdate() - timedelta(days=1))

    run_job(ledger.job_id)

    ledger.refresh_from_db()
    assert (ledger.is_loaded, ledger.job.reason) == (False, "您已没有导入问题台账的权限，没有导入。")


def test_the_upload_and_the_word_given_twice_are_one(city, campaign, as_):
    content, key = table(row()).read(), str(uuid4())
    client = as_(city.coordinator)

    for _ in range(2):
        client.post(url("ledgers"), {"file": SimpleUploadedFile("台账.xlsx", content), "client_key": key})
    ledger = Ledger.objects.get()
    run_job(ledger.job_id)
    ledger.refresh_from_db()
    proposed = {f"column_{place}": name for place, (name, _sure) in ledger.layout["guess"].items()}
    client.post(url("ledger_columns", ledger.pk), {**proposed, "year": 2026, "splits": "on", "revision": 0})
    ledger.refresh_from_db()
    run_job(ledger.job_id)
    for _ in range(2):
        client.post(url("ledger_load", ledger.pk))
    ledger.refresh_from_db()
    run_job(ledger.job_id)
    run_job(ledger.job_id)

    assert (Finding.objects.count(), LedgerLine.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="导入问题台账").count() == 1


def test_pages_cost_the_same_for_one_row_and_three(city, campaign, as_, django_assert_num_queries):
    one = ledgers.checked(campaign, city, table(row(责任单位="甲队")))
    three = ledgers.checked(campaign, city, table(*(row(责任单位=name) for name in ("甲队", "乙队", "丙队"))))
    client = as_(city.coordinator)
    client.get(one.get_absolute_url())

    for ledger in (one, three):
        with django_assert_num_queries(9):
            client.get(ledger.get_absolute_url())
