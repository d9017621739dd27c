"""The one backend that answers who may log in and who may do what."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import BigIntegerField, DateField, F, FilteredRelation, OuterRef, Subquery
from django.utils import timezone

from cityinit.statements import Slot, Statement, columns_of, made

from .models import Notice, User
from .models.post import held_on
from .roles import HELD, Reach, scope_of


def _active():
    day = Slot("day", DateField())
    unread = Notice.objects.unread().filter(user=OuterRef("pk")).counted_by_person()
    people = User.objects.filter(pk=Slot("user", BigIntegerField()), is_active=True).alias(
        held=FilteredRelation("posts", condition=held_on(day, by="posts__")),
    )
    return (
        people.annotate(unread=Subquery(unread.values("n")), post=F("held__pk"))
        .order_by("held__starts_on", "held__pk")
        .values_list(*columns_of(User), "unread", "post", *(f"held__{name}" for name in HELD))
    )


# Every request of a person asks for all three: who it is, the posts of today, and how many notices wait.
ACTIVE = Statement(_active)
OWN = len(columns_of(User))


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
        """The person with the posts of today and the number of unread notices, in one query; None if not active."""
        today = timezone.localdate()
        found = ACTIVE.ask(user=user_id, day=today)
        if not found:
            return None
        user = made(User, found[0][:OWN])
        user.unread_at_first = found[0][OWN] or 0
        user.held_at_first = today, [row[OWN + 2 :] for row in found if row[OWN + 1] is not None]
        return user

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
