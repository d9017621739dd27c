from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.roles import EVERYTHING, OFFICE_ROLES, Reach, Role

from .unit import Unit


def held_on(day, *, by=""):
    """That a post is held on that day; `by` names it from the row that it is asked of, as "posts__"."""
    runs_on = models.Q(**{f"{by}ends_on": None}) | models.Q(**{f"{by}ends_on__gte": day})
    return models.Q(runs_on, **{f"{by}starts_on__lte": day})


class PostQuerySet(models.QuerySet):
    def held(self, *, on):
        """Posts that are held on that day."""
        return self.filter(held_on(on))

    def for_list(self):
        """With everything a table of posts shows."""
        return self.select_related("user", "unit__host", "scope__host")

    def not_ended(self, *, on):
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=on))


class Post(models.Model):
    """A person holds a role at a unit from a day to a day, over a scope unit and what is below it."""

    user = models.ForeignKey("units.User", verbose_name=_("人员"), on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="posts")
    scope = models.ForeignKey(
        Unit,
        verbose_name=_("管辖单位"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="posts_over",
        help_text=_("不填时：联络员管本单位及下属，其他角色管整个主体单位"),
    )
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="post_ends_after_it_starts",
            )
        ]

    def __str__(self):
        return f"{self.unit} · {self.get_role_display()}"

    def get_absolute_url(self):
        return self.user.get_absolute_url()

    def reach(self):
        """Over all that it governs must rule who gives or ends it."""
        if self.role == Role.ADMINISTRATOR and not self.scope:
            return Reach(EVERYTHING)
        return (self.scope or (self.unit.host if self.role in OFFICE_ROLES else self.unit)).reach()

    @property
    def span(self):
        """From when to when, as a person would write it."""
        return _("%(start)s 至 %(end)s") % {"start": self.starts_on, "end": self.ends_on or _("今")}


class HandOverQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those the person gave or took; an administrator's also of the units he rules over."""
        ruled = Unit.objects.staffed_by(user)
        mine = models.Q(post__user=user) | models.Q(successor__user=user)
        return self.filter(mine | models.Q(post__unit__in=ruled))


class HandOver(models.Model):
    """A post given on to somebody else, with what was open in its scope on that day (交接单)."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="handed_over")
    successor = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="taken_over")
    # `units.succession.Open.kept`, kind by kind, as it stood: later moves do not change the paper.
    contents = models.JSONField(default=list)
    at = models.DateTimeField(_("交接时间"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.post.user} → {self.successor.user}"

    def get_absolute_url(self):
        return reverse("units:hand_over", args=[self.pk])

    def lists_for(self, user):
        """Its kinds of work, each with how many rows the sheet does not hold, and where this person may read them."""
        return [
            {
                **kept,
                "left_out": kept["count"] - len(kept["rows"]),
                "lists": kept["lists"] if user.has_perm(kept["permission"]) else [],
            }
            for kept in self.contents
        ]


def held_posts(*, on):
    """What to prefetch so that each person of a list carries `held_posts`."""
    return models.Prefetch("posts", Post.objects.held(on=on).for_list(), to_attr="held_posts")
