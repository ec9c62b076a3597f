"""What each place was over the months, of residents' reports: hot or cold spots that emerged, lasted, went away. Pure.

All categories together and each of them that has enough; the others are told as too few.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.findings.evidence import Gathered, Ground
from wangge.patterns.statistics.emerging import LEAST_STEPS, Pattern, TooFew, emerging

__all__ = ["Emergence", "Few", "Place", "emergence"]

MOST_PLACES = 500
"""Places of one kind of report that are kept, hot ones first, the strongest of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A base grid with its neighbours that stands out: `cell` is a position in the grid's leaves.

    Attributes
    ----------
    category : None for all of them together.
    months : how many of the months were hot, or cold.
    observed, expected : sessions there in the last two months, by which the last step is judged.
    leads : none that is stronger, and of the same pattern and category, shares a base grid with it.
    """

    cell: int
    category: str | None
    pattern: str
    cold: bool
    months: int
    observed: int
    expected: float
    leads: bool


@dataclass(frozen=True, slots=True)
class Few:
    """A category without enough: sessions by base grid and month, and how many it would take."""

    category: str | None
    per_bin: float
    least: float


@dataclass(frozen=True, slots=True)
class Emergence:
    """The months that were looked at, what stands out, and where there was too little.

    `why` says why nothing was asked: "households" (not every base grid says them) or "months" (fewer than ten).
    """

    months: list[str]
    places: list[Place]
    few: list[Few]
    why: str | None = None


def emergence(given: Gathered, first: NDArray[np.int64], ground: Ground) -> Emergence:
    """The patterns of the whole months of a year.

    Parameters
    ----------
    first : positions of the first reports of sessions.
    """
    months = _months(given)
    names = [f"{month:%Y-%m}" for month in months]
    if ground.households is None:
        return Emergence(names, [], [], "households")
    if len(months) < LEAST_STEPS:
        return Emergence(names, [], [], "months")
    of = first[~given.patrols[first]]
    step = np.searchsorted(np.array(months, "datetime64[D]"), _days(given, of), side="right") - 1
    inside = (step >= 0) & (_days(given, of) <= np.datetime64(_last_of(months[-1])))
    of, step = of[inside], step[inside]
    places: list[Place] = []
    few: list[Few] = []
    for category in (None, *range(len(given.categories))):
        chosen = np.full(len(of), True) if category is None else given.category[of] == category
        if chosen.any():
            _judge(given, ground, category, of[chosen], step[chosen], len(months), places, few)
    return Emergence(names, places, few)


def _judge(
    given: Gathered,
    ground: Ground,
    category: int | None,
    of: NDArray[np.int64],
    step: NDArray[np.int64],
    steps: int,
    places: list[Place],
    few: list[Few],
) -> None:
    """Adds what stands out of a category, or that it has too little."""
    assert ground.households is not None  # noqa: S101 - asked before
    name = None if category is None else given.categories[category]
    counts = np.zeros((len(ground.neighbours), steps), np.int64)
    np.add.at(counts, (given.cell[of], step), 1)
    cube = emerging(counts, ground.households, ground.neighbours)
    if isinstance(cube, TooFew):
        few.append(Few(name, cube.per_bin, cube.least))
        return
    last = counts[:, -2:].sum(axis=1)
    observed = ground.neighbours.sums(last.astype(float))
    expected = last.sum() * ground.neighbours.sums(ground.households) / ground.households.sum()
    stands = [i for i, pattern in enumerate(cube.pattern) if pattern is not Pattern.NONE]
    stands.sort(key=lambda i: (bool(cube.cold[i]), -abs(float(cube.z[i, -1]))))
    taken: dict[tuple[str, bool], set[int]] = {}
    for i in stands[:MOST_PLACES]:
        months = int((cube.state[i] == (-1 if cube.cold[i] else 1)).sum())
        pattern, cold = cube.pattern[i].value, bool(cube.cold[i])
        others, here = taken.setdefault((pattern, cold), set()), {i, *ground.neighbours.of(i).tolist()}
        leads = others.isdisjoint(here)
        others |= here if leads else set()
        places.append(Place(i, name, pattern, cold, months, int(observed[i]), float(expected[i]), leads))


def _days(given: Gathered, of: NDArray[np.int64]) -> NDArray[np.datetime64]:
    days: NDArray[np.datetime64] = np.datetime64(given.last) - given.age[of].astype("timedelta64[D]")
    return days


def _months(given: Gathered) -> list[date]:
    """First days of the whole months of the year, from the first in which there were reports throughout."""
    if not len(given):
        return []
    oldest = given.last - timedelta(days=int(given.age.max()))
    months, first = [], given.last.replace(day=1)
    if _last_of(first) > given.last:
        first = _before(first)
    # A month is whole where the year reaches over it, and where reports had begun by its first days.
    while first >= given.last - timedelta(days=364) and first >= oldest - timedelta(days=3):
        months.append(first)
        first = _before(first)
    return months[::-1]


def _before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _last_of(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
