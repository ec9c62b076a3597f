"""What happened to reports on its way out: one row for each event, in the order in which it happened to a report."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import Select, and_, create_engine, func, make_url, select
from sqlalchemy.pool import NullPool

from wangge.access.person import Scope
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.reports import BATCH, TIME, about, cell_columns
from wangge.reports.listing.queries import ReportFilter, matching
from wangge.reports.number import format_number
from wangge.reports.tables import EventRow, ReportRow
from wangge.store.tables import CellRow, EditionRow

__all__ = ["event_layer"]

TOLD = {"step": pa.string(), "due_at": TIME, "in_time": pa.bool_()}
"""Facts of an event that have columns of their own; all of them are in `facts`, as JSON."""


@contextmanager
def event_layer(url: str, grid: Grid, where: ReportFilter, scope: Scope) -> Iterator[Layer]:
    """The events of the reports that a filter lets through, with where each report lies, as a layer.

    All batches are of one moment. The notes are left out: they are free text, in which people may be named.
    """
    cells = cell_columns(grid)
    schema = pa.schema(
        [
            ("number", pa.string()),
            ("received_at", TIME),
            ("external_id", pa.string()),
            ("category", pa.string()),
            *((column.name, column.type) for column in cells),
            ("n", pa.int32()),
            ("at", TIME),
            ("move", pa.string()),
            ("state", pa.string()),
            ("actor", pa.string()),
            *TOLD.items(),
            ("facts", pa.string()),
            (GEOMETRY, pa.binary()),
        ]
    )
    query = _query([column.expression.label(column.name) for column in cells], where, scope)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with (
            engine.connect().execution_options(yield_per=BATCH) as connection,
            closing(connection.execute(query)) as rows,
        ):
            batches = (_batch(part, schema) for part in rows.partitions())
            yield Layer(f"{grid.territory}_events", schema, batches, "Point", about(grid))
    finally:
        engine.dispose()


def _query(cells: Sequence[Any], where: ReportFilter, scope: Scope) -> Select[Any]:
    place = func.row_number().over(partition_by=ReportRow.id, order_by=EventRow.id)
    query = (
        select(
            ReportRow.id,
            ReportRow.received_at,
            ReportRow.external_id,
            ReportRow.category,
            *cells,
            place,
            EventRow.at,
            EventRow.move,
            EventRow.state,
            EventRow.actor,
            EventRow.facts,
            func.ST_AsBinary(ReportRow.geom, type_=None),
        )
        .join(EventRow, and_(EventRow.report_id == ReportRow.id, EventRow.report_received_at == ReportRow.received_at))
        .join(CellRow, and_(CellRow.edition_id == ReportRow.edition_id, CellRow.id == ReportRow.cell_id))
        .join(EditionRow, EditionRow.id == ReportRow.edition_id)
    )
    return matching(query, where, scope).order_by(ReportRow.received_at, ReportRow.id, EventRow.id)


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    ids, received, *others, facts, shapes = zip(*rows, strict=True)
    numbers = [format_number(at, report_id) for at, report_id in zip(received, ids, strict=True)]
    told = [[one.get(name) for one in facts] for name in TOLD]
    values = [numbers, received, *others, *told, [orjson.dumps(one).decode() for one in facts], shapes]
    arrays = [_array(column, field.type) for column, field in zip(values, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column; times among facts are text."""
    if pa.types.is_timestamp(kind) and any(isinstance(value, str) for value in values):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)
