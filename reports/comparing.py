"""Figures of two snapshots side by side: what changed since, this period against another. The keys of what they
count are looked up only where those differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from cityinit.numerals import number, parse_number

Facts = dict


class Counted(Protocol):
    """Facts with the keys of the records that each figure counts: a snapshot, or what was gathered just now."""

    @property
    def facts(self) -> Facts: ...

    def keys_of(self, figure: Facts) -> Sequence[int]: ...


# So many records of each kind are kept of a change; the rest is counted.
RECORDS_KEPT = 50


@dataclass(frozen=True)
class Change:
    """A figure that says something else, or rests on other records; `before` or `now` is empty where there is none."""

    key: str
    label: str
    basis: str
    before: str
    now: str
    model: str
    added: tuple[int, ...]
    removed: tuple[int, ...]
    n_added: int
    n_removed: int


@dataclass(frozen=True)
class Compared:
    """A figure now and in another period; `difference` and `growth` (in per cent) where both are numbers."""

    key: str
    label: str
    now: str
    then: str
    difference: str
    growth: str


def changes(before: Counted, now: Counted) -> list[Change]:
    """Every figure that differs between two snapshots of one report, in the order in which the first tells them."""
    earlier, later = _by_name(before.facts), _by_name(now.facts)
    told = []
    for name in dict.fromkeys([*earlier, *later]):
        was, is_now = earlier.get(name), later.get(name)
        known = is_now or was
        assert known is not None  # noqa: S101  # the name is of one of both
        before_text, now_text = was["text"] if was else "", is_now["text"] if is_now else ""
        if was and is_now and before_text == now_text and was["list"] == is_now["list"]:
            continue
        old, new = set(before.keys_of(was) if was else ()), set(now.keys_of(is_now) if is_now else ())
        added, removed = sorted(new - old), sorted(old - new)
        told.append(
            Change(
                name[0],
                known["label"],
                known["basis"],
                before_text,
                now_text,
                model=known["model"],
                added=tuple(added[:RECORDS_KEPT]),
                removed=tuple(removed[:RECORDS_KEPT]),
                n_added=len(added),
                n_removed=len(removed),
            )
        )
    return told


def compared(now: Facts, then: Facts) -> list[Compared]:
    """The figures that both periods have, side by side; those of single tasks and rows are left out."""
    earlier = then["figures"]
    told = []
    for key, figure in now["figures"].items():
        other = earlier.get(key)
        if other is None or other["label"] != figure["label"]:
            continue
        apart = _between(figure["text"], other["text"])
        told.append(Compared(key, figure["label"], figure["text"], other["text"], *apart))
    return told


def _by_name(facts: Facts) -> dict[tuple[str, str], dict]:
    """By key and label: a key that counts places may belong to another row in another snapshot."""
    return {(key, figure["label"]): figure for key, figure in facts["figures"].items()}


def _between(now: str, then: str) -> tuple[str, str]:
    """How far apart two figures are: 12, 8.5个百分点; and by how many per cent a count has grown."""
    said, before = parse_number(now), parse_number(then)
    if said is None or before is None or said.measure != before.measure:
        return "", ""
    apart = said.value - before.value
    sign = "+" if apart > 0 else "−" if apart < 0 else ""
    size = number(abs(apart))
    if said.measure == "%":
        return f"{sign}{size}个百分点", ""
    growth = f"{sign}{number(abs(apart) * Decimal(100) / before.value)}%" if before.value else ""
    return f"{sign}{size}", growth
