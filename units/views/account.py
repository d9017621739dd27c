"""Logging in and out, and passwords."""

from datetime import datetime
from urllib.parse import urlsplit

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cityinit.addresses import can_be_opened
from units import actions
from units.forms import LoginForm
from units.models import User


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request):
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = LoginForm(request.POST or None)
    if form.is_valid():
        user = auth.authenticate(request, **form.cleaned_data)
        if user is not None:
            auth.login(request, user)
            return redirect(_next(request))
        # One sentence for both, so that nobody learns which accounts there are.
        form.add_error(None, _("账号或密码不对。请核对后再试，注意大小写。"))
    return render(request, "units/login.html", {"form": form, "next": _wanted(request)})


def locked_out(request, response=None, credentials=None):
    """What django-axes answers while a log-in is locked: what happened, and when to try again."""
    tried = AccessAttempt.objects.filter(
        username=(credentials or {}).get("username", ""), ip_address=request.axes_ip_address
    )
    last = tried.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    context = {"until": _next_minute(last + get_cool_off(request)), "limit": settings.AXES_FAILURE_LIMIT}
    return render(request, "units/locked_out.html", context, status=429)


@login_not_required
@require_POST
def logout(request):
    auth.logout(request)
    messages.success(request, _("已退出登录。"))
    return redirect("units:login")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password_change(request):
    form = PasswordChangeForm(request.user, request.POST or None)
    if form.is_valid() and _is_new(form):
        actions.change_password(
            request.user, password=form.cleaned_data["new_password1"], address=request.META["REMOTE_ADDR"]
        )
        # This session goes on; all others of the person have ended.
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已修改，其他设备上的登录已退出。"))
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "units/password_change.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password_reset(request, uid, token):
    """A person without a password, or who forgot it, sets one by a link from the administrator."""
    person = _person_of_link(uid)
    if person is None or not default_token_generator.check_token(person, token):
        return render(request, "units/link_spent.html", status=410)
    form = SetPasswordForm(person, request.POST or None)
    if form.is_valid():
        actions.use_link(
            person, token=token, password=form.cleaned_data["new_password1"], address=request.META["REMOTE_ADDR"]
        )
        messages.success(request, _("密码已设好，请用账号“%(username)s”登录。") % {"username": person.username})
        return redirect("units:login")
    return render(request, "units/password_reset.html", {"form": form, "person": person})


def _next(request):
    wanted = _wanted(request)
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and can_be_opened(urlsplit(wanted).path) else resolve_url(settings.LOGIN_REDIRECT_URL)


def _wanted(request):
    return request.POST.get("next", request.GET.get("next", ""))


def _next_minute(moment: datetime) -> datetime:
    """Rounded up: at the minute the page names, the lock is open."""
    return datetime.fromtimestamp(-(-moment.timestamp() // 60) * 60, tz=timezone.get_current_timezone())


def _is_new(form):
    if not form.user.check_password(form.cleaned_data["new_password1"]):
        return True
    form.add_error("new_password1", _("新密码要和旧密码不同。"))
    return False


def _person_of_link(uid):
    try:
        pk = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    return User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
