"""A layer in another datum, for maps that are drawn in it."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import shapely

from wangge.geo.datum import Datum, from_wgs84
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.layers import Layer
from wangge.geo.files.wkb import shapes_of

__all__ = ["in_datum"]


def in_datum(layer: Layer, datum: Datum) -> Layer:
    """A layer with its geometries in a datum, which its metadata say; columns of coordinates stay what they are.

    No form of file has a code for GCJ-02 and BD-09: readers take the coordinates for WGS-84, some 500 m away.
    """
    said = {**layer.metadata, "datum": datum.value}
    if datum is Datum.WGS84:
        return replace(layer, metadata=said)
    return replace(layer, batches=_moved(layer, datum), metadata=said)


def _moved(layer: Layer, datum: Datum) -> Iterator[pa.RecordBatch]:
    at = layer.schema.get_field_index(GEOMETRY)
    for batch in layer:
        shapes = shapes_of(batch.column(at))
        places = shapely.get_coordinates(shapes)
        lon, lat = from_wgs84(places[:, 0], places[:, 1], datum)
        moved = shapely.set_coordinates(shapes.copy(), list(zip(lon, lat, strict=True)))
        yield batch.set_column(at, layer.schema.field(at), pa.array(shapely.to_wkb(moved), pa.binary()))
