"""The text of a file as UTF-8, whatever it is encoded in; what is no text is refused by what it is."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from wangge.geo.files.batches import BrokenFile, WrongEncoding
from wangge.geo.files.bytestream import ByteStream, signature

__all__ = ["TextStream", "fitting_encoding"]

SAMPLE = 1 << 18
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHERS = ("gb18030", "big5", "cp1252")
MARK = "\ufeff".encode()
BLANKS = frozenset(b"\t\n\r\f\x1a")
"""Control characters that texts have; NUL is one that a text may have by mistake."""


class TextStream:
    """The text of a file in blocks of UTF-8 without the byte order mark.

    Attributes
    ----------
    encoding : that the file is read in.
    sample : the beginning of the text, UTF-8; it may end in the middle of a character.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        self._bytes = ByteStream(path)
        head = self._bytes.peek(SAMPLE)
        self.encoding = encoding or _encoding(path, head)
        try:
            self._decoder = codecs.getincrementaldecoder(self.encoding)("strict")
            self.sample = self._decoder.decode(head).encode().removeprefix(MARK)
            self._decoder.reset()
        except LookupError as error:
            raise WrongEncoding(file=str(path), encoding=self.encoding, suggestion="utf-8") from error
        except UnicodeDecodeError as error:
            raise self.refusal() from error
        self._plain = codecs.lookup(self.encoding).name == "utf-8"

    def __iter__(self) -> Iterator[bytes]:
        """The blocks. Raises EOFError where a compressed file is cut, WrongEncoding where it is encoded otherwise.

        What is in UTF-8 comes as it is, so that one wrong byte costs only the record that it is in.
        """
        first = True
        while raw := self._bytes.read():
            block = raw if self._plain else self._decoded(raw)
            yield block.removeprefix(MARK) if first else block
            first = False
        if not self._plain:
            yield self._decoded(b"", final=True)

    def _decoded(self, raw: bytes, *, final: bool = False) -> bytes:
        try:
            return self._decoder.decode(raw, final).encode()
        except UnicodeDecodeError as error:
            raise self.refusal() from error

    def refusal(self) -> WrongEncoding:
        """That the file is not in this encoding."""
        head = self._bytes.peek(SAMPLE)
        others = [name for name in ("utf-8", *OTHERS) if name != self.encoding]
        fitting = next((name for name in others if _decodes(head, name)), others[0])
        return WrongEncoding(file=str(self._path), encoding=self.encoding, suggestion=fitting)

    def progress(self) -> float:
        """Share of the file that has been read, 0 to 1."""
        return self._bytes.progress()

    def close(self) -> None:
        """The file is released."""
        self._bytes.close()


def fitting_encoding(text: bytes) -> str:
    """The encoding that a piece of text is most probably in: UTF-8 if it can be, else one that is usual in China."""
    return next((name for name in ("utf-8", *OTHERS) if _decodes(text, name)), "latin-1")


def _encoding(path: Path, head: bytes) -> str:
    """The encoding a byte order mark names, else UTF-8, which the head must be."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    kind = signature(head)
    if kind is not None:
        raise BrokenFile(file=str(path), records=0, reason="another-kind", kind=kind)
    wide = _wide(head)
    if wide is not None:
        raise WrongEncoding(file=str(path), encoding="utf-8", suggestion=wide)
    controls = sum(head.count(byte) for byte in range(1, 32) if byte not in BLANKS)
    if controls > 8 and controls * 20 > len(head):
        raise BrokenFile(file=str(path), records=0, reason="binary")
    if not _decodes(head, "utf-8"):
        raise WrongEncoding(file=str(path), encoding="utf-8", suggestion=fitting_encoding(head))
    return "utf-8"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark, known by its zeros."""
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 8 and zeros.count(0) * 3 > len(zeros):
            return name
    return None


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(text)
    except UnicodeDecodeError:
        return False
    return True
