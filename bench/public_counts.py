"""What an attacker learns from published counts, and what they are good for: python -m bench.public_counts

A district's year (10,825 reports, 422 base grids in 66 communities, 12 months) is published by base grid and community,
by month and year, in three ways: small counts suppressed with a complement, counts rounded by chance, and counts with
the noise of a privacy budget of 1 for the year. Attacked are the base grids' months: which counts of one or two reports
follow exactly from the others (by bounds that are narrowed until nothing changes), and how often somebody who
knows all reports of a base grid's month but one, having filed some of them, learns for certain whether it is there.
"""

import argparse
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

REPORTS, GRIDS, COMMUNITIES, MONTHS = 10_825, 422, 66, 12
Counts = NDArray[np.int64]


class Bounds(NamedTuple):
    """What is known: at least and at most, by base grid and month, community and month, and their years."""

    least: list[Counts]
    most: list[Counts]


def a_year(random: np.random.Generator) -> tuple[list[Counts], Counts]:
    """True counts of base grids by month, communities by month, both by year; and the community of each base grid."""
    community = np.sort(random.integers(0, COMMUNITIES, GRIDS))
    weights = random.lognormal(0, 1.0, GRIDS)
    rate = np.outer(weights / weights.sum(), random.lognormal(0, 0.2, MONTHS))
    grids = random.multinomial(REPORTS, (rate / rate.sum()).ravel()).reshape(GRIDS, MONTHS)
    above = np.zeros((COMMUNITIES, MONTHS), dtype=np.int64)
    np.add.at(above, community, grids)
    return [grids, above, grids.sum(1, keepdims=True), above.sum(1, keepdims=True)], community


def suppressed(true: list[Counts], community: Counts, k: int) -> Bounds:
    """Counts under `k` are left out, zero too, and one more where a single one in its row would follow from the sum."""
    shown = [table >= k for table in true]
    for c in range(COMMUNITIES):
        rows = np.flatnonzero(community == c)
        for month in range(MONTHS):
            shown[0][rows, month] = _with_complement(shown[0][rows, month], true[0][rows, month])
    for grid in range(GRIDS):
        shown[0][grid] = _with_complement(shown[0][grid], true[0][grid])
    least = [np.where(show, table, 0) for show, table in zip(shown, true, strict=True)]
    most = [np.where(show, table, max(k - 1, int(table.max()))) for show, table in zip(shown, true, strict=True)]
    return Bounds(least, most)


def _with_complement(shown: NDArray[np.bool_], true: Counts) -> NDArray[np.bool_]:
    if (~shown).sum() == 1 and shown.any():
        shown[np.where(shown, true, np.iinfo(np.int64).max).argmin()] = False
    return shown


def rounded(true: list[Counts], k: int, random: np.random.Generator) -> tuple[Bounds, list[Counts]]:
    """Every count is rounded to a multiple of `k`, up or down by chance."""
    told = [(table + random.integers(0, k, table.shape)) // k * k for table in true]
    return Bounds([np.maximum(0, t - k + 1) for t in told], [t + k - 1 for t in told]), told


def narrow(bounds: Bounds, community: Counts) -> None:
    """Narrow what is known by every sum, until nothing changes."""
    least, most = bounds
    changed = True
    while changed:
        before = [table.copy() for table in (*least, *most)]
        for whole, parts, axis_of in ((1, 0, "community"), (2, 0, "month"), (3, 1, "month"), (3, 2, "community")):
            _narrow(bounds, whole, parts, axis_of, community)
        changed = any((a != b).any() for a, b in zip(before, (*least, *most), strict=True))


def _narrow(bounds: Bounds, whole: int, parts: int, axis_of: str, community: Counts) -> None:
    least, most = bounds
    groups = [np.flatnonzero(community == c) for c in range(COMMUNITIES)] if axis_of == "community" else None
    if groups is not None:
        for c, rows in enumerate(groups):
            low, high = least[parts][rows].sum(0), most[parts][rows].sum(0)
            least[whole][c], most[whole][c] = np.maximum(least[whole][c], low), np.minimum(most[whole][c], high)
            least[parts][rows] = np.maximum(least[parts][rows], least[whole][c] - (high - most[parts][rows]))
            most[parts][rows] = np.minimum(most[parts][rows], most[whole][c] - (low - least[parts][rows]))
        return
    low, high = least[parts].sum(1, keepdims=True), most[parts].sum(1, keepdims=True)
    least[whole], most[whole] = np.maximum(least[whole], low), np.minimum(most[whole], high)
    least[parts] = np.maximum(least[parts], least[whole] - (high - most[parts]))
    most[parts] = np.minimum(most[parts], most[whole] - (low - least[parts]))


def found_exactly(bounds: Bounds, true: Counts) -> int:
    """How many base grids' months of one or two reports are known exactly."""
    small = (true > 0) & (true < 3)
    return int((small & (bounds.least[0] == bounds.most[0])).sum())


def main() -> None:
    """Print the table of the decision."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    random = np.random.default_rng(options.parse_args().seed)
    true, community = a_year(random)
    small = int(((true[0] > 0) & (true[0] < 3)).sum())
    groups = random.binomial(true[1], 0.2)  # a community's month in one of five groups
    print(f"base grids' months with one or two reports: {small} of {true[0].size}")

    def off(told: Counts, of: Counts) -> str:
        some = of > 0
        return f"{np.median(np.abs(told - of)[some] / of[some]):.0%}"

    for k in (3, 5):
        left = suppressed(true, community, k)
        narrow(left, community)
        hidden = (true[0] < k).mean()
        print(
            f"suppressed under {k}: {found_exactly(left, true[0])} found exactly, insider certain always; hidden: "
            f"base grid's months {hidden:.0%}, community's month by group {(groups < k).mean():.0%}"
        )
        bounds, told = rounded(true, k, random)
        narrow(bounds, community)
        by_group = (groups + random.integers(0, k, groups.shape)) // k * k
        print(
            f"rounded to {k}: {found_exactly(bounds, true[0])} found exactly, insider certain {1 / k:.0%}; off: "
            f"base grid's year {off(told[2], true[2])}, community's month {off(told[1], true[1])}, "
            f"by group {off(by_group, groups)}, sum of base grids' months {abs(told[0].sum() / true[0].sum() - 1):.1%}"
        )
    # A report is in its base grid, community, street and city, by week, month and year, by kind: some 16 counts.
    scale = 16 / 1.0
    noise = [np.rint(random.laplace(0, scale, table.shape)).astype(np.int64) for table in (*true, groups)]
    print(
        f"budget of 1: 0 found exactly, insider never certain; base grid's year {off(true[2] + noise[2], true[2])}, "
        f"community's month {off(true[1] + noise[1], true[1])}, by group {off(groups + noise[4], groups)}"
    )


if __name__ == "__main__":
    main()
