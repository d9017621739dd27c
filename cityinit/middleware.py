"""What is answered instead of a view: a refusal where the person stood, a request too large or no room for it, a
redirect for htmx.

And the language of every answer.
"""

import logging

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, UnreadablePostError
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from . import errors
from .busy import Busy, is_busy
from .files import FULL
from .unseen import UNSEEN, without_unseen
from .workflow import Refused

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024


class LanguageMiddleware:
    """Names the language for the thread: while none is named, each word of a page looks for it in vain first."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        translation.activate(settings.LANGUAGE_CODE)
        return self.get_response(request)


class RefusedMiddleware:
    """Refused → a message on the object's page, or status 409 with the message for htmx; what two did at once, 409."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Busy) or is_busy(exception):
            log.warning("%s %s: turned down for another transaction", request.method, request.path, exc_info=exception)
            return notice(request, Busy().reason) if getattr(request, "htmx", False) else errors.busy(request)
        if not isinstance(exception, Refused):
            return None
        if getattr(request, "htmx", False):
            return notice(request, exception.reason)
        messages.error(request, exception.reason)
        if exception.obj is not None and hasattr(exception.obj, "get_absolute_url"):
            return redirect(exception.obj)
        return redirect("campaigns:desk")


class RequestSizeMiddleware:
    """Turns down what is larger than MAX_REQUEST_BYTES, before anything of it is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        told = request.META.get("CONTENT_LENGTH") or ""
        size = int(told) if told.isdecimal() else 0
        if size <= settings.MAX_REQUEST_BYTES:
            return self.get_response(request)
        text = _("一次上传了%(size)s MB，超过了%(limit)s MB的上限，没有保存。请去掉几张照片或几个文件，分几次上传。")
        text %= {"size": -(-size // MEGABYTE), "limit": settings.MAX_REQUEST_BYTES // MEGABYTE}
        return notice(request, text) if request.htmx else errors.too_large(request, text)


class NoRoomMiddleware:
    """A sentence, and status 507, where the disk is too full to take in what is sent or to write what is asked for.

    Stands before whatever else reads what was sent: large uploads are written to disk while they are read.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        try:
            # Reading is what fills it.
            request.POST  # noqa: B018
        except OSError as fault:
            if fault.errno in FULL:
                return self._told(request)
            # Of a connection that broke off Django's own middleware makes an empty form.
            if not isinstance(fault, UnreadablePostError):
                raise

    def process_exception(self, request, exception):
        if isinstance(exception, OSError) and exception.errno in FULL:
            return self._told(request)

    def _told(self, request):
        log.error("no space left to answer %s %s", request.method, request.path)
        text = _("服务器存储空间已满，没有保存。请联系系统管理员清理空间后再提交一次。")
        return notice(request, text) if request.htmx else errors.no_room(request, text)


class UnseenCharactersMiddleware:
    """Drops from what is sent the characters that nobody can see; a password is taken as it was typed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if any(UNSEEN.search(value) for _name, values in request.POST.lists() for value in values):
            sent = request.POST.copy()
            for name, values in request.POST.lists():
                if "password" not in name:
                    sent.setlist(name, [without_unseen(value) for value in values])
            request.POST = sent


class WrongMethodMiddleware:
    """A page for an address that was opened though it only takes what is sent, or the other way round."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 405:
            return response
        page = errors.wrong_method(request)
        page["Allow"] = response["Allow"]
        return page


class ClientRedirectMiddleware:
    """Lets the page itself follow the redirect after a form that htmx has sent.

    Followed within the request, the next page would be drawn twice, and its messages shown to nobody.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.htmx and request.method == "POST" and response.status_code == 302:
            return HttpResponseClientRedirect(response.url)
        return response


def notice(request, text, *, url="", action=""):
    """The answer to htmx that base.html shows in #notices, with the form left as it is; the link opens a new window."""
    context = {"tone": "red", "text": text, "url": url, "action": action}
    return HttpResponse(render_to_string("components/notice.html", context, request), status=409)
