"""A refusal is an answer, not a fault: it is shown where the person stood."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

from .workflow import Refused


class RefusedMiddleware:
    """Refused → a message on the object's page, or status 409 with the message for htmx."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refused):
            return None
        if getattr(request, "htmx", False):
            html = render_to_string("components/notice.html", {"tone": "red", "text": exception.reason}, request)
            return HttpResponse(html, status=409)
        messages.error(request, exception.reason)
        if exception.obj is not None and hasattr(exception.obj, "get_absolute_url"):
            return redirect(exception.obj)
        return redirect("campaigns:desk")
