"""The rows of a long table: their template is drawn once for each shape a row has, not once for each row."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache

from django.template.loader import get_template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Private characters: two stand around the name of what a row fills in, one between the texts that do.
BETWEEN = "\ue002"
HOLE = re.compile("\ue000(\\w+)\ue001")


class Row(dict[str, str]):
    """The texts of a row that are kept because they are shown again and again, with what was drawn of them."""

    __slots__ = ("drawn",)

    def __init__(self, texts: Mapping[str, str]):
        super().__init__(texts)
        self.drawn: dict[Hashable, str] = {}


def draw_rows(template: str, rows: Iterable[Mapping[str, str]], **constants: object) -> SafeString:
    """The rows one below the other. In `template` the row is `row`, and each of its values a text.

    The template may ask whether a text is there (`{% if row.late %}`) and print it as it is (`{{ row.late }}`,
    escaped unless marked safe), nothing else: what is to be formatted or compared is made ready in the row.
    `constants` are the same for all rows, and plain: a flag, a word.
    """
    fixed, language = tuple(sorted(constants.items())), get_language()
    return SafeString("".join([_drawn(row, (template, fixed, language)) for row in rows]))


def _drawn(row: Mapping[str, str], of: tuple[str, tuple[tuple[str, object], ...], str | None]) -> str:
    if not isinstance(row, Row):
        return _pasted(row, of)
    if of not in row.drawn:
        row.drawn[of] = _pasted(row, of)
    return row.drawn[of]


def _pasted(row: Mapping[str, str], of: tuple[str, tuple[tuple[str, object], ...], str | None]) -> str:
    shape, names = _shape(*of, frozenset(name for name, text in row.items() if text))
    return shape % _escaped([row[name] for name in names])


def _escaped(texts: list[str]) -> tuple[str, ...]:
    if any(type(text) is not str for text in texts) or any(BETWEEN in text for text in texts):
        return tuple([conditional_escape(text) for text in texts])
    # All at once: text by text, escaping a page of rows took as long as finding them.
    return tuple(escape(BETWEEN.join(texts)).split(BETWEEN)) if texts else ()


@lru_cache(maxsize=512)
def _shape(
    template: str, fixed: tuple[tuple[str, object], ...], language: str | None, there: frozenset[str]
) -> tuple[str, tuple[str, ...]]:
    """The drawn row with %s where a text belongs, and the names of these texts."""
    row = {name: SafeString(f"\ue000{name}\ue001") for name in there}
    drawn = get_template(template).render({**dict(fixed), "row": row})
    return HOLE.sub("%s", drawn.replace("%", "%%")), tuple(HOLE.findall(drawn))
