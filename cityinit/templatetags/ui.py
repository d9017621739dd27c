"""What every template may say without loading anything (a template builtin, see settings)."""

import re
from datetime import date as day
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.core.cache import caches
from django.db.models import Model
from django.forms import CheckboxInput, Select
from django.forms.utils import flatatt
from django.middleware.csrf import get_token
from django.template.base import render_value_in_context
from django.template.defaultfilters import date as django_date
from django.template.defaultfilters import linebreaksbr
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import static
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.forms import FilterForm, choose, draw_control
from cityinit.labels import label_of
from cityinit.marks import digest
from cityinit.rows import draw_rows

register = template.Library()

# Widgets that need the whole width of a form; everything else stands two in a row.
WIDE_WIDGETS = {"textarea", "file", "clearablefile", "checkboxselectmultiple", "radioselect", "selectmultiple"}
# What Django offers where nothing is chosen; a person wants words.
DASHES = "---------"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?|\d{4}-\d{6}")


class KeptAddress(URLNode):
    """`{% url %}` of a page that is named in the template."""

    def render(self, context):
        try:
            found = address(self.view_name.resolve(context), *[key.resolve(context) for key in self.args])
        except NoReverseMatch:
            if self.asvar is None:
                raise
            found = ""
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag
def url(parser, token):
    """Django's own; how an address reads is kept: twenty of them stand on a page, and most are the same."""
    node = django_url(parser, token)
    plain = not node.kwargs and isinstance(node.view_name.var, str) and not node.view_name.filters
    return KeptAddress(node.view_name, node.args, {}, node.asvar) if plain else node


class KeptTranslation(template.Node):
    """`{% translate %}` of words that are written in the template: looked up once for each language."""

    def __init__(self, node: TranslateNode):
        self.asked, node.asvar = node.asvar, None
        self.node, self.said = node, cast(dict[str | None, str], {})

    def render(self, context):
        language = get_language()
        if language not in self.said:
            self.said[language] = self.node.render(context)
        if not self.asked:
            return self.said[language]
        context[self.asked] = self.said[language]
        return ""


@register.tag
def translate(parser, token):
    """Django's own; forty stand on a page, and each looked in vain for its words: they are Chinese as written."""
    node = do_translate(parser, token)
    said = node.filter_expression
    is_written = said.var.literal is not None and not said.filters and node.message_context is None
    return KeptTranslation(node) if is_written else node


# Places of an ISO date, as the formats of Django's own filter name them.
WRITTEN = {"Y-m-d": (0, 10), "Y-m-d H:i": (0, 16), "m-d H:i": (5, 16), "m-d": (5, 10), "H:i": (11, 16)}


@register.filter(expects_localtime=True)
def date(value, arg=None):
    """Django's own; the formats of every page are cut out of the ISO date, ten times as quickly."""
    first, last = WRITTEN.get(arg, (0, 0))
    if last and isinstance(value, datetime | day) and (last <= 10 or isinstance(value, datetime)):
        return value.isoformat(" ")[first:last] if isinstance(value, datetime) else value.isoformat()[first:last]
    return django_date(value, arg)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of static/icons/sprite.svg; decoration unless it is given a label."""
    return _symbol(name, str(label))


# A page shows thirty of them, nearly all in the menu.
@lru_cache(maxsize=512)
def _symbol(name: str, label: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    href = f"{static('icons/sprite.svg')}#{name}"
    return format_html('<svg class="icon" {}><use href="{}"/></svg>', spoken, href)


@register.simple_tag
def constant(name: str, **flags: bool) -> SafeString:
    """A piece of pages that depends on nothing but the language and some flags: drawn once in a process."""
    return _drawn_once(name, get_language(), tuple(flags.items()))


@lru_cache(maxsize=256)
def _drawn_once(name: str, language: str | None, flags: tuple[tuple[str, bool], ...]) -> SafeString:
    return SafeString(get_template(name).render(dict(flags)))


@register.simple_tag
def rows(template: str, rows, **constants) -> SafeString:
    """The rows of a long table, each pasted into its template (`cityinit.rows`): fifty of them are most of a page."""
    return draw_rows(template, rows, **constants)


@register.simple_tag(takes_context=True)
def fact_rows(context, items) -> SafeString:
    """Rows of a list of facts: of each its label, its value, and, where it has one, the address that it leads to."""
    return draw_rows("components/_fact.html", [_fact(context, *item) for item in items])


def _fact(context, label, value=None, url=""):
    if value is None or value == "":
        return {"label": str(label), "text": "", "url": ""}
    said = value if isinstance(value, str) else render_value_in_context(value, context)
    return {"label": str(label), "text": linebreaksbr(said) if "\n" in said and not url else said, "url": url or ""}


@register.simple_tag
def state_badge(row) -> str:
    """The badge of a row that has `state` choices and a `tone`."""
    # A batch says of its job how it stands: it has no field of its own.
    has_field = isinstance(row, Model) and "state" in vars(row)
    text = label_of(row, "state") if has_field else row.get_state_display()
    return get_template("components/badge.html").render({"tone": row.tone, "text": text})


@register.simple_tag(takes_context=True)
def job_card(context, job) -> SafeString:
    """How far a job is, for who asked for it; to colleagues, who may not open it, whose it is and how it stands."""
    request = context.request
    name = "components/job.html" if job.is_seen_by(request.user) else "components/job_of_another.html"
    return SafeString(get_template(name).render({"job": job}, request))


@register.simple_tag(takes_context=True)
def csrf(context) -> SafeString:
    """The CSRF field inside a component: `{% include … only %}` hides Django's own token from it."""
    request = getattr(context, "request", None)
    if request is None:
        return SafeString("")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


@register.simple_tag(takes_context=True)
def block_text(context, name: str) -> str:
    """Another block of the same page once more: a heading that repeats the title unless the page says otherwise."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)


@register.filter
def get(mapping, key):
    """The value of a key that is itself a variable; None where there is none."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def filter_bar(form, action: str, reset_url: str = "", target: str = "#results") -> SafeString:
    """The bar above a list. A form with `offered`, what its choices were made of, is drawn anew only when that or
    what is chosen changes; any other for every request."""
    context = {"form": form, "action": action, "reset_url": reset_url, "target": target}
    offered = getattr(form, "offered", None)
    if offered is None:
        return _bar(context)
    chosen = {name: form.data.getlist(name) for name in form.fields if name in form.data}
    where = [type(form).__qualname__, get_language(), action, reset_url, target]
    key = digest({"where": where, "offered": offered, "chosen": list(chosen.items())})
    return cast(SafeString, caches["drawn"].get_or_set(key, lambda: _bar(context), None))


def _bar(context: dict[str, Any]) -> SafeString:
    if isinstance(form := context["form"], FilterForm):
        context = {**context, "form": form.complete()}
    return SafeString(get_template("components/filter_bar.html").render(context))


@register.simple_tag
def filter_field(field) -> SafeString:
    """A field of a filter bar as a form has it, drawn at once: by templates a bar cost more than the list below it."""
    if field.is_hidden:
        value = field.field.widget.format_value(field.value())
        look = flatatt({"value": value or None, "id": field.auto_id})
        return format_html('<input type="hidden" name="{}"{}>', field.html_name, look)
    control = None if field.errors else _kept_select(field) or draw_control(field)
    if control is None:
        return SafeString(as_crispy_field(field))
    label, target = field.label, field.id_for_label
    if isinstance(field.field.widget, CheckboxInput):
        words = format_html('<label for="{}" class="form-check-label">{}</label>', target, label)
        return format_html('<div class="mb-3"><div class="form-check">{}{}</div></div>', control, words)
    words = format_html('<label for="{}" class="form-label">{}</label>', target, label)
    return format_html('<div class="mb-3">{}{}</div>', words, control)


def _kept_select(field) -> SafeString | None:
    """A select of a form that says what it `offered`, drawn once for all that may be chosen in it; None for others."""
    widget, offered = field.field.widget, getattr(field.form, "offered", None)
    if offered is None or not isinstance(widget, Select) or widget.allow_multiple_selected:
        return None
    key = digest({"of": [type(field.form).__qualname__, field.name, get_language()], "offered": offered})
    drawn = caches["drawn"].get_or_set(key, lambda: draw_control(field, chosen=False), None)
    return choose(cast(SafeString, drawn), widget.format_value(field.value()))


@register.filter
def is_wide(field) -> bool:
    """Whether a bound field takes the whole width of a form."""
    return field.widget_type in WIDE_WIDGETS


@register.filter
def in_words(field):
    """The same bound field, its empty choice said in words."""
    words = _("请选择") if field.field.required else _("（不选）")
    if getattr(field.field, "empty_label", None) == DASHES:
        field.field.empty_label = words
    # A choice of rows says its own empty label; to list it here would count the rows as well.
    elif not hasattr(field.field, "queryset") and (choices := list(getattr(field.field, "choices", ()))):
        field.field.choices = [("", words) if choice == ("", DASHES) else choice for choice in choices]
    return field


@register.filter
def whole_days(text) -> SafeString:
    """The text, its days and numbers of findings never broken at a hyphen."""
    escaped = conditional_escape(text)
    return mark_safe(MOMENT.sub(r'<span class="nowrap">\g<0></span>', escaped))  # noqa: S308 (escaped above)
