"""Reads reports from the database as rows of columns, all of one moment."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError
from wangge.patterns.columns import queries
from wangge.patterns.columns.layout import EPOCH, Rows
from wangge.patterns.columns.manifest import CellEntry, Manifest
from wangge.patterns.columns.places import Places
from wangge.reports.feed.events import Mark, standing
from wangge.store.engine import AsyncConnection
from wangge.store.grids.loading import NoEdition
from wangge.store.records import array_of

__all__ = [
    "Beyond",
    "Dictionaries",
    "Source",
    "TooMany",
    "is_for",
    "read_flags",
    "read_months",
    "read_places",
    "read_reports",
    "read_rows",
    "read_source",
]

MOST_CODES = 256
_KINDS = ("i8", "i8", "i8", "i8", "i4", "i4", "i4", "i4", "f8", "f8")
_FROM_2000 = int((np.datetime64("2000-01-01", "D") - EPOCH).astype(int))
_DAY_US = 86_400_000_000


class TooMany(WanggeError):
    """A territory has more categories, or ways to stand, than a byte tells apart. Facts: `what`, `count`."""

    kind = "too-many-codes"


class Beyond(WanggeError):
    """A report lies where no place is numbered, or in a time that no day is: the columns are made anew."""

    kind = "beyond-columns"


class Source(NamedTuple):
    """What columns are made for; where one of these differs, they are made anew."""

    edition: int
    hash: str
    timezone: str
    regrids: int
    categories: list[str]


@dataclass(slots=True)
class Dictionaries:
    """What codes stand for, growing: a code once given keeps its meaning."""

    categories: list[str] = field(default_factory=list)
    flags: list[tuple[str, str, str]] = field(default_factory=list)
    cells: list[CellEntry] = field(default_factory=list)

    @classmethod
    def of(cls, manifest: Manifest) -> "Dictionaries":
        """Those of a generation, to go on with."""
        return cls(list(manifest.categories), list(manifest.flags), list(manifest.cells))

    def differs(self, manifest: Manifest) -> bool:
        """Whether there are codes that the manifest does not know."""
        return (self.categories, self.flags, self.cells) != (manifest.categories, manifest.flags, manifest.cells)

    def add(self, categories: list[str], flags: list[tuple[str, str, str]]) -> None:
        """Give codes to what has none. Raises TooMany."""
        self.categories += [code for code in categories if code not in self.categories]
        self.flags += sorted(set(flags) - set(self.flags))
        for what, codes in (("categories", self.categories), ("flags", self.flags)):
            if len(codes) > MOST_CODES:
                raise TooMany(what=what, count=len(codes))

    def cell_codes(self, assigned: NDArray[np.int64], here: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The codes of n pairs of cells; pairs that have none are given one."""
        pairs, at = np.unique(np.stack((assigned, here)), axis=1, return_inverse=True)
        known = {entry: code for code, entry in enumerate(self.cells)}
        codes = []
        for entry in zip(*pairs.tolist(), strict=True):
            if entry not in known:
                known[entry] = len(self.cells)
                self.cells.append(entry)
            codes.append(known[entry])
        return np.array(codes, np.uint32)[at.ravel()]

    def parameters(self) -> dict[str, list[str]]:
        """As the queries take them."""
        states, urgencies, sources = (
            (list(column) for column in zip(*self.flags, strict=True)) if self.flags else ([],) * 3
        )
        return {"categories": self.categories, "states": states, "urgencies": urgencies, "sources": sources}


async def read_source(connection: AsyncConnection, territory: str) -> tuple[Source, Mark]:
    """What columns of a territory are to be made for, and the end of the feed. Raises NoEdition."""
    row = await (await connection.execute(queries.TERRITORY, {"territory": territory})).fetchone()
    if row is None:
        raise NoEdition(territory=territory)
    return Source(*row), (await standing(connection)).newest


def is_for(manifest: Manifest, source: Source) -> bool:
    """Whether columns are of what the territory is now."""
    made_for = (manifest.edition, manifest.hash, manifest.timezone, manifest.regrids)
    return made_for == (source.edition, source.hash, source.timezone, source.regrids)


async def read_flags(connection: AsyncConnection, territory: str) -> list[tuple[str, str, str]]:
    """How the reports of a territory stand: state, urgency, source."""
    return await (await connection.execute(queries.FLAGS, {"territory": territory})).fetchall()


async def read_places(connection: AsyncConnection, territory: str) -> Places:
    """The numbering that has room for the cells and reports of a territory. Raises TooLarge."""
    boxes = []
    for query in (queries.EXTENT, queries.REPORTS_EXTENT):
        row = await (await connection.execute(query, {"territory": territory})).fetchone()
        if row and row[0] is not None:
            boxes.append(row)
    west, south, east, north = (
        of(column) for of, column in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    return Places.of(west, south, east, north)


async def read_months(
    connection: AsyncConnection, territory: str, source: Source, places: Places, codes: Dictionaries
) -> AsyncIterator[tuple[str, Rows]]:
    """The reports of each month, in the order of the months; those without any are left out."""
    parameters = await _parameters(connection, territory, source)
    for (month,) in await (await connection.execute(queries.MONTHS, parameters)).fetchall():
        rows = await read_month(connection, parameters, month, places, codes)
        if len(rows.id):
            yield f"{month:%Y-%m}", rows


async def read_month(
    connection: AsyncConnection, parameters: Mapping[str, Any], month: date, places: Places, codes: Dictionaries
) -> Rows:
    """The reports of a month."""
    return await _rows(connection, queries.ROWS_OF_MONTH, {**parameters, "month": month}, places, codes)


async def read_reports(
    connection: AsyncConnection,
    territory: str,
    source: Source,
    places: Places,
    codes: Dictionaries,
    stretch: tuple[int, int],
) -> tuple[NDArray[np.int64], Rows]:
    """Ids of the reports that changed after a position up to another, and these as they stand; of what is gone no row.

    Raises
    ------
    Beyond, TooMany
    """
    where = {"territory": territory, "after": stretch[0], "last": stretch[1]}
    found = await (await connection.execute(queries.PENDING, where)).fetchall()
    if not found:
        return np.empty(0, np.int64), Rows.none()
    ids = np.array(sorted(report for report, _ in found), np.int64)
    return ids, await read_rows(connection, territory, source, places, codes, found)


async def read_rows(
    connection: AsyncConnection,
    territory: str,
    source: Source,
    places: Places,
    codes: Dictionaries,
    reports: Sequence[tuple[Any, ...]],
) -> Rows:
    """Reports, by id and time of receipt, as they stand; of what is gone no row. Raises Beyond, TooMany."""
    ids, times = (list(column) for column in zip(*reports, strict=True))
    parameters = {**await _parameters(connection, territory, source), "ids": ids, "times": times}
    return await _rows(connection, queries.ROWS_OF_REPORTS, parameters, places, codes)


async def _parameters(connection: AsyncConnection, territory: str, source: Source) -> dict[str, Any]:
    row = await (await connection.execute(queries.LEAF, {"edition": source.edition})).fetchone()
    leaf = row[0] if row else 0
    return {"territory": territory, "zone": source.timezone, "edition": source.edition, "leaf": leaf}


async def _rows(
    connection: AsyncConnection, query: str, parameters: Mapping[str, Any], places: Places, codes: Dictionaries
) -> Rows:
    """The rows of a query; what has no code yet is given one. Raises Beyond, TooMany."""
    cursor = await connection.execute(query, {**parameters, **codes.parameters()}, binary=True)
    answer = cursor.pgresult
    assert answer is not None  # noqa: S101 - an aggregate always answers
    columns = [array_of(answer.get_value(0, at), kind) for at, kind in enumerate(_KINDS)]
    ids, local, assigned, here, category, flags, x, y, lon, lat = columns
    if len(ids) and min(category.min(), flags.min()) < 0:
        known = len(codes.categories), len(codes.flags)
        source, _ = await read_source(connection, parameters["territory"])
        codes.add(source.categories, await read_flags(connection, parameters["territory"]))
        if known == (len(codes.categories), len(codes.flags)):
            raise TooMany(what="codes", count=MOST_CODES)
        return await _rows(connection, query, parameters, places, codes)
    place = places.number(x, y)
    days = local // _DAY_US + _FROM_2000
    if place is None or (len(days) and (days.min() < 0 or days.max() > 65535)):
        raise Beyond
    hour = days % 7 * 24 + local % _DAY_US // 3_600_000_000  # the first day was a Monday
    cell = codes.cell_codes(assigned, here) if len(ids) else np.empty(0, np.uint32)
    kinds = (
        place,
        days.astype("u2"),
        hour.astype("u1"),
        category.astype("u1"),
        flags.astype("u1"),
        cell,
        ids,
        lon,
        lat,
    )
    return Rows(*kinds)
