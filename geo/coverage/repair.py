"""Repair of what is safe: nothing moves further than the tolerance, and every change is told.

Base grids are mended among themselves; the levels above are then drawn anew from their children, so that edges stay
shared between cells and between levels. Left as they are, for people to decide: an overlap or a gap wider than the
tolerance, a ring that can be read in two ways, and cells above them whose children do not fill them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.boundaries import Boundaries, LevelCells
from wangge.geo.coverage.check import DEFAULT_TOLERANCE_M
from wangge.geo.coverage.clashes import Clash, clashes
from wangge.geo.coverage.measure import Shapes, area_m2, polygons_of
from wangge.geo.coverage.soundness import invalid_polygon, sound
from wangge.geo.coverage.survey import GRAIN_M, NOISE_M, LevelShapes, Survey, comparable

__all__ = ["Repair", "repair"]


# Vertices closer than this are made one: a little more than `clashes` tells edges apart by. Tried in this order.
_SNAP_M = tuple(NOISE_M * factor for factor in (3, 2, 5, 1.5, 1, 0.5, 0.1))
# What snapping and noding may still move a line by, kept back from the tolerance.
_MARGIN_M = 16 * NOISE_M
_MOST_PASSES = 4
# The end of a needle that noding may cut off.
_TIP_M2 = 1e-3


@dataclass(frozen=True)
class Repair:
    """One change: its kind, the cells it touched, the area that changed hands in m² and its place, lon, lat.

    Kinds: `ring` (an invalid ring drawn anew), `overlap` (a narrow overlap left to the lowest code), `gap` (a narrow
    gap given to the cells along it), `noding` (vertices of a shared edge matched), `parent` (a cell drawn
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
        shapes = _noded_beside(level, shapes, survey)
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
    known, drawn = [], []
    for geometries in ([below.geometries] if below else []) + [level.cells.geometries]:
        flat = shapely.get_coordinates(survey.plane.to_metres(geometries))
        snapped = shapely.set_precision(shapely.linestrings(flat), GRAIN_M, mode="pointwise")
        known += [_keys(flat), _keys(shapely.get_coordinates(snapped))]
        drawn += [shapely.get_coordinates(geometries)] * 2
    keys, first = np.unique(np.concatenate(known), return_index=True)
    lonlat = np.concatenate(drawn)[first]

    def undo(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        new = shapely.get_coordinates(survey.plane.to_lonlat(np.array([shapely.linestrings(xy)])))
        wanted = _keys(xy)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where((keys[at] == wanted)[:, np.newaxis], lonlat[at], new)

    kept = shapely.is_empty(shapes)  # not comparable: left exactly as it was
    return np.where(kept, level.cells.geometries, shapely.transform(shapes, undo))


def _keys(xy: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Each vertex as one number, which sorts and compares as the pair does."""
    return np.ascontiguousarray(xy).view(np.complex128).ravel()


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
    """Base grids without narrow overlaps and gaps, each shared edge with the same vertices on either side.

    Noding can leave a trace of a gap where three cells meet, so what comes out is mended again.
    """
    shapes, repairs = level.shapes, []
    for _ in range(_MOST_PASSES):
        current = replace(level, shapes=shapes, tree=shapely.STRtree(shapes))
        shapes, more = _mended_once(current, level.shapes, survey)
        repairs += more
        if not more:
            break
    return shapes, repairs


def _mended_once(level: LevelShapes, origin: Shapes, survey: Survey) -> tuple[Shapes, list[Repair]]:
    shapes = level.shapes.copy()
    found = [_ordered(clash, level) for clash in clashes(level, survey)]
    wide = {i for clash in found if not _reachable(clash, origin, survey) for i in (clash.a, clash.b)}
    repairs = []
    for clash in found:
        try:
            settled = None if wide & {clash.a, clash.b} else _settled(shapes, level, origin, clash, survey)
        except shapely.GEOSException:  # shapes too degenerate to overlay: left as they are
            settled = None
        if settled is None and clash.kind == "overlap":
            wide |= {clash.a, clash.b}  # noding would settle it without a limit
        elif settled is not None:
            kind = {"overlap": "overlap", "slit": "gap", "unnoded-edge": "noding"}[clash.kind]
            repairs.append(_repair(kind, level.key, level.codes([clash.a, clash.b]), settled, survey))
    for hole in _holes(shapes, survey):
        beside = level.tree.query(hole, "dwithin", distance=survey.tolerance_m).tolist()
        takers = [i for i in sorted(beside, key=lambda i: level.cells.codes[i]) if i not in wide]
        if _shared_out(shapes, origin, hole, takers, survey):
            repairs.append(_repair("gap", level.key, level.codes(takers), hole, survey))
    noded = _noded(shapes, level, wide) if repairs else None
    return (noded, repairs) if noded is not None and _within(origin, noded, survey.tolerance_m) else (level.shapes, [])


def _ordered(clash: Clash, level: LevelShapes) -> Clash:
    """The clash with the lower code first."""
    a, b = sorted((clash.a, clash.b), key=lambda i: level.cells.codes[i])
    return replace(clash, a=a, b=b)


def _reachable(clash: Clash, origin: Shapes, survey: Survey) -> bool:
    """Whether an overlap is narrow and lies along the edge that would move; a thin strip across a cell does not."""
    edge = shapely.buffer(shapely.boundary(origin[clash.b]), survey.tolerance_m - _MARGIN_M)
    return survey.narrow(clash.pieces) and bool(shapely.covers(edge, clash.pieces).all())


def _settled(shapes: Shapes, level: LevelShapes, origin: Shapes, clash: Clash, survey: Survey) -> BaseGeometry | None:
    """Settle a clash in `shapes`; what changed hands. The lower code keeps a narrow overlap and takes a slit."""
    if clash.kind == "overlap":
        rest = _snapped(shapely.difference, shapes[clash.b], shapes[clash.a])
        # Several narrow overlaps side by side can add up to a wide one.
        if not shapely.covers(shapely.buffer(rest, survey.tolerance_m - _MARGIN_M), origin[clash.b]):
            return None
        shapes[clash.b] = rest
    elif clash.kind == "slit":
        slit = _slit(shapes[clash.a], shapes[clash.b], clash.along, survey)
        # The tree holds the cells as they were; each may have won up to the tolerance since.
        for other in level.tree.query(slit, predicate="dwithin", distance=survey.tolerance_m):
            slit = _snapped(shapely.difference, slit, shapes[other])
        return slit if _shared_out(shapes, origin, slit, [clash.a, clash.b], survey) else None
    return clash.shape


def _shared_out(shapes: Shapes, origin: Shapes, gap: BaseGeometry, takers: list[int], survey: Survey) -> bool:
    """Give a narrow gap to cells, each the part within the tolerance of where it was; whether anyone took any."""
    left = gap
    for taker in takers:
        near = _snapped(shapely.intersection, left, shapely.buffer(origin[taker], survey.tolerance_m - _MARGIN_M))
        if not near.is_empty:
            shapes[taker] = _snapped(shapely.union, shapes[taker], near)
            left = _snapped(shapely.difference, left, near)
    return left is not gap


def _snapped(operation: Callable[..., BaseGeometry], a: BaseGeometry, b: BaseGeometry) -> BaseGeometry:
    """The polygons that an overlay gives on the grid, without the lines that a thin end collapses to."""
    return shapely.union_all(polygons_of(operation(a, b, grid_size=GRAIN_M)))


def _slit(a: BaseGeometry, b: BaseGeometry, along: BaseGeometry, survey: Survey) -> BaseGeometry:
    """The narrow strip between two cells that runs along an edge and is open at an end."""
    both = shapely.union(a, b)
    half = survey.tolerance_m / 2 + NOISE_M
    closed = both.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
    valid = shapely.union_all(polygons_of(shapely.make_valid(closed, method="structure")))
    strips = survey.pieces(_snapped(shapely.difference, valid, both))
    return shapely.union_all(strips[shapely.dwithin(strips, along, NOISE_M)])


def _holes(shapes: Shapes, survey: Survey) -> list[BaseGeometry]:
    """The narrow holes that the cells leave between them."""
    union = shapely.union_all(shapes)
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union))))
    holes = survey.pieces(filled.difference(union))
    return [hole for hole in holes if survey.narrow(np.array([hole]))]


def _noded(shapes: Shapes, level: LevelShapes, wide: set[int]) -> Shapes | None:
    """The shapes with close vertices made one, and set on each edge that passes through them; None if that fails.

    Snapping can fold an edge onto another and lose it, and a cell with it, at one distance and not at the next. What
    comes out is held against what went in.
    """
    rows = [i for i in sorted(range(len(shapes)), key=lambda i: level.cells.codes[i]) if i not in wide]
    rows = [i for i in rows if not shapes[i].is_empty]
    for distance in _SNAP_M:
        noded = shapes.copy()
        noded[rows] = shapely.coverage_clean(  # type: ignore[attr-defined]
            shapes[rows], gap_width=distance, snapping_distance=distance, merge_strategy="min_index"
        )
        noded = comparable(noded)
        if _within(shapes, noded, _MARGIN_M):
            return noded
    return None


def _noded_beside(level: LevelShapes, shapes: Shapes, survey: Survey) -> Shapes:
    """The shapes of a level in which some were changed, each with the vertices that its neighbours have on its edges.

    A cell that is drawn anew can have vertices on a line that its neighbour has none on, and the other way round.
    """
    if not _differ(level.shapes, shapes).any():
        return shapes
    noded = shapes.copy()
    beside: dict[int, set[int]] = {}
    for clash in clashes(replace(level, shapes=shapes, tree=shapely.STRtree(shapes)), survey):
        if clash.kind == "unnoded-edge":
            beside.setdefault(clash.a, set()).add(clash.b)
            beside.setdefault(clash.b, set()).add(clash.a)
    for row, others in beside.items():
        vertices: Any = shapely.points(shapely.get_coordinates(shapes[sorted(others)]))
        near = vertices[shapely.dwithin(vertices, shapely.boundary(shapes[row]), NOISE_M)]
        snapped = shapely.snap(shapes[row], shapely.multipoints(near), NOISE_M)
        if shapely.is_valid(snapped) and shapely.get_num_coordinates(snapped) > shapely.get_num_coordinates(
            shapes[row]
        ):
            noded[row] = snapped
    return noded


def _within(before: Shapes, after: Shapes, reach: float) -> bool:
    """Whether no shape lost or won more than a needle's tip further than a reach from where it was."""
    rows = np.flatnonzero(_differ(before, after))
    for had, has in ((before[rows], after[rows]), (after[rows], before[rows])):
        if (shapely.area(shapely.difference(had, shapely.buffer(has, reach))) > _TIP_M2).any():
            return False
    return True


def _dissolved(level: LevelShapes, below: LevelCells, touched: set[str], survey: Survey) -> tuple[Shapes, list[Repair]]:
    """Parents drawn anew from their children, where that moves no line further than the tolerance.

    A parent beside one that cannot be drawn anew stays too if their common line would move: it would tear.
    """
    children = survey.plane.to_metres(below.geometries)
    children[~shapely.is_valid(children)] = shapely.Polygon()
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
