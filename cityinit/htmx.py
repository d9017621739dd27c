"""Pages that htmx replaces in part: the fragment is the very file the full page includes."""

from django.shortcuts import render


def render_page(request, template, context, *, fragment=None, status=200):
    """The whole page, or only `fragment` when htmx asked for a piece of it."""
    part = fragment and request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    response = render(request, fragment if part else template, context, status=status)
    # One address, two answers: the back button must not find the fragment in the cache.
    response.headers["Vary"] = "HX-Request"
    return response
