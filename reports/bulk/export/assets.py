"""Assets on their way out, as a layer that reads while it is written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from wangge.geo.files.layers import Layer
from wangge.reports.assets import queries
from wangge.reports.bulk.export.reports import BATCH
from wangge.store.engine import in_parts

__all__ = ["asset_layer"]


@contextmanager
def asset_layer(url: str, territory: str, kind: str | None) -> Iterator[Layer]:
    """The assets of a territory, or of one kind of it, as a layer, by kind and number."""
    texts = ("number", "kind", "name", "attributes")
    schema = pa.schema([*((name, pa.string()) for name in texts), ("geometry", pa.binary())])
    with in_parts(url, queries.ASSETS_OF_KIND, {"territory": territory, "kind": kind}, BATCH) as parts:
        batches = (
            pa.RecordBatch.from_arrays(
                [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)],
                schema=schema,
            )
            for rows in parts
        )
        yield Layer(f"{territory}_assets", schema, batches, "Point", {"territory": territory}, id="number")
