"""The one backend that answers who may log in and who may do what."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import BigIntegerField

from cityinit.statements import Slot, Statement, columns_of, made

from .models import User
from .roles import Reach, scope_of


def _active():
    rows = User.objects.filter(pk=Slot("user", BigIntegerField()), is_active=True)
    return rows.order_by().values_list(*columns_of(User))


ACTIVE = Statement(_active)


class PostBackend(BaseBackend):
    """Password log-in, and permissions from the posts a person holds today."""

    def authenticate(self, request, username=None, password=None):
        user = User.objects.filter(username=username or "").first()
        if user is None:
            # As slow as a real check, so that the answer's time does not tell who exists.
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id):
        found = ACTIVE.ask(user=user_id)
        return made(User, found[0]) if found else None

    def has_perm(self, user_obj, perm, obj=None):
        """Whether a post held today gives `perm`, and, with an object, covers where it belongs."""
        if not user_obj.is_active:
            return False
        holding = [post for post in scope_of(user_obj).posts if perm in post.permissions]
        if obj is None or not holding:
            return bool(holding)
        reach = obj if isinstance(obj, Reach) else obj.reach()
        to_see = perm.partition(".")[2].startswith("see_")
        return any(post.covers(reach, to_see=to_see) for post in holding)
