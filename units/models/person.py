from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.roles import Role, scope_of


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Colleagues in the trees the person has a post in; everybody for the administrator."""
        scope = scope_of(user)
        if scope.holds("units.manage_people"):
            return self
        return self.filter(posts__unit__host_id__in=scope.host_ids).distinct()

    def holding(self, role, *, on):
        """People with a post in this role on that day."""
        return self.filter(
            models.Q(posts__ends_on=None) | models.Q(posts__ends_on__gte=on),
            posts__role=role,
            posts__starts_on__lte=on,
            is_active=True,
        ).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
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
    password_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    # allowed by AbstractBaseUser's API; people here have no mail address as a rule
    EMAIL_FIELD = None

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("units:person", args=[self.pk])

    def has_perm(self, permission, obj=None):
        """Whether one of the person's posts allows this, here and today."""
        # The lock-out's backend only watches log-ins and knows no permissions.
        answering = (backend for backend in get_backends() if hasattr(backend, "has_perm"))
        return any(backend.has_perm(self, permission, obj) for backend in answering)

    @property
    def masked_phone(self):
        return f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) >= 7 else self.phone

    @property
    def is_administrator(self):
        return any(post.role == Role.ADMINISTRATOR for post in scope_of(self).posts)
