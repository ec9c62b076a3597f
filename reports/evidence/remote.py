"""Photos in an object storage, as a part of a backup: taken along into a folder, and brought back from one."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from wangge.reports.evidence.pictures import FOLDER, PicturesUnavailable
from wangge.store.objects import open_remote

__all__ = ["RemotePictures", "remote_of"]

AT_ONCE = 8
"""Pictures on their way; each is at most some megabytes."""
BATCH = 1000

OURS = re.compile(r"[^/]+/[0-9a-f]{2}/[0-9a-f]{32}-(large|small|public-large|public-small)\.jpg")
"""Whatever else lies in the same storage is left alone."""

T = TypeVar("T")


def remote_of(url: str | None) -> "RemotePictures | None":
    """The photos of an object storage; None where they lie in the home folder."""
    return RemotePictures(url) if url else None


class RemotePictures:
    """What `wangge.store.backup` asks of files that lie elsewhere (`Elsewhere`)."""

    folder = FOLDER

    def __init__(self, url: str) -> None:
        self._url = url

    def keep(self, to: Path) -> None:
        """Copy every picture into a folder, readable by its owner alone. Raises PicturesUnavailable."""
        to.mkdir(mode=0o700)
        with self._opened() as store:
            paths = (one["path"] for some in obstore.list(store) for one in some if OURS.fullmatch(one["path"]))
            _each(paths, lambda path: _fetch(store, path, to))

    def in_the_way(self, kept: Path) -> list[str]:
        """Pictures that the store has otherwise than they were kept. Raises PicturesUnavailable."""
        with self._opened() as store:
            others = _each(_names(kept), lambda name: _differs(store, name, kept))
            return [f"{self._url.rstrip('/')}/{name}" for name in others if name]

    def bring(self, kept: Path) -> None:
        """Copy a folder's pictures into the store. Raises PicturesUnavailable."""
        with self._opened() as store:
            _each(_names(kept), lambda name: obstore.put(store, name, (kept / name).read_bytes()))

    @contextmanager
    def _opened(self) -> Iterator[ObjectStore]:
        try:
            yield open_remote(self._url)
        except (BaseError, ValueError) as error:
            raise PicturesUnavailable(error=str(error)[:200]) from error


def _names(kept: Path) -> Iterator[str]:
    return (path.relative_to(kept).as_posix() for path in sorted(kept.rglob("*")) if path.is_file())


def _fetch(store: ObjectStore, path: str, to: Path) -> None:
    try:
        data = bytes(obstore.get(store, path).bytes())
    except FileNotFoundError:  # its time was over meanwhile
        return
    file = to / path
    for folder in reversed(file.relative_to(to).parents):
        (to / folder).mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(data)


def _differs(store: ObjectStore, name: str, kept: Path) -> str | None:
    try:
        there = bytes(obstore.get(store, name).bytes())
    except FileNotFoundError:
        return None
    return None if there == (kept / name).read_bytes() else name


def _each(names: Iterable[str], act: Callable[[str], T]) -> list[T]:
    """Do something with each name, a few at once; the first error ends it."""
    found: list[T] = []
    left = iter(names)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while some := list(islice(left, BATCH)):
            found += threads.map(act, some)
    return found
