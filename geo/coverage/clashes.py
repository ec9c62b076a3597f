"""Pairs of cells of one level that get in each other's way."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.geo.coverage.measure import Shapes
from wangge.geo.coverage.survey import NOISE_M, LevelShapes, Survey
from wangge.geo.coverage.vertices import unmatched

__all__ = ["Clash", "clashes", "suspicious_edges"]


@dataclass(frozen=True)
class Clash:
    """Two cells, at positions a < b, that overlap, share an edge with other vertices on it, or nearly touch.

    `pieces` are the overlap, in the survey's plane; `along` is the edge where there is none.
    """

    kind: Literal["overlap", "unnoded-edge", "slit"]
    a: int
    b: int
    pieces: Shapes
    along: BaseGeometry

    @property
    def shape(self) -> BaseGeometry:
        """What to draw: the overlap, else the edge."""
        return shapely.union_all(self.pieces) if len(self.pieces) else self.along


def suspicious_edges(level: LevelShapes, survey: Survey) -> Shapes:
    """For each of n cells the edges that match no neighbour's though one is near; mostly empty.

    Those that fit their neighbours vertex by vertex, nearly all inside a grid, are not looked at again.
    """
    edges: Shapes = np.full(len(level.shapes), shapely.MultiLineString(), dtype=object)
    open_ = np.flatnonzero(unmatched(level.shapes))
    west, south, east, north = shapely.bounds(level.shapes[open_]).T
    reach = survey.tolerance_m
    beside = level.tree.query(shapely.box(west - reach, south - reach, east + reach, north + reach))[1]
    rows = np.union1d(open_, beside)
    found = shapely.coverage_invalid_edges(level.shapes[rows], gap_width=reach)
    edges[open_] = found[np.searchsorted(rows, open_)]
    return edges


def clashes(level: LevelShapes, survey: Survey, edges: Shapes | None = None) -> list[Clash]:
    """Every such pair of a level, in the order of its cells; `edges` are its suspicious ones, where they are known."""
    edges = suspicious_edges(level, survey) if edges is None else edges
    suspects = np.flatnonzero(~shapely.is_empty(edges))
    first, second = level.tree.query(level.shapes[suspects], predicate="dwithin", distance=survey.tolerance_m)
    pairs = {(min(a, b), max(a, b)) for a, b in zip(suspects[first].tolist(), second.tolist(), strict=True) if a != b}
    found = (_clash(level, survey, edges, a, b) for a, b in sorted(pairs))
    return [clash for clash in found if clash is not None]


def _clash(level: LevelShapes, survey: Survey, edges: Shapes, a: int, b: int) -> Clash | None:
    pieces = survey.pieces(shapely.intersection(level.shapes[a], level.shapes[b]))
    if len(pieces):
        return Clash("overlap", a, b, pieces, shapely.LineString())
    # A slit runs out in a point, where its sides are as near to each other as those of an edge.
    along = _alongside(edges[a], edges[b], survey.tolerance_m)
    apart = along.difference(edges[b].buffer(2 * NOISE_M, cap_style="flat"))
    if apart.length > 2 * survey.tolerance_m:
        return Clash("slit", a, b, pieces, along)
    close = _alongside(edges[a], edges[b], 2 * NOISE_M)
    if not close.is_empty:
        return Clash("unnoded-edge", a, b, pieces, close)
    return None if along.is_empty else Clash("slit", a, b, pieces, along)


def _alongside(edge: BaseGeometry, other: BaseGeometry, reach: float) -> BaseGeometry:
    """The part of an edge that runs within reach of another for more than the reach itself."""
    along = edge.intersection(other.buffer(reach, cap_style="flat"))
    return along if along.length > 2 * reach else shapely.LineString()
