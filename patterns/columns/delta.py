"""The changes that follow a generation: an appended file of frames, each whole or not there.

A frame says how far the feed was followed when it was written. A frame that was cut off by a crash is not counted, and
the builder writes over it.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.layout import CHANGE
from wangge.patterns.columns.manifest import UnsoundColumns
from wangge.reports.feed.events import Mark

__all__ = ["Delta", "create_delta", "frame_of"]

_HEAD = struct.Struct("<8sQqIId")  # magic, checksum of the rest, position, incarnation, records, time of reading
_MAGIC = b"WANGGEDE"
_SEALED = 16


def frame_of(changes: NDArray[np.void], mark: Mark, read_at: float) -> bytes:
    """A frame of changes."""
    frame = bytearray(_HEAD.size) + changes.tobytes()
    _HEAD.pack_into(frame, 0, _MAGIC, 0, mark.position, mark.incarnation, len(changes), read_at)
    struct.pack_into("<Q", frame, 8, kernel().checksum(memoryview(frame)[_SEALED:]))
    return bytes(frame)


def create_delta(path: Path) -> None:
    """An empty file of changes."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


@dataclass(slots=True)
class Delta:
    """The changes of a file as far as they were read; `read` goes on from there.

    `changes` are of CHANGE, in the order in which they were made; `mark` and `read_at` are of the last frame.
    """

    path: Path
    mark: Mark
    read_at: float
    end: int = 0
    _room: NDArray[np.void] | None = None
    _count: int = 0

    @property
    def changes(self) -> NDArray[np.void]:
        """All changes so far, a view that later reading does not alter."""
        return self._room[: self._count] if self._room is not None else np.empty(0, CHANGE)

    def read(self) -> None:
        """Read the frames that were appended since. Raises UnsoundColumns when the file is gone."""
        try:
            if self.path.stat().st_size <= self.end:
                return
            with self.path.open("rb") as file:
                file.seek(self.end)
                block = file.read()
        except FileNotFoundError as error:
            raise UnsoundColumns(file=self.path.name, problem="it is missing") from error
        self.end += self._take(block)

    def _take(self, block: bytes) -> int:
        """Take the whole frames at the beginning of a block; how many bytes they are."""
        at, view = 0, memoryview(block)
        while len(block) - at >= _HEAD.size:
            magic, seal, position, incarnation, records, read_at = _HEAD.unpack_from(block, at)
            until = at + _HEAD.size + records * CHANGE.itemsize
            if magic != _MAGIC or until > len(block) or seal != kernel().checksum(view[at + _SEALED : until]):
                break
            self._keep(np.frombuffer(block, CHANGE, records, at + _HEAD.size))
            self.mark, self.read_at, at = Mark(incarnation, position), read_at, until
        return at

    def _keep(self, more: NDArray[np.void]) -> None:
        needed = self._count + len(more)
        if self._room is None or needed > len(self._room):
            room = np.empty(max(1024, 2 * needed), CHANGE)
            room[: self._count] = self.changes
            self._room = room
        self._room[self._count : needed] = more
        self._count = needed

    def append(self, changes: NDArray[np.void], mark: Mark, read_at: float) -> None:
        """Append a frame, on the disk when it returns; for the builder alone. What a crash left is written over."""
        frame = frame_of(changes, mark, read_at)
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            if os.fstat(descriptor).st_size > self.end:
                os.ftruncate(descriptor, self.end)  # read by nobody, for it was never whole
            written = 0
            while written < len(frame):
                written += os.pwrite(descriptor, memoryview(frame)[written:], self.end + written)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self._take(frame)
        self.end += len(frame)
