"""How base grids lie under areas: what share of each lies in which, and where borders cut them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from wangge.geo.coverage.measure import Plane, area_m2, polygons_of
from wangge.geo.overlays.areas import Area

__all__ = ["BORDER_M", "Share", "Shares", "borders_inside", "shares_of", "square_metres"]

BORDER_M = 1.0
"""A border that runs nearer than this to the edge of a cell runs along it: no two offices draw one line twice alike."""

_GEOD = Geod(ellps="WGS84")


class Share(NamedTuple):
    """Part of a cell: the share (0–1] of its area that lies in an area, and how much that is."""

    area: str
    share: float
    m2: float


@dataclass(frozen=True, slots=True)
class Shares:
    """A cell by its code and its parts, the largest first, of equal ones the lowest code; `m2` is all of it.

    `none` is the share that lies in no area. Where areas overlap, the shares are more than a whole.
    """

    cell: str
    m2: float
    parts: tuple[Share, ...]
    none: float


def shares_of(cells: Mapping[str, BaseGeometry], areas: Sequence[Area]) -> list[Shares]:
    """How each of some cells lies under areas: areas on the ellipsoid, lines straight in degrees.

    Parameters
    ----------
    cells : polygons in lon, lat by code.
    """
    shapes = np.array([*cells.values()], dtype=object)
    others = np.array([area.geometry for area in areas], dtype=object)
    at, over = shapely.STRtree(others).query(shapes, predicate="intersects")
    pieces = shapely.intersection(shapes[at], others[over])
    m2 = square_metres(pieces)
    whole = square_metres(shapes)
    found: list[list[Share]] = [[] for _ in cells]
    for cell, area, part in zip(at.tolist(), over.tolist(), m2.tolist(), strict=True):
        if part > 0:
            found[cell].append(Share(areas[area].code, part / float(whole[cell]), part))
    covered = [shapely.union_all(pieces[at == place]) for place in range(len(shapes))]
    rest = square_metres(shapely.difference(shapes, np.array(covered, dtype=object)))
    return [
        Shares(code, float(total), tuple(sorted(parts, key=lambda part: (-part.share, part.area))), float(left / total))
        for code, total, parts, left in zip(cells, whole, found, rest, strict=True)
    ]


def borders_inside(cell: BaseGeometry, areas: Sequence[Area]) -> float:
    """Metres of the areas' borders that run through a cell, farther than `BORDER_M` from its edge."""
    plane = Plane.around(np.array([cell], dtype=object))
    inside = plane.to_lonlat(shapely.buffer(plane.to_metres(cell), -BORDER_M))
    lines = shapely.boundary(np.array([area.geometry for area in areas], dtype=object))
    return float(_GEOD.geometry_length(shapely.union_all(shapely.intersection(lines, inside))))


def square_metres(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Square metres of what is of two dimensions in n geometries of any type."""
    return np.array([area_m2(polygons_of(shape)).sum() for shape in shapes], dtype=float)
