"""How each synthetic report of the year goes on: who takes how much of which limit, and what happens on the way."""

import csv
import gzip
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from wangge.data import DATA
from wangge.demo.synthesis.files import write_packed
from wangge.demo.synthesis.plan import Floats, Plan
from wangge.demo.synthesis.territories import XINHUA

__all__ = ["COLUMNS", "courses", "courses_of"]

COLUMNS = (
    "external_id",
    "end",
    "incident",
    "urgent",
    "register",
    "dispatch",
    "accept",
    "handle",
    "verify",
    "close",
    "note",
    "words",
    "into",
    "lon",
    "lat",
    "confirmed",
    "satisfied",
)
LATE = {"register": 0.012, "dispatch": 0.008, "handle": 0.0, "verify": 0.006, "close": 0.004}
"""Share of the cases in which a step takes longer than its limit. Handling never does: that is what is claimed."""

URGENT = 0.05
RATED = 0.42
SATISFIED = 0.997
CONFIRMED = 0.66
NEAR_M = 120.0
TWIN_DAYS = 4


def courses(data: Path) -> None:
    """Write the courses of Xinhua's reports as CSV; the same bytes inside the gzip each time."""
    with gzip.open(DATA / "reports" / "xinhua_2025.csv.gz", "rt", encoding="utf-8", newline="") as file:
        reports = list(csv.DictReader(file))
    rows = courses_of(reports, XINHUA.plan, np.random.default_rng(XINHUA.seed + 1))
    write_packed(data / "reports" / "xinhua_2025_courses.csv.gz", COLUMNS, rows)


def courses_of(
    reports: list[dict[str, str]], plan: Plan, rng: np.random.Generator, share: float = 1.0
) -> Iterator[tuple[str, ...]]:
    """The courses of reports, in their order.

    Parameters
    ----------
    share : how many cases end otherwise than closed, beside the numbers of `course.toml`.
    """
    told = tomllib.loads((Path(__file__).parent / "course.toml").read_text(encoding="utf-8"))
    at = np.array([datetime.fromisoformat(report["occurred_at"]).timestamp() for report in reports])
    ground = plan.ground(np.array([(float(report["lon"]), float(report["lat"])) for report in reports]))
    wanted = {end: max(1, round(count * share)) for end, count in told["ends"].items()}
    ends, into = _ends(wanted, reports, at, ground, rng)
    names, weights = list(told["incidents"]), np.array(list(told["incidents"].values()))
    happens = rng.choice([*names, ""], len(reports), p=[*weights, 1 - weights.sum()])
    shares = {step: _shares(step, len(reports), rng) for step in LATE}
    for i, report in enumerate(reports):
        end = ends.get(i, "closed")
        incident = str(happens[i]) if end == "closed" else ""
        near = _neighbour(i, ground, rng) if incident == "relocated" else None
        words = told["words"].get(incident or end, [""])
        yield (
            report["external_id"],
            end,
            incident,
            "true" if rng.random() < URGENT else "",
            *(f"{shares[step][i]:.3f}" for step in ("register", "dispatch")),
            f"{rng.uniform(0.02, 0.25):.3f}",
            *(f"{shares[step][i]:.3f}" for step in ("handle", "verify", "close")),
            str(rng.choice(told["notes"][report["category"]])),
            str(rng.choice(words)),
            reports[into[i]]["external_id"] if i in into else "",
            *((reports[near]["lon"], reports[near]["lat"]) if near is not None else ("", "")),
            f"{rng.uniform(0.1, 6.0):.2f}" if rng.random() < CONFIRMED else "",
            ("true" if rng.random() < SATISFIED else "false") if rng.random() < RATED else "",
        )


def _shares(step: str, count: int, rng: np.random.Generator) -> Floats:
    """Which part of its limit a step takes: a third as a rule, seldom nearly all of it."""
    drawn = np.clip(rng.beta(1.6, 2.6, count), 0.02, 0.97)
    late = rng.random(count) < LATE[step]
    drawn[late] = rng.uniform(1.1, 3.0, late.sum())
    return drawn


def _ends(
    wanted: dict[str, int], reports: list[dict[str, str]], at: Floats, ground: Floats, rng: np.random.Generator
) -> tuple[dict[int, str], dict[int, int]]:
    """Which cases are not closed in the end, and for those that are merged the report that they double."""
    twins = _twins(reports, at, ground)
    doubles = [int(i) for i in rng.permutation(sorted(twins))]
    into: dict[int, int] = {}
    for i in doubles:
        if len(into) < wanted["merged"] and twins[i] not in into and i not in into.values():
            into[i] = twins[i]
    ends = dict.fromkeys(into, "merged")
    free = [int(i) for i in rng.permutation(len(reports)) if int(i) not in into and int(i) not in into.values()]
    for end, count in wanted.items():
        if end != "merged":
            ends |= dict.fromkeys((free.pop() for _ in range(count)), end)
    return ends, into


def _twins(reports: list[dict[str, str]], at: Floats, ground: Floats) -> dict[int, int]:
    """Reports with one of the same month just before them, at the same place and about the same."""
    found = {}
    kinds = np.array([f"{report['category']} {report['occurred_at'][:7]}" for report in reports])
    for i in range(len(reports)):
        first = max(i - 399, 0, int(np.searchsorted(at[:i], at[i] - TWIN_DAYS * 86400)))
        like = np.flatnonzero(kinds[first:i] == kinds[i]) + first
        near = like[np.hypot(*(ground[like] - ground[i]).T) < NEAR_M]
        if near.size:
            found[i] = int(near[-1])
    return found


def _neighbour(i: int, ground: Floats, rng: np.random.Generator) -> int:
    """A report from some hundred metres away, whose place is where the case really is."""
    away: Any = np.hypot(*(ground - ground[i]).T)
    return int(rng.choice(np.flatnonzero((away > 250) & (away < 900))))
