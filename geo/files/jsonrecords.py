"""JSON records in constant memory: one a line, a GeoJSON sequence, a FeatureCollection or an array.

A record is a plain object or a GeoJSON Feature. A Feature's properties become columns and its geometry a WKB
column; objects inside a plain record are spread, so that {"contact": {"phone": …}} gives `contact_phone`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import ijson
import numpy as np
import orjson
import pyarrow as pa
import shapely
from pyproj import Transformer

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenFile, BrokenRecord, FileCutShort, MalformedJson
from wangge.geo.files.bytestream import ByteStream
from wangge.geo.files.wkb import transformer_of, wkb_in_wgs84

__all__ = ["JsonReader", "flattened", "table_of"]

SAMPLE = 1 << 16
BLOCK = 1 << 20
SEPARATOR = b"\x1e"  # RFC 8142 puts it before each record
CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{[^}]*"name"\s*:\s*"([^"]+)"')
NESTED = {dict, list}  # what orjson and ijson make of objects and arrays
MOST = 20_000  # records in a batch; with more, Python's collector of garbage takes longer than the reading
LONGEST = 64 << 20  # bytes of one record; more is not a file of records

Record = dict[str, Any]
Numbered = tuple[int, Record | BrokenRecord]


class JsonReader:
    """A file of JSON records. Columns are those of the first batch; later batches may have others."""

    uniform = False

    def __init__(self, path: Path, *, batch_size: int) -> None:
        self.path = path
        self._batch_size = min(batch_size, MOST)
        self._stream = ByteStream(path)
        sample = self._stream.peek(SAMPLE)
        if not sample.strip():
            raise BrokenFile(file=str(path), records=0, reason="the file is empty")
        prefix = _collection(sample)
        self._to_wgs84 = transformer_of(path, _crs(sample)) if prefix else None
        self._failure: BrokenFile | FileCutShort | None = None
        self._records = self._inside(prefix) if prefix else self._lines(sample.lstrip().startswith(SEPARATOR))
        self._first = self._next()
        self.columns = self._first.table.schema.names if self._first else []

    def __iter__(self) -> Iterator[Batch]:
        batch, self._first = self._first, None
        while batch:
            yield batch
            batch = self._next()

    def _next(self) -> Batch | None:
        """The next batch. A file that fails in the middle still gives the records before, then fails."""
        if self._failure:
            raise self._failure
        records: list[Record] = []
        numbers: list[int] = []
        broken: list[BrokenRecord] = []
        try:
            for number, record in islice(self._records, self._batch_size):
                if isinstance(record, BrokenRecord):
                    broken.append(record)
                    continue
                try:
                    records.append(flattened(record))
                    numbers.append(number)
                except MalformedJson as reason:
                    broken.append(BrokenRecord(number, _text(record), reason))
        except (BrokenFile, FileCutShort) as failure:
            if not numbers and not broken:
                raise
            self._failure = failure
        if not numbers and not broken:
            return None
        return Batch(table_of(records, self._to_wgs84), np.array(numbers, dtype=np.int64), broken)

    def _lines(self, sequence: bool) -> Iterator[Numbered]:
        """Records one a line (numbered by line), or one after each separator (numbered in order)."""
        for number, line in enumerate(self._pieces(SEPARATOR if sequence else b"\n"), 0 if sequence else 1):
            line = line.strip().removeprefix(b"\xef\xbb\xbf")
            if not line:
                continue
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                reason = MalformedJson(reason=str(error))
                yield number, BrokenRecord(number, line[:2000].decode(errors="replace"), reason)
                continue
            yield number, record

    def _pieces(self, separator: bytes) -> Iterator[bytes]:
        rest = b""
        seen = 0
        while block := self._read(seen):
            *whole, rest = (rest + block).split(separator)
            if len(rest) > LONGEST:
                raise BrokenFile(file=str(self.path), records=seen, reason=f"a record is over {LONGEST >> 20} MB")
            seen += len(whole)
            yield from whole
        yield rest

    def _read(self, records: int) -> bytes:
        try:
            return self._stream.read(BLOCK)
        except EOFError as error:
            raise FileCutShort(file=str(self.path), records=records) from error

    def _inside(self, prefix: str) -> Iterator[Numbered]:
        """Records inside one JSON document, at an ijson prefix."""
        number = 0
        try:
            for record in ijson.items(self._stream, prefix, use_float=True):
                number += 1
                yield number, record
        except (EOFError, ijson.IncompleteJSONError) as error:
            raise self._stopped(number, error) from error
        except (ijson.JSONError, ValueError) as error:
            raise BrokenFile(file=str(self.path), records=number, reason=_first_line(error)) from error

    def _stopped(self, records: int, error: Exception) -> FileCutShort | BrokenFile:
        """yajl's words do not tell an end in the middle from bad syntax, but the end of the file does."""
        self._stream.skip()
        ends_well = self._stream.ending.strip().endswith((b"}", b"]"))
        if isinstance(error, EOFError) or not ends_well:
            return FileCutShort(file=str(self.path), records=records)
        return BrokenFile(file=str(self.path), records=records, reason=_first_line(error))

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._stream.progress()

    def close(self) -> None:
        """The file is released."""
        self._stream.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _collection(sample: bytes) -> str | None:
    """Where the records are inside one document; None when the file has one record a line."""
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return "item"
    line = text.partition(b"\n")[0].strip()
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        # The first line is no document by itself: either one broken line among others, or a document over lines.
        return "features.item" if b'"features"' in text or b'"FeatureCollection"' in text else None
    return "features.item" if isinstance(record, dict) and record.get("type") == "FeatureCollection" else None


def _crs(sample: bytes) -> str | None:
    """The CRS that a FeatureCollection of before RFC 7946 names at its head."""
    named = CRS_MEMBER.search(sample)
    return named[1].decode() if named else None


def flattened(record: Any) -> Record:
    """One level of columns for a record; a Feature's geometry stays as it is, under `geometry`."""
    if not isinstance(record, Mapping):
        raise MalformedJson(reason=f"expected an object, got {type(record).__name__}")
    flat: Record = {}
    if record.get("type") == "Feature":
        properties = record.get("properties") or {}
        if not isinstance(properties, Mapping):
            raise MalformedJson(reason="expected an object as properties")
        flat[GEOMETRY] = record.get(GEOMETRY)
        if "id" in record:
            flat["id"] = record["id"]
        record = properties
    if NESTED.isdisjoint(map(type, record.values())):  # as in most of millions
        flat.update(record)
        return flat
    for key, value in record.items():
        if isinstance(value, Mapping) and key != GEOMETRY:
            flat.update({f"{key}_{inner}": _plain(deeper) for inner, deeper in value.items()})
        else:
            flat[key] = value if key == GEOMETRY else _plain(value)
    return flat


def _plain(value: Any) -> Any:
    return _text(value) if isinstance(value, list | dict) else value


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def table_of(records: list[Record], to_wgs84: Transformer | None = None) -> pa.RecordBatch:
    """Columns of flat records, in the order they first appear; a column of mixed types is text."""
    names: dict[str, None] = {}
    for record in records:
        if not record.keys() <= names.keys():
            names |= dict.fromkeys(record)
    columns = [_column(name, [record.get(name) for record in records], to_wgs84) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def _column(name: str, values: list[Any], to_wgs84: Transformer | None) -> pa.Array:
    if name == GEOMETRY:
        return _geometries(values, to_wgs84)
    try:
        column = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        column = pa.array([value if value is None or isinstance(value, str) else _text(value) for value in values])
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _geometries(values: list[Any], to_wgs84: Transformer | None) -> pa.Array:
    """WKB of GeoJSON geometries; null where there is none or it is not one. Text is handed on as it is."""
    if any(isinstance(value, str) for value in values):
        return pa.array([value if isinstance(value, str) else None for value in values], pa.string())
    shapes = np.full(len(values), None, dtype=object)
    xy = np.full((len(values), 2), np.nan)
    others = []
    for row, value in enumerate(values):
        if not isinstance(value, Mapping):
            continue
        try:
            if value["type"] != "Point":
                raise TypeError
            lon, lat = value["coordinates"][:2]
            if isinstance(lon, str) or isinstance(lat, str) or isinstance(lon, bool) or isinstance(lat, bool):
                raise TypeError
            xy[row] = lon, lat
        except (KeyError, TypeError, ValueError):
            others.append(row)
    points = ~np.isnan(xy).any(axis=1)
    shapes[points] = shapely.points(xy[points])
    for row in others:
        shapes[row] = shapely.from_geojson(_text(values[row]), on_invalid="ignore")
    return wkb_in_wgs84(shapes, to_wgs84)
