"""Repair of what is safe: nothing moves further than the tolerance, and every change is told.

Base grids are mended among themselves; the levels above are then drawn anew from their children, so that edges stay
shared between cells and between levels. Left as they are, for people to decide: an overlap or a gap wider than the
tolerance, a ring that can be read in two ways, and cells above them whose children do not fill them.
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.boundaries import Boundaries, LevelCells
from geo.clashes import Clash, clashes
from geo.coverage import DEFAULT_TOLERANCE_M
from geo.defects import GRAIN_M, NOISE_M, LevelShapes, Survey
from geo.measure import Shapes, area_m2, polygons_of
from geo.soundness import invalid_polygon, sound

__all__ = ["Repair", "repair"]


@dataclass(frozen=True)
class Repair:
    """One change: its kind, the cells it touched, the area that changed hands in m² and its place, lon, lat.

    Kinds: `ring` (an invalid ring drawn anew), `overlap` (a narrow overlap left to the lowest code), `gap` (a narrow
    gap given to the cell that borders it most), `noding` (vertices of a shared edge matched), `parent` (a cell drawn
    anew as the union of its children).
    """

    kind: str
    level: str
    cells: tuple[str, ...]
    area_m2: float
    lon: float
    lat: float


def repair(boundaries: Boundaries, *, tolerance_m: float = DEFAULT_TOLERANCE_M) -> tuple[Boundaries, list[Repair]]:
    """The boundaries with what is safe repaired, and each repair; run `check` on them to see what remains.

    Parameters
    ----------
    boundaries : Boundaries
        As read, in lon, lat WGS-84. They are not changed.
    tolerance_m : float
        No line moves further than this.
    """
    survey = Survey.of(boundaries, tolerance_m)
    levels: list[LevelCells] = []
    repairs: list[Repair] = []
    below: LevelCells | None = None
    touched: set[str] = set()
    for drawn in reversed(boundaries.levels):
        cells, rings = _rings(drawn, survey)
        believed = sound(cells, boundaries.manifest.timezone)[1] & shapely.is_valid(cells.geometries)
        level = survey.level(cells, believed)
        shapes, changes = _mended(level, survey) if below is None else _dissolved(level, below, touched, survey)
        changed = _differ(level.shapes, shapes)
        if changed.any():
            cells = replace(cells, geometries=_as_drawn(level, shapes, below, survey))
        changes += _unsaid(level, changed, changes, survey)
        touched = {code for change in (*rings, *changes) for code in change.cells}
        repairs = [*rings, *changes, *repairs]
        levels.append(cells)
        below = cells
    return replace(boundaries, levels=tuple(reversed(levels))), repairs


def _differ(before: Shapes, after: Shapes) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = shapely.equals_identical(shapely.normalize(before), shapely.normalize(after))
    return ~same


def _unsaid(level: LevelShapes, changed: NDArray[np.bool_], said: list[Repair], survey: Survey) -> list[Repair]:
    """The cells that only took over vertices from a neighbour that was repaired, or moved by less than 1 mm."""
    codes = {code for change in said for code in change.cells}
    rows = [row for row in np.flatnonzero(changed).tolist() if level.cells.codes[row] not in codes]
    shape = shapely.LineString()
    return [_repair("noding", level.key, level.codes(rows), shape, survey)] if rows else []


def _as_drawn(level: LevelShapes, shapes: Shapes, below: LevelCells | None, survey: Survey) -> Shapes:
    """Shapes of the plane in lon, lat, each vertex that was there before at the very coordinates it had.

    A vertex that several cells share gets one pair of coordinates: a child's before the cell's own.
    """
    known: dict[tuple[float, float], tuple[float, float]] = {}
    for geometries in ([below.geometries] if below else []) + [level.cells.geometries]:
        drawn = shapely.get_coordinates(geometries)
        for key, lonlat in zip(_keys(shapely.get_coordinates(survey.plane.to_metres(geometries))), drawn, strict=True):
            known.setdefault(key, tuple(lonlat))

    def undo(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = shapely.get_coordinates(survey.plane.to_lonlat(shapely.points(xy)))
        return np.array([known.get(key, tuple(lonlat)) for key, lonlat in zip(_keys(xy), flat, strict=True)])

    kept = shapely.is_empty(shapes)  # not comparable: left exactly as it was
    return np.where(kept, level.cells.geometries, shapely.transform(shapes, undo))


def _keys(xy: NDArray[np.float64]) -> list[tuple[float, float]]:
    return [tuple(key) for key in np.rint(xy / GRAIN_M).tolist()]


def _repair(kind: str, level: str, codes: tuple[str, ...], shape: BaseGeometry, survey: Survey) -> Repair:
    told = survey.defect(kind, level, codes, shape)
    return Repair(kind, level, codes, told.area_m2, told.lon, told.lat)


def _rings(cells: LevelCells, survey: Survey) -> tuple[LevelCells, list[Repair]]:
    """Invalid rings drawn anew where both ways of reading them, by winding and by crossing, agree."""
    geometries = cells.geometries.copy()
    repairs = []
    for row in np.flatnonzero(~shapely.is_valid(geometries)):
        by_winding = shapely.make_valid(geometries[row], method="structure", keep_collapsed=False)
        by_crossing = shapely.make_valid(geometries[row], method="linework")
        flat = survey.plane.to_metres(np.array([by_winding, shapely.multipolygons(polygons_of(by_crossing))]))
        doubtful = survey.pieces(shapely.symmetric_difference(flat[0], flat[1]))
        if by_winding.is_empty or not survey.narrow(doubtful):
            continue
        geometries[row] = by_winding
        fault = invalid_polygon(cells, int(row))
        changed = survey.plane.to_lonlat(shapely.multipolygons(doubtful))
        area = float(area_m2(np.array([changed]))[0])
        repairs.append(Repair("ring", fault.level, fault.cells, area, fault.lon, fault.lat))
    return replace(cells, geometries=geometries), repairs


def _mended(level: LevelShapes, survey: Survey) -> tuple[Shapes, list[Repair]]:
    """Base grids without narrow overlaps and gaps, each shared edge with the same vertices on either side."""
    shapes = level.shapes.copy()
    found = clashes(level, survey)
    wide = {i for clash in found if not survey.narrow(clash.pieces) for i in (clash.a, clash.b)}
    repairs = []
    for clash in found:
        settled = None if wide & {clash.a, clash.b} else _settled(shapes, level, clash, survey)
        if settled is not None:
            kind = {"overlap": "overlap", "slit": "gap", "unnoded-edge": "noding"}[clash.kind]
            repairs.append(_repair(kind, level.key, level.codes([clash.a, clash.b]), settled, survey))
    for hole in _holes(shapes, survey):
        beside = [i for i in level.tree.query(hole, "dwithin", distance=survey.tolerance_m) if i not in wide]
        if beside:
            taker = max(beside, key=lambda i: (_border(shapes[i], hole), -i))
            shapes[taker] = shapely.union(shapes[taker], hole, grid_size=GRAIN_M)
            repairs.append(_repair("gap", level.key, level.codes(beside), hole, survey))
    return (_noded(shapes, level, wide), repairs) if repairs else (level.shapes, [])


def _settled(shapes: Shapes, level: LevelShapes, clash: Clash, survey: Survey) -> BaseGeometry | None:
    """Settle a clash in `shapes`; what changed hands. The lower code keeps a narrow overlap and takes a slit."""
    first, last = sorted((clash.a, clash.b), key=lambda i: level.cells.codes[i])
    if clash.kind == "overlap":
        rest = shapely.difference(shapes[last], shapes[first], grid_size=GRAIN_M)
        if rest.is_empty:
            return None
        shapes[last] = rest
    elif clash.kind == "slit":
        slit = _slit(shapes[first], shapes[last], clash.along, survey)
        for other in level.tree.query(slit, predicate="intersects"):
            slit = shapely.difference(slit, shapes[other], grid_size=GRAIN_M)
        if slit.is_empty:
            return None
        shapes[first] = shapely.union(shapes[first], slit, grid_size=GRAIN_M)
        return slit
    return clash.shape


def _slit(a: BaseGeometry, b: BaseGeometry, along: BaseGeometry, survey: Survey) -> BaseGeometry:
    """The narrow strip between two cells that runs along an edge and is open at an end."""
    both = shapely.union(a, b)
    half = survey.tolerance_m / 2 + NOISE_M
    closed = both.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
    strips = survey.pieces(closed.difference(both))
    return shapely.union_all(strips[shapely.dwithin(strips, along, NOISE_M)])


def _holes(shapes: Shapes, survey: Survey) -> list[BaseGeometry]:
    """The narrow holes that the cells leave between them."""
    union = shapely.union_all(shapes)
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union))))
    holes = survey.pieces(filled.difference(union))
    return [hole for hole in holes if survey.narrow(np.array([hole]))]


def _border(shape: BaseGeometry, hole: BaseGeometry) -> float:
    return shape.intersection(hole.boundary.buffer(2 * NOISE_M)).area


def _noded(shapes: Shapes, level: LevelShapes, wide: set[int]) -> Shapes:
    """The shapes with vertices closer than `NOISE_M` made one, and set on each edge that passes through them."""
    rows = [i for i in sorted(range(len(shapes)), key=lambda i: level.cells.codes[i]) if i not in wide]
    rows = [i for i in rows if not shapes[i].is_empty]
    noded = shapes.copy()
    noded[rows] = shapely.coverage_clean(  # type: ignore[attr-defined]
        shapes[rows], gap_width=0.0, snapping_distance=NOISE_M, merge_strategy="min_index"
    )
    return noded


def _dissolved(level: LevelShapes, below: LevelCells, touched: set[str], survey: Survey) -> tuple[Shapes, list[Repair]]:
    """Parents drawn anew from their children, where that moves no line further than the tolerance.

    A parent beside one that cannot be drawn anew stays too if their common line would move: it would tear.
    """
    children = survey.shapes(below.geometries)
    family = np.array([parent or "" for parent in below.parents])
    unions = np.array([shapely.union_all(children[family == code]) for code in level.cells.codes], dtype=object)
    moved = shapely.symmetric_difference(level.shapes, unions)
    narrow = np.array([survey.narrow(survey.pieces(shape)) for shape in moved])
    held = shapely.is_empty(level.shapes) | ~narrow
    asked = {level.cells.codes[i] for clash in clashes(level, survey) for i in (clash.a, clash.b)}
    asked |= {parent or "" for code, parent in zip(below.codes, below.parents, strict=True) if code in touched}
    wrong = np.array([len(survey.pieces(shape)) > 0 for shape in moved])
    redrawn = ~held & (wrong | np.isin(level.cells.codes, list(asked)))
    while True:
        torn = redrawn & shapely.dwithin(moved, shapely.union_all(level.shapes[held]), NOISE_M)
        if not torn.any():
            break
        held, redrawn = held | torn, redrawn & ~torn
    shapes = np.where(redrawn, unions, level.shapes)
    rows = np.flatnonzero(redrawn & _differ(level.shapes, shapes))
    return shapes, [_repair("parent", level.key, (level.cells.codes[row],), moved[row], survey) for row in rows]
