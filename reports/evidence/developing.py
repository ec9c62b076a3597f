"""Makes of a file that somebody sent the two pictures that are kept: one to look at, one small. Pure.

Nothing of the file itself goes on: its pixels are drawn anew, and what the camera wrote beside them (place, owner, a
thumbnail of what was cut off) stays behind. Place and time are told apart, as a hint.
"""

import io
import warnings
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from wangge.reports.evidence.developed import Developed, Hint, NotAPhoto

__all__ = ["FORMATS", "MOST_PIXELS", "develop"]

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_PIXELS = 64_000_000
LARGE, SMALL = 2048, 360
"""Longest edges of the two pictures."""
QUALITY, QUALITY_SMALL = 82, 70
HASH_SIDE = 8

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
pillow_heif.register_heif_opener(thumbnails=False)


def develop(data: bytes) -> Developed:
    """Make the pictures of a file in one of FORMATS; of several frames the first.

    Raises
    ------
    NotAPhoto : it is in no such format, has too many pixels, or ends before its picture does.
    """
    try:
        # Whatever a file can make a decoder warn of, nobody's log is filled by it.
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPhoto("pixels")
            hint = _hint(opened)
            opened.draft("RGB", (LARGE, LARGE))  # a JPEG is read no larger than it is needed
            large = _plain(opened)
    except UnidentifiedImageError:
        raise NotAPhoto("format") from None
    except Image.DecompressionBombError:
        raise NotAPhoto("pixels") from None
    except NotAPhoto:
        raise
    except MemoryError:
        raise NotAPhoto("pixels") from None
    except Exception:  # a decoder says what it likes of what it cannot read
        raise NotAPhoto("broken") from None
    small = large.copy()
    small.thumbnail((SMALL, SMALL))
    return Developed(
        _jpeg(large, QUALITY), _jpeg(small, QUALITY_SMALL), large.width, large.height, _likeness(small), hint
    )


def _plain(opened: Image.Image) -> Image.Image:
    """The pixels upright, in sRGB, on white where they were transparent, and nothing else."""
    profile = opened.info.get("icc_profile")
    opened.thumbnail((LARGE, LARGE))
    upright = ImageOps.exif_transpose(opened)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    if profile and upright.mode in ("RGB", "CMYK", "L"):
        upright = _in_srgb(upright, profile)
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    return plain


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that is of another kind of picture says nothing
        return image
    return turned or image


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _likeness(image: Image.Image) -> int:
    """Whether each of 8 × 8 spots is darker than the one right of it, as a signed number of 64 bits."""
    grey = image.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BILINEAR)
    spots = grey.tobytes()
    bits = 0
    for y in range(HASH_SIDE):
        row = spots[y * (HASH_SIDE + 1) : (y + 1) * (HASH_SIDE + 1)]
        for left, right in pairwise(row):
            bits = bits << 1 | (left < right)
    return bits - (1 << 64) if bits >> 63 else bits


def _hint(opened: Image.Image) -> Hint:
    """Place and time from EXIF, as far as they make sense."""
    try:
        exif = opened.getexif()
        lon, lat = _place(exif.get_ifd(IFD.GPSInfo))
        return Hint(_time(exif.get(Base.DateTime), exif.get_ifd(IFD.Exif)), lon, lat)
    except Exception:  # nothing depends on it
        return Hint()


def _time(changed: Any, exif: dict[int, Any]) -> str | None:
    """When the picture was taken, with its offset where the camera knew it."""
    told = str(exif.get(Base.DateTimeOriginal) or changed or "").strip("\0 ")
    offset = str(exif.get(Base.OffsetTimeOriginal) or "").strip("\0 ")
    try:
        time = datetime.strptime(told, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - its offset comes below, if it has one
        if offset:
            hours, minutes = int(offset[1:3]), int(offset[4:6])
            ahead = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
            return time.replace(tzinfo=timezone(ahead)).astimezone(UTC).isoformat()
    except (ValueError, IndexError):
        return None
    return time.isoformat()


def _place(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    lat, lon = _degrees(gps.get(GPS.GPSLatitude)), _degrees(gps.get(GPS.GPSLongitude))
    if lat is None or lon is None or not (0 <= lat <= 90 and 0 <= lon <= 180) or (lat, lon) == (0, 0):
        return None, None
    south = str(gps.get(GPS.GPSLatitudeRef, "N")).upper().startswith("S")
    west = str(gps.get(GPS.GPSLongitudeRef, "E")).upper().startswith("W")
    return round(-lon if west else lon, 6), round(-lat if south else lat, 6)


def _degrees(told: Any) -> float | None:
    if not isinstance(told, tuple) or len(told) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in told)
    value = degrees + minutes / 60 + seconds / 3600
    return value if value == value else None  # not NaN
