"""The parts of a written text, whatever is reported: what a section is, and how its numbers come to lead somewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .wording import numbered, read, sentence, unmark


@dataclass
class Section:
    """One part of the text; level 0 has no heading. Numbers in the text lead to figures or records by `links`."""

    key: str
    heading: str
    level: int
    text: str
    links: list[dict] = field(default_factory=list)


def linked(sections: Iterable[Section], headings: Mapping[str, str]) -> list[Section]:
    """The sections as they are read: their marked numbers as links, and the office's own headings by their keys."""
    told = []
    for section in sections:
        section.text, section.links = unmark(section.text)
        section.heading = read(headings.get(section.key) or section.heading)
        told.append(section)
    return told


def enumerated(texts: Sequence[str], *, lead: str, single: str) -> str:
    """One text by itself after `single`; several as 一是…；二是… after `lead`."""
    if len(texts) == 1:
        return sentence(f"{single}{texts[0]}")
    told = numbered(texts)
    if len(told) == 1:
        return f"{lead}：{told[0]}"
    return "\n".join([f"{lead}：", *told])
