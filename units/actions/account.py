"""Passwords, and the one-time link by which a person sets the first or a forgotten one."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as forget_failed_log_ins
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.workflow import Refused
from units.models import User
from units.notices import administrators, tell

from .people import require_managing


@transaction.atomic
def change_password(person: User, *, password: str, address: str | None = None) -> None:
    """A new password of the person's own choice; sessions elsewhere end, since each carries a hash of the old one."""
    _set(person, password)
    audit.record(_("修改密码"), by=person, subject=person, address=address)


@transaction.atomic
def make_link(person: User, *, by: Any) -> str:
    """The address where the person sets a password, good for three days and for one use.

    Refused for who has a post outside the own scope. The other administrators are told: with it one could become
    that person.
    """
    require_managing(by, person)
    if not person.is_active:
        raise Refused(_("%(person)s的账号已停用，不能创建链接。") % {"person": person}, person)
    audit.record(_("创建一次性链接"), by=by, subject=person, detail={_("人员编号"): person.pk})
    text = _("%(by)s为%(person)s创建了设置密码的一次性链接") % {"by": by or _("系统"), "person": person}
    others = administrators(of=[post.unit for post in person.posts_that_bind()])
    tell(others.exclude(pk=by.pk if by else person.pk), text, url=person.get_absolute_url())
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("units:password_reset", args=[uid, default_token_generator.make_token(person)])


@transaction.atomic
def use_link(person: User, *, token: str, password: str, address: str | None = None) -> None:
    """Set the password by a link; refused when it was used, has expired or the account is out of use."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active or not default_token_generator.check_token(person, token):
        raise Refused(_("这个链接已用过或已过期，请联系系统管理员重新创建。"))
    _set(person, password)
    forget_failed_log_ins(username=person.username)
    audit.record(_("用一次性链接设置密码"), by=person, subject=person, address=address)


def _set(person: User, password: str) -> None:
    person.set_password(password)
    person.must_change_password = False
    person.password_changed_at = timezone.now()
    person.save(update_fields=["password", "must_change_password", "password_changed_at"])
