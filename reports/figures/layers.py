"""Cells with their figures in one layer, as planners want them: shapes and numbers in one file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from wangge.geo.files.layers import Layer
from wangge.reports.figures.counting import Figure
from wangge.reports.figures.indicators import Indicator
from wangge.reports.figures.tabling import Table

__all__ = ["with_figures"]


def with_figures(layer: Layer, table: Table) -> Layer:
    """A layer of cells with a column for each figure, and for each rate how many cases of how many it is.

    Parameters
    ----------
    layer : cells of the level that the table counts by, with their `code`.
    table : counted by cell and nothing else. A cell that is not in it has no figures, which is not zero.
    """
    columns = [(name, kind) for one in table.indicators for name, kind in _columns(one)]
    taken = set(layer.schema.names)
    fields = [pa.field(name if name not in taken else f"figure_{name}", kind) for name, kind in columns]
    at = layer.schema.get_field_index("geometry")
    schema = pa.schema([*(field for place, field in enumerate(layer.schema) if place != at), *fields, layer.schema[at]])
    found = {line.about[0]["code"]: _values(table.indicators, line.figures) for line in table.lines}
    return replace(layer, schema=schema, batches=_batches(layer, schema, found, len(fields)))


def _batches(
    layer: Layer, schema: pa.Schema, found: dict[str, list[float | int | None]], width: int
) -> Iterator[pa.RecordBatch]:
    nothing = [None] * width
    for batch in layer:
        rows = [found.get(code, nothing) for code in batch.column("code").to_pylist()]
        figures = list(zip(*rows, strict=True)) if rows else [()] * width
        kinds = [field.type for field in schema][-1 - width : -1]
        own = [batch.column(name) for name in layer.schema.names if name != "geometry"]
        arrays = [pa.array(values, kind) for values, kind in zip(figures, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays([*own, *arrays, batch.column("geometry")], schema=schema)


def _columns(one: Indicator) -> Iterator[tuple[str, pa.DataType]]:
    name = one.key.replace(".", "_")
    yield name, pa.float64()
    if one.numerator is not None:
        yield f"{name}_numerator", pa.int64()
        yield f"{name}_denominator", pa.int64()


def _values(indicators: Sequence[Indicator], figures: Sequence[Figure]) -> list[float | int | None]:
    values: list[float | int | None] = []
    for one, figure in zip(indicators, figures, strict=True):
        values.append(figure.value)
        if one.numerator is not None:
            values += [figure.numerator, figure.denominator]
    return values
