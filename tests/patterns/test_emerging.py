"""Emerging hot spots: a truth table of what is published, and that nothing emerges where nothing happens."""

import numpy as np
import pytest

from wangge.patterns.statistics.emerging import Cube, Pattern, TooFew, classify, emerging
from wangge.patterns.statistics.neighbours import Neighbours

TABLE = [  # + hot, - cold, . neither, of ten steps or more; the trend of intensity
    (".........+", 0, Pattern.NEW),
    ("--.......+", 0, Pattern.NEW),
    ("........++", 0, Pattern.CONSECUTIVE),
    (".+++++++++", 0, Pattern.PERSISTENT),  # 90 %: not consecutive any more
    ("..++++++++", 0, Pattern.CONSECUTIVE),
    ("-.......++", 0, Pattern.CONSECUTIVE),
    ("++++++++++", 0, Pattern.PERSISTENT),
    ("++++++++++", 1, Pattern.INTENSIFYING),
    ("++++++++++", -1, Pattern.DIMINISHING),
    ("+++.++++++", 1, Pattern.INTENSIFYING),
    ("+++-++++++", 0, Pattern.PERSISTENT),
    ("+.+.+.+..+", 1, Pattern.SPORADIC),
    ("+.......++", 0, Pattern.SPORADIC),
    ("+-......++", 0, Pattern.OSCILLATING),
    ("+.......-+", 0, Pattern.OSCILLATING),
    ("+++++++++.", 0, Pattern.HISTORICAL),
    ("++++++++..", 0, Pattern.NONE),  # 80 %
    ("..........", 1, Pattern.NONE),
    ("+++.......", 0, Pattern.NONE),
    ("....................++++++++++++++++++", 0, Pattern.CONSECUTIVE),
]
SIGN = {"+": 1, "-": -1, ".": 0}


@pytest.mark.parametrize(("steps", "trend", "pattern"), TABLE)
def test_each_history_has_the_label_that_is_published(steps: str, trend: int, pattern: Pattern) -> None:
    state = np.array([SIGN[one] for one in steps], np.int8)
    hot = pattern is not Pattern.NONE
    assert classify(state, trend) == (pattern, False)
    assert classify(-state, -trend) == (pattern, hot)  # cold spots mirror hot ones


def test_what_it_is_now_goes_before_what_it_was() -> None:
    state = np.array([1] * 9 + [-1], np.int8)
    assert classify(state, 0) == (Pattern.NEW, True)
    assert classify(-state, 0) == (Pattern.NEW, False)


def lattice(side: int) -> Neighbours:
    at = np.arange(side * side).reshape(side, side)
    a, b = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()]), np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    return Neighbours.of_pairs(side * side, a, b)


def test_nothing_emerges_from_households_that_differ_and_a_trend_of_the_whole_city() -> None:
    rng = np.random.default_rng(3)
    neighbours, exposure = lattice(15), rng.lognormal(0, 0.8, 225)
    false = []
    for _ in range(40):
        mean = exposure[:, None] / exposure.mean() * np.linspace(0.5, 2, 12)
        found = emerging(rng.poisson(mean), exposure, neighbours)
        assert isinstance(found, Cube)
        false.append(sum(one is not Pattern.NONE for one in found.pattern))
    assert np.mean(false) < 1.5
    assert np.mean(np.array(false) > 0) < 0.25


def test_a_place_that_gets_worse_is_named_and_its_neighbours_are_near_it() -> None:
    rng = np.random.default_rng(4)
    neighbours, exposure = lattice(15), np.ones(225)
    mean = np.full((225, 12), 3.0)
    bad = np.append(neighbours.of(112), 112)
    mean[bad, 9:] *= 5
    found = emerging(rng.poisson(mean), exposure, neighbours)
    assert isinstance(found, Cube)
    assert found.pattern[112] is Pattern.CONSECUTIVE
    assert not found.cold[112]
    mean[bad, :] = 15
    found = emerging(rng.poisson(mean), exposure, neighbours)
    assert isinstance(found, Cube)
    assert found.pattern[112] is Pattern.PERSISTENT


@pytest.mark.parametrize(
    ("mean", "steps", "enough"), [(0.3, 12, False), (0.8, 12, True), (1.5, 24, False), (2.5, 24, True)]
)
def test_labels_stand_behind_a_gate(mean: float, steps: int, enough: bool) -> None:
    counts = np.random.default_rng(0).poisson(mean, (225, steps))
    found = emerging(counts, np.ones(225), lattice(15))
    assert isinstance(found, Cube) == enough
    if isinstance(found, TooFew):
        assert found.per_bin == pytest.approx(counts.mean())
        assert found.least > found.per_bin


def test_fewer_than_ten_steps_are_no_history() -> None:
    with pytest.raises(ValueError, match="at least 10 steps"):
        emerging(np.ones((225, 9), int), np.ones(225), lattice(15))
