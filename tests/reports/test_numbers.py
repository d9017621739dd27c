"""Which words of a text are numbers, and where the number in an edited text leads."""

import datetime

import pytest

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.importers import load_workbook
from reports import narrative
from reports.facts import collect
from reports.numbers import Said, numbers_in, relink, said_by, said_in, unknown_numbers
from reports.records import figure_of

from . import books


def found(text):
    return [number.text for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("检查56个点位，整改率94.2%，合格率9.5‰。", ["56", "94.2%", "9.5‰"]),
        ("整改七个，两处待办，二十三项在办", ["七", "两", "二十三"]),
        ("三千余人参加，近5000人次，30多万元，约四百户", ["三千余", "近5000", "30多万", "约四百"]),
        ("投入1.2万元，更换4.5公里管网", ["1.2万", "4.5"]),
        ("百分之九十五的点位达标", ["百分之九十五"]),
        ("分四个阶段推进，三项工程同步", ["四", "三"]),
        ("附近50米、预约30人、节约20元", ["50", "30", "20"]),
    ],
)
def test_a_count_and_a_measure_are_numbers_in_either_writing(text, numbers):
    assert found(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "评选五十佳市民，推进四级联建，开展六大行动，争当五星级、五好家庭",
        "落实24小时待命制和7×24小时值守，打造15分钟便民生活圈、30分钟响应机制",
        "2025年6月30日，2024—2026年度，6月上旬，2025-06-30，上午9:30，9时30分",
        "创文发〔2025〕3号，3号楼，二〇二五年，十二月",
        "第3次督查，第二季度，一是抓整改；二是抓落实。（三）抓宣传",
        "“三个一”活动、“双十百”工程、《二十条措施》",
        "召开一次会议，推动一批项目，一个社区一套办法",
        "12345热线、PM2.5、5G、4A级、A3纸",
        "八项规定、千家万户、百姓、五一、十四五、二十届三中全会、三轮车、四轮驱动",
        "多次开展，大量投入，五六个点位",
        "",
    ],
)
def test_names_that_hold_digits_are_left_alone(text):
    assert found(text) == []


WRITTEN = "检查56个点位，发现问题52个，整改率94.2%，参加3245人，投入1.2万元。"
LINKS = [
    {"start": WRITTEN.index(number), "end": WRITTEN.index(number) + len(number), "figure": figure}
    for number, figure in (("56", "sites"), ("52", "found"), ("94.2%", "rate"), ("3245", "people"), ("1.2", "money"))
]


def relinked(text, *, elsewhere=()):
    links = relink(text, here=said_in(WRITTEN, LINKS), elsewhere=elsewhere)
    return {text[link["start"] : link["end"]]: link["figure"] for link in links}


def test_a_number_leads_where_it_led_before_the_edit_in_whatever_writing():
    assert relinked(WRITTEN) == {"56": "sites", "52": "found", "94.2%": "rate", "3245": "people", "1.2万": "money"}
    assert relinked("发现五十二个问题，三千余人参加") == {"五十二": "found", "三千余": "people"}
    assert relinked("百分之九十四点二") == {}
    assert relinked("投入12000元，约3200人") == {"12000": "money", "约3200": "people"}


def test_a_number_that_says_another_thing_leads_nowhere_and_is_marked():
    text = "检查57个点位，整改率94.3%，四千余人，1.2亿元"

    links = relink(text, here=said_in(WRITTEN, LINKS))

    assert links == []
    assert [text[span["start"] : span["end"]] for span in unknown_numbers(text, links)] == [
        "57",
        "94.3%",
        "四千余",
        "1.2亿",
    ]


def test_of_equal_numbers_that_of_the_same_measure_is_meant_and_several_take_turns():
    written = "检查8处，整改8个，返工8个。"
    places = [place for place, sign in enumerate(written) if sign == "8"]
    links = [{"start": place, "end": place + 1, "figure": name} for place, name in zip(places, "abc", strict=True)]
    text = "整改8个、返工8个，另查8处"

    told = relink(text, here=said_in(written, links))

    assert [link["figure"] for link in told] == ["b", "c", "a"]


def test_a_figure_that_the_text_did_not_tell_may_be_added_by_hand():
    figures = {"sites.registered": {"text": "1200"}, "rounds": {"text": "3"}, "tasks.completion": {"text": "62.5%"}}

    told = relinked("登记点位1200个，督查3轮，完成率62.5%", elsewhere=said_by(figures))

    assert told == {"1200": "sites.registered", "62.5%": "tasks.completion"}


def test_another_section_s_number_counts_only_with_its_measure():
    elsewhere = [Said(numbers_in("7个")[0].least, "个点", "sites")]

    assert relinked("点位7个", elsewhere=elsewhere) == {"7": "sites"}
    assert relinked("会议7次", elsewhere=elsewhere) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("book", [books.CITY, books.COMMUNITY, books.SCHOOL], ids=["city", "community", "school"])
def test_every_number_of_a_written_text_leads_to_records_that_are_there(book):
    campaign = Campaign.objects.get(pk=load_workbook(books.workbook(book)).campaign_id)
    found = collect(campaign, Period.half_year(2025, 1), on=datetime.date(2026, 1, 1))

    sections = narrative.write(found.facts, narrative.Writing())

    assert [
        (section.key, section.text[span["start"] - 8 : span["end"] + 6])
        for section in sections
        for span in unknown_numbers(section.text, section.links)
    ] == []
    leading_nowhere = {
        link["figure"] for section in sections for link in section.links if figure_of(found, link["figure"]) is None
    }
    assert leading_nowhere == set()
