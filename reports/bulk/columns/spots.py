"""Where the records of a batch are said to be: columns of a file, as text or typed, become coordinates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.wkb import points_of, shapes_of, xy_of
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.values import nulls, trimmed, true

__all__ = ["Floats", "Spots", "choices", "columns_of", "in_wgs84", "number", "points", "spots", "words"]

MOST_ACCURACY_M = 10_000
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Spots:
    """Where n things are said to be: coordinates as sent, their datum, and their accuracy in metres or NaN."""

    lon: Floats
    lat: Floats
    datum: NDArray[np.str_]
    accuracy: Floats


def spots(columns: Mapping[str, pa.Array], rows: int, datum: Datum, sieve: Sieve) -> Spots:
    """The spots in the columns of a batch; rows without a proper one fall from the sieve."""
    lon, lat = _place(columns, rows, sieve)
    return Spots(
        lon,
        lat,
        choices(columns, "datum", rows, list(Datum), datum, sieve),
        _accuracy(columns.get("accuracy"), rows, sieve),
    )


def columns_of(table: pa.RecordBatch, mapping: Mapping[str, str]) -> dict[str, pa.Array]:
    """The columns of a batch by the field they hold; those that are not in it are left out."""
    return {field: table.column(column) for field, column in mapping.items() if column in table.schema.names}


def in_wgs84(spots: Spots, standing: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS-84 coordinates of the spots that stand, NaN for the others."""
    lon, lat = np.full((2, len(standing)), np.nan)
    for name in np.unique(spots.datum).tolist():
        rows = (spots.datum == name) & standing
        lon[rows], lat[rows] = to_wgs84(spots.lon[rows], spots.lat[rows], Datum(name))
    return lon, lat


def _place(columns: Mapping[str, pa.Array], rows: int, sieve: Sieve) -> tuple[Floats, Floats]:
    """Coordinates of each row, from lon and lat where it has them, else from its geometry."""
    if "lon" not in columns or "lat" not in columns:
        return points(columns.get(GEOMETRY), np.ones(rows, np.bool_), sieve)
    lon, lat = (number(columns[field], field, sieve) for field in ("lon", "lat"))
    if GEOMETRY in columns:
        bare = np.isnan(lon) & np.isnan(lat) & ~nulls(columns[GEOMETRY])
        x, y = points(columns[GEOMETRY], bare, sieve)
        lon, lat = np.where(bare, x, lon), np.where(bare, y, lat)
    for field, values in (("lon", lon), ("lat", lat)):
        sieve.drop(np.isnan(values), field, columns[field], "missing")
    sieve.drop(np.abs(lon) > 180, "lon", columns["lon"], "less_than_equal", le=180)
    sieve.drop((np.abs(lat) > 90) & (np.abs(lat) <= 180), "lat", columns["lat"], "swapped")
    sieve.drop(np.abs(lat) > 90, "lat", columns["lat"], "less_than_equal", le=90)
    return lon, lat


def points(column: pa.Array | None, asked: NDArray[np.bool_], sieve: Sieve) -> tuple[Floats, Floats]:
    """Coordinates of a geometry column in the rows asked: WKB, or text that is WKT or WKB in hexadecimal."""
    if column is None:
        sieve.drop(asked, GEOMETRY, None, "missing")
        return np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    lon, lat = _coordinates(column)
    right = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    if (wrong := asked & ~right).any():
        said = _said(column, wrong)
        far = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
        sieve.drop(asked & nulls(column), GEOMETRY, said, "missing")
        sieve.drop(asked & ~(np.isfinite(lon) & np.isfinite(lat)), GEOMETRY, said, "point_geometry")
        sieve.drop(asked & far, GEOMETRY, said, "swapped")
        sieve.drop(wrong, GEOMETRY, said, "point_geometry")
    return lon, lat


def _coordinates(column: pa.Array) -> tuple[Floats, Floats]:
    """Coordinates of a geometry column, NaN where there is no point."""
    if not _is_text(column):
        return points_of(column)
    texts = np.asarray(column.to_pylist(), dtype=object)
    sample = next((text.strip() for text in texts if text), "")
    read = shapely.from_wkb if re.fullmatch(r"[0-9A-Fa-f]+", sample) else shapely.from_wkt
    return xy_of(read(texts, on_invalid="ignore"))


def _said(column: pa.Array, wrong: NDArray[np.bool_]) -> pa.Array:
    """What a geometry column holds in the wrong rows, as text."""
    if _is_text(column):
        return column
    picked = pc.if_else(pa.array(wrong), column, None)
    return pa.array(shapely.to_wkt(shapes_of(picked)), pa.string())


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def number(column: pa.Array, field: str, sieve: Sieve) -> Floats:
    """Numbers of a column, NaN where there is none; what is no finite number falls."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = trimmed(column)
        parses = pc.match_substring_regex(text, NUMBER)
        sieve.drop(true(pc.invert(parses)), field, column, "float_parsing")
        numbers = pc.if_else(parses, text, None).cast(pa.float64())
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        numbers = column.cast(pa.float64())
    else:
        sieve.drop(~nulls(column), field, column, "float_type")
        return np.full(len(column), np.nan)
    values = np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
    sieve.drop(np.isinf(values), field, column, "finite_number")
    return values


def _accuracy(column: pa.Array | None, rows: int, sieve: Sieve) -> Floats:
    if column is None:
        return np.full(rows, np.nan)
    values = number(column, "accuracy", sieve)
    sieve.drop(values <= 0, "accuracy", column, "greater_than", gt=0)
    sieve.drop(values > MOST_ACCURACY_M, "accuracy", column, "less_than_equal", le=MOST_ACCURACY_M)
    return values


def words(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve) -> pa.Array:
    """Text of a column without the blanks around it; null where there is none."""
    column = columns.get(field)
    if column is None:
        return pa.nulls(rows, pa.string())
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        sieve.drop(~nulls(column), field, column, "string_type")
        return pa.nulls(rows, pa.string())
    return trimmed(column.cast(pa.string()))


def choices(
    columns: Mapping[str, pa.Array], field: str, rows: int, known: Sequence[str], default: str, sieve: Sieve
) -> NDArray[np.str_]:
    """Words of a column that must be of the known ones, in any case; the default where nothing is said."""
    if field not in columns:
        return np.full(rows, default)
    said, allowed = pc.utf8_lower(words(columns, field, rows, sieve)), pa.array(known)
    wrong = true(pc.invert(pc.is_in(said, allowed))) & ~nulls(said)
    sieve.drop(wrong, field, columns[field], "enum", expected=", ".join(known))
    return np.asarray(pc.if_else(pc.is_in(said, allowed), said, default).to_pylist(), dtype=np.str_)
