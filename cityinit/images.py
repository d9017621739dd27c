"""Photos: what one shows and when and where it was taken, and copies of it that tell neither time nor place.

Knows Pillow and nothing of ours. The copies are JPEG, because Word takes that and every browser shows it.
"""

import math
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO, Any

import pillow_heif
from PIL import Image

from cityinit.likeness import fingerprint
from cityinit.periods import SHANGHAI

# 12,000 × 9,000 of the largest phone sensors is in; a picture that unpacks to gigabytes is not.
MAX_PIXELS = 120_000_000
# Formats that are unpacked whole before they can be shrunk: 48 and 50 megapixels of a phone's HEIC are in.
MAX_PIXELS_WHOLE = 52_000_000
SHOWN_EDGE = 1600
THUMB_EDGE = 320
# Pillow's format → content type and extension. MPO is a JPEG with a second view in it, as many phones write.
FORMATS = {
    "JPEG": ("image/jpeg", ".jpg"),
    "MPO": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
    "HEIF": ("image/heic", ".heic"),
}
TAKEN = ("JPEG", "PNG", "WEBP", "HEIF")
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION, EXIF, GPS = 0x0112, 0x8769, 0x8825
# When the shutter was pressed, when the picture was digitised, when the file was written; each with its zone.
MOMENTS = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))
# No camera wrote a date before; the year 1 is what one writes that knows none.
FIRST_MOMENT = datetime(1990, 1, 1, tzinfo=SHANGHAI)
# A camera's clock may be two days ahead. What is further ahead says nothing, and at the end of time no database takes
# it; whether a moment that can be is also trusted is asked where the photo is used, more strictly than here.
AHEAD = timedelta(days=2)
OFFSET = re.compile(r"([+-]?)([0-9]{1,2}):([0-9]{2})")
# No zone on earth is further from Greenwich.
FURTHEST_ZONE = timedelta(hours=14)
# What Pillow raises on a damaged picture or damaged EXIF, by its own documentation and by trial.
DAMAGED = (
    *(OSError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, AttributeError, EOFError),
    *(RuntimeError, NotImplementedError, struct.error),
)
# How libheif says that a picture tells of more pixels than anybody would unpack.
TOO_MUCH_FOR_HEIF = "Security limit"

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# One at a time: a picture of MAX_PIXELS_WHOLE takes some 450 MB while it is read.
_room = BoundedSemaphore(1)


class UnreadablePicture(Exception):
    """Not a picture of a known format, or damaged."""


class TooManyPixels(Exception):
    """Larger than a picture of its format may be: `limit` pixels."""

    def __init__(self, limit: int):
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True)
class Photo:
    """What is known of a photo, and its two copies: upright, without EXIF."""

    content_type: str
    extension: str
    width: int
    height: int
    fingerprint: str
    shown: bytes
    thumb: bytes
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def read_photo(file: IO[bytes]) -> Photo:
    """Read a photo whole and make its copies; UnreadablePicture or TooManyPixels where that cannot be done."""
    with _room, _faults_named(), Image.open(file, formats=TAKEN) as image:
        return _developed(image)


def glance(file: IO[bytes]) -> None:
    """Raise what `read_photo` would, as far as the first lines of the file tell: nothing is unpacked."""
    with _faults_named(), Image.open(file, formats=TAKEN) as image:
        _check_pixels(image)


def can_be_taken_at(moment: datetime) -> bool:
    """Whether a camera may have pressed its shutter then, as far as anybody knows now."""
    return FIRST_MOMENT <= moment <= datetime.now(UTC) + AHEAD


def reduced(file: IO[bytes], *, edge: int) -> bytes:
    """A copy for print or a sheet, no longer than `edge`, without EXIF; UnreadablePicture for what is no picture."""
    with _room, _faults_named(), Image.open(file, formats=("JPEG", "PNG", "WEBP")) as image:
        image.draft("RGB", (edge, edge))
        small = _shrunk(image, edge=edge)
        return _jpeg(_flat(small), quality=78, profile=None)


@contextmanager
def _faults_named() -> Iterator[None]:
    try:
        yield
    except Image.DecompressionBombError:
        raise TooManyPixels(MAX_PIXELS) from None
    except DAMAGED as fault:
        if TOO_MUCH_FOR_HEIF in str(fault):
            raise TooManyPixels(MAX_PIXELS_WHOLE) from None
        raise UnreadablePicture from None


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    _content_type, extension = FORMATS[image.format or ""]
    # A progressive JPEG is shrunk like any other, but only once all of it has been unpacked.
    in_steps = extension == ".jpg" and not image.info.get("progressive")
    if width * height > (limit := MAX_PIXELS if in_steps else MAX_PIXELS_WHOLE):
        raise TooManyPixels(limit)


def _developed(image: Image.Image) -> Photo:
    _check_pixels(image)
    width, height = image.size
    content_type, extension = FORMATS[image.format or ""]
    exif = _exif(image)
    turn = _turn(exif)
    taken_at = _taken_at(exif)
    latitude, longitude = _position(exif) or (None, None)
    # JPEG can be unpacked at an eighth, a quarter or half its size: most of the time saved lies here.
    image.draft("RGB", (SHOWN_EDGE, SHOWN_EDGE))
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    shown = _flat(_shrunk(image))
    if turn is not None:
        shown = shown.transpose(turn)
    if turn in (UPRIGHT[5], UPRIGHT[6], UPRIGHT[7], UPRIGHT[8]):
        width, height = height, width
    thumb = shown.copy()
    thumb.thumbnail((THUMB_EDGE, THUMB_EDGE), Image.Resampling.LANCZOS)
    return Photo(
        content_type=content_type,
        extension=extension,
        width=width,
        height=height,
        fingerprint=fingerprint(thumb),
        shown=_jpeg(shown, quality=82, profile=profile),
        thumb=_jpeg(thumb, quality=78, profile=profile),
        taken_at=taken_at,
        latitude=latitude,
        longitude=longitude,
    )


def _shrunk(image: Image.Image, *, edge: int = SHOWN_EDGE) -> Image.Image:
    """At the size that is shown; shrunk before it is flattened, since each copy at full size costs as much again."""
    image.load()
    if "transparency" in image.info or image.mode == "PA":
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "L", "RGBA", "LA"):
        image = image.convert("RGB")
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return image


def _flat(image: Image.Image) -> Image.Image:
    """In three colours, what is transparent on white."""
    if image.mode in ("RGBA", "LA"):
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _jpeg(image: Image.Image, *, quality: int, profile: bytes | None) -> bytes:
    # A new picture of the same pixels: whatever else the file carried has no way across.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    stream = BytesIO()
    # The colour profile stays: without it the wide colours of newer phones turn pale.
    clean.save(stream, "JPEG", quality=quality, progressive=True, **({"icc_profile": profile} if profile else {}))
    return stream.getvalue()


def _exif(image: Image.Image) -> Any:
    try:
        return image.getexif()
    except DAMAGED:
        return Image.Exif()


def _turn(exif: Any) -> Image.Transpose | None:
    """How the picture has to be turned to stand upright; None for one that stands, or says nothing that can be."""
    try:
        return UPRIGHT.get(exif.get(ORIENTATION, 1))
    except DAMAGED:
        return None


def _taken_at(exif: Any) -> datetime | None:
    """When the picture was taken, as nearly as it says: by the camera's own zone, else by the clock of Shanghai."""
    try:
        # The last of the moments stands beside the details, not in them.
        details = dict(exif) | exif.get_ifd(EXIF)
    except DAMAGED:
        return None
    for moment, offset in MOMENTS:
        try:
            said = datetime.strptime(str(details[moment])[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - zone follows
            taken_at = said.replace(tzinfo=_zone(details.get(offset)))
            if can_be_taken_at(taken_at):
                return taken_at
        except DAMAGED:
            continue
    return None


def _zone(offset: Any) -> tzinfo:
    """The zone a camera names, that of Shanghai for none; ValueError for one that cannot be."""
    if not offset:
        return SHANGHAI
    match = OFFSET.fullmatch(str(offset).strip("\x00 "))
    if not match:
        raise ValueError(offset)
    sign, hours, minutes = match[1], int(match[2]), int(match[3])
    east = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or east > FURTHEST_ZONE:
        raise ValueError(offset)
    return timezone(-east if sign == "-" else east)


def _position(exif: Any) -> tuple[float, float] | None:
    """Latitude and longitude in WGS-84; None where the camera knew neither, or wrote 0, 0 for not knowing."""
    try:
        gps = exif.get_ifd(GPS)
        latitude = _degrees(gps[2], gps[1], most=90, signs={"N": 1, "S": -1})
        longitude = _degrees(gps[4], gps[3], most=180, signs={"E": 1, "W": -1})
    except DAMAGED:
        return None
    return (latitude, longitude) if (latitude, longitude) != (0, 0) else None


def _degrees(parts: Any, side: Any, *, most: int, signs: dict[str, int]) -> float:
    """Degrees with their sign; ValueError, or one more of DAMAGED, for what is on no globe."""
    degrees, minutes, seconds = (float(part) for part in parts)
    # Some round 59.99 seconds up. Not-a-number is within no bounds.
    if not (degrees >= 0 and 0 <= minutes <= 60 and 0 <= seconds <= 60):
        raise ValueError(parts)
    away = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(away) or away > most:
        raise ValueError(parts)
    return round(away * signs[side[:1]], 6)
