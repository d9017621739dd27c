"""Fields and widgets that several apps use."""

import pytest
from django import forms

from cityinit.forms import ReadySelect, faults_of

pytestmark = pytest.mark.once


class Choice(forms.Form):
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

    assert faults_of(form) == ["“单位”的条件看不懂，没有按它筛选。"]
    assert faults_of(Choice({"unit": "3"})) == []
