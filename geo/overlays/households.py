"""Households where they are: how many of a layer of points or polygons live in each part of a base grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.datum import Datum
from wangge.geo.files.faults import BadRecords, NoFeatures
from wangge.geo.files.features import AREA, POINT, read_shapes
from wangge.geo.overlays.areas import Area
from wangge.geo.overlays.lived import Lived
from wangge.geo.overlays.shares import square_metres

__all__ = ["Homes", "lived_in", "read_homes"]

MOST = 1e9
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Homes:
    """A layer of n points, or of n polygons in which households are spread evenly, in lon, lat WGS-84.

    `nowhere` are the households of records without a shape.
    """

    shapes: NDArray[np.object_]
    counts: NDArray[np.float64]
    nowhere: float = 0.0

    def keep(self, path: Path) -> None:
        """Write them into a file that `load` reads."""
        wkb = shapely.to_wkb(self.shapes).tolist()
        ends = np.cumsum([len(one) for one in wkb], dtype=np.int64)
        shapes = np.frombuffer(b"".join(wkb), dtype=np.uint8)
        with path.open("wb") as out:
            np.savez(out, ends=ends, shapes=shapes, counts=self.counts, nowhere=np.array([self.nowhere]))

    @classmethod
    def load(cls, path: Path) -> "Homes":
        """What `keep` wrote."""
        with np.load(path) as kept:
            ends, whole = kept["ends"].tolist(), kept["shapes"].tobytes()
            wkb = [whole[start:end] for start, end in pairwise([0, *ends])]
            return cls(np.array(shapely.from_wkb(wkb), dtype=object), kept["counts"], float(kept["nowhere"][0]))

    @property
    def total(self) -> float:
        """The households of the layer, wherever they are."""
        return float(self.counts.sum()) + self.nowhere


def read_homes(
    path: Path,
    near: tuple[float, float, float, float],
    *,
    field: str | None = None,
    layer: str | None = None,
    datum: Datum = Datum.WGS84,
) -> Homes:
    """Read a layer of addresses, buildings, blocks. Those of a multipoint are spread evenly over its points.

    Parameters
    ----------
    near : west, south, east, north in degrees, which some of it must meet.
    field : of the number of households; without one each record is one.

    Raises
    ------
    MissingFile, UnreadableFile, MissingLayer, MissingField, NoFeatures
    BadFeature : what is neither point nor polygon.
    BadRecords : numbers that count no households.
    """
    shapes, there, fields = read_shapes(path, layer, [field] if field else [], datum, {POINT, AREA}, "area")
    broken = there & ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    there &= ~shapely.is_empty(shapes)
    if not (there & shapely.intersects(shapes, shapely.box(*near))).any():
        raise NoFeatures(file=str(path), read=len(shapes), west=near[0], south=near[1], east=near[2], north=near[3])
    told = fields[field] if field else [1] * len(shapes)
    numbers = [_number(value) for value in told]
    wrong = [at for at, number in enumerate(numbers) if number is None]
    if wrong:
        fault: dict[str, Any] = {"field": field, "kind": "households", "facts": {}}
        errors = [fault | {"record": at + 1, "got": str(told[at])[:60]} for at in wrong[:MOST_TOLD]]
        raise BadRecords(file=str(path), count=len(wrong), errors=errors)
    counts = np.array(numbers, dtype=float)
    nowhere = float(counts[~there].sum())
    shapes, counts = shapes[there], counts[there]
    points = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
    single, of = shapely.get_parts(shapes[points], return_index=True)
    apart = (counts[points] / shapely.get_num_geometries(shapes[points]))[of]
    return Homes(np.concatenate([shapes[~points], single]), np.concatenate([counts[~points], apart]), nowhere)


def _number(value: Any) -> float | None:
    """Of no value none; a text is read as a number. None for what counts no households."""
    try:
        number = 0.0 if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) and 0 <= number <= MOST else None


def lived_in(cells: Mapping[str, BaseGeometry], areas: Sequence[Area], homes: Homes) -> dict[str, Lived]:
    """How many households of a layer lie in each cell, and in each area there.

    A point on an edge is of the lowest code among the cells that cover it, and then of each area that does. Of a
    polygon each part has its share by area on the ellipsoid. Where areas overlap, parts are more than the whole.
    """
    points = shapely.get_dimensions(homes.shapes) == POINT
    shapes = np.array([*cells.values()], dtype=object)
    covering = shapely.union_all(np.array([area.geometry for area in areas], dtype=object)) if areas else None
    within = _by_points([*cells], shapes, areas, homes.shapes[points], homes.counts[points])
    blocks, counts = homes.shapes[~points], homes.counts[~points]
    density = np.divide(counts, square_metres(blocks), out=np.zeros(len(counts)), where=counts > 0)

    def spread(pieces: NDArray[np.object_]) -> NDArray[np.float64]:
        at, of = shapely.STRtree(blocks).query(pieces, predicate="intersects")
        parts = square_metres(shapely.intersection(pieces[at], blocks[of])) * density[of]
        return np.bincount(at, parts, minlength=len(pieces)).astype(np.float64)

    whole = spread(shapes)
    at, over = shapely.STRtree([area.geometry for area in areas]).query(shapes, predicate="intersects")
    inside = spread(shapely.intersection(shapes[at], np.array([area.geometry for area in areas], dtype=object)[over]))
    rest = spread(shapely.difference(shapes, covering)) if covering is not None else whole
    parts: list[dict[str, float]] = [dict(one.parts) for one in within]
    for cell, area, count in zip(at.tolist(), over.tolist(), inside.tolist(), strict=True):
        if count > 0:
            parts[cell][areas[area].code] = parts[cell].get(areas[area].code, 0.0) + count
    return {
        code: Lived(one.whole + float(all_of), of_areas, one.none + float(left))
        for code, one, all_of, of_areas, left in zip(cells, within, whole, parts, rest, strict=True)
    }


def _by_points(
    codes: Sequence[str],
    cells: NDArray[np.object_],
    areas: Sequence[Area],
    points: NDArray[np.object_],
    counts: NDArray[np.float64],
) -> list[Lived]:
    """The households that are told as points, by cell."""
    found, whole, none = [dict[str, float]() for _ in codes], [0.0] * len(codes), [0.0] * len(codes)
    home = np.full(len(points), -1)
    order = sorted(range(len(codes)), key=codes.__getitem__, reverse=True)
    place, cell = shapely.STRtree(cells).query(points, predicate="covered_by")
    rank = np.argsort(order)[cell]
    for one in np.argsort(rank, kind="stable").tolist():
        home[place[one]] = cell[one]  # the lowest code comes last
    of_point: list[list[str]] = [[] for _ in points]
    for point, area in zip(
        *shapely.STRtree([one.geometry for one in areas]).query(points, predicate="covered_by").tolist(), strict=True
    ):
        of_point[point].append(areas[area].code)
    for at, lies, count in zip(home.tolist(), of_point, counts.tolist(), strict=True):
        if at < 0:
            continue
        whole[at] += count
        none[at] += 0.0 if lies else count
        for code in lies:
            found[at][code] = found[at].get(code, 0.0) + count
    return [Lived(*one) for one in zip(whole, found, none, strict=True)]
