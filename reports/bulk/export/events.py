"""What happened to reports on its way out: one row for each event, in the order in which it happened to a report."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pyarrow as pa

from wangge.access.person import Scope
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.bulk.export.reports import TIME, about, cell_columns, reading
from wangge.reports.listing.filters import ReportFilter, matching
from wangge.reports.number import format_number
from wangge.store.engine import in_parts

__all__ = ["event_layer"]

BATCH = 2_000
TOLD = {"step": pa.string(), "due_at": TIME, "in_time": pa.bool_()}
"""Facts of an event that have columns of their own; all of them are in `facts`, as JSON."""

QUERY = """
SELECT report.id, report.received_at, report.external_id, report.category, {cells},
       row_number() OVER (PARTITION BY report.id ORDER BY event.id), event.at, event.move, event.state, event.actor,
       event.facts, ST_AsBinary(report.geom)
FROM counted_report AS report
JOIN report_event event ON event.report_id = report.id AND event.report_received_at = report.received_at
JOIN cell ON cell.edition_id = report.edition_id AND cell.id = report.cell_id
JOIN edition ON edition.id = report.edition_id
WHERE {where}
ORDER BY report.received_at, report.id, event.id
"""


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
    wanted, values = matching(where, scope)
    query = reading(QUERY.format(cells=", ".join(column.sql for column in cells), where=wanted), where)
    with in_parts(url, query, values, BATCH) as parts:
        batches = (_batch(rows, schema) for rows in parts)
        yield Layer(f"{grid.territory}_events", schema, batches, "Point", about(grid))


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
