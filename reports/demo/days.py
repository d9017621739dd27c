"""When things happen in the demo city: told as shares of the time gone by, so that its desks are alive on any day."""

from datetime import date, timedelta

from cityinit.periods import due_half_year

SATURDAY = 5


class Days:
    """The demo's calendar: a completed half-year, the time since, and the campaign's end.

    `at(0)` is the campaign's first day, `at(1)` the last day of its first half-year, `at(2)` today.
    """

    def __init__(self, today: date):
        self.today = today
        self.half = due_half_year(on=today)
        self.end = date(today.year, 12, 31)

    @property
    def start(self) -> date:
        return self.half.first

    @property
    def yesterday(self) -> date:
        """The last day a ledger tells of: its rows are dated by the hour, and of today not every hour has come."""
        return self.today - timedelta(days=1)

    def at(self, share: float) -> date:
        """The day at this share: 0 to 1 within the first half-year, 1 to 2 between it and today."""
        first, last = (self.half.first, self.half.last) if share <= 1 else (self.half.last, self.today)
        return first + timedelta(days=round((last - first).days * (share if share <= 1 else share - 1)))

    def working(self, share: float) -> date:
        """The same, moved back to Friday from a weekend, and forward where the campaign has not begun."""
        day = self.at(share)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=-1 if day > self.start + timedelta(days=1) else 1)
        return day

    def ahead(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def ago(self, days: int) -> date:
        return max(self.start, self.today - timedelta(days=days))
