"""Photos as a phone takes them, ready for a browser's file field or checked as by a form."""

import os
from datetime import datetime
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cityinit.content import check_upload

RIVERSIDE = {1: "N", 2: (30.0, 35.0, 24.0), 3: "E", 4: (114.0, 18.0, 36.0)}


def shot(name="IMG_0417.jpg", *, colour="firebrick", size=(800, 600)):
    """A JPEG that tells the camera and where it was taken."""
    tags = Image.Exif()
    tags[271] = "Phone"
    tags.get_ifd(0x8825).update(RIVERSIDE)
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG", exif=tags)
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def camera(picture=None, *, taken="", gps=None, colour="steelblue", size=(320, 240), name="IMG_0418.jpg", quality=90):
    """A checked photo with the time ("2026-03-02 09:12") and the place (latitude, longitude) its camera wrote."""
    tags = Image.Exif()
    if taken:
        tags.get_ifd(0x8769)[0x9003] = f"{datetime.fromisoformat(taken):%Y:%m:%d %H:%M:%S}"
    if gps:
        latitude, longitude = gps
        tags.get_ifd(0x8825).update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)})
    stream = BytesIO()
    (picture or Image.new("RGB", size, colour)).save(stream, "JPEG", quality=quality, exif=tags)
    return check_upload(SimpleUploadedFile(name, stream.getvalue(), content_type="image/jpeg"), kind="photo")


def heavy(path, *, megabytes, colour="firebrick"):
    """A JPEG file of that many megabytes; what stands behind its end, no camera looks at."""
    path.write_bytes(shot(colour=colour)["buffer"])
    os.truncate(path, megabytes * 1024 * 1024)
    return path
