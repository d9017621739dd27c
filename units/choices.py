"""The units of a host as the choices of a list's filter: hundreds of them, on every list, and hardly ever new ones."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.cache import cache
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cityinit.forms import ReadySelect, choose, draw_options

from .models import Unit

DAY_SECONDS = 86_400


def unit_options(host: Unit) -> SafeString:
    """An <option> for each unit of the register, in the order of its lists; kept until the register changes."""
    # The mark came with the host: whatever process changed a unit, the next request asks for other options.
    key = f"unit-options-{host.pk}-{host.register_mark}"
    return cast(SafeString, cache.get_or_set(key, lambda: _drawn(host), DAY_SECONDS))


def offer_units(field: forms.ModelChoiceField, host: Unit) -> None:
    """Let a filter choose from all units of the host's register."""
    field.queryset = Unit.objects.of_host(host.pk)
    field.widget = UnitSelect(host, field)


class UnitSelect(ReadySelect):
    def __init__(self, host: Unit, field: forms.ModelChoiceField):
        super().__init__()
        self.host, self.field = host, field

    def draw(self, name: str, value: Any, attrs: dict[str, Any]) -> SafeString:
        chosen = str(self.field.prepare_value(value) or "")
        options = unit_options(self.host)
        if chosen.isdecimal():
            options = choose(options, [chosen])
        nothing = draw_options([("", self.field.empty_label or "")])
        return format_html('<select name="{}"{}>{}{}</select>', name, flatatt(attrs), nothing, options)


def _drawn(host: Unit) -> SafeString:
    units = Unit.objects.of_host(host.pk).values_list("pk", "short_name", "name")
    return draw_options((pk, short_name or name) for pk, short_name, name in units)
