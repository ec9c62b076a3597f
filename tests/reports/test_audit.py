"""Drawing and estimating: everybody draws the same, in proportion, and the interval covers the truth."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.audit_coverage import coverage
from wangge.reports.audit.drawing import LEAST, STRATA, Target, draw
from wangge.reports.audit.estimating import estimate

AT = datetime(2026, 1, 1, tzinfo=UTC)
targets = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.sampled_from([(), (1,), (2, 1)])),
    min_size=1,
    max_size=200,
).map(lambda some: [Target(n, AT, *one) for n, one in enumerate(some)])


@given(targets, st.integers(1, 80), st.integers(0, 2**53 - 1))
def test_a_draw_is_the_same_for_everybody_and_of_every_stratum_its_share(
    some: list[Target], size: int, seed: int
) -> None:
    strata, drawn = draw(some, STRATA, size, seed)
    assert (strata, drawn) == draw(reversed(some), STRATA, size, seed)
    assert sum(one.cases for one in strata) == len(some)
    assert len({one.target.id for one in drawn}) == len(drawn)
    assert min(size, len(some)) <= len(drawn) <= max(size + LEAST, LEAST)
    for place, stratum in enumerate(strata):
        count = sum(one.stratum == place for one in drawn)
        assert count == stratum.drawn >= min(LEAST, stratum.cases)
        assert abs(count - stratum.cases * min(1, size / len(some))) <= LEAST
    left = [one for one in some if one.id != some[0].id]  # one is reopened meanwhile: what else was drawn stays
    if left and len(strata) == 1 and len(drawn) < len(left):
        again = {one.target.id for one in draw(left, STRATA, size, seed)[1]}
        assert {one.target.id for one in drawn} - {some[0].id} <= again


def test_everything_judged_leaves_nothing_to_doubt() -> None:
    whole = np.array([4.0, 6.0])
    assert estimate(whole, whole, whole, np.array([4.0, 3.0])) == (0.7, 0.7, 0.7, 10, 7)
    nothing = np.zeros(2)
    assert estimate(whole, nothing, nothing, nothing).value is None


def test_strata_count_by_their_cases_not_by_what_was_drawn_of_them() -> None:
    rate = estimate(np.array([900.0, 100.0]), np.array([10.0, 10.0]), np.array([10.0, 10.0]), np.array([10.0, 0.0]))
    assert rate.value == 0.9
    assert rate.low is not None
    assert rate.high is not None
    assert 0.75 < rate.low < 0.9 < rate.high < 1


def test_the_interval_covers_the_truth_in_95_of_100_districts() -> None:
    told = coverage(300, "the reference district", 2000)  # bench.audit_coverage does all kinds, 1,000 times
    assert 0.93 <= told["all"][0] <= 0.98
