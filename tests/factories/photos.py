"""Photos as a phone takes them, ready for a browser's file field."""

import os
from io import BytesIO

from PIL import Image

RIVERSIDE = {1: "N", 2: (30.0, 35.0, 24.0), 3: "E", 4: (114.0, 18.0, 36.0)}


def shot(name="IMG_0417.jpg", *, colour="firebrick", size=(800, 600)):
    """A JPEG that tells the camera and where it was taken."""
    tags = Image.Exif()
    tags[271] = "Phone"
    tags.get_ifd(0x8825).update(RIVERSIDE)
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG", exif=tags)
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def heavy(path, *, megabytes):
    """A JPEG file of that many megabytes; what stands behind its end, no camera looks at."""
    path.write_bytes(shot()["buffer"])
    os.truncate(path, megabytes * 1024 * 1024)
    return path
