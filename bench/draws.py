"""Points to ask a city about: where people are, and where point-in-polygon goes wrong if it ever does."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["DRAWS", "Draw"]

Polygons = NDArray[np.object_]
Floats = NDArray[np.float64]
Draw = Callable[[Polygons, int, np.random.Generator], Floats]

HOT_SPOTS = 300
ULPS = 4
STRANGE = np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 1e30, 5e-324, -0.0, 180.0, -180.0, 360.0, 0.0])


def uniform(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points anywhere in the box of the polygons."""
    west, south, east, north = _box(polygons)
    return rng.uniform((west, south), (east, north), (n, 2))


def by_part(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points anywhere in the box of some part, each part as likely as any other, however far apart they lie."""
    drawn = _drawn(polygons)
    boxes = shapely.bounds(shapely.get_parts(rng.choice(drawn, n) if len(drawn) else shapely.box(0, 0, 1, 1)))
    boxes = rng.choice(boxes, n)
    return rng.uniform(boxes[:, :2], boxes[:, 2:])


def clustered(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points around hot spots, the first of which draw the most, as reports from a city lie."""
    west, south, east, north = _box(polygons)
    low, size = np.array([west, south]), np.array([east - west, north - south])
    spots = rng.uniform(0.05, 0.95, (HOT_SPOTS, 2))
    which = np.minimum(rng.zipf(1.3, n) - 1, HOT_SPOTS - 1)
    there = spots[which] + rng.normal(0, 0.012, (n, 2))
    folded = 1 - np.abs(np.mod(there, 2) - 1)  # what falls over the rim comes back
    return np.asarray(low + folded * size)


def outside(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points around the box of the polygons, up to its own size away, a tenth of them close to it."""
    west, south, east, north = _box(polygons)
    direction = rng.uniform(-1, 1, (n, 2))
    reach = 1 + np.where(rng.random(n) < 0.1, 1e-9, 2) * rng.random(n)
    square = direction * (reach / np.abs(direction).max(axis=1))[:, None]
    middle, half = np.array([west + east, south + north]) / 2, np.array([east - west, north - south]) / 2
    return np.asarray(middle + square * (half + 1e-12))


def vertices(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points that are vertices."""
    start, _ = _edges(polygons, n, rng)
    return start


def on_edges(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points as exactly on edges as doubles allow: middles, quarters and eighths, and what shapely interpolates."""
    start, end = _edges(polygons, n, rng)
    exact = start + (end - start) * rng.choice([1 / 8, 1 / 4, 1 / 2, 3 / 4], n)[:, None]
    lines = shapely.linestrings(np.stack([start, end], axis=1)) if n else np.empty(0, dtype=object)
    along = shapely.line_interpolate_point(lines, rng.random(n), normalized=True)
    points = np.where(rng.random((n, 1)) < 0.7, exact, shapely.get_coordinates(along).reshape(-1, 2))
    return np.asarray(points)


def near_edges(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points within a few ulps of edges and of vertices."""
    points = np.where(rng.random((n, 1)) < 0.7, on_edges(polygons, n, rng), vertices(polygons, n, rng))
    return np.asarray(points + rng.integers(-ULPS, ULPS + 1, (n, 2)) * np.spacing(points))


def level_with_vertices(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points with the very longitude or latitude of a vertex, where a ray meets it."""
    points = uniform(polygons, n, rng)
    axis = rng.integers(0, 2, n)
    points[np.arange(n), axis] = vertices(polygons, n, rng)[np.arange(n), axis]
    return points


def strange(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Points of which a coordinate is NaN, infinite, enormous, tiny or at the end of the world."""
    points = uniform(polygons, n, rng)
    odd = rng.random((n, 2)) < 0.5
    points[odd] = rng.choice(STRANGE, int(odd.sum()))
    return points


def mixed(polygons: Polygons, n: int, rng: np.random.Generator) -> Floats:
    """Clustered points, of which 5 % are moved outside, 0.5 % to vertices and 0.5 % onto edges."""
    points = clustered(polygons, n, rng)
    kind = rng.random(n)
    for low, high, draw in ((0, 0.05, outside), (0.05, 0.055, vertices), (0.055, 0.06, on_edges)):
        rows = (kind >= low) & (kind < high)
        points[rows] = draw(polygons, int(rows.sum()), rng)
    return points


DRAWS: dict[str, Draw] = {
    "U": uniform,
    "P": by_part,
    "C": clustered,
    "O": outside,
    "V": vertices,
    "E": on_edges,
    "A": near_edges,
    "L": level_with_vertices,
    "N": strange,
    "B": mixed,
}


def _box(polygons: Polygons) -> tuple[float, float, float, float]:
    """West, south, east, north; a unit square where there is no polygon."""
    if shapely.is_empty(polygons).all():
        return 0.0, 0.0, 1.0, 1.0
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    return west, south, east, north


def _drawn(polygons: Polygons) -> Polygons:
    return polygons[~shapely.is_empty(polygons)]


def _edges(polygons: Polygons, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Ends of n edges of random polygons, (n, 2) each; anywhere where there is no polygon."""
    drawn = _drawn(polygons)
    if not len(drawn):
        return uniform(polygons, n, rng), uniform(polygons, n, rng)
    few = rng.choice(drawn, min(len(drawn), max(n // 50, 1_000)), replace=False)
    points, ring = shapely.get_coordinates(shapely.get_rings(few), return_index=True)
    starts = np.flatnonzero(ring[:-1] == ring[1:])
    chosen = rng.choice(starts, n)
    return points[chosen], points[chosen + 1]
