"""Cities in which nothing clusters, each with one thing that could look like it: what a test must not mistake.

A report is a place, a time, and perhaps who made it; 422 cells whose households differ smoothly, 90 days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.statistics.merging import UNKNOWN, Filed, first_of_sessions, fresh, sessions
from wangge.patterns.statistics.neighbours import Neighbours
from wangge.patterns.statistics.scan import Events, Zones

__all__ = ["DAYS", "NULLS", "City", "city", "draw", "events_of"]

DAYS = 90
SPACING = 460.0
DAY_S = 86_400.0


@dataclass(frozen=True)
class City:
    """Cells on a lattice with some left out, and what every draw shares."""

    xy: NDArray[np.float64]
    households: NDArray[np.float64]
    zones: Zones
    neighbours: Neighbours


def city(n: int = 422, seed: int = 1) -> City:
    """Cells with households that are lognormal and smooth."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(n * 1.1)))
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    at = at[np.sort(rng.permutation(len(at))[:n])].astype(float)
    distance = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    smooth = np.exp(-((distance / 3) ** 2)) @ rng.normal(size=n)
    households = np.exp(0.6 * smooth / smooth.std() + 0.3 * rng.normal(size=n)) * 400
    a, b = np.nonzero((distance < 1.5) & (distance > 0))
    xy: Any = at * SPACING
    return City(xy, households, Zones.around(xy), Neighbours.of_pairs(n, a, b))


Days = NDArray[np.float64]


def _even(_: np.random.Generator) -> Days:
    return np.ones(DAYS)


def _weekdays(rng: np.random.Generator) -> Days:
    week = np.array([1.3, 1.2, 1.1, 1.1, 1.2, 0.5, 0.3])
    return np.asarray(week[(np.arange(DAYS) + rng.integers(7)) % 7])


def _trend(rng: np.random.Generator) -> Days:
    return np.geomspace(1, rng.choice([3.0, 1 / 3]), DAYS)


def _bursts(rng: np.random.Generator) -> Days:
    return np.where(rng.random(DAYS) < 0.06, 6.0, 1.0)


def _cells_and_days(town: City, rng: np.random.Generator, m: int, days: Days) -> tuple[NDArray[Any], NDArray[Any]]:
    cell = rng.choice(len(town.xy), m, p=town.households / town.households.sum())
    return cell, rng.choice(DAYS, m, p=days / days.sum())


def _filed(town: City, rng: np.random.Generator, cell: NDArray[Any], day: NDArray[Any]) -> Filed:
    """Reports somewhere in their cells, at some time of their days, each by somebody else."""
    place = town.xy[cell] + (rng.random((len(cell), 2)) - 0.5) * SPACING
    at = (day + 0.3 + 0.5 * rng.random(len(cell))) * DAY_S
    return _sorted(place[:, 0], place[:, 1], at, np.arange(len(cell)))


def _sorted(x: Any, y: Any, at: Any, reporter: Any) -> Filed:
    by = np.argsort(at, kind="stable")
    return Filed(x[by], y[by], at[by], np.zeros(len(by), np.int64), np.asarray(reporter, np.int64)[by])


def _plain(days: Callable[[np.random.Generator], Days]) -> Callable[[City, np.random.Generator, int], Filed]:
    return lambda town, rng, m: _filed(town, rng, *_cells_and_days(town, rng, m, days(rng)))


def _half_season(town: City, rng: np.random.Generator, m: int) -> Filed:
    """One half of the city, the country, has a season that the other has not: a factor of three over a year."""
    cell, day = _cells_and_days(town, rng, 3 * m, np.ones(DAYS))
    level = 1 + 0.5 * np.sin(2 * np.pi * (day + rng.integers(365)) / 365)
    keep = rng.random(len(cell)) < np.where(town.xy[cell, 0] < np.median(town.xy[:, 0]), level / 1.5, 1 / 1.5)
    return _filed(town, rng, cell[keep][:m], day[keep][:m])


def _repeats(town: City, rng: np.random.Generator, m: int) -> Filed:
    """One in ten asks five times, within days."""
    once = _plain(_even)(town, rng, m)
    again = np.flatnonzero(rng.random(m) < 0.1).repeat(4)
    later = once.at[again] + rng.exponential(1.0 * DAY_S, len(again))
    x, y = (np.concatenate([v, v[again] + rng.normal(0, 8, len(again))]) for v in (once.x, once.y))
    at = np.concatenate([once.at, later])
    soon = at < DAYS * DAY_S
    return _sorted(x[soon], y[soon], at[soon], np.concatenate([once.reporter, once.reporter[again]])[soon])


def _walks(town: City, rng: np.random.Generator, m: int) -> Filed:
    """Half of what is filed is seen on walks of twelve, every five minutes and hundred metres; nobody says who."""
    lone = _plain(_even)(town, rng, m // 2)
    starts = _plain(_even)(town, rng, max(1, m // 24))
    steps = np.arange(12)
    way = rng.random(len(starts)) * 2 * np.pi
    x = (starts.x[:, None] + np.cos(way)[:, None] * steps * 100).ravel()
    y = (starts.y[:, None] + np.sin(way)[:, None] * steps * 100).ravel()
    at = (starts.at[:, None] + steps * 300).ravel()
    return _sorted(
        np.append(lone.x, x),
        np.append(lone.y, y),
        np.append(lone.at, at),
        np.full(len(lone) + len(x), UNKNOWN),
    )


NULLS: dict[str, Callable[[City, np.random.Generator, int], Filed]] = {
    "unequal households": _plain(_even),
    "weekdays": _plain(_weekdays),
    "trends": _plain(_trend),
    "bursts of the whole city": _plain(_bursts),
    "a season in half the city": _half_season,
    "repeats": _repeats,
    "walks": _walks,
}


def draw(town: City, null: str, rng: np.random.Generator, m: int) -> Filed:
    """About m reports of a city in which nothing clusters."""
    return NULLS[null](town, rng, m)


def events_of(town: City, filed: Filed, *, merged: bool) -> Events:
    """What is tested: the first of each session, or every report as it is."""
    if merged:
        filed = filed.only(fresh(filed))
        filed = filed.at_positions(first_of_sessions(sessions(filed)))
    place = np.column_stack([filed.x, filed.y])
    gap = np.abs(place[:, None, :] - town.xy[None]).max(axis=2) if len(place) else np.zeros((0, 1))
    return Events.of(gap.argmin(axis=1), DAYS - 1 - np.minimum(filed.at // DAY_S, DAYS - 1).astype(int))
