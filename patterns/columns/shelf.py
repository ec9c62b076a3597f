"""The columns as a server process has them: opened once, renewed when their builder has written."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from wangge.patterns.columns.delta import Delta
from wangge.patterns.columns.generation import Generation
from wangge.patterns.columns.keeping import folder_of
from wangge.patterns.columns.manifest import MANIFEST, Manifest, NoColumns, UnsoundColumns
from wangge.reports.feed.events import Mark

__all__ = ["Columns", "Shelf"]

log = structlog.get_logger(__name__)


class Columns(NamedTuple):
    """A generation and the changes that follow it, as they were at one moment: what a question is asked of.

    `mark` is the place in the feed that they reach, `read_at` when the database was read for it, seconds since 1970.
    """

    generation: Generation
    changes: NDArray[np.void]
    mark: Mark
    read_at: float


Stamp = tuple[int, int, int]


@dataclass(slots=True)
class _Held:
    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: Stamp | None = None
    generation: Generation | None = None
    delta: Delta | None = None


class Shelf:
    """The columns of all territories; threads share it.

    Parameters
    ----------
    home : the folder of what the program keeps; None where nobody keeps columns current, so that there are none.
    """

    def __init__(self, home: Path | None) -> None:
        self._home = home
        self._held: dict[str, _Held] = {}

    def columns(self, territory: str) -> Columns | None:
        """The columns of a territory as they are now; None where there are none that can be trusted."""
        if self._home is None:
            return None
        held = self._held.setdefault(territory, _Held())
        folder = folder_of(self._home, territory)
        with held.lock:
            for _ in range(3):  # a generation may be put away while it is opened
                try:
                    return _renewed(held, folder)
                except UnsoundColumns as error:
                    held.stamp = held.generation = held.delta = None
                    refused = error
                except NoColumns:
                    held.stamp = held.generation = held.delta = None
                    return None
            log.warning("columns not sound", territory=territory, **refused.facts)
        return None


def _renewed(held: _Held, folder: Path) -> Columns:
    stamp = _stamp_of(folder)
    if stamp != held.stamp or held.generation is None or held.delta is None:
        manifest = Manifest.read(folder)
        generation = Generation.open(folder, manifest, held.generation)
        if held.delta is None or held.delta.path.name != manifest.delta:
            held.delta = Delta(folder / manifest.delta, manifest.mark, manifest.read_at)
        held.stamp, held.generation = stamp, generation
    held.delta.read()
    return Columns(held.generation, held.delta.changes, held.delta.mark, held.delta.read_at)


def _stamp_of(folder: Path) -> Stamp:
    """By which a manifest is told from the one before it."""
    try:
        found = (folder / MANIFEST).stat()
    except FileNotFoundError:
        raise NoColumns(folder=str(folder)) from None
    return found.st_ino, found.st_mtime_ns, found.st_size
