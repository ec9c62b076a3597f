"""Proves columns against the database: every report of both, column by column, in one snapshot."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.delta import Delta
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.layout import Rows
from wangge.patterns.columns.manifest import Manifest
from wangge.patterns.columns.overlay import Overlay
from wangge.patterns.columns.reading import Dictionaries, is_for, read_months, read_reports, read_source
from wangge.patterns.columns.writing import months_of
from wangge.reports.feed.events import Mark
from wangge.store.engine import AsyncConnection, snapshot

__all__ = ["Proof", "verify"]


class Proof(NamedTuple):
    """What was found: reports that were compared, and ids of those that differ or are only on one side.

    `pending` changed after the columns' place in the feed and were not compared. `current` tells whether the columns
    are of the present edition, time zone and regrid; where not, nothing was compared.
    """

    mark: Mark
    compared: int
    pending: int
    wrong: list[int]
    current: bool = True


async def verify(connection: AsyncConnection, folder: Path, territory: str) -> Proof:
    """Compare the columns in a folder with the database. Raises NoColumns, UnsoundColumns, NoEdition."""
    async with snapshot(connection):
        source, newest = await read_source(connection, territory)
        manifest = Manifest.read(folder)
        generation = Generation.open(folder, manifest)
        for segment in generation.segments:
            segment.check_cold()
        delta = Delta(folder / manifest.delta, manifest.mark, manifest.read_at)
        delta.read()
        if not is_for(manifest, source):
            return Proof(delta.mark, 0, 0, [], current=False)
        codes = Dictionaries.of(manifest)
        stretch = (delta.mark.position, newest.position)
        pending, _ = await read_reports(connection, territory, source, manifest.places, codes, stretch)
        kept = _by_month(generation, delta)
        wrong: list[int] = []
        compared = 0
        async for month, rows in read_months(connection, territory, source, manifest.places, codes):
            compared += len(rows.id)
            wrong += _differing(rows, kept.pop(month, Rows.none()), pending)
        for rows in kept.values():  # months of which the database has nothing
            wrong += _differing(Rows.none(), rows, pending)
    return Proof(delta.mark, compared, len(pending), wrong)


def _by_month(generation: Generation, delta: Delta) -> dict[str, Rows]:
    overlay = Overlay(generation)
    overlay.take(delta.changes)
    changed = overlay.rows()
    months = months_of(changed).astype(str)
    found: dict[str, list[Rows]] = {month: [changed.take(months == month)] for month in np.unique(months).tolist()}
    for segment in generation.segments:
        rows = segment.rows()
        stays = np.isin(rows.id, overlay.gone_from(segment), invert=True)
        found.setdefault(segment.kept.month, []).append(rows.take(stays))
    return {month: Rows.joined(parts) for month, parts in found.items()}


def _differing(here: Rows, there: Rows, pending: NDArray[np.int64]) -> Iterable[int]:
    """Ids of the reports that are not the same on both sides, but for those that are pending."""
    sides = [side.take(np.argsort(side.id, kind="stable")) for side in (here, there)]
    sides = [side.take(np.isin(side.id, pending, invert=True)) for side in sides]
    ids = np.intersect1d(sides[0].id, sides[1].id)
    alone = np.setxor1d(sides[0].id, sides[1].id).tolist()
    a, b = (side.take(np.isin(side.id, ids)) for side in sides)
    if len(a.id) != len(b.id):  # one of them twice
        return [*alone, *np.setdiff1d(ids, np.unique(b.id)).tolist(), -1]
    differ = np.zeros(len(ids), bool)
    for left, right in zip(a, b, strict=True):
        differ |= left != right
    return [*alone, *ids[differ].tolist()]
