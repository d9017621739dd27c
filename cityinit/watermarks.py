"""Words written on a copy of a photo, readable on light and on dark pictures; the photo itself stays clean.

Knows Pillow, and a font that comes with the requirements, so that every machine writes the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from io import BytesIO
from typing import IO

from PIL import Image, ImageDraw, ImageFont

FONT = "NotoSansSC-Regular.otf"
# Shares of the picture's edge, so that small and large copies look alike.
HEAD, TEXT, GAP = 1 / 34, 1 / 46, 1 / 90
WIDEST = 0.82
MOST_ROWS = 2
SMALLEST = 11
# What is smaller is made larger, or the words would not find room on it.
LEAST_EDGE = 640
GROUND = (0, 0, 0, 128)


def watermarked(picture: IO[bytes], lines: Sequence[str]) -> bytes:
    """A JPEG of the picture with these lines at its foot, the first of them larger; nothing else of the file is in it.

    Give it a copy that is shown, not an original: it is unpacked whole.
    """
    with Image.open(picture) as opened:
        profile = opened.info.get("icc_profile")
        image = opened.convert("RGB")
    if max(image.size) < LEAST_EDGE:
        scale = LEAST_EDGE / max(image.size)
        image = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BICUBIC)
    # A panorama is as high as its letters must fit in, not as it is broad.
    edge = min(max(image.size), round(1.6 * min(image.size)))
    gap = round(edge * GAP)
    broad = round(image.width * WIDEST)
    rows = [
        (row, font)
        for place, line in enumerate(lines)
        for font in (_font(max(SMALLEST, round(edge * (TEXT if place else HEAD)))),)
        for row in _rows(line, font, broad)
    ]
    if rows:
        _write(image, rows, gap)
    stream = BytesIO()
    image.save(stream, "JPEG", quality=88, progressive=True, **({"icc_profile": profile} if profile else {}))
    return stream.getvalue()


def _write(image: Image.Image, rows: list[tuple[str, ImageFont.FreeTypeFont]], gap: int) -> None:
    heights = [round(font.size * 1.3) for _row, font in rows]
    wide = round(max(font.getlength(row) for row, font in rows)) + 2 * gap
    top = image.height - sum(heights) - 2 * gap
    # Half dark ground under white letters with a dark rim: either alone is lost on some picture.
    layer = Image.new("RGBA", (wide, image.height - top), GROUND)
    image.paste(layer.convert("RGB"), (0, top), layer.getchannel("A"))
    draw = ImageDraw.Draw(image)
    y = top + gap
    for (row, font), height in zip(rows, heights, strict=True):
        rim = max(1, round(font.size / 18))
        draw.text((gap, y), row, fill="white", font=font, stroke_width=rim, stroke_fill=(0, 0, 0))
        y += height


def _rows(line: str, font: ImageFont.FreeTypeFont, broad: int) -> Iterator[str]:
    """The line, broken where the picture ends; what does not fit into the rows there are ends in an ellipsis."""
    left = " ".join(line.split())
    for number in range(MOST_ROWS):
        if not left:
            return
        fits = _fitting(left, font, broad)
        if fits < len(left) and number == MOST_ROWS - 1:
            yield f"{left[: max(1, fits - 1)]}…"
            return
        yield left[:fits]
        left = left[fits:].lstrip()


def _fitting(text: str, font: ImageFont.FreeTypeFont, broad: int) -> int:
    """How many characters of the text stand within the breadth, one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= broad:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    with as_file(files("pylopdf_fonts_zh_cn") / FONT) as path:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
