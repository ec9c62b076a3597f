"""Reports on their way out: Arrow batches through a server-side cursor, in constant memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from wangge.access.person import Scope
from wangge.data.messages import in_all
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.listing.queries import ReportFilter, matching
from wangge.reports.number import format_number
from wangge.store.engine import in_parts

__all__ = ["BATCH", "TIME", "Column", "about", "cell_columns", "report_layer"]

BATCH = 2_000
TIME = pa.timestamp("us", "UTC")

QUERY = """
SELECT report.id, {columns}
FROM report
JOIN cell ON cell.edition_id = report.edition_id AND cell.id = report.cell_id
JOIN edition ON edition.id = report.edition_id
WHERE {where}
ORDER BY report.received_at, report.id
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: its name, its type, and the SQL it is selected by."""

    name: str
    type: pa.DataType
    sql: str


def cell_columns(grid: Grid) -> list[Column]:
    """The code of the cell of each level."""
    return [
        Column(f"{level.key}_code", pa.string(), f"cell.path[{depth}]") for depth, level in enumerate(grid.levels, 1)
    ]


def _columns(grid: Grid) -> list[Column]:
    """The columns of an export, the code of the cell of each level among them. Contact data is never exported."""
    return [
        Column("received_at", TIME, "report.received_at"),
        Column("occurred_at", TIME, "report.occurred_at"),
        Column("state", pa.string(), "report.state"),
        Column("category", pa.string(), "report.category"),
        Column("description", pa.string(), "report.description"),
        *cell_columns(grid),
        Column("cell_name", pa.string(), "cell.name"),
        Column("edition", pa.string(), "edition.label"),
        Column("on_edge", pa.bool_(), "report.on_edge"),
        Column("ambiguous", pa.bool_(), "report.ambiguous"),
        Column("accuracy_m", pa.float64(), "report.accuracy_m"),
        Column("raw_lon", pa.float64(), "report.raw_lon"),
        Column("raw_lat", pa.float64(), "report.raw_lat"),
        Column("datum", pa.string(), "report.datum"),
        Column("external_id", pa.string(), "report.external_id"),
        Column("synthetic", pa.bool_(), "edition.synthetic"),
        Column(GEOMETRY, pa.binary(), "ST_AsBinary(report.geom)"),
    ]


@contextmanager
def report_layer(url: str, grid: Grid, where: ReportFilter, scope: Scope) -> Iterator[Layer]:
    """The reports of a scope that a filter lets through, the oldest first, as a layer that reads while it is written.

    All batches are of one moment: what is filed or changed meanwhile does not mix in.
    """
    columns = _columns(grid)
    schema = pa.schema([("number", pa.string()), *((column.name, column.type) for column in columns)])
    wanted, values = matching(where, scope)
    query = QUERY.format(columns=", ".join(column.sql for column in columns), where=wanted)
    with in_parts(url, query, values, BATCH) as parts:
        batches = (_batch(rows, schema) for rows in parts)
        yield Layer(f"{grid.territory}_reports", schema, batches, "Point", about(grid), id="number")


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
        said["notice"] = " ".join(in_all("export", "synthetic").values())
    return said
