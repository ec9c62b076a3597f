"""Vector files in any format that GDAL reads, and GeoParquet, as geometries and columns of plain values."""

import sqlite3
import warnings
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from wangge.geo.errors import WanggeError
from wangge.geo.files.dbfencoding import encoding_of
from wangge.geo.files.faults import MissingField, MissingFile, UnreadableFile
from wangge.geo.files.geocolumn import geo_column
from wangge.geo.files.layers import MissingLayer, chosen_layer

__all__ = ["MissingField", "MissingFile", "MissingLayer", "Records", "UnreadableFile", "read_records"]

_GEOJSON = {".geojson", ".json"}
_PARQUET_MAGIC = b"PAR1"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_VIRTUAL = (b"<OGRVRT", b"<VRT", b"<OGRWFS", b"<OGRWMS")


@dataclass(frozen=True)
class Records:
    """The n records of one layer: `geometries` (None where there is none), `fields` by name, `crs` as text."""

    file: str
    layer: str
    crs: str | None
    geometries: NDArray[np.object_]
    fields: dict[str, list[Any]]


def read_records(path: Path, layer: str | None, fields: Iterable[str]) -> Records:
    """The geometries and the named fields of each record of a layer, in the order of the file.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoJSON sequence, GeoPackage, Shapefile, FlatGeobuf, GeoParquet or what else GDAL reads.
    layer : str or None
        None takes the only layer.
    fields : iterable of str
        The fields wanted. Each must exist.

    Raises
    ------
    MissingFile, UnreadableFile, MissingLayer, MissingField
    """
    if not path.exists():
        raise MissingFile(file=str(path))
    try:
        if _starts_with(path, _PARQUET_MAGIC):
            return _read_parquet(path, list(fields))
        _refuse_broken(path)
        return _read_ogr(path, layer, list(fields))
    except WanggeError:
        raise
    except Exception as error:  # whatever a reader trips over in a broken file, the file is at fault
        raise UnreadableFile(file=str(path), reason=str(error)) from error


def _starts_with(path: Path, *magic: bytes) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return file.read(512).lstrip().startswith(magic)


def _refuse_broken(path: Path) -> None:
    """Find what GDAL would read past in silence."""
    if _starts_with(path, *_VIRTUAL, b"<?xml"):
        # A virtual file points to others, on this machine or elsewhere.
        raise ValueError("a virtual or XML source; a file with the boundaries themselves is expected")
    if _starts_with(path, _SQLITE_MAGIC):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise ValueError(found)


def _layer(path: Path, layer: str | None) -> tuple[str, dict[str, Any]]:
    """The name of the layer that is meant, and what it says of itself."""
    import pyogrio

    if layer is None and path.suffix.lower() in _GEOJSON:
        # Whatever is asked of such a file, all of it is read: what has one layer by its nature is not asked for them.
        with warnings.catch_warnings(action="ignore"):  # that there are several layers
            info = pyogrio.read_info(path, force_feature_count=True)
        if info["driver"] == "GeoJSON" and info["geometry_type"] is not None:
            return str(info["layer_name"]), info
    layers = [(str(name), True) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if not layers:
        raise ValueError("no layer with shapes in it")
    chosen = chosen_layer(path, layers, layer)
    return chosen, pyogrio.read_info(path, layer=chosen, force_feature_count=True)


def _read_ogr(path: Path, asked: str | None, fields: list[str]) -> Records:
    import pyogrio  # GDAL: a server that only answers has no need of it

    layer, info = _layer(path, asked)
    _require(path, layer, fields, [str(name) for name in info["fields"]])
    meta, table = pyogrio.read_arrow(path, layer=layer, columns=fields, encoding=encoding_of(path, info["driver"]))
    promised = max(info["features"], _lines(path) if info["driver"] == "GeoJSONSeq" else 0)
    if table.num_rows != promised:
        raise ValueError(f"{promised} records are announced and {table.num_rows} can be read")
    column = table.column(meta["geometry_name"] or "wkb_geometry")
    geometries = np.asarray(shapely.from_wkb(column.to_pylist(), on_invalid="ignore"), dtype=object)
    values = {name: table.column(name).to_pylist() for name in fields}
    return Records(str(path), layer, meta["crs"], geometries, values)


def _read_parquet(path: Path, fields: list[str]) -> Records:
    from pyarrow.parquet import ParquetFile  # pyogrio's own GDAL comes without Parquet

    with ParquetFile(path) as file:
        geo = geo_column(file)
        if geo is None:
            raise ValueError("Parquet without the metadata `geo`, so no GeoParquet")
        _require(path, "", fields, [name for name in file.schema_arrow.names if name != geo.name])
        table = file.read([*fields, geo.name])
    values = {name: table.column(name).to_pylist() for name in fields}
    crs = CRS.from_user_input(geo.crs).to_wkt() if geo.crs is not None else None
    return Records(str(path), "", crs, geo.shapes(table.column(geo.name).combine_chunks()), values)


def _require(path: Path, layer: str, fields: list[str], existing: list[str]) -> None:
    for name in fields:
        if name not in existing:
            raise MissingField(file=str(path), layer=layer, field=name, expected=", ".join(existing))


def _lines(path: Path) -> int:
    """How many records a GeoJSON sequence holds: one after each RS, or one on each line."""
    content = path.read_bytes()
    return content.count(b"\x1e") or sum(1 for line in content.splitlines() if line.strip())
