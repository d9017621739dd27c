"""Rows made out of rows by the database: what is named, what has its default, and what is kept as it stands."""

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from cityinit.copying import write_from
from cityinit.models import Job

pytestmark = pytest.mark.django_db


def test_rows_are_written_out_of_rows_in_their_order_with_defaults_for_the_rest():
    for name in ("b", "a"):
        Job.objects.create(name=name, arguments=[name, {"n": 1}], label="作业", key=name, progress=7)
    olds = Job.objects.filter(progress=7).order_by("name")
    values = {"name": F("name"), "arguments": F("arguments"), "requested_by_name": "王主任"}

    made = write_from(olds, Job, label=Concat(F("label"), Value("：再来")), **values)
    none = write_from(olds.none(), Job, **values)

    rows = Job.objects.exclude(progress=7).order_by("pk")
    assert (made, none) == (2, 0)
    assert [(row.name, row.arguments, row.label, row.key, row.state) for row in rows] == [
        ("a", ["a", {"n": 1}], "作业：再来", None, "queued"),
        ("b", ["b", {"n": 1}], "作业：再来", None, "queued"),
    ]
    assert {(row.requested_by_name, row.progress, row.started_at) for row in rows} == {("王主任", 0, None)}


def test_a_field_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="Job has no such fields: colour"):
        write_from(Job.objects.all(), Job, colour="red")
