"""The components draw what they are given, and no page names what the look does not have."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.middleware.csrf import _unmask_cipher_token
from django.template import engines
from django.template.loader import render_to_string
from django.urls import clear_script_prefix, reverse, set_script_prefix
from django.utils import timezone

from cityinit import showcase
from cityinit.addresses import address
from cityinit.models import Job
from units.models import Unit

TEMPLATES = sorted(
    path
    for folder in (settings.BASE_DIR / "templates", *(settings.BASE_DIR / app for app in settings.INSTALLED_APPS[:5]))
    for path in folder.rglob("*.html")
)
STYLESHEETS = [settings.BASE_DIR / "static/vendor/tabler/tabler.css", settings.BASE_DIR / "static/css/app.css"]
CLASSES = {name.replace("\\", "") for css in STYLESHEETS for name in re.findall(r"\.((?:\\.|[\w-])+)", css.read_text())}
ICON_NAMES = set(re.findall(r'symbol id="([\w-]+)"', (settings.BASE_DIR / "static/icons/sprite.svg").read_text()))


def drawn(text, **context):
    return engines["django"].from_string(text).render(context)


@pytest.mark.parametrize("tone", showcase.TONES)
def test_a_badge_carries_its_tone_and_its_text_escaped(tone):
    html = render_to_string("components/badge.html", {"tone": tone, "text": "<已交办>"})

    assert html.strip() == f'<span class="badge tone-{tone}">&lt;已交办&gt;</span>'


def test_a_state_badge_reads_tone_and_words_from_the_row():
    html = drawn("{% state_badge job %}", job=Job(state=Job.State.FAILED))

    assert html.strip() == '<span class="badge tone-red">失败</span>'


@pytest.mark.parametrize(
    "text", ["{% url 'units:units' %}", "{% url 'units:units' as there %}{{ there }}", "{% url name %}"]
)
def test_an_address_of_a_name_alone_is_djangos_own(text):
    assert drawn(text, name="units:units") == reverse("units:units") == address("units:units")


def test_an_address_follows_the_folder_the_site_is_served_under():
    try:
        set_script_prefix("/city/")
        assert drawn("{% url 'units:units' %}") == "/city/units/"
    finally:
        clear_script_prefix()

    assert drawn("{% url 'units:units' %}") == "/units/"


def test_an_icon_is_decoration_unless_it_is_given_a_label():
    plain = drawn('{% icon "bell" %}')
    spoken = drawn('{% icon "bell" label="通知" %}')

    assert 'aria-hidden="true"' in plain
    assert 'role="img" aria-label="通知"' in spoken


def test_the_get_filter_reads_a_key_that_is_a_variable():
    assert drawn("{{ names|get:key }}{{ nothing|get:key }}", names={3: "三"}, nothing=None, key=3) == "三None"


def test_facts_show_a_dash_for_what_is_unknown_and_a_nought_for_a_nought():
    html = render_to_string("components/facts.html", {"items": [("得分", 0), ("名次", None), ("点位", "市场", "/x")]})

    assert re.findall(r"<dd>(.*?)</dd>", html) == [
        "0",
        '<span class="nothing">—</span>',
        '<a href="/x">市场</a>',
    ]


def test_progress_keeps_its_number_plain():
    html = render_to_string("components/progress.html", {"percent": 33.3})

    assert '<progress max="100" value="33.3">' in html


def test_a_form_inside_an_isolated_component_still_has_the_csrf_token(rf):
    request = rf.get("/")

    html = render_to_string("components/form.html", {"form": showcase.SampleForm()}, request)
    isolated = engines["django"].from_string('{% include "components/form.html" with form=form only %}')
    inside = isolated.render({"form": showcase.SampleForm()}, request)

    tokens = [
        _unmask_cipher_token(re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', text)[1])
        for text in (html, inside)
    ]
    assert tokens[0] == tokens[1]


def test_a_wrong_form_lists_each_error_with_a_link_to_its_field(rf):
    form = showcase.SampleForm({"name": "", "count": "-3", "methods": ["online"], "unit": "1"})

    html = render_to_string("components/form_errors.html", {"form": form})

    assert re.findall(r'<a href="#(\w+)">(.*?)</a>', html) == [("id_name", "任务名称"), ("id_count", "目标值")]


def test_a_form_without_errors_has_no_summary():
    assert render_to_string("components/form_errors.html", {"form": showcase.SampleForm()}).strip() == ""


def test_a_form_with_a_file_field_is_sent_as_multipart():
    html = render_to_string("components/form.html", {"form": showcase.SampleForm()})

    assert 'enctype="multipart/form-data"' in html


def test_a_move_that_needs_words_is_a_link_and_one_that_does_not_is_a_form():
    moves = [
        {"name": "rework", "label": "返工", "url": "/rework", "tone": "orange", "needs_form": True},
        {"name": "acknowledge", "label": "签收", "url": "/acknowledge", "tone": "blue", "needs_form": False},
    ]

    html = render_to_string("components/moves.html", {"moves": moves})

    assert re.findall(r'<a class="([^"]+)" href="([^"]+)">', html) == [("btn btn-orange", "/rework")]
    assert re.findall(r'<form method="post" action="([^"]+)"', html) == ["/acknowledge"]


@pytest.mark.parametrize(
    ("state", "seconds", "told"), [("queued", 10, False), ("queued", 20, True), ("running", 20, False)]
)
def test_a_job_that_nobody_takes_up_says_so_after_some_seconds(state, seconds, told):
    waiting = Job(pk=7, state=state, run_after=timezone.now() - timedelta(seconds=seconds))

    drawn = render_to_string("components/job.html", {"job": waiting})

    assert ("还没有后台进程来处理" in drawn) == told


def test_an_open_job_asks_again_and_a_finished_one_does_not():
    begun = Job(pk=7, state=Job.State.RUNNING, progress=45, created_at=timezone.now() - timedelta(minutes=1))
    running = render_to_string("components/job.html", {"job": begun})
    fresh = render_to_string("components/job.html", {"job": Job(pk=7)})
    failed = render_to_string("components/job.html", {"job": Job(pk=7, state=Job.State.FAILED, reason="磁盘已满")})

    assert f'hx-get="{reverse("cityinit:job_fragment", args=[7])}" hx-trigger="every 2s"' in running
    # Short ones are done before a person has looked up.
    assert 'hx-trigger="load delay:500ms, every 2s"' in fresh
    assert "hx-get" not in failed
    assert f'action="{reverse("cityinit:job_retry", args=[7])}"' in failed
    assert "磁盘已满" in failed


def test_pages_are_plain_links_that_htmx_may_follow():
    page = SimpleNamespace(
        has_previous=False, has_next=True, next_url="?after=x", previous_url="", count_text="共 51 条", range_text=""
    )

    html = render_to_string("components/pagination.html", {"page": page})

    assert re.findall(r'rel="(\w+)" href="([^"]+)" hx-get="([^"]+)"', html) == [("next", "?after=x", "?after=x")]


@pytest.mark.parametrize("code", [400, 403, 404, 409, 500])
def test_an_error_page_draws_without_any_context(code):
    html = render_to_string(f"{code}.html")

    assert f'<p class="fault-code">{code}</p>' in html


def test_the_page_of_components_shows_each_of_them(client, city):
    client.force_login(city.coordinator)

    html = client.get(reverse("cityinit:components")).content.decode()

    shown = {name for name in SHOWN_BY if SHOWN_BY[name] in html}
    assert shown == set(SHOWN_BY)


SHOWN_BY = {
    "notice": 'class="notice notice-warning"',
    "badge": 'class="badge tone-purple"',
    "button": 'class="btn btn-primary"',
    "stat": 'class="stat stat-red"',
    "tabs": 'class="tabs"',
    "filter_bar": 'class="filter-bar"',
    "pagination": 'class="pager"',
    "facts": 'class="facts"',
    "photo_grid": 'class="photos"',
    "timeline": 'class="events"',
    "progress": 'class="meter"',
    "job": 'id="job-2"',
    "steps": 'class="stages"',
    "form": 'class="form-grid"',
    "form_errors": "data-error-summary",
    "empty": 'class="empty-note"',
    "dialog": 'id="sample-dialog"',
    "moves": 'class="moves"',
    "ask_delete": 'class="ask"',
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_a_template_has_no_inline_script_or_style_and_names_no_outside_address(path):
    text = path.read_text()

    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=[\"']|javascript:", text)
    outside = re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//[^\"']*", text)
    assert inline + outside == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_a_template_names_only_icons_of_the_sprite(path):
    named = set(re.findall(r'\{% icon "([\w-]+)"', path.read_text()))
    named |= set(re.findall(r'\bicon="([\w-]+)"', path.read_text()))

    assert named - ICON_NAMES == set()


def test_every_icon_of_the_sprite_is_named_somewhere():
    folders = [settings.BASE_DIR / name for name in ("templates", "static/js", *settings.INSTALLED_APPS[:5])]
    paths = [path for folder in folders for suffix in ("html", "js", "py") for path in folder.rglob(f"*.{suffix}")]
    named = {word for path in paths for word in re.findall(r"[\"'#]([a-z][a-z0-9-]*)[\"']", path.read_text())}

    assert ICON_NAMES - named == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_a_template_names_only_classes_of_the_stylesheets(path):
    # A class that a variable completes, such as "tone-{{ tone }}", is known by its beginning.
    unknown = {
        name for name in classes_named(path) - CLASSES if not (name.endswith("…") and begins_a_class(name.rstrip("…")))
    }

    assert unknown == set()


def test_an_empty_choice_is_said_in_words():
    class Sample(forms.Form):
        lead = forms.ModelChoiceField(Unit.objects.none(), label="牵头单位")
        parent = forms.ModelChoiceField(Unit.objects.none(), label="上级", required=False)
        cycle = forms.ChoiceField(choices=[("", "---------"), ("day", "每天")], label="周期")
        state = forms.ModelChoiceField(Unit.objects.none(), label="状态", empty_label="全部", required=False)

    html = drawn(
        '{% for field in form %}{% include "components/field.html" with field=field only %}{% endfor %}', form=Sample()
    )

    said = [text.strip() for text in re.findall(r'<option value=""[^>]*>([^<]*)', html)]
    assert said == ["请选择", "（不选）", "请选择", "全部"]


def test_a_day_in_a_notice_is_not_broken_and_its_text_stays_escaped():
    html = render_to_string("components/notice.html", {"tone": "info", "text": "<b> 2026-000307 延至 2026-11-25 18:00"})

    assert "&lt;b&gt;" in html
    assert re.findall(r'<span class="nowrap">(.*?)</span>', html) == ["2026-000307", "2026-11-25 18:00"]


def classes_named(path):
    text = re.sub(r"\{%.*?%\}", " ", path.read_text())
    values = re.findall(r'\bclass="([^"]*)"', text)
    return {name for value in values for name in re.sub(r"\{\{.*?\}\}", "…", value).split()}


def begins_a_class(text):
    return any(name.startswith(text) for name in CLASSES)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TOKENS = {
    name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
    for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6}|#[0-9a-f]{3});", STYLESHEETS[1].read_text())
}
PAIRS = [(tone, f"{tone}-bg") for tone in showcase.TONES]
PAIRS += [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "link") for ground in ("surface", "surface-2", "ground")]
PAIRS += [("surface", tone) for tone in ("blue", "green", "red-700", "red-900")] + [("red-700", "red-50")]


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_pair_of_text_and_ground_has_the_contrast_of_wcag_aa(ink, ground):
    assert contrast(TOKENS[ink], TOKENS[ground]) >= 4.5
