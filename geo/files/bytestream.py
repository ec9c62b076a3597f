"""Bytes of a file, decompressed where it is gzipped, with the share that has been read; files of other kinds named."""

import zlib
from pathlib import Path

from wangge.geo.files.batches import BrokenFile

__all__ = ["ByteStream", "signature"]

GZIP = b"\x1f\x8b"
GZIP_OR_ZLIB = 47  # window bits by which zlib reads a gzip's head itself
COMPRESSED = 1 << 16  # bytes taken at a time: a gzip holds at most a thousand times as many

SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"PAR1\x15", "parquet"),
    (b"ARROW1\0", "arrow"),
    (b"SQLite format 3\0", "sqlite"),
    (b"fgb\x03", "flatgeobuf"),
    (b"%PDF-", "pdf"),
    (b"BZh91AY&SY", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!\x1a", "rar"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
)


def signature(head: bytes) -> str | None:
    """What a file is that begins so: a name in the wording's `[kinds-of-file]`; None for what has no signature."""
    return next((name for begins, name in SIGNATURES if head.startswith(begins)), None)


class ByteStream:
    """The bytes of a plain or gzipped file (told by its first bytes, not its name), one block after the other.

    A gzipped file that ends in the middle gives all that comes before its end, and then raises EOFError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        self._size = max(path.stat().st_size, 1)
        self._inflate = zlib.decompressobj(GZIP_OR_ZLIB) if self._file.peek(2)[:2] == GZIP else None
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, up to `size`, without passing them; less where the file ends early."""
        while len(self._ahead) < size:
            try:
                more = self._more()
            except EOFError:
                break
            if not more:
                break
            self._ahead += more
        return self._ahead[:size]

    def read(self) -> bytes:
        """The next block; none at the end. Raises EOFError where the file is cut, BrokenFile where it is no gzip."""
        taken, self._ahead = self._ahead, b""
        return taken or self._more()

    def _more(self) -> bytes:
        if self._inflate is None:
            return self._file.read(1 << 18)
        while True:
            if self._inflate.eof:  # another member may follow, or padding
                packed = self._inflate.unused_data
                packed += self._file.read(COMPRESSED) if len(packed) < len(GZIP) else b""
                if not packed.startswith(GZIP):
                    return b""
                self._inflate = zlib.decompressobj(GZIP_OR_ZLIB)
            else:
                packed = self._file.read(COMPRESSED)
                if not packed:
                    raise EOFError
            try:
                block = self._inflate.decompress(packed)
            except zlib.error as error:
                raise BrokenFile(file=str(self._path), records=0, reason=str(error)) from error
            if block:
                return block

    def progress(self) -> float:
        """Share of the file, as it lies on the disk, that has been read."""
        return min(self._file.tell() / self._size, 1.0) if not self._file.closed else 1.0

    def close(self) -> None:
        """The file is released."""
        self._file.close()

    def __del__(self) -> None:
        self.close()
