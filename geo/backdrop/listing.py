"""Reading a list of places out of a file of records: addresses, doorplates, names of buildings."""

import math
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.files.features import NoFeatures, name_of
from wangge.geo.files.reading import GEOMETRY, open_records
from wangge.geo.files.vector import MissingField

__all__ = ["Listed", "read_places"]


BLANK_OF_HAN = re.compile(r"(?<=[\u2e80-\u9fff]) | (?=[\u2e80-\u9fff])")
"""Chinese has no blanks between the parts of an address."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Names with a place each, in degrees (WGS-84); `left_out` have no name, no place, or lie elsewhere."""

    names: list[str]
    lons: list[float]
    lats: list[float]
    left_out: int


def read_places(
    path: Path,
    near: tuple[float, float, float, float],
    *,
    name_fields: Sequence[str],
    lon: str = "lon",
    lat: str = "lat",
    datum: Datum = Datum.WGS84,
    encoding: str | None = None,
) -> Listed:
    """Read a CSV, GeoJSON or another file of records. A name that comes several times is one place, the first one.

    Parameters
    ----------
    near : west, south, east, north in degrees; what lies elsewhere is left out.
    name_fields : columns that make up a name, one after the other.
    lon, lat : columns of the coordinates, where the file has no geometries.

    Raises
    ------
    UnknownFormat, WrongDelimiter, WrongEncoding, BrokenFile, FileCutShort, MissingField
    NoFeatures : nothing of the file lies near.
    """
    west, south, east, north = near
    found: dict[str, tuple[float, float]] = {}
    read = 0
    with closing(open_records(path, encoding=encoding)) as reader:
        for batch in reader:
            columns = set(batch.table.schema.names)
            placed = {lon, lat} <= columns
            wanted = [*name_fields, *([lon, lat] if placed or GEOMETRY not in columns else [])]
            for field in wanted:
                if field not in columns:
                    raise MissingField(file=str(path), field=field, known=", ".join(sorted(columns - {GEOMETRY})))
            read += len(batch.numbers) + len(batch.broken)
            for record in batch.table.to_pylist():
                name = name_of([record[field] for field in name_fields])
                name = name and BLANK_OF_HAN.sub("", name)
                point = _numbers(record[lon], record[lat]) if placed else _middle(record[GEOMETRY])
                if name is None or point is None or name in found:
                    continue
                x, y = (float(value) for value in to_wgs84(*point, datum))
                if west <= x <= east and south <= y <= north:
                    found[name] = (x, y)
    if not found:
        raise NoFeatures(file=str(path), read=read, west=west, south=south, east=east, north=north)
    lons, lats = zip(*found.values(), strict=True)
    return Listed(list(found), list(lons), list(lats), read - len(found))


def _numbers(lon: Any, lat: Any) -> tuple[float, float] | None:
    try:
        point = float(lon), float(lat)
    except (TypeError, ValueError):
        return None
    return point if all(map(math.isfinite, point)) and abs(point[0]) <= 180 and abs(point[1]) <= 90 else None


def _middle(wkb: bytes | None) -> tuple[float, float] | None:
    shape = None if wkb is None else shapely.from_wkb(wkb)
    if shape is None or shape.is_empty:
        return None
    point = shapely.point_on_surface(shape)
    return _numbers(point.x, point.y)
