"""A generation of columns, opened: its segments and lists mapped into memory, which all processes share."""

import mmap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.layout import COLD, Rows
from wangge.patterns.columns.manifest import Kept, Manifest, UnsoundColumns
from wangge.patterns.columns.raster import blocks_of

__all__ = ["Generation", "OpenSegment"]

_ROWS_AT, _WIDTH_AT, _DAYS_AT, _LAST = 32, 96, 104, 0xFFFFFFFF


@dataclass(slots=True, eq=False)
class OpenSegment:
    """A segment: `compiled` is what the scan takes, `block` its bytes. The file beside it is read when asked for."""

    kept: Kept
    folder: Path
    block: mmap.mmap
    compiled: Any

    @classmethod
    def open(cls, folder: Path, kept: Kept) -> "OpenSegment":
        """Map a segment and see that it is what was written. Raises UnsoundColumns."""
        block = mapped(folder / kept.file, kept.size)
        try:
            return cls(kept, folder, block, kernel().Segment.open(block))
        except ValueError as error:
            raise UnsoundColumns(file=kept.file, problem=str(error)) from error

    @property
    def cold(self) -> NDArray[np.void]:
        """Id, lon and lat of the rows, mapped. Raises UnsoundColumns."""
        if not self.kept.rows:
            return np.empty(0, COLD)
        return np.frombuffer(mapped(self.folder / self.kept.cold, self.kept.rows * COLD.itemsize), COLD)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns that the scan reads, by name; not copied."""
        rows, *offsets = np.frombuffer(self.block, "<u8", 7, _ROWS_AT).tolist()
        wide = int(np.frombuffer(self.block, "<u4", 1, _WIDTH_AT)[0])
        kinds = ("u4", "u2", "u1", "u1", "u1", f"u{wide}")
        described = zip(Rows._fields, kinds, offsets, strict=False)
        return {name: np.frombuffer(self.block, kind, rows, at) for name, kind, at in described}

    def rows(self) -> Rows:
        """The segment's rows as they were written."""
        columns, cold = self.columns, self.cold
        columns["cell"] = columns["cell"].astype("u4")
        return Rows(*columns.values(), *(np.ascontiguousarray(cold[name]) for name in ("id", "lon", "lat")))

    def check_cold(self) -> None:
        """See that the file beside the segment is what was written. Raises UnsoundColumns."""
        if self.kept.rows and kernel().checksum(self.cold.view("u1")) != self.kept.cold_checksum:
            raise UnsoundColumns(file=self.kept.cold, problem="its checksum differs")


@dataclass
class Generation:
    """What a manifest names, opened; it answers as long as somebody holds it, also when its files are gone."""

    manifest: Manifest
    segments: list[OpenSegment]
    lists: Any
    _seen: tuple[Any, int, NDArray[np.uint32]] | None = None

    @cached_property
    def codes(self) -> "Codes":
        """What the codes stand for."""
        return Codes(self.manifest)

    @classmethod
    def open(cls, folder: Path, manifest: Manifest, before: "Generation | None" = None) -> "Generation":
        """Open the files of a manifest; those that the generation before had open are not looked at again.

        Raises
        ------
        UnsoundColumns
        """
        known = {s.kept.file: s for s in before.segments if s.kept} if before else {}
        segments = [
            found if (found := known.get(kept.file)) and found.kept == kept else OpenSegment.open(folder, kept)
            for kept in manifest.segments
        ]
        if before and before.manifest.lists == manifest.lists:
            return cls(manifest, segments, before.lists)
        return cls(manifest, segments, _lists(folder, manifest.lists))

    @cached_property
    def blocks(self) -> NDArray[np.uint32]:
        """The blocks of bins in which the segments have rows, in order."""
        places = [blocks_of(self.manifest.places, segment.columns["place"]) for segment in self.segments]
        return np.unique(np.concatenate(places)) if places else np.empty(0, np.uint32)

    def occupied(self, changes: NDArray[np.void] | None) -> NDArray[np.uint32]:
        """The blocks in which the segments have rows or changes are, in order.

        Changes grow at their end: of the array that was given last, only what is new is looked at.
        """
        if changes is None or not len(changes):
            return self.blocks
        start = (changes.ctypes.data, changes.strides)
        known, count, blocks = self._seen or (start, 0, self.blocks)
        if known != start or count > len(changes):
            count, blocks = 0, self.blocks
        if count < len(changes):
            blocks = np.union1d(blocks, blocks_of(self.manifest.places, changes["place"][count:]))
        self._seen = (start, len(changes), blocks)
        return blocks

    @cached_property
    def days(self) -> tuple[int, int]:
        """First and last day of the segments' rows; of none, an empty stretch."""
        days = [np.frombuffer(segment.block, "<u4", 2, _DAYS_AT) for segment in self.segments]
        return min((int(d[0]) for d in days), default=_LAST), max((int(d[1]) for d in days), default=0)

    @cached_property
    def compiled(self) -> list[Any]:
        """The segments as the scan takes them."""
        return [segment.compiled for segment in self.segments]


def _lists(folder: Path, kept: Kept | None) -> Any:
    if kept is None:
        return None
    try:
        return kernel().Lists.open(mapped(folder / kept.file, kept.size))
    except ValueError as error:
        raise UnsoundColumns(file=kept.file, problem=str(error)) from error


def mapped(path: Path, size: int) -> mmap.mmap:
    """A file of a known size, mapped to be read. Raises UnsoundColumns."""
    try:
        with path.open("rb") as file:
            block = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, ValueError) as error:  # an empty file cannot be mapped
        raise UnsoundColumns(file=path.name, problem=str(error)) from error
    if len(block) != size:
        raise UnsoundColumns(file=path.name, problem="it is truncated")
    return block


class Codes:
    """What the codes of a manifest stand for, as arrays to ask by."""

    def __init__(self, manifest: Manifest) -> None:
        self.categories = {code: at for at, code in enumerate(manifest.categories)}
        self.flags = manifest.flags
        self._cells = manifest.cells

    @cached_property
    def assigned(self) -> NDArray[np.int64]:
        """By cell code, the id of the base grid that reports are assigned to."""
        return np.array([entry[0] for entry in self._cells], dtype=np.int64)

    @cached_property
    def here(self) -> NDArray[np.int64]:
        """By cell code, the id of the present edition's base grid that covers them; 0 where none does."""
        return np.array([entry[1] for entry in self._cells], dtype=np.int64)

    def category_set(self, wanted: frozenset[str] | None) -> NDArray[np.uint8] | None:
        """By category code, whether it is among the wanted ones."""
        return None if wanted is None else _set(self.categories[c] for c in wanted if c in self.categories)

    def flag_set(
        self, states: frozenset[str] | None, urgencies: frozenset[str] | None, sources: frozenset[str] | None
    ) -> NDArray[np.uint8] | None:
        """By flags, whether state, urgency and source are among the wanted ones."""
        wanted = (states, urgencies, sources)
        if wanted == (None, None, None):
            return None
        fits = (all(w is None or value in w for w, value in zip(wanted, f, strict=True)) for f in self.flags)
        return _set(at for at, fit in enumerate(fits) if fit)


def _set(members: Any) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    table[list(members)] = 1
    return table
