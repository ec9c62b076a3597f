"""The compiled scan against every cylinder tried one by one, on small cities; its p-values under the null."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.patterns.statistics.power import critical_score, smallest_excess
from wangge.patterns.statistics.scan import Events, Zones, _scan, scan


def score(c: float, mu: float, n: float) -> float:
    if c <= mu:
        return 0.0
    return float(c * np.log(c / mu) + ((n - c) * np.log((n - c) / (n - mu)) if c < n else 0))


def every_cylinder(xy: Any, events: Events, days: int, share: float, least: int) -> dict[tuple[int, int, int], float]:
    """The score of each cylinder: (centre, number of cells, days)."""
    found = {}
    n = len(events)
    for centre in range(len(xy)):
        distance = np.hypot(*(xy - xy[centre]).T)
        distance[centre] = -1
        order = np.lexsort((np.arange(len(xy)), distance))
        for k, w in product(range(1, len(xy) + 1), range(1, days + 1)):
            inside, lately = np.isin(events.cell, order[:k]), events.age < w
            if inside.sum() > share * n:
                break
            mu = sum(
                (inside & (events.kind == s)).sum() * (lately & (events.kind == s)).sum() / (events.kind == s).sum()
                for s in np.unique(events.kind)
            )
            c = (inside & lately).sum()
            found[centre, k, w] = score(c, mu, n) if c >= least else 0.0
    return found


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(2, 9),
    m=st.integers(1, 60),
    kinds=st.integers(1, 3),
    least=st.integers(1, 4),
)
def test_finds_what_trying_every_cylinder_finds(seed: int, n: int, m: int, kinds: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    xy: Any = rng.integers(0, 6, (n, 2)) * 100.0  # ties in distance, and cells that lie on each other
    events = Events.of(rng.integers(0, n, m), rng.geometric(0.2, m) - 1, rng.integers(0, kinds, m))
    tried = every_cylinder(xy, events, 7, 0.5, least)
    found = scan(Zones.around(xy), events, days=7, share=0.5, least=least, replicates=1)
    best = max(tried.values(), default=0.0)
    assert (found.clusters[0].score if found.clusters else 0.0) == pytest.approx(best, rel=1e-9, abs=1e-12)
    for one in found.clusters:
        of_centre = [value for (centre, _, _), value in tried.items() if centre == one.centre]
        assert one.score == pytest.approx(max(of_centre), rel=1e-9)
        assert one.score == pytest.approx(score(one.observed, one.expected, m), rel=1e-9)
        assert one.observed >= least
    cells = np.concatenate([one.cells for one in found.clusters] or [np.empty(0, int)])
    assert len(cells) == len(set(cells.tolist())), "clusters overlap"


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_arrangements_keep_the_margins(seed: int) -> None:
    """Of two events in cell 0 and one in cell 1 one is today's: in cell 0 with 2/3, else in cell 1."""
    zones = Zones.around(np.array([[0.0, 0.0], [1.0, 0.0]]))
    same = scan(zones, Events.of([0, 0, 1], [0, 0, 0]), days=1, share=1.0, least=1)
    assert same.clusters == []  # all that happened happened today: as much as is expected, everywhere
    found = scan(
        zones, Events.of([0, 0, 1], [0, 1, 1]), days=1, share=1.0, least=1, replicates=50, stop=None, seed=seed
    )
    assert found.clusters[0].observed == 1
    assert found.clusters[0].expected == pytest.approx(2 / 3)
    assert found.clusters[0].p == 1.0
    rare = scan(
        zones, Events.of([0, 0, 1], [1, 1, 0]), days=1, share=1.0, least=1, replicates=4000, stop=None, seed=seed
    )
    assert rare.clusters[0].p == pytest.approx(1 / 3, abs=0.04)


def test_p_is_even_where_nothing_happens_and_small_where_something_does() -> None:
    rng = np.random.default_rng(1)
    xy = rng.random((80, 2)) * 5000
    zones, households = Zones.around(xy), rng.lognormal(0, 1, 80)
    days = rng.random(90) + 0.2
    ps = []
    for seed in range(200):
        cell = rng.choice(80, 200, p=households / households.sum())
        age = rng.choice(90, 200, p=days / days.sum())
        found = scan(zones, Events.of(cell, age), replicates=99, stop=None, seed=seed)
        ps.append(found.clusters[0].p if found.clusters else 1.0)
    assert 2 <= sum(p <= 0.05 for p in ps) <= 21  # Bin(200, 0.05), all but 1 in 1,000
    assert 0.42 < float(np.mean(ps)) < 0.58
    near = zones.order[7, :3]
    cell = np.concatenate([rng.choice(80, 200, p=households / households.sum()), near, near, near, near])
    age = np.concatenate([rng.choice(90, 200, p=days / days.sum()), np.arange(12) % 5])
    found = scan(zones, Events.of(cell, age), replicates=999, seed=3)
    assert found.clusters[0].p <= 0.01
    assert set(near.tolist()) & set(found.clusters[0].cells.tolist())
    assert found.clusters[0].days <= 7


def test_the_same_seed_gives_the_same_answer_and_stopping_early_an_honest_one() -> None:
    rng = np.random.default_rng(8)
    xy = rng.random((50, 2))
    zones, events = Zones.around(xy), Events.of(rng.integers(0, 50, 150), rng.integers(0, 90, 150))
    whole, again = (scan(zones, events, replicates=1500, stop=None, seed=11) for _ in range(2))
    assert [one.p for one in whole.clusters] == [one.p for one in again.clusters]
    assert whole.clusters[0].p != scan(zones, events, replicates=1500, stop=None, seed=12).clusters[0].p
    early = scan(zones, events, replicates=1500, stop=20, seed=11)
    assert early.clusters[0].p == pytest.approx(20 / early.replicates)
    assert early.replicates < 1500
    assert all(a.p <= b.p for a, b in zip(whole.clusters, whole.clusters[1:], strict=False))


def test_a_trend_of_one_kind_is_no_cluster_of_all_together() -> None:
    """A kind that begins late, in one corner: where kinds are not told apart, it looks like an outbreak."""
    rng = np.random.default_rng(2)
    xy = rng.random((60, 2))
    corner = np.argsort(xy.sum(axis=1))[:12]
    cell = np.concatenate([rng.integers(0, 60, 400), rng.choice(corner, 60)])
    age = np.concatenate([rng.integers(0, 90, 400), rng.integers(0, 20, 60)])
    kind = np.concatenate([np.zeros(400), np.ones(60)])
    zones = Zones.around(xy)
    assert scan(zones, Events.of(cell, age), replicates=999).clusters[0].p <= 0.01
    assert scan(zones, Events.of(cell, age, kind), replicates=999).clusters[0].p > 0.05


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"order": np.array([0, 9], np.int32)}, "order names no cell"),
        ({"order": np.array([0, 1, 0], np.int32)}, "order is not a row for each cell"),
        ({"length": np.array([1, 7], np.int32)}, "a length is beyond its row"),
        ({"cell": np.array([0, -1], np.int32)}, "an event is nowhere"),
        ({"age": np.array([0], np.int32)}, "not an age for each event"),
        ({"age": np.array([0, -3], np.int32)}, "an event is nowhere"),
        ({"stratum": np.array([0, 1], np.int64)}, "strata do not cover the events"),
        ({"stratum": np.array([0, 0, 2], np.int64)}, "a stratum is empty"),
        ({"windows": 33}, "windows or least out of range"),
        ({"cell": np.array([0, 1], np.int64)}, "cell must be"),
        ({"score": np.zeros(1)}, "not a place for each cell"),
    ],
)
def test_the_kernel_refuses_what_would_lead_it_out_of_its_arrays(change: dict[str, Any], error: str) -> None:
    sound: dict[str, Any] = {
        "order": np.array([0, 1], np.int32),
        "length": np.array([1, 1], np.int32),
        "cell": np.array([0, 1], np.int32),
        "age": np.array([0, 1], np.int32),
        "stratum": np.array([0, 2], np.int64),
        "windows": 3,
        "least": 1,
        "score": np.zeros(2),
    }
    given: dict[str, Any] = sound | change
    score = given.pop("score")
    outs = score, np.zeros(2, np.int32), np.zeros(2, np.int32)
    with pytest.raises((ValueError, TypeError), match=error):
        _scan.peaks(*given.values(), *outs)  # type: ignore[call-arg]
    if "score" not in change:
        with pytest.raises((ValueError, TypeError), match=error):
            _scan.replicates(*given.values(), 0, 0, 0.0, 1.0, score)  # type: ignore[call-arg]


@pytest.mark.parametrize("expected", [0.2, 1, 3, 6.4, 29, 500.5])
def test_the_smallest_excess_is_what_the_formula_says(expected: float) -> None:
    count = smallest_excess(expected, 13.0)
    assert count * np.log(count / expected) - (count - expected) >= 13
    assert (count - 1) * np.log((count - 1) / expected) - (count - 1 - expected) < 13


def test_the_critical_score_is_the_tail_of_the_highest() -> None:
    rng = np.random.default_rng(0)
    highest = rng.gumbel(6, 1.2, 5000)
    for p in (0.05, 0.01, 0.001):
        assert (rng.gumbel(6, 1.2, 200_000) > critical_score(highest, p)).mean() == pytest.approx(p, rel=0.25)
