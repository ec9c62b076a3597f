"""What the texts of a Shapefile are encoded in: said by it, or seen in its table."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from wangge.geo.files.batches import WrongEncoding
from wangge.geo.files.textstream import fitting_encoding

__all__ = ["encoding_of"]

SHAPEFILE = "ESRI Shapefile"
LANGUAGE = 29  # the byte of a table's head that names its encoding
UNSAID = (0, 0x57)  # 0x57 is what the system of whoever wrote it was set to
HEAD = slice(8, 10)  # where the length of the head stands
SAMPLE = 4 << 20


def encoding_of(path: Path, driver: str, given: str | None = None) -> str | None:
    """The encoding to read a vector file's texts in; None where the file itself says it.

    Raises
    ------
    WrongEncoding : a Shapefile does not say it, and it is not UTF-8.
    """
    if given is not None or driver != SHAPEFILE or _beside(path, ".cpg"):
        return given
    table = _beside(path, ".dbf")
    if len(table) <= LANGUAGE or table[LANGUAGE] not in UNSAID:
        return None
    fitting = fitting_encoding(table[int.from_bytes(table[HEAD], "little") :])
    if fitting != "utf-8":
        raise WrongEncoding(file=str(path), encoding="utf-8", suggestion=fitting)
    return fitting


def _beside(path: Path, suffix: str) -> bytes:
    """The beginning of the file of a Shapefile with this suffix; nothing where there is none."""
    if path.suffix.lower() in (".zip", ".shz"):
        try:
            with ZipFile(path) as archive:
                found = [name for name in archive.namelist() if name.lower().endswith(suffix)]
                return archive.open(found[0]).read(SAMPLE) if found else b""
        except (BadZipFile, OSError):
            return b""
    for one in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if one.is_file():
            with one.open("rb") as file:
                return file.read(SAMPLE)
    return b""
