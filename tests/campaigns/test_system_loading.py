"""A table with one standard a line becomes drafts; nothing of it is lost, and loading twice changes nothing."""

import csv
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns import system_loading
from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, Indicator, Standard, SystemTable
from cityinit.models import AuditEvent
from tests.factories import systems, tasks

pytestmark = pytest.mark.django_db

INDICATORS = Path(__file__).parents[1] / "data" / "indicators.csv"
HEAD = "体系名称,版本,Ⅰ级编号,Ⅰ级指标,Ⅰ级分值,Ⅱ级编号,Ⅱ级指标,Ⅲ级编号,Ⅲ级指标,序号,标准,测评方式,分值,责任单位,材料要求"


@pytest.fixture
def table(tmp_path):
    """`table("line", …)` writes a .csv of these lines below the usual header and gives its path."""

    def write(*lines, head=HEAD):
        path = tmp_path / "standards.csv"
        path.write_text("\n".join([head, *lines]), "utf-8")
        return path

    return write


def load(campaign, path, *, by=None, **values):
    return system_loading.load(campaign, path, file_name=path.name, by=by, **values)


def tree(system):
    """(code, above, score) of each indicator, (number, content, score) of each standard."""
    rows = system.indicators.select_related("parent").order_by("position")
    standards = Standard.objects.of_system(system).order_by("indicator__position", "position")
    return (
        [(row.code, row.parent and row.parent.code, row.name, row.score) for row in rows],
        [(one.full_number, one.content, one.score) for one in standards],
    )


def test_the_table_of_published_systems_loads_whole(campaign, city):
    with INDICATORS.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))

    loaded = load(campaign, INDICATORS, by=city.coordinator)

    assert loaded.faults == []
    assert loaded.lines == len(lines) == 101
    named = {(line["system"], "" if line["edition_year"] == "?" else line["edition_year"]) for line in lines}
    assert set(AssessmentSystem.objects.values_list("name", "edition")) == named
    assert set(AssessmentSystem.objects.values_list("state", flat=True)) == {"draft"}
    contents = Counter(line["standard"] for line in lines if line["standard"])
    assert Counter(Standard.objects.values_list("content", flat=True)) == contents
    names = {line[name] for line in lines for name in ("l1_name", "l2_name", "l3_name") if line[name]}
    assert set(Indicator.objects.values_list("name", flat=True)) == names
    asked = {line["materials_or_deduction"] for line in lines if line["materials_or_deduction"]}
    assert set(Standard.objects.exclude(asked="").values_list("asked", flat=True)) == asked


@pytest.mark.once
def test_the_odd_lines_of_the_published_systems_are_kept(campaign, city):
    load(campaign, INDICATORS, by=city.coordinator)

    gansu = AssessmentSystem.objects.get(name="甘肃省文明程度指数测评细则")
    # 1 is a code of level Ⅰ and of level Ⅱ there.
    assert [row.code for row in gansu.indicators.order_by("position")] == [
        "1",
        "2",
        "3",
        "4",
        "1-1",
        "1-2",
        "1-3",
        "1-4",
        "2-5",
    ]
    assert gansu.indicators.get(code="3").note.startswith("分值：(1-3合计50)")
    assert [one.number for one in gansu.indicators.get(code="1-3").standards.all()] == ["1", "2", "4"]
    letters = Standard.objects.filter(indicator__code="申报条件")
    assert [(one.number, one.is_negative) for one in letters] == [
        ("a", False),
        ("b", False),
        ("c1", True),
        ("c2", True),
    ]
    assert Standard.objects.get(content="群众安全感").threshold == ">85%"
    assert Standard.objects.get(content="人居环境整洁、卫生良好").score == 6
    assert "责任单位：" in Standard.objects.get(content="媒体和社会媒介做好面向未成年人的公益广告").note


@pytest.mark.once
def test_where_a_system_comes_from_is_noted_once_at_the_top_of_each_branch(campaign, city):
    with INDICATORS.open(encoding="utf-8") as file:
        published = {(line["system"], line["source_url"]) for line in csv.DictReader(file) if line["source_url"]}

    load(campaign, INDICATORS, by=city.coordinator)

    noted = [
        (row.system.name, line.removeprefix("来源："))
        for row in Indicator.objects.select_related("system").order_by("pk")
        for line in row.note.splitlines()
        if line.startswith("来源：") and row.parent is None
    ]
    assert set(noted) == published
    assert Indicator.objects.filter(note__contains="来源：http").exclude(parent=None).count() == 0


@pytest.mark.once
def test_what_is_passed_over_is_told(campaign, city):
    notes = "\n".join(load(campaign, INDICATORS, by=city.coordinator).notes)

    assert "没有写入" not in notes
    assert "单位表里没有“市运管处、交通港航信息中心" in notes
    assert "版本写作“?”，按没有注明版本导入。" in notes


def test_loading_twice_changes_nothing(campaign, city):
    load(campaign, INDICATORS, by=city.coordinator)
    before = {system.pk: tree(system) for system in AssessmentSystem.objects.all()}

    again = load(campaign, INDICATORS, by=city.coordinator)

    assert {system.pk: tree(system) for system in AssessmentSystem.objects.all()} == before
    assert {kind: set(tally) for kind, tally in again.counts.items()} == {
        "测评体系": {"unchanged"},
        "指标": {"unchanged"},
        "标准": {"unchanged"},
    }


def test_a_dry_run_writes_nothing(campaign):
    found = system_loading.check(campaign, INDICATORS, file_name=INDICATORS.name)

    assert found.is_sound
    assert found.counts["指标"]["created"] > 50
    assert AssessmentSystem.objects.count() == 0


@pytest.mark.once
def test_every_fault_is_told_by_line_and_column(campaign, table):
    path = table(
        "体系甲,2023,Ⅰ-1,公共环境,10,,,,,1,整洁,实地考察,4,,",
        "体系甲,2023,Ⅰ-1,公共秩序,,,,,,2,有序,实地考察,4,,",
        "体系甲,2023,Ⅰ-1,公共环境,,,,,,1,明亮,实地考察,4,,",
        "体系甲,2023,Ⅰ-2,公益活动,,,,,,3,,,,,",
        f"体系甲,2023,Ⅰ-3,公共关系,,,,,,{'9' * 11},友善,,,,",
    )

    found = system_loading.check(campaign, path, file_name=path.name)

    assert [(fault.row, fault.column, fault.wrong) for fault in found.faults] == [
        (3, "Ⅰ级指标", "编号“Ⅰ-1”在第2行叫“公共环境”，"),
        (4, "序号", "“公共环境”下的序号1在第2行已经用过，"),
        (5, "标准", "有序号而没有标准的内容，"),
        (6, "序号", "太长：11个字，"),
    ]


def test_with_a_fault_nothing_is_written(campaign, city, table):
    path = table("体系甲,2023,Ⅰ-1,公共环境,,,,,,1,整洁,,,,", "体系甲,2023,Ⅰ-1,另一个名称,,,,,,2,整洁,,,,")

    loaded = load(campaign, path, by=city.coordinator)

    assert (loaded.is_sound, AssessmentSystem.objects.count()) == (False, 0)


@pytest.mark.once
def test_levels_left_empty_stand_under_the_line_before(campaign, city, table):
    path = table(
        "体系甲,2023,Ⅰ-1,公共环境,10,Ⅱ-1,市容,Ⅲ-1,干道,1,整洁,实地考察、问卷调查,4,城管局,照片",
        ",,,,,,,,,2,平整,,2,,",
        ",,,,,,,Ⅲ-2,小巷,1,整洁,,,,",
        ",,,,,Ⅱ-2,秩序,,,1,有序,,少一处扣1分,,",
    )

    load(campaign, path, by=city.coordinator)

    system = AssessmentSystem.objects.get()
    assert tree(system) == (
        [
            ("Ⅰ-1", None, "公共环境", 10),
            ("Ⅱ-1", "Ⅰ-1", "市容", None),
            ("Ⅱ-2", "Ⅰ-1", "秩序", None),
            ("Ⅲ-1", "Ⅱ-1", "干道", None),
            ("Ⅲ-2", "Ⅱ-1", "小巷", None),
        ],
        [("Ⅱ-2-1)", "有序", None), ("Ⅲ-1-1)", "整洁", 4), ("Ⅲ-1-2)", "平整", 2), ("Ⅲ-2-1)", "整洁", None)],
    )
    first = Standard.objects.get(content="整洁", indicator__code="Ⅲ-1")
    assert (first.methods, list(first.units.all()), first.asked) == (["onsite", "survey"], [city.bureau], "照片")
    assert Standard.objects.get(content="有序").threshold == "少一处扣1分"


@pytest.mark.once
def test_numbers_that_begin_anew_under_each_heading_carry_it(campaign, city, table):
    path = table(
        "体系甲,,Ⅰ-1,环境,,Ⅱ-1,市容,Ⅲ-1,干道,1,整洁,,,,",
        "体系甲,,Ⅰ-1,环境,,Ⅱ-2,秩序,Ⅲ-1,停车,1,有序,,,,",
    )

    load(campaign, path, by=city.coordinator)

    assert [one.full_number for one in Standard.objects.order_by("pk")] == ["Ⅱ-1-Ⅲ-1-1)", "Ⅱ-2-Ⅲ-1-1)"]


TOGETHER = "体系名称,Ⅰ级指标,Ⅱ级指标,Ⅲ级指标,序号,标准"


@pytest.mark.once
def test_numbers_printed_before_the_names_are_the_codes_and_none_is_made_up(campaign, city, table):
    path = table(
        "体系甲,Ⅰ-2 组织领导,Ⅱ－５　领导机构,Ⅲ-9、网格,1,建立",
        "体系甲,Ⅰ-2 组织领导,Ⅱ－５　领导机构,Ⅲ-3、12345热线,1,接通",
        "体系甲,Ⅰ-1 公共环境,Ⅱ-4 24小时服务,,1,开放",
        head=TOGETHER,
    )

    loaded = load(campaign, path, by=city.coordinator)
    again = load(campaign, path, by=city.coordinator)

    assert tree(AssessmentSystem.objects.get()) == (
        [
            ("Ⅰ-2", None, "组织领导", None),
            ("Ⅰ-1", None, "公共环境", None),
            ("Ⅱ-5", "Ⅰ-2", "领导机构", None),
            ("Ⅱ-4", "Ⅰ-1", "24小时服务", None),
            ("Ⅲ-9", "Ⅱ-5", "网格", None),
            ("Ⅲ-3", "Ⅱ-5", "12345热线", None),
        ],
        [("Ⅱ-4-1)", "开放", None), ("Ⅲ-9-1)", "建立", None), ("Ⅲ-3-1)", "接通", None)],
    )
    assert loaded.notes == [
        f"“{level}级指标”里名称前的编号读作编号，如“{code}”“{name}”。" for level, code, name in NUMBERS
    ]
    assert again.counts["指标"] == {"unchanged": 6}


NUMBERS = (("Ⅰ", "Ⅰ-2", "组织领导"), ("Ⅱ", "Ⅱ-5", "领导机构"), ("Ⅲ", "Ⅲ-9", "网格"))


@pytest.mark.once
def test_scores_in_words_and_brackets_are_scores_and_what_is_none_is_told(campaign, city, table):
    worth = ["五分", "（１.５分）", "满分十分", "2 分", "少一处扣1分", "少一处扣1分", "85%以上"]
    path = table(*(f"体系甲,Ⅰ-1 环境,{n},标准{n},{said}" for n, said in enumerate(worth)), head=WORTHS)

    loaded = load(campaign, path, by=city.coordinator)

    read = Standard.objects.order_by("pk").values_list("score", "threshold")
    assert list(read) == [(5, ""), (1.5, ""), (10, ""), (2, ""), *((None, said) for said in worth[4:])]
    assert loaded.notes[1:] == ["“少一处扣1分”不是一个分值，记作达标要求（第6行起，共3行这样）。"]


WORTHS = "体系名称,Ⅰ级指标,序号,标准,分值"


@pytest.mark.once
def test_a_code_that_is_made_up_is_told_as_it_was_written(campaign, city, table):
    path = table(
        "体系甲,Ⅰ-2 组织领导,Ⅱ-1 机构,Ⅲ-1 网格,1,建立",
        "体系甲,12345热线,Ⅱ-2 接听,Ⅲ-1 时限,1,接通",
        "体系甲,12345热线,Ⅱ-2 接听,回访,1,满意",
        head=TOGETHER,
    )

    loaded = load(campaign, path, by=city.coordinator)

    assert [row.code for row in Indicator.objects.order_by("pk")] == [
        *("Ⅰ-2", "Ⅰ-3", "Ⅱ-1", "Ⅱ-2", "Ⅱ-1-Ⅲ-1", "Ⅱ-2-Ⅲ-1", "Ⅱ-2-Ⅲ-3"),
    ]
    assert loaded.notes[-2:] == [
        "第3行：“12345热线”没有编号，编为Ⅰ-3。",
        "第4行：“回访”没有编号，编为Ⅱ-2-Ⅲ-3。",
    ]


@pytest.mark.once
def test_a_name_that_says_its_code_once_more_and_a_number_that_stands_alone(campaign, city, table):
    path = table("体系甲,Ⅰ-1,Ⅰ-1 环境,1,整洁", "体系甲,,Ⅰ-2,1,有序", head="体系名称,Ⅰ级编号,Ⅰ级指标,序号,标准")

    loaded = load(campaign, path, by=city.coordinator)

    assert [(row.code, row.name) for row in Indicator.objects.order_by("pk")] == [("Ⅰ-1", "环境"), ("Ⅰ-2", "Ⅰ-2")]
    assert loaded.notes == ["第3行：“Ⅰ-2”没有名称，用编号作名称。"]


@pytest.mark.once
def test_a_table_without_the_name_of_its_system_takes_the_one_given(campaign, city, table):
    path = table("Ⅰ-1,环境,1,整洁", head="Ⅰ级编号,Ⅰ级指标,序号,标准")

    without = load(campaign, path, by=city.coordinator)
    load(campaign, path, by=city.coordinator, name="体系乙", edition="试行")

    assert [(fault.column, fault.wrong) for fault in without.faults] == [("体系名称", "表里没有“体系名称”一列，")]
    assert [str(system) for system in AssessmentSystem.objects.all()] == ["体系乙 试行"]


def test_a_changed_table_goes_to_the_draft_of_what_is_in_force(campaign, city, table):
    load(campaign, table("体系甲,2023,Ⅰ-1,环境,,,,,,1,整洁,,,,"), by=city.coordinator)
    first = AssessmentSystem.objects.get()
    actions.adopt(first, by=city.coordinator)

    load(campaign, table("体系甲,2023,Ⅰ-1,环境,,,,,,1,干净整洁,,,,"), by=city.coordinator)

    draft = AssessmentSystem.objects.drafts().get()
    assert (draft.previous, draft.version) == (first, 2)
    assert [tree(system)[1][0][1] for system in (first, draft)] == ["整洁", "干净整洁"]


def test_a_new_edition_proposes_to_take_the_place_of_the_one_in_force(campaign, city, table):
    old = systems.in_force(campaign, city, name="体系甲", edition="2023")

    load(campaign, table("体系甲,2026,Ⅰ-1,公共环境,,,,,,1,整洁,,,,"), by=city.coordinator)

    assert AssessmentSystem.objects.drafts().get().previous == old


def test_what_people_changed_or_deleted_since_is_left_to_them(campaign, city, table):
    path = table("体系甲,2023,Ⅰ-1,环境,,,,,,1,整洁,,,,", "体系甲,2023,Ⅰ-1,环境,,,,,,2,有序,,,,")
    load(campaign, path, by=city.coordinator)
    draft = AssessmentSystem.objects.get()
    first, second = Standard.objects.order_by("number")
    values = {name: getattr(first, name) for name in Standard.WRITTEN if name not in ("units", "content")}
    nodes.change_standard(first, by=city.coordinator, indicator=first.indicator, content="我们自己的写法", **values)
    nodes.delete_node(second, by=city.coordinator)

    again = load(campaign, path, by=city.coordinator)

    assert tree(draft)[1] == [("Ⅰ-1-1)", "我们自己的写法", None)]
    assert again.skipped == ["第2行：系统中已有人修改，保留系统中的内容。", "第3行：已在系统中删除，没有再次导入。"]


def test_a_draft_that_was_thrown_away_is_loaded_anew(campaign, city, table):
    path = table("体系甲,2023,Ⅰ-1,环境,,,,,,1,整洁,,,,")
    load(campaign, path, by=city.coordinator)
    actions.discard(AssessmentSystem.objects.get(), by=city.coordinator)

    load(campaign, path, by=city.coordinator)

    assert Standard.objects.count() == 1


def test_a_table_is_uploaded_checked_and_loaded_through_its_pages(client, campaign, city, work):
    client.force_login(city.coordinator)
    url = reverse("campaigns:system_tables")
    key = client.get(url).context["form"].initial["client_key"]

    sent = client.post(url, {"file": upload(INDICATORS.read_bytes()), "client_key": key})
    work()
    checked = client.get(sent.url)
    nothing = AssessmentSystem.objects.count()
    client.post(reverse("campaigns:system_table_confirm", args=[SystemTable.objects.get().pk]))
    work()
    loaded = client.get(sent.url)

    assert "检查通过，还没有写入" in checked.content.decode()
    assert (nothing, AssessmentSystem.objects.count()) == (0, len(loaded.context["systems"]))
    assert "导入结果" in loaded.content.decode()


def test_faults_are_shown_with_line_and_column_and_refuse_the_load(client, campaign, city, work):
    client.force_login(city.coordinator)
    body = f"{HEAD}\n体系甲,2023,Ⅰ-1,环境,,,,,,1,整洁,,,,\n体系甲,2023,Ⅰ-1,秩序,,,,,,2,有序,,,,"
    url = reverse("campaigns:system_tables")
    key = client.get(url).context["form"].initial["client_key"]

    sent = client.post(url, {"file": upload(body.encode()), "client_key": key})
    work()
    shown = client.get(sent.url).content.decode()
    refused = client.post(reverse("campaigns:system_table_confirm", args=[SystemTable.objects.get().pk]), follow=True)

    assert "编号“Ⅰ-1”在第2行叫“环境”" in shown
    assert "请先改正表里的错误" in refused.content.decode()
    assert AssessmentSystem.objects.count() == 0


def upload(body):
    return SimpleUploadedFile("测评体系.csv", body, content_type="text/csv")


def whole(system):
    """Everything a version says, row by row."""
    rows = system.indicators.select_related("parent").prefetch_related("units", "standards__units")
    return [
        (
            *(row.code, row.parent and row.parent.code, row.name, row.score, row.methods, row.note),
            [unit.name for unit in row.units.all()],
            [
                (
                    *(one.number, one.content, one.methods, one.score, one.threshold, one.asked, one.is_negative),
                    *(one.note, [unit.name for unit in one.units.all()]),
                )
                for one in row.standards.order_by("position", "pk")
            ],
        )
        for row in sorted(rows, key=lambda row: row.code)
    ]


def test_what_is_taken_out_is_loaded_again_as_it_was(campaign, city, client, tmp_path):
    load(campaign, INDICATORS, by=city.coordinator)
    own = systems.draft(campaign, city, name="自建体系")
    node = systems.node(own, "Ⅱ-1")
    systems.standard(node, city, "3", "建成区绿化覆盖", threshold="不低于38%", asked="统计表", units=[city.police])
    systems.standard(node, city, "4", "出现一票否决情形的", methods=["filing"], note="第一行\n第二行", is_negative=True)
    other = tasks.campaign(city, "另一项创建")
    client.force_login(city.coordinator)

    # One whose codes count anew at each level, and one whose standards go by letters.
    odd = AssessmentSystem.objects.filter(indicators__code__in=["2-5", "申报条件"])
    taken = [*odd.distinct(), own]

    for system in taken:
        answer = client.get(reverse("campaigns:system_export", args=[system.pk]))
        path = tmp_path / f"{system.pk}.xlsx"
        path.write_bytes(answer.getvalue())
        again, elsewhere = load(campaign, path), load(other, path, by=city.coordinator)

        assert (again.faults, elsewhere.faults, again.skipped) == ([], [], [])
        assert {tally for counted in again.counts.values() for tally in counted} == {"unchanged"}
        found = AssessmentSystem.objects.of(other).get(name=system.name, edition=system.edition)
        assert whole(found) == whole(system)

    cells = open_book(path).active
    assert [cell.value for cell in cells[1]][:5] == ["体系名称", "版本", "Ⅰ级编号", "Ⅰ级指标", "Ⅰ级分值"]
    assert AuditEvent.objects.filter(action="导出台账").count() == len(taken) == 3


@pytest.mark.once
def test_a_fourth_level_and_a_mark_set_by_hand_are_shown_in_columns_of_their_own(campaign, city, client):
    system = systems.draft(campaign, city)
    third = systems.indicator(system, city, "Ⅲ-1", "背街小巷", parent=systems.node(system, "Ⅱ-1"), score=4)
    fourth = systems.indicator(system, city, "1", "路面", parent=third)
    systems.standard(fourth, city, "1", "无坑洼", score=2, threshold="抽查合格率90%", is_negative=True)
    client.force_login(city.coordinator)

    answer = client.get(client.get(system.get_absolute_url()).context["export_url"])

    head, *rows = open_book(BytesIO(answer.getvalue())).active.values
    told = dict(zip(head, rows[-1], strict=True))
    assert [
        told[name] for name in ("Ⅲ级编号", "Ⅲ级分值", "第四级编号", "第四级指标", "分值或要求", "备注", "负面清单")
    ] == [
        *("Ⅲ-1", 4, "1", "路面", 2, "达标要求：抽查合格率90%", "是"),
    ]
    client.force_login(city.leader)
    assert client.get(systems.in_force(campaign, city, name="现行").get_absolute_url()).context["export_url"] == ""
