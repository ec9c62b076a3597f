"""The records of a vector file as shapes in lon, lat, each of a dimension that is expected."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.files.faults import BadFeature, BadRecords, NoFeatures, UnreadableFile
from wangge.geo.files.vector import read_records
from wangge.geo.files.wkb import transformer_of

__all__ = ["AREA", "LINE", "POINT", "BadFeature", "BadRecords", "NoFeatures", "name_of", "read_shapes"]

POINT, LINE, AREA = 0, 1, 2
"""Dimensions of shapes."""
MOST_LATITUDE = 85.05
LONGEST_NAME = 200


def name_of(parts: Sequence[object]) -> str | None:
    """The words of some fields, one after the other, without what no line of text may hold; None without any."""
    said = " ".join(" ".join(str(part).replace("\0", "").split()) for part in parts if part is not None)
    return said.strip()[:LONGEST_NAME] or None


def read_shapes(
    path: Path,
    layer: str | None,
    fields: Iterable[str],
    datum: Datum,
    dimensions: Collection[int],
    what: str,
) -> tuple[NDArray[np.object_], NDArray[np.bool_], dict[str, list[Any]]]:
    """The shapes of n records in lon, lat WGS-84, which of them there are (bool), and their fields.

    Parameters
    ----------
    datum : of the file's coordinates, where they are degrees.
    dimensions : that the shapes may have.
    what : the records are read as, for a refusal.

    Raises
    ------
    MissingFile, UnreadableFile, MissingLayer, MissingField
    BadFeature : a shape of another dimension, or a place that is none on Earth.
    """
    records = read_records(path, layer, fields)
    shapes = shapely.force_2d(records.geometries)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    _require_dimensions(path, shapes, there, dimensions, what)
    try:
        to_lonlat = transformer_of(path, records.crs)
    except ProjError as error:
        raise UnreadableFile(file=str(path), reason=str(error)) from error

    def placed(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        if to_lonlat is not None:
            return np.column_stack(to_lonlat.transform(*xy.T))
        return xy if datum in (Datum.WGS84, Datum.CGCS2000) else np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))

    _require_degrees(path, shapes, there, given=to_lonlat is None)
    return shapely.transform(shapes, placed), there, records.fields


def _require_dimensions(
    path: Path, shapes: NDArray[np.object_], there: NDArray[np.bool_], dimensions: Collection[int], what: str
) -> None:
    wrong = there & ~np.isin(shapely.get_dimensions(shapes), list(dimensions))
    if wrong.any():
        at = int(np.argmax(wrong))
        expected = "/".join(("point", "line", "area")[dimension] for dimension in sorted(dimensions))
        raise BadFeature(file=str(path), record=at + 1, found=shapes[at].geom_type, expected=expected, what=what)


def _require_degrees(path: Path, shapes: NDArray[np.object_], there: NDArray[np.bool_], *, given: bool) -> None:
    """Coordinates are finite, and where no CRS says otherwise they are degrees."""
    bounds = shapely.bounds(shapes)
    good = np.isfinite(bounds).all(axis=1)
    if given:
        good &= (np.abs(bounds) <= (180, MOST_LATITUDE, 180, MOST_LATITUDE)).all(axis=1)
    wrong = there & ~good
    if wrong.any():
        at = int(np.argmax(wrong))
        found = ", ".join(f"{value:.6g}" for value in bounds[at])
        raise BadFeature(file=str(path), record=at + 1, found=found, expected="lon, lat", what="")
