"""Fields and widgets that several apps use."""

import pytest
from django import forms

from cityinit.forms import FilterForm, ReadySelect

pytestmark = pytest.mark.once


class Choice(FilterForm):
    unit = forms.ChoiceField(
        label="单位",
        choices=[("", "全部"), (1, "A & B"), ("街道", [(2, "<河湾>"), (3, "新桥")])],
        required=False,
        widget=ReadySelect,
    )


@pytest.mark.parametrize(("chosen", "marked"), [(None, ""), ("", ""), ("3", "3"), ("9", None)])
def test_a_ready_select_says_what_djangos_own_would(chosen, marked):
    data = None if chosen is None else {"unit": chosen}

    drawn = str(Choice(data)["unit"])

    places = {"": '<option value="" selected>全部', "3": '<option value="3" selected>新桥'}
    assert [value for value, option in places.items() if option in drawn] == ([] if marked is None else [marked])
    assert drawn.count(" selected") == (0 if marked is None else 1)
    assert '<option value="1">A &amp; B</option>' in drawn
    assert '<optgroup label="街道"><option value="2">&lt;河湾&gt;</option>' in drawn
    assert drawn.startswith('<select name="unit" ')


def test_each_condition_that_cannot_be_read_is_told_once():
    form = Choice({"unit": "9"})

    assert form.faults == ["“单位”的条件看不懂，没有按它筛选。"]
    assert Choice({"unit": "3"}).faults == []


class Everything(forms.Form):
    needed = forms.CharField()
    short = forms.CharField(max_length=3)
    choice = forms.ChoiceField(choices=[("a", "甲")])
    choices = forms.MultipleChoiceField(choices=[("a", "甲")])
    day = forms.DateField()
    whole = forms.IntegerField(min_value=1)
    amount = forms.DecimalField(decimal_places=1)
    file = forms.FileField()


def test_djangos_own_messages_say_what_to_do_in_our_words():
    typed = {"short": "四个字了", "choice": "b", "choices": ["b"], "day": "昨天", "whole": "0", "amount": "1.25"}

    assert Everything(typed).errors == {
        "needed": ["请填写这一项。"],
        "short": ["最多写3个字，现在是4个。"],
        "choice": ["“b”不在可选的范围里，请重新选择。"],
        "choices": ["“b”不在可选的范围里，请重新选择。"],
        "day": ["请填写日期，如2026-06-30。"],
        "whole": ["不能小于1。"],
        "amount": ["小数最多1位。"],
        "file": ["请填写这一项。"],
    }


def test_a_row_that_is_not_offered_is_told_in_our_words():
    message = forms.ModelChoiceField(queryset=None).error_messages["invalid_choice"]

    assert str(message) == "选的这一项不在可选的范围里，请重新选择。"
