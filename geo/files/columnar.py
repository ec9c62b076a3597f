"""Parquet and GeoParquet in constant memory, geometries in WGS-84."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenFile, distinct
from wangge.geo.files.geocolumn import WKB, GeoColumn, geo_column
from wangge.geo.files.soundtexts import with_sound_texts
from wangge.geo.files.wkb import transformer_of, wkb_in_wgs84, wkb_points
from wangge.geo.points import coordinates

__all__ = ["ParquetReader"]

BUFFER = 1 << 20  # bytes of a column that are read at a time


class ParquetReader:
    """A Parquet file; a GeoParquet's primary geometry column is read as WKB in WGS-84, under `geometry`."""

    uniform = True

    def __init__(self, path: Path, *, batch_size: int) -> None:
        self.path = path
        self._batch_size = batch_size
        try:
            # Pre-buffered, or without a buffer, a row group would end up in memory whole.
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER)
            self._geo = geo_column(self._file)
            schema = self._file.schema_arrow
        except (pa.ArrowInvalid, OSError, ValueError) as error:
            raise BrokenFile(file=str(path), records=0, reason=str(error)) from error
        self._to_wgs84 = transformer_of(path, self._geo.crs) if self._geo else None
        self._read = 0
        self._rows = max(int(self._file.metadata.num_rows), 1)
        covering = self._geo.covering if self._geo else frozenset()
        names = [name for name in schema.names if name not in covering]
        self._names = names if covering else None
        self.columns, self.repeated = distinct(
            path, (GEOMETRY if self._geo and name == self._geo.name else name for name in names)
        )

    def __iter__(self) -> Iterator[Batch]:
        try:
            for table in self._file.iter_batches(self._batch_size, columns=self._names):
                numbers = np.arange(self._read + 1, self._read + 1 + table.num_rows)
                self._read += table.num_rows
                yield with_sound_texts(self._with_geometry(table), numbers)
        except (pa.ArrowInvalid, ValueError, OSError) as error:
            raise BrokenFile(file=str(self.path), records=self._read, reason=str(error)) from error

    def _with_geometry(self, table: pa.RecordBatch) -> pa.RecordBatch:
        arrays = list(table.columns)
        if self._geo is not None:
            place = table.schema.names.index(self._geo.name)
            arrays[place] = self._wkb(arrays[place], self._geo)
        return pa.RecordBatch.from_arrays(arrays, names=self.columns)

    def _wkb(self, column: pa.Array, geo: GeoColumn) -> pa.Array:
        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        if geo.encoding == "point":
            x, y = coordinates(column)
            return wkb_points(*(self._to_wgs84.transform(x, y) if self._to_wgs84 else (x, y)))
        if self._to_wgs84 is None and geo.encoding == WKB:
            return column.cast(pa.binary())
        return wkb_in_wgs84(geo.shapes(column), self._to_wgs84)

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._read / self._rows

    def close(self) -> None:
        """The file is released."""
        self._file.close()
