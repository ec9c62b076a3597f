"""A bundle: one edition in one file, for look-ups where there is no database and no network.

It is an ordinary ZIP archive without compression. `manifest.json` names the edition and the SHA-256 of the rest;
`cells.parquet` (GeoParquet) has the cells of every level; `cover.bin` is the compiled index of the base grids, which
is mapped into memory, so that any number of processes on a machine share one copy of it.
"""

import hashlib
import io
import mmap
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import orjson
import pyarrow as pa
import shapely

from wangge.geo.cover import Cover, UnsoundCover
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, Grid, Level
from wangge.geo.index import GridIndex
from wangge.geo.purposes import Purpose
from wangge.geo.replacing import replacing

__all__ = ["VERSION", "BadBundle", "NewerBundle", "open_bundle", "write_bundle"]

FORMAT = "wangge-bundle"
VERSION = 1
MANIFEST, CELLS, COVER = "manifest.json", "cells.parquet", "cover.bin"
LARGEST_MANIFEST = 1 << 20
ALIGNMENT = 64
PADDING = 0xD935  # the kind of extra field that aligns what follows
LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same edition makes the same bytes


class BadBundle(WanggeError):
    """The file is not a bundle, or not all of it, or not as it was written; `problem` says which."""

    kind = "bad-bundle"


class NewerBundle(WanggeError):
    """The bundle was written by a newer program, in a form that this one does not know."""

    kind = "newer-bundle"


def write_bundle(grid: Grid, target: Path | IO[bytes]) -> None:
    """Write an edition as a bundle; a path has the file only when it is whole."""
    if isinstance(target, Path):
        with replacing(target) as unfinished, unfinished.open("wb") as file:
            write_bundle(grid, file)
        return
    members = {CELLS: _cells(grid), COVER: grid.index.cover.block}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "territory": grid.territory,
        "edition": grid.edition,
        "hash": grid.hash,
        "timezone": grid.timezone.key,
        "synthetic": grid.synthetic,
        "levels": [{"key": level.key, "name": dict(level.name)} for level in grid.levels],
        "base_cells": len(grid.leaves),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }
    with ZipFile(target, "w", ZIP_STORED) as archive:
        written: dict[str, bytes | memoryview] = {MANIFEST: orjson.dumps(manifest, option=orjson.OPT_INDENT_2)}
        for name, content in (written | members).items():
            info = ZipInfo(name, EPOCH)
            info.external_attr = 0o644 << 16
            padding = -(target.tell() + LOCAL_HEADER.size + len(name) + 4) % ALIGNMENT
            info.extra = struct.pack("<HH", PADDING, padding) + bytes(padding)
            archive.writestr(info, content)


def open_bundle(path: str | Path) -> Grid:
    """The grid of a bundle, which answers as the grid of the store does; its cells have no ids of a store.

    Raises
    ------
    BadBundle
        The file is truncated, altered, or something else.
    NewerBundle
    """
    path = Path(path)
    name = path.name
    try:
        with path.open("rb") as file:
            block = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            parts = _parts(file, block)
        manifest = _manifest(parts.get(MANIFEST), name)
        for member in (CELLS, COVER):
            if hashlib.sha256(parts[member]).hexdigest() != manifest["sha256"][member]:
                raise BadBundle(file=name, problem=f"{member}: sha256")
        from pyarrow.parquet import read_table  # a server writes bundles seldom, and reads none

        table = read_table(pa.BufferReader(parts[CELLS]))
        return _grid(manifest, table, Cover.opened(parts[COVER]))
    except UnsoundCover as error:
        raise BadBundle(file=name, problem=error.facts["problem"]) from error
    except OSError as error:
        raise BadBundle(file=name, problem=error.strerror or str(error)) from error
    except (WanggeError, MemoryError):
        raise
    except Exception as error:
        # zipfile alone raises seven kinds of errors over altered files; each means the same to the reader.
        raise BadBundle(file=name, problem=f"{type(error).__name__}: {error}") from error


def _parts(file: IO[bytes], block: memoryview) -> dict[str, memoryview]:
    """The members of the archive as they lie in memory."""
    with ZipFile(file) as archive:
        members = archive.infolist()
    parts = {}
    for info in members:
        signature, name, extra = LOCAL_HEADER.unpack_from(block, info.header_offset)
        start = info.header_offset + LOCAL_HEADER.size + name + extra
        stop = start + info.file_size
        if signature != b"PK\x03\x04" or info.compress_type != ZIP_STORED or info.flag_bits & 1 or stop > len(block):
            raise ValueError(info.filename)
        parts[info.filename] = block[start:stop]
        if info.filename == MANIFEST and zlib.crc32(parts[MANIFEST]) != info.CRC:  # it vouches for the others
            raise ValueError(MANIFEST)
    return parts


def _manifest(content: memoryview | None, name: str) -> dict[str, Any]:
    if content is None or len(content) > LARGEST_MANIFEST:
        raise ValueError(MANIFEST)
    manifest: dict[str, Any] = orjson.loads(content)
    if manifest["format"] != FORMAT:
        raise ValueError(MANIFEST)
    if manifest["version"] > VERSION:
        raise NewerBundle(file=name, version=manifest["version"], known=VERSION)
    return manifest


def _cells(grid: Grid) -> memoryview:
    """The cells as GeoParquet, base grids last and in the order of the index."""
    base = grid.levels[-1].key
    upper = sorted((c for c in grid.cells if c.level != base), key=lambda c: (len(c.path), c.code))
    cells = [*upper, *grid.leaves]
    shapes = [None] * len(upper) + shapely.to_wkb(grid.index.polygons).tolist()
    table = pa.table(
        {
            "level": pa.array([cell.level for cell in cells], pa.string()),
            "code": pa.array([cell.code for cell in cells], pa.string()),
            "name": pa.array([cell.name for cell in cells], pa.string()),
            "path": pa.array([list(cell.path) for cell in cells], pa.list_(pa.string())),
            "purpose": pa.array([cell.purpose for cell in cells], pa.string()),
            "geometry": pa.array(shapes, pa.binary()),
        }
    )
    column = {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"]}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    sink = io.BytesIO()
    from pyarrow.parquet import write_table

    write_table(table.replace_schema_metadata({"geo": orjson.dumps(geo)}), sink, compression="zstd")
    return sink.getbuffer()


@dataclass(frozen=True)
class _Shapes:
    """The polygons of the base grids, decoded when somebody asks: a look-up needs only the cover."""

    wkb: pa.ChunkedArray

    def __call__(self) -> np.ndarray[Any, Any]:
        polygons: np.ndarray[Any, Any] = shapely.from_wkb(self.wkb.to_numpy())
        return polygons


def _purpose(told: str | None) -> Purpose | None:
    """What a special grid is for; what a newer program knows of besides is another purpose."""
    return None if told is None else Purpose(told) if told in set(Purpose) else Purpose.OTHER


def _grid(manifest: Mapping[str, Any], table: pa.Table, cover: Cover) -> Grid:
    levels = [Level(str(level["key"]), dict(level["name"])) for level in manifest["levels"]]
    if "purpose" not in table.column_names:  # written before there were special grids
        table = table.append_column("purpose", pa.nulls(len(table), pa.string()))
    columns = (table.column(name).to_pylist() for name in ("level", "code", "name", "path", "purpose"))
    cells = [
        Cell(0, level, code, name, tuple(path), purpose=_purpose(purpose))
        for level, code, name, path, purpose in zip(*columns, strict=True)
    ]
    n = manifest["base_cells"]
    if n != len(cover) or n != sum(cell.level == levels[-1].key for cell in cells):
        raise ValueError("base_cells")
    return Grid(
        manifest["territory"],
        manifest["edition"],
        levels,
        cells,
        timezone=manifest["timezone"],
        synthetic=manifest["synthetic"],
        hash=manifest["hash"],
        index=GridIndex(_Shapes(table.column("geometry").slice(len(table) - n)), cover),
    )
