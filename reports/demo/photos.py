"""Photos drawn from code: twelve scenes, each as it was found and as it was put right."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import cache
from io import BytesIO
from time import gmtime

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from cityinit.content import Checked, check_upload
from cityinit.models import StoredFile

WIDTH, HEIGHT = 800, 600
EXIF, GPS, TAKEN_AT = 0x8769, 0x8825, 0x9003
SKY, HAZE = (166, 190, 214), (222, 228, 230)
HOUSES = ((196, 178, 156), (178, 160, 148), (206, 196, 184), (170, 176, 182), (188, 150, 134))
ROAD, PAVEMENT, LEAF, SOIL = (104, 106, 110), (176, 172, 164), (86, 124, 74), (136, 112, 84)
RUBBISH = ((214, 210, 202), (60, 62, 66), (180, 60, 54), (70, 104, 150), (206, 170, 86), (240, 240, 236))
Draw = ImageDraw.ImageDraw


@cache
def photo(
    scene: str, *, after: bool, taken_at: datetime | None = None, place: tuple[float, float] | None = None, of: str = ""
) -> Checked:
    """A photo of the scene as an upload that has been checked; with time and place where they are given.

    `of` is whose it is: nobody else's is taken from the same spot, or they would all be taken for one old photo.
    """
    image = _from_another_spot(picture(scene, after=after, of=of), f"{scene} {after} {of} {taken_at}" if of else "")
    exif = Image.Exif()
    if taken_at:
        exif.get_ifd(EXIF)[TAKEN_AT] = taken_at.strftime("%Y:%m:%d %H:%M:%S")
    if place:
        latitude, longitude = place
        exif.get_ifd(GPS).update({1: "N", 2: _degrees(latitude), 3: "E", 4: _degrees(longitude)})
    content = BytesIO()
    image.save(content, "JPEG", quality=80, exif=exif)
    number = f"{taken_at:%Y%m%d_%H%M%S}" if taken_at else 1000 + 2 * [*SCENES].index(scene) + after
    return _checked(f"IMG_{number}.jpg", content.getvalue())


def sent_on(photo: Checked, *, whole: bool) -> Checked:
    """The photo once more: the very file, or as a chat program passes it on, cropped by whoever sent it."""
    photo.upload.seek(0)
    content = photo.upload.read()
    if whole:
        return _checked(photo.name, content)
    image = Image.open(BytesIO(content))
    cut = image.crop((WIDTH // 20, HEIGHT // 12, WIDTH, HEIGHT - HEIGHT // 16)).resize((WIDTH // 2, HEIGHT // 2))
    stream = BytesIO()
    cut.save(stream, "JPEG", quality=60)
    return _checked("mmexport1.jpg", stream.getvalue())


def large(scene: str, *, name: str) -> Checked:
    """The scene put right, as large as material that is handed in must be."""
    content = BytesIO()
    picture(scene, after=True).resize((2 * WIDTH, 2 * HEIGHT)).save(content, "JPEG", quality=70)
    return _checked(name, content.getvalue())


@cache
def scan() -> bytes:
    """A sheet with lines of writing and a seal, as a PDF."""
    sheet = Image.new("RGB", (826, 1169), "white")
    draw, chance = ImageDraw.Draw(sheet), random.Random("scan")  # noqa: S311 - the same sheet every time
    draw.rectangle((180, 110, 646, 140), fill=(70, 70, 74))
    for line in range(22):
        draw.rectangle((110, 210 + 32 * line, chance.randint(560, 716), 218 + 32 * line), fill=(150, 150, 156))
    draw.ellipse((520, 930, 660, 1070), outline=(200, 40, 40), width=6)
    content = BytesIO()
    written = gmtime(0)
    sheet.save(content, "PDF", resolution=100, creationDate=written, modDate=written)
    return content.getvalue()


@cache
def picture(scene: str, *, after: bool, of: str = "") -> Image.Image:
    """The same place twice: only what was wrong, and the light, differ."""
    ground, wrong, right = SCENES[scene]
    image = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    draw, chance = ImageDraw.Draw(image), random.Random(scene + of)  # noqa: S311 - the same picture every time
    ground(draw, chance)
    (right if after else wrong)(draw, chance)
    return _as_from_a_phone(image, light=1.06 if after else 0.94)


def _checked(name: str, content: bytes) -> Checked:
    upload = SimpleUploadedFile(name, content, content_type="image/jpeg")
    return check_upload(upload, kind=StoredFile.Kind.PHOTO)


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2)


def _from_another_spot(image: Image.Image, seed: str) -> Image.Image:
    """As seen from a step aside, a little turned; nobody stands twice where he stood before."""
    if not seed:
        return image
    chance = random.Random(seed)  # noqa: S311 - the same spot every time
    corners = ((0, 0), (0, HEIGHT), (WIDTH, HEIGHT), (WIDTH, 0))
    seen = [
        abs(edge - chance.uniform(0.01, 0.09) * size)
        for corner in corners
        for edge, size in zip(corner, (WIDTH, HEIGHT), strict=True)
    ]
    return image.transform((WIDTH, HEIGHT), Image.Transform.QUAD, seen, Image.Resampling.BICUBIC)


def _as_from_a_phone(image: Image.Image, *, light: float) -> Image.Image:
    """A little blur, grain and the light of the day: flat colours alone look drawn."""
    image = image.filter(ImageFilter.BoxBlur(1))
    image = image.point([min(255, int(value * light)) for value in range(256)] * 3)
    return Image.blend(image, _grain(), 0.05)


@cache
def _grain() -> Image.Image:
    speckles = random.Random(0).randbytes(WIDTH * HEIGHT)  # noqa: S311
    return Image.frombytes("L", (WIDTH, HEIGHT), speckles).convert("RGB")


# Grounds -------------------------------------------------------------------------------------------


def street(draw: Draw, chance: random.Random) -> None:
    for y in range(300):
        draw.line((0, y, WIDTH, y), fill=_between(SKY, HAZE, y / 300))
    x = -20
    while x < WIDTH:
        width, top = chance.randint(90, 170), chance.randint(60, 190)
        _house(draw, x, top, width, chance)
        x += width
    draw.polygon(((0, 360), (WIDTH, 350), (WIDTH, 430), (0, 450)), fill=PAVEMENT)
    draw.polygon(((0, 450), (WIDTH, 430), (WIDTH, HEIGHT), (0, HEIGHT)), fill=ROAD)
    for step in range(-1, 14):
        draw.line((step * 64, 448 - step, step * 64 + 46, 362 - step // 2), fill=(160, 156, 148))
    draw.line((0, 450, WIDTH, 430), fill=(206, 204, 198), width=7)
    for step in range(5):
        draw.polygon(_slab(40 + step * 170, 540, 90, 10), fill=(214, 214, 208))
    for x in (90, 420, 700):
        _tree(draw, x, chance)


def wall(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, 470), fill=(198, 188, 172))
    for row in range(0, 470, 26):
        draw.line((0, row, WIDTH, row), fill=(184, 172, 156))
        for column in range(-40 if row % 52 else 0, WIDTH, 80):
            draw.line((column, row, column, row + 26), fill=(184, 172, 156))
    draw.rectangle((0, 400, WIDTH, 470), fill=(150, 140, 130))
    draw.rectangle((0, 470, WIDTH, HEIGHT), fill=PAVEMENT)
    draw.rectangle((640, 60, 760, 470), fill=(96, 84, 76), outline=(70, 60, 54), width=6)
    draw.ellipse((736, 260, 752, 276), fill=(200, 180, 110))


def corridor(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(206, 204, 196))
    draw.polygon(((0, HEIGHT), (WIDTH, HEIGHT), (520, 360), (280, 360)), fill=(150, 146, 140))
    draw.polygon(((0, 0), (280, 120), (280, 360), (0, HEIGHT)), fill=(188, 194, 186))
    draw.polygon(((WIDTH, 0), (520, 120), (520, 360), (WIDTH, HEIGHT)), fill=(178, 186, 180))
    draw.rectangle((280, 120, 520, 360), fill=(222, 226, 226))
    draw.rectangle((340, 150, 460, 300), fill=(200, 218, 234), outline=(120, 120, 120), width=5)
    draw.polygon(((70, 90), (190, 136), (190, 420), (70, 520)), fill=(120, 88, 70), outline=(80, 60, 50))
    for side in (0, 1):
        draw.line((side * WIDTH, 330, 520 if side else 280, 250), fill=(110, 140, 120), width=8)


def river(draw: Draw, chance: random.Random) -> None:
    street(draw, chance)
    draw.polygon(((0, 330), (WIDTH, 320), (WIDTH, 380), (0, 396)), fill=LEAF)
    draw.polygon(((0, 396), (WIDTH, 380), (WIDTH, 404), (0, 424)), fill=(150, 146, 138))
    for y in range(410, HEIGHT):
        draw.line((0, y, WIDTH, y), fill=_between((96, 128, 132), (66, 98, 108), (y - 410) / 190))
    for _ripple in range(60):
        x, y = chance.randint(0, WIDTH), chance.randint(430, HEIGHT)
        draw.line((x, y, x + chance.randint(20, 70), y), fill=(120, 152, 156), width=2)


def park(draw: Draw, chance: random.Random) -> None:
    for y in range(300):
        draw.line((0, y, WIDTH, y), fill=_between(SKY, HAZE, y / 300))
    for x in range(-30, WIDTH, 70):
        top = chance.randint(150, 230)
        draw.ellipse((x, top, x + 130, top + 170), fill=_shade(LEAF, chance.randint(-24, 16)))
    draw.rectangle((0, 300, WIDTH, HEIGHT), fill=(112, 150, 88))
    draw.polygon(((300, HEIGHT), (560, HEIGHT), (440, 300), (410, 300)), fill=(198, 186, 166))
    draw.rectangle((600, 330, 740, 344), fill=(126, 92, 66))
    draw.line((620, 344, 620, 380), fill=(90, 90, 90), width=6)
    draw.line((720, 344, 720, 380), fill=(90, 90, 90), width=6)


# What was wrong, and what came instead ---------------------------------------------------------------


def litter(draw: Draw, chance: random.Random) -> None:
    for _piece in range(90):
        x, y = chance.gauss(430, 90), chance.gauss(430, 22)
        size = chance.randint(8, 30)
        draw.polygon(
            [(x + chance.randint(-size, size), y + chance.randint(-size // 2, size // 2)) for _corner in range(5)],
            fill=chance.choice(RUBBISH),
        )


def bins_full(draw: Draw, chance: random.Random) -> None:
    _bins(draw)
    for x in (300, 390, 480):
        for _piece in range(16):
            left, top = x + chance.randint(-16, 62), chance.choice((300, 316, 428, 436)) + chance.randint(-8, 8)
            draw.ellipse((left, top, left + 28, top + 22), fill=chance.choice(RUBBISH))


def bins_shut(draw: Draw, chance: random.Random) -> None:
    _bins(draw)
    for x in (300, 390, 480):
        draw.rectangle((x - 5, 310, x + 75, 324), fill=(44, 76, 64))


def bikes_about(draw: Draw, chance: random.Random) -> None:
    for number in range(9):
        _bike(draw, 120 + number * 66 + chance.randint(-24, 24), 420 + chance.randint(-30, 60), chance)


def bikes_in_line(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((110, 424, 690, 428), fill=(240, 240, 236))
    for number in range(9):
        _bike(draw, 130 + number * 62, 404, chance)


def potholes(draw: Draw, chance: random.Random) -> None:
    for x, y, size in ((300, 500, 120), (520, 530, 90), (160, 540, 70)):
        draw.ellipse((x, y, x + size, y + size // 3), fill=(66, 62, 58), outline=(132, 126, 118), width=5)
        draw.ellipse((x + 20, y + 8, x + size - 24, y + size // 4), fill=(96, 104, 112))


def road_mended(draw: Draw, chance: random.Random) -> None:
    draw.polygon(((130, 480), (640, 468), (660, 566), (120, 580)), fill=(74, 76, 80))


def cars_on_pavement(draw: Draw, chance: random.Random) -> None:
    for x, colour in ((150, (150, 40, 44)), (380, (236, 236, 234)), (590, (50, 60, 84))):
        _car(draw, x, 372, colour)


def cars_in_bays(draw: Draw, chance: random.Random) -> None:
    for x, colour in ((150, (150, 40, 44)), (470, (236, 236, 234))):
        draw.rectangle((x - 20, 500, x + 210, 504), fill=(236, 236, 230))
        draw.rectangle((x - 20, 592, x + 210, 596), fill=(236, 236, 230))
        _car(draw, x, 500, colour)


def stalls(draw: Draw, chance: random.Random) -> None:
    for x, colour in ((120, (190, 60, 54)), (330, (60, 110, 160)), (540, (200, 150, 50))):
        draw.polygon(((x - 20, 300), (x + 170, 300), (x + 190, 336), (x - 40, 336)), fill=colour)
        draw.line((x, 336, x, 420), fill=(90, 90, 90), width=5)
        draw.line((x + 150, 336, x + 150, 420), fill=(90, 90, 90), width=5)
        draw.rectangle((x - 10, 384, x + 160, 424), fill=(150, 120, 90))
        for number in range(8):
            left = x + number * 19
            draw.ellipse(
                (left, 370, left + 18, 388), fill=chance.choice(((200, 70, 50), (230, 160, 60), (90, 150, 70)))
            )


def small_ads(draw: Draw, chance: random.Random) -> None:
    for _sheet in range(34):
        x, y = chance.randint(30, 580), chance.randint(60, 380)
        width, height = chance.randint(34, 70), chance.randint(26, 60)
        draw.rectangle(
            (x, y, x + width, y + height), fill=chance.choice(((240, 236, 220), (236, 206, 120), (220, 226, 236)))
        )
        for line in range(y + 7, y + height - 4, 8):
            draw.line((x + 5, line, x + width - 6, line), fill=(150, 60, 60), width=2)


def poster_faded(draw: Draw, chance: random.Random) -> None:
    _poster(draw, back=(206, 190, 176), ink=(186, 158, 144))
    draw.polygon(((430, 90), (560, 90), (560, 220)), fill=(198, 188, 172))
    draw.polygon(((120, 360), (220, 360), (120, 300)), fill=(190, 180, 164))


def poster_fresh(draw: Draw, chance: random.Random) -> None:
    _poster(draw, back=(186, 34, 36), ink=(250, 214, 110))


def clutter(draw: Draw, chance: random.Random) -> None:
    for x, y, size in ((220, 400, 110), (300, 380, 90), (250, 320, 80), (520, 420, 120), (560, 350, 80)):
        colour = _shade((176, 138, 92), chance.randint(-30, 20))
        draw.rectangle((x, y, x + size, y + size), fill=colour, outline=(110, 84, 56), width=3)
        draw.line((x, y + size // 2, x + size, y + size // 2), fill=(206, 178, 130), width=5)
    _bike(draw, 430, 470, chance)


def floating(draw: Draw, chance: random.Random) -> None:
    for _piece in range(70):
        x, y = chance.gauss(380, 160), chance.uniform(440, 580)
        size = chance.randint(6, 26)
        draw.ellipse((x, y, x + size * 2, y + size), fill=chance.choice((*RUBBISH, LEAF, SOIL)))


def bare_soil(draw: Draw, chance: random.Random) -> None:
    for x, y, size in ((40, 400, 220), (110, 500, 160), (580, 430, 200)):
        draw.ellipse((x, y, x + size, y + size // 2), fill=SOIL)
    for _piece in range(30):
        x, y = chance.randint(30, 770), chance.randint(390, 580)
        draw.rectangle((x, y, x + 14, y + 9), fill=chance.choice(RUBBISH))


def flowers(draw: Draw, chance: random.Random) -> None:
    for _flower in range(220):
        x = chance.choice((chance.randint(20, 290), chance.randint(570, 780)))
        y = chance.randint(400, 580)
        draw.ellipse((x, y, x + 9, y + 9), fill=chance.choice(((214, 70, 90), (240, 190, 70), (236, 236, 240))))


def wires_loose(draw: Draw, chance: random.Random) -> None:
    for _wire in range(22):
        start, end, sag = chance.randint(90, 200), chance.randint(90, 220), chance.randint(40, 150)
        points = [
            (x, start + (end - start) * x / WIDTH + sag * (1 - (x / 400 - 1) ** 2)) for x in range(0, WIDTH + 1, 40)
        ]
        draw.line(points, fill=(40, 40, 44), width=chance.randint(2, 4))


def wires_bound(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 196, WIDTH, 208), fill=(206, 206, 202), outline=(170, 170, 168))


def nothing(draw: Draw, chance: random.Random) -> None:
    """Put right by taking it away."""


# Things ----------------------------------------------------------------------------------------------


def _house(draw: Draw, x: int, top: int, width: int, chance: random.Random) -> None:
    draw.rectangle((x, top, x + width, 362), fill=_shade(chance.choice(HOUSES), chance.randint(-12, 12)))
    for row in range(top + 16, 290, 38):
        for column in range(x + 12, x + width - 22, 34):
            draw.rectangle((column, row, column + 18, row + 24), fill=(92, 108, 122), outline=(226, 224, 218))
    draw.rectangle((x + 6, 306, x + width - 6, 326), fill=chance.choice(((150, 52, 46), (48, 84, 120), (70, 108, 76))))
    draw.rectangle((x + 12, 328, x + width - 12, 360), fill=(76, 80, 84))


def _tree(draw: Draw, x: int, chance: random.Random) -> None:
    draw.rectangle((x - 6, 280, x + 6, 410), fill=(96, 78, 62))
    for _crown in range(14):
        left, top = x + chance.randint(-70, 30), chance.randint(150, 270)
        draw.ellipse((left, top, left + 60, top + 52), fill=_shade(LEAF, chance.randint(-26, 22)))


def _bins(draw: Draw) -> None:
    for x, colour in ((300, (58, 92, 140)), (390, (64, 116, 76)), (480, (120, 120, 122))):
        draw.polygon(((x, 322), (x + 70, 322), (x + 62, 430), (x + 8, 430)), fill=colour, outline=(40, 40, 40))
        draw.rectangle((x + 22, 350, x + 48, 378), fill=(230, 230, 226))


def _bike(draw: Draw, x: int, y: int, chance: random.Random) -> None:
    colour = chance.choice(((220, 170, 40), (60, 130, 190), (60, 62, 66)))
    for wheel in (x, x + 46):
        draw.ellipse((wheel, y, wheel + 34, y + 34), outline=(36, 36, 38), width=4)
    draw.line((x + 17, y + 17, x + 30, y - 12, x + 58, y - 10, x + 63, y + 17), fill=colour, width=5)
    draw.line((x + 54, y - 26, x + 70, y - 22), fill=(50, 50, 50), width=5)


def _car(draw: Draw, x: int, y: int, colour: tuple) -> None:
    draw.rounded_rectangle((x, y + 24, x + 190, y + 74), 14, fill=colour)
    draw.polygon(((x + 34, y + 28), (x + 58, y), (x + 134, y), (x + 160, y + 28)), fill=_shade(colour, -26))
    draw.polygon(((x + 46, y + 27), (x + 64, y + 6), (x + 128, y + 6), (x + 146, y + 27)), fill=(150, 176, 190))
    for wheel in (x + 26, x + 130):
        draw.ellipse((wheel, y + 56, wheel + 36, y + 92), fill=(34, 34, 36), outline=(120, 120, 120), width=4)


def _poster(draw: Draw, *, back: tuple, ink: tuple) -> None:
    draw.rectangle((112, 82, 568, 368), fill=(120, 122, 126))
    draw.rectangle((120, 90, 560, 360), fill=back)
    draw.ellipse((150, 120, 250, 220), fill=ink)
    for row, width in ((130, 260), (165, 230), (200, 250), (270, 380), (300, 360), (330, 300)):
        left = 280 if row < 240 else 150
        draw.rectangle((left, row, left + width, row + 16), fill=ink)


def _slab(x: int, y: int, width: int, height: int) -> tuple:
    return ((x, y), (x + width, y - 3), (x + width + 8, y + height - 3), (x + 8, y + height))


def _between(one: tuple, other: tuple, share: float) -> tuple:
    return tuple(int(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def _shade(colour: tuple, by: int) -> tuple:
    return tuple(max(0, min(255, value + by)) for value in colour)


Stroke = Callable[[Draw, random.Random], None]
# The ground, what was wrong, and what came instead.
SCENES: dict[str, tuple[Stroke, Stroke, Stroke]] = {
    "litter": (street, litter, nothing),
    "bins": (street, bins_full, bins_shut),
    "bikes": (street, bikes_about, bikes_in_line),
    "road": (street, potholes, road_mended),
    "cars": (street, cars_on_pavement, cars_in_bays),
    "stalls": (street, stalls, nothing),
    "wires": (street, wires_loose, wires_bound),
    "wall": (wall, small_ads, nothing),
    "poster": (wall, poster_faded, poster_fresh),
    "corridor": (corridor, clutter, nothing),
    "river": (river, floating, nothing),
    "park": (park, bare_soil, flowers),
}
