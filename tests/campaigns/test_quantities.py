from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from campaigns.quantities import Kind, Quantity, add_up, counts_toward, measures_toward, parse, plain_number, written


def faults(text):
    with pytest.raises(ValidationError) as refused:
        parse(text)
    return refused.value.messages


def totals(text):
    return [total.phrase for total in add_up(parse(text))]


def test_a_cell_of_the_workbook_is_read_item_by_item():
    assert parse("接受心理咨询=400余人次；改造工期=10天；覆盖率=100%；投诉=0起") == [
        Quantity("接受心理咨询", Decimal(400), "余", "人次"),
        Quantity("改造工期", Decimal(10), "", "天"),
        Quantity("覆盖率", Decimal(100), "", "%"),
        Quantity("投诉", Decimal(0), "", "起"),
    ]


def test_an_empty_cell_holds_nothing():
    assert parse("") == parse("；；\n ") == []


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("400余人次", "400余人次"),
        ("400多人次", "400多人次"),
        ("近400人", "近400人"),
        ("约300人次", "约300人次"),
        ("400人次以上", "400人次以上"),
        ("3万余元", "3万余元"),
        ("10余万元", "10余万元"),
        ("逾1.2万人次", "逾1.2万人次"),
        ("2千余册", "2千余册"),
        ("1,000平方米", "1000平方米"),
        ("１０００㎡", "1000㎡"),
        ("95.25％", "95.3%"),
        ("1000 平方米", "1000平方米"),
        ("12.0公里", "12公里"),
        ("20个工作日", "20个工作日"),
        ("0起", "0起"),
        ("2次/天", "2次/天"),
        ("30m2", "30m2"),
        ("5", "5"),
    ],
)
def test_a_quantity_is_printed_as_it_was_written(typed, text):
    (quantity,) = parse(f"名目={typed}")

    assert quantity.text == text
    assert quantity.phrase == f"名目{text}"


def test_a_record_keeps_its_decimals_and_a_sum_what_they_come_to():
    found = parse("硬化=0.05公顷；修缮=2.25公里；合格率=95.25%；硬化=0.04公顷；修缮=1.1公里")

    assert [one.told for one in found] == ["0.05公顷", "2.25公里", "95.25%", "0.04公顷", "1.1公里"]
    assert [total.told for total in add_up(found)] == ["0.09公顷", "3.35公里", "95.25%"]
    assert [total.text for total in add_up(found)] == ["900平方米", "3350米", "95.3%"]


@pytest.mark.parametrize("typed", ["参加=20人", "参加＝20人", "参加：20人", "参加:20人", " 参加 = 20 人 "])
def test_the_sign_between_label_and_number_may_be_typed_in_many_ways(typed):
    assert parse(typed) == [Quantity("参加", Decimal(20), "", "人")]


def test_items_may_also_be_divided_by_lines_and_by_commas_before_the_next_label():
    assert written(parse("发放=1,000册，参加=20人\n党员、干部参与=3人;清运=2吨")) == (
        "发放=1000册；参加=20人；党员、干部参与=3人；清运=2吨"
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("400余人次", "“400余人次”缺少等号。请写成“名称=数字和单位”，例如“接受心理咨询=400余人次”。"),
        ("=400人", "“=400人”缺少名称。请在等号前写明是什么，例如“接受心理咨询=400余人次”。"),
        ("参加=四百人", "“参加=四百人”等号后没有数字。请用阿拉伯数字，例如“参加=400余人次”。"),
        ("参加=", "“参加=”等号后没有数字。请用阿拉伯数字，例如“参加=400余人次”。"),
        ("参加=约400余人", "“参加=约400余人”里“约”和“余”重复，请只留一个。"),
        ("投诉=-1起", "“投诉=-1起”是负数。成效数据从0起，例如“投诉=0起”。"),
        (
            "工期=10至12天",
            "“工期=10至12天”里不止一个数。请每项只写一个数，几项之间用“；”隔开，例如“工期=10天；参加=20人”。",
        ),
        ("覆盖率=0.95", "“覆盖率=0.95”没有写明是百分之几。请写成“覆盖率=95%”这样。"),
        ("参加=人400", "“参加=人400”看不懂。请写成“名称=数字和单位”，例如“参加=400余人次”“参加=近400人”。"),
        ("投资=20000亿元", "“投资=20000亿元”的数字太大，请检查是否多写了零，或改用万、亿作单位。"),
        ("清运=0.125吨", "“清运=0.125吨”小数太多，请最多保留2位。"),
        (f"{'长' * 61}=1个", "“长长长长长长长长长长长长…”名称太长，请缩短到60个字以内。"),
        (
            f"参加=1{'很' * 21}",
            f"“参加=1{'很' * 21}”的单位太长。请在数字后只写计量单位，说明放进工作内容，例如“参加=400余人次”。",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_would_be_right(typed, sentence):
    assert faults(typed) == [sentence]


def test_every_fault_of_a_cell_is_named_at_once():
    assert len(faults("参加=四百人；发放=100册；400人")) == 2


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("参加=20人", Kind.COUNT),
        ("覆盖率=100%", Kind.RATE),
        ("改造工期=10天", Kind.DURATION),
        ("服务=24小时", Kind.DURATION),
        ("志愿服务时长=24小时", Kind.COUNT),
        ("志愿服务累计=20个工作日", Kind.STATE),
        ("在册志愿者=1200人", Kind.STATE),
        ("测评得分=91.5分", Kind.STATE),
        ("巡查=2次/天", Kind.STATE),
    ],
)
def test_the_measure_and_the_label_say_how_a_quantity_adds_up(typed, kind):
    assert [quantity.kind for quantity in parse(typed)] == [kind]


@pytest.mark.parametrize(
    ("typed", "sums"),
    [
        ("参加=20人；参加=30人", ["参加50人"]),
        ("参加=20人；参加=30人次", ["参加20人", "参加30人次"]),
        ("参加=20人；清运=3吨；参加=5人", ["参加25人", "清运3吨"]),
        ("粉刷=100㎡；粉刷=20平米；粉刷=3平方米", ["粉刷123㎡"]),
        ("粉刷=100平米；粉刷=20㎡", ["粉刷120平米"]),
        ("整治=1.5公里；整治=2km；整治=300米", ["整治3.8公里"]),
        ("整治=300米；整治=1公里", ["整治1300米"]),
        ("投入=3万元；投入=3000元", ["投入3.3万元"]),
        ("投入=3万元；投入=500元", ["投入30500元"]),
        ("投入=500元；投入=3万元", ["投入30500元"]),
        ("投入=0.35万元", ["投入3500元"]),
        ("投入=1.5亿元；投入=5000万元", ["投入2亿元"]),
        ("投诉=0起；投诉=0起", ["投诉0起"]),
        ("得分率=80%；得分率=90%", ["得分率90%"]),
        ("工期=10天；工期=15天；工期=10天", ["工期10天", "工期15天"]),
        ("参加=20名；参加=30人", ["参加50名"]),
    ],
)
def test_counts_are_summed_per_label_and_measure_and_printed_as_first_written(typed, sums):
    assert totals(typed) == sums


@pytest.mark.parametrize(
    ("typed", "sums"),
    [
        ("咨询=400余人次；咨询=50人次", ["咨询450余人次"]),
        ("咨询=50人次；咨询=400余人次", ["咨询450余人次"]),
        ("咨询=近400人；咨询=20人", ["咨询近420人"]),
        ("咨询=400余人；咨询=50多人", ["咨询450余人"]),
        ("咨询=400余人；咨询=近50人", ["咨询约450人"]),
        ("咨询=400人以上；咨询=1人", ["咨询401人以上"]),
        ("投入=3万余元；投入=2万元", ["投入5万余元"]),
        ("投入=3万余元；投入=500元", ["投入30500余元"]),
        ("投入=3万余元；投入=约1万元", ["投入约4万元"]),
        ("投入=10余万元；投入=2万元", ["投入12余万元"]),
    ],
)
def test_a_sum_is_no_more_exact_than_its_terms(typed, sums):
    assert totals(typed) == sums


def test_of_rates_and_states_the_latest_day_stands_whatever_the_order():
    late = parse("覆盖率=98%", on=date(2025, 6, 1))
    early = parse("覆盖率=90%", on=date(2025, 2, 1))

    assert [total.text for total in add_up(late + early)] == ["98%"]


def test_a_total_carries_the_terms_it_was_made_from():
    terms = parse("投入=3万元；投入=500元")

    (total,) = add_up(terms)

    assert (total.amount, total.kind, total.terms) == (Decimal(30500), Kind.COUNT, tuple(terms))


@pytest.mark.parametrize(
    ("value", "text"),
    [("400", "400"), ("0", "0"), ("95.25", "95.3"), ("0.04", "0"), ("1E+3", "1000"), ("66.66", "66.7")],
)
def test_numbers_have_one_decimal_at_most_and_no_separators(value, text):
    assert plain_number(Decimal(value)) == text


LABELS = st.sampled_from(["参加", "发放", "清运", "覆盖率", "工期"])
VALUES = st.decimals(0, 9999, places=2)
QUALIFIERS = st.sampled_from(["", "余", "多", "近", "约", "以上", "万余"])
MEASURES = st.sampled_from(["人", "人次", "㎡", "平米", "公里", "万元", "元", "%", "天"])
QUANTITIES = st.lists(st.builds(Quantity, LABELS, VALUES, QUALIFIERS, MEASURES), max_size=8)


@given(QUANTITIES)
def test_what_is_written_is_read_again_as_the_same(quantities):
    assert parse(written(quantities)) == quantities


@given(QUANTITIES)
def test_no_term_is_lost_or_counted_twice(quantities):
    sums = add_up(quantities)

    assert sorted(term.written for total in sums for term in total.terms) == sorted(q.written for q in quantities)
    for total in sums:
        if total.kind == Kind.COUNT:
            assert total.amount == sum(term.amount for term in total.terms)


def sentences_or_quantities(text):
    try:
        return [], parse(text)
    except ValidationError as refused:
        return refused.messages, []


@given(st.text(alphabet="参加=＝：；,，、0123456789.%余多近约以上万元人次- \n", max_size=40))
def test_any_text_is_either_read_or_answered_with_sentences(text):
    sentences, quantities = sentences_or_quantities(text)

    assert all(sentence.endswith("。") for sentence in sentences)
    assert parse(written(quantities)) == quantities


@pytest.mark.parametrize(
    ("written", "counting"),
    [
        ("目标=3万平方米", ["万平方米", "平方米", "公顷", "平方公里"]),
        ("目标=20公里", ["公里", "米"]),
        ("目标=5万元", ["万元", "元"]),
        ("目标=30处", ["处"]),
    ],
)
def test_every_measure_that_adds_to_a_target_is_named_its_own_first(written, counting):
    [target] = parse(written)

    assert measures_toward(target) == counting
    assert all(counts_toward(parse(f"已做=1{measure}")[0], target) for measure in counting)
