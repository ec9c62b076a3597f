"""How often the interval of an audit covers the truth: simulated districts, each drawn, judged and estimated once.

    .venv/bin/python -m bench.audit_coverage [DISTRICTS]

Each district has closed cases by street, category and body, and a rate truly solved that differs by all three and is
known here. Printed for the whole and for single streets, categories and bodies: how often the interval covers it.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

from wangge.reports.audit.drawing import STRATA, Target, draw
from wangge.reports.audit.estimating import rate_among

RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
STREETS, CATEGORIES, BODIES = 6, 12, 20

KINDS: dict[str, tuple[int, int, float, float]] = {
    # name: closed cases, drawn, usual rate solved, how much it differs (log-odds)
    "the reference district": (10_732, 300, 0.92, 0.7),
    "half is fixed": (10_732, 300, 0.55, 0.7),
    "bodies differ much": (10_732, 400, 0.85, 2.0),
    "small": (800, 150, 0.9, 0.7),
    "nearly all is fixed": (5_000, 200, 0.985, 0.5),
}

DOMAINS: dict[str, Callable[[Target], bool]] = {
    "all": lambda _: True,
    "a street": lambda one: one.cell == "s1",
    "a category": lambda one: one.category == "c1",
    "a body": lambda one: one.organisations == (1,),
}


def district(
    random: np.random.Generator, cases: int, usual: float, differing: float
) -> tuple[list[Target], list[bool]]:
    """Closed cases, and whether each is truly solved."""
    sizes = [random.dirichlet(np.full(n, 2.0)) for n in (STREETS, CATEGORIES, BODIES)]
    picked = [random.choice(len(share), cases, p=share) for share in sizes]
    odds = np.log(usual / (1 - usual)) + sum(
        random.normal(0, differing / np.sqrt(3), len(share))[at] for share, at in zip(sizes, picked, strict=True)
    )
    solved = random.random(cases) < 1 / (1 + np.exp(-odds))
    street, category, body = (one.tolist() for one in picked)
    targets = [
        Target(n + 1, RECEIVED, f"s{street[n]}", f"c{category[n]}", (body[n],) if body[n] else ()) for n in range(cases)
    ]
    return targets, solved.tolist()


def covered(seed: int, cases: int, size: int, usual: float, differing: float) -> Iterator[tuple[str, bool, float]]:
    """One district drawn and judged: of what, whether its truth is covered, and how wide the interval is."""
    random = np.random.default_rng(seed)
    targets, truth = district(random, cases, usual, differing)
    strata, drawn = draw(targets, STRATA, size, seed)
    whole, at = [one.cases for one in strata], [one.stratum for one in drawn]
    good = [truth[one.target.id - 1] for one in drawn]
    for name, holds in DOMAINS.items():
        true = [truth[one.id - 1] for one in targets if holds(one)]
        rate = rate_among(whole, at, good, [holds(one.target) for one in drawn])
        if rate.low is not None and rate.high is not None and true:
            yield name, rate.low - 1e-12 <= sum(true) / len(true) <= rate.high + 1e-12, rate.high - rate.low


def coverage(districts: int, kind: str, cases: int | None = None) -> dict[str, tuple[float, float]]:
    """The share of intervals that cover the truth, and their mean width, by what they are of.

    Parameters
    ----------
    cases : closed cases of a district, where they are not those of its kind.
    """
    usual, size, rate, differing = KINDS[kind]
    found: dict[str, list[tuple[bool, float]]] = {}
    for seed in range(districts):
        for name, hit, width in covered(seed, cases or usual, size, rate, differing):
            found.setdefault(name, []).append((hit, width))
    return {name: tuple(np.mean(some, axis=0).tolist()) for name, some in found.items()}


def main() -> None:
    districts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for kind in KINDS:
        told = coverage(districts, kind)
        print(f"{kind:24}", "  ".join(f"{name} {hit:.1%} (±{width / 2:.1%})" for name, (hit, width) in told.items()))


if __name__ == "__main__":
    main()
