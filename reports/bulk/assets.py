"""Assets out of files: read, put into their base grids, judged by row and column, and kept in one transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from psycopg import Rollback

from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import GEOMETRY, Batch, RecordReader, some_of
from wangge.geo.files.spelledcolumns import plain_ids, rounded_ids, structured_ids
from wangge.geo.geojson import DECIMALS
from wangge.geo.grid import Grid
from wangge.reports.assets import queries
from wangge.reports.assets.assets import LONGEST
from wangge.reports.assets.kinds import require_kind
from wangge.reports.bulk.columns.fields import MissingColumn, columns_by_field, unused_columns
from wangge.reports.bulk.columns.sieve import BadValue, Sieve
from wangge.reports.bulk.columns.spots import columns_of, spots, words
from wangge.reports.bulk.columns.values import nulls, texts, true
from wangge.reports.bulk.importing import Refused, reason_of, refused_in
from wangge.reports.bulk.placing import Placer
from wangge.reports.errors import NoAssets
from wangge.store.changes import Change, Subject, recorded
from wangge.store.copy import copy_batch, ewkb_points
from wangge.store.engine import AsyncConnection

__all__ = ["FIELDS", "AssetImport", "NoAssets", "OtherKind", "Totals"]

FIELDS = ("number", "kind", "name", "attributes", "lon", "lat", GEOMETRY, "datum")
LONGEST_TEXT = 1000
ONE_LINE = r"[\x00-\x1f\x7f]"

Reject = Callable[[Batch | None, Sequence[Refused]], None]
"""Takes the refused records of a batch; of a comparison with what is kept, without one."""


class OtherKind(WanggeError):
    """An asset of another kind has the number. Facts: `number`, `asset_kind`."""

    kind = "asset-of-other-kind"


@dataclass(slots=True)
class Totals:
    """What became of the records of a file, and of the assets that it does not name."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    refused: int = 0
    share: float = 0.0
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str, str], Refused] = field(default_factory=dict)


class AssetImport:
    """One run over a file of assets of one kind: all that is sound is kept, or, interrupted, nothing of it.

    Parameters
    ----------
    mapping : the column of each field, where it is not the column of the same name.
    attributes : columns that are kept with each asset, beside what the field of that name has, as an export writes it;
        without either, what is kept stays.
    datum : of the coordinates, where no column says it.
    by : who does it, which is kept with how many became new, changed and gone.
    part : the file is about some of the assets only; else those of the kind that it does not name are gone. Where
        a record has no number that can be read, or none is sound, none is gone.
    dry : only say what would become of it.
    """

    def __init__(
        self,
        reader: RecordReader,
        grid: Grid,
        kind: str,
        *,
        mapping: Mapping[str, str],
        attributes: Sequence[str] = (),
        datum: Datum = Datum.WGS84,
        by: str,
        part: bool = False,
        dry: bool = False,
        reject: Reject,
        advance: Callable[[Totals], None],
    ) -> None:
        """Raises UnknownField, MissingColumn, DoubleColumn, MissingPlace."""
        self._mapping = columns_by_field(reader.columns, mapping, FIELDS, reader.repeated)
        for name in ["number"] * ("number" not in self._mapping and bool(reader.columns)) + list(attributes):
            if name not in reader.columns:
                raise MissingColumn(column=name, field=name, columns=some_of(reader.columns))
        left = unused_columns(reader.columns, self._mapping, FIELDS)
        self.unused = {column: meant for column, meant in left.items() if column not in attributes}
        self.totals = Totals()
        self._reader, self._grid, self._kind, self._datum = reader, grid, kind, datum
        self._attributes, self._part, self._dry, self._by = tuple(attributes), part, dry, by
        self._reject, self._advance = reject, advance
        self._placer = Placer(grid, suspicious=True)
        self._kinds: Collection[str] = ()
        self._named: list[str] = []
        self._nameless = 0

    async def run(self, connection: AsyncConnection) -> Totals:
        """Do it, in one transaction.

        Raises
        ------
        UnknownAssetKind, NoAssets, NothingInside, NotDegrees, and what reading a file raises
        """
        territory = self._grid.territory
        told = {"territory": territory, "kind": self._kind}
        async with connection.transaction():
            await connection.execute(queries.HOLD_ASSETS, told)
            self._kinds = await require_kind(connection, territory, self._kind)
            await connection.execute(queries.CREATE_INCOMING)
            async with connection.cursor(binary=True) as cursor:
                for batch in self._reader:
                    await copy_batch(cursor, "incoming_asset", self._incoming(batch))
                    self.totals.share = self._reader.progress()
                    self._advance(self.totals)
            if not self.totals.read and not self._part:
                raise NoAssets(territory=territory, what=self._kind)
            await self._compare(connection)
            await self._keep(connection, told)
            if self._dry:
                raise Rollback
        if not self._dry:
            await connection.execute("ANALYZE asset")
        return self.totals

    def _incoming(self, batch: Batch) -> pa.RecordBatch:
        """The sound records of a batch; the others are refused."""
        table, sieve = batch.table, Sieve.of(batch.table.num_rows)
        columns = columns_of(table, self._mapping)
        number = self._numbers(columns, table.num_rows, sieve)
        self._of_this_kind(columns, table.num_rows, sieve)
        name = _text(columns, "name", table.num_rows, sieve)
        objects = _objects(columns, table.num_rows, sieve)
        held = {column: table.column(column) for column in self._attributes if column in table.schema.names}
        attributes = {column: _text(held, column, table.num_rows, sieve) for column in held}
        places = self._placer.place(spots(columns, table.num_rows, self._datum, sieve), sieve)
        self._refuse(batch, refused_in(batch, sieve))
        fallen = pc.filter(number, pa.array(~sieve.standing))
        self._nameless += fallen.null_count + len(batch.broken)
        self._named += fallen.drop_null().to_pylist()
        rows = np.flatnonzero(sieve.standing)
        self.totals.read += len(batch.numbers) + len(batch.broken)
        told = pc.fill_null(name.take(pa.array(rows)), "") if "name" in columns else pa.nulls(len(rows), pa.string())
        return pa.RecordBatch.from_pydict(
            {
                "record": pa.array(batch.numbers[rows]),
                "number": number.take(pa.array(rows)),
                "name": told,
                "attributes": self._told(objects, attributes, rows),
                # As files write places, so that what was exported comes back unchanged.
                "geom": ewkb_points(places.lon[rows].round(DECIMALS), places.lat[rows].round(DECIMALS)),
            }
        )

    def _numbers(self, columns: Mapping[str, pa.Array], rows: int, sieve: Sieve) -> pa.Array:
        """Numbers as they are written on the things, but for what a spreadsheet has put to them.

        Null where nobody can tell any more which asset was meant.
        """
        column = columns.get("number")
        inexact = texts(column).inexact if column is not None else np.zeros(rows, dtype=np.bool_)
        sieve.drop(inexact, "number", column, "rounded")
        number = plain_ids(words(columns, "number", rows, sieve))
        sieve.drop(nulls(number), "number", None, "missing")
        rounded = true(rounded_ids(number))
        sieve.drop(rounded, "number", number, "rounded")
        structured = true(structured_ids(number))
        sieve.drop(structured, "number", number, "string_type")
        long = true(pc.greater(pc.utf8_length(number), LONGEST))
        sieve.drop(long, "number", number, "string_too_long", max_length=LONGEST)
        sieve.drop(true(pc.match_substring_regex(number, ONE_LINE)), "number", number, "one_line")
        return pc.if_else(pa.array(inexact | rounded | structured), pa.scalar(None, number.type), number)

    def _of_this_kind(self, columns: Mapping[str, pa.Array], rows: int, sieve: Sieve) -> None:
        """Records that name another kind of the territory fall; a column of something else says nothing of it."""
        if "kind" not in columns:
            return
        said = words(columns, "kind", rows, sieve)
        others = pa.array(sorted(set(self._kinds) - {self._kind}), pa.string())
        for row in sieve.falling(true(pc.is_in(said, others))):
            sieve.refuse(row, "kind", said[row].as_py(), BadValue(field="kind", reason="other_kind", wanted=self._kind))

    def _told(
        self, objects: Sequence[Mapping[str, str]] | None, columns: Mapping[str, pa.Array], rows: NDArray[np.int64]
    ) -> pa.Array:
        """What is kept with each asset, as JSON; null where the file has nothing of the kind."""
        if not self._attributes and objects is None:
            return pa.nulls(len(rows), pa.string())
        held = {name: column.take(pa.array(rows)).to_pylist() for name, column in columns.items()}
        each = zip(*held.values(), strict=True) if held else [()] * len(rows)
        told = [
            {**(objects[at] if objects else {})}
            | {name: value for name, value in zip(held, row, strict=True) if value is not None}
            for at, row in zip(rows.tolist(), each, strict=True)
        ]
        return pa.array([orjson.dumps(one).decode() for one in told], pa.string())

    async def _compare(self, connection: AsyncConnection) -> None:
        """Refuse what the file says twice, and numbers of other kinds."""
        told = {"territory": self._grid.territory, "kind": self._kind}
        rows = await (await connection.execute(queries.REFUSED_INCOMING, told)).fetchall()
        refused = [
            Refused(
                record,
                None,
                "number",
                number,
                OtherKind(number=number, asset_kind=kind)
                if kind is not None
                else BadValue(field="number", reason="twice", other=first),
            )
            for record, number, first, kind in rows
        ]
        if refused:
            await connection.execute(queries.WITHDRAW_INCOMING, {"records": [one.number for one in refused]})
            self._refuse(None, refused)

    async def _keep(self, connection: AsyncConnection, told: Mapping[str, str]) -> None:
        await connection.execute("ANALYZE incoming_asset")
        sound = self.totals.read - self.totals.refused
        if sound and not self._part and not self._nameless:
            self.totals.gone = (await connection.execute(queries.DROP_GONE, {**told, "named": self._named})).rowcount
        self.totals.changed = (await connection.execute(queries.CHANGE_ASSETS, told)).rowcount
        self.totals.new = (await connection.execute(queries.INSERT_NEW, told)).rowcount
        counts = {f"assets_{name}": getattr(self.totals, name) for name in ("new", "changed", "gone")}
        if any(counts.values()):
            change = Change(Subject.ASSET_KIND, self._kind, None, counts, self._grid.territory)
            await connection.execute(*recorded(self._by, [change]))
        self.totals.same = sound - self.totals.changed - self.totals.new
        self.totals.share = 1.0
        self._advance(self.totals)

    def _refuse(self, batch: Batch | None, refused: Sequence[Refused]) -> None:
        if not refused:
            return
        self._reject(batch, refused)
        self.totals.refused += len(refused)
        for one in refused:
            self.totals.reasons[reason_of(one)] += 1
            self.totals.first.setdefault(reason_of(one), one)


def _text(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve) -> pa.Array:
    """Text of a column that the database can keep."""
    text = words(columns, field, rows, sieve)
    long = true(pc.greater(pc.utf8_length(text), LONGEST_TEXT))
    sieve.drop(long, field, text, "string_too_long", max_length=LONGEST_TEXT)
    sieve.drop(true(pc.match_substring(text, "\0")), field, None, "string_nul")
    return text


def _objects(columns: Mapping[str, pa.Array], rows: int, sieve: Sieve) -> list[Mapping[str, str]] | None:
    """What an export has written of the attributes of each row, texts by their names; None without such a column."""
    if "attributes" not in columns:
        return None
    text = _text(columns, "attributes", rows, sieve)
    found: list[Mapping[str, str]] = [{}] * rows
    for row in np.flatnonzero(sieve.standing & ~nulls(text)).tolist():
        said = text[row].as_py()
        try:
            value = orjson.loads(said)
        except orjson.JSONDecodeError as error:
            sieve.refuse(row, "attributes", said, BadValue(field="attributes", reason="json_invalid", error=str(error)))
            continue
        if isinstance(value, dict) and all(
            isinstance(one, str) and "\0" not in name + one for name, one in value.items()
        ):
            found[row] = value
        else:
            sieve.refuse(row, "attributes", said, BadValue(field="attributes", reason="texts_by_name"))
    return found
