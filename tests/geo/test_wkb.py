"""WKB columns of points: written and read without a shape for each, and what is no point is said."""

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st

from wangge.geo.files.wkb import points_of, wkb_points

ordinates = st.floats(-180, 180) | st.just(float("nan"))


@given(st.lists(st.tuples(ordinates, ordinates)))
def test_points_are_the_wkb_that_shapely_writes(points: list[tuple[float, float]]) -> None:
    xy = np.array(points, dtype=np.float64).reshape(-1, 2)
    column = wkb_points(xy[:, 0], xy[:, 1])
    column.validate(full=True)
    expected = [None if np.isnan(point).any() else shapely.to_wkb(shapely.Point(point)) for point in xy]
    assert column.to_pylist() == expected
    there = ~np.asarray(np.isnan(xy).any(axis=1))
    np.testing.assert_array_equal(np.column_stack(points_of(column)), np.where(there[:, None], xy, np.nan))


def test_what_is_no_point_has_no_place_and_the_others_keep_theirs() -> None:
    point = shapely.Point(1, 2)
    values = [
        shapely.to_wkb(point),
        None,
        shapely.to_wkb(shapely.box(0, 0, 1, 1)),
        b"nonsense",
        shapely.to_wkb(shapely.Point(3, 4, 5)),
        shapely.to_wkb(point, byte_order=0),
        shapely.to_wkb(shapely.Point()),
    ]
    x, y = points_of(pa.array(values, pa.binary()))
    np.testing.assert_array_equal(x, [1, np.nan, np.nan, np.nan, 3, 1, np.nan])
    np.testing.assert_array_equal(y, [2, np.nan, np.nan, np.nan, 4, 2, np.nan])
    assert points_of(pa.array(values[4:6], pa.large_binary()).slice(1))[0].tolist() == [1]
