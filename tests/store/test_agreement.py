"""Memory, PostGIS and plain shapely agree on every point, also on edges and vertices."""

from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.conftest import clone
from tests.strategies import awkward_points
from wangge.geo.grid import Grid
from wangge.store.engine import Connection, connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster

IN_POSTGIS = """
SELECT coalesce((
    SELECT c.code FROM cell c
    WHERE c.edition_id = %(edition)s AND c.level = %(base)s
      AND ST_Covers(c.geom, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326))
    ORDER BY c.code COLLATE "C" LIMIT 1), '')
FROM unnest(%(x)s::float8[], %(y)s::float8[]) WITH ORDINALITY AS p(x, y, i) ORDER BY p.i
"""


@pytest.fixture(scope="module")
def connection(cluster: Cluster, furnished: str) -> Iterator[Connection]:
    for url in clone(cluster, furnished):
        with connect(url) as connection:
            yield connection


@pytest.fixture(scope="module", params=["xinhua", "washington"])
def grid(connection: Connection, request: pytest.FixtureRequest) -> Grid:
    return load_grid(connection, request.param)


@pytest.fixture(scope="module")
def shapes(grid: Grid) -> NDArray[np.object_]:
    """Copies of the base grids, prepared, in the order of their codes."""
    shapes = np.array([shapely.from_wkb(shapely.to_wkb(cell.geometry)) for cell in grid.leaves], dtype=object)
    shapely.prepare(shapes)
    return shapes


def in_shapely(grid: Grid, shapes: NDArray[np.object_], points: NDArray[np.float64]) -> list[str]:
    """The oracle: `covers` of every polygon, in the order of the codes."""
    covered = shapely.covers(shapes[:, None], np.asarray(shapely.points(points))[None, :])
    first = covered.argmax(axis=0)
    return [grid.leaves[i].code if covered[i, n] else "" for n, i in enumerate(first)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_memory_postgis_and_shapely_agree(
    grid: Grid, shapes: NDArray[np.object_], connection: Connection, data: st.DataObject
) -> None:
    points = data.draw(awkward_points(grid.index.polygons))
    hits = grid.index.locate_many(points[:, 0], points[:, 1])
    memory = [grid.leaves[i].code if i >= 0 else "" for i in hits.position]
    single = [grid.index.locate(x, y) for x, y in points]
    base = len(grid.levels) - 1
    parameters = {"edition": grid.edition_id, "base": base, "x": points[:, 0].tolist(), "y": points[:, 1].tolist()}
    postgis = [code for (code,) in connection.execute(IN_POSTGIS, parameters)]

    assert [position for position, _ in single] == hits.position.tolist()
    assert [edge for _, edge in single] == hits.on_edge.tolist()
    assert memory == in_shapely(grid, shapes, points)
    assert memory == postgis
    # What a grid adds to its index: the sliver outside of its rim that nobody sees.
    brought_in = grid.locate_many(points[:, 0], points[:, 1])
    covered = hits.position >= 0
    assert brought_in.position[covered].tolist() == hits.position[covered].tolist()
    located = [grid.locate(x, y) for x, y in points]
    assert [getattr(each, "cell", None) for each in located] == [
        grid.leaves[i] if i >= 0 else None for i in brought_in.position
    ]
