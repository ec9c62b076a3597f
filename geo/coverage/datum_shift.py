"""Whether a file holds another datum than its manifest says, shown by an outline that is known to be right."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.measure import Shapes
from wangge.geo.coverage.survey import LevelShapes, Survey
from wangge.geo.datum import Datum, from_wgs84, to_wgs84

__all__ = ["datum_shift"]

_GEOD = Geod(ellps="WGS84")
_HYPOTHESES = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
_EXPLAINED = 0.5


def datum_shift(level: LevelShapes, claimed: Datum, reference: BaseGeometry, survey: Survey) -> Defect | None:
    """The datum that fits the reference clearly better than the one claimed, as a defect; None if none does.

    Each datum is tried as the true one of the file. The territory and the reference then differ by an area. If the
    change of datum moves an area A of the territory, it can take at most A off that difference; a datum that takes
    off more than half of A explains the difference, and a wrong one only adds to it. So neither a coarse reference
    nor one that is larger than the territory misleads.
    """
    claimed = Datum.WGS84 if claimed is Datum.CGCS2000 else claimed
    outline = survey.shapes(np.array([reference], dtype=object))[0]
    as_read = shapely.union_all(level.shapes)
    misfit = as_read.symmetric_difference(outline).area
    best: tuple[float, Datum, BaseGeometry] = (_EXPLAINED, claimed, as_read)
    for datum in _HYPOTHESES:
        if datum is claimed:
            continue
        moved = shapely.union_all(_reread(level, claimed, datum, survey))
        change = moved.symmetric_difference(as_read).area
        taken_off = misfit - moved.symmetric_difference(outline).area
        if change > 0 and taken_off / change > best[0]:
            best = (taken_off / change, datum, moved)
    if best[1] is claimed:
        return None
    before, after = (survey.plane.to_lonlat(shape.centroid) for shape in (as_read, best[2]))
    offset_m = _GEOD.inv(before.x, before.y, after.x, after.y)[2]
    return survey.defect(
        "datum-shift",
        level.key,
        level.codes(range(len(level.shapes))),
        as_read,
        claimed=str(claimed),
        fits=str(best[1]),
        offset_m=round(float(offset_m), 1),
    )


def _reread(level: LevelShapes, claimed: Datum, datum: Datum, survey: Survey) -> Shapes:
    """The level's shapes, had its file been read as being in `datum`."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        raw = from_wgs84(xy[:, 0], xy[:, 1], claimed)
        return np.column_stack(to_wgs84(*raw, datum))

    return survey.shapes(shapely.transform(level.cells.geometries[~shapely.is_empty(level.shapes)], move))
