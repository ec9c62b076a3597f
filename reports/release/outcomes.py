"""What became of cases, as it was published: how many there were, and how many were closed within so many days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from wangge.reports.release import queries
from wangge.reports.release.periods import About
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["DAYS", "Outcomes", "outcomes_of", "shares_of"]

DAYS = (1, 3, 7, 14, 30)
"""Spans that are told, of 24 hours each, from when a case was received to when it was closed."""

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was published of the newest months, at most twelve.

    Attributes
    ----------
    since, until : the first day and the day after the last; None where nothing was published.
    step : what the months' counts are multiples of.
    edition : label of the edition whose cells are told of.
    level, code : the cell that is told of, or None for the whole territory.
    finest : key of the level of the smallest cells that are told of; None where that is the whole territory.
    counts : by what is counted and its code, then by days; 0 days are all cases.
    """

    since: date | None
    until: date | None
    step: int | None
    edition: str | None
    level: str | None
    code: str | None
    finest: str | None
    counts: Mapping[tuple[str, str], Mapping[int, int]]


async def outcomes_of(connection: AsyncConnection, territory: str, path: Mapping[str, str], edition: int) -> Outcomes:
    """What was published of a territory, or of the smallest published cell of a path.

    Parameters
    ----------
    path : codes by level, from the top, of a cell and those above it; empty for the whole territory.
    edition : whose cells those are. Where what was published tells of another's, a cell that is not the same place
        there is answered as the smallest above it that is.
    """
    about = {"territory": territory, "months": MONTHS}
    months = await named_rows(connection, queries.OUTCOMES_UNTIL, about)
    if not months:
        return Outcomes(None, None, None, None, None, None, None, {})
    newest = months[0]
    deepest = newest.finest.get(About.CATEGORY.value, 0)
    finest = newest.levels[deepest - 1] if deepest else None
    level = None
    for depth, key in enumerate(newest.levels[:deepest]):
        if key in path and (
            edition == newest.edition_id
            or await first_value(
                connection,
                queries.SAME_PLACE,
                {"told": newest.edition_id, "told_level": depth, "code": path[key]}
                | {"asked": edition, "asked_level": list(path).index(key)},
            )
        ):
            level = key
    code = path[level] if level else None
    # Months that do not tell of this edition's cells are not said to have been looked at.
    looked = [one for one in months if level is None or one.edition_id == newest.edition_id]
    since = looked[-1].since
    depth = newest.levels.index(level) + 1 if level else 0
    where = {"edition": newest.edition_id, "depth": depth, "code": code or "", "since": since, "until": newest.until}
    rows = await (await connection.execute(queries.OUTCOMES_OF_CELL, about | where)).fetchall()
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for kind, value, days, count in rows:
        counts.setdefault((kind, value), {})[days] = count
    step = max(one.step for one in looked)
    return Outcomes(since, newest.until, step, newest.edition, level, code, finest, counts)


def shares_of(counts: Mapping[int, int], days: Sequence[int] = DAYS) -> dict[str, Any]:
    """Cases and those closed within each span, as an answer tells them.

    Each count was rounded by itself. A longer span has no fewer than a shorter, and none more than there are cases:
    made so from what was published alone, which tells nothing more.
    """
    cases = counts.get(0, 0)
    within = accumulate((min(counts.get(span, 0), cases) for span in days), max)
    return {"cases": cases, "within": list(within)}
