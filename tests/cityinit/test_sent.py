"""A form that is sent: its key, the mark of what it was drawn from, and a refusal told in it."""

from uuid import UUID, uuid4

import pytest
from django import forms
from django.http import QueryDict

from cityinit.sent import refuse_stale, sent_key, told_in
from cityinit.workflow import Refused

KEY = uuid4()


class Sheet(forms.Form):
    name = forms.CharField()
    kind = forms.ChoiceField(choices=[("a", "甲"), ("b", "乙")])
    parts = forms.MultipleChoiceField(choices=[("1", "一"), ("2", "二")], required=False)
    is_open = forms.BooleanField(required=False)
    latitude = forms.CharField(required=False, widget=forms.HiddenInput)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class Button(forms.Form):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


def sheet(query, **options):
    return Sheet(QueryDict(f"client_key={KEY}&{query}"), **options)


def test_the_key_is_of_the_form_and_of_what_it_says():
    first = sent_key(sheet("name=路口&kind=a"))

    assert isinstance(first, UUID)
    assert first == sent_key(sheet("kind=a&name=路口&latitude=30.5"))
    others = [sent_key(sheet(query)) for query in ("name=桥头&kind=a", "name=路口&kind=b", "name=路口&kind=a&parts=1")]
    assert len({first, *others, KEY}) == 5


@pytest.mark.parametrize("key", ["", "no-key", "\x00"])
def test_a_form_without_a_key_that_can_be_read_has_none(key):
    assert sent_key(Sheet(QueryDict(mutable=True) | {"client_key": key, "name": "路口"})) is None


def test_a_refusal_stands_in_the_form_and_the_person_may_go_on_from_there():
    form = sheet("name=路口&kind=a&seen=old", initial={"seen": "now"})

    with told_in(form):
        raise Refused("现在不行。")

    assert (form.is_valid(), form.non_field_errors()) == (False, ["现在不行。"])
    assert (form["name"].value(), form["seen"].value()) == ("路口", "now")


def test_a_refusal_of_a_mere_button_goes_on():
    with pytest.raises(Refused, match="现在不行。"), told_in(Button(QueryDict("seen=1"))):
        raise Refused("现在不行。")


def test_beside_each_field_that_differs_stands_what_is_saved_in_words():
    saved = {"name": "桥头", "kind": "b", "parts": ["1", "2"], "is_open": True, "seen": "now"}
    form = sheet("name=路口&kind=a&seen=old", initial=saved)

    with told_in(form):
        refuse_stale(None, seen="old", now="now")

    assert {name: form.errors[name] for name in ("name", "kind", "parts", "is_open")} == {
        "name": ["现在保存的是：桥头"],
        "kind": ["现在保存的是：乙"],
        "parts": ["现在保存的是：一、二"],
        "is_open": ["现在保存的是：是"],
    }


@pytest.mark.parametrize("seen", ["", "now"])
def test_what_was_seen_as_it_stands_is_not_stale(seen):
    refuse_stale(None, seen=seen, now="now")
