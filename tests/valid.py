"""Whether a .docx or .xlsx is valid against the transitional schemas of Office Open XML; openxml-audit says it."""

import re
import tempfile
from functools import cache
from pathlib import Path

from openxml_audit import OpenXmlValidator
from openxml_audit.errors import ValidationSeverity

# Office writes a theme into each file and this tool asks for one; ECMA-376 Part 1, 14.2.7: "zero or one Theme part".
NOT_OF_THE_STANDARD = frozenset({"Sem_MissingRelationshipType"})
# The tool knows one order of what stands in a font; CT_Font of the schema of SpreadsheetML is a choice, in any order.
IN_A_FONT = re.compile(
    r"^Unexpected element '(b|i|strike|condense|extend|outline|shadow|u|vertAlign|sz|color|name|family|charset|scheme)'"
)


@cache
def _validator() -> OpenXmlValidator:
    return OpenXmlValidator()


def faults_of(data: bytes, *, ending: str) -> list[str]:
    """One line for each fault, with the part it is in; none for a valid file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"file{ending}")
        file.write_bytes(data)
        found = _validator().validate(file).errors
    return [f"{fault.part_uri} {fault.path}: {fault.description}" for fault in found if _is_one(fault)]


def _is_one(fault) -> bool:
    if fault.severity != ValidationSeverity.ERROR or fault.id in NOT_OF_THE_STANDARD:
        return False
    in_a_font = fault.part_uri == "/xl/styles.xml" and "/fonts" in fault.path and IN_A_FONT.match(fault.description)
    return not in_a_font
