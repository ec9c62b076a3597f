"""Columns of a file, as text or typed, become the columns of report drafts; what does not parse falls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.datum import Datum
from geo.files.batches import GEOMETRY
from geo.files.wkb import points_of, shapes_of
from reports.bulk.fields import CONTACT
from reports.bulk.sieve import Sieve
from reports.bulk.timecolumns import times
from reports.intake import CLOCK_SKEW, EARLIEST

__all__ = ["Drafts", "Rules", "Spots", "columns_of", "drafts", "spots"]

LONGEST = {"category": 200, "external_id": 200, "description": 4000, "contact_name": 200}
PATTERNS = {"contact_phone": r"^[0-9+()\- ]{3,40}$", "contact_email": r"^[^@\s]{1,128}@[^@\s]{1,125}$"}
MOST_ACCURACY_M = 10_000
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Rules:
    """How values are read.

    Parameters
    ----------
    datum : of the coordinates, where no column says it.
    zone : of times that name none; None refuses them.
    now : the moment after which nothing can have happened yet.
    """

    datum: Datum
    zone: ZoneInfo | None
    now: datetime


@dataclass(slots=True)
class Spots:
    """Where n things are said to be: coordinates as sent, their datum, and their accuracy in metres or NaN."""

    lon: Floats
    lat: Floats
    datum: NDArray[np.str_]
    accuracy: Floats


@dataclass(slots=True)
class Drafts(Spots):
    """n reports before they have a place: NaN, NaT and null where nothing was said."""

    category: pa.Array
    description: pa.Array
    occurred_at: Times
    received_at: Times
    external_id: pa.Array
    contact: dict[str, pa.Array]


def spots(columns: Mapping[str, pa.Array], rows: int, datum: Datum, sieve: Sieve) -> Spots:
    """The spots in the columns of a batch; rows without a proper one fall from the sieve."""
    lon, lat = _place(columns, rows, sieve)
    return Spots(
        lon,
        lat,
        _datum(columns.get("datum"), rows, datum, sieve),
        _accuracy(columns.get("accuracy"), rows, sieve),
    )


def columns_of(table: pa.RecordBatch, mapping: Mapping[str, str]) -> dict[str, pa.Array]:
    """The columns of a batch by the field they hold; those that are not in it are left out."""
    return {field: table.column(column) for field, column in mapping.items() if column in table.schema.names}


def drafts(table: pa.RecordBatch, mapping: Mapping[str, str], rules: Rules, sieve: Sieve) -> Drafts:
    """The drafts in a batch; rows that do not make one fall from the sieve."""
    columns = columns_of(table, mapping)
    where = spots(columns, table.num_rows, rules.datum, sieve)
    occurred, received = (
        _times(columns, field, table.num_rows, rules, sieve) for field in ("occurred_at", "received_at")
    )
    now = np.datetime64(rules.now.replace(tzinfo=None), "us")
    return Drafts(
        lon=where.lon,
        lat=where.lat,
        datum=where.datum,
        accuracy=where.accuracy,
        category=_text(columns, "category", table.num_rows, sieve, required=True),
        description=pc.fill_null(_text(columns, "description", table.num_rows, sieve), ""),
        occurred_at=_first(occurred, received, now),
        received_at=_first(received, occurred, now),
        external_id=_text(columns, "external_id", table.num_rows, sieve),
        contact={
            field.removeprefix("contact_"): _text(columns, field, table.num_rows, sieve)
            for field in CONTACT
            if field in columns
        },
    )


def _place(columns: Mapping[str, pa.Array], rows: int, sieve: Sieve) -> tuple[Floats, Floats]:
    """Coordinates of each row, from lon and lat where it has them, else from its geometry."""
    if "lon" not in columns or "lat" not in columns:
        return _points(columns.get(GEOMETRY), np.ones(rows, np.bool_), sieve)
    lon, lat = (_number(columns[field], field, sieve) for field in ("lon", "lat"))
    if GEOMETRY in columns:
        bare = np.isnan(lon) & np.isnan(lat) & ~_nulls(columns[GEOMETRY])
        x, y = _points(columns[GEOMETRY], bare, sieve)
        lon, lat = np.where(bare, x, lon), np.where(bare, y, lat)
    for field, values in (("lon", lon), ("lat", lat)):
        sieve.drop(np.isnan(values), field, columns[field], "missing")
    sieve.drop(np.abs(lon) > 180, "lon", columns["lon"], "less_than_equal", le=180)
    sieve.drop((np.abs(lat) > 90) & (np.abs(lat) <= 180), "lat", columns["lat"], "swapped")
    sieve.drop(np.abs(lat) > 90, "lat", columns["lat"], "less_than_equal", le=90)
    return lon, lat


def _points(column: pa.Array | None, asked: NDArray[np.bool_], sieve: Sieve) -> tuple[Floats, Floats]:
    """Coordinates of a geometry column in the rows asked: WKB, or text that is WKT or WKB in hexadecimal."""
    if column is None:
        sieve.drop(asked, GEOMETRY, None, "missing")
        return np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    lon, lat = _coordinates(column)
    right = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    if (wrong := asked & ~right).any():
        said = _said(column, wrong)
        far = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
        sieve.drop(asked & _nulls(column), GEOMETRY, said, "missing")
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
    shapes = read(texts, on_invalid="ignore")
    return shapely.get_x(shapes), shapely.get_y(shapes)


def _said(column: pa.Array, wrong: NDArray[np.bool_]) -> pa.Array:
    """What a geometry column holds in the wrong rows, as text."""
    if _is_text(column):
        return column
    picked = pc.if_else(pa.array(wrong), column, None)
    return pa.array(shapely.to_wkt(shapes_of(picked)), pa.string())


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _number(column: pa.Array, field: str, sieve: Sieve) -> Floats:
    """Numbers of a column, NaN where there is none; what is no finite number falls."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = _trimmed(column)
        parses = pc.match_substring_regex(text, NUMBER)
        sieve.drop(_true(pc.invert(parses)), field, column, "float_parsing")
        numbers = pc.if_else(parses, text, None).cast(pa.float64())
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        numbers = column.cast(pa.float64())
    else:
        sieve.drop(~_nulls(column), field, column, "float_type")
        return np.full(len(column), np.nan)
    values = np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
    sieve.drop(np.isinf(values), field, column, "finite_number")
    return values


def _accuracy(column: pa.Array | None, rows: int, sieve: Sieve) -> Floats:
    if column is None:
        return np.full(rows, np.nan)
    values = _number(column, "accuracy", sieve)
    sieve.drop(values <= 0, "accuracy", column, "greater_than", gt=0)
    sieve.drop(values > MOST_ACCURACY_M, "accuracy", column, "less_than_equal", le=MOST_ACCURACY_M)
    return values


def _datum(column: pa.Array | None, rows: int, default: Datum, sieve: Sieve) -> NDArray[np.str_]:
    if column is None:
        return np.full(rows, default.value)
    names = pc.utf8_lower(_trimmed(column.cast(pa.string())))
    known = pa.array([datum.value for datum in Datum])
    wrong = _true(pc.invert(pc.is_in(names, known))) & ~_nulls(names)
    sieve.drop(wrong, "datum", column, "enum", expected=", ".join(Datum))
    filled = pc.if_else(pc.is_in(names, known), names, default.value)
    return np.asarray(filled.to_pylist(), dtype=np.str_)


def _text(columns: Mapping[str, pa.Array], field: str, rows: int, sieve: Sieve, *, required: bool = False) -> pa.Array:
    """Text of a column without the blanks around it; null where there is none."""
    column = columns.get(field)
    if column is None:
        text = pa.nulls(rows, pa.string())
    elif pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        sieve.drop(~_nulls(column), field, column, "string_type")
        text = pa.nulls(rows, pa.string())
    else:
        text = _trimmed(column.cast(pa.string()))
    if required:
        sieve.drop(_nulls(text), field, None, "missing")
    if field in LONGEST:
        most = LONGEST[field]
        sieve.drop(_true(pc.greater(pc.utf8_length(text), most)), field, text, "string_too_long", max_length=most)
    if field in PATTERNS:
        fits = pc.match_substring_regex(text, PATTERNS[field])
        reason = "email" if field == "contact_email" else "string_pattern_mismatch"
        sieve.drop(_true(pc.invert(fits)), field, text, reason, pattern=PATTERNS[field])
    # U+0000 is the one character that PostgreSQL cannot keep in a text.
    sieve.drop(_true(pc.match_substring(text, "\0")), field, None, "string_nul")
    return text


def _times(columns: Mapping[str, pa.Array], field: str, rows: int, rules: Rules, sieve: Sieve) -> Times:
    """Times of a column in UTC, NaT where there is none; unreadable, future and absurdly early ones fall."""
    column = columns.get(field)
    if column is None:
        return np.full(rows, "NaT", dtype="datetime64[us]")
    read = times(column, rules.zone)
    sieve.drop(read.unreadable, field, column, "datetime_parsing")
    sieve.drop(read.zoneless, field, column, "timezone_aware")
    values = read.values
    if rules.zone is not None:
        # Many a system writes the start of its own clock where it has no time.
        values[np.abs(values.astype(np.int64)) < 86_400_000_000] = np.datetime64("NaT")
    latest = np.datetime64((rules.now + CLOCK_SKEW).replace(tzinfo=None), "us")
    sieve.drop(values > latest, field, column, "datetime_future")
    earliest = np.datetime64(EARLIEST.replace(tzinfo=None), "us")
    sieve.drop(values < earliest, field, column, "datetime_early", earliest=EARLIEST.date())
    return values


def _first(*choices: Any) -> Times:
    """The first of several times that is one, row by row."""
    chosen: Times = choices[0].copy()
    for other in choices[1:]:
        chosen = np.where(np.isnat(chosen), other, chosen)
    return chosen


def _trimmed(column: pa.Array) -> pa.Array:
    text = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(text, ""), None, text)


def _nulls(column: pa.Array) -> NDArray[np.bool_]:
    return _true(pc.is_null(column))


def _true(column: pa.Array) -> NDArray[np.bool_]:
    """Where a boolean column is true, null being false."""
    return np.array(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
