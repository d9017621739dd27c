"""督查通报: the findings of a round or a period, told unit by unit."""

from .facts import collect

__all__ = ["collect"]
