"""The scan itself: the best cylinders of what happened, and how often chance alone finds better ones.

Kulldorff, Heffernan, Hartman, Assunção, Mostashari 2005, "A space-time permutation scan statistic for disease outbreak
detection". Nothing is assumed of how many people live or report where, nor of weekdays and trends that the whole city
shares: only that the two have nothing to do with each other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.statistics.scan import _scan
from wangge.patterns.statistics.scan.zones import Zones

__all__ = ["Cluster", "Events", "Scan", "null_scores", "scan"]

SAME = 1e-7
"""Scores whose ratio differs from one by less are a tie, and a tie counts against the finding."""
BATCH = 250

City = tuple[Any, Any, Any, Any, Any, int, int]
MOST_CLUSTERS = 20


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, in any order: position of the cell, whole days before the last day, and kind; int32 (n,) each.

    What is expected of a cell and a window is added up over the kinds, each with its own rhythm.
    """

    cell: NDArray[np.int32]
    age: NDArray[np.int32]
    kind: NDArray[np.int32]

    @classmethod
    def of(cls, cell: object, age: object, kind: object = None) -> "Events":
        """Events of arrays of whole numbers; of one kind if none is given."""
        cells = np.asarray(cell, dtype=np.int32)
        kinds = np.zeros_like(cells) if kind is None else np.asarray(kind, dtype=np.int32)
        return cls(cells, np.asarray(age, dtype=np.int32), kinds)

    def __len__(self) -> int:
        return len(self.cell)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cylinder: its cells, the nearest to `centre` first, over the last `days` days.

    `p` is the probability that chance alone gives somewhere a score as high.
    """

    centre: int
    cells: NDArray[np.int32]
    days: int
    observed: int
    expected: float
    score: float
    p: float


@dataclass(frozen=True, slots=True)
class Scan:
    """The clusters of a scan, the strongest first, none overlapping; `replicates` arrangements were tried."""

    clusters: list[Cluster]
    replicates: int
    seed: int


def scan(
    zones: Zones,
    events: Events,
    *,
    days: int = 28,
    share: float = 0.2,
    least: int = 3,
    replicates: int = 999,
    stop: int | None = 20,
    seed: int = 0,
) -> Scan:
    """The clusters that end on the last day.

    Parameters
    ----------
    days : the longest window; at most 32.
    share : of all events, the most that a zone may hold.
    least : events that a cluster has at least.
    replicates : random arrangements at most.
    stop : arrangements that beat the strongest cluster, after which no more are tried (Besag and Clifford 1991: p is
        then `stop` / tried); all are tried if None.
    seed : the same seed, the same p.
    """
    n = len(zones.order)
    if len(events) == 0:
        return Scan([], 0, seed)
    city = _arguments(zones, events, days, share, least)
    score, zone, window = np.zeros(n), np.zeros(n, np.int32), np.zeros(n, np.int32)
    _scan.peaks(*city, score, zone, window)
    found = _greedy(zones, score, zone)
    if not found:
        return Scan([], 0, seed)
    wanted = score[found] * (1 - SAME)
    highest = _highest(city, seed, wanted, replicates, stop)
    ps = [_p(highest, one, stop) for one in wanted]
    clusters = [
        Cluster(
            i, zones.order[i, : zone[i]], int(window[i]), *_counts(zones, events, i, zone[i], window[i]), score[i], p
        )
        for i, p in zip(found, ps, strict=True)
    ]
    return Scan(clusters, len(highest), seed)


def null_scores(
    zones: Zones,
    events: Events,
    *,
    days: int = 28,
    share: float = 0.2,
    least: int = 3,
    replicates: int = 199,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The highest scores of random arrangements, float64 (replicates,): what chance alone comes to."""
    score = np.zeros(replicates)
    _scan.replicates(*_arguments(zones, events, days, share, least), seed, 0, 0.0, np.inf, score)
    return score


def _arguments(zones: Zones, events: Events, days: int, share: float, least: int) -> City:
    by = np.argsort(events.kind, kind="stable")
    cell, age = np.ascontiguousarray(events.cell[by]), np.ascontiguousarray(events.age[by])
    _, counts = np.unique(events.kind, return_counts=True)
    stratum = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    total = np.bincount(cell, minlength=len(zones.order))
    return zones.order.reshape(-1), zones.lengths(total, share), cell, age, stratum, days, least


def _greedy(zones: Zones, score: NDArray[np.float64], zone: NDArray[np.int32]) -> list[int]:
    """Centres from the highest score down whose zones share no cell with those before."""
    taken = np.zeros(len(score), bool)
    found: list[int] = []
    for i in np.argsort(-score, kind="stable"):
        if score[i] <= 0 or len(found) == MOST_CLUSTERS:
            break
        cells = zones.order[i, : zone[i]]
        if not taken[cells].any():
            taken[cells] = True
            found.append(int(i))
    return found


def _highest(
    city: City, seed: int, wanted: NDArray[np.float64], replicates: int, stop: int | None
) -> NDArray[np.float64]:
    """The highest score of each arrangement that was tried; 0 for those below all that are wanted."""
    parts: list[NDArray[np.float64]] = []
    tried = beaten = 0
    while tried < replicates and (stop is None or beaten < stop):
        part = np.zeros(min(BATCH, replicates - tried))
        _scan.replicates(*city, seed, tried, wanted[-1], wanted[0], part)
        tried += len(part)
        beaten += int((part >= wanted[0]).sum())
        parts.append(part)
    highest = np.concatenate(parts)
    if stop is not None and beaten >= stop:
        highest = highest[: np.flatnonzero(highest >= wanted[0])[stop - 1] + 1]
    return highest


def _p(highest: NDArray[np.float64], wanted: float, stop: int | None) -> float:
    beaten = int((highest >= wanted).sum())
    if stop is not None and beaten >= stop:
        return beaten / len(highest)
    return (beaten + 1) / (len(highest) + 1)


def _counts(zones: Zones, events: Events, centre: int, zone: int, window: int) -> tuple[int, float]:
    """How many events a cylinder has, and how many are expected of it."""
    inside = np.zeros(len(zones.order), bool)
    inside[zones.order[centre, :zone]] = True
    where, lately = inside[events.cell], events.age < window
    kinds = np.unique(events.kind)
    expected = sum(
        float((where & (events.kind == k)).sum())
        * float((lately & (events.kind == k)).sum())
        / (events.kind == k).sum()
        for k in kinds
    )
    return int((where & lately).sum()), float(expected)
