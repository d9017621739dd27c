"""Which sites a draw takes: told by its number and the register of that day alone, so that anybody can draw it again.

Every site of the pool gets a mark, the SHA-256 of the number and its code; the smallest marks are drawn. No random
generator of ours has a say in it: `printf '%s' 20260401:S001 | sha256sum` gives the same mark anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256


def mark(number: str, code: str) -> str:
    """By what a site stands in a draw: 64 hexadecimal digits."""
    return sha256(f"{number}:{code}".encode()).hexdigest()


def in_order(number: str, codes: Iterable[str]) -> list[str]:
    """The codes as they are drawn, the first one first."""
    return sorted(codes, key=lambda code: (mark(number, code), code))


def drawn(number: str, pool: Iterable[tuple[str, Sequence[str]]], n: int) -> list[str]:
    """The codes that are drawn: n of each group of the pool, or all of a group that holds fewer."""
    return [code for _group, codes in pool for code in in_order(number, codes)[:n]]
