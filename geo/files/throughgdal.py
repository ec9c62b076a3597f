"""Files that GDAL reads and writes: GeoPackage, FlatGeobuf, Shapefile. Importing it takes a second."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
from pyproj import Transformer

from wangge.geo.files.batches import GEOMETRY, Batch, BrokenFile, distinct
from wangge.geo.files.dbfencoding import encoding_of
from wangge.geo.files.layers import CannotWrite, Layer, chosen_layer
from wangge.geo.files.soundtexts import with_sound_texts
from wangge.geo.files.wkb import shapes_of, transformer_of, with_multiparts, wkb_in_wgs84

__all__ = ["VectorReader", "write_through_gdal"]

_GDAL = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pa.ArrowInvalid,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
)
"""What GDAL and what hands its data on may trip over in a file."""

# The first versions of GeoPackage prescribe milliseconds, and older readers miss them.
OF_GPKG = {"DATETIME_PRECISION": "MILLISECOND"}
# GDAL from 3.10 on writes 1.4 by itself, which GDAL 3.6 (Debian 12, QGIS 3.22) only reads with a warning.
GPKG_VERSION = {"VERSION": "1.2"}


class VectorReader:
    """A layer of a GeoPackage, FlatGeobuf, Shapefile or other vector file; its CRS is honoured."""

    uniform = True

    def __init__(self, path: Path, *, layer: str | None = None, encoding: str | None = None, batch_size: int) -> None:
        self.path = path
        self._batch_size = batch_size
        try:
            layers = [(str(name), kind is not None) for name, kind in pyogrio.list_layers(path)]
            self._layer = chosen_layer(path, layers, layer)
            info = pyogrio.read_info(path, layer=self._layer)
        except _GDAL as error:
            raise BrokenFile(file=str(path), records=0, reason=str(error)) from error
        self._encoding = encoding_of(path, info["driver"], encoding)
        self._rows = max(int(info["features"]), 1)
        self._crs = info["crs"]
        self._read = 0
        self._names = [str(name) for name in info["fields"]]
        self.columns, self.repeated = distinct(path, [*self._names, GEOMETRY])

    def __iter__(self) -> Iterator[Batch]:
        to_wgs84 = transformer_of(self.path, self._crs)
        options = {
            "layer": self._layer,
            "encoding": self._encoding,
            "batch_size": self._batch_size,
            "datetime_as_string": True,  # FlatGeobuf's times come without their zone otherwise
            "use_pyarrow": True,
        }
        try:
            with pyogrio.raw.open_arrow(self.path, **options) as (meta, reader):
                source = meta["geometry_name"] or "wkb_geometry"
                for table in reader:
                    arrays = [table.column(name) for name in self._names]
                    arrays.append(self._shapes(table, source, to_wgs84))
                    numbers = np.arange(self._read + 1, self._read + 1 + table.num_rows)
                    self._read += table.num_rows
                    yield with_sound_texts(pa.RecordBatch.from_arrays(arrays, names=self.columns), numbers)
        except _GDAL as error:
            raise BrokenFile(file=str(self.path), records=self._read, reason=str(error)) from error

    def _shapes(self, table: pa.RecordBatch, source: str, to_wgs84: Transformer | None) -> pa.Array:
        if source not in table.schema.names:  # a table without shapes
            return pa.nulls(table.num_rows, pa.binary())
        return wkb_in_wgs84(shapes_of(table.column(source)), to_wgs84)

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return min(self._read / self._rows, 1.0)

    def close(self) -> None:
        """Nothing is held between batches."""


def write_through_gdal(layer: Layer, path: Path, form: str) -> int:
    """Number of features written to a GeoPackage (one layer more in it) or a FlatGeobuf."""
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

    about = "; ".join(f"{key}: {value}" for key, value in layer.texts.items())
    options = (
        {
            "driver": "GPKG",
            "layer_metadata": layer.texts or None,
            "layer_options": {"DESCRIPTION": about} | OF_GPKG,
            "dataset_options": GPKG_VERSION,
        }
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
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise CannotWrite(file=str(path), reason=str(error)) from error
    except RuntimeError:
        if raised:
            raise raised[0] from None
        raise
    return rows


def _without_dictionary(field: pa.Field) -> pa.Field:
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
