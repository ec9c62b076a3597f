"""The compiled cover says what the R-tree and shapely say, on every kind of city and of point.

This is the short draw; `python -m bench.agreement` is the long one.
"""

from functools import cache

import numpy as np
import pytest
import shapely

from bench.agreement import TERRITORIES, disagreements, drawn, territory
from bench.cities import city, polygon_sets
from bench.draws import DRAWS
from wangge.geo.index import OUTSIDE, GridIndex

POINTS = 2_000
SETS = polygon_sets()


@cache
def index_of(name: str) -> GridIndex:
    return GridIndex(SETS[name](7) if name in SETS else territory(name))


@pytest.mark.parametrize("name", [*SETS, *TERRITORIES])
@pytest.mark.parametrize("draw", DRAWS)
def test_the_cover_agrees_with_the_reference(name: str, draw: str) -> None:
    index = index_of(name)
    found = disagreements(index, drawn(index.polygons, draw, POINTS, name, seed=7), singles=200)
    assert not found, "\n".join(map(str, found[:10]))


def test_threads_agree_with_the_reference_too() -> None:
    index = index_of("shared")
    points = drawn(index.polygons, "B", 200_000, "threads", seed=7)  # enough that the work is shared
    assert disagreements(index, points) == []


@pytest.mark.parametrize("name", ["shared", "overlapping", "lattice", "antimeridian", *TERRITORIES])
def test_the_draws_are_where_they_say(name: str) -> None:
    index = index_of(name)
    asked = {draw: index.reference.locate_many(*drawn(index.polygons, draw, POINTS, name, seed=7).T) for draw in DRAWS}
    assert (asked["O"].position == OUTSIDE).all()
    assert asked["V"].on_edge.all()
    assert asked["E"].on_edge.mean() > (0.65 if name == "lattice" else 0.05)
    assert asked["A"].on_edge.mean() < 0.9
    beside = shapely.points(drawn(index.polygons, "A", POINTS, name, seed=7))
    _, distance = shapely.STRtree(shapely.boundary(index.polygons)).query_nearest(beside, return_distance=True)
    assert distance.max() < 12 * np.spacing(180.0)
    assert (asked["P"].position != OUTSIDE).mean() > 0.4
    assert (asked["B"].position == OUTSIDE).mean() >= 0.03


def test_a_city_is_a_coverage_with_holes_and_parts() -> None:
    polygons = city(422, 205)
    assert len(polygons) == 422
    assert shapely.coverage_is_valid(polygons)
    assert shapely.get_num_coordinates(polygons).mean() == pytest.approx(205, rel=0.05)
    assert sum(shapely.get_num_interior_rings(part) for part in shapely.get_parts(polygons)) == 4
    assert (shapely.get_type_id(polygons) == shapely.GeometryType.MULTIPOLYGON).sum() == 4
