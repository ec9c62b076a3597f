"""The server's processes as the operating system sees them: alive, dead, or left behind.

Every process of a PostgreSQL server has the data folder as its working folder, which names it more surely than the
number in `postmaster.pid`: that number may belong to a zombie or, after a reboot, to somebody else.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

__all__ = ["clear_remains", "is_ready", "pid_of", "stop"]

_PROC = Path("/proc")


def pid_of(data: Path) -> int | None:
    """Process id of the live server of a data folder, or None."""
    pid = _noted_pid(data)
    if pid is None or not _alive(pid):
        return None
    if not _PROC.is_dir():  # pragma: no cover (no Linux)
        return pid
    return pid if _works_in(pid, data) else None


def is_ready(data: Path) -> bool:
    """Whether the live server of a data folder says itself that it accepts connections."""
    return _noted(data)[7:] == ["ready"]


def stop(data: Path, patience_s: float = 60.0) -> None:
    """End the server of a data folder: sessions are cut, what is committed is kept."""
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, and no more questions
        if (pid := pid_of(data)) is None:
            return
        _tell(pid, sign)
        _wait_until(lambda: pid_of(data) is None, patience_s)


def clear_remains(data: Path) -> None:
    """Remove what a killed server left: its orphaned children, and a pid file that would bar the next start.

    Call it only when `pid_of` is None and nobody else can be starting the server. Orphans go first: they may still
    write to the data folder, and without the pid file the next server would not notice them.
    """
    for sign, patience_s in ((signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0)):
        for orphan in _orphans(data):
            _tell(orphan, sign)
        _wait_until(lambda: not _orphans(data), patience_s)
    noted = _noted_pid(data)
    # A dead number does not disturb PostgreSQL. A living stranger with that number, a zombie, or no number does.
    if pid_of(data) is None and (noted is None or _alive(noted)):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _noted(data: Path) -> list[str]:
    """Lines of the pid file: process id, data folder, start time, port, socket folder, address, memory key, state."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _noted_pid(data: Path) -> int | None:
    try:
        return abs(int(_noted(data)[0]))
    except (IndexError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _works_in(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL one of this data folder; a zombie has no working folder any more."""
    try:
        program = str((_PROC / str(pid) / "exe").readlink())
        place = str((_PROC / str(pid) / "cwd").readlink())
    except OSError:
        return False
    is_postgres = program.rpartition("/")[2].removesuffix(" (deleted)") in ("postgres", "postmaster")
    return is_postgres and place.removesuffix(" (deleted)") == str(data.resolve())


def _orphans(data: Path) -> list[int]:
    if not _PROC.is_dir():  # pragma: no cover (no Linux)
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _works_in(int(entry.name), data)]


def _tell(pid: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def _wait_until(true: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
