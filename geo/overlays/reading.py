"""Reading another department's areas out of vector files."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely

from wangge.geo.datum import Datum
from wangge.geo.files.features import AREA, BadFeature, NoFeatures, name_of, read_shapes
from wangge.geo.overlays.areas import Area

__all__ = ["ReadAreas", "read_areas"]


class ReadAreas(NamedTuple):
    """The areas of a file by code; how many records had no shape, and of how many the shape was made valid."""

    areas: list[Area]
    left_out: int
    repaired: int


def read_areas(
    path: Path,
    near: tuple[float, float, float, float],
    *,
    code_field: str,
    name_fields: Sequence[str] = (),
    layer: str | None = None,
    datum: Datum = Datum.WGS84,
) -> ReadAreas:
    """Read a layer as areas. Records with one code are one area; a shape that is invalid is read as GridIndex reads it.

    Parameters
    ----------
    near : west, south, east, north in degrees, which the areas must meet.
    code_field, name_fields : fields of the code, and of the name, one after the other; without a name it is the code.
    datum : of the file's coordinates, where they are degrees.

    Raises
    ------
    MissingFile, UnreadableFile, MissingLayer, MissingField
    BadFeature : a shape that is no area, a place that is none on Earth, or a record without a code.
    NoFeatures
    """
    wanted = dict.fromkeys([code_field, *name_fields])
    lonlat, there, fields = read_shapes(path, layer, wanted, datum, {AREA}, "area")
    broken = there & ~shapely.is_valid(lonlat)
    lonlat[broken] = shapely.make_valid(lonlat[broken], method="structure", keep_collapsed=False)
    there &= ~shapely.is_empty(lonlat)
    if not (there & shapely.intersects(lonlat, shapely.box(*near))).any():
        raise NoFeatures(file=str(path), read=len(lonlat), west=near[0], south=near[1], east=near[2], north=near[3])
    parts: dict[str, list[int]] = {}
    for at in np.flatnonzero(there).tolist():
        code = name_of([_plain(fields[code_field][at])])
        if code is None:
            raise BadFeature(file=str(path), record=at + 1, found="''", expected=code_field, what="area")
        parts.setdefault(code, []).append(at)
    areas = []
    for code, places in parts.items():
        shape = lonlat[places[0]] if len(places) == 1 else shapely.union_all(lonlat[places])
        name = name_of([_plain(fields[field][places[0]]) for field in name_fields]) or code
        areas.append(Area(code, name, shape))
    return ReadAreas(areas, len(lonlat) - int(there.sum()), int(broken.sum()))


def _plain(value: object) -> object:
    """A whole number as people write it: some forms know but fractions."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
