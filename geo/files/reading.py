"""Files of records, read in constant memory: CSV, JSON, GeoJSON, Parquet, GeoParquet, Arrow and what GDAL reads."""

from pathlib import Path

from wangge.geo.errors import WanggeError
from wangge.geo.files.arrowfiles import ArrowReader
from wangge.geo.files.batches import (
    GEOMETRY,
    Batch,
    BrokenFile,
    BrokenRecord,
    FileCutShort,
    MalformedJson,
    RaggedRow,
    RecordReader,
    TitleRow,
    WrongDelimiter,
    WrongEncoding,
)
from wangge.geo.files.columnar import ParquetReader
from wangge.geo.files.delimited import DelimitedReader
from wangge.geo.files.jsonrecords import JsonReader
from wangge.geo.files.layers import MissingLayer

__all__ = [
    "GEOMETRY",
    "READABLE",
    "Batch",
    "BrokenFile",
    "BrokenRecord",
    "FileCutShort",
    "MalformedJson",
    "RaggedRow",
    "RecordReader",
    "TitleRow",
    "UnknownFormat",
    "WrongDelimiter",
    "WrongEncoding",
    "open_records",
]

SUFFIXES = {
    "csv": "csv", "txt": "csv", "tsv": "tsv",
    "json": "json", "geojson": "json", "ndjson": "json", "jsonl": "json", "geojsonl": "json", "geojsons": "json",
    "parquet": "parquet", "geoparquet": "parquet",
    "arrow": "arrow", "arrows": "arrow", "feather": "arrow",
    "gpkg": "vector", "fgb": "vector", "shp": "vector", "shz": "vector", "zip": "vector",
}  # fmt: skip
READABLE = ("csv", "tsv", "json", "parquet", "arrow", "vector")


class UnknownFormat(WanggeError):
    """A format that is not among those that are read or written."""

    kind = "unknown-format"


def open_records(
    path: Path,
    *,
    form: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    batch_size: int = 20_000,
) -> RecordReader:
    """A reader over a file's records, whose form is told by the file's name unless given.

    Parameters
    ----------
    path : the file; CSV and JSON may be gzipped.
    form : one of READABLE.
    delimiter : of a CSV; by default a comma (a tab in .tsv), or what a line `sep=` before the header says.
    encoding : of the texts in a CSV, a JSON file or a Shapefile; by default UTF-8, or what the file itself says.
    layer : of a GeoPackage, or what else has several.
    batch_size : most records in a batch.

    Raises
    ------
    UnknownFormat, WrongDelimiter, WrongEncoding, TitleRow, MissingLayer, BrokenFile : before anything is read. While
        reading, a file that ends in the middle raises FileCutShort, and one that stops making sense BrokenFile.
    """
    form = form or _form(path)
    if layer is not None and form != "vector":
        raise MissingLayer(file=str(path), layer=layer, expected="")
    if form == "json":
        return JsonReader(path, encoding=encoding, batch_size=batch_size)
    if form == "parquet":
        return ParquetReader(path, batch_size=batch_size)
    if form == "arrow":
        return ArrowReader(path, batch_size=batch_size)
    if form == "vector":
        from wangge.geo.files.throughgdal import VectorReader  # it takes a second to import

        return VectorReader(path, layer=layer, encoding=encoding, batch_size=batch_size)
    if form in ("csv", "tsv"):
        delimiter = _unescaped(delimiter) or ("\t" if form == "tsv" else None)
        return DelimitedReader(path, delimiter=delimiter, encoding=encoding, batch_size=batch_size)
    raise UnknownFormat(format=form, known=", ".join(READABLE))


def _form(path: Path) -> str:
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if suffix not in SUFFIXES:
        raise UnknownFormat(format=suffix, known=", ".join(SUFFIXES))
    return SUFFIXES[suffix]


def _unescaped(delimiter: str | None) -> str | None:
    """A tab can hardly be typed in a shell, so its names are taken for it."""
    return "\t" if delimiter in (r"\t", "tab") else delimiter
