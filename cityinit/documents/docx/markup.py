"""Words as the XML that Word reads."""

import re

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NAMESPACES = (
    f"{WORD} "
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
# Characters XML 1.0 cannot carry, those it must escape, and those Word wants as elements of their own.
_SPECIAL = re.compile("[&<>\t\n\r\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Word draws “ ” — … with the Chinese font only where the run says so.
RUN = '<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>'
BOLD_RUN = '<w:r><w:rPr><w:rFonts w:hint="eastAsia"/><w:b/><w:bCs/></w:rPr>'


def words(text):
    """The content of a run; line feeds and tabs are elements of Word's, and what XML cannot carry is left out."""
    if not _SPECIAL.search(text):
        return f'<w:t xml:space="preserve">{text}</w:t>'
    text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pieces = (
        "<w:br/>" if piece == "\n" else "<w:tab/>" if piece == "\t" else f'<w:t xml:space="preserve">{piece}</w:t>'
        for piece in re.split("([\n\t])", text)
        if piece
    )
    return "".join(pieces)


def attribute(text):
    """Text fit for an attribute or a plain element."""
    text = _ILLEGAL.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
