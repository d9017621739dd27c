"""Our own addresses: those that need only a name, which can be opened, and which only take what is sent to them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache

from django.urls import Resolver404, get_script_prefix, get_urlconf, resolve, reverse

# Stands where a key will, and nowhere else in an address.
SOME_KEY = 7_000_000_000_000


def address(name: str, *keys: object) -> str:
    """The address of a page, of the keys and words it needs, as `reverse` gives it ten times as slowly."""
    words = tuple(None if isinstance(key, int) else key for key in keys)
    pattern = _pattern(name, words, get_urlconf(), get_script_prefix())
    return pattern % tuple(key for key in keys if isinstance(key, int))


@lru_cache(maxsize=512)
def _pattern(name: str, words: tuple[object, ...], urlconf: str | None, _prefix: str) -> str:
    """With %d where a key belongs; the words, of which there are few, stand where they do."""
    places = [SOME_KEY + place if word is None else word for place, word in enumerate(words)]
    found = reverse(name, urlconf, args=places).replace("%", "%%")
    for place, word in enumerate(words):
        if word is None:
            found = found.replace(str(SOME_KEY + place), "%d", 1)
    return found


def can_be_opened(path: str) -> bool:
    """Whether there is a page at this path, as far as the address says."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return "GET" in _methods(view)


def nearest_page(path: str) -> str:
    """The closest address above this one that can be opened: of /findings/7/move/close/ it is /findings/7/."""
    parts = path.strip("/").split("/")
    above = (f"/{'/'.join(parts[:depth])}/" for depth in range(len(parts) - 1, 0, -1))
    return next((page for page in above if can_be_opened(page)), "/")


def _methods(view: Callable | None) -> tuple[str, ...]:
    """What `require_http_methods` was given: it keeps that in its closure and tells it nowhere else."""
    while view is not None:
        if methods := inspect.getclosurevars(view).nonlocals.get("request_method_list"):
            return tuple(methods)
        view = getattr(view, "__wrapped__", None)
    return ("GET",)
