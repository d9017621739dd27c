"""What the summary says: everything recorded, nothing that was not, in sentences that are whole."""

import random
import re
from copy import deepcopy
from datetime import date

import pytest
from django.db import transaction

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.importers import load_workbook
from reports.facts import collect
from reports.narrative import Writing, title, write
from reports.wording import clean
from units.models import Unit

from . import books
from .reordered import backwards

# The wording follows from facts that other tests collect beside both databases.
pytestmark = pytest.mark.once

FIRST_HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
BOOKS = {"city": books.CITY, "community": books.COMMUNITY, "school": books.SCHOOL}


@pytest.fixture(scope="module")
def facts_of(django_db_setup, django_db_blocker):
    """`facts_of("city")` loads the campaign and collects its facts, once for all tests that ask the same."""
    kept = {}

    def load_and_collect(name, unit, period):
        loaded = load_workbook(books.workbook(BOOKS[name]))
        assert loaded.faults == []
        campaign = Campaign.objects.get(pk=loaded.campaign_id)
        of = Unit.objects.get(host=campaign.host, name=unit) if unit else None
        return collect(campaign, period, unit=of, on=date(2026, 1, 1)).facts

    def facts(name, *, unit=None, period=FIRST_HALF):
        asked = (name, unit, period)
        if asked not in kept:
            with django_db_blocker.unblock(), transaction.atomic():
                kept[asked] = load_and_collect(*asked)
                transaction.set_rollback(True)
        return deepcopy(kept[asked])

    return facts


@pytest.fixture
def written(db, facts_of):
    """`written("city")` gives the sections of that campaign's summary."""

    def write_of(name, *, unit=None, period=FIRST_HALF, writing=None):
        return write(facts_of(name, unit=unit, period=period), writing)

    return write_of


def text_of(sections):
    return "\n".join(line for section in sections for line in (section.heading, section.text) if line)


@pytest.mark.parametrize("name", list(BOOKS))
def test_what_a_row_says_stands_in_the_text(written, name):
    text = text_of(written(name))

    missing = []
    for sheet, columns in books.TOLD.items():
        for row in BOOKS[name].get(sheet, []):
            if any(books.NEXT_HALF in str(value) for value in row.values()) or row.get("状态") == "终止":
                continue
            if row.get("日期", "") > "2025-06-30" or (sheet == "板块" and row["名称"] == "二抓管理"):
                continue
            missing += [(sheet, part) for column in columns for part in told_parts(sheet, column, row, text)]
    assert missing == []


@pytest.mark.parametrize("name", list(BOOKS))
def test_the_text_is_the_same_when_the_database_keeps_the_keys_in_another_order(db, facts_of, name):
    facts = facts_of(name)

    assert write(backwards(facts)) == write(facts)


def told_parts(sheet, column, row, text):
    """What of a cell is missing from the text, as the text writes it."""
    value = row.get(column)
    if value in (None, "", "清河市", "第一中学", "幸福里社区"):
        return []
    value = str(value)
    if column in ("口号", "责任单位", "单位", "测评方式"):
        parts = re.split("[；、]", value)
    elif column == "名称" and sheet == "文件制度":
        parts = [value.replace("《", "〈").replace("》", "〉")]
    elif column == "内容" and "\n" in value:
        parts = value.split("\n")
    elif (column, value) == ("次数", "1"):
        parts = []
    else:
        parts = [value]
    return [part for part in parts if clean(part) not in text]


@pytest.mark.parametrize("name", list(BOOKS))
def test_nothing_dated_after_the_last_day_is_told(written, name):
    assert books.NEXT_HALF not in text_of(written(name))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("city", None),
        ("city", "市城管局"),
        ("city", "阳光街道"),
        ("community", None),
        ("school", None),
        ("school", "德育处"),
    ],
)
def test_sentences_are_whole_and_punctuation_is_clean(written, name, unit):
    for section in written(name, unit=unit):
        for paragraph in section.text.split("\n"):
            assert paragraph == "" or paragraph.endswith(("。", "：", "”。"))
            assert re.findall(r"[。，；：、]{2}|[，、；]”|“[，。；]|\s|[\ue000-\uf8ff]", paragraph) == []
            assert re.findall(r"[\u4e00-\u9fff][,;:()]|完成完成|将将|的的|由由|开展开展", paragraph) == []
            for opening, closing in ("“”", "《》", "（）", "〈〉"):
                assert paragraph.count(opening) == paragraph.count(closing)


def test_whatever_is_left_out_the_sentences_stay_whole(db):
    campaign = Campaign.objects.get(pk=load_workbook(books.workbook(books.CITY)).campaign_id)
    facts = collect(campaign, FIRST_HALF, on=date(2025, 7, 1)).facts

    for seed in range(60):
        draw = random.Random(seed)
        thinned = {**facts, "registers": thin(facts["registers"], draw), "tasks": thin(facts["tasks"], draw)}
        for section in write(thinned):
            text = section.text.replace("\n", "")
            assert re.findall(r"[。，；：、]{2}|[，、；]”|“[，。；]|（）|“”|《》|None|[在由对]，", text) == [], seed


# What a row cannot be without: the workbook and the forms demand it.
KEPT = {
    "src",
    "figure",
    "kind",
    "name",
    "content",
    "status",
    "lead",
    "team",
    "seat",
    "who",
    "place",
    "leader",
    "reason",
}
KEPT |= {"unit", "indicator", "cycle", "checked_on", "span", "held_on", "label", "text", "system", "task"}


def thin(value, draw):
    """The facts with a quarter of the rows and two fifths of the optional words gone."""
    if isinstance(value, list):
        return [row if isinstance(row, str) else thin(row, draw) for row in value if draw.random() > 0.25]
    if isinstance(value, dict):
        return {
            key: item if key in KEPT or key in ("rates", "pk", "workstreams") else thin(item, draw)
            for key, item in value.items()
        }
    return "" if isinstance(value, str) and draw.random() < 0.4 else value


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("community", ["整改率", "知晓率", "支持率", "满意率", "存在问题", "下步打算", "志愿", "领导小组", "荣誉"]),
        ("school", ["整改率", "知晓率", "满意率", "存在问题", "领导小组", "志愿"]),
    ],
)
def test_nothing_is_said_of_which_nothing_was_recorded(written, name, words):
    text = text_of(written(name))

    assert [word for word in words if word in text] == []


def test_quantities_are_added_up_and_keep_their_qualifier(written):
    text = text_of(written("city"))

    for total in (
        "累计查处违法行为6000余起",
        "修缮道路41条",
        "更换井盖415套",
        "改造面积4000平方米",
        "发放宣传册近5000册",
    ):
        assert total in text
    # A rate is not added up, a duration neither, and a recorded zero is told.
    for stated in ("覆盖率100%", "居民满意率98.6%", "改造工期45天", "投诉0起"):
        assert stated in text


def test_every_number_of_the_text_leads_to_a_figure_or_a_record(written):
    load = written("city")
    facts_keys = {link["figure"] for section in load for link in section.links}
    assert facts_keys

    for section in load:
        linked = {place for link in section.links for place in range(link["start"], link["end"])}
        bare = re.sub(
            r"\d{4}年(\d{1,2}月(\d{1,2}日)?)?|\d{1,2}月\d{1,2}日", lambda day: "　" * len(day[0]), section.text
        )
        # Days say themselves, and 文号 is a name.
        bare = re.sub(r"〔\d{4}〕\d+号|《[^》]*》", lambda name: "　" * len(name[0]), bare)
        numbers = [(found.start(), found[0]) for found in re.finditer(r"\d+(\.\d+)?", bare)]
        assert [number for start, number in numbers if start not in linked] == []


def test_a_unit_speaks_of_its_own_work_only(written):
    text = text_of(written("city", unit="市城管局"))

    assert "市城管局扎实推进" in text
    assert [word for word in ("交警支队", "知晓率", "红马甲", "心理健康", "老旧小区") if word in text] == []


def test_the_structure_the_office_chose_is_followed(written):
    chosen = Writing(parts=("opening", "workstreams", "problems"), layout="own_headings", scheme="四化行动")

    sections = written("city", writing=chosen)

    assert [section.heading for section in sections if section.level == 1] == [
        "净化",
        "绿化",
        "亮化",
        "其他重点工作",
        "存在问题",
    ]


def test_a_year_is_told_as_a_year(written):
    text = text_of(written("city", period=Period(date(2025, 1, 1), date(2025, 12, 31))))

    assert "现将2025年度创文工作情况总结如下：" in text
    assert f"{books.NEXT_HALF}的整治" in text
    assert "时间过半" not in text


@pytest.mark.parametrize(
    ("campaign", "host", "speaker", "told"),
    [
        ("互贸区创建全国文明城市", "互贸区", "互贸区", "互贸区创建全国文明城市2025年上半年工作总结"),
        ("医院创建国家卫生城市工作", "医院", "门诊部", "门诊部创建国家卫生城市2025年上半年工作总结"),
        ("创业型城市创建", "镇政府", "镇政府", "镇政府创业型城市创建2025年上半年工作总结"),
        ("全国文明城市创建", "市", "市", "全国文明城市创建2025年上半年工作总结"),
        ("2025年江口市创建国家卫生城市", "江口市", "江口市", "江口市创建国家卫生城市2025年上半年工作总结"),
        ("2025年江口市创建国家卫生城市", "江口市", "东湖区", "东湖区创建国家卫生城市2025年上半年工作总结"),
        ("2024—2026年江口市创建国家卫生城市", "江口市", "东湖区", "东湖区创建国家卫生城市2025年上半年工作总结"),
    ],
)
def test_the_title_names_campaign_and_period(campaign, host, speaker, told):
    assert title(campaign, host=host, speaker=speaker, period=FIRST_HALF.label) == told


@pytest.fixture
def told(db):
    """`told({"批示": [...]})` writes of the school with these sheets added or in place of its own; gives the text."""

    def load_and_write(sheets):
        loaded = load_workbook(books.workbook({**books.SCHOOL, **sheets}))
        assert loaded.faults == []
        campaign = Campaign.objects.get(pk=loaded.campaign_id)
        return text_of(write(collect(campaign, FIRST_HALF, on=date(2025, 7, 1)).facts))

    return load_and_write


def streams(scheme, *names, under=None, **headings):
    return [{"名称": name, "体系": scheme, "上级": under, "标题": headings.get(name)} for name in names]


def leading(**heading):
    """A scheme whose headings the text follows, so that another one is told beside it."""
    return [{"名称": "一抓思想", "体系": "结构", "标题": "抓思想引领", **heading}]


def task(log="", figures="", **cells):
    """One task of the school and, if given, the one entry of its log."""
    row = {"编号": "1", "板块": "一抓思想", "牵头单位": "总务处", "状态": "进行中", **cells}
    if row["状态"] == "已办结":
        row["办结日期"] = "2025-05-20"
    entry = {"任务编号": "1", "日期": "2025-05-20", "单位": "总务处", "内容": log, "成效数据": figures}
    return {"任务": [row], "工作记录": [entry] if log else []}


def statement(kind, *contents, unit=None):
    return {"问题与打算": [{"类型": kind, "单位": unit, "内容": content} for content in contents]}


def meeting(**cells):
    return {"会议活动": [cells]}


def publicity(**cells):
    return {"宣传阵地": [{"类型": "宣传册", "日期": "2025-04-10", **cells}]}


def honour(**cells):
    return {"荣誉": [{"类型": "获得", "日期": "2025-04-10", **cells}]}


def duty(**cells):
    return {"执勤安排": [cells]}


def group(*members):
    name = "创建工作领导小组"
    return {
        "领导小组": [{"名称": name, "办公室设在": "德育处"}],
        "小组成员": [{"领导小组": name, **member} for member in members],
    }


SPOKEN = {
    "one_plan_of_a_unit": (
        statement("下步打算", "聚焦薄弱环节", unit="德育处"),
        ["下一步，德育处将聚焦薄弱环节。"],
    ),
    "typed_numbers_of_plans": (
        statement("下步打算", "一是加强管理；二是改善环境", "1.办好食堂"),
        ["一是加强管理；二是改善环境；三是办好食堂。"],
    ),
    "arabic_numbers_in_one_cell": (
        statement("下步打算", "1.加快改厕进度。2.巩固灭鼠成果。"),
        ["一是加快改厕进度；二是巩固灭鼠成果。"],
    ),
    "arabic_numbers_in_brackets": (
        statement("下步打算", "（1）加快改厕进度；（2）完成1.2万平方米硬化、3项整改", unit="德育处"),
        ["一是德育处加快改厕进度；二是德育处完成1.2万平方米硬化、3项整改。"],
    ),
    "thanks_that_say_so_at_the_end": (
        statement("致谢", "创建工作得到了各级领导的大力支持，在此表示感谢"),
        ["。\n创建工作得到了各级领导的大力支持，在此表示感谢。"],
    ),
    "thanks_without_the_word": (
        statement("致谢", "各级领导的大力支持"),
        ["在此，感谢各级领导的大力支持。"],
    ),
    "a_log_with_its_own_subject": (
        task("发展大道校门建成开放", 名称="校门改建工程"),
        ["校门改建工程正在推进，由总务处牵头，发展大道校门建成开放。"],
    ),
    "a_log_that_begins_with_到": (
        task("到敬老院慰问老人", 名称="爱心帮扶"),
        ["总务处到敬老院慰问老人"],
    ),
    "what_was_completed": (
        task("更换破损桌椅", "更换桌椅=86套", 名称="教室改造", 状态="已办结"),
        ["总务处完成教室改造，更换破损桌椅，更换桌椅86套。"],
    ),
    "a_target_beside_its_quantity": (
        task("更换破损桌椅", "更换桌椅=86套", 名称="教室改造", 状态="已办结", 目标值=80, 计量单位="套"),
        ["更换桌椅86套（目标80套）。"],
    ),
    "a_rate_that_is_not_quite_whole": (
        task("加强值班", "供电可靠率=99.98%", 名称="用电保障"),
        ["供电可靠率99.98%"],
    ),
    "numbers_of_what_was_just_named_and_more": (
        task("新建停车位", "工期=45天；新建停车位=320个", 名称="停车泊位挖潜", 目标值=500, 计量单位="个"),
        ["新建停车位，共320个（目标500个）、工期45天。"],
    ),
    "a_number_of_what_was_just_named": (
        task("评选“阅读之星”", "阅读之星=45名", 名称="书香校园建设"),
        ["评选“阅读之星”，共45名。"],
    ),
    "who_is_over_the_task": (
        task(名称="校园美化", 分管领导="副校长李明", 责任单位="德育处", 工作要求="花开四季"),
        ["校园美化由副校长李明分管，总务处牵头，德育处配合，正在推进。"],
    ),
    "duties_that_need_no_负责": (
        group({"小组职务": "组长", "行政职务": "校长", "姓名": "王平", "分工": "负总责"}),
        ["由校长王平任组长，负总责，办公室设在德育处。"],
    ),
    "seats_of_any_name": (
        group(
            {"小组职务": "政委", "行政职务": "党委书记", "姓名": "张正"},
            {"小组职务": "成员", "行政职务": "年级主任", "姓名": "李方"},
        ),
        ["由党委书记张正任政委，年级主任李方为成员"],
    ),
    "visits_of_others": (
        meeting(名称="省文明办专家暗访", 类别="检查", 日期="2025-05-14"),
        ["2025年5月14日，接受省文明办专家暗访。"],
    ),
    "others_who_did_something_here": (
        meeting(名称="县领导调研食堂管理", 类别="调研", 日期="2025-05-14", 议定事项="要求办好食堂"),
        ["2025年5月14日，县领导调研食堂管理，要求办好食堂。"],
    ),
    "others_who_only_came": (
        meeting(名称="省住建厅专家组", 类别="调研", 日期="2025-05-14", 地点="操场", 议定事项="对绿化给予肯定"),
        ["2025年5月14日，省住建厅专家组到操场，对绿化给予肯定。"],
    ),
    "a_training_named_by_its_subject": (
        meeting(名称="急救技能", 类别="培训", 日期="2025-05-14", 单位="德育处"),
        ["德育处举办急救技能培训。"],
    ),
    "papers_handed_to_people": (
        publicity(位置="沿街商户", 数量=200, 内容="《文明手册》"),
        ["向沿街商户发放《文明手册》宣传册200册。"],
    ),
    "a_place_that_says_发放_itself": (
        publicity(位置="入户发放", 数量=200, 内容="创建知识"),
        ["入户发放创建知识宣传册200册。"],
    ),
    "an_honour_of_its_own": (
        honour(名称="市级文明校园", 授予单位="市文明委", 对象="第一中学"),
        ["2025年4月10日，我校被市文明委授予“市级文明校园”称号。"],
    ),
    "several_of_one_honour": (
        {
            "荣誉": [
                {"类型": "评出", "名称": "校园之星", "对象": "小雨", "事迹": "拾金不昧"},
                {"类型": "评出", "名称": "校园之星", "对象": "小林", "事迹": "见义勇为"},
            ]
        },
        ["评出“校园之星”小雨、小林，其中小雨拾金不昧；小林见义勇为。"],
    ),
    "how_often_a_duty_is": (
        duty(类型="督导组", 名称="督导组", 数量=2, 带队领导="王平", 班次频次="每周1次"),
        ["成立2个督导组，由王平带队，按每周1次的频次开展督导。"],
    ),
    "a_standby_that_is_no_place": (
        duty(类型="值守", 名称="汛期应急值守", 数量=1, 班次频次="24小时"),
        ["安排汛期应急值守，24小时在岗。"],
    ),
    "a_survey_held_twice": (
        {
            "满意度调查": [
                {"名称": "家长问卷", "日期": "2025-03-01", "知晓率": 90},
                {"名称": "家长问卷", "日期": "2025-06-01", "知晓率": 95},
            ]
        },
        ["2025年3月1日开展家长问卷调查，知晓率90%。2025年6月1日再次开展家长问卷调查，知晓率95%。"],
    ),
    "headings_that_begin_with_a_verb": (
        {
            "板块": [
                {"名称": "抓硬件", "体系": "结构", "序号": 1, "标题": "一、夯实硬件"},
                {"名称": "更新", "体系": "结构", "上级": "抓硬件", "标题": "推进设施更新"},
                {"名称": "秩序", "体系": "结构", "上级": "抓硬件", "标题": "整治校园秩序"},
            ],
            **task("更换桌椅", 名称="桌椅更换", 板块="更新"),
        },
        ["\n夯实硬件\n着力推进设施更新、整治校园秩序。\n"],
    ),
    "a_site_known_by_its_code": (
        {
            "点位": [{"编号": "N01", "名称": "中心广场", "类型": "广场", "责任单位": "总务处"}],
            "包保": [{"包保领导": "高峰", "对象类型": "点位", "对象名称": "N01"}],
        },
        ["高峰包保中心广场。"],
    ),
    "indicators_of_two_levels": (
        {
            "测评指标": [
                {"编号": "1", "名称": "校园环境"},
                {"编号": "1-1", "上级编号": "1", "名称": "教室卫生"},
                {"编号": "1-2", "上级编号": "1", "名称": "食堂卫生"},
            ]
        },
        ["围绕校园环境推进创建工作，逐项落实教室卫生、食堂卫生两项指标。"],
    ),
    "a_duty_that_begins_with_a_verb": (
        task("各班轮流值日", 名称="喷洒消毒液", 频次="每周1次"),
        ["总务处坚持每周1次喷洒消毒液，各班轮流值日。"],
    ),
    "a_deed_of_its_own_for_another": (
        {
            "任务": [{"编号": "1", "名称": "书香校园建设", "牵头单位": "总务处", "责任单位": "第一中学"}],
            "工作记录": [{"任务编号": "1", "日期": "2025-05-20", "单位": "第一中学", "内容": "购置图书一批"}],
        },
        ["围绕书香校园建设，由总务处牵头，我校购置图书一批。"],
    ),
    "a_done_deed_of_which_nothing_is_logged": (
        task(名称="成立创建工作领导小组", 状态="已办结"),
        ["总务处已成立创建工作领导小组。"],
    ),
    "a_done_work_of_which_nothing_is_logged": (
        task(名称="测评材料准备上报归档", 状态="已办结"),
        ["总务处牵头的测评材料准备上报归档工作已办结。"],
    ),
    "a_done_deed_and_its_log": (
        task("投放毒饵2吨", 名称="开展春季灭鼠", 状态="已办结"),
        ["总务处开展春季灭鼠，投放毒饵2吨。"],
    ),
    "a_done_deed_that_ends_like_a_work": (
        task("量化分解指标", 名称="对照测评体系自查", 状态="已办结"),
        ["总务处对照测评体系自查，量化分解指标。"],
    ),
    "a_work_of_our_own_and_its_day": (
        task("栽植香樟", 名称="校园美化", 牵头单位="第一中学", 完成时限="2025-09-30"),
        ["校园美化正在推进，计划2025年9月30日前完成。"],
    ),
    "a_log_that_says_the_name_in_other_words": (
        task("对操场路面进行了平整、硬化", 名称="操场路面平整硬化", 状态="已办结"),
        ["总务处对操场路面进行了平整、硬化。操场路面平整硬化已办结。"],
    ),
    "a_log_with_the_verb_of_the_name": (
        task("办理涉及食堂的投诉", 名称="投诉案件办理", 状态="已办结"),
        ["总务处办理涉及食堂的投诉。投诉案件办理已完成。"],
    ),
    "a_duty_whose_log_does_just_that": (
        task("组织教师在校门口开展文明交通劝导", 名称="文明交通劝导", 频次="每周五"),
        ["总务处每周五组织教师在校门口开展文明交通劝导。"],
    ),
    "a_duty_done_so_many_times": (
        task("组织教师在校门口开展文明交通劝导", 名称="文明交通劝导", 频次="每天2次"),
        ["总务处按照每天2次的频次组织教师在校门口开展文明交通劝导。"],
    ),
    "a_row_without_a_state": (
        task(名称="校园美化", 状态=None),
        ["总务处牵头的校园美化列入创建任务。"],
    ),
    "a_row_without_a_state_and_a_day": (
        task(名称="校园美化", 状态=None, 完成时限="2025-09-30", 目标值=4, 计量单位="处"),
        ["校园美化由总务处牵头，目标为4处，计划2025年9月30日前完成。"],
    ),
    "a_row_without_a_state_that_was_worked_on": (
        task("栽植香樟60株", 名称="校园美化", 状态=None),
        ["围绕校园美化，总务处栽植香樟60株。"],
    ),
    "a_state_that_says_so": (
        task("栽植香樟60株", 名称="校园美化"),
        ["校园美化正在推进，总务处栽植香樟60株。"],
    ),
    "a_target_among_quantities_of_its_measure": (
        task(
            "施划泊位",
            "新增泊位=1540个；共享泊位=860个",
            名称="停车泊位挖潜",
            状态="已办结",
            目标值=1500,
            计量单位="个",
        ),
        ["新增泊位1540个、共享泊位860个，停车泊位挖潜目标为1500个。"],
    ),
    "a_target_in_another_measure": (
        task("补划停车线", "施划车位=40个", 名称="路面硬化", 状态="已办结", 目标值=12000, 计量单位="平方米"),
        ["施划车位40个，路面硬化目标为12000平方米。"],
    ),
    "a_target_of_the_quantity_named_like_the_task": (
        task("改造公厕，新建公厕3座", "改造公厕=10座；新建公厕=3座", 名称="改造公厕", 目标值=60, 计量单位="座"),
        ["总务处改造公厕，新建公厕3座，改造公厕10座（目标60座），该项工作正在推进。"],
    ),
    "a_target_of_what_the_log_has_said": (
        task("改造公厕10座", "改造公厕=10座", 名称="公厕提升", 状态="已办结", 目标值=60, 计量单位="座"),
        ["总务处完成公厕提升，改造公厕10座，目标为60座。"],
    ),
    "a_requirement_that_says_more": (
        task("更换桌椅", 名称="教室改造", 工作要求="每间教室不少于40套", 状态="已办结"),
        ["按照每间教室不少于40套的要求，总务处完成教室改造，更换桌椅。"],
    ),
    "a_requirement_after_who_is_charged": (
        task(名称="食堂管理", 工作要求="落实明厨亮灶", 完成时限="2025-09-30"),
        ["食堂管理由总务处牵头，要求落实明厨亮灶，计划2025年9月30日前完成，正在推进。"],
    ),
    "a_requirement_of_two_clauses": (
        task("更换桌椅", 名称="教室改造", 工作要求="坐有定位，学有桌灯", 状态="已办结"),
        ["根据“坐有定位，学有桌灯”的要求，总务处完成教室改造"],
    ),
    "a_requirement_that_begins_with_按": (
        task("更换桌椅", 名称="教室改造", 工作要求="按网上申报要求收集整理材料", 状态="已办结"),
        ["根据“按网上申报要求收集整理材料”的要求，总务处完成教室改造"],
    ),
    "a_team_of_many_days": (
        {
            "志愿服务": [
                {"队伍": "蓝马甲", "日期": day, "内容": "清洁家园", "人次": people}
                for day, people in (("2025-02-10", 20), ("2025-04-03", 30), ("2025-05-29", 25))
            ]
        },
        ["蓝马甲开展清洁家园活动（75人次）。"],
    ),
}


UNSAID = {
    "a_requirement_that_says_nothing_more": (
        task("对破损路面进行硬化", 名称="路面硬化", 工作要求="硬化破损路面"),
        "要求",
    ),
    "a_completed_deed": (task("投放毒饵", 名称="开展春季灭鼠", 状态="已办结"), "完成开展"),
    "a_state_nobody_recorded": (task("栽植香樟", 名称="校园美化", 状态=None), "正在推进"),
}


@pytest.mark.parametrize("fault", list(UNSAID))
def test_it_is_not_said(told, fault):
    sheets, saying = UNSAID[fault]

    assert saying not in told(sheets)


def shared_task(*loggers, beside=("德育处",), **cells):
    """One task of 总务处 with others beside it, and an entry by each of the loggers."""
    row = {"编号": "1", "名称": "公厕改造", "牵头单位": "总务处", "责任单位": "、".join(beside), **cells}
    entries = [
        {"任务编号": "1", "日期": f"2025-05-{place:02}", "单位": unit, "内容": content}
        for place, (unit, content) in enumerate(loggers, start=1)
    ]
    return {"任务": [{"状态": "进行中", **row}], "工作记录": entries}


@pytest.mark.parametrize(
    ("sheets", "saying"),
    [
        (
            shared_task(("总务处", "新建公厕3座")),
            "公厕改造由总务处牵头，德育处配合，正在推进。总务处新建公厕3座。",
        ),
        (
            shared_task(("总务处", "新建公厕3座"), ("德育处", "张贴标识")),
            "公厕改造正在推进，总务处新建公厕3座；德育处张贴标识。",
        ),
        (
            shared_task(("总务处", "新建公厕3座"), ("德育处", "张贴标识"), 状态="已办结", 办结日期="2025-06-01"),
            "总务处会同德育处完成公厕改造，新建公厕3座；德育处张贴标识。",
        ),
        (
            shared_task(("德育处", "张贴标识"), ("总务处", "新建公厕3座"), ("总务处", "疏通管道")),
            "公厕改造正在推进，德育处张贴标识；总务处新建公厕3座；疏通管道。",
        ),
        (
            shared_task(("总务处", "校门公厕建成开放"), ("总务处", "疏通管道"), beside=()),
            "由总务处牵头，校门公厕建成开放；总务处疏通管道。",
        ),
    ],
)
def test_only_who_logged_is_said_to_have_done_it(told, sheets, saying):
    assert saying in told(sheets)


def test_many_units_beside_a_task_are_named_once_in_full(told):
    streets = [f"{name}街道" for name in "东南西北"]
    units = [*books.SCHOOL["单位"], *({"名称": name, "上级单位": "第一中学"} for name in streets)]
    tasks = [
        {"编号": str(place), "名称": name, "牵头单位": "总务处", "责任单位": "、".join(streets), "状态": "进行中"}
        for place, name in enumerate(("公厕改造", "路灯修复"))
    ]
    entries = [
        {"任务编号": str(place), "日期": "2025-05-02", "单位": "总务处", "内容": "开展排查"} for place in range(2)
    ]

    text = told({"单位": units, "任务": tasks, "工作记录": entries})

    assert "公厕改造由总务处牵头，东街道、南街道、西街道、北街道配合，正在推进。" in text
    assert "路灯修复由总务处牵头，东街道、南街道等四个单位配合，正在推进。" in text


@pytest.mark.parametrize(
    ("unit", "saying"), [("总务处", "新建公厕3座（目标20座）"), ("德育处", "我处修缮公厕，新建公厕2座。")]
)
def test_the_target_of_all_is_not_told_of_one_who_takes_part(db, unit, saying):
    sheets = shared_task(("总务处", "翻新公厕"), ("德育处", "修缮公厕"), 目标值=20, 计量单位="座")
    for entry, count in zip(sheets["工作记录"], (3, 2), strict=True):
        entry["成效数据"] = f"新建公厕={count}座"
    campaign = Campaign.objects.get(pk=load_workbook(books.workbook({**books.SCHOOL, **sheets})).campaign_id)
    of = Unit.objects.get(host=campaign.host, name=unit)

    text = text_of(write(collect(campaign, FIRST_HALF, unit=of, on=date(2025, 7, 1)).facts))

    assert saying in text


def test_a_sum_of_several_units_names_what_it_sums(told):
    sheets = shared_task(("总务处", "清理楼道"), ("德育处", "改造公厕"))
    for entry in sheets["工作记录"]:
        entry["成效数据"] = "改造公厕=10座"

    assert "德育处改造公厕，累计改造公厕20座，公厕改造正在推进。" in told(sheets)


REGISTERED = {
    "志愿服务": [{"队伍": "红马甲", "日期": "2025-05-04", "单位": "总务处", "内容": "敬老助残活动", "人次": 45}],
    "荣誉": [{"类型": "获得", "名称": "全国文明村镇", "对象": "总务处", "日期": "2025-05-23"}],
    "宣传阵地": [{"类型": "公益广告", "位置": "主次干道", "数量": 260, "内容": "讲文明树新风"}],
    "会议活动": [{"名称": "“我们的节日·端午”主题活动", "类别": "活动", "单位": "总务处", "日期": "2025-05-31"}],
}


def test_a_register_is_told_under_a_heading_only_if_it_speaks_of_it(db):
    streams = [
        {"名称": "环境整治", "体系": "结构", "标题": "聚焦环境整治，打造整洁校园"},
        {"名称": "宣传教育", "体系": "结构", "标题": "聚焦宣传教育，营造浓厚氛围"},
    ]
    entry = {"任务编号": "1", "日期": "2025-05-20", "单位": "总务处", "内容": "总务处清扫主次干道"}
    positions = [*REGISTERED["宣传阵地"], {"类型": "宣传栏", "位置": "食堂", "内容": "垃圾分类知识"}]
    sheets = {
        **books.SCHOOL,
        **REGISTERED,
        "宣传阵地": positions,
        "板块": streams,
        "任务": [{"编号": "1", "板块": "环境整治", "名称": "垃圾分类指导", "牵头单位": "总务处", "状态": "进行中"}],
        "工作记录": [entry],
    }
    campaign = Campaign.objects.get(pk=load_workbook(books.workbook(sheets)).campaign_id)

    told = {part.heading: part.text for part in write(collect(campaign, FIRST_HALF, on=date(2025, 7, 1)).facts)}

    environment = told["聚焦环境整治，打造整洁校园"]
    assert [word for word in ("敬老助残", "文明村镇", "公益广告", "端午", "垃圾分类知识") if word in environment] == [
        "垃圾分类知识"
    ]
    assert "公益广告260" in told["聚焦宣传教育，营造浓厚氛围"]


SCHEMES = {
    "more_in_the_name_than_recorded": (
        [*leading(), *streams("六大行动", "控烟", "灭鼠", 控烟="无烟环境行动")],
        "围绕“六大行动”推进工作，其中有控烟（无烟环境行动）、灭鼠。",
    ),
    "as_many_as_in_the_name": (
        [*leading(), *streams("两大行动", "控烟", "灭鼠")],
        "集中开展“两大行动”，即控烟、灭鼠。",
    ),
    "a_root_of_the_same_name": (
        [
            *leading(),
            *streams("结构", "桌椅", under="一抓思想", 桌椅="改善设施"),
            *streams("两项工程", "两项工程"),
            *streams("两项工程", "改厕", "治水", under="两项工程"),
        ],
        "实施“两项工程”，即改厕、治水。",
    ),
    "one_member": ([*leading(), *streams("四个坚持", "四个坚持")], ""),
    "the_one_that_gives_the_headings": (leading(体系="三大行动", 标题="实施三大行动"), ""),
    "the_one_that_leads_unnamed": (leading(体系="三大行动"), "创建工作围绕“三大行动”展开。"),
}


@pytest.mark.parametrize("case", list(SCHEMES))
def test_a_scheme_is_told_as_it_is_recorded(told, case):
    rows, saying = SCHEMES[case]
    text = told({"板块": rows, **task("更换桌椅", 名称="桌椅更换", 板块="一抓思想")})

    assert saying in text
    assert [words for words in ("部署，推进", "为重点", "“四个坚持”", "“三大行动”") if words in text] == (
        ["“三大行动”"] if "“三大行动”" in saying else []
    )


def test_members_are_named_where_the_headings_say_other_words(told):
    rows = [
        {"名称": name, "体系": "两大行动", "标题": f"实施{name[:2]}，擦亮底色"} for name in ("洁净行动", "畅行行动")
    ]

    text = told({"板块": rows, **task("更换桌椅", 名称="桌椅更换", 板块="洁净行动")})

    assert "集中开展“两大行动”，即洁净行动、畅行行动。" in text


@pytest.mark.parametrize(
    ("name", "aim"),
    [
        ("2025年第一中学创建全国文明校园", "全国文明校园创建工作"),
        ("2025年度第一中学文明校园创建", "文明校园创建工作"),
    ],
)
def test_the_year_is_no_part_of_what_is_striven_for(told, name, aim):
    text = told({"创建活动": [{**books.SCHOOL["创建活动"][0], "名称": name, "类型": None}]})

    assert f"2025年上半年，我校扎实推进{aim}。" in text


def units_of_groups(*groups):
    return {"单位": [{**row, "考核组": group} for row, group in zip(books.SCHOOL["单位"], groups, strict=False)]}


@pytest.mark.parametrize(
    ("groups", "said"),
    [((None, "甲组", None, "甲组"), False), ((None, "甲组", None, "乙组"), True)],
)
def test_groups_of_appraisal_are_told_from_two_on(told, groups, said):
    text = told(units_of_groups(*groups))

    assert ("责任单位分甲组、乙组两个组进行考核。" in text, "考核" in text) == (said, said)


@pytest.mark.parametrize(
    ("due", "saying"),
    [
        (["2025-05-31", "2025-06-30"], "未办结的2项均已过完成时限。"),
        (["2025-05-31", "2025-09-30"], "未办结任务中有1项已过完成时限。"),
        (["2025-07-31", "2025-09-30"], "时间进度49.6%。"),
    ],
)
def test_only_what_is_not_done_is_late(told, due, saying):
    rows = [
        {"编号": str(place), "名称": name, "牵头单位": "总务处", "状态": "进行中", "完成时限": day}
        for place, (name, day) in enumerate(zip(("校园美化", "桌椅更换"), due, strict=True))
    ]
    done = {"编号": "3", "名称": "门窗维修", "牵头单位": "总务处", "状态": "已办结", "办结日期": "2025-05-01"}

    text = told({"任务": [*rows, {**done, "完成时限": "2025-05-02"}], "工作记录": []})

    assert saying in text


def test_a_sum_over_tasks_names_the_tasks(told):
    tasks = [
        {"编号": str(place), "名称": name, "牵头单位": "总务处", "状态": "进行中"}
        for place, name in enumerate(("护学劝导", "志愿服务日", "门窗维修"))
    ]
    entries = [
        {"任务编号": str(place), "日期": "2025-04-01", "单位": "总务处", "内容": "按期进行", "成效数据": amount}
        for place, amount in enumerate(("参与志愿者=1260人次", "参与志愿者=3800人次", "更换门窗=3扇"))
    ]

    text = told({"任务": tasks, "工作记录": entries})

    assert "护学劝导、志愿服务日两项任务累计参与志愿者5060人次。" in text


@pytest.mark.parametrize("fault", list(SPOKEN))
def test_it_is_said_as_it_is_spoken(told, fault):
    sheets, sayings = SPOKEN[fault]

    text = told(sheets)

    assert [saying for saying in sayings if saying not in text] == []


def test_a_unit_leaves_out_the_workstreams_it_has_no_part_in(db):
    streams = [
        {"名称": "思想", "体系": "结构", "标题": "抓思想引领", "起首语": "育人为本"},
        {"名称": "环境", "体系": "结构", "标题": "抓环境育人", "起首语": "环境育人"},
    ]
    sheets = {"板块": streams, **task("更换桌椅", 名称="桌椅更换", 板块="环境")}
    campaign = Campaign.objects.get(pk=load_workbook(books.workbook({**books.SCHOOL, **sheets})).campaign_id)
    unit = Unit.objects.get(host=campaign.host, name="总务处")

    sections = write(collect(campaign, FIRST_HALF, unit=unit, on=date(2025, 7, 1)).facts)

    assert [section.heading for section in sections if section.heading.startswith("抓")] == ["抓环境育人"]


@pytest.mark.parametrize(
    ("campaign", "host", "said"),
    [
        ("供电公司创建全国文明单位", "市供电公司", "市供电公司创建全国文明单位2025年上半年工作总结"),
        ("中医院创建健康促进医院", "县中医院", "县中医院创建健康促进医院2025年上半年工作总结"),
        ("滨河街道创建文明城市", "滨河街道办事处", "滨河街道办事处创建文明城市2025年上半年工作总结"),
        ("文明城市创建", "文明市", "文明市文明城市创建2025年上半年工作总结"),
    ],
)
def test_the_host_is_not_named_twice_in_the_title(campaign, host, said):
    assert title(campaign, host=host, speaker=host, period=FIRST_HALF.label) == said


@pytest.mark.parametrize(("state", "standing"), [("进行中", "正在推进"), (None, "未办结"), ("已办结", "已办结")])
def test_the_ledger_says_of_a_task_only_what_its_state_says(db, state, standing):
    loaded = load_workbook(books.workbook({**books.SCHOOL, **task(名称="校园美化", 状态=state)}))
    campaign = Campaign.objects.get(pk=loaded.campaign_id)

    ledgers = collect(campaign, FIRST_HALF, on=date(2025, 7, 1)).facts["ledgers"]

    assert [row[5] for row in ledgers["tasks"]] == [standing]
