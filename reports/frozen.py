"""What a snapshot keeps beside its facts, because it is long: the records each figure counts, and the findings ledger.

Keys are packed as sorted 64-bit integers, rows as JSON, both compressed: half a year of a large city is some megabytes.
Figures that count the same records share one list; the facts name it by a digest, so that their own hash covers it.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
# What is read again and again is packed fast rather than small.
LEVEL = 1
ROWS_IN_PART = 5000
# So much of a ledger stands in the facts: what a document shows of it.
FIRST_ROWS = 1000


@dataclass(frozen=True)
class KeyList:
    """The keys of the records that a figure counts, in order, and what records they are."""

    model: str
    keys: array[int]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model.encode() + _little(self.keys)).hexdigest()[:32]

    def packed(self) -> bytes:
        return zlib.compress(_little(self.keys), LEVEL)


def key_list(model: str, keys: Iterable[int]) -> KeyList:
    return KeyList(model, array("q", sorted(keys)))


def keys_in(packed: bytes) -> array[int]:
    keys = array("q", zlib.decompress(packed))
    if sys.byteorder == "big":
        keys.byteswap()
    return keys


def _little(keys: array[int]) -> bytes:
    if sys.byteorder == "little":
        return keys.tobytes()
    swapped = array("q", keys)
    swapped.byteswap()
    return swapped.tobytes()


@dataclass
class Ledger:
    """A ledger as it is read, row by row: packed as it goes, its first rows kept for the document."""

    first: list[list[str]] = field(default_factory=list)
    parts: list[tuple[int, bytes]] = field(default_factory=list)
    count: int = 0
    _waiting: list[list[str]] = field(default_factory=list)
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, row: list[str]) -> None:
        if self.count < FIRST_ROWS:
            self.first.append(row)
        self.count += 1
        self._waiting.append(row)
        if len(self._waiting) == ROWS_IN_PART:
            self._pack()

    def told(self) -> Row:
        """What the facts say of it, once every row has been added."""
        if self._waiting:
            self._pack()
        return {"count": self.count, "digest": self._digest.hexdigest()[:32], "first": self.first}

    def _pack(self) -> None:
        told = json.dumps(self._waiting, ensure_ascii=False, separators=(",", ":")).encode()
        self._digest.update(told)
        self.parts.append((len(self._waiting), zlib.compress(told, LEVEL)))
        self._waiting = []


def rows_in(parts: Iterable[bytes]) -> Iterator[Sequence[str]]:
    """The rows of a packed ledger, one part in memory at a time."""
    for part in parts:
        yield from json.loads(zlib.decompress(part))


@dataclass(frozen=True)
class Gathered:
    """The facts of a report with what is kept beside them: the lists by their digests, and the findings ledger."""

    facts: Row
    lists: dict[str, KeyList]
    ledger: Ledger

    def keys_of(self, figure: Row) -> array[int]:
        return self.lists[figure["list"]].keys
