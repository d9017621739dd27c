"""The levels of a city's tree, told by the kind of a unit: 市, 区县, 街道乡镇, 社区村, and everybody else."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Level → (what it is called, words one of which its kind ends with).
LEVELS = {
    "district": (_("区县"), ("区", "县", "旗", "县级市")),
    "street": (_("街道乡镇"), ("街道", "乡镇", "镇", "乡", "街道办事处")),
    "community": (_("社区村"), ("社区", "村", "居委会", "村委会")),
}
OTHER = "other"
CHOICES = [*((level, label) for level, (label, _words) in LEVELS.items()), (OTHER, _("部门和单位"))]


def of_level(level: str) -> Q:
    """The condition for units of this level."""
    kinds = {name: Q(kind__in=words) for name, (_label, words) in LEVELS.items()}
    if level in kinds:
        return kinds[level]
    other = ~Q(pk=None)
    for condition in kinds.values():
        other &= ~condition
    return other
