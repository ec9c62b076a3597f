"""The cells of an edition as rows of the table `cell`, made before anything in the database is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from wangge.geo.errors import WanggeError
from wangge.geo.purposes import Purpose

if TYPE_CHECKING:
    from wangge.geo.boundaries import LevelCells

__all__ = ["CellRows", "NotStorable", "rows_of"]

MERCATOR = 3857


class NotStorable(WanggeError):
    """A cell that no acceptance can make storable: its code is taken, or its parent does not exist."""

    kind = "not-storable"


@dataclass(frozen=True, slots=True)
class CellRows:
    """The n cells of one level in the order of their codes.

    `parents` are positions in the rows of the level above, -1 on the top level. `shapes` and `labels` are EWKB in
    hexadecimal digits; a label is the centre of the largest circle inside a cell: a name sits in its widest part.
    `drawn` holds, by zoom, the shapes that a map is drawn from (`geo.coverage.generalize`), None for as it is.
    """

    key: str
    codes: list[str]
    names: list[str]
    parents: list[int]
    paths: list[list[str]]
    attributes: list[dict[str, Any]]
    areas: list[float]
    shapes: list[str]
    labels: list[str]
    purposes: list[Purpose | None]
    drawn: dict[int, list[str | None]]


def rows_of(levels: "Sequence[LevelCells]") -> list[CellRows]:
    """The rows of each level, from the top.

    Raises
    ------
    NotStorable : a code stands twice on a level, or a parent does not exist.
    """
    from wangge.geo.coverage.measure import area_m2  # PROJ's side of the house, for imports only

    found: list[CellRows] = []
    ordered: list[NDArray[np.object_]] = []
    for level in levels:
        order = sorted(range(len(level.codes)), key=level.codes.__getitem__)
        above = {code: n for n, code in enumerate(found[-1].codes)} if found else {}
        parents, paths = [], []
        for n, i in enumerate(order):
            parent = above.get(level.parents[i] or "", -1)
            taken = n and level.codes[i] == level.codes[order[n - 1]]
            if taken or (found and parent < 0):
                raise NotStorable(level=level.spec.key, cell=level.codes[i], parent=level.parents[i])
            parents.append(parent)
            paths.append([*(found[-1].paths[parent] if found else []), level.codes[i]])
        shapes = level.geometries[order]
        found.append(
            CellRows(
                key=level.spec.key,
                codes=[level.codes[i] for i in order],
                names=[level.names[i] for i in order],
                parents=parents,
                paths=paths,
                attributes=[level.attributes[i] for i in order],
                areas=area_m2(shapes).tolist(),
                shapes=_ewkb(np.array([_multi(shape) for shape in shapes], dtype=object)),
                labels=_ewkb(_labels(shapes)),
                purposes=[level.purposes[i] if level.purposes else None for i in order],
                drawn={},
            )
        )
        ordered.append(shapes)
    from wangge.geo.coverage.generalize import generalized  # with what files need, which no server does

    for zoom, depth, drawn in generalized(ordered, [rows.parents for rows in found]):
        found[depth].drawn[zoom] = _ewkb(drawn, MERCATOR)
    return found


def _labels(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point in each of n shapes; in one that is invalid, whose defect was accepted, any; in an empty one none."""
    labels = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    sound = ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    labels[sound] = shapely.get_point(shapely.maximum_inscribed_circle(shapes[sound]), 0)
    return labels


def _ewkb(shapes: NDArray[np.object_], srid: int = 4326) -> list[Any]:
    """EWKB of n shapes in hexadecimal digits; None stays None."""
    digits: list[Any] = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True).tolist()
    return digits


def _multi(geometry: BaseGeometry) -> BaseGeometry:
    return MultiPolygon([geometry]) if isinstance(geometry, Polygon) else geometry
