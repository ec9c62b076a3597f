"""How long judging takes: the scan by cells and categories, Gi* of many cells; beside esda's and SciPy's own ways.

python -m bench.clusters
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.statistics.autocorrelation import gi_star, local_moran
from wangge.patterns.statistics.neighbourhoods import against_share
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.patterns.statistics.scan import Events, Zones, scan

A_YEAR = 10_825
KINDS = 18
BASELINE = 90


def timed(task: Callable[[], Any], rounds: int = 3) -> float:
    """Seconds of the quickest round."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        task()
        found.append(time.perf_counter() - begun)
    return min(found)


def town(n: int, a_year: float, seed: int = 0) -> tuple[NDArray[np.float64], Events]:
    """Cells with households that differ, and events of 90 days in 18 kinds, the first ones the most."""
    rng = np.random.default_rng(seed)
    xy = rng.random((n, 2)) * np.sqrt(n) * 450
    households = rng.lognormal(0, 0.7, n)
    m = rng.poisson(a_year * BASELINE / 365)
    skew = 1 / np.arange(1, KINDS + 1)
    kind = rng.choice(KINDS, m, p=skew / skew.sum())
    return xy, Events.of(rng.choice(n, m, p=households / households.sum()), rng.integers(0, BASELINE, m), kind)


def of_kind(events: Events, kind: int) -> Events:
    one = events.kind == kind
    return Events.of(events.cell[one], events.age[one])


def scans(n: int, a_year: float, stop: int | None) -> None:
    xy, events = town(n, a_year)
    zones = Zones.around(xy)
    label = f"{n:,} cells, {len(events):,} reports in 90 days, 999 replicates" + (", stopped at 20" if stop else "")
    by_kind = timed(lambda: [scan(zones, of_kind(events, kind), stop=stop) for kind in range(KINDS)], 1)
    print(f"{label}: 18 categories {by_kind:.2f} s", flush=True)
    pooled = timed(lambda: scan(zones, Events.of(events.cell, events.age), stop=stop), 1)
    stratified = timed(lambda: scan(zones, events, stop=stop), 1)
    print(f"{label}: all in one {pooled:.2f} s, all stratified by category {stratified:.2f} s", flush=True)


def many_cells(n: int) -> None:
    rng = np.random.default_rng(1)
    side = int(np.sqrt(n))
    at = np.arange(side * side).reshape(side, side)
    pairs = [(at[:, :-1], at[:, 1:]), (at[:-1], at[1:]), (at[:-1, :-1], at[1:, 1:]), (at[1:, :-1], at[:-1, 1:])]
    a, b = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    neighbours = Neighbours.of_pairs(side * side, a, b)
    values = rng.poisson(5, side * side).astype(float)
    exposure = rng.lognormal(0, 1, side * side)
    print(
        f"{side * side:,} cells: Gi* {timed(lambda: gi_star(values, neighbours)) * 1e3:.1f} ms, local Moran "
        f"{timed(lambda: local_moran(values, neighbours)) * 1e3:.1f} ms, exact neighbourhoods "
        f"{timed(lambda: against_share(values.astype(int), exposure, neighbours)) * 1e3:.1f} ms"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        from libpysal.weights import WSP, WSP2W

        weights = WSP2W(WSP(neighbours.matrix.tocsr()))
        took = timed(lambda: esda.G_Local(values, weights, transform="B", star=True, permutations=0), 1)
        theirs = esda.G_Local(values, weights, transform="B", star=True, permutations=0).Zs
    print(f"esda: Gi* {took * 1e3:.0f} ms; largest difference {np.abs(theirs - gi_star(values, neighbours)).max():.1e}")


if __name__ == "__main__":
    many_cells(100_000)
    for stop in (20, None):
        scans(422, A_YEAR, stop)
        scans(5_000, A_YEAR * 5_000 / 422, stop)
