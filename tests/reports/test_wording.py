"""How words are cleaned, joined, quoted and marked."""

import pytest

from reports import wording


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("完成改造。", "完成改造"),
        ("完成改造,群众满意;", "完成改造，群众满意"),
        ("清理垃圾(3吨)", "清理垃圾（3吨）"),
        ('开展"我们的节日"活动', "开展“我们的节日”活动"),
        ("第一段。\n第二段\n", "第一段。第二段"),
        ("整治占道\n清理杂物", "整治占道；清理杂物"),
        ("1,200人参加", "1200人参加"),
        ("做到了。。", "做到了"),
        ("\ue000假\ue001", "假"),
    ],
)
def test_what_was_typed_is_cleaned(typed, told):
    assert wording.clean(typed) == told


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("组织党员参加", True),
        ("对背街小巷进行平整", True),
        ("宣传创业政策", True),
        ("宣传部牵头推进", False),
        ("各职能科室加班加点", False),
        ("检查点位200个", True),
        ("检查站投入使用", False),
        ("心理热线取得良好效应", False),
        ("创新路建成通车", False),
        ("创新服务方式", True),
        ("劝导员每天上岗", False),
        ("在职党员到社区报到", False),
        ("在公园义务植树", True),
        ("动员大会召开后", False),
        ("召开大会", True),
        ("整改率达到98%", False),
        ("整治校园秩序", True),
        ("为民路通车", False),
        ("为民办实事", True),
        ("进村入户宣传", True),
        ("到敬老院慰问老人", True),
        ("突出问题得到解决", False),
        ("突出重点", True),
        ("对中心花园绿地进行补植", True),
        ("完成中心农贸市场改造", True),
        ("在校门口增设隔离栏", True),
        ("在校学生参加植树", False),
        ("汛前排查沿河排口", True),
        ("清理院区卫生死角", True),
        ("整治店外经营", True),
        ("清扫大街小巷", True),
        ("修缮中心广场座椅", True),
        ("服务中心建成投用", False),
        ("创新广场建成开放", False),
        ("逐个社区检修健身器材", True),
    ],
)
def test_a_clause_without_a_subject_is_known_by_its_first_word(text, begins):
    assert wording.begins_with_predicate(text) is begins


@pytest.mark.parametrize(
    ("text", "begins"),
    [("印发方案", True), ("测评材料准备上报", False), ("创建任务分解", False), ("更换桌椅", True), ("宣传教育", False)],
)
def test_a_verb_that_is_hardly_ever_a_noun_is_told_apart(text, begins):
    assert wording.begins_with_verb(text) is begins


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("一是加强管理", "加强管理"),
        ("二、净化环境", "净化环境"),
        ("（三）规范秩序", "规范秩序"),
        ("3.提升服务", "提升服务"),
        (wording.said("a", "3.提升服务"), "提升服务"),
        ("1.2万人参加", "1.2万人参加"),
        ("三个环节", "三个环节"),
    ],
)
def test_a_number_typed_before_a_text_is_left_to_the_text_around_it(typed, told):
    assert wording.without_number(typed) == told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("加强管理", ["加强管理"]),
        ("一是加强管理；二是净化环境", ["加强管理", "净化环境"]),
        ("1.加强管理。2.净化环境", ["加强管理", "净化环境"]),
        ("1、加强管理；2、净化环境；3、规范秩序", ["加强管理", "净化环境", "规范秩序"]),
        ("（1）加强管理；（2）净化环境", ["加强管理", "净化环境"]),
        ("（一）加强管理。（二）净化环境", ["加强管理", "净化环境"]),
        ("①加强管理；②净化环境", ["加强管理", "净化环境"]),
        ("一、加强管理。二、净化环境", ["加强管理", "净化环境"]),
        ("完成1.2万平方米，2、3号楼除外", ["完成1.2万平方米，2、3号楼除外"]),
        ("巩固成果，2.净化环境", ["巩固成果，2.净化环境"]),
    ],
)
def test_what_was_typed_as_a_list_is_told_item_by_item(typed, told):
    assert wording.items(typed) == told


def test_a_number_leads_back_wherever_the_text_is_cut():
    text = wording.sentence(
        "共" + wording.mark("tasks.total", "8") + "项", wording.said("campaigns.task:3", "修路12条。")
    )

    assert wording.unmark(text) == (
        "共8项，修路12条。",
        [{"start": 1, "end": 2, "figure": "tasks.total"}, {"start": 6, "end": 8, "figure": "campaigns.task:3"}],
    )


def test_quotes_and_titles_inside_others_change_their_marks():
    assert wording.quoted("抓好“门前三包”") == "“抓好‘门前三包’”"
    assert wording.titled("关于印发《办法》的通知") == "《关于印发〈办法〉的通知》"
    assert (wording.quoted("“已有”"), wording.titled("《已有》")) == ("“已有”", "《已有》")


def test_titles_side_by_side_need_no_comma():
    assert wording.listed(["《甲》", "《乙》"]) == "《甲》《乙》"
    assert wording.listed(["甲", "《乙》"]) == "甲、《乙》"


def test_two_before_a_measure_is_liang():
    assert [wording.counted(number) for number in (1, 2, 4, 12)] == ["一", "两", "四", "十二"]
