"""How true "n of 10 within d days" is, as residents are told from rounded counts: python -m bench.outcomes

Cities of a year are drawn: so many cases, closed quickly or slowly or never; each month's counts, of all and of those
closed within each span, are rounded by chance, summed, and worded as `web/js/resident/outcomes.js` does: from so many
steps of cases on, counting so many steps fewer solved than were published.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SPANS, MONTHS, PARTS, MOST_OF = 5, 12, 10, 0.75
CITIES = 4000


class Told(NamedTuple):
    """Shares of the sentences that are told."""

    too_much: float
    two_parts_off: float
    another_span: float


def told(step: int, enough: int, less: int, random: np.random.Generator) -> Told:
    """What is wrong with the sentences of cities that have `enough` steps of cases, or little more."""
    found = []
    for _ in range(CITIES):
        cases = int(random.integers(enough * step, int(enough * step * 1.4) + 1))
        likely = np.cumsum(random.dirichlet(np.full(SPANS, 2.0)) * random.uniform(0.6, 1))
        span = np.searchsorted(likely, random.random(cases))
        month = random.integers(0, MONTHS, cases)
        of_all = _published(np.ones(cases, dtype=np.bool_), month, step, random)
        if of_all < enough * step:
            continue
        within = [min(_published(span <= at, month, step, random), of_all) for at in range(SPANS)]
        certain = np.maximum.accumulate(within) - less * step
        true = np.array([(span <= at).mean() for at in range(SPANS)])
        at, parts = _worded(certain / of_all)
        found.append((parts / PARTS > true[at], abs(parts - int(PARTS * true[at])) > 1, at != _worded(true)[0]))
    return Told(*np.mean(found, axis=0))


def _published(counted: NDArray[np.bool_], month: NDArray[np.int64], step: int, random: np.random.Generator) -> int:
    of_months = np.bincount(month[counted], minlength=MONTHS)
    return int(((of_months + random.integers(0, step, MONTHS)) // step * step).sum())


def _worded(shares: NDArray[np.float64]) -> tuple[int, int]:
    """The shortest span in which most are solved, or the longest, and so many parts of ten."""
    most = np.flatnonzero(shares >= MOST_OF)
    at = int(most[0]) if most.size else SPANS - 1
    return at, max(0, int(PARTS * shares[at]))


def main() -> None:
    """Print a line for each rule that was weighed."""
    random = np.random.default_rng(1)
    for step in (3, 5):
        for enough, less in ((10, 0), (20, 0), (40, 0), (20, 2), (30, 2), (40, 2)):
            shares = told(step, enough, less, random)
            print(
                f"step {step}, from {enough} steps on, {less} fewer: says more than is true {shares.too_much:.1%}, "
                f"two tenths off {shares.two_parts_off:.1%}, another span {shares.another_span:.1%}"
            )


if __name__ == "__main__":
    main()
