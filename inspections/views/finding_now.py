"""How findings stand now, beside what a paper or a visit said of them on its day: for who sees them still."""

from inspections.models import Finding


def in_sight(findings, *, by):
    """The keys of those that the person may see; of a finding that another unit leads by now nothing more is told."""
    keys = [finding.pk for finding in findings]
    return set(Finding.objects.visible_to(by).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
