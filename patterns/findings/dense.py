"""Where residents' sessions lie densely, as a layer of a file with hulls: where, not that it is more than usual."""

import pyarrow as pa
import shapely

from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.patterns.findings.evidence import Gathered, Ground
from wangge.patterns.statistics.density import MOST_POINTS, dense_places
from wangge.patterns.statistics.merging import first_of_sessions, fresh, sessions

__all__ = ["TooManyPoints", "dense_layer"]

LINE_M = 5.0
"""So wide is drawn what has no area, such as reports along one wall."""
_TYPES: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "sessions": pa.int64(),
    "area_m2": pa.float64(),
    GEOMETRY: pa.binary(),
}


class TooManyPoints(WanggeError):
    """More sessions than are clustered at once. Facts: `sessions`, `most`."""

    kind = "too-many-points"


def dense_layer(grid: Grid, given: Gathered, ground: Ground, category: str | None, days: int, least: int) -> Layer:
    """The dense places of the last days, the largest first, each with its number of sessions and its hull.

    Parameters
    ----------
    category : None for all of them.
    least : sessions that a place has at least.

    Raises
    ------
    TooManyPoints
    """
    kept = fresh(given.filed).nonzero()[0]
    first = kept[first_of_sessions(sessions(given.filed.at_positions(kept)))]
    wanted = ~given.patrols[first] & (given.age[first] < days)
    if category is not None:
        wanted &= given.category[first] == given.categories.index(category)
    of = first[wanted]
    if len(of) > MOST_POINTS:
        raise TooManyPoints(sessions=len(of), most=MOST_POINTS)
    xy = shapely.get_coordinates(shapely.points(given.filed.x[of], given.filed.y[of]))
    records = []
    for number, place in enumerate(dense_places(xy, least), 1):
        hull = place.hull if place.hull.area else place.hull.buffer(LINE_M)
        shape = shapely.to_wkb(shapely.multipolygons([ground.plane.to_lonlat(hull)]))
        row = {"id": number, "sessions": len(place.points), "area_m2": float(hull.area), GEOMETRY: shape}
        records.append(row)
    schema = pa.schema(_TYPES.items())
    about: dict[str, str | bool] = {"territory": grid.territory, "edition": grid.edition, "synthetic": grid.synthetic}
    batch = pa.RecordBatch.from_pylist(records, schema=schema)
    return Layer(f"{grid.territory}_dense", schema, [batch], "MultiPolygon", about, id="id")
