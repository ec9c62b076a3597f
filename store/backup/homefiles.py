"""Files of the home folder that belong to a backup: all but the database, what is made anew, and set-up tools."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from wangge.geo.errors import WanggeError
from wangge.store.backup.manifest import MANIFEST, UNFINISHED

__all__ = ["LEFT_OUT", "Elsewhere", "FileInTheWay", "bring_files", "files_in_the_way", "keep_files"]

LEFT_OUT = frozenset({"postgres", "bundles", "exports", "tools", "coverage"})
"""The embedded cluster, what is made anew when it is asked for, and what set-up and tests keep."""


class FileInTheWay(WanggeError):
    """The home folder, or what stands for a part of it, has another file of that name."""

    kind = "restore-file-in-the-way"


class Elsewhere(Protocol):
    """A folder of the home folder whose files lie in another store; in a backup they lie in that folder."""

    folder: str
    """Its name under the home folder."""

    def keep(self, to: Path) -> None:
        """Copy everything into a folder, which is made."""

    def in_the_way(self, kept: Path) -> list[str]:
        """What the store has and a backup would change."""

    def bring(self, kept: Path) -> None:
        """Copy a backup's files into the store."""


def keep_files(home: Path, to: Path, elsewhere: Elsewhere | None = None) -> None:
    """Copy the home folder's files, readable by their owner alone, and those that lie elsewhere.

    What a row of the database names has been written before the row, and is never changed: copied after the moment that
    the backup shows, every file that it needs is there.
    """
    to.mkdir(mode=0o700)
    for path in _files(home):
        if _is_elsewhere(path.relative_to(home), elsewhere):
            continue
        with suppress(FileNotFoundError):  # it was removed meanwhile
            _copy(path, to, path.relative_to(home))
    if elsewhere:
        elsewhere.keep(to / elsewhere.folder)


def files_in_the_way(kept: Path, home: Path, elsewhere: Elsewhere | None = None) -> list[str]:
    """Files of the home folder, and of what stands for a part of it, that a backup would change."""
    here = (path for path in _all(kept) if not _is_elsewhere(path.relative_to(kept), elsewhere))
    pairs = ((path, home / path.relative_to(kept)) for path in here)
    found = [str(there) for path, there in pairs if there.exists() and path.read_bytes() != there.read_bytes()]
    return found + (elsewhere.in_the_way(kept / elsewhere.folder) if elsewhere else [])


def bring_files(kept: Path, home: Path, elsewhere: Elsewhere | None = None) -> None:
    """Copy a backup's files to where they belong; each appears whole or not at all."""
    if elsewhere:
        elsewhere.bring(kept / elsewhere.folder)
    for path in _all(kept):
        name = path.relative_to(kept)
        if _is_elsewhere(name, elsewhere):
            continue
        new = name.with_name(f"{name.name}.restoring")
        _copy(path, home, new)
        (home / new).rename(home / name)


def _is_elsewhere(name: Path, elsewhere: Elsewhere | None) -> bool:
    return elsewhere is not None and name.parts[0] == elsewhere.folder


def _files(home: Path) -> Iterator[Path]:
    """What is kept: regular files that no link leads to; not those of backups that lie in the home folder."""
    for walked, folders, names in os.walk(home):
        place = Path(walked)
        at_home = place == home
        folders[:] = [name for name in folders if not (at_home and name in LEFT_OUT)]
        if not {MANIFEST, UNFINISHED}.isdisjoint(names):
            folders.clear()
            continue
        yield from (place / name for name in names if (place / name).is_file() and not (place / name).is_symlink())


def _all(kept: Path) -> list[Path]:
    return sorted(path for path in kept.rglob("*") if path.is_file())


def _copy(path: Path, to: Path, name: Path) -> None:
    """Copy a file to a folder under a name that may have folders in it."""
    with path.open("rb") as source:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in reversed(name.parents):
            (to / folder).mkdir(mode=0o700, exist_ok=True)
        (to / name).touch(mode=0o600)
        with (to / name).open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
