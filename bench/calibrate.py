"""Whether the tests of clusters keep their word: errors of the first kind on cities without clusters, power, alarms.

    python -m bench.calibrate --cities 1000        (make calibrate)

All cores are used. Each line says what was asked of, and how often it was answered; a standard error stands behind it.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from multiprocessing import Pool

import numpy as np

from bench.null_cities import DAYS, NULLS, City, city, draw, events_of
from wangge.patterns.statistics.autocorrelation import gi_star
from wangge.patterns.statistics.comparing import compare
from wangge.patterns.statistics.emerging import Cube, Pattern, emerging
from wangge.patterns.statistics.neighbourhoods import against_others, against_share
from wangge.patterns.statistics.scan import Events, scan

MONTH_OF_A_KIND = 148  # reports of one category in 90 days, where 18 share 10,825 a year
ALL = 2_670
KINDS = 18
Answers = tuple[float, ...]


@cache
def town() -> City:
    return city()


def null_scan(seed: int, null: str, merged: bool, m: int) -> Answers:
    rng = np.random.default_rng([seed, sorted(NULLS).index(null)])
    events = events_of(town(), draw(town(), null, rng, m), merged=merged)
    found = scan(town().zones, events, replicates=199, seed=seed)
    return (float(bool(found.clusters) and found.clusters[0].p <= 0.05),)


def null_neighbourhoods(seed: int, mean: float) -> Answers:
    rng = np.random.default_rng(seed)
    share = town().households / town().households.sum()
    counts = rng.multinomial(rng.poisson(mean * len(share)), share)
    found = against_share(counts, town().households, town().neighbours)
    others = rng.multinomial(rng.poisson(17 * mean * len(share)), share)
    beside = against_others(counts, others, town().neighbours)
    gi = gi_star(counts.astype(float), town().neighbours)
    from scipy.stats import false_discovery_control, norm

    tested = ~np.isnan(found.p)
    return (
        float(np.nanmean(found.p <= 0.05)) if tested.any() else np.nan,
        float((found.q <= 0.05).any()),
        float(np.mean(beside.p[~np.isnan(beside.p)] <= 0.05)) if (~np.isnan(beside.p)).any() else np.nan,
        float((beside.q <= 0.05).any()),
        float((norm.sf(gi) <= 0.05).mean()),
        float((false_discovery_control(norm.sf(gi)) <= 0.05).any()),
    )


def null_labels(seed: int, mean: float, steps: int) -> Answers:
    rng = np.random.default_rng(seed)
    share = town().households / town().households.sum()
    counts = rng.poisson(mean * len(share) * share[:, None] * np.linspace(0.6, 1.4, steps))
    found = emerging(counts, town().households, town().neighbours)
    if not isinstance(found, Cube):
        return (np.nan, np.nan)
    false = sum(one is not Pattern.NONE for one in found.pattern)
    return float(false), float(false > 0)


def null_ratios(seed: int, mean: float) -> Answers:
    rng = np.random.default_rng(seed)
    share = town().households / town().households.sum() * len(town().households)
    found = compare(rng.poisson(3 * mean * share), rng.poisson(mean * share), 0.25)
    tested = found.p[~np.isnan(found.p)]
    return float((tested <= 0.05).mean()), float(found.claimed.any())


def planted(seed: int, expected: float, risk: float) -> Answers:
    """All reports of a year's rate, and an excess over two weeks around one cell."""
    rng = np.random.default_rng(seed)
    events = events_of(town(), draw(town(), "unequal households", rng, ALL), merged=False)
    centre, days, share = int(rng.integers(len(town().xy))), 14, town().households / town().households.sum()
    near = town().zones.order[centre]
    k = int(np.searchsorted(np.cumsum(share[near]), expected * DAYS / days / ALL)) + 1
    within = near[:k]
    more = rng.poisson(max(0.0, risk - 1) * share[within].sum() * ALL * days / DAYS)
    cell = np.append(events.cell, rng.choice(within, more, p=share[within] / share[within].sum()))
    found = scan(
        town().zones, Events.of(cell, np.append(events.age, rng.integers(0, days, more))), replicates=199, seed=seed
    )
    hit = any(one.p <= 0.05 and set(one.cells.tolist()) & set(within.tolist()) for one in found.clusters)
    return (float(hit),)


def year(seed: int) -> Answers:
    """365 looks at 18 categories: alarm days, and new alarms (of a category that was not alarming the day before)."""
    rng = np.random.default_rng(seed)
    length, alarms, fresh_ones = 365 + DAYS, 0, 0
    share = town().households / town().households.sum()
    for _ in range(KINDS):
        m = rng.poisson(10_825 / KINDS / 365 * length)
        cell, day = rng.choice(len(share), m, p=share), rng.integers(0, length, m)
        before = False
        for last in range(DAYS - 1, length):
            now = (day <= last) & (day > last - DAYS)
            events = Events.of(cell[now], last - day[now])
            found = scan(town().zones, events, replicates=2 * KINDS * 365 - 1, stop=2, seed=last)
            alarm = bool(found.clusters) and found.clusters[0].p <= 1 / (KINDS * 365)
            alarms, fresh_ones, before = alarms + alarm, fresh_ones + (alarm and not before), alarm
    return float(alarms), float(fresh_ones)


Task = tuple[str, Callable[..., Answers], tuple[object, ...], int]


def tasks(cities: int, years: int) -> Iterator[Task]:
    for null in NULLS:
        yield f"scan, {null}", null_scan, (null, True, MONTH_OF_A_KIND), cities
    for null in ("repeats", "walks"):
        yield f"scan, {null}, reports as they are", null_scan, (null, False, MONTH_OF_A_KIND), cities // 4
    for mean in (0.1, 2.0, 10.0, 50.0):
        yield (
            f"neighbourhoods, {mean:g} a cell: share <= .05 and any, by households; by other reports; Gi*",
            null_neighbourhoods,
            (mean,),
            cities // 4,
        )
    for mean, steps in ((0.5, 12), (2.0, 12), (2.0, 24)):
        yield (
            f"emerging, {mean:g} a cell and step, {steps} steps: false labels, any",
            null_labels,
            (mean, steps),
            cities // 4,
        )
    for mean in (3.0, 20.0):
        yield f"two periods, {mean:g} after: share <= .05, any claimed", null_ratios, (mean,), cities
    for expected, risk in ((1, 12.5), (3, 6.6), (6.4, 4.5), (12, 3.2), (29, 2.3), (63, 1.9)):
        yield f"power, {expected:g} expected, {risk:g} times as many", planted, (float(expected), risk), cities // 8
    yield "a year of 18 categories: alarm days, new alarms", year, (), years


def call(job: tuple[Callable[..., Answers], int, tuple[object, ...]]) -> Answers:
    function, seed, arguments = job
    return function(seed, *arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=1000)
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--only", default="")
    parser.add_argument("--first", type=int, default=0, help="the first seed: other cities than before")
    given = parser.parse_args()
    begun = time.perf_counter()
    with Pool(os.cpu_count()) as pool:
        for name, function, arguments, n in tasks(given.cities, given.years):
            if given.only not in name or n == 0:
                continue
            jobs = [(function, given.first + seed, arguments) for seed in range(n)]
            answers = np.array(pool.map(call, jobs, chunksize=max(1, min(25, n // 8))))
            means, errors = np.nanmean(answers, axis=0), np.nanstd(answers, axis=0) / np.sqrt(n)
            told = ", ".join(f"{mean:.3f} (± {error:.3f})" for mean, error in zip(means, errors, strict=True))
            print(f"{name}: {told}  [{n}, {time.perf_counter() - begun:.0f} s]", flush=True)


if __name__ == "__main__":
    main()
