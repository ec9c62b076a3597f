"""Keeps the archive: months to which something happened are written anew, each whole, the index last.

A month is read in one snapshot that is later than the feed was read, so a file holds every event up to the index's
mark. Who is killed in between leaves the position where it was, and what was touched is written once more.
"""

import asyncio
import hashlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from wangge.access.scope import whole
from wangge.geo.files.geoparquet import write_geoparquet
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.bulk.archive import queries
from wangge.reports.bulk.archive.index import Index, Month, path_of
from wangge.reports.bulk.archive.shelf import Shelf
from wangge.reports.bulk.export.reports import BY_PLACE, report_layer
from wangge.reports.feed.events import Mark
from wangge.reports.feed.positions import enrol, touched
from wangge.reports.feed.sequencing import number_all
from wangge.reports.fields import FIELDS
from wangge.reports.listing.filters import ReportFilter
from wangge.reports.number import month_of
from wangge.store.engine import AsyncConnection, Connection, connect
from wangge.store.grids.loading import load_grid, published

__all__ = ["NAME", "Archive", "Done", "filter_of"]

NAME = "archive-by-month"
"""What the archive is called among those who follow the feed."""

ROW_GROUP = 20_000


class Done(NamedTuple):
    """What a step did: months written, and months of which nothing is left."""

    mark: Mark
    written: int
    removed: int


class _Left(Exception):
    """Who keeps the archive was told to end."""


class Archive:
    """The archive of one place.

    Parameters
    ----------
    address : a folder, or such as `s3://bucket/folder`.
    url : of the database.
    """

    def __init__(self, address: str, url: str) -> None:
        self.shelf = Shelf(address)
        self._url = url
        self._ends = threading.Event()

    async def step(self, connection: AsyncConnection, *, anew: bool = False, counted: bool = False) -> Done:
        """Bring the archive to the end of the feed. Where it cannot be trusted everything is made anew.

        Parameters
        ----------
        connection : in autocommit.
        anew : make everything anew.
        counted : count the reports of every month too, by which what went without an event is noticed.

        Raises
        ------
        ArchiveUnavailable
        """
        await enrol(connection, NAME)
        if anew:  # without a server nobody numbers what happened, and everything made now would be behind that
            await number_all(connection)
        async with touched(connection, NAME) as told:
            await connection.execute(queries.MAY_BE_IDLE)
            index = await asyncio.to_thread(self.shelf.index)
            # A place that was emptied, or put back to an earlier state, has not what the position says.
            trusted = index is not None and index.mark.position >= told.after.position and not told.anew
            if index is None or anew or not trusted:
                index, counted = Index(told.reached), True
            try:
                return await asyncio.to_thread(self._bring, index, told.months, told.reached, counted)
            except asyncio.CancelledError:
                self._ends.set()
                raise

    def _bring(self, index: Index, months: frozenset[tuple[str, str]], reached: Mark, counted: bool) -> Done:
        before = index.as_bytes()
        fresh = not index.months
        with connect(self._url, autocommit=True) as connection:
            codes = published(connection)
            there = set(self.shelf.paths()) if counted else set()
            written = removed = 0
            for code in codes:
                made_for = _made_for(connection, code)
                due = {month for territory, month in months if territory == code}
                if counted or index.made_for.get(code) != made_for:
                    due |= self._differing(connection, index, code, same=index.made_for.get(code) == made_for)
                gone = {month for month in index.of(code) if counted and index.months[code, month].path not in there}
                due |= gone
                grid = load_grid(connection, code) if due else None
                for month in sorted(due):
                    assert grid is not None  # noqa: S101 - it was loaded for this
                    held = None if month in gone else index.months.get((code, month))
                    kept = self._write(grid, month, reached, held)
                    if kept is not None:
                        index.months[code, month] = kept
                        written += 1
                    else:
                        removed += index.months.pop((code, month), None) is not None
                index.made_for[code] = made_for
        for code in index.made_for.keys() - set(codes):
            del index.made_for[code]
        index.months = {key: kept for key, kept in index.months.items() if key[0] in index.made_for}
        index.mark = reached
        if index.as_bytes() != before or fresh:
            index.written_at = datetime.now(UTC).isoformat(timespec="seconds")
            self.shelf.put_index(index)
        if counted or removed:
            for path in set(self.shelf.paths()) - {kept.path for kept in index.months.values()}:
                self.shelf.remove(path)
        return Done(reached, written, removed)

    def _differing(self, connection: Connection, index: Index, code: str, *, same: bool) -> set[str]:
        """Months that hold another number of cases than the index says, or cases of other versions; or all."""
        there = {month: told for month, *told in connection.execute(queries.MONTHS, {"territory": code})}
        kept = {month: [index.months[code, month].rows, index.months[code, month].versions] for month in index.of(code)}
        return {month for month in there.keys() | kept.keys() if not same or there.get(month) != kept.get(month)}

    def _write(self, grid: Grid, month: str, mark: Mark, before: Month | None) -> Month | None:
        """Write a month, unless the same is there; None where it has no reports (any more)."""
        path, tally = path_of(grid.territory, month), _Tally(self._ends)
        where = filter_of(grid.territory, month)
        with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
            file = Path(folder) / "reports.parquet"
            with report_layer(self._url, grid, where, whole(grid.territory), BY_PLACE) as layer:
                rows = write_geoparquet(tally.over(layer), file, ROW_GROUP)
            if not rows:
                return None
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if before is None or before.sha256 != digest:
                self.shelf.put(path, file)
            return Month(path, rows, tally.versions, file.stat().st_size, digest, str(mark))


class _Tally:
    """Sums the versions of cases on their way into a file, and gives up where the program ends."""

    def __init__(self, ends: threading.Event) -> None:
        self.versions = 0
        self._ends = ends

    def over(self, layer: Layer) -> Layer:
        return replace(layer, batches=self._counted(layer))

    def _counted(self, layer: Layer) -> Iterator[pa.RecordBatch]:
        for batch in layer:
            if self._ends.is_set():
                raise _Left
            self.versions += sum(batch.column("version").to_pylist())
            yield batch


def filter_of(territory: str, month: str) -> ReportFilter:
    """The reports of a month (UTC), such as 2025-06."""
    first, next_month = month_of(datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC))
    return ReportFilter(territory, since=first, until=next_month)


def _made_for(connection: Connection, territory: str) -> str:
    """A digest of what files depend on besides their cases: fields, edition, regrids, overlays."""
    told = connection.execute(queries.MADE_FOR, {"territory": territory}).fetchone()
    return hashlib.sha256(repr((told, FIELDS)).encode()).hexdigest()[:32]
