"""The proof that a territory's cells make a grid: sound shapes, no overlap, no gap, each cell inside its parent.

What is compared is snapped to 0.1 mm first, and pieces of a mean width below 1 mm are taken as rounding. A fault
that is nowhere wider than the tolerance is a `sliver`: two drawings of one line. A hole that cells enclose is told as
a gap: nothing in the files says whether it is a lake, an enclave or a mistake. A reference outline with that hole in
it settles the matter; a rim that follows the reference within the tolerance is taken as the same line.
"""

from itertools import chain

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.geo.boundaries import Boundaries
from wangge.geo.coverage.clashes import clashes, suspicious_edges
from wangge.geo.coverage.datum_shift import datum_shift
from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.measure import Shapes
from wangge.geo.coverage.nesting import gaps, nested, parentage
from wangge.geo.coverage.soundness import sound
from wangge.geo.coverage.survey import NOISE_M, LevelShapes, Survey

__all__ = ["DEFAULT_TOLERANCE_M", "Defect", "check"]

DEFAULT_TOLERANCE_M = 0.5
"""Below any accuracy that a report's place has; two drawings of one wall differ by less."""


def check(
    boundaries: Boundaries,
    *,
    reference: BaseGeometry | None = None,
    tolerance_m: float = DEFAULT_TOLERANCE_M,
) -> list[Defect]:
    """Everything that is wrong with a territory's boundaries; an empty list is the proof that nothing is.

    Parameters
    ----------
    boundaries : Boundaries
        As read, in lon, lat WGS-84.
    reference : Polygon or MultiPolygon, optional
        The territory's true outline in lon, lat WGS-84. The top level must fill it and stay inside, and it shows
        whether the file's datum is what the manifest says.
    tolerance_m : float
        The width up to which an overlap or gap is a sliver.

    Returns
    -------
    list of Defect
        Level by level from the top.
    """
    survey = Survey.of(boundaries, tolerance_m)
    defects: list[Defect] = []
    above: LevelShapes | None = None
    for depth, cells in enumerate(boundaries.levels):
        faults, drawn = sound(cells, boundaries.manifest.timezone)
        defects += faults
        level = survey.level(cells, drawn)
        children = boundaries.levels[depth + 1] if depth + 1 < len(boundaries.levels) else None
        defects += parentage(level, boundaries.levels[depth - 1] if depth else None, children, survey)
        if 2 * drawn.sum() <= len(drawn):
            above = None  # most of the level is nowhere: what it leaves open would be noise
            continue
        edges = suspicious_edges(level, survey)
        if depth:
            open_, outside = nested(level, above, survey, edges) if above else ([], [])
        else:
            open_, outside = _whole(level, boundaries, reference, survey)
        defects += chain(_clashes(level, survey, open_, edges), open_, outside)
        # Which of two cells with one code is whose parent, nobody can say; that they are two is told.
        above = level if len(set(cells.codes)) == len(cells.codes) else None
    return defects


def _whole(
    level: LevelShapes, boundaries: Boundaries, reference: BaseGeometry | None, survey: Survey
) -> tuple[list[Defect], list[Defect]]:
    """What the top level leaves open, and where it leaves the reference or lies in another datum than it says."""
    union = shapely.union_all(level.shapes)
    if reference is None:
        filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union))))
        return gaps(level, survey, survey.pieces(filled.difference(union))), []
    shift = datum_shift(level, boundaries.manifest.datum, reference, survey)
    if shift:
        return [], [shift]
    outline = survey.shapes(np.array([reference], dtype=object))[0]
    outside = []
    shapely.prepare(outline)
    for position in np.flatnonzero(~shapely.covers(outline, level.shapes) & ~shapely.is_empty(level.shapes)):
        pieces = _wide(survey.pieces(level.shapes[position].difference(outline)), survey)
        if len(pieces):
            outside.append(survey.piece_defect("outside-reference", level.key, level.codes([int(position)]), pieces))
    open_ = survey.pieces(outline.difference(union))
    within = open_[~shapely.dwithin(open_, outline.boundary, NOISE_M)]
    rim = _wide(open_[shapely.dwithin(open_, outline.boundary, NOISE_M)], survey)
    return gaps(level, survey, np.concatenate([within, rim])), outside


def _wide(pieces: Shapes, survey: Survey) -> Shapes:
    """The pieces wider than the tolerance: a rim nearer than that to the reference is another drawing of it."""
    return pieces[[not survey.narrow(piece) for piece in np.split(pieces, len(pieces))]] if len(pieces) else pieces


def _clashes(level: LevelShapes, survey: Survey, open_: list[Defect], edges: Shapes) -> list[Defect]:
    """The clashes of a level as defects; a slit that was told as part of a gap is not told again."""
    open_between = [set(gap.cells) for gap in open_]
    defects = []
    for clash in clashes(level, survey, edges):
        codes = level.codes([clash.a, clash.b])
        if clash.kind == "overlap":
            defects.append(survey.piece_defect("overlap", level.key, codes, clash.pieces))
        elif clash.kind == "unnoded-edge":
            defects.append(survey.defect("unnoded-edge", level.key, codes, clash.along))
        elif not any(set(codes) <= cells for cells in open_between):
            defects.append(survey.defect("sliver", level.key, codes, clash.along, of="gap"))
    return defects
