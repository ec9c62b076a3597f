"""The manifest of a generation: which files belong together, what their codes stand for, and of when they are."""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from wangge.geo.errors import WanggeError
from wangge.patterns.columns.kernel import kernel
from wangge.patterns.columns.places import Places
from wangge.reports.feed.events import Mark

__all__ = ["MANIFEST", "CellEntry", "Kept", "Manifest", "NoColumns", "UnsoundColumns", "flush_folder", "write_whole"]

MANIFEST = "manifest.json"
FORMAT = 1


class NoColumns(WanggeError):
    """There are no columns of a territory here."""

    kind = "no-columns"


class UnsoundColumns(WanggeError):
    """A file of the columns is missing, truncated, altered or of another version. Facts: `file`, `problem`."""

    kind = "unsound-columns"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the generation, with what it must be. `cold` is the one beside it; `month` such as 2025-06."""

    file: str
    size: int
    checksum: int
    month: str = ""
    rows: int = 0
    cold: str = ""
    cold_checksum: int = 0


CellEntry = tuple[int, int]
"""Ids of the base grid that a report is assigned to, and of the present edition's that covers it; 0 where none does."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of a territory's columns.

    Attributes
    ----------
    generation : counted up; another one has another number.
    edition, hash, timezone, regrids : of the territory when it was made; where they differ, it is made anew.
    mark : where the feed stood when `segments` were read.
    categories, flags, cells : what the codes stand for; flags are (state, urgency, source).
    delta : the file of changes that follow.
    """

    territory: str
    generation: int
    edition: int
    hash: str
    timezone: str
    regrids: int
    mark: Mark
    read_at: float
    places: Places
    categories: list[str]
    flags: list[tuple[str, str, str]]
    cells: list[CellEntry]
    segments: list[Kept]
    lists: Kept | None
    delta: str

    @property
    def rows(self) -> int:
        """How many reports the segments hold."""
        return sum(kept.rows for kept in self.segments)

    def files(self) -> set[str]:
        """Names of all files that belong to the generation."""
        segments = {name for kept in self.segments for name in (kept.file, kept.cold)}
        return {MANIFEST, self.delta, *segments} | ({self.lists.file} if self.lists else set())

    def with_codes(
        self, categories: list[str], flags: list[tuple[str, str, str]], cells: list[CellEntry]
    ) -> "Manifest":
        """The same files with more codes, which only ever grow."""
        return replace(self, generation=self.generation + 1, categories=categories, flags=flags, cells=cells)

    def write(self, folder: Path) -> None:
        """Put the manifest in place of the one before; from then on this generation is the current one."""
        body = orjson.dumps(asdict(self) | {"format": FORMAT, "mark": str(self.mark)})
        write_whole(folder / MANIFEST, orjson.dumps({"checksum": kernel().checksum(body), "body": body.decode()}))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The current manifest of a folder. Raises NoColumns, UnsoundColumns."""
        try:
            text = (folder / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise NoColumns(folder=str(folder)) from None
        try:
            sealed = orjson.loads(text)
            body = sealed["body"].encode()
            if sealed["checksum"] != kernel().checksum(body):
                raise UnsoundColumns(file=MANIFEST, problem="its checksum differs")
            return _manifest_of(orjson.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnsoundColumns(file=MANIFEST, problem=str(error)) from error


def _manifest_of(body: dict[str, Any]) -> Manifest:
    if body.pop("format") != FORMAT:
        raise UnsoundColumns(file=MANIFEST, problem="it is of another version")
    body["mark"] = Mark.parse(body["mark"])
    body["places"] = Places(**body["places"])
    body["segments"] = [Kept(**kept) for kept in body["segments"]]
    body["lists"] = Kept(**body["lists"]) if body["lists"] else None
    body["flags"] = [tuple(flags) for flags in body["flags"]]
    body["cells"] = [tuple(entry) for entry in body["cells"]]
    return Manifest(**body)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears under its name only when it is whole and on the disk; only the owner may read it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
