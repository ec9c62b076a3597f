"""Counts of a list by the columns, and by the database as far as these do not tell: what is open, and what is new."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.access.person import Scope
from wangge.geo.grid import Grid
from wangge.patterns.columns import queries as columns_queries
from wangge.patterns.columns.counting import Question, Wanted, count
from wangge.patterns.columns.layout import CHANGE
from wangge.patterns.columns.overlay import standing
from wangge.patterns.columns.shelf import Columns, Shelf
from wangge.patterns.counts import queries
from wangge.patterns.counts.asked import Filter
from wangge.patterns.counts.by_columns import Seen, seen_by, usable
from wangge.reports.case.lifecycle import ENDED
from wangge.reports.case.states import ENDED_CASE, OPEN_CASE
from wangge.reports.listing.counts import Summary, counted_rows, summary_of, summed_up
from wangge.reports.listing.filters import Matched, ReportFilter, looked_up_matching
from wangge.reports.listing.searching import is_small
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["summarise"]

MOST_CHANGED = 2_000
_TOLD = ("territory", "cell", "level", "zone", "categories", "states", "urgencies", "weekdays", "hours", "counted")
"""What of a filter columns tell reports by."""
_END = 2**62


async def summarise(
    connection: AsyncConnection, shelf: Shelf, grid: Grid, where: ReportFilter, scope: Scope
) -> Summary:
    """Counts of the cases in a scope that a filter lets through, as they stand now.

    Most have ended long ago: those the columns count. The database counts the open ones, of which it is asked too what
    is late; those of campaigns, which columns do not hold; and what has changed since these were brought up to date.

    Parameters
    ----------
    connection : it reads one moment (`store.engine.snapshot`), or what ends meanwhile would be in no count.
    """
    columns = None if is_small(grid, scope) or not _told(where) else await usable(connection, shelf, grid)
    changed = await _changed_since(connection, columns) if columns else None
    seen = await seen_by(connection, columns, scope) if columns and changed is not None else None
    if columns is None or changed is None or seen is None:
        return await summary_of(connection, where, scope)
    matched = await looked_up_matching(connection, where, scope)
    rows = await counted_rows(connection, matched.narrowed(f"report.{OPEN_CASE}"))
    ended = f"report.{ENDED_CASE} AND report.campaign"
    if changed:
        rows += await counted_rows(connection, matched.narrowed(f"{ended} IS NULL", changed))
    if not where.counted and await first_value(connection, queries.HAS_CAMPAIGNS, {"territory": where.territory}):
        rows += await counted_rows(connection, matched.narrowed(f"{ended} IS NOT NULL"))
    ids = np.array([key for key, _ in changed], np.int64)
    return summed_up(rows, *await asyncio.to_thread(_ended, columns, where, seen, matched, ids))


def _told(where: ReportFilter) -> bool:
    """Whether columns know what a filter asks for, and ended cases are among it."""
    others = (name for name in where.__slots__ if name not in _TOLD)
    return not where.only_open and not any(getattr(where, name) for name in others)


async def _changed_since(connection: AsyncConnection, columns: Columns) -> list[tuple[int, datetime]] | None:
    """Ids and times of what the columns do not know yet; None where that is much."""
    stretch = {"territory": columns.generation.manifest.territory, "after": columns.mark.position, "last": _END}
    query = f"{columns_queries.PENDING} LIMIT {MOST_CHANGED + 1}"
    found: list[tuple[int, datetime]] = await (await connection.execute(query, stretch)).fetchall()
    return found if len(found) <= MOST_CHANGED else None


def _ended(
    columns: Columns, where: ReportFilter, seen: Seen, matched: Matched, changed: NDArray[np.int64]
) -> tuple[Counter[str], Counter[str]]:
    """Ended cases by state and by category, but for those that have changed."""
    generation = columns.generation
    manifest, assigned = generation.manifest, generation.codes.assigned
    others = seen.others[~np.isin(seen.others["id"], changed)] if seen.others is not None else None
    leaves, within = seen.leaves, matched.values.get("cells_within")
    if within is not None:
        leaves = frozenset(within) if leaves is None else leaves & frozenset(within)
        others = others[np.isin(assigned[others["cell"]], within)] if others is not None else None
    gone = standing(generation, columns.changes, changed)
    gone["weight"] = -1
    hours = Filter(weekdays=_set(where.weekdays), hours=_set(where.hours)).week_hours
    question = Question(
        categories=_set(where.categories),
        states=frozenset(map(str, ENDED & set(where.states) if where.states else ENDED)),
        urgencies=_set(where.urgencies),
        hours=hours,
        cells=leaves,
    )
    changes = np.concatenate([columns.changes, gone], dtype=CHANGE)
    found = count(generation, changes, question, Wanted(categories=True, flags=True), others)
    by_state, by_category = Counter[str](), Counter[str]()
    if found.flags is not None and found.categories is not None:
        for (state, *_), number in zip(manifest.flags, found.flags.tolist(), strict=False):
            by_state[state] += number
        by_category.update(dict(zip(manifest.categories, found.categories.tolist(), strict=False)))
    return by_state, +by_category


def _set(values: tuple[Any, ...]) -> frozenset[Any] | None:
    return frozenset(values) or None
