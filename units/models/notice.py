from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .person import User


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user=user)

    def unread(self):
        return self.filter(read_at=None)

    def counted_by_person(self):
        """How many, as `n` beside each person's key."""
        return self.order_by().values("user").annotate(n=models.Count("pk"))


class Notice(models.Model):
    """Something a person should know, with the page it is about. Written by `units.notices.tell` only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    text = models.CharField(_("内容"), max_length=300)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("时间"), default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "read_at"], name="notice_user_read")]

    def __str__(self):
        return self.text
