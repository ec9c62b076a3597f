"""Bundles of editions as files on this machine: written when first asked for, then handed out as they are."""

import asyncio
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson
import structlog

from wangge.geo.bundle import VERSION, write_bundle
from wangge.geo.grid import Grid
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

__all__ = ["Bundle", "Bundles"]

log = structlog.get_logger(__name__)

MOST = 32  # files kept; the rest can be written again
GRACE_S = 600  # within which a file that was asked for is still being read


class Bundle(NamedTuple):
    """A bundle on the disk: its file, the label of its edition, and a tag that no other content has."""

    path: Path
    edition: str
    tag: str


class Bundles:
    """Hands out bundles. An edition never changes, so a file that is there is right for ever.

    Parameters
    ----------
    folder : where they are kept; if it cannot be written to, a temporary one takes its place.
    database_url : gives the database's URL, for editions that are not the current ones.
    """

    def __init__(self, folder: Path, database_url: Callable[[], str]) -> None:
        self._folder = folder
        self._spare: Path | None = None
        self._database_url = database_url
        self._known: dict[tuple[str, str], Bundle] = {}
        self._writing = asyncio.Lock()

    async def of(self, grid: Grid, label: str | None = None) -> Bundle:
        """The bundle of a territory's current grid, or of its edition with a label.

        However many ask at once, it is written once, in a thread.

        Raises
        ------
        UnknownEdition
        """
        if label is None or label == grid.edition:
            return await self._kept((grid.territory, tag_of(grid)), lambda: grid)
        return await self._kept((grid.territory, f"edition {label}"), lambda: self._loaded(grid.territory, label))

    def close(self) -> None:
        """Remove what was kept in a temporary folder."""
        if self._spare:
            shutil.rmtree(self._spare, ignore_errors=True)

    async def _kept(self, key: tuple[str, str], grid: Callable[[], Grid]) -> Bundle:
        bundle = self._known.get(key)
        if bundle is None or not await asyncio.to_thread(_used, bundle.path):
            async with self._writing:
                bundle = self._known.get(key)
                if bundle is None or not await asyncio.to_thread(_used, bundle.path):
                    bundle = self._known[key] = await asyncio.to_thread(lambda: self._stored(grid()))
        return bundle

    def _loaded(self, territory: str, label: str) -> Grid:
        with connect(self._database_url()) as connection:
            return load_grid(connection, territory, label)

    def _stored(self, grid: Grid) -> Bundle:
        """The bundle of a grid, written if it is not there from an earlier run."""
        tag = tag_of(grid)
        try:
            path = _written(grid, self._folder / f"{grid.territory}-{tag}.bundle")
        except OSError as error:
            if self._spare:
                raise
            self._folder = self._spare = Path(tempfile.mkdtemp(prefix="wangge-bundles-"))
            log.warning("bundles are kept in a temporary folder", folder=str(self._spare), error=str(error))
            path = _written(grid, self._folder / f"{grid.territory}-{tag}.bundle")
        return Bundle(path, grid.edition, tag)


def tag_of(grid: Grid) -> str:
    """What a bundle is known by: the edition's hash, and what else stands in the file."""
    levels = [(level.key, dict(level.name)) for level in grid.levels]
    about = (VERSION, grid.hash, grid.territory, grid.edition, grid.timezone.key, grid.synthetic, levels)
    return hashlib.sha256(orjson.dumps(about, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _written(grid: Grid, path: Path) -> Path:
    if not _used(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bundle(grid, path)
        _make_room(path.parent)
    return path


def _used(path: Path) -> bool:
    """Whether a file is there; its time of access says that it was asked for."""
    try:
        os.utime(path, (time.time(), path.stat().st_mtime))
    except FileNotFoundError:
        return False
    return True


def _make_room(folder: Path) -> None:
    """Remove the files beyond MOST that nobody asked for the longest."""
    newest_first = sorted(folder.glob("*.bundle"), key=lambda path: path.stat().st_atime, reverse=True)
    for path in newest_first[MOST:]:
        if path.stat().st_atime < time.time() - GRACE_S:
            path.unlink(missing_ok=True)
