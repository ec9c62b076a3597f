"""Reading a backdrop's features out of vector files, ready to be drawn."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer

from wangge.geo.backdrop.kinds import LAST_ZOOM, BackdropKind, Features
from wangge.geo.datum import Datum
from wangge.geo.files.features import AREA, LINE, POINT, NoFeatures, name_of, read_shapes

__all__ = ["read_features"]

METRES_A_PIXEL = 40_075_016.686 / 512
"""Of Web Mercator at zoom 0, in tiles of 512 pixels."""
LEAST_PX = 4.0
"""An area is drawn from the zoom on at which it is as wide as this."""


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
    lonlat, there, fields = read_shapes(path, layer, name_fields, datum, DRAWN[kind][0], kind.value)
    kept = there & shapely.intersects(shapely.envelope(lonlat), shapely.box(*near))
    if not kept.any():
        raise NoFeatures(file=str(path), read=len(lonlat), west=near[0], south=near[1], east=near[2], north=near[3])
    mercator = Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True)
    drawn = shapely.transform(lonlat[kept], lambda xy: np.column_stack(mercator.transform(*xy.T)))
    broken = ~shapely.is_valid(drawn)
    drawn[broken] = shapely.make_valid(drawn[broken])
    names = [name_of([fields[field][at] for field in name_fields]) for at in np.flatnonzero(kept)]
    first = DRAWN[kind][1] if zoom is None else zoom
    return Features(names, drawn, [_zoom(shape, first) for shape in drawn], len(lonlat) - int(kept.sum()))


def _zoom(shape: shapely.Geometry, first: int) -> int:
    """From which zoom on a shape is drawn: areas once they can be seen, lines and points as their kind is."""
    if shapely.get_dimensions(shape) < AREA:
        return first
    wide = math.sqrt(max(float(shapely.area(shape)), 1e-6))
    return min(max(math.ceil(math.log2(METRES_A_PIXEL * LEAST_PX / wide)), 0), LAST_ZOOM)
