"""The archive's objects: put whole, read whole, listed and deleted, in a folder or an object storage."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from wangge.geo.errors import WanggeError
from wangge.reports.bulk.archive.index import INDEX, Index
from wangge.store.objects import open_store

__all__ = ["ArchiveUnavailable", "Shelf"]

OURS = re.compile(r"territory=[^/]+/month=\d{4}-\d{2}/reports\.parquet")
"""Whatever else lies in the same place is left alone."""


class ArchiveUnavailable(WanggeError):
    """Where the archive is kept does not answer, or refuses. Facts: `error`."""

    kind = "archive-unavailable"


def _keep_private(folder: Path) -> None:
    """Every report is in it: one that is ours is made readable by its owner alone, one that others share is refused."""
    if not folder.stat().st_mode & 0o077:
        return
    if any(folder.iterdir()) and not (folder / INDEX).is_file():
        raise PermissionError(f"{folder} may be read by others and holds other things; name a folder of its own")
    folder.chmod(0o700)


class Shelf:
    """Where the archive lies. An object appears when it is whole, in a folder as in a storage.

    Parameters
    ----------
    address : a folder, or such as `s3://bucket/folder`.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def index(self) -> Index | None:
        """The index; None where there is none that can be read. Raises ArchiveUnavailable."""
        with self._telling():
            try:
                return Index.parse(bytes(obstore.get(self._store, INDEX).bytes()))
            except FileNotFoundError:
                return None

    def put_index(self, index: Index) -> None:
        """Replace the index. Raises ArchiveUnavailable."""
        with self._telling():
            obstore.put(self._store, INDEX, index.as_bytes())

    def put(self, path: str, file: Path) -> None:
        """Replace an object by a file. Raises ArchiveUnavailable."""
        with self._telling():
            obstore.put(self._store, path, file)

    def fetch(self, path: str, to: Path) -> bool:
        """Write an object into a file; false where there is none. Raises ArchiveUnavailable."""
        with self._telling():
            try:
                pieces = obstore.get(self._store, path)
            except FileNotFoundError:
                return False
            with to.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
            return True

    def remove(self, path: str) -> None:
        """Delete an object, if it is there. Raises ArchiveUnavailable."""
        with self._telling():
            try:
                obstore.delete(self._store, path)
            except FileNotFoundError:
                return

    def paths(self) -> list[str]:
        """The archive's months that lie there, in the index or not. Raises ArchiveUnavailable."""
        with self._telling():
            found = [one["path"] for some in obstore.list(self._store) for one in some]
            return [path for path in found if OURS.fullmatch(path)]

    @cached_property
    def _store(self) -> ObjectStore:
        store = open_store(self._address)
        if "://" not in self._address:
            _keep_private(Path(self._address))
        return store

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise ArchiveUnavailable(error=str(error)[:200]) from error
