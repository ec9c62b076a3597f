"""Pictures as cameras write them."""

import io
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from pillow_heif import register_heif_opener

__all__ = ["SECRET", "picture"]

SECRET = "owner of the camera"
PLACE: dict[int, Any] = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (38, 18, 59.04),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (116, 52, 16.32),
}
register_heif_opener()


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture with all that a camera writes into it."""
    exif = Image.Exif()
    exif[Base.Artist] = SECRET
    exif[Base.Orientation] = 6  # on its side
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2026:05:06 07:08:09"
    exif.get_ifd(IFD.GPSInfo).update(PLACE)
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, form, exif=exif)
    return out.getvalue()
