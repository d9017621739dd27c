"""Whether an edition is in use: whether anything was filed under one of its indicators or standards.

What points at them is asked of the models themselves, so that findings and materials, which live in apps and files of
their own, count without being named. What knows a system without pointing at it (a report that told of it) is asked
through `ask_also`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import models

from .models import AssessmentSystem, Indicator, Standard

# The tree itself is no use of the tree.
_OWN = {AssessmentSystem, Indicator, Standard}
_QUESTIONS: list[Callable[[AssessmentSystem], bool]] = []


def ask_also(question: Callable[[AssessmentSystem], bool]) -> None:
    """Let an app above say whether it knows the system in another way."""
    if question not in _QUESTIONS:
        _QUESTIONS.append(question)


def is_in_use(system: AssessmentSystem) -> bool:
    """Whether a row points at a node of the system, in this version or in one it was carried over from."""
    if any(rows.exists() for rows in users_of(system)):
        return True
    return any(question(system) for question in _QUESTIONS)


def users_of(system: AssessmentSystem, *, by_lineage: bool = True) -> Iterator[models.QuerySet]:
    """The rows that point at its nodes, model by model; without `by_lineage` those of this very version."""
    key = "lineage" if by_lineage else "pk"
    for model in (Indicator, Standard):
        nodes = model.objects.of_system(system).order_by().values(key)
        for relation in model._meta.related_objects:
            if relation.related_model not in _OWN:
                way = f"{relation.field.name}__{key}__in"
                yield relation.related_model._base_manager.filter(**{way: nodes})
