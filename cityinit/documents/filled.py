"""An office's own .docx with placeholders: what stands in it, what is wrong with it and where, and how it is filled.

A small part of Jinja is taken, so that no template can run for long or reach beyond what it is given: {{ 名称 }}, in
a table {%tr for 行 in 名称 %} … {{ 行.栏目 }} … {%tr endfor %}, and {% if 名称 %} … {% endif %}. docxtpl fills the
words, in a sandbox and escaped; what has several paragraphs stands in one of its own and takes that one's look.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from io import BytesIO
from typing import Any

import docx
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph as WordParagraph
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import LxmlError, XMLParser, fromstring

from .docx import Paragraph, Picture, Text

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_NAME = r"[^\W\d]\w*"
_SHOWN = re.compile(rf"\{{\{{\s*({_NAME})(?:\.({_NAME}))?\s*\}}\}}")
_FOR = re.compile(rf"\{{%(tr|p)?\s*for\s+({_NAME})\s+in\s+({_NAME})\s*%\}}")
_IF = re.compile(rf"\{{%(tr|p)?\s*if\s+(?:not\s+)?({_NAME})\s*%\}}")
_END = re.compile(r"\{%(tr|p)?\s*(endfor|endif|else)\s*%\}")
_DAMAGED = gettext_lazy("这个文件不是完好的.docx，请在Word或WPS里打开、另存后再上传。")
_PARSER = XMLParser(resolve_entities=False, no_network=True)
_OPEN, _CLOSE = "\ue010", "\ue011"
# Nobody's paper has more; a template made to be heavy has.
MOST_PARAGRAPHS, MOST_LOOPS = 5_000, 50
# An emblem, a letterhead and the styles of an office unpack to a few; each document made of it carries them.
MOST_UNPACKED = 40 * 2**20
# What would come along into every letter: objects and programs, other documents, and what is fetched from elsewhere.
_EMBEDDED = re.compile(r"word/(embeddings|activeX)/", re.IGNORECASE)
_ELSEWHERE = {
    "attachedTemplate": gettext_lazy("模板"),
    "image": gettext_lazy("图片"),
    "oleObject": gettext_lazy("对象"),
    "frame": gettext_lazy("框架"),
    "subDocument": gettext_lazy("子文档"),
    "mailMergeSource": gettext_lazy("邮件合并数据"),
    "video": gettext_lazy("视频"),
}


class Unfillable(ValueError):
    """The template cannot be filled; the message says why, for who uploaded it."""


@dataclass(frozen=True)
class Filling:
    """What placeholders stand for: words in a line, blocks of paragraphs, and lists of rows by column.

    In a list a value is text, a number or some pictures.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, Sequence[Paragraph]] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    # The columns of each list, known also where it has no rows.
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [*self.words, *self.blocks, *self.columns]


def faults(data: bytes, offered: Filling) -> list[str]:
    """One sentence for each fault, with its place; none means that it can be filled with what is offered."""
    try:
        if guests := _guests(data):
            return guests
        word = _opened(data)
    except Unfillable as fault:
        return [str(fault)]
    told: list[str] = []
    opened: list[tuple[str, str, str, str]] = []
    loops = 0
    for count, (place, paragraph) in enumerate(_paragraphs(word)):
        if count > MOST_PARAGRAPHS:
            return [_("模板超过%(most)s段，请精简后再上传。") % {"most": MOST_PARAGRAPHS}]
        text = paragraph.text
        told += _unpaired(text, place)
        for found in _TAG.finditer(text):
            tag = found[0]
            if begun := _FOR.fullmatch(tag):
                loops += 1
                told += _of_loop(begun[3], place, offered, is_nested=any(kind == "for" for kind, *_rest in opened))
                opened.append(("for", begun[2], begun[3], place))
            elif begun := _IF.fullmatch(tag):
                told += _unknown(begun[2], place, offered.names)
                opened.append(("if", "", "", place))
            elif ended := _END.fullmatch(tag):
                told += _of_end(ended[2], place, opened)
            elif shown := _SHOWN.fullmatch(tag):
                told += _of_name(shown[1], shown[2], place, offered, opened, is_alone=text.strip() == tag)
            else:
                told.append(_("%(place)s：“%(tag)s”看不懂。只能写占位符、for和if。") % {"place": place, "tag": tag})
    told += [
        _("%(place)s：这里的%(kind)s没有结束，请补上{%% end%(kind)s %%}。") % {"place": place, "kind": kind}
        for kind, _row, _list, place in opened
    ]
    if loops > MOST_LOOPS:
        told.append(_("模板里的循环超过%(most)s个，请精简后再上传。") % {"most": MOST_LOOPS})
    if told:
        return told
    try:
        fill(data, offered)
    except Unfillable as fault:
        return [str(fault)]
    return []


def fill(data: bytes, given: Filling) -> bytes:
    """The template with its placeholders filled; Unfillable where it cannot be."""
    _opened(data)
    template = DocxTemplate(BytesIO(data))
    context: dict[str, Any] = {
        **{name: text or "" for name, text in given.words.items()},
        **{name: f"{_OPEN}{name}{_CLOSE}" for name in given.blocks},
        # A column that this document has nothing for is empty, as a word is.
        **{
            name: [
                {column: _cell(row.get(column), template) for column in columns} for row in given.lists.get(name, ())
            ]
            for name, columns in given.columns.items()
        },
    }
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    try:
        template.render(context, environment, autoescape=True)
        words = BytesIO()
        template.save(words)
        words.seek(0)
        word = docx.Document(words)
    except (TemplateError, LxmlError, KeyError, ValueError) as fault:
        raise Unfillable(_("模板无法生成文件：%(fault)s") % {"fault": str(fault)[:200]}) from fault
    places = [(paragraph, found[1]) for _place, paragraph in _paragraphs(word) if (found := _marked(paragraph))]
    # A link to what the template does not show would lead nowhere.
    shown = _bookmarks_of([given.blocks[name] for _paragraph, name in places])
    marks: dict[str, int] = {}
    for paragraph, name in places:
        _put(paragraph, given.blocks[name], bookmarks=shown, marks=marks)
    for cell in word.element.body.iter(qn("w:tc")):
        for paragraph in cell.iter(qn("w:p")):
            if paragraph.find(f".//{qn('wp:inline')}") is not None:
                # Lines of an exact height, usual in official papers, would show a strip of the picture.
                WordParagraph(paragraph, word).paragraph_format.line_spacing = 1.0
    drawn = BytesIO()
    word.save(drawn)
    return _steady(drawn)


class _Pictures:
    """Pictures one after the other in the run that a placeholder stands in."""

    def __init__(self, drawn: Sequence[InlineImage]):
        self.drawn = drawn

    def __html__(self) -> str:
        return "".join(str(image) for image in self.drawn)


def _cell(value: Any, template: DocxTemplate) -> Any:
    match value:
        case None:
            return ""
        case [Picture(), *_rest]:
            return _Pictures([InlineImage(template, BytesIO(one.data), width=Mm(one.width_mm)) for one in value])
        case _:
            return str(value)


def _steady(drawn: BytesIO) -> bytes:
    """The package without the time of day in it: the same report gives the same bytes."""
    steady = BytesIO()
    with zipfile.ZipFile(drawn) as source, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as package:
        for part in source.namelist():
            package.writestr(zipfile.ZipInfo(part), source.read(part), zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def _guests(data: bytes) -> list[str]:
    """What would travel in every letter made of this file, and what it would fetch from elsewhere."""
    told: dict[str, None] = {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            entries = package.infolist()
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                return [_("模板解压后超过%(most)sMB，请精简后再上传。") % {"most": MOST_UNPACKED // 2**20}]
            for entry in entries:
                if _EMBEDDED.match(entry.filename):
                    told[_("模板里嵌有别的文件或控件，请删掉后再上传。")] = None
                if entry.filename.endswith(".rels"):
                    for kind in _fetched(package.read(entry)):
                        what = _ELSEWHERE.get(kind, kind)
                        told[_("模板引用了外部的%(what)s，请删掉或改为插入后再上传。") % {"what": what}] = None
                    if b"/aFChunk" in package.read(entry):
                        told[_("模板里嵌有别的文件或控件，请删掉后再上传。")] = None
    except (zipfile.BadZipFile, LxmlError, NotImplementedError, RuntimeError) as fault:
        raise Unfillable(str(_DAMAGED)) from fault
    return list(told)


def _fetched(relations: bytes) -> Iterator[str]:
    """The kinds of what stands outside the file; a link that a person clicks is none."""
    for relation in fromstring(relations, _PARSER):
        kind = relation.get("Type", "").rpartition("/")[2]
        if relation.get("TargetMode") == "External" and kind != "hyperlink":
            yield kind


def _opened(data: bytes) -> WordDocument:
    try:
        return docx.Document(BytesIO(data))
    except (KeyError, ValueError, LxmlError, zipfile.BadZipFile, PackageNotFoundError) as fault:
        raise Unfillable(str(_DAMAGED)) from fault


def _paragraphs(word: WordDocument) -> Iterator[tuple[str, WordParagraph]]:
    """Every paragraph with its place in words: body, tables, headers and footers."""
    for number, paragraph in enumerate(word.paragraphs, start=1):
        yield _("正文第%(n)s段") % {"n": number}, paragraph
    yield from _in_tables(word.tables, _("第%(n)s个表格"))
    for section in word.sections:
        for name, part in ((_("页眉"), section.header), (_("页脚"), section.footer)):
            if part.is_linked_to_previous:
                continue
            for paragraph in part.paragraphs:
                yield name, paragraph
            yield from _in_tables(part.tables, f"{name}" + _("第%(n)s个表格"))


def _in_tables(tables: Sequence[Table], name: str) -> Iterator[tuple[str, WordParagraph]]:
    for number, table in enumerate(tables, start=1):
        for line, row in enumerate(table._tbl.tr_lst, start=1):
            for cell in row.iter(qn("w:p")):
                where = _("%(table)s第%(line)s行") % {"table": name % {"n": number}, "line": line}
                yield where, WordParagraph(cell, table)


def _unpaired(text: str, place: str) -> list[str]:
    rest = _TAG.sub("", text)
    told = []
    for sign in ("{{", "}}", "{%", "%}"):
        if sign in rest:
            around = rest[max(rest.index(sign) - 6, 0) : rest.index(sign) + 10]
            told.append(_("%(place)s：“%(around)s”里的括号没有配对。") % {"place": place, "around": around})
    return told


def _of_loop(name: str, place: str, offered: Filling, *, is_nested: bool) -> list[str]:
    if is_nested:
        return [_("%(place)s：循环里不能再套循环。") % {"place": place}]
    if name in offered.columns:
        return []
    if name in offered.names:
        return [_("%(place)s：“%(name)s”不是表，不能循环。") % {"place": place, "name": name}]
    return _unknown(name, place, list(offered.columns))


def _of_end(word: str, place: str, opened: list[tuple[str, str, str, str]]) -> list[str]:
    kind = word.removeprefix("end")
    if word == "else":
        return [] if opened and opened[-1][0] == "if" else [_("%(place)s：这里的else没有if。") % {"place": place}]
    if not opened or opened[-1][0] != kind:
        return [_("%(place)s：这里的%(word)s没有对应的%(kind)s。") % {"place": place, "word": word, "kind": kind}]
    opened.pop()
    return []


def _of_name(
    name: str, column: str | None, place: str, offered: Filling, opened: Sequence[tuple], *, is_alone: bool
) -> list[str]:
    of_list = next((where for kind, row, where, _place in reversed(opened) if kind == "for" and row == name), None)
    if of_list is not None:
        if column is None:
            return [_("%(place)s：请写明“%(name)s”的栏目，如{{ %(name)s.编号 }}。") % {"place": place, "name": name}]
        return _unknown(column, place, offered.columns.get(of_list, ()))
    if column is not None:
        return [_("%(place)s：“%(name)s”没有在循环里，不能取它的栏目。") % {"place": place, "name": name}]
    if name in offered.columns:
        return [_("%(place)s：“%(name)s”是一张表，请在表格里用for逐行写。") % {"place": place, "name": name}]
    if name in offered.blocks and not is_alone:
        return [_("%(place)s：“{{ %(name)s }}”有多段文字，要单独占一段。") % {"place": place, "name": name}]
    return _unknown(name, place, offered.names)


def _unknown(name: str, place: str, names: Sequence[str]) -> list[str]:
    if name in names:
        return []
    alike = get_close_matches(name, names, n=1, cutoff=0.5)
    if alike:
        told = {"place": place, "name": name, "alike": alike[0]}
        return [_("%(place)s：没有“%(name)s”这个占位符，是不是“%(alike)s”？") % told]
    return [_("%(place)s：没有“%(name)s”这个占位符。") % {"place": place, "name": name}]


def _marked(paragraph: WordParagraph) -> re.Match[str] | None:
    return re.fullmatch(rf"{_OPEN}(.*){_CLOSE}", paragraph.text.strip())


def _bookmarks_of(blocks: Sequence[Sequence[Paragraph]]) -> frozenset[str]:
    texts = [text for block in blocks for paragraph in block for text in _runs(paragraph)]
    return frozenset(text.bookmark for text in texts if text.bookmark)


def _runs(paragraph: Paragraph) -> list[Text]:
    runs = paragraph.runs
    if isinstance(runs, str | Text):
        runs = [runs]
    return [run if isinstance(run, Text) else Text(run) for run in runs]


def _put(place: WordParagraph, block: Sequence[Paragraph], *, bookmarks: frozenset[str], marks: dict[str, int]) -> None:
    """The block's paragraphs in place of the placeholder's, each with the look that one had."""
    look = next((run._r.rPr for run in place.runs if run._r.rPr is not None), None)
    last = place._p
    for paragraph in block:
        made = OxmlElement("w:p")
        if place._p.pPr is not None:
            made.append(deepcopy(place._p.pPr))
        for text in _runs(paragraph):
            made.extend(_drawn(text, look, part=place.part, bookmarks=bookmarks, marks=marks))
        last.addnext(made)
        last = made
    parent = place._p.getparent()
    if not block and len(parent.findall(qn("w:p"))) == 1:
        # A cell or a header without a paragraph is no sound document.
        for run in place.runs:
            run.text = ""
        return
    parent.remove(place._p)


def _drawn(text: Text, look: Any, *, part: Any, bookmarks: frozenset[str], marks: dict[str, int]) -> list[Any]:
    run = OxmlElement("w:r")
    if look is not None:
        run.append(deepcopy(look))
    if text.bold:
        properties = run.get_or_add_rPr()
        if properties.find(qn("w:b")) is None:
            properties.append(OxmlElement("w:b"))
    words = OxmlElement("w:t")
    words.text = text.text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    drawn: list[Any] = [run]
    if text.link_to_bookmark and text.link_to_bookmark in bookmarks:
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), text.link_to_bookmark)
        link.set(qn("w:history"), "1")
        link.append(run)
        drawn = [link]
    elif text.url:
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), part.relate_to(text.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        link.set(qn("w:history"), "1")
        link.append(run)
        drawn = [link]
    if text.bookmark and text.bookmark not in marks:
        marks[text.bookmark] = 9_000 + len(marks)
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for edge in (start, end):
            edge.set(qn("w:id"), str(marks[text.bookmark]))
        start.set(qn("w:name"), text.bookmark)
        drawn = [start, *drawn, end]
    return drawn
