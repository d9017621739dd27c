import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from campaigns.frequency import SUGGESTIONS, Frequency, Span, parse


@pytest.mark.parametrize(
    ("typed", "frequency"),
    [
        ("每天1次", Frequency("每天1次", times=1, span=Span.DAY)),
        ("每天2次", Frequency("每天2次", times=2, span=Span.DAY)),
        ("每日１次", Frequency("每日1次", times=1, span=Span.DAY)),
        ("每天一次", Frequency("每天1次", times=1, span=Span.DAY)),
        ("每天", Frequency("每天", times=1, span=Span.DAY)),
        ("一天两次", Frequency("每天2次", times=2, span=Span.DAY)),
        ("2次/天", Frequency("每天2次", times=2, span=Span.DAY)),
        ("每天早晚各1次", Frequency("每天早晚各1次", times=2, span=Span.DAY)),
        ("每天不少于2次", Frequency("每天不少于2次", times=2, span=Span.DAY)),
        ("每天2次以上", Frequency("每天2次以上", times=2, span=Span.DAY)),
        ("每周1次", Frequency("每周1次", times=1, span=Span.WEEK)),
        ("每周2次", Frequency("每周2次", times=2, span=Span.WEEK)),
        ("每两周1次", Frequency("每两周1次", times=1, every=2, span=Span.WEEK)),
        ("每两周", Frequency("每两周", times=1, every=2, span=Span.WEEK)),
        ("每周五", Frequency("每周五", times=1, span=Span.WEEK, weekdays=(4,))),
        ("每周一次", Frequency("每周1次", times=1, span=Span.WEEK)),
        ("每周五一次", Frequency("每周五1次", times=1, span=Span.WEEK, weekdays=(4,))),
        ("每周二、四各2次", Frequency("每周二、四各2次", times=4, span=Span.WEEK, weekdays=(1, 3))),
        ("每周一三五", Frequency("每周一、三、五", times=3, span=Span.WEEK, weekdays=(0, 2, 4))),
        ("每周一、周三、周五", Frequency("每周一、三、五", times=3, span=Span.WEEK, weekdays=(0, 2, 4))),
        ("每周一至周五", Frequency("每周一至五", times=5, span=Span.WEEK, weekdays=(0, 1, 2, 3, 4))),
        ("每星期天", Frequency("每星期日", times=1, span=Span.WEEK, weekdays=(6,))),
        ("每月1次", Frequency("每月1次", times=1, span=Span.MONTH)),
        ("每个月 3 次", Frequency("每个月3次", times=3, span=Span.MONTH)),
        ("每月15号", Frequency("每月15号", times=1, span=Span.MONTH, month_day=15)),
        ("每季度1次", Frequency("每季度1次", times=1, span=Span.QUARTER)),
        ("每半年1次", Frequency("每半年1次", times=1, every=0.5, span=Span.YEAR)),
        ("每年1次", Frequency("每年1次", times=1, span=Span.YEAR)),
        ("每半小时1次", Frequency("每半小时1次", times=1, every=0.5, span=Span.HOUR)),
        ("每半个小时1次", Frequency("每半个小时1次", times=1, every=0.5, span=Span.HOUR)),
        ("每小时", Frequency("每小时", times=1, span=Span.HOUR)),
        ("每30分钟1次", Frequency("每30分钟1次", times=1, every=30, span=Span.MINUTE)),
        ("节假日", Frequency("节假日")),
        ("24小时", Frequency("24小时")),
        ("随时", Frequency("随时", is_regular=False)),
        ("不定期", Frequency("不定期", is_regular=False)),
    ],
)
def test_a_frequency_is_understood_and_printed_as_prose_says_it(typed, frequency):
    assert parse(typed) == frequency


@pytest.mark.parametrize("typed", ["", "  ", None])
def test_no_frequency_is_none(typed):
    assert parse(typed) is None


def test_everything_that_is_suggested_can_be_read_and_stays_as_it_is():
    assert [str(parse(typed)) for typed in SUGGESTIONS] == list(SUGGESTIONS)


@pytest.mark.parametrize(
    "typed",
    [
        "每天0次",
        "每0天1次",
        "每周八",
        "每周五至一",
        "每周一一",
        "每月32日",
        "每半周1次",
        "每天早晚各",
        "天天",
        "很多次",
    ],
)
def test_what_cannot_be_read_is_answered_with_what_can_be_written(typed):
    with pytest.raises(ValidationError) as refused:
        parse(typed)

    (sentence,) = refused.value.messages
    assert sentence.startswith(f"频次“{typed}”看不懂")
    assert sentence.endswith(f"可以写：{'、'.join(SUGGESTIONS)}等。")


def test_the_nearest_one_is_proposed():
    with pytest.raises(ValidationError, match="是否应为“每季度1次”？"):
        parse("每季渡1次")


def sentences_or_text(typed):
    try:
        return [], str(parse(typed) or "")
    except ValidationError as refused:
        return refused.messages, ""


@given(st.text(alphabet="每一二两三五六日天周星期月季度年半个小时分钟次各早晚以上不少于至、/0123456789", max_size=10))
def test_what_is_printed_can_be_read_again_as_the_same(typed):
    sentences, text = sentences_or_text(typed)

    assert bool(sentences) != (bool(text) or not typed)
    assert str(parse(text) or "") == text
