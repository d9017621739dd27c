"""Whether two pictures are one, though one of them was re-compressed, made smaller or cropped by a tenth a side.

A picture is known by the fingerprint of its middle, which every such crop still shows. Of a picture that is looked for,
the fingerprints of all windows are taken in which such a middle may lie (`Sought`): parts of them find candidates in an
index, and pixel by pixel is compared what is left of those (`look_same`). Knows Pillow and nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Any

from PIL import Image, ImageFilter

# What a crop may take away on each side, and in which steps it is looked for.
MOST_CROPPED = 0.1
STEPS = (0.0, 0.025, 0.05, 0.075, 0.1)
# Fields a side: each is compared with its right and its lower neighbour.
FIELDS = 9
BITS = 2 * FIELDS * (FIELDS - 1)
# An index finds a fingerprint by any of its parts: one undamaged part is enough.
PARTS = 6
PART_BITS = BITS // PARTS
# In how many bits windows of one picture may differ: measured, re-compressed crops differ in up to 16.
NEAR = 24
# Each candidate costs a fifth of a second.
MOST = 12
# Fields must differ by this many grey levels in so many places, or there is nothing to tell a picture by.
DIFFERS, PLACES = 2, 30
# Compared pixel by pixel at these edges, after taking away what is smooth: first to bring both into line, then finely.
COARSE, FINE = (64, 4), (96, 2)
COARSE_ENOUGH, FINE_ENOUGH = 0.85, 0.85
# How many pixels of FINE the fields of one picture lie off those of the other, the median and four fifths of them.
# Measured: of crops up to 0.06 and 0.17; of second shots from almost the same place 0.07 and 0.14 upwards.
BLOCKS, LEAST_SHIFTS, USUALLY_OFF, SELDOM_OFF = 4, 6, 0.06, 0.3
# Of the windows that are about as near, the best is known only by its pixels.
STARTS = 6

Box = tuple[float, float, float, float]
MIDDLE: Box = (MOST_CROPPED, MOST_CROPPED, 1 - MOST_CROPPED, 1 - MOST_CROPPED)


def fingerprint(picture: Image.Image) -> str:
    """The bits of the picture's middle as 36 hexadecimal digits; empty where it has too little to be told by."""
    fields = _fields(picture.convert("L"), MIDDLE)
    if sum(abs(one - other) >= DIFFERS for one, other in _neighbours(fields)) < PLACES:
        return ""
    return f"{_bits(fields):0{BITS // 4}x}"


def may_be_one(fingerprint: str, other: str) -> bool:
    """Whether two copies of one picture, neither of them cropped, may have these; never where one of them is empty."""
    return bool(fingerprint and other) and (int(fingerprint, 16) ^ int(other, 16)).bit_count() <= NEAR


def parts(fingerprint: str) -> list[int]:
    """What an index keeps of a fingerprint: its bits dealt out to `PARTS` numbers in turn."""
    return _parts(int(fingerprint, 16))


def whole(parts: Sequence[int]) -> str:
    """The fingerprint that was dealt out to these parts."""
    digits = [""] * BITS
    for part, number in enumerate(parts):
        digits[part::PARTS] = f"{number:0{PART_BITS}b}"
    return f"{int(''.join(digits), 2):0{BITS // 4}x}"


@dataclass(frozen=True)
class Sought:
    """A picture that is looked for, by a copy of some 320 pixels."""

    picture: Image.Image

    @cached_property
    def grey(self) -> Image.Image:
        return self.picture.convert("L")

    @cached_property
    def _windows(self) -> list[tuple[int, Box]]:
        return [(_bits(_fields(self.grey, box)), box) for box in _boxes()]

    @cached_property
    def keys(self) -> list[dict[int, list[int]]]:
        """For each part of a fingerprint the numbers to ask the index for, and the windows that each came from."""
        keys: list[dict[int, list[int]]] = [{} for _part in range(PARTS)]
        for place, (bits, _box) in enumerate(self._windows):
            for key, number in zip(keys, _parts(bits), strict=True):
                key.setdefault(number, []).append(place)
        return keys

    def nearest(self, fingerprint: str) -> tuple[int, list[Box]]:
        """In how many bits the nearest window sharing a part with the fingerprint differs, and which are nearest."""
        wanted = int(fingerprint, 16)
        sharing = {
            place for key, number in zip(self.keys, _parts(wanted), strict=True) for place in key.get(number, ())
        }
        found = sorted(((self._windows[place][0] ^ wanted).bit_count(), place) for place in sharing)[:STARTS]
        return found[0][0] if found else BITS, [self._windows[place][1] for _distance, place in found]

    def shows(self, other: Image.Image, *, at: Sequence[Box]) -> bool:
        """Whether it shows the same picture as `other`, whose middle may lie at about one of these windows of it."""
        theirs = other.convert("L")
        wanted, norm = _patch(theirs, MIDDLE, COARSE)
        start = max(at, key=lambda box: _likeness(self.grey, box, COARSE, wanted, norm)[0])
        likeness, box, _patches = _in_line(self.grey, theirs, start, COARSE, (0.02, 0.002))
        if likeness < COARSE_ENOUGH:
            return False
        likeness, _box, patches = _in_line(self.grey, theirs, box, FINE, (0.004, 0.0008))
        return likeness >= FINE_ENOUGH and _is_in_line_throughout(*patches, FINE[0])


def likest(sought: Sought, there: Iterable[tuple[Any, str]]) -> list[tuple[Any, list[Box]]]:
    """Of pictures given as key and fingerprint those worth a look, the nearest first, with windows they may fill."""
    near: list[tuple[int, int, Any, list[Box]]] = []
    for key, known in there:
        distance, boxes = sought.nearest(known)
        if distance <= NEAR:
            near.append((distance, len(near), key, boxes))
    return [(key, boxes) for _distance, _place, key, boxes in sorted(near)[:MOST]]


def _fields(grey: Image.Image, box: Box) -> bytes:
    return grey.resize((FIELDS, FIELDS), Image.Resampling.BOX, box=_within(grey, box)).tobytes()


def _neighbours(fields: bytes) -> Iterator[tuple[int, int]]:
    for place, value in enumerate(fields):
        if (place + 1) % FIELDS:
            yield value, fields[place + 1]
    for place in range(len(fields) - FIELDS):
        yield fields[place], fields[place + FIELDS]


def _bits(fields: bytes) -> int:
    bits = 0
    for one, other in _neighbours(fields):
        bits = bits << 1 | (one > other)
    return bits


def _parts(bits: int) -> list[int]:
    digits = f"{bits:0{BITS}b}"
    return [int(digits[part::PARTS], 2) for part in range(PARTS)]


def _boxes() -> Iterator[Box]:
    """Where in a picture the middle of another may lie that it is a crop of, or that is a crop of it."""
    for spans in (list(_of_crops()), list(_in_crops())):
        for left, right in spans:
            for top, bottom in spans:
                yield left, top, right, bottom


def _of_crops() -> Iterator[tuple[float, float]]:
    for before in STEPS:
        for after in STEPS:
            rest = 1 - before - after
            yield (MIDDLE[0] - before) / rest, (MIDDLE[2] - before) / rest


def _in_crops() -> Iterator[tuple[float, float]]:
    for before in STEPS:
        for after in STEPS:
            rest = 1 - before - after
            yield before + MIDDLE[0] * rest, before + MIDDLE[2] * rest


def _within(grey: Image.Image, box: Box) -> Box:
    left, top, right, bottom = box
    width, height = grey.size
    return max(0.0, left * width), max(0.0, top * height), min(width, right * width), min(height, bottom * height)


Patch = tuple[list[int], float]


def _in_line(
    mine: Image.Image, theirs: Image.Image, at: Box, how: tuple[int, int], steps: tuple[float, float]
) -> tuple[float, Box, tuple[list[int], list[int]]]:
    """The best likeness of my window to their middle while its edges are moved, the window, and both patches."""
    wanted, norm = _patch(theirs, MIDDLE, how)
    best, patch = _likeness(mine, at, how, wanted, norm)
    step, finest = steps
    while step > finest:
        moved = False
        for edge in range(4):
            for by in (-step, step):
                box = _moved(at, edge, by)
                if min(box) < -finest or max(box) > 1 + finest:
                    continue
                likeness, other = _likeness(mine, box, how, wanted, norm)
                if likeness > best:
                    best, patch, at, moved = likeness, other, box, True
        if not moved:
            step /= 2
    return best, at, (patch, wanted)


def _moved(box: Box, edge: int, by: float) -> Box:
    left, top, right, bottom = (value + by if place == edge else value for place, value in enumerate(box))
    return left, top, right, bottom


def _likeness(
    mine: Image.Image, box: Box, how: tuple[int, int], wanted: list[int], norm: float
) -> tuple[float, list[int]]:
    patch, own = _patch(mine, box, how)
    return sum(map(mul, patch, wanted)) / (own * norm or 1), patch


def _patch(grey: Image.Image, box: Box, how: tuple[int, int]) -> Patch:
    """The window without what is smooth in it: light and contrast change on the way, edges stay."""
    edge, radius = how
    small = grey.resize((edge, edge), Image.Resampling.BILINEAR, box=_within(grey, box))
    values = [
        one - other
        for one, other in zip(small.tobytes(), small.filter(ImageFilter.BoxBlur(radius)).tobytes(), strict=True)
    ]
    return values, sum(map(mul, values, values)) ** 0.5


def _is_in_line_throughout(mine: list[int], wanted: list[int], edge: int) -> bool:
    """Whether each field of the one lies where it lies in the other.

    A second shot, be it from beside the first, is turned a little against it: brought into line as a whole, its fields
    still lie a fraction of a pixel off, while those of a crop do not. What was stamped on it or taken away spoils some.
    """
    side = edge // BLOCKS
    places = [(left, top) for top in range(0, edge, side) for left in range(0, edge, side)]
    weights = [sum(value * value for value in _block(wanted, left, top, edge, side)) for left, top in places]
    usual = sum(weights) / len(weights)
    off = sorted(
        shift
        for (left, top), weight in zip(places, weights, strict=True)
        if weight > usual / 6
        for shift in _shifts(mine, wanted, left, top, edge, side)
    )
    return len(off) >= LEAST_SHIFTS and off[len(off) // 2] <= USUALLY_OFF and off[len(off) * 4 // 5] <= SELDOM_OFF


def _shifts(mine: list[int], wanted: list[int], left: int, top: int, edge: int, side: int) -> Iterator[float]:
    """How many pixels the field lies beside where it should, across and down; nothing where one cannot tell."""
    field = _block(wanted, left, top, edge, side)
    norm = sum(map(mul, field, field))

    def likeness(across: int, down: int) -> float:
        block = _block(mine, left + across, top + down, edge, side)
        return sum(map(mul, block, field)) / ((sum(map(mul, block, block)) * norm) ** 0.5 or 1)

    here = likeness(0, 0)
    for before, after in ((likeness(-1, 0), likeness(1, 0)), (likeness(0, -1), likeness(0, 1))):
        curve = 2 * here - before - after
        if here < 0.5:
            yield 1.0
        elif curve >= 0.15:
            # Where a parabola through the three has its top.
            yield abs((after - before) / (2 * curve))


def _block(values: list[int], left: int, top: int, edge: int, side: int) -> list[int]:
    """The inner part of a field: a pixel on each side is left to be moved into."""
    rows = range(top + 1, top + side - 1)
    return [value for row in rows for value in values[row * edge + left + 1 : row * edge + left + side - 1]]
