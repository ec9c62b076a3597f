"""Assets on their way out, as a layer that reads while it is written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from wangge.geo.files.ahead import ahead
from wangge.geo.files.layers import Layer
from wangge.reports.assets import queries

__all__ = ["asset_layer"]


@contextmanager
def asset_layer(url: str, territory: str, kind: str | None) -> Iterator[Layer]:
    """The assets of a territory, or of one kind of it, as a layer, by kind and number."""
    from wangge.store.copied import copied  # Arrow's functions, which lists do without

    texts = ("number", "kind", "name", "attributes")
    schema = pa.schema([*((name, pa.string()) for name in texts), ("geometry", pa.binary())])
    asked = {"territory": territory, "kind": kind}
    with copied(url, queries.ASSETS_OF_KIND, asked, schema) as parts, ahead(parts) as batches:
        yield Layer(f"{territory}_assets", schema, batches, "Point", {"territory": territory}, id="number")
