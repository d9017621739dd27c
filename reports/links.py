"""Which numbers of a text that a hand has edited are still figures: the check behind every number of the summary."""

import re
from collections.abc import Sequence

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:%|‰)?")
# Days, years and the numbers of documents say themselves.
NAMES = re.compile(r"\d{4}年(?:度|\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|〔\d{4}〕\d+号")


def relink(text: str, *, written: str, links: Sequence[dict]) -> list[dict]:
    """The links of the edited text: a number leads where the same number of the written text led, in their order."""
    there: dict[str, list[str]] = {}
    for link in links:
        there.setdefault(written[link["start"] : link["end"]], []).append(link["figure"])
    told = []
    for found in _numbers(text):
        if figures := there.get(found[0]):
            figure = figures.pop(0) if len(figures) > 1 else figures[0]
            told.append({"start": found.start(), "end": found.end(), "figure": figure})
    return told


def unknown_numbers(text: str, links: Sequence[dict]) -> list[dict]:
    """Where numbers stand that lead to no figure and no record: somebody should look at them."""
    linked = {place for link in links for place in range(link["start"], link["end"])}
    return [{"start": found.start(), "end": found.end()} for found in _numbers(text) if found.start() not in linked]


def _numbers(text: str) -> list[re.Match]:
    named = {place for found in NAMES.finditer(text) for place in range(found.start(), found.end())}
    return [found for found in NUMBER.finditer(text) if found.start() not in named]
