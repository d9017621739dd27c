"""What comes before everything else: a log-in, an own password, and a post."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.middleware import notice

from .notices import administrators
from .roles import scope_of


class LoginMiddleware(LoginRequiredMiddleware):
    """Sends to the log-in; who was about to save something is told, and comes back to the form."""

    def handle_no_permission(self, request, view_func):
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        if request.htmx:
            text = _("登录已过期，没有提交；填写的内容还在本页。请在新窗口登录，再回到这里提交。")
            return notice(request, text, url=address("units:login"), action=_("去登录"))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            messages.warning(request, _("登录已过期，刚才提交的内容没有保存。请登录后重新提交。"))
        # Back to the form's own page: an address that only takes what is sent cannot be opened.
        form = urlsplit(request.META.get("HTTP_REFERER", request.get_full_path()))
        return redirect_to_login(form._replace(scheme="", netloc="").geturl())


class PasswordChangeMiddleware:
    """Sends a person with a password given by somebody else to the page that changes it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if is_public(view) or not request.user.is_authenticated or not request.user.must_change_password:
            return None
        return None if request.path in account_pages() else redirect("units:password_change")


class PostRequiredMiddleware:
    """Shows who holds no post today a page that says so; posts are read again for every request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if is_public(view) or not request.user.is_authenticated or scope_of(request.user).posts:
            return None
        if request.path in account_pages():
            return None
        context = {
            "next_post": request.user.posts.filter(starts_on__gt=timezone.localdate()).first(),
            "last_post": request.user.posts.exclude(ends_on=None).order_by("ends_on").last(),
            "administrators": "、".join(str(person) for person in administrators()[:5]),
        }
        return render(request, "units/no_post.html", context, status=403)


def is_public(view):
    return not getattr(view, "login_required", True)


def account_pages():
    return {address("units:password_change"), address("units:logout")}
