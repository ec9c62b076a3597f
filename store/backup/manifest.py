"""What is in a backup, written last: a folder without it is no backup, and what is not as it says is refused."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wangge.geo.errors import WanggeError

__all__ = [
    "DATABASE",
    "FILES",
    "MANIFEST",
    "UNFINISHED",
    "BackupDamaged",
    "BackupNewer",
    "Contents",
    "Kept",
    "NotABackup",
    "Table",
    "check_files",
    "digests_of",
    "read_manifest",
    "write_manifest",
]

MANIFEST = "wangge-backup.json"
UNFINISHED = "unfinished-wangge-backup"
"""A file that says of a folder that what else lies in it is the beginning of a backup, for the next run to remove."""
DATABASE = "database"
"""Folder of what pg_dump wrote, in its directory format."""
FILES = "files"
"""Folder of what lay in the home folder beside the database."""
FORMAT = 1
CHUNK = 2**20

Advance = Callable[[float, str], None]


class NotABackup(WanggeError):
    """The folder holds no backup, or one that was never finished."""

    kind = "not-a-backup"


class BackupDamaged(WanggeError):
    """A file of the backup is missing, or not as it was written."""

    kind = "backup-damaged"


class BackupNewer(WanggeError):
    """The backup was made by a newer program than this one."""

    kind = "backup-newer"


@dataclass(frozen=True)
class Table:
    """How many rows a table had, and a sum over them that does not depend on their order (see `digests`)."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Kept:
    """A file of the backup: its size and SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """Everything that is known of a backup.

    Attributes
    ----------
    backup : names this backup and no other.
    taken_at : the moment that it shows, ISO 8601.
    program, revision, postgres : versions of the program, of its tables and of the server.
    tables : by name, a partitioned table by its parts.
    files : by their path in the backup's folder.
    """

    backup: str
    taken_at: str
    program: str
    revision: str
    postgres: str
    tables: Mapping[str, Table]
    files: Mapping[str, Kept]


def write_manifest(folder: Path, contents: Contents) -> None:
    """Make a folder a backup: all of it is on the disk before the manifest gets its name."""
    told = {"format": FORMAT, **asdict(contents)}
    text = json.dumps({**told, "sha256": _digest(told)}, ensure_ascii=False, indent=1)
    new = folder / f"{MANIFEST}.new"
    new.touch(mode=0o600)
    with new.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(folder / MANIFEST)
    for place in (*(path for path in folder.rglob("*") if path.is_dir()), folder, folder.parent):
        handle = os.open(place, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def read_manifest(folder: Path) -> Contents:
    """What a backup says of itself.

    Raises
    ------
    NotABackup, BackupNewer, BackupDamaged
    """
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_bytes())
        stated = told.pop("sha256", None)
        number = told["format"]
    except (FileNotFoundError, NotADirectoryError):
        raise NotABackup(folder=str(folder)) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupDamaged(file=str(path)) from None
    if isinstance(number, int) and number > FORMAT:
        raise BackupNewer(made_by=str(told.get("program")))
    if stated != _digest(told) or told.pop("format") != FORMAT:
        raise BackupDamaged(file=str(path))
    tables = {name: Table(**table) for name, table in told.pop("tables").items()}
    files = {name: Kept(**kept) for name, kept in told.pop("files").items()}
    return Contents(**told, tables=tables, files=files)


def digests_of(folder: Path, *below: str) -> dict[str, Kept]:
    """Size and SHA-256 of every file below some folders of a backup, which are on the disk afterwards."""
    paths = sorted(path for name in below for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _kept(path) for path in paths}


def check_files(folder: Path, contents: Contents, advance: Advance) -> None:
    """See that every file is as it was written.

    Raises
    ------
    BackupDamaged : naming the first that is not.
    """
    total, done = sum(kept.bytes for kept in contents.files.values()) or 1, 0
    for name, kept in contents.files.items():
        advance(done / total, name)
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file() or _kept(path) != kept:
            raise BackupDamaged(file=str(path))
        done += kept.bytes


def _kept(path: Path) -> Kept:
    digest, size = hashlib.sha256(), 0
    for part in _parts(path):
        digest.update(part)
        size += len(part)
    return Kept(size, digest.hexdigest())


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            yield part


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
