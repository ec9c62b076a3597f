"""Repeats and sessions: what is one matter, and what stays apart."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.patterns.statistics.density import MOST_POINTS, dense_places
from wangge.patterns.statistics.merging import UNKNOWN, Filed, first_of_sessions, fresh, sessions

DAY, MINUTE, ANNA, BAO = 86_400.0, 60.0, 1, 2


def filed(*rows: tuple[float, float, int, int]) -> Filed:
    """Reports on a line: metres, seconds, kind, reporter."""
    x, at, kind, reporter = (np.array(column) for column in zip(*rows, strict=True))
    return Filed(x.astype(float), np.zeros(len(x)), at.astype(float), kind, reporter)


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([(0, 0, 0, ANNA), (10, DAY, 0, ANNA)], [True, False]),  # she asks again
        ([(0, 0, 0, ANNA), (10, DAY, 0, BAO)], [True, True]),
        ([(0, 0, 0, ANNA), (10, DAY, 1, ANNA)], [True, True]),  # another matter
        ([(0, 0, 0, ANNA), (80, DAY, 0, ANNA)], [True, True]),  # elsewhere
        ([(0, 0, 0, ANNA), (0, 7.5 * DAY, 0, ANNA)], [True, True]),
        ([(0, 4 * DAY * i, 0, ANNA) for i in range(5)], [True, False, True, False, True]),  # seven days from the first
        ([(0, 0, 0, UNKNOWN), (10, DAY, 0, UNKNOWN)], [True, False]),
        ([(0, 0, 0, UNKNOWN), (10, DAY, 0, ANNA)], [True, True]),
    ],
)
def test_repeats(rows: Any, kept: list[bool]) -> None:
    assert fresh(filed(*rows)).tolist() == kept


@pytest.mark.parametrize(
    ("rows", "session"),
    [
        (
            [(400 * i, 20 * MINUTE * i, 0, ANNA) for i in range(10)],
            [0] * 10,
        ),  # a walk of three hours and four kilometres
        ([(400 * i, 20 * MINUTE * i, 0, UNKNOWN) for i in range(10)], [0] * 10),
        ([(400 * i, 20 * MINUTE * i, 0, i) for i in range(10)], list(range(10))),  # ten people
        ([(0, 0, 0, ANNA), (0, 61 * MINUTE, 0, ANNA)], [0, 1]),
        ([(0, 0, 0, ANNA), (1001, MINUTE, 0, ANNA)], [0, 1]),
        ([(0, 0, 0, ANNA), (0, MINUTE, 1, ANNA)], [0, 1]),
        ([(0, 0, 0, ANNA), (0, MINUTE, 0, BAO), (0, 2 * MINUTE, 0, ANNA)], [0, 1, 0]),
        ([(0, 0, 0, ANNA), (0, MINUTE, 0, UNKNOWN)], [0, 0]),
    ],
)
def test_sessions(rows: Any, session: list[int]) -> None:
    found = sessions(filed(*rows))
    assert found.tolist() == session
    assert first_of_sessions(found).tolist() == [session.index(one) for one in sorted(set(session))]


@given(seed=st.integers(0, 2**32), n=st.integers(1, 40))
def test_what_is_left_is_far_apart(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    at: Any = np.sort(rng.integers(0, 20 * 24, n)) * 1800.0
    all_of_them = Filed(rng.random(n) * 120, rng.random(n) * 120, at, rng.integers(0, 2, n), rng.integers(-1, 3, n))
    kept = all_of_them.only(fresh(all_of_them))
    assert len(kept) >= 1
    for i in range(len(kept)):
        for j in range(i):
            same = kept.kind[i] == kept.kind[j] and kept.reporter[i] == kept.reporter[j]
            near = np.hypot(kept.x[i] - kept.x[j], kept.y[i] - kept.y[j]) <= 50
            assert not (same and near and kept.at[i] - kept.at[j] <= 7 * DAY)
    numbers = sessions(kept)
    assert sorted(set(numbers.tolist())) == list(range(numbers.max() + 1))
    assert (np.diff(numbers[first_of_sessions(numbers)]) > 0).all()


def test_dense_places_are_found_among_scattered_points() -> None:
    rng = np.random.default_rng(0)
    spots = [(2000.0, 2000.0), (7000.0, 5000.0)]
    xy = np.concatenate([rng.random((100, 2)) * 10_000, *(rng.normal(spot, 60, (60, 2)) for spot in spots)])
    found = dense_places(xy, least=15)
    assert len(found) == 2
    for one in found:
        nearest = min(spots, key=lambda spot: np.hypot(one.hull.centroid.x - spot[0], one.hull.centroid.y - spot[1]))
        assert np.hypot(one.hull.centroid.x - nearest[0], one.hull.centroid.y - nearest[1]) < 60
        assert 40 <= len(one.points) <= 75
        assert one.hull.area < 500**2
    assert dense_places(xy[:5]) == []
    with pytest.raises(ValueError, match=str(MOST_POINTS)):
        dense_places(np.zeros((MOST_POINTS + 1, 2)))
