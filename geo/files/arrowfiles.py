"""Arrow IPC files and streams, read and written batch by batch; geometries are `geoarrow.wkb` in OGC:CRS84."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenFile, distinct
from wangge.geo.files.layers import Layer
from wangge.geo.files.soundtexts import with_sound_texts

__all__ = ["ArrowReader", "write_arrow"]

MAGIC = b"ARROW1"
NAME = b"ARROW:extension:name"
ABOUT = {NAME: b"geoarrow.wkb", b"ARROW:extension:metadata": orjson.dumps({"crs": "OGC:CRS84"})}


class ArrowReader:
    """An Arrow IPC file or stream; a `geoarrow.wkb` column is read under `geometry`, in lon, lat as it is."""

    uniform = True

    def __init__(self, path: Path, *, batch_size: int) -> None:
        self.path = path
        self._batch_size = batch_size
        self._batches: Iterator[pa.RecordBatch]
        self._bytes = pa.memory_map(str(path))
        self._size = max(path.stat().st_size, 1)
        try:
            if self._bytes.read(len(MAGIC)) == MAGIC:
                file = pa.ipc.open_file(self._bytes)
                self._batches = map(file.get_batch, range(file.num_record_batches))
                self._schema = file.schema
            else:
                self._bytes.seek(0)
                stream = pa.ipc.open_stream(self._bytes)
                self._batches, self._schema = iter(stream), stream.schema
            names = self._schema.names
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            raise BrokenFile(file=str(path), records=0, reason=str(error)) from error
        marked = [field.name for field in self._schema if (field.metadata or {}).get(NAME) == ABOUT[NAME]]
        self.columns, self.repeated = distinct(path, (GEOMETRY if name in marked[:1] else name for name in names))
        self._read = 0

    def __iter__(self) -> Iterator[Batch]:
        try:
            for whole in self._batches:
                for column in whole.columns:
                    _check(column)
                for start in range(0, whole.num_rows, self._batch_size):
                    part = whole.slice(start, self._batch_size)
                    numbers = np.arange(self._read + 1, self._read + 1 + part.num_rows)
                    self._read += part.num_rows
                    yield with_sound_texts(pa.RecordBatch.from_arrays(part.columns, names=self.columns), numbers)
        except (pa.ArrowInvalid, OSError) as error:
            raise BrokenFile(file=str(self.path), records=self._read, reason=str(error)) from error

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._bytes.tell() / self._size if not self._bytes.closed else 1.0

    def close(self) -> None:
        """The file is released."""
        self._bytes.close()


def _check(column: pa.Array) -> None:
    """Raise ArrowInvalid for what points out of its buffers; a text that is not UTF-8 costs its record alone."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            raise
        column.view(pa.binary() if pa.types.is_string(column.type) else pa.large_binary()).validate(full=True)


def write_arrow(layer: Layer, out: BinaryIO, *, stream: bool = False) -> int:
    """An Arrow IPC file, or a stream; the metadata are those of the schema."""
    position = layer.schema.get_field_index(GEOMETRY)
    schema = layer.schema.set(position, layer.schema.field(position).with_metadata(ABOUT))
    schema = schema.with_metadata(layer.texts)
    options = pa.ipc.IpcWriteOptions(compression="zstd", unify_dictionaries=not stream)
    opened: Any = pa.ipc.new_stream if stream else pa.ipc.new_file
    rows = 0
    with opened(out, schema, options=options) as writer:
        for batch in layer:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += batch.num_rows
    return rows
