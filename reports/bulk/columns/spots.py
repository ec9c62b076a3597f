"""Where the records of a batch are said to be: columns of a file, as text or typed, become coordinates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from wangge.geo.datum import Datum, to_wgs84
from wangge.geo.files.batches import GEOMETRY
from wangge.geo.files.soundtexts import is_text
from wangge.geo.files.spelledcolumns import narrow_column, trimmed
from wangge.geo.files.spelling import narrow
from wangge.geo.files.wkb import points_of, shapes_of, xy_of
from wangge.reports.bulk.columns.numbers import number
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.values import nulls, texts, true
from wangge.reports.errors import NotDegrees

__all__ = [
    "Floats",
    "NotDegrees",
    "Spots",
    "choices",
    "columns_of",
    "in_wgs84",
    "points",
    "refuse_metres",
    "spots",
    "words",
]

MOST_ACCURACY_M = 10_000
PAIR = r"^[\s(\[]*[+-]?\d+(\.\d+)?\s*[,;\s]\s*[+-]?\d+(\.\d+)?[\s)\]]*$"
SRID = r"^SRID=(4326|4490);\s*"
LON_LAT = (-1, 0, 4326, 4490)
"""What a geometry may say of its CRS, or nothing (-1 where there is no geometry)."""

METRES = 1000.0
"""What is so far beyond degrees is in metres of some projection."""
FEW = 20
"""Of so many records in metres and none in degrees the file is at fault, not they."""

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
        _datums(columns, rows, datum, sieve),
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
    metres = (np.abs(lon) > METRES) | (np.abs(lat) > METRES)
    sieve.drop(metres, "lon, lat", _pairs(lon, lat, metres), "metres")
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
        none = asked & ~(np.isfinite(lon) & np.isfinite(lat))
        if is_text(column.type):
            pairs = true(pc.match_substring_regex(narrow_column(column), PAIR))
            sieve.drop(none & pairs, GEOMETRY, said, "point_pair")
        sieve.drop(none, GEOMETRY, said, "point_geometry")
        sieve.drop(asked & far, GEOMETRY, said, "swapped")
        sieve.drop(asked & ((np.abs(lon) > METRES) | (np.abs(lat) > METRES)), GEOMETRY, said, "metres")
        sieve.drop(wrong, GEOMETRY, said, "point_geometry")
    return lon, lat


def refuse_metres(sieve: Sieve) -> None:
    """Refuse a file whose first records are all in metres. Raises NotDegrees."""
    wrong = [one for one in sieve.refusals if one.error.facts.get("reason") == "metres"]
    if len(wrong) >= FEW and len(wrong) == len(sieve.standing):
        raise NotDegrees(records=len(wrong), got=wrong[0].got)


def _pairs(lon: Floats, lat: Floats, wrong: NDArray[np.bool_]) -> pa.Array:
    said = [f"{x}, {y}" if it else None for x, y, it in zip(lon.tolist(), lat.tolist(), wrong.tolist(), strict=True)]
    return pa.array(said, pa.string())


def _coordinates(column: pa.Array) -> tuple[Floats, Floats]:
    """Coordinates of a geometry column, NaN where there is no point."""
    if not is_text(column.type):
        return points_of(column)
    texts = np.asarray(pc.replace_substring_regex(trimmed(column), SRID, "").to_pylist(), dtype=object)
    sample = next((text for text in texts if text), "")
    read = shapely.from_wkb if re.fullmatch(r"[0-9A-Fa-f]+", sample) else shapely.from_wkt
    shapes = read(texts, on_invalid="ignore")
    shapes[~np.isin(shapely.get_srid(shapes), LON_LAT)] = None
    return xy_of(shapes)


def _said(column: pa.Array, wrong: NDArray[np.bool_]) -> pa.Array:
    """What a geometry column holds in the wrong rows, as text."""
    if is_text(column.type):
        return column
    picked = pc.if_else(pa.array(wrong), column, None)
    return pa.array(shapely.to_wkt(shapes_of(picked)), pa.string())


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
    found = texts(column)
    reason = "string_type" if pa.types.is_nested(column.type) else "string_unicode"
    if found.unusable.any():
        held = [value.hex() if isinstance(value, bytes) else str(value) for value in column.to_pylist()]
        sieve.drop(found.unusable, field, pa.array(held), reason)
    return trimmed(found.values)


def choices(
    columns: Mapping[str, pa.Array], field: str, rows: int, known: Mapping[str, str], default: str, sieve: Sieve
) -> NDArray[np.str_]:
    """Words of a column that must be of the known ones, in any case; the default where nothing is said.

    Parameters
    ----------
    known : what is meant, by the words for it in small letters.
    """
    if field not in columns:
        return np.full(rows, default)
    said = pc.utf8_lower(narrow_column(words(columns, field, rows, sieve)))
    places = pc.index_in(said, pa.array(list(known), pa.string()))
    wrong = nulls(places) & ~nulls(said)
    sieve.drop(wrong, field, columns[field], "enum", expected=", ".join(dict.fromkeys(known.values())))
    meant = np.array([*known.values(), default])
    chosen: NDArray[np.str_] = meant[np.asarray(pc.fill_null(places, len(known)).to_numpy(zero_copy_only=False))]
    return chosen


def _datums(columns: Mapping[str, pa.Array], rows: int, default: Datum, sieve: Sieve) -> NDArray[np.str_]:
    """Datums as people spell them."""
    if "datum" not in columns:
        return np.full(rows, default)
    said = words(columns, "datum", rows, sieve)
    known = {}
    for text in pc.unique(said.drop_null()).to_pylist():
        try:
            known[narrow(text).lower()] = Datum(text).value
        except ValueError:
            continue
    return choices(columns, "datum", rows, known | {one.value: one.value for one in Datum}, default, sieve)
