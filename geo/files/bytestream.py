"""Bytes of a file, decompressed where it is gzipped, with the share that has been read."""

import gzip
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["ByteStream"]

GZIP = b"\x1f\x8b"


class ByteStream(io.RawIOBase):
    """A readable stream over a plain or gzipped file (told by its first bytes, not its name).

    A gzipped file that ends in the middle raises EOFError where it ends.
    """

    def __init__(self, path: Path) -> None:
        self._size = max(path.stat().st_size, 1)
        self._file = path.open("rb")
        self._bytes: io.BufferedIOBase = self._file
        if self._file.peek(2)[:2] == GZIP:
            self._bytes = gzip.GzipFile(fileobj=self._file)
        self._ahead = b""
        self.ending = b""
        """The last bytes that were read."""

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        """The next bytes, up to `size`, without passing them; less where the file ends early."""
        while len(self._ahead) < size:
            try:
                more = self._bytes.read(size - len(self._ahead))
            except EOFError:
                break
            if not more:
                break
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, up to `size`; none at the end."""
        if self._ahead:
            taken = self._ahead if size is None or size < 0 else self._ahead[:size]
            self._ahead = self._ahead[len(taken) :]
        else:
            taken = self._bytes.read(size if size is not None else -1)
        self.ending = taken[-16:] or self.ending
        return taken

    def skip(self) -> None:
        """Read to the end."""
        with suppress(EOFError):
            while self.read(1 << 20):
                pass

    def readinto(self, buffer: Any, /) -> int:
        """Bytes put into a buffer."""
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def progress(self) -> float:
        """Share of the file, as it lies on the disk, that has been read."""
        return min(self._file.tell() / self._size, 1.0) if not self._file.closed else 1.0

    def close(self) -> None:
        """The file is released."""
        self._bytes.close()
        self._file.close()
        super().close()
