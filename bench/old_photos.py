"""How many photos used before are found again, and how many fresh ones are taken for used ones.

    .venv/bin/python bench/old_photos.py [--scenes 240] [--seed 1]

Draws scenes of a city from a seed: streets, walls, corridors, markets, notice boards, by day, in fog and at night. Each
has a second shot from almost the same place, as a second inspector takes it, and a third with the rubbish gone, as a
unit takes it: these must not be taken for the first. Each is also sent again re-compressed, at half its size, cropped
by up to a tenth a side, and several at once: these must be found among all the others. Prints both as percentages.
"""

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont  # noqa: E402  # once the path is known

from cityinit.images import Photo, read_photo  # noqa: E402
from cityinit.likeness import Sought, likest, parts  # noqa: E402

SIZE = (960, 720)
# The camera sees a part of what is drawn, so that the second shot can look a little beside it.
MARGIN = 0.08
BRIGHT = ((214, 210, 202), (60, 62, 66), (180, 60, 54), (70, 104, 150), (206, 170, 86), (240, 240, 236))


# Scenes ------------------------------------------------------------------------------------------------


def scene(seed: int, *, tidy: bool = False) -> Image.Image:
    """A drawn place, larger than the camera sees; `tidy` without what was lying about."""
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    width, height = (round(edge * (1 + 2 * MARGIN)) for edge in SIZE)
    image = Image.new("RGB", (width, height), (128, 128, 128))
    kind(image, ImageDraw.Draw(image), chance)
    if not tidy:
        _rubbish(ImageDraw.Draw(image), chance, width, height)
    return _weather(image, chance)


def shot(place: Image.Image, seed: int) -> Image.Image:
    """What a phone held there sees: a little to the side, turned and tilted, with its own light and grain."""
    chance = random.Random(f"shot {seed}")
    width, height = place.size
    inset = (width - SIZE[0]) // 2, (height - SIZE[1]) // 2
    corners = [(0, 0), (0, SIZE[1]), SIZE, (SIZE[0], 0)]
    turn, nearer = chance.uniform(-0.04, 0.04), chance.uniform(-0.02, 0.02)
    aside = [chance.uniform(-0.5, 0.5) * edge for edge in inset]
    seen: list[float] = []
    for x, y in corners:
        # Turned about the middle, a step nearer or farther, each corner a little off: the angle is never the same.
        dx, dy = x - SIZE[0] / 2, y - SIZE[1] / 2
        tilt = [chance.uniform(-0.02, 0.02) * edge + nearer * away for edge, away in zip(SIZE, (dx, dy), strict=True)]
        seen.append(inset[0] + aside[0] + x - turn * dy + tilt[0])
        seen.append(inset[1] + aside[1] + y + turn * dx + tilt[1])
    picture = place.transform(SIZE, Image.Transform.QUAD, seen, Image.Resampling.BICUBIC)
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.9, 1.1))
    grain = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1])).convert("RGB")
    return Image.blend(picture, grain, 0.04)


def street(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    width, height = image.size
    _sky(draw, chance, width, height // 2)
    horizon, x = round(height * chance.uniform(0.45, 0.6)), -20
    while x < width:
        broad, top = chance.randint(90, 240), chance.randint(20, 240)
        _house(draw, x, top, broad, horizon, chance)
        x += broad
    grey = chance.randint(80, 150)
    draw.rectangle((0, horizon, width, height), fill=(grey, grey, grey + 4))
    middle = chance.randint(0, width)
    for lane in range(-6, 7):
        draw.line((middle, horizon, middle + lane * width // 5, height), fill=(grey + 40,) * 3, width=3)
    for _tree in range(chance.randint(0, 4)):
        _crown(draw, chance.randint(0, width), chance.randint(120, 320), chance)


def wall(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    width, height = image.size
    base = [chance.randint(110, 215) for _channel in range(3)]
    draw.rectangle((0, 0, width, height), fill=tuple(base))
    brick, row = chance.randint(40, 110), chance.randint(18, 44)
    for y in range(0, height, row):
        for x in range(-brick if (y // row) % 2 else -brick // 2, width, brick):
            shade = chance.randint(-16, 16)
            draw.rectangle((x, y, x + brick - 3, y + row - 3), fill=tuple(value + shade for value in base))
    for _sheet in range(chance.randint(2, 16)):
        _paper(draw, chance, width, height)


def corridor(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    width, height = image.size
    middle, level = round(width * chance.uniform(0.3, 0.7)), round(height * chance.uniform(0.35, 0.6))
    deep = chance.randint(60, 170)
    near, far = [chance.randint(120, 220) for _side in range(2)]
    draw.rectangle((0, 0, width, height), fill=(near,) * 3)
    draw.polygon(((0, 0), (middle - deep, level - deep), (middle - deep, level + deep), (0, height)), fill=(far,) * 3)
    draw.polygon(
        ((0, height), (middle - deep, level + deep), (middle + deep, level + deep), (width, height)), fill=(96,) * 3
    )
    draw.rectangle((middle - deep, level - deep, middle + deep, level + deep), fill=(230, 234, 236))
    for door in range(chance.randint(1, 5)):
        x, top = chance.randint(0, width - 120), chance.randint(60, height // 2)
        colour = tuple(chance.randint(50, 160) for _channel in range(3))
        draw.rectangle(
            (x, top, x + chance.randint(50, 130), top + chance.randint(160, 320)), fill=colour, outline="black"
        )
        draw.text((x + 8, top + 12), f"{chance.randint(100, 999)}", fill="white", font=_font(26 + door))


def market(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    width, height = image.size
    draw.rectangle((0, 0, width, height), fill=tuple(chance.randint(90, 170) for _channel in range(3)))
    for row in range(3):
        y = 120 + row * height // 4 + chance.randint(-30, 30)
        for x in range(-60, width, 170):
            left = x + chance.randint(-30, 30)
            cloth = tuple(chance.randint(40, 230) for _channel in range(3))
            draw.polygon(((left, y), (left + 150, y), (left + 175, y + 45), (left - 25, y + 45)), fill=cloth)
            for _fruit in range(26):
                fx, fy = left + chance.randint(0, 150), y + chance.randint(70, 120)
                draw.ellipse((fx, fy, fx + 18, fy + 18), fill=chance.choice(BRIGHT))


def board(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """A notice board of one make: frames alike, only what is written differs."""
    width, height = image.size
    draw.rectangle((0, 0, width, height), fill=(150, 158, 150))
    draw.rectangle((80, 70, width - 80, height - 200), fill=(176, 36, 36))
    draw.rectangle((110, 170, width - 110, height - 230), fill=(244, 240, 230))
    draw.text((width // 3, 90), f"NOTICE {chance.randint(10, 99)}", fill=(250, 220, 120), font=_font(56))
    for column in range(3):
        left = 140 + column * (width - 280) // 3
        for line in range(chance.randint(5, 14)):
            words = "".join(chance.choice("abcdefghklmnopqrstuvwxyz   ") for _letter in range(chance.randint(6, 20)))
            draw.text((left, 190 + line * 28), words, fill=(40, 40, 46), font=_font(20))
        if chance.random() < 0.6:
            y = chance.randint(260, height - 400)
            draw.rectangle((left, y, left + 200, y + 120), fill=tuple(chance.randint(30, 230) for _channel in range(3)))


def park(image: Image.Image, draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    width, height = image.size
    _sky(draw, chance, width, height // 2)
    draw.rectangle((0, height // 2, width, height), fill=(92, chance.randint(110, 160), 78))
    for _tree in range(chance.randint(4, 12)):
        _crown(draw, chance.randint(0, width), chance.randint(160, 420), chance)
    bend = chance.randint(0, width)
    draw.polygon(
        ((bend - 30, height // 2), (bend + 30, height // 2), (width, height), (width // 3, height)),
        fill=(190, 180, 160),
    )
    for _tuft in range(900):
        x, y = chance.randint(0, width), chance.randint(height // 2, height)
        draw.line((x, y, x + chance.randint(-3, 3), y - chance.randint(3, 9)), fill=(60, chance.randint(90, 180), 60))


KINDS: tuple[Callable[[Image.Image, ImageDraw.ImageDraw, random.Random], None], ...] = (
    street,
    wall,
    corridor,
    market,
    board,
    park,
)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _sky(draw: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    top, low = chance.randint(130, 220), chance.randint(200, 245)
    for y in range(height):
        grey = top + (low - top) * y // height
        draw.line((0, y, width, y), fill=(grey - 24, grey - 6, min(255, grey + 12)))


def _house(draw: ImageDraw.ImageDraw, x: int, top: int, broad: int, ground: int, chance: random.Random) -> None:
    base = [chance.randint(100, 215) for _channel in range(3)]
    draw.rectangle((x, top, x + broad, ground), fill=tuple(base))
    across, down = chance.randint(24, 48), chance.randint(30, 56)
    for y in range(top + 14, ground - 70, down):
        for left in range(x + 10, x + broad - 20, across):
            pane = chance.randint(50, 150)
            draw.rectangle((left, y, left + across // 2, y + down // 2), fill=(pane, pane + 12, pane + 24))
    sign = tuple(chance.randint(30, 220) for _channel in range(3))
    draw.rectangle((x + 4, ground - 66, x + broad - 4, ground - 36), fill=sign)
    draw.text((x + 10, ground - 64), f"{chance.randint(1, 999)}", fill="white", font=_font(24))


def _crown(draw: ImageDraw.ImageDraw, x: int, top: int, chance: random.Random) -> None:
    draw.rectangle((x - 7, top + 60, x + 7, top + 260), fill=(90, 74, 60))
    for _leaf in range(40):
        left, up = x + chance.randint(-90, 50), top + chance.randint(-60, 90)
        green = chance.randint(70, 150)
        draw.ellipse((left, up, left + 46, up + 40), fill=(green - 30, green, green - 44))


def _paper(draw: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y = chance.randint(0, width - 80), chance.randint(0, height - 80)
    broad, high = chance.randint(40, 160), chance.randint(40, 180)
    draw.rectangle((x, y, x + broad, y + high), fill=chance.choice(((240, 236, 220), (236, 206, 120), (220, 226, 236))))
    for line in range(y + 8, y + high - 6, 12):
        draw.line((x + 6, line, x + broad - chance.randint(6, 30), line), fill=(120, 50, 50), width=3)


def _rubbish(draw: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y = chance.uniform(0.2, 0.8) * width, chance.uniform(0.55, 0.85) * height
    for _piece in range(chance.randint(20, 90)):
        left, top, size = chance.gauss(x, 70), chance.gauss(y, 26), chance.randint(8, 34)
        corners = [(left + chance.randint(-size, size), top + chance.randint(-size, size)) for _corner in range(5)]
        draw.polygon(corners, fill=chance.choice(BRIGHT))


def _weather(image: Image.Image, chance: random.Random) -> Image.Image:
    kind = chance.choice(("day", "day", "day", "fog", "night", "dusk"))
    if kind == "fog":
        return Image.blend(image, Image.new("RGB", image.size, (206, 208, 210)), 0.55)
    if kind == "night":
        dark = ImageEnhance.Brightness(image).enhance(0.22)
        glow = Image.new("RGB", image.size)
        lamps = ImageDraw.Draw(glow)
        for _lamp in range(chance.randint(2, 7)):
            x, y, size = chance.randint(0, image.width), chance.randint(0, image.height), chance.randint(20, 130)
            lamps.ellipse((x - size, y - size, x + size, y + size), fill=(250, 226, 160))
        return ImageChops.screen(dark, glow.filter(ImageFilter.GaussianBlur(24)))
    return ImageEnhance.Brightness(image).enhance(0.6) if kind == "dusk" else image


# What becomes of a picture that is sent again ------------------------------------------------------------


def cropped(image: Image.Image, chance: random.Random, *, most: float = 0.10, least: float = 0.0) -> Image.Image:
    left, top, right, bottom = (chance.uniform(least, most) for _side in range(4))
    return image.crop(
        (
            round(image.width * left),
            round(image.height * top),
            round(image.width * (1 - right)),
            round(image.height * (1 - bottom)),
        )
    )


def half(image: Image.Image, chance: random.Random) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)


def through_a_chat(image: Image.Image, chance: random.Random) -> Image.Image:
    """As a chat program sends pictures on: smaller, sharpened by the next phone."""
    small = image.copy()
    small.thumbnail((640, 640), Image.Resampling.BILINEAR)
    return small.filter(ImageFilter.UnsharpMask(1, 40))


def written_on(image: Image.Image, chance: random.Random) -> Image.Image:
    """With the stamp of a camera app: some lines at the bottom left, a logo at the top right."""
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    for line in range(3):
        y = marked.height - 30 - 30 * line
        draw.text(
            (16, y), f"2026-0{line + 1}-{chance.randint(10, 28)} 09:{chance.randint(10, 59)} STREET", "white", _font(24)
        )
    draw.ellipse((marked.width - 76, 16, marked.width - 16, 76), fill=(240, 160, 40))
    return marked


def brighter(image: Image.Image, chance: random.Random) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(chance.uniform(0.85, 1.2))).enhance(
        chance.uniform(0.9, 1.15)
    )


SECOND, TIDY = "second shot of the same place", "the same place put right"
Change = Callable[[Image.Image, random.Random], Image.Image]
Way = tuple[tuple[Change, ...], tuple[int, int]]
# What is promised, by name: the changes in their order, and between which qualities of JPEG.
PROMISED: dict[str, Way] = {
    "re-compressed": ((), (30, 90)),
    "half the size": ((half,), (60, 90)),
    "cropped": ((cropped,), (60, 90)),
    "cropped to the limit": ((lambda image, chance: cropped(image, chance, least=0.09),), (60, 90)),
    "cropped, half, re-compressed": ((cropped, half), (30, 70)),
}
BESIDES: dict[str, Way] = {
    "through a chat": ((through_a_chat,), (50, 75)),
    "stamped, through a chat": ((written_on, through_a_chat), (50, 75)),
    "cropped, lighter or darker": ((cropped, brighter), (50, 90)),
    "cropped by 15 % a side": ((lambda image, chance: cropped(image, chance, least=0.14, most=0.15),), (60, 90)),
    "mirrored": ((lambda image, chance: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),), (60, 90)),
}


def sent_again(image: Image.Image, how: Way, seed: int) -> BytesIO:
    chance = random.Random(f"sent {seed}")
    changes, qualities = how
    for change in changes:
        image = change(image, chance)
    return jpeg(image, quality=chance.randint(*qualities))


def jpeg(image: Image.Image, *, quality: int = 85) -> BytesIO:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    stream.seek(0)
    return stream


# What is found ----------------------------------------------------------------------------------------------


class Library:
    """Photos that were used before, found by parts of their fingerprints as the product's index finds them."""

    def __init__(self) -> None:
        self.photos: dict[int, Photo] = {}
        self.index: defaultdict[tuple[int, int], set[int]] = defaultdict(set)

    def add(self, key: int, photo: Photo) -> None:
        self.photos[key] = photo
        for part in enumerate(parts(photo.fingerprint) if photo.fingerprint else []):
            self.index[part].add(key)

    def found(self, photo: Photo) -> set[int]:
        """The keys of those that show the same picture."""
        if not photo.fingerprint:
            return set()
        sought = Sought(opened(photo))
        there = set[int]().union(*(self.index[part, number] for part, key in enumerate(sought.keys) for number in key))
        near = likest(sought, [(key, self.photos[key].fingerprint) for key in sorted(there)])
        return {key for key, at in near if sought.shows(opened(self.photos[key]), at=at)}


def opened(photo: Photo) -> Image.Image:
    return Image.open(BytesIO(photo.thumb))


@dataclass
class Tally:
    """Of so many sent again, how many were found; of so many fresh ones, how many were taken for another."""

    found: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)


def measure(scenes: int, *, seed: int = 1, ways: Mapping[str, Way] | None = None) -> Tally:
    """What is found among the first shots of so many scenes, of each way of sending one again and of fresh shots."""
    library, tally = Library(), Tally()
    numbers = [seed * 1_000_000 + number for number in range(scenes)]
    firsts = {}
    for number in numbers:
        firsts[number] = Image.open(jpeg(shot(scene(number), number), quality=90)).convert("RGB")
        library.add(number, read_photo(jpeg(firsts[number], quality=90)))
    for number in numbers:
        fresh = {
            SECOND: jpeg(shot(scene(number), number + 300_000)),
            TIDY: jpeg(shot(scene(number, tidy=True), number + 600_000)),
        }
        for name, content in fresh.items():
            tally.asked[name] += 1
            tally.false[name] += bool(library.found(read_photo(content)))
        for place, (name, way) in enumerate((ways or {**PROMISED, **BESIDES}).items()):
            found = library.found(read_photo(sent_again(firsts[number], way, 100 * number + place)))
            tally.asked[name] += 1
            tally.found[name] += number in found
            tally.false[name] += bool(found - {number})
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.process_time()
    tally = measure(options.scenes, seed=options.seed)
    for title, ways in (("promised", PROMISED), ("besides", BESIDES), ("fresh", (SECOND, TIDY))):
        print(f"{title}:")
        for name in ways:
            asked = tally.asked[name]
            found = (
                ""
                if title == "fresh"
                else f"found {tally.found[name]:4} of {asked} = {tally.found[name] / asked:6.1%}   "
            )
            print(f"  {name:32} {found}false {tally.false[name]:3} = {tally.false[name] / asked:5.1%}")
    asked = sum(tally.asked[name] for name in PROMISED)
    fresh = sum(tally.asked[name] for name in (SECOND, TIDY))
    print(
        f"found {sum(tally.found[name] for name in PROMISED) / asked:.1%} of what is promised; false: "
        f"{sum(tally.false[name] for name in (SECOND, TIDY)) / fresh:.1%} of fresh photos, "
        f"{sum(tally.false.values())} of {sum(tally.asked.values()) * options.scenes} pairs"
    )
    spent = (time.process_time() - began) / sum(tally.asked.values())
    print(f"{spent:.2f} s of CPU for each picture, drawing it included")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
