from django.db import models

from cityinit.history import Event
from units.models import Unit

from .standard import AssessmentSystem
from .task import Assignment, Task


class TaskEvent(Event):
    """One thing that happened to a task or to one unit's assignment."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events")
    # What happened stays told when the unit is taken out of the task.
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="events")
    # Whose part it was then: a successor takes the part over, not what happened to it.
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=24, blank=True)
    target = models.CharField(max_length=24, blank=True)

    def get_absolute_url(self):
        return self.task.get_absolute_url()


# The moves of which the last says whether a part was sent back and has not been reported again.
LAST_WORD = ("send_back", "report_done")


def sent_back(parts):
    """Those of these parts that were sent back and have not been reported again."""
    moves = TaskEvent.objects.filter(assignment=models.OuterRef("pk"), move__in=LAST_WORD)
    last = moves.order_by("-at", "-pk").values("move")[:1]
    return parts.unfinished().annotate(last_move=models.Subquery(last)).filter(last_move="send_back")


class SystemEvent(Event):
    """One thing that happened to a version: founded, loaded, changed, adopted, ended."""

    system = models.ForeignKey(AssessmentSystem, on_delete=models.CASCADE, related_name="events")
