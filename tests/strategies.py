"""Hypothesis strategies: points where point-in-polygon goes wrong, if it ever does."""

from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray

__all__ = ["awkward_points"]


def awkward_points(polygons: NDArray[np.object_], most: int = 60) -> st.SearchStrategy[NDArray[np.float64]]:
    """Arrays (n, 2) of points: on vertices, on edges, a few ulps beside them, anywhere in the box and around it."""
    vertices = shapely.get_coordinates(polygons)
    west, south, east, north = shapely.total_bounds(polygons)
    width, height = east - west, north - south
    index = st.integers(0, len(vertices) - 2)

    def beside(i: int, t: float, ulps: tuple[int, int]) -> tuple[float, float]:
        x, y = vertices[i] + t * (vertices[i + 1] - vertices[i])
        for _ in range(abs(ulps[0])):
            x = np.nextafter(x, np.copysign(np.inf, ulps[0]))
        for _ in range(abs(ulps[1])):
            y = np.nextafter(y, np.copysign(np.inf, ulps[1]))
        return float(x), float(y)

    few = st.integers(-2, 2)
    vertex = index.map(lambda i: (float(vertices[i, 0]), float(vertices[i, 1])))
    edge: st.SearchStrategy[Any] = st.builds(
        beside, index, st.sampled_from([0.0, 0.25, 0.5, 1 / 3, 0.9]), st.tuples(few, few)
    )
    anywhere = st.tuples(
        st.floats(west - 0.1 * width, east + 0.1 * width), st.floats(south - 0.1 * height, north + 0.1 * height)
    )
    points = st.lists(st.one_of(vertex, edge, anywhere), min_size=1, max_size=most)
    return points.map(lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 2))
