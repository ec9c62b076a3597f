"""Lines of a plan become cells on the ground: noded once, so that nesting is exact by construction."""

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.demo.synthesis.cutting import Piece
from wangge.demo.synthesis.plan import Plan

__all__ = ["lay_out"]

GRID_DEGREES = 1e-7
STEP_M = 60.0
STRAIGHT_M = 1.5


def lay_out(plan: Plan, outline: BaseGeometry, pieces: list[Piece]) -> npt.NDArray[np.object_]:
    """One polygon in lon, lat for each piece; together they are the outline, edge to edge."""
    frames = np.array([piece.frame for piece in pieces])
    network = shapely.union_all(shapely.boundary(frames), grid_size=0.001)
    edges = shapely.get_parts(shapely.line_merge(network))
    bent = shapely.transform(shapely.segmentize(edges, STEP_M), plan.unflatten)
    lines = shapely.transform(shapely.simplify(shapely.transform(bent, plan.ground), STRAIGHT_M), plan.lonlat)
    arrangement = shapely.union_all([*lines, outline.boundary], grid_size=GRID_DEGREES)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(arrangement)))
    faces = faces[shapely.covers(outline.buffer(GRID_DEGREES), shapely.point_on_surface(faces))]
    return _dissolve(faces, _owners(plan, faces, frames))


def _owners(plan: Plan, faces: npt.NDArray[np.object_], frames: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    """The frame in which each face lies; a face cut off from its frame's main part joins a neighbour."""
    inside = plan.flatten(shapely.get_coordinates(shapely.point_on_surface(faces)))
    tree = shapely.STRtree(frames)
    owner: npt.NDArray[np.int64] = tree.query_nearest(shapely.points(inside), all_matches=False)[1]
    area = shapely.area(faces)
    main = {int(o): int(i) for i in np.argsort(area) for o in [owner[i]]}
    for face in np.argsort(area):
        if main[int(owner[face])] == face:
            continue
        touching = [i for i in main.values() if faces[i].touches(faces[face])]
        shared = [faces[i].intersection(faces[face]).length for i in touching]
        owner[face] = owner[touching[int(np.argmax(shared))]]
    return owner


def _dissolve(faces: npt.NDArray[np.object_], owner: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    cells = [shapely.coverage_union_all(faces[owner == i]) for i in range(owner.max() + 1)]
    parts, source = shapely.get_parts(cells, return_index=True)
    if len(parts) != len(cells):
        torn = [i for i in range(len(cells)) if (source == i).sum() != 1]
        raise ValueError(f"cells in several parts: {torn}")
    return parts
