"""The member `crs` of GeoJSON before RFC 7946, by which a file may say that it is not in WGS-84."""

import re
from pathlib import Path
from typing import Any

import orjson
from pyproj import CRS
from pyproj.exceptions import CRSError

from wangge.geo.files.batches import BrokenFile

__all__ = ["crs_of_member", "named_crs", "same_crs"]

MEMBER = re.compile(rb'"crs"\s*:\s*\{')
LON_LAT = "OGC:CRS84"
TAIL = 1 << 16
UNKNOWN = "?"
"""What a member says that names no CRS by its name: a link, for instance."""


def crs_of_member(member: Any) -> str | None:
    """The name of a CRS; None where the member is null or not there, and UNKNOWN where it says nothing of use."""
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict):
        return UNKNOWN
    if isinstance(properties.get("name"), str):
        return str(properties["name"])
    return f"EPSG:{properties['code']}" if isinstance(properties.get("code"), int | str) else UNKNOWN


def named_crs(head: bytes, path: Path) -> str | None:
    """The CRS that a FeatureCollection names at its head, or, where the file is not compressed, at its end.

    Parameters
    ----------
    head : the document up to the bracket of its features.

    Raises
    ------
    BrokenFile : it names one in a way that nobody knows.
    """
    try:
        member = orjson.loads(head + b"]}").get("crs")
    except orjson.JSONDecodeError:
        return None  # which is said when all has been read
    named = crs_of_member(_at_the_end(path) if member is None else member)
    if named == UNKNOWN:
        raise BrokenFile(file=str(path), records=0, reason="crs-unknown")
    return named


def _at_the_end(path: Path) -> Any:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL, 0))
        tail = file.read()
    found = MEMBER.search(tail)
    if not found:
        return None
    try:
        return orjson.loads(b'{"features":[' + tail[tail.rindex(b"]", 0, found.start()) :]).get("crs")
    except ValueError:  # it belongs to something inside
        return None


def same_crs(member: Any, named: str | None) -> bool:
    """Whether a member says the same CRS as is known; none is longitude and latitude in WGS-84."""
    said = crs_of_member(member)
    if said == UNKNOWN:
        return False
    if said == named:
        return True
    try:
        one, other = CRS.from_user_input(said or LON_LAT), CRS.from_user_input(named or LON_LAT)
    except CRSError:
        return False
    return bool(one.equals(other, ignore_axis_order=True))
