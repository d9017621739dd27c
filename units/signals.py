"""The audit trail of log-ins: told by Django and by the lock-out, whichever page was used."""

from datetime import timedelta

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit

from .models import User


@receiver(user_logged_in)
def _logged_in(sender, request, user, **kwargs):
    # A moment, not an age: work in between must not lengthen the session.
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    audit.record(_("登录"), by=user, address=request.META.get("REMOTE_ADDR"))


@receiver(user_logged_out)
def _logged_out(sender, request, user, **kwargs):
    if user is not None:
        audit.record(_("退出登录"), by=user, address=request.META.get("REMOTE_ADDR"))


@receiver(user_login_failed)
def _failed(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):
        audit.record(_("登录失败"), by=None, subject=_account(credentials.get("username")), address=_address(request))


@receiver(user_locked_out)
def _locked(sender, request, username, ip_address, **kwargs):
    audit.record(_("登录锁定"), by=None, subject=_account(username), address=_address(request))


def _account(username):
    """The account that was tried. What is no account may be a password typed in the wrong field: not kept."""
    known = User.objects.filter(username=username or "").values_list("username", flat=True).first()
    return known or _("（没有这个账号）")


def _address(request):
    return request.META.get("REMOTE_ADDR") if request is not None else None
