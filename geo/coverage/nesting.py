"""How a level hangs together with the one above: codes, parents, and each parent filled by its own children."""

from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.geo.boundaries import LevelCells
from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.measure import Shapes
from wangge.geo.coverage.survey import NOISE_M, LevelShapes, Survey

__all__ = ["gaps", "nested", "parentage"]


def parentage(
    level: LevelShapes, above: LevelCells | None, children: LevelCells | None, survey: Survey
) -> list[Defect]:
    """Codes that stand twice, parents that do not exist, and cells above that nothing stands under."""
    positions: dict[str, list[int]] = defaultdict(list)
    for position, code in enumerate(level.cells.codes):
        positions[code].append(position)
    found = [("duplicate-code", where) for where in positions.values() if len(where) > 1]
    if above is not None:
        known = set(above.codes)
        lost = [position for position, parent in enumerate(level.cells.parents) if parent not in known]
        found += [("missing-parent", [position]) for position in lost]
    if children is not None:
        named = set(children.parents)
        found += [("parent-without-children", where) for code, where in positions.items() if code not in named]
    defects = []
    for kind, where in found:
        detail = {"parent": level.cells.parents[where[0]]} if kind == "missing-parent" else {"records": len(where)}
        shape = shapely.union_all(level.shapes[where])
        defects.append(survey.defect(kind, level.key, level.codes(where), shape, **detail))
    return defects


def nested(level: LevelShapes, above: LevelShapes, survey: Survey, edges: Shapes) -> tuple[list[Defect], list[Defect]]:
    """What a parent's children leave open, and the children that leave their parent.

    Parameters
    ----------
    edges : the suspicious edges of the level (`suspicious_edges`).
    """
    position_of = {code: position for position, code in reversed(list(enumerate(above.cells.codes)))}
    parent_of = np.array([position_of.get(parent or "", -1) for parent in level.cells.parents])
    families = [_family(level, parent_of == parent, edges) for parent in range(len(above.shapes))]
    unions = np.array([union for _, union in families], dtype=object)
    flush = shapely.equals_identical(shapely.normalize(unions), shapely.normalize(above.shapes))
    open_ = [
        gap for parent in np.flatnonzero(~flush) for gap in _open(level, above, int(parent), *families[parent], survey)
    ]
    return open_, _outside(level, above, np.where((parent_of >= 0) & flush[parent_of], -1, parent_of), survey)


def _family(level: LevelShapes, own: NDArray[np.bool_], edges: Shapes) -> tuple[NDArray[np.int64], BaseGeometry]:
    """The positions of a parent's children, and what they cover together."""
    rows = np.flatnonzero(own)
    if shapely.is_empty(edges[rows]).all() and not shapely.is_empty(level.shapes[rows]).any():
        return rows, shapely.coverage_union_all(level.shapes[rows])
    return rows, shapely.union_all(level.shapes[rows])


def gaps(level: LevelShapes, survey: Survey, pieces: Shapes, **detail: Any) -> list[Defect]:
    """Pieces that no cell covers, with the cells around them; narrow ones between the same cells told as one."""
    found = []
    narrow: dict[tuple[str, ...], list[BaseGeometry]] = defaultdict(list)
    for piece in pieces:
        beside = level.codes(level.tree.query(piece, predicate="dwithin", distance=2 * NOISE_M).tolist())
        if survey.narrow(np.array([piece])):
            narrow[beside].append(piece)
        else:
            found.append(survey.piece_defect("gap", level.key, beside, np.array([piece]), **detail))
    for beside, slivers in narrow.items():
        found.append(survey.piece_defect("gap", level.key, beside, np.array(slivers), **detail))
    return found


def _open(
    level: LevelShapes, above: LevelShapes, parent: int, own: NDArray[np.int64], union: BaseGeometry, survey: Survey
) -> list[Defect]:
    if not len(own):
        return []  # told as parent-without-children
    open_ = survey.pieces(above.shapes[parent].difference(union))
    if not len(open_):
        return []
    # Land that another parent's child covers is no gap: that child is told to be outside its parent.
    others = np.setdiff1d(level.tree.query(shapely.multipolygons(open_), predicate="intersects"), own)
    open_ = survey.pieces(shapely.difference(open_, shapely.union_all(level.shapes[others])))
    return gaps(level, survey, open_, parent=above.cells.codes[parent])


def _outside(level: LevelShapes, above: LevelShapes, parent_of: Shapes, survey: Survey) -> list[Defect]:
    linked = np.flatnonzero((parent_of >= 0) & ~shapely.is_empty(level.shapes))
    parents = above.shapes[parent_of[linked]]
    shapely.prepare(parents)
    defects = []
    for position in linked[~shapely.covers(parents, level.shapes[linked])]:
        own = int(parent_of[position])
        pieces = survey.pieces(level.shapes[position].difference(above.shapes[own]))
        if not len(pieces):
            continue
        beyond = shapely.multipolygons(pieces)
        met = [other for other in above.tree.query(beyond, predicate="intersects") if other != own]
        reached = [other for other in met if len(survey.pieces(shapely.intersection(beyond, above.shapes[other])))]
        defects.append(
            survey.piece_defect(
                "outside-parent",
                level.key,
                level.codes([position]),
                pieces,
                parent=above.cells.codes[own],
                lies_in=list(above.codes(reached)),
            )
        )
    return defects
