"""What every template may say without loading anything (a template builtin, see settings)."""

from django import template
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Widgets that need the whole width of a form; everything else stands two in a row.
WIDE_WIDGETS = {"textarea", "file", "clearablefile", "checkboxselectmultiple", "radioselect", "selectmultiple"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of static/icons/sprite.svg; decoration unless it is given a label."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    href = f"{static('icons/sprite.svg')}#{name}"
    return format_html('<svg class="icon" focusable="false" {}><use href="{}"></use></svg>', spoken, href)


@register.simple_tag
def state_badge(row) -> str:
    """The badge of a row that has `state` choices and a `tone`."""
    return get_template("components/badge.html").render({"tone": row.tone, "text": row.get_state_display()})


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


@register.filter
def is_wide(field) -> bool:
    """Whether a bound field takes the whole width of a form."""
    return field.widget_type in WIDE_WIDGETS
