"""Reading a backdrop's features out of vector files, ready to be drawn."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError

from wangge.geo.backdrop.kinds import LAST_ZOOM, BackdropKind, Features
from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.files.vector import UnreadableFile, read_records
from wangge.geo.files.wkb import transformer_of

__all__ = ["BadFeature", "NoFeatures", "name_of", "read_features"]

POINT, LINE, AREA = 0, 1, 2
METRES_A_PIXEL = 40_075_016.686 / 512
"""Of Web Mercator at zoom 0, in tiles of 512 pixels."""
LEAST_PX = 4.0
"""An area is drawn from the zoom on at which it is as wide as this."""
MOST_LATITUDE = 85.05
LONGEST_NAME = 200


# The dimensions that the shapes of a kind may have, and the zoom from which its lines and points are drawn.
DRAWN: dict[BackdropKind, tuple[frozenset[int], int]] = {
    BackdropKind.WATER: (frozenset({LINE, AREA}), 11),
    BackdropKind.PARK: (frozenset({AREA}), 11),
    BackdropKind.BUILDING: (frozenset({AREA}), 14),
    BackdropKind.RAILWAY: (frozenset({LINE}), 10),
    BackdropKind.STREET: (frozenset({LINE}), 11),
    BackdropKind.STATION: (frozenset({POINT, AREA}), 12),
    BackdropKind.PLACE: (frozenset({POINT, LINE, AREA}), 13),
}


class BadFeature(WanggeError):
    """A record's shape is not of the kind that it is given as: `record` counts from 1, `expected` in words."""

    kind = "bad-feature"


class NoFeatures(WanggeError):
    """Nothing of the file lies in or near the territory; `read` records were looked at."""

    kind = "no-features"


def read_features(
    path: Path,
    kind: BackdropKind,
    near: tuple[float, float, float, float],
    *,
    layer: str | None = None,
    name_fields: Sequence[str] = (),
    datum: Datum = Datum.WGS84,
    zoom: int | None = None,
) -> Features:
    """Read a layer as features of a kind.

    Parameters
    ----------
    near : west, south, east, north in degrees; what does not meet this is left out.
    name_fields : fields that make up a name, one after the other; none for features without names.
    datum : of the file's coordinates, where they are degrees.
    zoom : from which lines and points are drawn; None for the kind's own.

    Raises
    ------
    MissingFile, UnreadableFile, MissingLayer, MissingField
    BadFeature : a shape of another dimension, or a place that is none on Earth.
    NoFeatures
    """
    records = read_records(path, layer, name_fields)
    shapes = shapely.force_2d(records.geometries)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    _require_dimensions(path, kind, shapes, there)
    try:
        to_lonlat = transformer_of(path, records.crs)
    except ProjError as error:
        raise UnreadableFile(file=str(path), reason=str(error)) from error

    def placed(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        if to_lonlat is not None:
            return np.column_stack(to_lonlat.transform(*xy.T))
        return xy if datum in (Datum.WGS84, Datum.CGCS2000) else np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))

    _require_degrees(path, shapes, there, given=to_lonlat is None)
    lonlat = shapely.transform(shapes, placed)
    kept = there & shapely.intersects(shapely.envelope(lonlat), shapely.box(*near))
    if not kept.any():
        raise NoFeatures(file=str(path), read=len(shapes), west=near[0], south=near[1], east=near[2], north=near[3])
    mercator = Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True)
    drawn = shapely.transform(lonlat[kept], lambda xy: np.column_stack(mercator.transform(*xy.T)))
    broken = ~shapely.is_valid(drawn)
    drawn[broken] = shapely.make_valid(drawn[broken])
    names = [name_of([records.fields[field][at] for field in name_fields]) for at in np.flatnonzero(kept)]
    first = DRAWN[kind][1] if zoom is None else zoom
    return Features(names, drawn, [_zoom(shape, first) for shape in drawn], len(shapes) - int(kept.sum()))


def _require_dimensions(path: Path, kind: BackdropKind, shapes: NDArray[np.object_], there: NDArray[np.bool_]) -> None:
    dimensions = shapely.get_dimensions(shapes)
    wrong = there & ~np.isin(dimensions, list(DRAWN[kind][0]))
    if wrong.any():
        at = int(np.argmax(wrong))
        expected = "/".join(("point", "line", "area")[dimension] for dimension in sorted(DRAWN[kind][0]))
        found = str(shapes[at].geom_type)
        raise BadFeature(file=str(path), record=at + 1, found=found, expected=expected, what=kind.value)


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


def name_of(parts: Sequence[object]) -> str | None:
    """What a feature is called: the words of its fields, without what no line of text may hold."""
    said = " ".join(" ".join(str(part).replace("\0", "").split()) for part in parts if part is not None)
    return said.strip()[:LONGEST_NAME] or None


def _zoom(shape: shapely.Geometry, first: int) -> int:
    """From which zoom on a shape is drawn: areas once they can be seen, lines and points as their kind is."""
    if shapely.get_dimensions(shape) < AREA:
        return first
    wide = math.sqrt(max(float(shapely.area(shape)), 1e-6))
    return min(max(math.ceil(math.log2(METRES_A_PIXEL * LEAST_PX / wide)), 0), LAST_ZOOM)
