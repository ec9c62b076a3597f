"""Reports on their way out: Arrow batches, column by column, in constant memory."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from wangge.access.person import Scope
from wangge.data.messages import in_all
from wangge.geo.files.ahead import ahead
from wangge.geo.files.layers import Layer
from wangge.geo.grid import Grid
from wangge.reports.fields import FIELDS, In, Kind
from wangge.reports.listing.filters import ReportFilter, matching
from wangge.store.engine import Connection
from wangge.store.grids.queries import AREA_CODE

__all__ = [
    "BY_PLACE",
    "TIME",
    "Column",
    "about",
    "cell_columns",
    "reading",
    "report_columns",
    "report_count",
    "report_layer",
]

TIME = pa.timestamp("us", "UTC")

QUERY = """
SELECT {columns}
FROM counted_report AS report
JOIN cell ON cell.edition_id = report.edition_id AND cell.id = report.cell_id
JOIN edition ON edition.id = report.edition_id
WHERE {where}
ORDER BY {order}
"""

COUNT = "SELECT count(*) FROM counted_report AS report WHERE {where}"
OLDEST_FIRST = "report.received_at, report.id"
BY_PLACE = f"report.geom, {OLDEST_FIRST}"
"""Neighbours together: PostGIS orders points along a Hilbert curve."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: its name, its type, and the SQL it is selected by.

    `overlay` is the key of the overlay whose areas it holds, which are found faster in memory.
    """

    name: str
    type: pa.DataType
    sql: str
    overlay: str | None = None


_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.TIME: TIME,
    Kind.FLAG: pa.bool_(),
    Kind.COUNT: pa.int32(),
    Kind.NUMBER: pa.float64(),
    Kind.POINT: pa.binary(),
}
_SQL = {
    "number": "report.id",
    "cell_name": "cell.name",
    "purpose": "cell.purpose",
    "edition": "edition.label",
    "synthetic": "edition.synthetic",
    "geom": "ST_AsBinary(report.geom)",
}
_NUMBERED = {"number": "received_at", "merged_into": "merged_into_received_at", "parent": "parent_received_at"}
"""Columns that hold the number of a case, each with the column that says when that case was received."""


def cell_columns(grid: Grid) -> list[Column]:
    """The code of the cell of each level."""
    return [
        Column(f"{level.key}_code", pa.string(), f"cell.path[{depth}]") for depth, level in enumerate(grid.levels, 1)
    ]


def report_columns(grid: Grid, told: In = In.FILE) -> list[Column]:
    """The columns of an export, as the fields of a report say. Contact data is never exported.

    Parameters
    ----------
    told : where else a field must stand to be one.
    """
    found: list[Column] = []
    for field in FIELDS:
        if told not in field.places:
            continue
        if field.name == "areas":
            found += [_area_column(grid, overlay.key) for overlay in grid.overlays]
        elif In.FILE in field.places and field.kind is Kind.CELLS:
            found += cell_columns(grid)
        elif In.FILE in field.places:
            name, sql = field.name_in(In.FILE), _SQL.get(field.name, f"report.{field.name}")
            found.append(Column(name, pa.string() if name in _NUMBERED else _TYPES[field.kind], sql))
    return found


@contextmanager
def report_layer(url: str, grid: Grid, where: ReportFilter, scope: Scope, order: str = OLDEST_FIRST) -> Iterator[Layer]:
    """The reports of a scope that a filter lets through, the oldest first, as a layer that reads while it is written.

    All batches are of one moment: what is filed or changed meanwhile does not mix in.
    """
    from wangge.store.copied import copied  # Arrow's functions, which lists of reports do without

    columns = report_columns(grid)
    schema = pa.schema([(column.name, column.type) for column in columns])
    rows = pa.schema([(column.name, pa.int64() if column.name in _NUMBERED else column.type) for column in columns])
    wanted, values = matching(where, scope)
    selected = ("NULL" if column.overlay else column.sql for column in columns)
    query = reading(QUERY.format(columns=", ".join(selected), where=wanted, order=order), where)
    overlays = {column.name: column.overlay for column in columns if column.overlay}
    with copied(url, query, values, rows) as parts, ahead(_batches(parts, schema, grid, overlays), 1) as batches:
        yield Layer(f"{grid.territory}_reports", schema, batches, "Point", about(grid), id="number")


def report_count(connection: Connection, where: ReportFilter, scope: Scope) -> int:
    """How many reports such a layer has at the moment."""
    wanted, values = matching(where, scope)
    row = connection.execute(reading(COUNT.format(where=wanted), where).encode(), values).fetchone()
    return row[0] if row else 0


def reading(query: str, where: ReportFilter) -> str:
    """A query of reports for a file: cases of a campaign are in it only where that, or its category, is asked for."""
    named = where.campaign is not None or where.categories
    return query.replace("counted_report AS report", "report") if named else query


def _batches(
    parts: Iterable[pa.RecordBatch], schema: pa.Schema, grid: Grid, overlays: Mapping[str, str]
) -> Iterator[pa.RecordBatch]:

    from wangge.geo.files.wkb import points_of
    from wangge.reports.bulk.export.numbers import case_numbers

    for part in parts:
        told = dict(zip(schema.names, part.columns, strict=True))
        told |= {name: case_numbers(told[received_at], told[name]) for name, received_at in _NUMBERED.items()}
        if overlays:
            lon, lat = points_of(told["geometry"])
            days = [at.astimezone(grid.timezone).date() for at in told["received_at"].to_pylist()]
            told |= {
                name: pa.array(grid.overlays.codes(key, lon, lat, days), pa.string()) for name, key in overlays.items()
            }
        yield pa.RecordBatch.from_arrays([told[name] for name in schema.names], schema=schema)


def _area_column(grid: Grid, overlay: str) -> Column:
    """The column with the codes of an overlay's areas. Neither a key nor the name of a zone has a quote in it."""
    report = {"point": "report.geom", "at": "report.received_at", "territory": "report.territory_code"}
    sql = AREA_CODE.format(**report, key=f"'{overlay}'", zone=f"'{grid.timezone.key}'")
    return Column(f"{overlay}_area", pa.string(), sql, overlay)


def about(grid: Grid) -> dict[str, str | bool]:
    """What is said about a file as a whole."""
    said: dict[str, str | bool] = {"territory": grid.territory, "edition": grid.edition, "synthetic": grid.synthetic}
    if grid.synthetic:
        said["notice"] = " ".join(in_all("export", "synthetic").values())
    return said
