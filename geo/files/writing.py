"""Streams Arrow batches into GeoJSON, GeoJSON sequences, GeoPackage, FlatGeobuf, GeoParquet, Arrow and CSV.

A file appears under its name only when it is whole: it is written beside it and renamed at the end.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyogrio

from geo.errors import WanggeError
from geo.files.arrowfiles import write_arrow
from geo.files.batches import GEOMETRY
from geo.files.geoparquet import write_geoparquet
from geo.files.layers import Layer
from geo.files.reading import UnknownFormat
from geo.files.textforms import write_csv, write_geojson, write_geojsonseq
from geo.files.wkb import with_multiparts

__all__ = ["WRITABLE", "CannotWrite", "Layer", "format_of", "write", "write_to"]

SUFFIXES = {
    "geojson": "geojson", "json": "geojson",
    "geojsonl": "geojsonseq", "geojsons": "geojsonseq", "geojsonseq": "geojsonseq",
    "gpkg": "gpkg", "fgb": "fgb", "parquet": "parquet", "geoparquet": "parquet", "csv": "csv",
    "arrow": "arrow", "feather": "arrow",
}  # fmt: skip
WRITABLE = ("geojson", "geojsonseq", "gpkg", "fgb", "parquet", "arrow", "csv")
STREAMED: dict[str, Callable[[Layer, BinaryIO], int]] = {
    "geojson": write_geojson,
    "geojsonseq": write_geojsonseq,
    "csv": write_csv,
    "arrow": partial(write_arrow, stream=True),
}
TO_FILE = STREAMED | {"arrow": write_arrow}


class CannotWrite(WanggeError):
    """A place or a form in which the features cannot be written."""

    kind = "cannot-write"


def format_of(path: Path) -> str:
    """The form that a file's name asks for, one of WRITABLE."""
    suffix = path.name.lower().rpartition(".")[2]
    if suffix not in SUFFIXES:
        raise UnknownFormat(format=suffix, known=", ".join(SUFFIXES))
    return SUFFIXES[suffix]


def write(layers: Layer | Sequence[Layer], path: Path, form: str | None = None) -> int:
    """Number of features written to a file that replaces what was there, once it is whole.

    Parameters
    ----------
    layers : one layer; a GeoPackage takes several.
    path : the file to appear.
    form : one of WRITABLE; by default what the file's name says.

    Raises
    ------
    UnknownFormat, CannotWrite : and whatever the layers' batches raise, as it was raised.
    """
    form = form or format_of(path)
    if form not in WRITABLE:
        raise UnknownFormat(format=form, known=", ".join(WRITABLE))
    several = [layers] if isinstance(layers, Layer) else list(layers)
    if len(several) != 1 and form != "gpkg":
        raise CannotWrite(file=str(path), reason=f"{form} holds one layer, not {len(several)}")
    try:
        with _replacing(path) as unfinished:
            return sum(_written(layer, unfinished, form) for layer in several)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise CannotWrite(file=str(path), reason=str(error)) from error


def write_to(layer: Layer, out: BinaryIO, form: str) -> int:
    """Number of features written to an open stream, in one of the forms that need not go back in it."""
    if form not in STREAMED:
        raise CannotWrite(file="-", reason=f"{form} cannot be streamed; " + ", ".join(STREAMED) + " can")
    return STREAMED[form](layer, out)


def _written(layer: Layer, path: Path, form: str) -> int:
    if form in TO_FILE:
        with path.open("wb") as out:
            return TO_FILE[form](layer, out)
    return write_geoparquet(layer, path) if form == "parquet" else _through_gdal(layer, path, form)


def _through_gdal(layer: Layer, path: Path, form: str) -> int:
    rows = 0
    raised: list[BaseException] = []
    schema = pa.schema([_without_dictionary(field) for field in layer.schema])

    def counted() -> Iterator[pa.RecordBatch]:
        # GDAL pulls the batches through C, where an exception would become "error in stream".
        nonlocal rows
        try:
            for batch in layer:
                rows += batch.num_rows
                batch = batch.cast(schema)
                yield with_multiparts(batch, GEOMETRY) if layer.geometry_type.startswith("Multi") else batch
        except BaseException as error:
            raised.append(error)
            raise

    about = "; ".join(f"{key}: {value}" for key, value in layer.metadata.items())
    options = (
        {"driver": "GPKG", "layer_metadata": dict(layer.metadata) or None, "layer_options": {"DESCRIPTION": about}}
        if form == "gpkg"
        else {"driver": "FlatGeobuf", "layer_options": {"TITLE": layer.name, "DESCRIPTION": about}}
    )
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, counted()),
            path,
            layer=layer.name,
            geometry_name=GEOMETRY,
            geometry_type=layer.geometry_type,
            crs="EPSG:4326",
            **options,
        )
    except RuntimeError:
        if raised:
            raise raised[0] from None
        raise
    return rows


def _without_dictionary(field: pa.Field) -> pa.Field:
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place at the end, or leaves nothing behind."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        for left in (unfinished, unfinished.with_name(unfinished.name + "-journal")):
            left.unlink(missing_ok=True)
