"""Exports that are made while nobody waits: each a folder, with what is asked, how far it is, and the file."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wangge.access.person import Scope
from wangge.geo.alone import locked
from wangge.geo.datum import Datum
from wangge.geo.errors import WanggeError
from wangge.geo.replacing import replacing
from wangge.reports.listing.filters import ReportFilter

__all__ = [
    "FOLDER",
    "TRIES",
    "Ended",
    "Export",
    "ExportNotReady",
    "ExportReason",
    "ExportState",
    "Exports",
    "TooManyExports",
    "UnknownExport",
]

FOLDER = "exports"
MOST = 5
"""Exports that one account or key has in all territories, made or to be made."""
MOST_TURNS = 1_000
"""Accounts and keys of which it is known when they had their last turn."""
TRIES = 3
TURNS = "turns.json"
FORGET_AFTER_S = 60.0
DIGITS = 16
NAME = "[0-9a-f]*"


class UnknownExport(WanggeError):
    """The asker has no such export. Facts: `export`."""

    kind = "unknown-export"


class ExportNotReady(WanggeError):
    """The file of an export is not there. Facts: `export`, `state`."""

    kind = "export-not-ready"


class TooManyExports(WanggeError):
    """The asker has as many exports as may be. Facts: `most`, `territories` where they are."""

    kind = "too-many-exports"


class ExportState(StrEnum):
    """How far an export is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ExportReason(StrEnum):
    """Why an export failed."""

    INTERRUPTED = "interrupted"  # the server, or the database, ended in the middle each time
    TOO_LARGE = "too-large"
    TOO_LONG = "too-long"
    TOO_MANY_ROWS = "too-many-rows"  # for a file of this form
    BROKEN = "broken"


class Ended(IntEnum):
    """How a process that makes one says why there is no file, by its exit code."""

    NO_DATABASE = 3  # before anything was read
    TOO_MANY_ROWS = 4
    DATABASE_LOST = 5


class Export(BaseModel):
    """What is asked for, by whom, in which scope, and what became of it.

    Attributes
    ----------
    owner : see `Exports.owner`.
    asked : the filter in words that may be told.
    classes : whether the classes of the national platform stand behind the other columns.
    where : None once it is over; what was searched for may be a telephone number.
    kept_until : whatever a server keeps by then that asks later.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="hex", val_json_bytes="hex")

    id: str = Field(default_factory=lambda: uuid4().hex)
    owner: str
    territory: str
    form: str
    datum: Datum
    name: str
    asked: str
    where: ReportFilter | None
    scope: Scope
    classes: bool = False
    created_at: datetime
    kept_until: datetime | None = None
    state: ExportState = ExportState.WAITING
    tries: int = 0
    rows: int | None = None
    of: int | None = None
    size: int | None = None
    finished_at: datetime | None = None
    reason: ExportReason | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is done for it."""
        return self.state in (ExportState.DONE, ExportState.FAILED)


class Exports:
    """The exports from one database, shared by the processes of a machine.

    Parameters
    ----------
    home : the folder of what the program keeps.
    database : which one it is: accounts and territories of another have the same ids and codes.
    keep : how long one is kept after it was asked for.
    most_bytes : of all files together; beyond it whoever has most loses their oldest.
    """

    def __init__(self, home: Path, database: str, keep: timedelta, most_bytes: int) -> None:
        self.home, self.database = home, database
        self.folder = home / FOLDER / sha256(database.encode()).hexdigest()[:DIGITS]
        self.keep, self.most_bytes = keep, most_bytes
        self._read: dict[str, tuple[tuple[int, int], Export]] = {}

    def add(self, export: Export, counts: Callable[[str], bool] = lambda _: True) -> Export:
        """Ask for one; it comes back with the time until which it is kept.

        Parameters
        ----------
        counts : whether what the asker has in a territory counts; what they can no longer reach there ends by itself.

        Raises
        ------
        TooManyExports
        """
        export = export.model_copy(update={"kept_until": self.until(export)})
        with locked(self.folder / ".adding", wait=True):
            found = [one.territory for one in self._all() if one.owner == export.owner and counts(one.territory)]
            if len(found) >= MOST:
                raise TooManyExports(most=MOST, territories=sorted(set(found)))
            new = self.folder / f".{export.id}"
            new.mkdir(mode=0o700)
            (new / "export.json").write_text(export.model_dump_json())
            new.rename(self.folder / export.id)
        return export

    def until(self, export: Export) -> datetime:
        """How long one is kept."""
        return export.kept_until or export.created_at + self.keep

    def of(self, owner: str, territory: str) -> list[Export]:
        """Those of an asker in a territory, the last first."""
        return [self._going(one) for one in reversed(self._all()) if (one.owner, one.territory) == (owner, territory)]

    def find(self, owner: str, territory: str, export_id: str) -> Export:
        """One of an asker's. Raises UnknownExport, for another's as for none."""
        found = self.get(export_id)
        if found is None or (found.owner, found.territory) != (owner, territory):
            raise UnknownExport(export=export_id)
        return self._going(found)

    def get(self, export_id: str) -> Export | None:
        """One as it was kept; None where it is gone, or cannot be read."""
        path = self.folder / export_id / "export.json"
        with suppress(OSError, ValidationError, UnicodeDecodeError):
            found = path.stat()
            mark = (found.st_ino, found.st_mtime_ns)
            known = self._read.get(export_id)
            if known is None or known[0] != mark:  # it is replaced whole
                known = self._read[export_id] = (mark, Export.model_validate_json(path.read_text()))
            return known[1]
        self._read.pop(export_id, None)
        return None

    def next(self) -> Export | None:
        """The first to be made, for the one process that makes them: who finds one running finds it left.

        Those who ask take turns: first whose last one was begun longest ago, whether they still have it or not.
        """
        turns = self._turns()
        waiting = [one for one in self._all() if not one.over]
        return min(
            waiting,
            key=lambda one: (one.state is not ExportState.RUNNING, turns.get(one.owner, 0.0), one.created_at),
            default=None,
        )

    def keep_state(self, export: Export) -> None:
        """Write down what became of one. Raises FileNotFoundError where it was removed meanwhile."""
        with replacing(self.folder / export.id / "export.json") as path:
            path.write_text(export.model_dump_json())

    def file(self, export: Export) -> Path:
        """Where its file is, or will be."""
        return self.folder / export.id / f"file.{export.form}"

    def note(self, export: Export, rows: int, of: int) -> None:
        """Write down how many rows were written, of how many."""
        with replacing(self.folder / export.id / "progress") as path:
            path.write_text(f"{rows} {of}")

    def finished(self, export: Export, reason: ExportReason | None = None) -> Export:
        """It is over, well or for a reason."""
        size = None if reason else self.file(export).stat().st_size
        state = ExportState.FAILED if reason else ExportState.DONE
        found = {"state": state, "size": size, "reason": reason, "finished_at": datetime.now(UTC), "where": None}
        over = self._going(export).model_copy(update=found)
        self._clear(export, but=() if reason else (self.file(export).name,))
        self.keep_state(over)
        return over

    def begun(self, export: Export) -> Export:
        """It is tried; what an earlier try left is no longer there. Raises FileNotFoundError where it was removed."""
        self._clear(export)
        export = export.model_copy(update={"state": ExportState.RUNNING, "tries": export.tries + 1})
        self.keep_state(export)
        turns = self._turns() | {export.owner: time.time()}
        last = sorted(turns, key=lambda owner: turns[owner])[-MOST_TURNS:]
        with replacing(self.folder / TURNS) as path:
            path.write_text(json.dumps({owner: turns[owner] for owner in last}))
        return export

    def untried(self, export: Export) -> None:
        """A try does not count. Raises FileNotFoundError where it was removed."""
        self.keep_state(export.model_copy(update={"tries": export.tries - 1}))

    def size_of(self, export: Export) -> int:
        """Bytes that one has on the disk."""
        size = 0
        for path in (self.folder / export.id).rglob("*"):
            with suppress(FileNotFoundError):  # replaced at this moment
                size += path.stat().st_size
        return size

    def remove(self, export_id: str) -> None:
        """Have one no longer, whatever is done for it at the moment."""
        self._read.pop(export_id, None)
        gone = self.folder / f".{export_id}.gone"
        with suppress(FileNotFoundError):
            (self.folder / export_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> int:
        """How many were removed: those whose time is over, and the oldest of whoever has most, beyond the room.

        What was left half made goes too, what cannot be read, and what another database has left here.
        """
        _forget_half_made(self.folder)
        for folder in self.folder.parent.glob(NAME):
            if folder != self.folder:
                self._sweep_another(folder)
        removed = 0
        for one in self._all():
            if one.state is not ExportState.RUNNING and datetime.now(UTC) > self.until(one):
                self.remove(one.id)
                removed += 1
        for path in self.folder.glob(NAME):
            if self.get(path.name) is None and self._is_late(path):
                self.remove(path.name)
                removed += 1
        kept = [one for one in self._all() if one.over]
        while kept and sum(one.size or 0 for one in kept) > self.most_bytes:
            of = Counter[str]()
            for one in kept:
                of[one.owner] += one.size or 0
            most = of.most_common(1)[0][0]
            oldest = next(one for one in kept if one.owner == most)
            self.remove(oldest.id)
            kept.remove(oldest)
            removed += 1
        return removed

    def _all(self) -> list[Export]:
        """All that can be read, the oldest first."""
        names = {path.name for path in self.folder.glob(NAME)}
        for gone in self._read.keys() - names:
            self._read.pop(gone, None)
        found = [self.get(name) for name in names]
        return sorted((one for one in found if one is not None), key=lambda one: (one.created_at, one.id))

    def _going(self, export: Export) -> Export:
        """With how far it is."""
        if export.over:
            return export
        with suppress(OSError, ValueError):
            rows, of = map(int, (self.folder / export.id / "progress").read_text().split())
            return export.model_copy(update={"rows": rows, "of": of})
        return export

    def _clear(self, export: Export, but: Collection[str] = ()) -> None:
        """Leave nothing of it but what is known of it."""
        for left in (self.folder / export.id).iterdir():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif left.name not in ("export.json", *but):
                left.unlink(missing_ok=True)

    def _turns(self) -> dict[str, float]:
        """When whoever asks had their last turn, by owner; none where that was lost."""
        with suppress(OSError, ValueError):
            return {str(owner): float(at) for owner, at in json.loads((self.folder / TURNS).read_bytes()).items()}
        return {}

    def _is_late(self, path: Path) -> bool:
        """Whether the time of a folder is over, by what it says itself or else by its age."""
        with suppress(OSError, ValueError):  # ValidationError and UnicodeDecodeError are such
            return datetime.now(UTC) > self.until(Export.model_validate_json((path / "export.json").read_bytes()))
        with suppress(OSError):
            return time.time() - path.stat().st_mtime > self.keep.total_seconds()
        return False

    def _sweep_another(self, folder: Path) -> None:
        """Remove what another database has left, unless a server looks after it; the folder, too, once it is empty."""
        if not folder.is_dir():
            return
        with locked(folder / ".lock") as mine:
            if not mine:
                return
            _forget_half_made(folder)
            for path in folder.glob(NAME):
                if self._is_late(path):
                    shutil.rmtree(path, ignore_errors=True)
            with locked(folder / ".adding") as nobody:
                if nobody and not any(path.is_dir() for path in folder.iterdir()):
                    shutil.rmtree(folder, ignore_errors=True)


def _forget_half_made(folder: Path) -> None:
    for path in folder.glob(".*"):
        with suppress(OSError):
            if path.is_dir() and time.time() - path.stat().st_mtime > FORGET_AFTER_S:
                shutil.rmtree(path, ignore_errors=True)
