"""Numbers of tasks, given one after the other: under an indicator Ⅱ-1-01, Ⅱ-1-02 …, else RW001, RW002 …"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .models import Campaign, Indicator, Task

LONGEST = Task._meta.get_field("code").max_length or 40
PLAIN = "RW"
# Room for the number behind the indicator's own code.
ROOM = 8


class Codes:
    """Gives free codes; `used` are those that are taken."""

    def __init__(self, used: Iterable[str]):
        self.used = set(used)
        self._last: Counter[str] = Counter()

    @classmethod
    def suggested(cls, campaign: Campaign) -> str:
        """The next of those without an indicator, for a form to begin with. One query."""
        return cls(Task.objects.of(campaign).filter(code__startswith=PLAIN).values_list("code", flat=True)).next()

    @classmethod
    def of(cls, campaign: Campaign) -> Codes:
        """One query. Who writes the codes keeps others from doing so meanwhile (`ancestry.lock_trees`)."""
        return cls(Task.objects.of(campaign).values_list("code", flat=True))

    def next(self, indicator: Indicator | None = None) -> str:
        base, digits = (f"{indicator.code[: LONGEST - ROOM]}-", 2) if indicator else (PLAIN, 3)
        while True:
            self._last[base] += 1
            code = f"{base}{self._last[base]:0{digits}}"
            if code not in self.used:
                self.used.add(code)
                return code
