"""Judges the reports of a year: what clusters lately, what lies where, and what could not have been seen. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.findings.emergence import Emergence, emergence
from wangge.patterns.findings.evidence import Gathered, Ground
from wangge.patterns.statistics.merging import UNKNOWN, first_of_sessions, fresh, sessions
from wangge.patterns.statistics.neighbourhoods import Neighbourhoods, against_others, against_share
from wangge.patterns.statistics.power import critical_score, smallest_excess
from wangge.patterns.statistics.scan import Events, null_scores, scan

__all__ = ["BASELINE_DAYS", "LEAST_SESSIONS", "Finding", "Judgement", "Unseen", "judge"]

BASELINE_DAYS = 90
LONGEST_DAYS = 28
LEAST_SESSIONS = 100
"""Sessions of a category in the baseline under which it is not scanned."""
LEVEL = 0.05
RESOLUTION = 5
"""Arrangements for each one that chance may let pass, so that p is known where the alarm is decided."""
MOST_WHERE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """A cluster: `cells` are positions in the grid's leaves, days are ages before the last. See tables.FindingRow."""

    kind: str
    against: str
    patrols: bool
    category: str
    cells: NDArray[np.int64]
    centre: int
    first_age: int
    observed: int
    expected: float
    p: float
    cases: NDArray[np.int64]
    reporters: int
    unknown: int
    gap_s: float | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Of a category, what the scan would have seen: `least` sessions in four weeks in a neighbourhood of five where
    `expected` are usual. `least` is None where there were too few data to look at all."""

    category: str
    patrols: bool
    sessions: int
    expected: float
    least: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a look came to. Chance alone raises an alarm of the kind "lately" on one day in a year."""

    findings: list[Finding]
    unseen: list[Unseen]
    sessions: int
    tests: int
    seed: int
    emergence: Emergence


@dataclass(frozen=True, slots=True)
class _Year:
    """The reports, and the first of each session: positions among the reports."""

    given: Gathered
    first: NDArray[np.int64]

    def of(self, category: int, patrols: bool, days: int) -> NDArray[np.int64]:
        """First reports of the sessions of a category in some last days."""
        g, f = self.given, self.first
        found: NDArray[np.int64] = f[(g.category[f] == category) & (g.patrols[f] == patrols) & (g.age[f] < days)]
        return found


def judge(given: Gathered, ground: Ground, seed: int) -> Judgement:
    """The findings of the year up to the last day.

    A category is scanned for the last four weeks against the ninety days that end with them, residents' reports and
    finds of patrols apart; where they lie is tested over the year. Repeats and sessions are one first.
    """
    kept = np.flatnonzero(fresh(given.filed))
    year = _Year(given, kept[first_of_sessions(sessions(given.filed.at_positions(kept)))])
    groups = [(c, p) for c in range(len(given.categories)) for p in (False, True)]
    enough = [g for g in groups if len(year.of(*g, BASELINE_DAYS)) >= LEAST_SESSIONS]
    findings: list[Finding] = []
    unseen: list[Unseen] = []
    for group in groups:
        if group in enough:
            found, could = _lately(year, ground, group, seed, len(enough))
            findings += found
            unseen.append(could)
        elif len(few := year.of(*group, BASELINE_DAYS)):
            expected = _usual(len(few), ground)
            unseen.append(Unseen(given.categories[group[0]], group[1], len(few), expected, None))
        findings += _where(year, ground, group)
    return Judgement(findings, unseen, len(year.first), len(enough), seed, emergence(given, year.first, ground))


def _lately(
    year: _Year, ground: Ground, group: tuple[int, bool], seed: int, tests: int
) -> tuple[list[Finding], Unseen]:
    """What clusters lately, so surely that all categories together alarm by chance once a year."""
    of, alarm = year.of(*group, BASELINE_DAYS), 1 / (tests * 365)
    events = Events.of(year.given.cell[of], year.given.age[of])
    found = scan(
        ground.zones,
        events,
        days=LONGEST_DAYS,
        replicates=RESOLUTION * tests * 365 - 1,
        seed=seed + 2 * group[0] + group[1],
    )
    findings = []
    for one in found.clusters:
        if one.p <= alarm:
            inside = _reports(year, group, one.cells, one.days)
            findings.append(
                _finding(
                    year,
                    "lately",
                    "rhythm",
                    group,
                    one.cells,
                    one.centre,
                    one.days - 1,
                    one.observed,
                    one.expected,
                    one.p,
                    inside,
                )
            )
    critical = critical_score(null_scores(ground.zones, events, days=LONGEST_DAYS, seed=seed), alarm)
    expected = _usual(len(of), ground)
    could = Unseen(year.given.categories[group[0]], group[1], len(of), expected, smallest_excess(expected, critical))
    return findings, could


def _usual(n: int, ground: Ground) -> float:
    """Sessions that four weeks usually bring to a cell and four others."""
    return n * LONGEST_DAYS / BASELINE_DAYS * min(1.0, 5 / len(ground.zones.order))


def _where(year: _Year, ground: Ground, group: tuple[int, bool]) -> Iterator[Finding]:
    """Neighbourhoods with more than their share, the surest first, none overlapping."""
    of, n = year.of(*group, 365), len(ground.neighbours)
    if not len(of):
        return
    given = year.given
    counts = np.bincount(given.cell[of], minlength=n)
    tested: Neighbourhoods
    if ground.households is not None and not group[1]:
        against, tested = "households", against_share(counts, ground.households, ground.neighbours)
    else:
        same = year.first[given.patrols[year.first] == group[1]]
        others = np.bincount(given.cell[same], minlength=n) - counts
        against, tested = "reports", against_others(counts, others, ground.neighbours)
    sure = np.flatnonzero(np.nan_to_num(tested.q, nan=1.0) <= LEVEL)
    taken, told, oldest = np.zeros(n, bool), 0, int(given.age.max())  # not a year where reports began later
    for i in sure[np.argsort(tested.p[sure], kind="stable")]:
        cells = np.append([i], ground.neighbours.of(int(i))).astype(np.int64)
        if taken[cells].any() or told == MOST_WHERE:
            continue
        taken[cells] = True
        told += 1
        inside = _reports(year, group, cells, 365)
        observed, expected = int(tested.observed[i]), float(tested.expected[i])
        yield _finding(
            year, "where", against, group, cells, int(i), oldest, observed, expected, float(tested.q[i]), inside
        )


def _reports(year: _Year, group: tuple[int, bool], cells: NDArray[Any], days: int) -> NDArray[np.int64]:
    """All reports of a category in some cells and last days, repeats among them."""
    g = year.given
    inside = np.isin(g.cell, cells) & (g.age < days) & (g.category == group[0]) & (g.patrols == group[1])
    return np.flatnonzero(inside)


def _finding(
    year: _Year,
    kind: str,
    against: str,
    group: tuple[int, bool],
    cells: NDArray[Any],
    centre: int,
    first_age: int,
    observed: int,
    expected: float,
    p: float,
    inside: NDArray[np.int64],
) -> Finding:
    g = year.given
    who, at = g.filed.reporter[inside], g.filed.at[inside]
    known = who[who != UNKNOWN]
    gap = float(np.median(np.diff(at))) if len(at) > 1 else None
    return Finding(
        kind,
        against,
        group[1],
        g.categories[group[0]],
        cells.astype(np.int64),
        centre,
        first_age,
        observed,
        expected,
        p,
        g.id[inside],
        len(np.unique(known)),
        int((who == UNKNOWN).sum()),
        gap,
    )
