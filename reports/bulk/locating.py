"""Adds to the records of a file the cells they lie in; needs a grid in memory and no database."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wangge.geo.ambiguity import Ambiguity
from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.errors import WanggeError
from wangge.geo.files.batches import GEOMETRY, Batch, RecordReader
from wangge.geo.files.layers import Layer
from wangge.geo.files.soundtexts import is_text
from wangge.geo.files.wkb import wkb_points
from wangge.geo.grid import OUTSIDE, Grid
from wangge.geo.proximity import Proximity
from wangge.reports.bulk.columns.fields import PLACE, columns_by_field, unused_columns
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.spots import Floats, Spots, columns_of, in_wgs84, refuse_metres, spots

__all__ = ["Locating", "schema_of"]

CODES = pa.dictionary(pa.int32(), pa.string())


def schema_of(reader: RecordReader) -> pa.Schema:
    """The schema that holds every batch of a file: the same for each, or, for JSON, what all of them need."""
    schema: pa.Schema | None = None
    for batch in reader:
        found = batch.table.schema
        schema = found if schema is None or found == schema else _unified(schema, found)
        if reader.uniform:
            break
    return schema if schema is not None else pa.schema([])


def _unified(one: pa.Schema, other: pa.Schema) -> pa.Schema:
    """Fields of both; text where they differ beyond what numbers can bridge."""
    try:
        return pa.unify_schemas([one, other], promote_options="permissive")
    except pa.ArrowTypeError:
        clashing = {name for name in set(one.names) & set(other.names) if one.field(name) != other.field(name)}
        return _unified(*(_texts(schema, clashing) for schema in (one, other)))


def _texts(schema: pa.Schema, names: set[str]) -> pa.Schema:
    return pa.schema([pa.field(f.name, pa.string()) if f.name in names else f for f in schema])


class Locating:
    """One run over a file, or several: every record comes back, with the cells that it lies in.

    Parameters
    ----------
    grid : in memory.
    schema : of the file's records (see `schema_of`).
    mapping : the column of lon, lat or geometry, datum and accuracy, where it is not of the same name.
    datum : of the coordinates, where no column says it.
    said : the wording of what is wrong with a record's place.
    repeated : names of columns that the file has more than once.
    nearest : whether to look for the nearest base grid of records outside.
    threads : that look for the cells.
    """

    def __init__(
        self,
        grid: Grid,
        schema: pa.Schema,
        mapping: Mapping[str, str],
        datum: Datum,
        said: Callable[[WanggeError], str],
        *,
        repeated: Collection[str] = (),
        nearest: bool = True,
        threads: int = 1,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._grid = grid
        self._ambiguity = Ambiguity(grid)
        self._proximity = Proximity(grid) if nearest else None
        self._mapping = columns_by_field(schema.names, mapping, PLACE, repeated)
        unused = unused_columns(schema.names, self._mapping, PLACE)
        self.unused = {column: field for column, field in unused.items() if field}
        self._datum = datum
        self._said = said
        self._threads = threads
        added = self._added_schema()
        self._kept = [field for field in schema if field.name != GEOMETRY or is_text(field.type)]
        self._schema = pa.schema([*_renamed(self._kept, added.names), *added])
        self._first = True

    def layer(self, name: str, located: Iterable[pa.RecordBatch]) -> Layer:
        """Located records as a layer to be written."""
        grid = self._grid
        about: dict[str, str | bool] = {
            "territory": grid.territory,
            "edition": grid.edition,
            "synthetic": grid.synthetic,
        }
        return Layer(name, self._schema, located, "Point", about)

    def located(self, batch: Batch) -> pa.RecordBatch:
        """The records of a batch with their cells."""
        rows = batch.table.num_rows
        sieve = Sieve.of(rows)
        where = spots(columns_of(batch.table, self._mapping), rows, self._datum, sieve)
        if self._first:
            refuse_metres(sieve)
            self._first = False
        lon, lat = self._in_wgs84(where, sieve)
        position, on_edge = self._grid.locate_many(lon, lat, threads=self._threads)
        outside = np.flatnonzero(sieve.standing & (position == OUTSIDE))
        self.counts.update(
            inside=int((position != OUTSIDE).sum()),
            outside=len(outside),
            refused=len(sieve.refusals) + len(batch.broken),
        )
        arrays = [
            *(_kept(batch.table, field) for field in self._kept),
            *(self._grid.codes(position, level.key) for level in self._grid.levels),
            _repeated(self._grid.edition, rows),
            pa.array(on_edge),
            pa.array(self._ambiguous(where, lon, lat, position)),
            pa.repeat(pa.scalar(self._grid.synthetic), rows),
            *self._nearest(lon, lat, outside),
            self._problems(sieve, rows),
            wkb_points(lon, lat),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _added_schema(self) -> pa.Schema:
        codes = [(f"{level.key}_code", CODES) for level in self._grid.levels]
        flags = [(name, pa.bool_()) for name in ("on_edge", "ambiguous", "synthetic")]
        outside = [("nearest_code", CODES), ("nearest_m", pa.float64()), ("problem", pa.string())]
        return pa.schema([*codes, ("edition", CODES), *flags, *outside, (GEOMETRY, pa.binary())])

    def _in_wgs84(self, where: Spots, sieve: Sieve) -> tuple[Floats, Floats]:
        if "datum" in self._mapping:
            return in_wgs84(where, sieve.standing)
        lon, lat = (np.where(sieve.standing, values, np.nan) for values in (where.lon, where.lat))
        return to_wgs84(lon, lat, self._datum)

    def _ambiguous(self, where: Spots, lon: Floats, lat: Floats, position: NDArray[np.int32]) -> NDArray[np.bool_]:
        return self._ambiguity.of(lon, lat, np.where(position == OUTSIDE, np.nan, where.accuracy))

    def _nearest(self, lon: Floats, lat: Floats, outside: NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
        """Code and distance of the base grid nearest to each record outside, null for the others."""
        position, metres = np.full(len(lon), OUTSIDE, dtype=np.int32), np.full(len(lon), np.nan)
        if self._proximity and len(outside):
            position[outside], metres[outside] = self._proximity.of(lon[outside], lat[outside])
        return self._grid.codes(position), pa.array(np.round(metres, 1), mask=np.isnan(metres))

    def _problems(self, sieve: Sieve, rows: int) -> pa.Array:
        if not sieve.refusals:
            return pa.nulls(rows, pa.string())
        said = np.full(rows, None, dtype=object)
        for refusal in sieve.refusals:
            said[refusal.row] = self._said(refusal.error)
        return pa.array(said, pa.string())


def _renamed(kept: Sequence[pa.Field], added: Collection[str]) -> list[pa.Field]:
    """The columns of the file, those that are called like new ones under names of their own.

    A file that was located before has such columns already, and what was `edition_before` then stays so.
    """
    taken = {field.name for field in kept} | set(added)
    renamed: list[pa.Field] = []
    for field in kept:
        name, count = field.name, 1
        while name in added or (name != field.name and name in taken):
            name = f"{field.name}_before" if count == 1 else f"{field.name}_before_{count}"
            count += 1
        taken.add(name)
        renamed.append(field.with_name(name))
    return renamed


def _kept(table: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name not in table.schema.names:
        return pa.nulls(table.num_rows, field.type)
    return table.column(field.name).cast(field.type)


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text]))
