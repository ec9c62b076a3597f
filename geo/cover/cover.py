"""Cover: polygons compiled into an adaptive grid that answers a point in nanoseconds, exactly."""

import mmap
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from wangge.geo.cover.kernel import kernel
from wangge.geo.errors import WanggeError
from wangge.geo.replacing import replacing

__all__ = ["OUTSIDE", "Cover", "Hits", "UnsoundCover"]

OUTSIDE = -1
"""The position that stands for "no polygon covers this point"."""

FEWEST_PER_THREAD = 65_536  # below it a thread costs more than it brings


class UnsoundCover(WanggeError):
    """A saved cover is truncated, altered, or of another version; `problem` says which."""

    kind = "unsound-cover"


class Hits(NamedTuple):
    """Answers for n points: `position` int32 (n,), OUTSIDE where nothing covers; `on_edge` bool (n,)."""

    position: NDArray[np.int32]
    on_edge: NDArray[np.bool_]


class Cover:
    """An immutable cover of n polygons; safe to share between threads, and between processes when saved.

    Notes
    -----
    `locate(lon, lat)` answers `(position, on_edge)` of one point, `(OUTSIDE, False)` where nothing covers it or a
    coordinate is not finite. It is the compiled function itself, so that a look-up costs no call of Python code.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.locate = compiled.locate

    def __len__(self) -> int:
        return len(self._compiled)

    @classmethod
    def of(cls, polygons: NDArray[np.object_]) -> "Cover":
        """The cover of n valid Polygons and MultiPolygons, in order of precedence; None and empty ones cover nothing.

        Raises
        ------
        KernelMissing
        ValueError
            A coordinate is not finite.
        OverflowError
            There are more than 2^24 polygons.
        """
        return cls(kernel().Cover.build(*_rings(polygons), len(polygons)))

    @classmethod
    def opened(cls, block: Any) -> "Cover":
        """The cover that lies in a buffer, for instance a mapped file; UnsoundCover when it cannot be trusted."""
        try:
            return cls(kernel().Cover.open(block))
        except ValueError as error:
            raise UnsoundCover(problem=str(error)) from error

    @classmethod
    def load(cls, path: Path) -> "Cover":
        """A saved cover, mapped into memory: processes that load the same file share one copy."""
        with path.open("rb") as file:
            try:
                block = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError as error:  # an empty file cannot be mapped
                raise UnsoundCover(problem=str(error)) from error
        return cls.opened(block)

    @property
    def block(self) -> memoryview:
        """The bytes that `opened` takes; not copied."""
        return memoryview(self._compiled)

    def save(self, path: Path) -> None:
        """Write the cover to a file, which appears under its name only when it is whole."""
        with replacing(path) as unfinished:
            unfinished.write_bytes(self.block)

    def locate_many(self, lon: NDArray[np.float64], lat: NDArray[np.float64], threads: int = 1) -> Hits:
        """Positions of the polygons that cover n points, and which of the points are on an edge.

        Parameters
        ----------
        lon, lat
            float64 (n,), of any stride; not copied. NaN and infinities are outside.
        threads
            At most so many share the work; the answers do not depend on it.
        """
        if lon.shape != lat.shape or lon.ndim != 1:
            raise ValueError("lon and lat must be one-dimensional and of one length")
        n = len(lon)
        hits = Hits(np.empty(n, dtype=np.int32), np.empty(n, dtype=np.bool_))
        threads = max(1, min(threads, n // FEWEST_PER_THREAD))
        if threads == 1:
            self._compiled.locate_into(lon, lat, *hits, 0, n)
            return hits
        borders = [n * i // threads for i in range(threads + 1)]
        with ThreadPoolExecutor(threads) as pool:
            into = partial(self._compiled.locate_into, lon, lat, hits.position, hits.on_edge)
            for part in [pool.submit(into, start, stop) for start, stop in pairwise(borders)]:
                part.result()
        return hits


def _rings(polygons: NDArray[np.object_]) -> tuple[NDArray[Any], ...]:
    """Coordinates (2 m,), starts of the rings (r + 1,), their 1-based polygons (r,), and which are holes (r,)."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    if (shapely.get_type_id(parts) != shapely.GeometryType.POLYGON).any():
        raise ValueError("a cover is made of polygons")
    parts, part_of = parts[~shapely.is_empty(parts)], part_of[~shapely.is_empty(parts)]
    if not len(parts):
        none = np.empty(0)
        return none, np.zeros(1, np.int64), none.astype(np.uint32), none.astype(np.uint8)
    _, corners, (ring_start, part_start) = shapely.to_ragged_array(parts)
    is_hole = np.ones(len(ring_start) - 1, dtype=np.uint8)
    is_hole[part_start[:-1]] = 0
    code = np.repeat(part_of + 1, np.diff(part_start)).astype(np.uint32)
    return np.ascontiguousarray(corners[:, :2]).ravel(), ring_start.astype(np.int64), code, is_hole
