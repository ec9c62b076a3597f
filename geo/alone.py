"""Work that one process of a machine does: it holds the lock of a folder of the program's home."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["alone", "locked"]


@contextmanager
def alone(home: Path, what: str = "columns") -> Iterator[bool]:
    """Whether this process is the one of the machine that does this, as long as it stays here."""
    with locked(home / what / ".lock") as mine:
        yield mine


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Whether this process holds a lock, as long as it stays here.

    Parameters
    ----------
    path : of the lock's file. Who holds it may remove its folder: whoever had opened the file meanwhile holds nothing.
    wait : until whoever holds it leaves.
    """
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = path.open("w")
        except FileNotFoundError:
            continue  # the folder was removed this moment
        with file:
            mine = _held(file, wait) and _stands(file, path)
            if mine or not wait:
                yield mine
                return


def _held(file: IO[str], wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stands(file: IO[str], path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
