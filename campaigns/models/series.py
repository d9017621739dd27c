from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F

from units.models import Unit


class LetterSeries(models.Model):
    """The last number given under a word (创文督办) of a host's year; the row's lock keeps two from the same one."""

    host = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self):
        return self.number(self.last)

    @classmethod
    def next(cls, host: Unit, word: str, *, year: int) -> Self:
        """The series with the next serial taken (`last`). Call within the transaction that writes the letter:
        what is rolled back leaves no gap."""
        series, _made = cls._default_manager.get_or_create(host=host, word=word, year=year)
        cls._default_manager.filter(pk=series.pk).update(last=F("last") + 1)
        series.refresh_from_db()
        return series

    def number(self, serial: int) -> str:
        """How a letter is numbered (GB/T 9704): word, year in hexagonal brackets, serial without leading zeros."""
        return f"{self.word}〔{self.year}〕{serial}号"
