"""What was logged towards the targets of tasks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from cityinit.periods import Period
from units.models import Unit

from .. import quantities
from ..models import Campaign, Quantity, Task
from .tasks import counted_tasks, share


@dataclass(frozen=True)
class Reached:
    """A task's target in quantities beside what was logged in its measure by the day."""

    target: quantities.Quantity
    amount: Decimal
    entries: int

    @property
    def percent(self) -> Decimal:
        return share(self.amount, self.target.amount) or Decimal("0.0")

    @property
    def is_met(self) -> bool:
        return self.amount >= self.target.amount

    @property
    def text(self) -> str:
        """What was logged, in the measure of the target."""
        return quantities.exact_number(self.amount / self.target.factor) + self.target.measure


def targeted_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """有数量目标: of the counted tasks those with a target above zero in a measure."""
    return counted_tasks(campaign, period, unit=unit).filter(target__gt=0).exclude(measure="")


def targets_reached(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, tasks: Iterable[int] | None = None
) -> dict[int, Reached]:
    """Each target beside the quantities logged in its measure by the last day, by the task's key.

    Counts are added up, whatever they are called; of rates and of what stands (累计…, 现有…) the highest of the latest
    counts. `tasks` narrows to these keys, for a page of them.
    """
    asked = targeted_tasks(campaign, period, unit=unit)
    if tasks is not None:
        asked = asked.filter(pk__in=list(tasks))
    targets = {
        pk: quantities.Quantity("", target, "", measure)
        for pk, target, measure in asked.values_list("pk", "target", "measure")
        if target is not None
    }
    logged = Quantity.objects.filter(entry__task__in=asked, entry__done_on__lte=period.last).order_by()
    counts = logged.filter(kind=Quantity.Kind.COUNT).values("entry__task", "measure", "qualifier")
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for task, measure, qualifier, value in counts.annotate(value=Sum("value")).values_list(
        "entry__task", "measure", "qualifier", "value"
    ):
        term = quantities.Quantity("", value, qualifier, measure)
        if term.canonical == targets[task].canonical:
            amounts[task] += term.amount
    for task, amount in _standing_last(logged, targets).items():
        amounts[task] = max(amounts[task], amount)
    speaking = logged.exclude(kind=Quantity.Kind.DURATION).values("entry__task", "canonical_measure")
    entries = {
        (task, measure): n
        for task, measure, n in speaking.annotate(n=Count("entry", distinct=True)).values_list(
            "entry__task", "canonical_measure", "n"
        )
    }
    return {pk: Reached(target, amounts[pk], entries.get((pk, target.canonical), 0)) for pk, target in targets.items()}


def met_targets(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """已达到目标: of the tasks with a target those for which as much was logged by the last day."""
    met = [pk for pk, reached in targets_reached(campaign, period, unit=unit).items() if reached.is_met]
    return targeted_tasks(campaign, period, unit=unit).filter(pk__in=met)


def _standing_last(logged: QuerySet[Quantity], targets: dict[int, quantities.Quantity]) -> dict[int, Decimal]:
    """Of rates and of what stands the highest of the latest, each label by itself."""
    rows = logged.filter(kind__in=(Quantity.Kind.RATE, Quantity.Kind.STATE)).order_by(
        "entry__done_on", "entry", "position", "pk"
    )
    latest: dict[tuple[int, str], Decimal] = {}
    for task, label, value, qualifier, measure in rows.values_list(
        "entry__task", "label", "value", "qualifier", "measure"
    ):
        term = quantities.Quantity(label, value, qualifier, measure)
        if term.canonical == targets[task].canonical:
            latest[task, label] = term.amount
    highest: dict[int, Decimal] = defaultdict(Decimal)
    for (task, _label), amount in latest.items():
        highest[task] = max(highest[task], amount)
    return highest
