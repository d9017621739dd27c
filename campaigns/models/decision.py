import re

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.marks import mark_of
from units.models import Unit
from units.then import unit_then

from .activity import Meeting
from .campaign import CampaignRow, CampaignRowQuerySet
from .task import Task

# Where nobody decides: what is noted of them is what was seen, taught or praised.
NOT_DECIDING = re.compile(r"培训|讲座|宣讲|观摩|学习|调研|视察|检查|督导|指导|考察|慰问|活动|文体|志愿")
_HANZI = "一二三四五六七八九十"
# 1. 2、（三）④ 一是: where an item of a text begins.
_ITEM = rf"(?:\d{{1,2}}[.．、)）](?!\d)|[（(][{_HANZI}\d]{{1,3}}[)）]|[①-⑳]|[{_HANZI}]{{1,3}}(?:是|、))"
_BETWEEN = re.compile(rf"\n+|[；;]\s*|(?<=[。！])|(?={_ITEM})")


def items_of(text: str) -> list[str]:
    """The single decisions of a text as the office writes it: numbered, by lines, or apart by ；."""
    pieces = (re.sub(rf"^\s*{_ITEM}\s*", "", piece).strip(" \t，,。；;") for piece in _BETWEEN.split(text or ""))
    return list(dict.fromkeys(piece for piece in pieces if piece))


class DecisionQuerySet(CampaignRowQuerySet):
    def pending(self):
        """Neither made a task nor settled otherwise."""
        return self.filter(task=None, settled_on=None)

    def under_way(self):
        """Made a task that is not concluded."""
        return self.filter(task__state__in=Task.OPEN_STATES)

    def carried_out(self):
        return self.filter(models.Q(task__state=Task.State.CONFIRMED) | models.Q(task=None, settled_on__isnull=False))

    def charged(self, unit, *, on):
        """Those with which the unit, or one below it then, was charged on that day."""
        units = Unit.objects.below(unit, on=on).values("pk")
        then = unit_then(FormerDecision.objects.all(), of="decision", on=on)
        return self.alias(unit_then=then).filter(unit_then__in=units)

    def for_list(self):
        """Everything a table of decisions shows, in one query."""
        return self.select_related("meeting", "unit", "task")


class Decision(CampaignRow):
    """One thing a meeting decided (议定事项): it becomes a task, or is settled without one."""

    meeting = models.ForeignKey(Meeting, verbose_name=_("会议"), on_delete=models.CASCADE, related_name="decided")
    content = models.TextField(_("议定事项"))
    unit = models.ForeignKey(
        Unit, verbose_name=_("责任单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("完成时限"), null=True, blank=True)
    task = models.ForeignKey(
        Task, verbose_name=_("任务"), null=True, on_delete=models.SET_NULL, related_name="decisions", editable=False
    )
    tasked_on = models.DateField(_("立为任务"), null=True, editable=False)
    settled_on = models.DateField(_("落实日期"), null=True, blank=True)
    outcome = models.CharField(_("落实情况"), max_length=200, blank=True)

    objects = DecisionQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        verbose_name = _("议定事项")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(task=None) | models.Q(tasked_on__isnull=False), name="decision_tasked_has_its_day"
            )
        ]

    def __str__(self):
        return self.content[:40]

    def get_absolute_url(self):
        return reverse("campaigns:register_row", args=["meetings", self.meeting_id])

    @property
    def standing(self):
        """(tone, text) of what became of it."""
        if self.task:
            return self.task.tone, self.task.get_state_display()
        return ("green", _("已落实")) if self.settled_on else ("orange", _("未落实"))

    @property
    def mark(self):
        return mark_of(self, ("content", "unit", "due_on", "task", "settled_on", "outcome"))


class FormerDecision(models.Model):
    """A decision with which a unit was charged until a day, when its successor took it over."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="former_units")
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.decision} {self.unit} {self.until}"
