"""A layer: features on their way into a file, as Arrow batches with a WKB geometry in lon, lat, WGS-84."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from wangge.geo.errors import WanggeError

__all__ = ["CannotWrite", "Layer", "MissingLayer", "WhichLayer", "chosen_layer"]


class MissingLayer(WanggeError):
    """The file has no such layer. Facts: `file`, `layer`, `expected`, which lists those that it has."""

    kind = "missing-layer"


class WhichLayer(MissingLayer):
    """A file has several layers, or none, and nothing says which is meant. Facts: `file`, `expected`."""

    kind = "which-layer"


class CannotWrite(WanggeError):
    """A place or a form in which the features cannot be written."""

    kind = "cannot-write"


@dataclass(frozen=True, slots=True)
class Layer:
    """Features to be written.

    Parameters
    ----------
    name : the layer's name, where the form of the file has one.
    schema : of the batches; the column `geometry` holds WKB. Other columns are scalars.
    batches : the features; they are taken one batch at a time.
    geometry_type : Point, MultiPolygon, … or Unknown.
    metadata : said about the whole file, where its form has a place for it: title, licence, synthetic, …
    id : the column whose values are the ids of GeoJSON features.
    """

    name: str
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    geometry_type: str = "Unknown"
    metadata: Mapping[str, str | bool] = field(default_factory=dict)
    id: str | None = None

    @property
    def texts(self) -> dict[str, str]:
        """The metadata for forms of files that hold texts only."""
        return {key: str(value).lower() if isinstance(value, bool) else value for key, value in self.metadata.items()}

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return iter(self.batches)


def chosen_layer(path: Path, layers: Sequence[tuple[str, bool]], wanted: str | None) -> str:
    """The layer that is wanted, or else the only one; layers with shapes come before tables without.

    Parameters
    ----------
    layers : name of each, and whether it has shapes.

    Raises
    ------
    MissingLayer, WhichLayer
    """
    shaped = [name for name, has_shapes in layers if has_shapes]
    names = [name for name, _ in layers]
    expected = ", ".join(shaped or names)
    if wanted is None:
        if len(shaped or names) != 1:
            raise WhichLayer(file=str(path), expected=expected)
        return (shaped or names)[0]
    if wanted not in names:
        raise MissingLayer(file=str(path), layer=wanted, expected=expected)
    return wanted
