"""Whether a report told of an assessment system: then it is in use, though no row of ours points at it."""

from campaigns.models import AssessmentSystem

from .models import Snapshot


def is_told(system: AssessmentSystem) -> bool:
    """Whether facts were taken of its campaign while it was in force; a snapshot tells every indicator of that day."""
    taken = Snapshot.objects.filter(report__campaign=system.campaign_id)
    if system.adopted_on:
        taken = taken.filter(report__last_day__gte=system.adopted_on)
    return system.state != AssessmentSystem.State.DRAFT and taken.exists()
