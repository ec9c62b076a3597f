"""Reports on their way out: Arrow batches through a server-side cursor, in constant memory."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Select, and_, create_engine, func, make_url, select
from sqlalchemy.pool import NullPool

from wangge.access.person import Scope
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.listing.queries import ReportFilter, matching
from wangge.reports.number import format_number
from wangge.reports.tables import ReportRow
from wangge.store.tables import CellRow, EditionRow

__all__ = ["BATCH", "TIME", "Column", "about", "cell_columns", "report_layer"]

BATCH = 2_000
TIME = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: its name, its type, and the expression it is selected by."""

    name: str
    type: pa.DataType
    expression: Any


def cell_columns(grid: Grid) -> list[Column]:
    """The code of the cell of each level."""
    return [
        Column(f"{level.key}_code", pa.string(), CellRow.path[depth + 1]) for depth, level in enumerate(grid.levels)
    ]


def _columns(grid: Grid) -> list[Column]:
    """The columns of an export, the code of the cell of each level among them. Contact data is never exported."""
    return [
        Column("received_at", TIME, ReportRow.received_at),
        Column("occurred_at", TIME, ReportRow.occurred_at),
        Column("state", pa.string(), ReportRow.state),
        Column("category", pa.string(), ReportRow.category),
        Column("description", pa.string(), ReportRow.description),
        *cell_columns(grid),
        Column("cell_name", pa.string(), CellRow.name),
        Column("edition", pa.string(), EditionRow.label),
        Column("on_edge", pa.bool_(), ReportRow.on_edge),
        Column("ambiguous", pa.bool_(), ReportRow.ambiguous),
        Column("accuracy_m", pa.float64(), ReportRow.accuracy_m),
        Column("raw_lon", pa.float64(), ReportRow.raw_lon),
        Column("raw_lat", pa.float64(), ReportRow.raw_lat),
        Column("datum", pa.string(), ReportRow.datum),
        Column("external_id", pa.string(), ReportRow.external_id),
        Column("synthetic", pa.bool_(), EditionRow.synthetic),
        Column(GEOMETRY, pa.binary(), func.ST_AsBinary(ReportRow.geom, type_=None)),
    ]


@contextmanager
def report_layer(url: str, grid: Grid, where: ReportFilter, scope: Scope) -> Iterator[Layer]:
    """The reports of a scope that a filter lets through, the oldest first, as a layer that reads while it is written.

    All batches are of one moment: what is filed or changed meanwhile does not mix in.
    """
    columns = _columns(grid)
    schema = pa.schema([("number", pa.string()), *((column.name, column.type) for column in columns)])
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with (
            engine.connect().execution_options(yield_per=BATCH) as connection,
            closing(connection.execute(_query(columns, where, scope))) as rows,
        ):
            batches = (_batch(part, schema) for part in rows.partitions())
            yield Layer(f"{grid.territory}_reports", schema, batches, "Point", about(grid), id="number")
    finally:
        engine.dispose()


def _query(columns: Sequence[Column], where: ReportFilter, scope: Scope) -> Select[Any]:
    query = (
        select(ReportRow.id, *(column.expression.label(column.name) for column in columns))
        .join(CellRow, and_(CellRow.edition_id == ReportRow.edition_id, CellRow.id == ReportRow.cell_id))
        .join(EditionRow, EditionRow.id == ReportRow.edition_id)
    )
    return matching(query, where, scope).order_by(ReportRow.received_at, ReportRow.id)


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    ids, received, *others = zip(*rows, strict=True)
    numbers = [format_number(at, report_id) for at, report_id in zip(received, ids, strict=True)]
    values = [numbers, received, *others]
    arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def about(grid: Grid) -> dict[str, str]:
    """What is said about a file as a whole."""
    said = {"territory": grid.territory, "edition": grid.edition, "synthetic": str(grid.synthetic).lower()}
    if grid.synthetic:
        said["notice"] = "Synthetic: the inner lines of this territory are invented. 合成数据：区域内部界线为虚构。"
    return said
