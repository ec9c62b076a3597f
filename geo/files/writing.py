"""Streams Arrow batches into GeoJSON, GeoJSON sequences, GeoPackage, FlatGeobuf, GeoParquet, Arrow, CSV and XLSX.

A file appears under its name only when it is whole: it is written beside it and renamed at the end.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from wangge.geo.files.arrowfiles import write_arrow
from wangge.geo.files.geoparquet import write_geoparquet
from wangge.geo.files.layers import CannotWrite, Layer
from wangge.geo.files.reading import UnknownFormat
from wangge.geo.files.textforms import write_csv, write_geojson, write_geojsonseq
from wangge.geo.files.xlsxform import write_xlsx
from wangge.geo.replacing import replacing

__all__ = ["WRITABLE", "CannotWrite", "Layer", "format_of", "write", "write_text", "write_to"]

SUFFIXES = {
    "geojson": "geojson", "json": "geojson",
    "geojsonl": "geojsonseq", "geojsons": "geojsonseq", "geojsonseq": "geojsonseq",
    "gpkg": "gpkg", "fgb": "fgb", "parquet": "parquet", "geoparquet": "parquet", "csv": "csv",
    "arrow": "arrow", "feather": "arrow", "xlsx": "xlsx",
}  # fmt: skip
WRITABLE = ("geojson", "geojsonseq", "gpkg", "fgb", "parquet", "arrow", "csv", "xlsx")
STREAMED: dict[str, Callable[[Layer, BinaryIO], int]] = {
    "geojson": write_geojson,
    "geojsonseq": write_geojsonseq,
    "csv": write_csv,
    "arrow": partial(write_arrow, stream=True),
}
TO_FILE = STREAMED | {"arrow": write_arrow}


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
        with replacing(path) as unfinished:
            return sum(_written(layer, unfinished, form) for layer in several)
    except OSError as error:
        raise CannotWrite(file=str(path), reason=str(error)) from error


def write_text(path: Path, text: str) -> None:
    """Write a small text in UTF-8, as it is, to a file that replaces what was there. Raises CannotWrite."""
    try:
        with replacing(path) as unfinished:
            unfinished.write_bytes(text.encode())
    except OSError as error:
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
    if form == "parquet":
        return write_geoparquet(layer, path)
    if form == "xlsx":
        return write_xlsx(layer, path)
    from wangge.geo.files.throughgdal import write_through_gdal  # it takes a second to import

    return write_through_gdal(layer, path, form)
