"""Imports a file of reports: read and placed in one thread while the batch before is stored, a transaction each."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from wangge.data.languages import LANGUAGES
from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import Batch, RecordReader
from wangge.geo.files.digesting import DIGEST_BATCH, content_digest
from wangge.geo.files.reading import open_records
from wangge.geo.grid import Grid
from wangge.reports.bulk import queries
from wangge.reports.bulk.batch import Prepared, prepare
from wangge.reports.bulk.columns.fields import columns_by_field, columns_of_export, unused_columns
from wangge.reports.bulk.columns.history import Outcome, known_outcomes
from wangge.reports.bulk.columns.parsing import Rules
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.loading import Loaded, ensure_months, load
from wangge.reports.bulk.naming import name_assets
from wangge.reports.bulk.past.numbers import take_numbers
from wangge.reports.bulk.placing import Placer
from wangge.reports.categories.categories import campaign_codes, category_codes
from wangge.reports.release.queries import HOLD_HISTORY
from wangge.store.engine import AsyncConnection

__all__ = ["Import", "Refused", "Totals", "reason_of", "refused_in"]

SOURCE = "import"
CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not stored, and why; `row` is its row in the batch, None when it could not be read."""

    number: int
    row: int | None
    field: str
    got: str
    error: WanggeError


@dataclass(slots=True)
class Totals:
    """How far an import has come: records read, stored, there before, and refused by the kind of their error.

    `first` has the first record that was refused for each reason; `repeated` are those, among the ones there before,
    whose id another record of the same file has.
    """

    read: int = 0
    stored: int = 0
    known: int = 0
    repeated: int = 0
    refused: int = 0
    share: float = 0.0
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str, str], "Refused"] = field(default_factory=dict)


Reject = Callable[[Batch, Sequence[Refused]], None]
"""Takes the refused records of a batch, before the others are stored."""


class Import:
    """One run over a file. Running it again stores nothing twice: every record has a key.

    Parameters
    ----------
    path, reader : the file, and the reader that is open on it.
    again : opens the file anew, with batches of DIGEST_BATCH records, for the digest by which records without an id
        are known; where the reader was opened with options, these are needed for it too.
    mapping : the column of each field, where it is not the column of the same name. Without any, a file that an
        export wrote is read back: its cases stand again as they stood, under their numbers.
    datum : of the coordinates, where no column says it.
    outcomes : what the file calls them, beside the words that are known.
    zone : of times that name none; the territory's, when left out.
    as_local : what zone the times name is wrong: they are of `zone` as well.
    add_categories : take categories that the territory does not have yet.
    reject : called with the refused records of each batch.
    advance : called after each batch is stored.
    """

    def __init__(
        self,
        path: Path,
        reader: RecordReader,
        grid: Grid,
        *,
        mapping: Mapping[str, str],
        reject: Reject,
        datum: Datum = Datum.WGS84,
        outcomes: Mapping[str, Outcome] | None = None,
        zone: ZoneInfo | None = None,
        as_local: bool = False,
        add_categories: bool = False,
        advance: Callable[[Totals], None] = lambda _: None,
        again: Callable[[], RecordReader] | None = None,
    ) -> None:
        self.totals = Totals()
        self._again = again or partial(open_records, path, batch_size=DIGEST_BATCH)
        self._reader = reader
        self._grid = grid
        exported = columns_of_export(reader.columns, grid.levels[-1].key) if not mapping else None
        self._given = mapping
        self._mapping = exported or columns_by_field(reader.columns, mapping, repeated=reader.repeated)
        self._follows = not reader.uniform and exported is None
        self.unused = {} if exported else unused_columns(reader.columns, self._mapping)
        self._rules = Rules(datum, zone or grid.timezone, datetime.now(UTC), _words(outcomes or {}), as_local=as_local)
        self._placer = Placer(grid, suspicious=True)
        self._add_categories = add_categories
        self._reject = reject
        self._advance = advance
        self._known: list[str] = []
        self._barred: list[str] = []
        self._stored_ids: list[tuple[int, int]] = []
        self._digest = ""

    async def run(self, url: str) -> Totals:
        """Store the whole file. What is stored before an interruption or an error stays; a batch is stored whole.

        Raises
        ------
        WanggeError : where the file cannot be read further, or none of its records lies in the territory.
        """
        connection: AsyncConnection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC"
        )
        async with connection:
            await connection.execute(HOLD_HISTORY, {"territory": self._grid.territory})
            self._known = await category_codes(connection, self._grid.territory)
            # A file is of ordinary cases; under the category of a campaign they would be neither its own nor counted.
            self._barred = await campaign_codes(connection, self._grid.territory)
            batches = iter(self._reader)
            ahead = asyncio.create_task(asyncio.to_thread(self._next, batches))
            try:
                while step := await ahead:
                    ahead = asyncio.create_task(asyncio.to_thread(self._next, batches))
                    await _undisturbed(self._store(connection, *step))
            finally:
                await asyncio.gather(ahead, return_exceptions=True)
        return self.totals

    def _next(self, batches: Iterator[Batch]) -> tuple[Batch, Prepared, pa.Array] | None:
        """The next batch, placed, with the keys of its rows; None at the end. Runs in a thread."""
        batch = next(batches, None)
        if batch is None:
            return None
        known = None if self._add_categories else self._known
        ready = prepare(batch.table, self._columns(batch), self._rules, self._placer, known, self._barred)
        return batch, ready, self._keys(batch, ready)

    def _columns(self, batch: Batch) -> dict[str, str]:
        """The column of each field in a batch: of JSON, it may have others than the first."""
        names = batch.table.schema.names
        if not self._follows or names == self._reader.columns:
            return self._mapping
        there = {field: column for field, column in self._given.items() if column in names}
        later = columns_by_field([*names, *self._mapping.values()], self._mapping | there)
        return self._mapping | {field: column for field, column in later.items() if column in names}

    def _keys(self, batch: Batch, ready: Prepared) -> pa.Array:
        """External ids; a record without one is known by its case number, or by the file's digest and its number."""
        ids = ready.drafts.external_id
        if ids.null_count and ready.drafts.standing is not None:
            cases = pa.array(ready.drafts.standing.ids).cast(pa.string())
            return pc.coalesce(ids, pc.binary_join_element_wise("case", cases, ":"))
        if ids.null_count:
            self._digest = self._digest or self._content()
            numbers = pa.array(batch.numbers).cast(pa.string())
            ids = pc.coalesce(ids, pc.binary_join_element_wise(f"file:{self._digest}", numbers, ":"))
        return ids

    def _content(self) -> str:
        reader = self._again()
        try:
            return content_digest(reader)
        finally:
            reader.close()

    async def _store(self, connection: AsyncConnection, batch: Batch, ready: Prepared, keys: pa.Array) -> None:
        drafts, here = ready.drafts, None
        if drafts.standing is not None:
            async with connection.transaction():
                here = await take_numbers(
                    connection, self._grid.territory, drafts.standing, drafts.received_at, ready.sieve
                )
        await name_assets(connection, self._grid.territory, drafts, ready.places, ready.sieve)
        refused = refused_in(batch, ready.sieve)
        if refused:
            self._reject(batch, refused)
        rows = ready.rows if here is None else np.flatnonzero(ready.sieve.standing & ~here)
        if len(rows):
            async with connection.transaction():
                await ensure_months(connection, drafts.received_at[rows])
                if self._add_categories:
                    await self._add(connection, drafts.category.take(pa.array(rows)))
            async with connection.transaction():
                picked = keys.take(pa.array(rows))
                loaded = await load(connection, self._grid, drafts, ready.places, rows, picked, SOURCE)
            self.totals.stored += loaded.stored
            self.totals.known += len(loaded.known)
            self.totals.repeated += self._repeated(loaded)
        self.totals.known += len(ready.rows) - len(rows)
        self.totals.read += len(batch.numbers) + len(batch.broken)
        self.totals.refused += len(refused)
        for one in refused:
            self.totals.reasons[reason_of(one)] += 1
            self.totals.first.setdefault(reason_of(one), one)
        self.totals.share = self._reader.progress()
        self._advance(self.totals)

    def _repeated(self, loaded: Loaded) -> int:
        """How many of the records that were there before this run itself has stored."""
        if loaded.stored:
            self._stored_ids.append((int(loaded.ids.min()), int(loaded.ids.max())))
        return sum(any(low <= one.id <= high for low, high in self._stored_ids) for one in loaded.known.values())

    async def _add(self, connection: AsyncConnection, categories: pa.Array) -> None:
        strange = sorted(set(pc.unique(categories).to_pylist()) - set(self._known))
        if strange:
            added = {"territory": self._grid.territory, "codes": strange, "languages": [*LANGUAGES]}
            await connection.execute(queries.ADD_CATEGORY, added)
            self._known += strange


async def _undisturbed(step: Coroutine[None, None, None]) -> None:
    """Carry a step through before giving way to a cancellation, so that what is counted is what is stored."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _words(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    return {**known_outcomes(), **{word.strip().lower(): outcome for word, outcome in outcomes.items()}}


def refused_in(batch: Batch, sieve: Sieve) -> list[Refused]:
    """The records of a batch that could not be read, or fell from the sieve, in their order."""
    unread = [Refused(one.number, None, "", one.text, one.reason) for one in batch.broken]
    fell = [Refused(int(batch.numbers[one.row]), one.row, one.field, one.got, one.error) for one in sieve.refusals]
    return sorted(unread + fell, key=lambda one: one.number)


def reason_of(refused: Refused) -> tuple[str, str, str]:
    """What a refusal is counted under: its kind, its field and what is wrong with it."""
    return refused.error.kind, refused.field, str(refused.error.facts.get("reason", ""))
