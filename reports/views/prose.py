"""A text as a page shows it: paragraphs of pieces, numbers leading to their records or marked as in doubt."""

from django.utils.http import urlencode

from reports import rich


def blocks(text, links, unknown=(), *, base):
    """[{kind, lines}]: paragraphs, sub-headings and lists; a line is pieces, plain, leading to records, or in doubt.

    `links` lead to `base` with the figure they name, where there is a `base`; `unknown` are spans nobody can trace.
    """
    marks = [(link["start"], link["end"], f"{base}?{urlencode({'figure': link['figure']})}") for link in links]
    marks += [(span["start"], span["end"], "") for span in unknown]
    marks.sort()
    told = []
    for line in rich.lines(text):
        pieces = [_piece(text, *piece) for span in line.spans for piece in rich.cut(span, marks)]
        if line.kind == "item" and told and told[-1]["kind"] == "item":
            told[-1]["lines"].append(pieces)
        else:
            told.append({"kind": line.kind, "lines": [pieces]})
    return told


def _piece(text, span, url):
    return {"text": text[span.start : span.end], "bold": span.bold, "url": url, "is_unknown": url == ""}
