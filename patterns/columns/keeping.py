"""Keeps the columns of a territory: builds them, follows the feed, compacts; one process of a machine at a time.

Everything is read in snapshots. A step takes the reports of the events up to the end of the feed, and of those that are
committed in the snapshot and have no position yet; so after it the columns are what the snapshot is, and every count
equals the database's there.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from wangge.patterns.columns.delta import Delta, create_delta
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.layout import CHANGE, Rows
from wangge.patterns.columns.manifest import Kept, Manifest, NoColumns, UnsoundColumns
from wangge.patterns.columns.overlay import Overlay
from wangge.patterns.columns.reading import (
    Beyond,
    Dictionaries,
    is_for,
    read_flags,
    read_months,
    read_places,
    read_reports,
    read_source,
)
from wangge.patterns.columns.writing import months_of, write_lists, write_segment
from wangge.reports.feed.events import Mark
from wangge.reports.feed.events import standing as feed_standing
from wangge.store.engine import AsyncConnection, snapshot

__all__ = ["Builder", "folder_of"]

log = structlog.get_logger(__name__)

COMPACT_FROM = 20_000
"""Changes from which on a generation is made new, or a five-hundredth of its rows if that is more."""


def folder_of(home: Path, territory: str) -> Path:
    """Where the columns of a territory lie."""
    return home / "columns" / territory


class _Kept(NamedTuple):
    """What is there: a generation, the changes that follow it, and what these come to."""

    generation: Generation
    delta: Delta
    overlay: Overlay


@dataclass(slots=True)
class Builder:
    """The columns of one territory, for the one process that keeps them.

    Parameters
    ----------
    folder : theirs alone.
    compact_from : changes from which on a generation is made new.
    """

    folder: Path
    territory: str
    compact_from: int = COMPACT_FROM
    kept: _Kept | None = None

    async def step(self, connection: AsyncConnection) -> None:
        """Bring the columns to a present moment; build them where they are missing or not to be trusted.

        Parameters
        ----------
        connection : in autocommit.

        Raises
        ------
        NoEdition, TooLarge, TooMany
        """
        if self.kept is None:
            await asyncio.to_thread(self._open)
        if self.kept is None or not await self._follow(connection, self.kept):
            await self.build(connection)
            return
        if len(self.kept.delta.changes) >= max(self.compact_from, self.kept.generation.manifest.rows // 500):
            await asyncio.to_thread(self.compact)

    async def build(self, connection: AsyncConnection) -> None:
        """Make the columns anew from the database, all of one moment. Raises NoEdition, TooLarge, TooMany."""
        started = time.monotonic()
        await asyncio.to_thread(self.folder.mkdir, 0o700, True, True)
        codes = Dictionaries()
        async with snapshot(connection):
            read_at = time.time()
            source, mark = await read_source(connection, self.territory)
            codes.add(source.categories, await read_flags(connection, self.territory))
            places = await read_places(connection, self.territory)
            segments = []
            async for month, rows in read_months(connection, self.territory, source, places, codes):
                sizes = (len(codes.cells), len(codes.categories))
                segments.append(await asyncio.to_thread(write_segment, self.folder, month, rows, *sizes))
        manifest = Manifest(
            territory=self.territory,
            generation=self._next(),
            edition=source.edition,
            hash=source.hash,
            timezone=source.timezone,
            regrids=source.regrids,
            mark=mark,
            read_at=read_at,
            places=places,
            categories=codes.categories,
            flags=codes.flags,
            cells=codes.cells,
            segments=segments,
            lists=None,
            delta=f"changes-{token_hex(6)}.log",
        )
        await asyncio.to_thread(self._publish, manifest)
        took = round(time.monotonic() - started, 2)
        log.info("columns built", territory=self.territory, reports=manifest.rows, seconds=took)

    def compact(self) -> None:
        """Put the changes into new segments of their months; those of other months stay."""
        assert self.kept is not None  # noqa: S101 - it has been opened
        generation, delta, overlay = self.kept
        before = generation.manifest
        rows, sizes = overlay.rows(), (len(before.cells), len(before.categories))
        months = months_of(rows).astype(str)
        segments: list[Kept] = []
        opened = {segment.kept.month: segment for segment in generation.segments}
        for month in sorted(opened.keys() | set(months.tolist())):
            fresh, kept = rows.take(months == month), opened.get(month)
            gone = overlay.gone_from(kept) if kept else np.empty(0, np.int64)
            if kept and not len(fresh.id) and not len(gone):
                segments.append(kept.kept)
                continue
            old = kept.rows() if kept else Rows.none()
            together = Rows.joined([old.take(np.isin(old.id, gone, invert=True)), fresh])
            if len(together.id):
                segments.append(write_segment(self.folder, month, together, *sizes))
        changes = f"changes-{token_hex(6)}.log"
        named: dict[str, Any] = {"segments": segments, "lists": None, "delta": changes, "generation": self._next()}
        self._publish(replace(before, mark=delta.mark, read_at=delta.read_at, **named))

    def check(self) -> None:
        """See that every file is what was written. Raises NoColumns, UnsoundColumns."""
        generation = Generation.open(self.folder, Manifest.read(self.folder))
        for segment in generation.segments:
            segment.check_cold()

    # ---- the files

    def _open(self) -> None:
        """Go on with what is there, if it can be trusted."""
        try:
            self.check()
            self._adopt(Generation.open(self.folder, Manifest.read(self.folder)))
        except NoColumns:
            pass
        except UnsoundColumns as error:
            log.warning("columns not sound, made anew", territory=self.territory, **error.facts)

    def _adopt(self, generation: Generation) -> None:
        manifest = generation.manifest
        delta = Delta(self.folder / manifest.delta, manifest.mark, manifest.read_at)
        delta.read()
        overlay = Overlay(generation)
        overlay.take(delta.changes)
        self.kept = _Kept(generation, delta, overlay)

    def _next(self) -> int:
        """A number that no generation had."""
        with suppress(NoColumns, UnsoundColumns):
            return Manifest.read(self.folder).generation + 1
        return time.time_ns()

    def _publish(self, manifest: Manifest) -> None:
        """Count the lists, write the manifest, leave what belongs to no generation any more."""
        before = self.kept.generation if self.kept else None
        lists = write_lists(self.folder, Generation.open(self.folder, manifest, before))
        manifest = replace(manifest, lists=lists)
        create_delta(self.folder / manifest.delta)
        manifest.write(self.folder)
        self._adopt(Generation.open(self.folder, manifest, before))
        for file in self.folder.iterdir():
            if file.name not in manifest.files():
                file.unlink(missing_ok=True)

    # ---- following

    async def _follow(self, connection: AsyncConnection, kept: _Kept) -> bool:
        """Append what has changed since; false where the columns must be made anew."""
        manifest, mark = kept.generation.manifest, kept.delta.mark
        codes = Dictionaries.of(manifest)
        async with snapshot(connection):
            read_at = time.time()
            stands = await feed_standing(connection, mark.position)
            source, newest = await read_source(connection, self.territory)
            if not stands.knows(mark) or not is_for(manifest, source):
                return False
            codes.add(source.categories, [])
            stretch = (mark.position, newest.position)
            try:
                ids, rows = await read_reports(connection, self.territory, source, manifest.places, codes, stretch)
            except Beyond:
                return False
        await asyncio.to_thread(self._append, kept, ids, rows, codes, newest, read_at)
        return True

    def _append(
        self, kept: _Kept, ids: NDArray[np.int64], rows: Rows, codes: Dictionaries, mark: Mark, read_at: float
    ) -> None:
        if codes.differs(kept.generation.manifest):
            manifest = kept.generation.manifest.with_codes(codes.categories, codes.flags, codes.cells)
            manifest.write(self.folder)
            self.kept = kept._replace(generation=Generation.open(self.folder, manifest, kept.generation))
        changes = kept.overlay.changes(ids, rows) if len(ids) else np.empty(0, CHANGE)
        if len(changes) or mark != kept.delta.mark:
            kept.delta.append(changes, mark, read_at)
            kept.overlay.take(changes)
