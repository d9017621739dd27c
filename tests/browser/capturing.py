"""What an inspector does on the capture page, and what the phone keeps of it."""

from io import BytesIO
from random import Random

from PIL import Image
from playwright.sync_api import expect

CAPTURE = "/inspections/capture/"
FILES = "**/system/outbox/files/"
# What `exifr` and Pillow both read: where and when the camera says it was.
NORTH, EAST = (28.0, 0.0, 36.0), (120.0, 40.0, 12.0)


def picture(seed, *, size=(2600, 1800), placed=False, taken=None, place=(NORTH, EAST), sides="NE", turned=1):
    """A photo unlike any other, larger than what is sent; as the file chooser hands it over.

    `taken` are the tags of its EXIF that tell of time, by their numbers.
    """
    image = Image.effect_noise((size[0] // 20, size[1] // 20), 80).resize(size).convert("RGB")
    image.paste(tuple(Random(seed).randbytes(3)), (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if placed:
        exif.get_ifd(0x8825).update({1: sides[0], 2: place[0], 3: sides[1], 4: place[1]})
    exif.get_ifd(0x8769).update(taken or {})
    exif[0x0112] = turned
    stream = BytesIO()
    image.save(stream, "JPEG", quality=90, exif=exif)
    return {"name": f"{seed}.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def tab(context, address=CAPTURE, *, ready=".phrase"):
    page = context.new_page()
    page.goto(address)
    # The outbox of the capture page has opened its database once the sentences to pick are there.
    expect(page.locator(ready).first).to_be_attached()
    return page


def fill_in(page, *photos, place="解放桥头"):
    for photo in photos:
        page.locator("#photos-camera").set_input_files(photo)
    page.get_by_label("地点").fill(place)
    page.locator("summary", has_text="经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()


def report(page):
    page.get_by_role("button", name="上报").click()


def said(page):
    return page.locator("[data-said]").first


def send_now(page):
    page.get_by_role("button", name="现在发送").click()


def until(page, said):
    """Wait for what is so in the page; the page itself may not be given code to watch for it."""
    for _try in range(100):
        if page.evaluate(said):
            return
        page.wait_for_timeout(100)
    raise AssertionError(said)


def left_on_phone(page):
    """How many photos the phone still keeps."""
    return page.evaluate("""() => new Promise((resolve) => {
        const opening = indexedDB.open("cityinit-outbox");
        opening.onsuccess = () => {
            const counting = opening.result.transaction("files").objectStore("files").count();
            counting.onsuccess = () => resolve(counting.result);
        };
    })""")
