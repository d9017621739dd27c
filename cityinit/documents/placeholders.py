"""The placeholders that an office may write in its own .docx: how each is written, what it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from .docx import Block, Heading, Paragraph, Text
from .filled import Filling


@dataclass(frozen=True)
class Offered:
    """A placeholder as the office reads of it: how it is written, and what stands for it."""

    written: str
    means: str


@dataclass(frozen=True)
class Vocabulary:
    """What papers of one kind may ask for: words and blocks by their meaning, tables by their columns."""

    words: Mapping[str, Any]
    blocks: Mapping[str, Any]
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def empty(self) -> Filling:
        """What a paper may ask for, with nothing in it yet: to check an upload against."""
        return Filling(words=dict.fromkeys(self.words, ""), blocks=dict.fromkeys(self.blocks, ()), columns=self.tables)

    @property
    def example(self) -> Filling:
        """Each placeholder filled with what it stands for, where there is nothing real to fill it with."""
        return Filling(
            words={name: f"〔{means}〕" for name, means in self.words.items()},
            blocks={name: [Paragraph(f"〔{means}〕")] for name, means in self.blocks.items()},
            lists={name: [{column: f"〔{column}〕" for column in columns}] for name, columns in self.tables.items()},
            columns=self.tables,
        )

    def groups(self) -> list[tuple[str, list[Offered]]]:
        told = [
            (_("文字"), [Offered(braced(name), str(means)) for name, means in self.words.items()]),
            (
                _("正文（单独占一段，字体按这一段）"),
                [Offered(braced(name), str(means)) for name, means in self.blocks.items()],
            ),
        ]
        return [*told, group_of_tables(self.tables)] if self.tables else told


def group_of_tables(tables: Mapping[str, Sequence[str]]) -> tuple[str, list[Offered]]:
    rows = [
        Offered(f"{{%tr for 行 in {name} %}}", _("逐行写：%(columns)s") % {"columns": "、".join(_cells(columns))})
        for name, columns in tables.items()
    ]
    return _("表格（在表格里占一行，下一行写栏目，再下一行写{%tr endfor %}）"), rows


def braced(name: str) -> str:
    return f"{{{{ {name} }}}}"


def _cells(columns: Iterable[str]) -> list[str]:
    return [f"{{{{ 行.{column} }}}}" for column in columns]


def in_line(block: Block) -> Paragraph:
    """A heading as a bold paragraph: the office's paper has its own look for headings, or none."""
    match block:
        case Heading(_level, runs):
            told = [runs] if isinstance(runs, str | Text) else list(runs)
            texts = [run if isinstance(run, Text) else Text(run) for run in told]
            return Paragraph([replace(text, bold=True) for text in texts])
        case Paragraph():
            return block
    raise ValueError(f"Neither heading nor paragraph: {block!r}")


def parts_of(blocks: Iterable[Block], names: Mapping[str, str]) -> dict[str, list[Paragraph]]:
    """The paragraphs under each heading, by the placeholder's name: `names` are heading (without number) → name.

    What stands before the first heading goes to the name of the empty heading.
    """
    found: dict[str, list[Paragraph]] = {name: [] for name in names.values()}
    name = names.get("")
    for block in blocks:
        if isinstance(block, Heading):
            text = str(block.text)
            name = next((kept for heading, kept in names.items() if heading and text.endswith(heading)), None)
        elif name is not None:
            found[name].append(in_line(block))
    return found
