"""What an address or a form asks for in text: the key of a row, words to look for."""

from __future__ import annotations

# No row has a key of more digits, and Python reads no number of thousands.
MOST_DIGITS = 18
MOST_LETTERS = 60


def key_in(value: str | int | None) -> int | None:
    """The key that a text names, or a form's first value; None where it can be no row's."""
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def words_in(text: str | None) -> str:
    """The words typed to look for rows, no longer than is looked for."""
    # PostgreSQL has no place for a NUL, not even in a question.
    return (text or "").replace("\x00", "").strip()[:MOST_LETTERS]
