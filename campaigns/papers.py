"""Letters and notices whose look the office may replace by its own Word file; the apps above add theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cityinit.documents.filled import Filling
from cityinit.documents.placeholders import Vocabulary

from .models import Campaign

# What a letter of a kind is drawn from: what it froze (`told`) and, for some, more.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class PaperKind:
    """`standard` draws a letter as the standard has it, `filling` says what stands for each placeholder.

    `latest` gives the values of the campaign's last letter, None before the first: a paper is looked at with it.
    Who holds `permission` sends such letters, and chooses their paper.
    """

    slug: str
    title: Any
    permission: str
    vocabulary: Vocabulary
    standard: Callable[..., bytes]
    filling: Callable[..., Filling]
    latest: Callable[[Campaign], Values | None]


_KINDS: dict[str, PaperKind] = {}


def add(kind: PaperKind) -> None:
    """Called by the apps as they get ready."""
    _KINDS[kind.slug] = kind


def kinds() -> list[PaperKind]:
    return list(_KINDS.values())


def kind_of(slug: str) -> PaperKind | None:
    return _KINDS.get(slug)
