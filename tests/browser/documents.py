"""What a person has downloaded, read without the product."""

import re
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn


def downloaded(page, name):
    """The bytes behind the link of this name."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).first.click()
    return waiting.value.path().read_bytes()


def body_and_links(content):
    """The text before the first annex, and where each linked number in it leads: number → names of the figures."""
    document = Document(BytesIO(content))
    sources = {}
    for table in document.tables:
        for mark in table._tbl.iter(qn("w:bookmarkStart")):
            sources[mark.get(qn("w:name"))] = _name_at(mark)
    paragraphs = document.paragraphs
    end = next(place for place, paragraph in enumerate(paragraphs) if paragraph.text.startswith("附件1"))
    links = {}
    for paragraph in paragraphs[:end]:
        for link in paragraph.hyperlinks:
            links.setdefault(link.text, set()).add(sources[link.fragment])
    return "\n".join(paragraph.text for paragraph in paragraphs[:end]), links


def address_behind(content, *, number, figure):
    """Where a reader comes who clicks the number and then, in the annex it leads to, the line of the figure."""
    document = Document(BytesIO(content))
    marks = {link.fragment for paragraph in document.paragraphs for link in paragraph.hyperlinks if link.text == number}
    for table in document.tables:
        for mark in table._tbl.iter(qn("w:bookmarkStart")):
            if mark.get(qn("w:name")) in marks and _name_at(mark) == figure:
                return document.part.rels[mark.getnext().get(qn("r:id"))].target_ref
    raise AssertionError(f"{number} leads to no line of {figure} with an address")


def _name_at(mark):
    """What the annex names at a bookmark: 任务完成率 of 任务完成率：100%（2条）."""
    marked = ""
    for sibling in mark.itersiblings():
        if sibling.tag == qn("w:bookmarkEnd"):
            break
        marked += "".join(text.text or "" for text in sibling.iter(qn("w:t")))
    return re.split("[：（]", marked)[0]
