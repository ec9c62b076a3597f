"""Arrow columns as JSON text, column by column: GeoJSON features without a Python object for each value."""

from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from wangge.geo.files.soundtexts import bytes_as_text
from wangge.geo.files.wkb import points_of, shapes_of

__all__ = ["geometries", "joined", "values"]

NULL = "null"
ESCAPED = r'[\x00-\x1f"\\]'  # what cannot stand in a JSON string as it is
WHOLE = r"^-?\d+$"


def values(column: pa.Array) -> pa.Array:
    """The JSON text of each of n values; null, and numbers that are not finite, are `null`."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        text = values(column.dictionary).take(column.indices)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = _quoted(column.cast(pa.string()))
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        text = column.cast(pa.string())
    elif pa.types.is_float32(kind) or pa.types.is_float64(kind):
        text = _numbers(column)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        told = [value if value is None else bytes_as_text(value) for value in column.to_pylist()]
        text = _quoted(pa.array(told, pa.string()))
    else:
        text = pa.array([orjson.dumps(value, default=str).decode() for value in column.to_pylist()], pa.string())
    return pc.fill_null(text, NULL)


def geometries(column: pa.Array, *, points: bool, decimals: int) -> pa.Array:
    """The GeoJSON text of each shape of a WKB column, with the right-hand rule and so many decimals.

    Parameters
    ----------
    points : whether all are points; they are written in two dimensions.
    """
    if points:
        x, y = (np.round(axis, decimals) for axis in points_of(column))
        there = pa.array(np.isfinite(x) & np.isfinite(y))
        text = joined('{"type":"Point","coordinates":[', values(pa.array(x)), ",", values(pa.array(y)), "]}")
        return pc.if_else(there, text, NULL)
    oriented = shapely.orient_polygons(shapes_of(column))
    rounded = shapely.transform(oriented, lambda xy: np.round(xy, decimals))
    return pc.fill_null(pa.array(shapely.to_geojson(rounded), pa.string()), NULL)


def joined(*parts: Any) -> pa.Array:
    """Texts and columns of text put together, row by row."""
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


def _quoted(column: pa.Array) -> pa.Array:
    text = joined('"', column, '"')
    odd = pc.fill_null(pc.match_substring_regex(column, ESCAPED), False)
    if not pc.any(odd).as_py():
        return text
    escaped = [orjson.dumps(value).decode() for value in column.filter(odd).to_pylist()]
    return pc.replace_with_mask(text, odd, pa.array(escaped, pa.string()))


def _numbers(column: pa.Array) -> pa.Array:
    text = pc.if_else(pc.is_finite(column), column, None).cast(pa.string())
    return pc.if_else(pc.match_substring_regex(text, WHOLE), joined(text, ".0"), text)
