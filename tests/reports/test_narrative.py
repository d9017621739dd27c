"""What the summary says: everything recorded, nothing that was not, in sentences that are whole."""

import random
import re
from datetime import date

import pytest

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.importers import load_workbook
from reports.facts import collect
from reports.narrative import Writing, title, write
from reports.wording import clean
from units.models import Unit

from . import books

FIRST_HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
BOOKS = {"city": books.CITY, "community": books.COMMUNITY, "school": books.SCHOOL}


@pytest.fixture
def written(db):
    """`written("city")` loads the campaign and writes its summary; gives the sections."""

    def load_and_write(name, *, unit=None, period=FIRST_HALF, writing=None):
        loaded = load_workbook(books.workbook(BOOKS[name]))
        assert loaded.faults == []
        campaign = Campaign.objects.get(pk=loaded.campaign_id)
        of = Unit.objects.get(host=campaign.host, name=unit) if unit else None
        return write(collect(campaign, period, unit=of, on=date(2025, 7, 1)), writing)

    return load_and_write


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
    facts = collect(campaign, FIRST_HALF, on=date(2025, 7, 1))

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
    ],
)
def test_the_title_names_campaign_and_period(campaign, host, speaker, told):
    assert title(campaign, host=host, speaker=speaker, period=FIRST_HALF.label) == told
