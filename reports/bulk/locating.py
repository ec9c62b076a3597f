"""Adds to the records of a file the cells they lie in; needs a grid in memory and no database."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.ambiguity import Ambiguity
from geo.datum import Datum
from geo.errors import WanggeError
from geo.files.batches import GEOMETRY, Batch, RecordReader
from geo.files.layers import Layer
from geo.grid import OUTSIDE, Grid
from reports.bulk.fields import PLACE, columns_by_field
from reports.bulk.parsing import columns_of, spots
from reports.bulk.placing import in_wgs84
from reports.bulk.sieve import Sieve

__all__ = ["Locating", "schema_of"]


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
    """

    def __init__(
        self,
        grid: Grid,
        schema: pa.Schema,
        mapping: Mapping[str, str],
        datum: Datum,
        said: Callable[[WanggeError], str],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._grid = grid
        self._ambiguity = Ambiguity(grid)
        self._mapping = columns_by_field(schema.names, mapping, PLACE)
        self._datum = datum
        self._said = said
        added = self._added_schema()
        self._kept = [field for field in schema if field.name != GEOMETRY]
        # A file that was located before has such columns already; they are kept beside the new ones.
        old = [f.with_name(f"{f.name}_before") if f.name in added.names else f for f in self._kept]
        self._schema = pa.schema([*old, *added])

    def layer(self, name: str, batches: Iterable[Batch]) -> Layer:
        """The located records as a layer; records are read while it is written."""
        about = {"territory": self._grid.territory, "edition": self._grid.edition}
        about["synthetic"] = str(self._grid.synthetic).lower()
        return Layer(name, self._schema, map(self._located, batches), "Point", about)

    def _added_schema(self) -> pa.Schema:
        codes = [(f"{level.key}_code", pa.string()) for level in self._grid.levels]
        flags = [(name, pa.bool_()) for name in ("on_edge", "ambiguous", "synthetic")]
        outside = [("nearest_code", pa.string()), ("nearest_m", pa.float64()), ("problem", pa.string())]
        return pa.schema([*codes, ("edition", pa.string()), *flags, *outside, (GEOMETRY, pa.binary())])

    def _located(self, batch: Batch) -> pa.RecordBatch:
        rows = batch.table.num_rows
        sieve = Sieve.of(rows)
        where = spots(columns_of(batch.table, self._mapping), rows, self._datum, sieve)
        lon, lat = in_wgs84(where, sieve.standing)
        position, on_edge = self._grid.locate_many(lon, lat)
        outside = np.flatnonzero(sieve.standing & (position == OUTSIDE)).tolist()
        nearest = {row: self._grid.nearest(lon[row], lat[row]) for row in outside}
        problems = {refusal.row: self._said(refusal.error) for refusal in sieve.refusals}
        accuracy = np.where(position == OUTSIDE, np.nan, where.accuracy)
        self.counts.update(
            inside=int((position != OUTSIDE).sum()),
            outside=len(outside),
            refused=len(problems) + len(batch.broken),
        )
        near = [nearest.get(row) for row in range(rows)]
        arrays = [
            *(_kept(batch.table, field) for field in self._kept),
            *self._codes(position),
            pa.repeat(pa.scalar(self._grid.edition), rows),
            pa.array(on_edge),
            pa.array(self._ambiguity.of(lon, lat, accuracy)),
            pa.repeat(pa.scalar(self._grid.synthetic), rows),
            pa.array([found.nearest.code if found and found.nearest else None for found in near], pa.string()),
            pa.array([round(found.distance_m, 1) if found and found.nearest else None for found in near], pa.float64()),
            pa.array([problems.get(row) for row in range(rows)], pa.string()),
            _points(lon, lat),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _codes(self, position: NDArray[np.int32]) -> list[pa.Array]:
        """The code of each level's cell, null outside."""
        picked = pa.array(position, mask=position == OUTSIDE)
        depths = range(len(self._grid.levels))
        return [pa.array([leaf.path[depth] for leaf in self._grid.leaves]).take(picked) for depth in depths]


def _kept(table: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name not in table.schema.names:
        return pa.nulls(table.num_rows, field.type)
    return table.column(field.name).cast(field.type)


def _points(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> pa.Array:
    """WKB points, null where there is no place."""
    return pa.array(shapely.to_wkb(shapely.points(lon, lat)), mask=np.isnan(lon), type=pa.binary())
