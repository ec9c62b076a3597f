"""Counts by the columns, for whoever may see what of a territory."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from wangge.access.person import Scope
from wangge.access.scope import as_json, scope_as_facts
from wangge.geo.grid import Grid
from wangge.patterns.columns.counting import Counts, Question, Wanted, count
from wangge.patterns.columns.layout import CHANGE, EPOCH
from wangge.patterns.columns.overlay import as_changes, standing
from wangge.patterns.columns.reading import Beyond, Dictionaries, TooMany, is_for, read_rows, read_source
from wangge.patterns.columns.shelf import Columns, Shelf
from wangge.patterns.counts import queries
from wangge.patterns.counts.asked import HOURS, Asked, By, Counted, Filter, Source, Why
from wangge.patterns.counts.by_database import leaves_of
from wangge.store.engine import AsyncConnection

__all__ = ["Seen", "count_in_columns", "seen_by", "total_of", "usable", "why_not"]

BEHIND_S = 3.0
"""How long the first event that the columns do not know may have been in the feed."""

MANY_CASES = 1_000
"""Cases of a scope from which on they are looked for in the columns: the database would read each of them."""

K = TypeVar("K")
_DAYS = frozenset({By.DAY, By.WEEK, By.MONTH})


class Seen(NamedTuple):
    """What of the columns somebody sees: reports assigned to these base grids, and besides them these reports."""

    leaves: frozenset[int] | None
    others: NDArray[np.void] | None


async def why_not(connection: AsyncConnection, columns: Columns, grid: Grid) -> Why | None:
    """Why the columns must not answer now; None where they may."""
    source, newest = await read_source(connection, grid.territory)
    if not is_for(columns.generation.manifest, source) or source.edition != grid.edition_id:
        return Why.OUTDATED
    if newest == columns.mark:
        return None
    where = {"position": columns.mark.position}
    row = await (await connection.execute(queries.FEED_AFTER, where)).fetchone()
    return Why.BEHIND if row is None or row[0] > BEHIND_S or newest.position < columns.mark.position else None


async def usable(connection: AsyncConnection, shelf: Shelf, grid: Grid) -> Columns | None:
    """The columns of a territory, where they may answer now."""
    columns = shelf.columns(grid.territory)
    return columns if columns is not None and await why_not(connection, columns, grid) is None else None


async def total_of(connection: AsyncConnection, shelf: Shelf, grid: Grid) -> tuple[int, date | None] | None:
    """How many reports a territory has and the local day of the newest; None where the columns may not answer."""
    columns = await usable(connection, shelf, grid)
    asked = Asked(Scope(grid.territory, None), Filter(), frozenset({By.DAY}))
    counted = await count_in_columns(connection, columns, asked) if columns else None
    return None if counted is None else (counted.total, max(counted.days or {}, default=None))


async def count_in_columns(
    connection: AsyncConnection,
    columns: Columns,
    asked: Asked,
    seen: Seen | None = None,
    tile: tuple[int, int, int] | None = None,
) -> Counted | None:
    """Count the reports of a question in the columns; None where these do not know a word that the scope needs.

    The connection says what lies in a scope; for the whole territory it is not asked.

    Parameters
    ----------
    seen : what `seen_by` says of the scope, where it is known already.
    tile : only what lies in this one, of a zoom at which tiles are ranges of places.
    """
    wanted_leaves = await leaves_of(connection, asked.scope.territory, asked.filter.cells)
    seen = seen or await seen_by(connection, columns, asked.scope)
    if seen is None:
        return None
    leaves = seen.leaves
    if wanted_leaves is not None:
        leaves = frozenset(wanted_leaves) if leaves is None else leaves & frozenset(wanted_leaves)
    question = replace(_question(asked.filter, leaves), tile=tile)
    others = seen.others
    if others is not None and wanted_leaves is not None:
        assigned = columns.generation.codes.assigned[others["cell"]]
        others = others[np.isin(assigned, wanted_leaves)]
    found = await asyncio.to_thread(count, columns.generation, columns.changes, question, _wanted(asked), others)
    return _counted(columns, asked, found)


async def seen_by(connection: AsyncConnection, columns: Columns, scope: Scope) -> Seen | None:
    """What of the columns a scope shows; None where they do not know a word that its cases need."""
    facts = scope_as_facts(scope)
    if facts is None:
        return Seen(None, None)
    territory = scope.territory
    leaves = frozenset(await leaves_of(connection, territory, scope.cells) or ())
    where = {"territory": territory, "seen": as_json(scope)}
    row = await (await connection.execute(queries.CASES_OF_SCOPE, where)).fetchone()
    ids: list[int] = row[0] if row else []
    if len(ids) > MANY_CASES:
        others = await asyncio.to_thread(standing, columns.generation, columns.changes, np.array(ids, np.int64))
    elif (read := await _read(connection, columns, territory, ids)) is not None:
        others = read
    else:
        return None
    outside = ~np.isin(columns.generation.codes.assigned[others["cell"]], np.fromiter(leaves, np.int64, len(leaves)))
    return Seen(leaves, others[outside])


async def _read(
    connection: AsyncConnection, columns: Columns, territory: str, ids: list[int]
) -> NDArray[np.void] | None:
    """Reports by their ids as the database has them; None where the columns do not know a word that they need."""
    where = {"territory": territory, "ids": ids}
    cases = await (await connection.execute(queries.CASES, where)).fetchall() if ids else []
    if not cases:
        return np.empty(0, CHANGE)
    manifest = columns.generation.manifest
    codes = Dictionaries.of(manifest)
    source, _ = await read_source(connection, territory)
    try:
        rows = await read_rows(connection, territory, source, manifest.places, codes, cases)
    except (Beyond, TooMany):
        return None
    return None if codes.differs(manifest) else as_changes(rows, 1)


def _question(wanted: Filter, leaves: frozenset[int] | None) -> Question:
    return Question(
        since=wanted.since,
        until=wanted.until,
        categories=wanted.categories,
        states=wanted.states,
        urgencies=wanted.urgencies,
        sources=wanted.sources,
        hours=wanted.week_hours,
        cells=leaves,
        area=wanted.area,
    )


def _wanted(asked: Asked) -> Wanted:
    by = asked.by
    return Wanted(
        bins=asked.zoom if By.BIN in by else None,
        cells=By.CELL in by,
        days=bool(_DAYS & by),
        categories=By.CATEGORY in by,
        hours=By.HOUR in by,
        flags=By.STATE in by,
    )


def _counted(columns: Columns, asked: Asked, found: Counts) -> Counted:
    manifest, by = columns.generation.manifest, asked.by
    counted = Counted(found.total, Source.COLUMNS, mark=str(columns.mark), bins=found.bins)
    if By.CELL in by and found.cells is not None:
        here = columns.generation.codes.here
        at = np.flatnonzero(found.cells)
        counted.cells = _summed(zip(here[at].tolist(), found.cells[at].tolist(), strict=True))
        counted.cells.pop(0, None)
    if found.days is not None:
        at = np.flatnonzero(found.days)
        days = (EPOCH + (at + found.first_day).astype("timedelta64[D]")).tolist()
        counted.days = dict(zip(days, found.days[at].tolist(), strict=True))
    if found.categories is not None:
        counted.categories = _nonzero(manifest.categories, found.categories)
    if found.flags is not None:
        at = np.flatnonzero(found.flags)
        states = [manifest.flags[code][0] for code in at.tolist()]
        counted.states = _summed(zip(states, found.flags[at].tolist(), strict=True))
    if found.hours is not None:
        counted.hours = found.hours[:HOURS].tolist()
    return counted


def _summed(pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    sums: dict[K, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums


def _nonzero(names: list[str], counts: NDArray[np.uint32]) -> dict[str, int]:
    return {name: number for name, number in zip(names, counts.tolist(), strict=False) if number}
