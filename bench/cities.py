"""Cities to measure and to test with: cells that share fractal borders bit for bit, with holes and parts.

The cells are the Voronoi cells of random sites. Each edge between two of them is replaced once by a fractal polyline,
so both neighbours have the very same vertices, as they have in a well-kept coverage.
"""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["CITIES", "city", "polygon_sets"]

Polygons = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Complexes = NDArray[np.complex128]

CENTRE = (116.8, 38.3)
SPACING = 0.0055  # degrees between sites: about 500 m, a base grid of a dense city
WIDEST = 0.7  # radians, under 45 degrees: see `_displaced`
ROUGHNESS = 0.8  # by how much a bend is smaller than the bend it is a part of

CITIES = {"d422": (422, 205), "v50": (422, 50), "v1000": (422, 1000), "5k": (5_000, 200), "100k": (100_000, 75)}
"""Cells and mean vertices a cell of the cities that are measured."""


def city(
    cells: int,
    vertices: int,
    seed: int = 0,
    centre: tuple[float, float] = CENTRE,
    holed: float = 0.01,
    parted: float = 0.01,
) -> Polygons:
    """n valid cells in lon, lat degrees that tile a rough square; 1 % have a hole and 1 % have two parts.

    Parameters
    ----------
    cells : n ≥ 1. Half of the holes are empty, half are filled by a cell of their own.
    vertices : of a cell, on average; at least about 10.
    holed, parted : shares of the cells with a hole and with two parts.
    """
    rng = np.random.default_rng([seed, cells, vertices])
    holes = max(1, int(cells * holed))
    enclaves = (holes + 1) // 2 if cells > 1 else 0
    pairs = max(1, int(cells * parted)) if cells >= 30 else 0
    sites, rings, starts = _voronoi(rng, cells - enclaves + pairs, centre)
    faces = _with_fractal_edges(rng, sites, rings, starts, vertices)
    faces, sites = _paired(rng, faces, sites, pairs)
    faces = _holed(rng, faces, sites, holes, enclaves, vertices)
    return faces[rng.permutation(len(faces))]


def polygon_sets(full: bool = False) -> dict[str, Callable[[int], Polygons]]:
    """Makers, by name, of the kinds of input that a kernel must answer exactly; each takes a seed.

    Parameters
    ----------
    full : whether in the sizes of a real city rather than small ones, which are made in moments.
    """
    few, many = (422, 205) if full else (60, 40)
    return {
        "shared": lambda seed: city(few, many, seed),
        "coarse": lambda seed: city(few, 50 if full else 10, seed),
        "fine": lambda seed: city(few if full else 20, 1_000 if full else 300, seed),
        "one cell": lambda seed: city(1, many, seed),
        "holes": lambda seed: city(few, many, seed, holed=0.6),
        "parts": lambda seed: city(few, many, seed, parted=0.4),
        "5,000 cells": lambda seed: city(5_000, 200 if full else 15, seed),
        "100,000 cells": lambda seed: city(100_000, 50 if full else 10, seed),
        "overlapping": lambda seed: _overlapping(few, many, seed),
        "gappy": lambda seed: _scaled(city(few, many, seed), 0.9),
        "six decimals": lambda seed: _valid(_rounded(city(few, min(many, 80), seed), 6)),
        "seven decimals": lambda seed: _valid(_rounded(city(few, many, seed), 7)),
        "dyadic": lambda seed: _valid(_dyadic(city(few, many, seed))),
        "broken": lambda seed: _rounded(city(few, many, seed), 4 if full else 3),
        "around zero": lambda seed: city(few, many, seed, centre=(0.0, 0.0)),
        "lattice": lambda seed: _lattice(20 if full else 6, seed),
        "antimeridian": lambda seed: _around_the_antimeridian(few, many, seed),
        "with empty ones": lambda seed: _with_empty_ones(city(few, many, seed)),
        "none": lambda _seed: np.empty(0, dtype=object),
    }


def _voronoi(rng: np.random.Generator, n: int, centre: tuple[float, float]) -> tuple[Floats, Floats, Ints]:
    """Sites (n, 2), the coordinates of their closed rings one after the other, and the n + 1 starts of the rings.

    The sites near the rim are mirrored in it, which makes the rim an edge between sites like any other.
    """
    half = SPACING * n**0.5 / 2
    low, high = np.subtract(centre, half), np.add(centre, half)
    sites = rng.uniform(low, high, (n, 2))
    around = sites
    for axis in (0, 1):
        for side in (low, high):
            mirrored = around[np.abs(around[:, axis] - side[axis]) < max(6 * SPACING, half / 4)]
            mirrored = mirrored[(mirrored[:, axis] > low[axis]) & (mirrored[:, axis] < high[axis])]
            mirrored[:, axis] = 2 * side[axis] - mirrored[:, axis]
            around = np.vstack([around, mirrored])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(around), ordered=True))[:n]
    rings, face = shapely.get_coordinates(cells, return_index=True)
    return sites, rings, np.searchsorted(face, np.arange(n + 1))


def _with_fractal_edges(
    rng: np.random.Generator, sites: Floats, rings: Floats, starts: Ints, vertices: int
) -> Polygons:
    """The faces, with each edge replaced by one polyline that both its faces share."""
    corners, corner = np.unique(_points(rings), return_inverse=True)
    inner = np.ones(len(rings), dtype=bool)
    inner[starts[1:] - 1] = False  # from the last point of a ring to the first of the next
    first = np.flatnonzero(inner)
    face = np.repeat(np.arange(len(sites)), np.diff(starts))[first]
    a, b = corner[first], corner[first + 1]
    keys, sample, edge = np.unique(np.minimum(a, b) * len(corners) + np.maximum(a, b), True, True)
    tail, head = np.divmod(keys, len(corners))
    tail_at, head_at = corners[tail], corners[head]
    density = vertices * len(sites) / np.abs(head_at - tail_at)[edge].sum()
    lines, ends = _polylines(rng, tail_at, head_at, _points(sites[face[sample]]), density)

    forward = a < b
    length = np.diff(ends)[edge] - 1  # an edge's last point is the next one's first
    offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    begin = np.where(forward, ends[edge], ends[edge + 1] - 1)
    points = lines[np.repeat(begin, length) + offset * np.repeat(np.where(forward, 1, -1), length)]
    return np.asarray(shapely.polygons(shapely.linearrings(_pairs(points), indices=np.repeat(face, length))))


def _polylines(
    rng: np.random.Generator, tail: Complexes, head: Complexes, site: Complexes, density: float
) -> tuple[Complexes, Ints]:
    """Points of one polyline for each edge, one after the other, and where each polyline starts."""
    toward = head - tail
    room = np.minimum(np.abs(np.angle((site - tail) / toward)), np.abs(np.angle((site - head) / -toward)))
    room = 0.9 * np.minimum(room, WIDEST)
    pieces = np.maximum(1, np.rint(np.abs(toward) * density)).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(pieces + 1)])
    points = np.empty(ends[-1], dtype=np.complex128)
    depth = np.ceil(np.log2(pieces)).astype(np.int64)
    for levels in np.unique(depth):
        rows = np.flatnonzero(depth == levels)
        fine = _displaced(rng, tail[rows], head[rows], room[rows], int(levels))
        kept = np.ones(fine.shape, dtype=bool)
        if levels:
            last = rng.random((len(rows), 2 ** (levels - 1))).argsort(axis=1)  # some bends of the last level
            kept[:, 1::2] = last < (pieces[rows] - 2 ** (levels - 1))[:, None]
        at = np.repeat(ends[rows], pieces[rows] + 1) + np.concatenate([np.arange(n + 1) for n in pieces[rows]])
        points[at] = fine[kept]
    return points, ends


def _displaced(rng: np.random.Generator, tail: Complexes, head: Complexes, room: Floats, levels: int) -> Complexes:
    """Midpoint displacement of m edges, (m, 2**levels + 1), that never crosses itself or another edge's.

    An edge and the two sites beside it span a rhomb that no other edge enters. A bend turns a half of the edge by some
    angle; bends that together stay below the rhomb's half angle at its ends, itself below 45 degrees, keep the halves
    in rhombs of their own within the first one, and so on down.
    """
    shares = ROUGHNESS ** np.arange(levels)
    points = np.empty((len(tail), 2**levels + 1), dtype=np.complex128)
    points[:, 0], points[:, -1] = tail, head
    for level, share in enumerate(shares / shares.sum() if levels else shares):
        step = 2 ** (levels - level)
        left, right = points[:, :-1:step], points[:, step::step]
        bend = np.tan(room[:, None] * share * rng.uniform(-1, 1, left.shape)) / 2
        points[:, step // 2 :: step] = (left + right) / 2 + 1j * bend * (right - left)
    return points


def _paired(rng: np.random.Generator, faces: Polygons, sites: Floats, pairs: int) -> tuple[Polygons, Floats]:
    """The faces with some of them joined, as one multipolygon, to another nearby that they do not touch."""
    tree = shapely.STRtree(faces)
    taken = np.zeros(len(faces), dtype=bool)
    gone = np.zeros(len(faces), dtype=bool)
    for i in rng.permutation(len(faces)):
        if not pairs:
            break
        near = tree.query(shapely.box(*(sites[i] - 4 * SPACING), *(sites[i] + 4 * SPACING)))
        near = near[~taken[near] & ~shapely.intersects(faces[near], faces[i])]
        if taken[i] or not len(near):
            continue
        other = rng.choice(near)
        faces[i] = shapely.MultiPolygon([faces[i], faces[other]])
        taken[[i, other]] = gone[other] = True
        pairs -= 1
    return faces[~gone], sites[~gone]


def _holed(
    rng: np.random.Generator, faces: Polygons, sites: Floats, holes: int, enclaves: int, vertices: int
) -> Polygons:
    """The faces with a hole around the site in some of them, and after them the cells that fill some of the holes."""
    whole = np.flatnonzero(shapely.get_type_id(faces) == shapely.GeometryType.POLYGON)
    inside = []
    for i in rng.choice(whole, holes, replace=False):
        reach = 0.6 * shapely.distance(shapely.boundary(faces[i]), shapely.Point(sites[i]))
        corners = max(4, vertices // 4)
        angle = 2 * np.pi * np.arange(corners) / corners
        ring = sites[i] + _pairs(reach * rng.uniform(0.7, 1, corners) * np.exp(1j * angle))
        faces[i] = shapely.Polygon(faces[i].exterior, [ring])
        inside.append(shapely.Polygon(ring[::-1]))
    return np.concatenate([faces, np.array(inside[:enclaves], dtype=object)])


def _points(pairs: Floats) -> Complexes:
    return np.ascontiguousarray(pairs).view(np.complex128)[:, 0]


def _pairs(points: Complexes) -> Floats:
    return np.column_stack([points.real, points.imag])


def _scaled(polygons: Polygons, factor: float) -> Polygons:
    """Polygons made larger or smaller around their centres."""
    centre = shapely.get_coordinates(shapely.centroid(polygons))
    each = np.repeat(centre, shapely.get_num_coordinates(polygons), axis=0)
    return np.asarray(shapely.transform(polygons, lambda xy: each + factor * (xy - each)), dtype=object)


def _rounded(polygons: Polygons, decimals: int) -> Polygons:
    rounded = shapely.transform(polygons, lambda xy: np.round(xy, decimals))
    return np.asarray(shapely.remove_repeated_points(rounded), dtype=object)


def _dyadic(polygons: Polygons) -> Polygons:
    """Polygons on multiples of 2^-22 degrees, so that the middle of an edge is a double."""
    rounded = shapely.transform(polygons, lambda xy: np.round(xy * 2**22) / 2**22)
    return np.asarray(shapely.remove_repeated_points(rounded), dtype=object)


def _valid(polygons: Polygons) -> Polygons:
    """The polygons that rounding did not spoil."""
    return polygons[shapely.is_valid(polygons)]


def _overlapping(cells: int, vertices: int, seed: int) -> Polygons:
    """Cells of which some are grown over their neighbours, some are given twice and some lie under a shifted one."""
    polygons = city(cells, vertices, seed)
    rng = np.random.default_rng(seed)
    grown = rng.random(len(polygons)) < 0.4
    polygons[grown] = _scaled(polygons[grown], 1.3)
    some = rng.choice(len(polygons), max(2, cells // 10))
    shifted = shapely.transform(polygons[some[::2]], lambda xy: xy + SPACING / 3)
    polygons = np.concatenate([polygons, polygons[some], shifted])
    return polygons[rng.permutation(len(polygons))]


def _lattice(side: int, seed: int) -> Polygons:
    """Squares with densified sides parallel to the axes, on multiples of 1/64 degree; one has a square hole."""
    west, south = np.divmod(np.arange(side * side), side)
    squares = shapely.box(116 + west / 64, 38 + south / 64, 116 + (west + 1) / 64, 38 + (south + 1) / 64)
    squares = np.asarray(shapely.segmentize(squares, 1 / 512), dtype=object)
    hole = shapely.box(116 + 1 / 256, 38 + 1 / 256, 116 + 3 / 256, 38 + 3 / 256)
    squares[0] = shapely.difference(squares[0], hole)
    return squares[np.random.default_rng(seed).permutation(len(squares))]


def _around_the_antimeridian(cells: int, vertices: int, seed: int) -> Polygons:
    """A city around 180 degrees, each cell cut there into parts with longitudes within ±180."""
    polygons = city(cells, vertices, seed, centre=(180.0, -17.0))
    east = shapely.transform(shapely.clip_by_rect(polygons, 180, -90, 360, 90), lambda xy: xy - (360.0, 0.0))
    west = shapely.clip_by_rect(polygons, 0, -90, 180, 90)
    parts = [np.append(shapely.get_parts(w), shapely.get_parts(e)) for w, e in zip(west, east, strict=True)]
    joined = [shapely.MultiPolygon(list(p)) if len(p) > 1 else p[0] for p in parts]
    return np.array(joined, dtype=object)


def _with_empty_ones(polygons: Polygons) -> Polygons:
    """Polygons with empty ones before, among and after them."""
    nothing = np.array([shapely.Polygon(), shapely.MultiPolygon(), shapely.Polygon()], dtype=object)
    return np.insert(polygons, [0, len(polygons) // 2, len(polygons)], nothing)
