"""Words, dates and addresses that templates print are kept for the next page: they read as Django's own would."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.template.defaultfilters import date as django_date
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from cityinit.addresses import address
from cityinit.indents import Loader
from cityinit.labels import label_of
from inspections.models import Finding

MOMENT = datetime(2026, 3, 4, 1, 2, 3, tzinfo=UTC)


def drawn(text, **values):
    return Template(text).render(Context(values))


@pytest.mark.parametrize("written", ["Y-m-d", "Y-m-d H:i", "m-d H:i", "m-d", "H:i", "Y年n月j日", "c"])
@pytest.mark.parametrize("moment", [MOMENT, datetime(999, 12, 31, 20, 0, tzinfo=UTC)])
def test_a_moment_reads_as_djangos_filter_writes_it_where_the_reader_is(moment, written):
    here = timezone.localtime(moment)

    assert drawn("{{ at|date:written }}", at=moment, written=written) == django_date(here, written)


@pytest.mark.parametrize("written", ["Y-m-d", "m-d", "Y年n月j日"])
def test_a_day_reads_as_djangos_filter_writes_it(written):
    assert drawn("{{ on|date:written }}", on=date(2026, 3, 4), written=written) == django_date(
        date(2026, 3, 4), written
    )


def test_what_is_no_date_is_left_out():
    assert [drawn("{{ on|date:'Y-m-d' }}", on=value) for value in (None, "", "soon")] == ["", "", ""]


def test_words_are_those_of_each_language_and_may_be_kept_under_a_name():
    template = Template("{% translate 'Yes' %} {% translate 'No' as no %}[{{ no }}]")

    assert template.render(Context()) == "是 [否]"
    with override("en"):
        assert template.render(Context()) == "Yes [No]"
    assert template.render(Context()) == "是 [否]"


def test_words_that_are_a_variable_are_asked_for_each_time():
    assert [drawn("{% translate words %}", words=words) for words in ("Yes", "No", "<b>")] == ["是", "否", "&lt;b&gt;"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("inspections:finding", [7]),
        ("inspections:finding", [9_999_999_999]),
        ("inspections:finding_move", [7, "close"]),
        ("inspections:finding_move", [7, "100% 是/否?"]),
        ("inspections:photo", [7, "thumb"]),
        ("campaigns:register_row", ["meetings", 12]),
    ],
)
def test_an_address_is_the_one_that_reverse_gives_for_whatever_key(name, keys):
    try:
        expected = reverse(name, args=keys)
    except NoReverseMatch:
        with pytest.raises(NoReverseMatch):
            address(name, *keys)
        return
    assert address(name, *keys) == expected
    places = " ".join(f"key{place}" for place in range(len(keys)))
    values = {f"key{place}": key for place, key in enumerate(keys)}
    assert drawn(f"{{% url '{name}' {places} %}}", **values) == escape(expected)


def test_an_address_in_a_template_is_left_out_under_a_name_and_a_fault_without_one():
    assert drawn("{% url 'inspections:finding' key as there %}[{{ there }}]", key="") == "[]"
    assert drawn("{% url 'inspections:finding' key as there %}{{ there }}", key=7) == reverse(
        "inspections:finding", args=[7]
    )
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'inspections:finding' key %}", key="")


@pytest.mark.parametrize("state", Finding.State.values)
def test_a_choice_is_called_what_its_display_says(state):
    finding = Finding(state=state, severity="B")

    assert label_of(finding, "state") == finding.get_state_display()
    assert label_of(finding, "severity") == finding.get_severity_display()


def test_a_template_is_read_without_indents_and_with_its_lines(tmp_path):
    (tmp_path / "page.html").write_text("<ul>\n    {% for n in rows %}\n\t<li>a  b</li>\n\n    {% endfor %}\n</ul>\n")
    (tmp_path / "mail.txt").write_text("one\n    two\n")
    loader = Loader(Template("").engine, dirs=[tmp_path])

    def read(name):
        return loader.get_contents(next(loader.get_template_sources(name)))

    assert read("page.html") == "<ul>\n{% for n in rows %}\n<li>a  b</li>\n\n{% endfor %}\n</ul>\n"
    assert read("mail.txt") == "one\n    two\n"
