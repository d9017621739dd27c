"""Bringing a 任务分解表 in through the browser."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from campaigns.models import TableMapping, Task, TaskTable
from cityinit.models import AuditEvent
from tests.factories import materials, tasks
from tests.factories.tables import plain_table, ugly_table
from units.models import UnitAlias

pytestmark = pytest.mark.django_db
HEAD = ["编号", "任务名称", "牵头单位", "完成时限"]


@pytest.fixture
def office(client, city, campaign):
    client.force_login(city.coordinator)
    return client


def upload(client, file, *, key=None):
    values = {"file": SimpleUploadedFile("任务分解表.xlsx", file.read()), "client_key": key or uuid.uuid4()}
    return client.post(reverse("campaigns:tables"), values)


def match(client, table, **values):
    """The columns form as the page draws it, with these values changed."""
    form = client.get(reverse("campaigns:table_columns", args=[table.pk])).context["form"]
    drawn = {field.name: field.value() for field in form if field.value() is not None and field.value() is not False}
    return client.post(reverse("campaigns:table_columns", args=[table.pk]), {**drawn, **values})


def only():
    return TaskTable.objects.get()


def test_a_table_is_uploaded_matched_checked_and_loaded_on_the_persons_word(office, work):
    upload(office, ugly_table())
    work()
    read = str(only().get_state_display())
    page = office.get(only().get_absolute_url()).content.decode()

    match(office, only(), new_indicators="on")
    work()
    checked = (str(only().get_state_display()), Task.objects.count())
    office.post(reverse("campaigns:table_load", args=[only().pk]))
    work()

    assert (read, "表头在第4行，共11列" in page) == ("待核对列", True)
    assert checked == ("待确认导入", 0)
    assert (str(only().get_state_display()), Task.objects.count()) == ("已导入", 5)
    assert AuditEvent.objects.filter(action="导入任务分解表").count() == 1
    assert office.get(only().get_absolute_url()).status_code == 200


def test_the_page_of_a_colleagues_table_asks_after_no_job_that_it_may_not_see(office, city):
    upload(office, ugly_table())
    asked = reverse("cityinit:job_fragment", args=[only().job_id])
    own = office.get(only().get_absolute_url()).content.decode()
    office.force_login(materials.second_coordinator(city))
    of_another = office.get(only().get_absolute_url()).content.decode()

    assert (asked in own, asked in of_another) == (True, False)
    assert f"{city.coordinator}提交的作业" in of_another


def test_the_dry_run_shows_how_the_first_rows_were_read_and_the_load_leads_to_its_tasks(office, campaign, city, work):
    tasks.draft(campaign, city, code="OLD")
    head, row = ("编号", "任务名称", "牵头单位", "责任单位", "完成时限"), ("1", "清理", "市城管局", "各街道", "三季度")
    upload(office, plain_table(head, row))
    work()
    match(office, only())
    work()

    shown = office.get(only().get_absolute_url())
    office.post(reverse("campaigns:table_load", args=[only().pk]))
    work()
    loaded = office.get(only().get_absolute_url())
    listed = office.get(loaded.context["tasks_url"])

    [sample] = only().check_result["samples"]
    assert [(cell["column"], cell["read"], cell["said"]) for cell in sample["cells"]] == [
        ("牵头单位", "城管局", "市城管局"),
        ("责任单位", "河湾街道", "各街道"),
        ("完成时限", "2026-09-30", "三季度"),
        ("目标值", "", ""),
    ]
    assert ("头1行这样读" in shown.text, "（表中：三季度）" in shown.text) == (True, True)
    assert ("看导入的任务" in loaded.text, [one["code"] for one in listed.context["page"].rows]) == (True, ["1"])


def test_the_columns_are_shown_with_their_first_lines_and_what_was_guessed(office, work):
    upload(office, ugly_table())
    work()

    columns = office.get(reverse("campaigns:table_columns", args=[only().pk])).context["form"].columns

    assert [(one["letter"], one["label"], one["field"].value()) for one in columns][4:8] == [
        ("F", "具体要求", "工作要求"),
        ("G", "责任分工/牵头单位", "牵头单位"),
        ("H", "责任分工/配合单位", "责任单位"),
        ("I", "完成时限", "完成时限"),
    ]
    assert columns[3]["samples"] == ["整治占道经营", "划定疏导点", "拆除违规广告"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"column_1": ""}, "请选择哪一列是“任务名称”。"),
        ({"column_2": ""}, "请选择哪一列是“牵头单位”或“责任单位”，或指定由哪个单位牵头。"),
        ({"column_3": "任务名称"}, "“任务名称”已对应B列，请只选一列。"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words_and_keeps_what_was_chosen(office, work, values, said):
    upload(office, plain_table(HEAD, ["1", "甲", "城管局", "6月"]))
    work()

    answer = match(office, only(), year="2027", **values)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (answer.context["form"]["year"].value(), only().mapping) == ("2027", None)


def test_a_mapping_saved_upon_an_older_one_is_refused(office, work):
    upload(office, plain_table(HEAD, ["1", "甲", "城管局", "6月"]))
    work()
    match(office, only())

    answer = match(office, only(), revision="0")

    assert answer.status_code == 422
    assert "这张表刚刚被别人改过" in answer.content.decode()


def test_faults_are_leafed_through_and_taken_away_beside_their_rows(office, work):
    upload(office, plain_table(HEAD, *([n, f"第{n}项", "城官局" if n % 2 else "城管局", "尽快"] for n in range(1, 41))))
    work()
    match(office, only())
    work()

    page = office.get(only().get_absolute_url())
    content = b"".join(office.get(reverse("campaigns:table_faults", args=[only().pk])).streaming_content)

    assert only().check_result["fault_count"] == 60
    assert (len(page.context["page"].rows), page.context["page"].has_next) == (50, True)
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0] == ("行", "错误", "请留意", *HEAD)
    assert rows[2][0] == 3
    assert rows[2][1] == "完成时限：不是日期。请写成 2025-06-30、2025年6月底、6月30日、三季度或“长期坚持”。"
    assert rows[2][4] == "第2项"


def test_rows_that_may_be_meant_otherwise_are_listed_to_the_last_one_and_the_option_is_kept(
    office, work, django_assert_num_queries
):
    head = ["任务名称", "牵头单位", "责任单位"]
    upload(office, plain_table(head, *([f"第{n}项", None, "城管局、公安局"] for n in range(1, 61))))
    work()
    match(office, only(), lead="first")
    work()

    page = office.get(only().get_absolute_url()).text
    address = reverse("campaigns:table_hints", args=[only().pk])
    with django_assert_num_queries(6):
        listed = office.get(address)
    later = office.get(address + listed.context["page"].next_url)
    content = b"".join(office.get(reverse("campaigns:table_faults", args=[only().pk])).streaming_content)
    again = office.get(reverse("campaigns:table_columns", args=[only().pk])).context["form"]

    told = "没写牵头单位，按选项由责任单位里写在最前的单位牵头：第2、3、4、5、6、7、8、9、10、11等行，共60行。"
    assert (told in page, address in page) == (True, True)
    assert [hint.row for hint in (*listed.context["page"].rows, *later.context["page"].rows)] == list(range(2, 62))
    said = "牵头单位：没写牵头单位，按选项由责任单位里写在最前的单位牵头。由“城管局”牵头。"
    assert list(load_workbook(BytesIO(content)).active.values)[60] == (61, None, said, "第60项", None, "城管局、公安局")
    assert again["lead"].value() == "first"


def test_more_faults_than_are_kept_are_told_of_in_the_file(office, work, monkeypatch):
    monkeypatch.setattr("campaigns.actions.tables.FAULTS_KEPT", 2)
    upload(office, plain_table(HEAD, *([n, f"第{n}项", "城管局", "尽快"] for n in range(1, 6))))
    work()
    match(office, only())
    work()

    content = b"".join(office.get(reverse("campaigns:table_faults", args=[only().pk])).streaming_content)

    rows = list(load_workbook(BytesIO(content)).active.iter_rows(max_col=2, values_only=True))
    assert rows[1] == (None, "共5处错误，这里写出前2处。请改好后重新上传，再看其余的。")
    assert [number for number, said in rows[2:] if said] == [2, 3]


def test_the_answer_begins_before_the_rows_of_a_table_are_read(office, work, django_assert_num_queries):
    upload(office, plain_table(HEAD, ["1", "第1项", "城管局", "6月"]))
    work()
    match(office, only())
    work()
    office.post(reverse("campaigns:table_load", args=[only().pk]))
    work()
    pieces = iter(office.get(reverse("campaigns:table_export", args=[only().pk])).streaming_content)

    with django_assert_num_queries(0):
        first = next(pieces)

    assert first.startswith(b"PK")
    assert load_workbook(BytesIO(first + b"".join(pieces))).active["B2"].value == "第1项"


def test_a_name_nobody_knows_is_told_with_one_click(office, work, city):
    upload(office, plain_table(HEAD, ["1", "甲", "城官局", "6月"]))
    work()
    match(office, only())
    work()
    page = office.get(only().get_absolute_url())

    address = reverse("campaigns:table_name", args=[only().pk])
    office.post(address, {"name": "全体成员单位", "kind": "*"})
    work()
    everyone = UnitAlias.objects.get()
    said = office.get(reverse("campaigns:tables")).text
    everyone.delete()
    office.post(address, {"name": "城官局", "units": page.context["unknown"][0]["near"][0].pk})
    work()

    assert (everyone.kind, "全部承担任务的单位" in said) == (UnitAlias.EVERYONE, True)
    assert page.context["unknown"] == [{"name": "城官局", "count": 1, "near": [city.bureau]}]
    assert (str(only().get_state_display()), UnitAlias.objects.get().units.get()) == ("待确认导入", city.bureau)


def test_another_line_may_be_the_header(office, work):
    upload(office, plain_table(["甲", "乙", "丙"], ["事项", "谁", "何时"], ["巡查", "城管局", "6月"]))
    work()

    office.post(reverse("campaigns:table_elsewhere", args=[only().pk]), {"header_line": "2"})
    work()

    assert [head["label"] for head in only().layout["heads"]] == ["事项", "谁", "何时"]


def test_a_remembered_mapping_is_shown_and_may_be_forgotten(office, work):
    upload(office, plain_table(HEAD, ["1", "甲", "城管局", "6月"]))
    work()
    match(office, only())
    mapping = TableMapping.objects.get()
    shown = office.get(reverse("campaigns:tables")).content.decode()

    office.post(reverse("campaigns:table_forget", args=[mapping.pk]))

    assert reverse("campaigns:table_forget", args=[mapping.pk]) in shown
    assert TableMapping.objects.count() == 0


def test_the_same_form_sent_twice_is_one_upload(office):
    content, key = plain_table(HEAD, ["1", "甲", "城管局", "6月"]).read(), uuid.uuid4()

    first, second = (upload(office, BytesIO(content), key=key).url for _time in range(2))

    assert first == second == only().get_absolute_url()


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_of_a_table_takes_as_many_queries_for_one_fault_as_for_many(
    office, work, django_assert_num_queries, count
):
    upload(office, plain_table(HEAD, *([n, f"第{n}项", "城官局", "尽快"] for n in range(1, count + 1))))
    work()
    match(office, only())
    work()
    address = only().get_absolute_url()

    with django_assert_num_queries(9):
        office.get(address)
