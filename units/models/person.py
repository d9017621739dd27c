from functools import lru_cache

from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.statements import Slot, Statement
from units.roles import EVERYTHING, HELD, Reach, scope_of

from .post import Post


@lru_cache(maxsize=8)
def _answering(*names):
    """The backends of these names that know of permissions: the lock-out's only watches log-ins."""
    return [backend for backend in map(load_backend, names) if hasattr(backend, "has_perm")]


def masked(phone):
    """A telephone number as everybody may read it: enough to tell one from another, too little to call."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * len(phone[:-2]) + phone[-2:]


def _posts():
    held = Post.objects.held(on=Slot("day", models.DateField()))
    return held.filter(user=Slot("user", models.BigIntegerField())).values_list(*HELD)


POSTS = Statement(_posts)


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Colleagues in the trees the person has a post in; for an administrator also who has had no post yet."""
        scope = scope_of(user)
        if scope.holds_everywhere("units.manage_people"):
            return self
        colleagues = Post.objects.filter(unit__host_id__in=scope.host_ids).values("user")
        seen = models.Q(pk__in=colleagues) | models.Q(pk=user.pk)
        if scope.holds("units.manage_people"):
            seen |= ~models.Q(pk__in=Post.objects.values("user"))
        return self.filter(seen)

    def matching(self, text):
        """People whose name, account or title contains the text."""
        wanted = models.Q(name__icontains=text) | models.Q(username__icontains=text) | models.Q(title__icontains=text)
        return self.filter(wanted)

    def posted(self, *, on, role="", under=None):
        """People with a post on that day, in this role and at or below this unit where they are given."""
        posts = Post.objects.held(on=on)
        if role:
            posts = posts.filter(role=role)
        if under:
            posts = posts.filter(unit__path__startswith=under.path)
        return self.filter(pk__in=posts.values("user"))

    def in_status(self, status, *, on):
        """held, none (no post that day), waiting (never set a password) or inactive."""
        held = models.Q(pk__in=Post.objects.held(on=on).values("user"))
        wanted = {
            "held": held & models.Q(is_active=True),
            "none": ~held & models.Q(is_active=True),
            "waiting": models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, is_active=True),
            "inactive": models.Q(is_active=False),
        }
        return self.filter(wanted[status])


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    def create_user(self, username, name, password=None, **values):
        """A person; without a password nobody can log in as them until a one-time link is used."""
        user = self.model(username=username, name=name, **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username):
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person. What they may do follows from their posts (`units.roles`), never from flags here."""

    username = models.CharField(
        _("账号"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("这个账号已有人使用。")},
    )
    name = models.CharField(_("姓名"), max_length=40)
    title = models.CharField(_("职务"), max_length=60, blank=True)
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("units:person", args=[self.pk])

    def posts_on(self, day):
        """The posts held that day as plain values (`HELD`): whole units would take most of a short request."""
        # Those of the day of the request came with the person.
        read_on, posts = getattr(self, "held_at_first", (None, []))
        return posts if read_on == day else POSTS.ask(user=self.pk, day=day)

    def has_perm(self, permission, obj=None):
        """Whether one of the person's posts allows this, here and today."""
        return any(backend.has_perm(self, permission, obj) for backend in _answering(*settings.AUTHENTICATION_BACKENDS))

    def reach(self):
        """The units the person has a post at today; whoever has none belongs to the installation alone."""
        posts = getattr(self, "held_posts", None)
        if posts is None:
            posts = self.posts.held(on=timezone.localdate()).for_list()
        return Reach(EVERYTHING, tuple(post.unit.reach().office for post in posts))

    def posts_that_bind(self):
        """The posts over which an administrator of this person must rule: those not ended, else the former ones."""
        posts = self.posts.for_list()
        return posts.not_ended(on=timezone.localdate()) or posts

    def is_managed_by(self, user):
        """Whether this administrator's scope holds all of the person's posts."""
        return all(user.has_perm("units.manage_people", post) for post in (None, *self.posts_that_bind()))

    def phone_for(self, viewer):
        """The telephone number as this viewer may see it: whole for the own office and the person, else masked."""
        return self.phone if viewer.pk == self.pk or viewer.has_perm("units.see_phone", self) else self.masked_phone

    @property
    def masked_phone(self):
        return masked(self.phone)
