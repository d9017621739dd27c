"""What files and folders of a pack are called: by number, safe on every system, no two alike. Pure."""

from __future__ import annotations

import re
import unicodedata

from cityinit.content import FORBIDDEN

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# Explorer opens no path of more than 260 characters, and the folder it is unpacked into takes its part.
FOLDER_LENGTH, UNIT_LENGTH, TITLE_LENGTH = 40, 20, 60


def safe(text: str, *, most: int) -> str:
    """The text as a name that Windows, macOS and Linux take, of `most` characters."""
    visible = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text)
    name = re.sub(r"\s+", " ", visible.translate(FORBIDDEN)).strip(" .")[:most].rstrip(" .")
    return f"_{name}" if RESERVED.fullmatch(name) else name or "_"


class Names:
    """Hands out names of which no two are alike, also where case does not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, folder: str, stem: str, ending: str) -> str:
        """The path of a file: as it is, else with _2, _3 … before its ending."""
        place, n = f"{folder}/{stem}{ending}", 1
        while unicodedata.normalize("NFC", place).casefold() in self._taken:
            n += 1
            place = f"{folder}/{stem}_{n}{ending}"
        self._taken.add(unicodedata.normalize("NFC", place).casefold())
        return place


def folder_of(code: str, name: str) -> str:
    return safe(f"{code} {name}", most=FOLDER_LENGTH)


def stem_of(number: str, unit: str, title: str) -> str:
    """Ⅱ-1-1)-①_单位_标题"""
    return "_".join([safe(number, most=30), safe(unit, most=UNIT_LENGTH), safe(title, most=TITLE_LENGTH)])
