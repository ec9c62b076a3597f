"""JSON records in constant memory: one a line, a GeoJSON sequence, a FeatureCollection or an array.

A record is a plain object or a GeoJSON Feature. A Feature's properties become columns and its geometry a WKB
column; objects inside a plain record are spread, so that {"contact": {"phone": …}} gives `contact_phone`.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely
from pyproj import Transformer

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenFile, BrokenRecord, FileCutShort, MalformedJson, check_width
from wangge.geo.files.crsmember import named_crs, same_crs
from wangge.geo.files.jsonpieces import LONGEST, Elements, EndsInside, TooLong, is_whole, lines
from wangge.geo.files.strictjson import as_text, parsed
from wangge.geo.files.textstream import MARK, TextStream
from wangge.geo.files.wkb import transformer_of, wkb_in_wgs84

__all__ = ["JsonReader", "flattened", "table_of"]

SEPARATOR = b"\x1e"  # RFC 8142 puts it before each record
NESTED = {dict, list}  # what JSON makes of objects and arrays
MOST = 20_000  # records in a batch; with more, Python's collector of garbage takes longer than the reading

Record = dict[str, Any]
Numbered = tuple[int, Record | BrokenRecord]


class JsonReader:
    """A file of JSON records. Columns are those of the first batch; later batches may have others."""

    uniform = False
    repeated: frozenset[str] = frozenset()  # a record that has a key twice is none

    def __init__(self, path: Path, *, encoding: str | None = None, batch_size: int) -> None:
        self.path = path
        self._batch_size = min(batch_size, MOST)
        self._text = TextStream(path, encoding)
        sample = self._text.sample.lstrip()
        self._to_wgs84: Transformer | None = None
        self._crs: str | None = None
        self._failure: BrokenFile | FileCutShort | None = None
        kind = _kind(sample)
        self._records = self._one_by_one(sample) if kind == "lines" else self._inside(self._elements(kind))
        self._held: list[Batch] = []
        while batch := self._next():  # until there are columns
            self._held.append(batch)
            if batch.table.num_columns:
                break
        self.columns = self._held[-1].table.schema.names if self._held else []

    def __iter__(self) -> Iterator[Batch]:
        while self._held:
            yield self._held.pop(0)
        while batch := self._next():
            yield batch

    def _next(self) -> Batch | None:
        """The next batch. A file that fails in the middle still gives the records before, then fails."""
        if self._failure:
            raise self._failure
        records: list[Record] = []
        numbers: list[int] = []
        broken: list[BrokenRecord] = []
        names: set[str] = set()
        try:
            for number, record in islice(self._records, self._batch_size):
                if isinstance(record, BrokenRecord):
                    broken.append(record)
                else:
                    names.update(record)
                    check_width(self.path, len(names), number - 1)
                    records.append(record)
                    numbers.append(number)
        except (BrokenFile, FileCutShort) as failure:
            if not numbers and not broken:
                raise
            self._failure = failure
        if not numbers and not broken:
            return None
        return Batch(table_of(records, self._to_wgs84), np.array(numbers, dtype=np.int64), broken)

    def _one_by_one(self, sample: bytes) -> Iterator[Numbered]:
        """Records one a line (numbered by line), or one after each separator (numbered in order)."""
        sequence = sample.startswith(SEPARATOR)
        separator = b"\r" if b"\r" in sample and b"\n" not in sample else b"\n"
        number = -1 if sequence else 0
        try:
            for line in lines(iter(self._text), SEPARATOR if sequence else separator):
                number += 1
                piece = line.strip().removeprefix(MARK)
                if piece:
                    yield number, _record(number, piece)
        except EOFError as error:
            raise FileCutShort(file=str(self.path), records=max(number, 0)) from error
        except TooLong as error:
            raise self._too_long(number) from error

    def _elements(self, kind: str) -> Elements:
        try:
            elements = Elements(iter(self._text), collection=kind == "collection")
        except EOFError as error:
            raise FileCutShort(file=str(self.path), records=0) from error
        except TooLong as error:
            raise self._too_long(0) from error
        except EndsInside as ending:
            raise self._ends(0, ending.text, "no-features") from ending
        if kind == "collection":
            self._crs = named_crs(elements.head, self.path)
            self._to_wgs84 = transformer_of(self.path, self._crs)
        return elements

    def _inside(self, elements: Elements) -> Iterator[Numbered]:
        """Records inside one JSON document."""
        number = 0
        try:
            for piece in elements:
                number += 1
                yield number, _record(number, piece.strip())
        except EOFError as error:
            raise FileCutShort(file=str(self.path), records=number) from error
        except TooLong as error:
            raise self._too_long(number) from error
        except EndsInside as ending:
            last = _record(number + 1, ending.text.strip())
            if isinstance(last, BrokenRecord):
                raise self._ends(number, ending.text, "unbalanced") from ending
            yield number + 1, last
            raise FileCutShort(file=str(self.path), records=number + 1) from ending
        try:
            document = parsed(elements.envelope)
        except MalformedJson as error:
            raise BrokenFile(file=str(self.path), records=number, **error.facts) from error
        if isinstance(document, dict) and not same_crs(document.get("crs"), self._crs):
            raise BrokenFile(file=str(self.path), records=number, reason="crs-late")

    def _ends(self, records: int, text: bytes, sound: str) -> BrokenFile | FileCutShort:
        """Why a document has no end: it is cut short, or not sound, or sound and yet none."""
        if not text.rstrip().endswith((b"}", b"]")):
            return FileCutShort(file=str(self.path), records=records)
        try:
            parsed(text)
        except MalformedJson as error:
            return BrokenFile(file=str(self.path), records=records, **error.facts)
        return BrokenFile(file=str(self.path), records=records, reason=sound)

    def _too_long(self, records: int) -> BrokenFile:
        return BrokenFile(file=str(self.path), records=records, reason="endless-record", mb=LONGEST >> 20)

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._text.progress()

    def close(self) -> None:
        """The file is released."""
        self._text.close()


def _record(number: int, piece: bytes) -> Record | BrokenRecord:
    try:
        if record := flattened(parsed(piece)):
            return record
        reason = MalformedJson(reason="no-fields")
    except MalformedJson as error:
        reason = error
    return BrokenRecord(number, piece[:2000].decode(errors="replace"), reason)


def _kind(sample: bytes) -> str:
    """How a file holds its records: inside an "array" or a "collection", or on "lines"."""
    line, _, more = sample.partition(b"\n")
    if sample.startswith(b"["):
        return "lines" if more.strip() and is_whole(line) else "array"
    line = line.strip()
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        # The first line is no document by itself: either one broken line among others, or a document over lines.
        is_object = sample.startswith(b"{")
        return "collection" if is_object and (b'"features"' in sample or b'"FeatureCollection"' in sample) else "lines"
    is_collection = isinstance(record, dict) and record.get("type") == "FeatureCollection"
    return "collection" if is_collection else "lines"


def flattened(record: Any) -> Record:
    """One level of columns for a record; a Feature's geometry is kept under `geometry`. Raises MalformedJson."""
    if not isinstance(record, Mapping):
        raise MalformedJson(reason="no-object")
    flat: Record = {}
    if record.get("type") == "Feature":
        properties = record.get("properties") or {}
        if not isinstance(properties, Mapping):
            raise MalformedJson(reason="no-properties")
        if not same_crs(record.get("crs"), None):
            raise MalformedJson(reason="own-crs")
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
    return as_text(value) if isinstance(value, list | dict) else value


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
        column = pa.array([value if value is None or isinstance(value, str) else as_text(value) for value in values])
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
        shapes[row] = _other(values[row])
    return wkb_in_wgs84(shapes, to_wgs84)


def _other(value: Any) -> Any:
    """A geometry that is no point; None where it is none."""
    try:
        return shapely.from_geojson(as_text(value), on_invalid="ignore")
    except MalformedJson:
        return None
