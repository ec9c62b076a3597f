"""Takes a backup: the database as of one moment, by pg_dump, and the files beside it."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from wangge.geo.errors import WanggeError
from wangge.store.backup.aside import SCHEMA
from wangge.store.backup.clients import Clients, find_clients, object_named
from wangge.store.backup.digests import count_tables, tables_of
from wangge.store.backup.homefiles import Elsewhere, keep_files
from wangge.store.backup.manifest import DATABASE, FILES, MANIFEST, UNFINISHED, Contents, digests_of, write_manifest
from wangge.store.engine import Connection, connect

__all__ = ["BackupBusy", "FolderInUse", "NothingToBackUp", "take"]

Advance = Callable[[str, float, str], None]
"""Told the stage (database, count, files), its share done, and what it is at."""

MOMENT = """
SELECT pg_export_snapshot(), transaction_timestamp(), current_setting('server_version'),
       (SELECT version_num FROM alembic_version)
"""


class FolderInUse(WanggeError):
    """The folder holds something already."""

    kind = "backup-folder-in-use"


class BackupBusy(WanggeError):
    """Another process is writing this backup."""

    kind = "backup-busy"


class NothingToBackUp(WanggeError):
    """The database has none of the program's tables."""

    kind = "nothing-to-back-up"


def take(
    url: str,
    home: Path,
    folder: Path,
    advance: Advance,
    pg_bin: Path | None = None,
    elsewhere: Elsewhere | None = None,
) -> Contents:
    """Write a backup into a folder that is empty, or that an interrupted run has left.

    Nobody is hindered: what is read is one snapshot, and reports come in meanwhile. Everything in the folder can be
    read by its owner alone.

    Parameters
    ----------
    elsewhere : what of the home folder lies in another store, and is taken along from there.

    Raises
    ------
    FolderInUse, BackupBusy, NothingToBackUp, ClientsMissing, ClientFailed
    """
    with _begun(folder) as lock, connect(url) as connection:
        connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            raise NothingToBackUp
        connection.commit()
        clients = find_clients(url, connection.info.server_version // 10_000, pg_bin)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute(MOMENT).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM gives a row
        snapshot, taken_at, postgres, revision = row
        _dump(clients, connection, snapshot, folder, lock, advance)
        tables = count_tables(connection, lambda share, said: advance("count", share, said))
        connection.rollback()
        advance("files", 0.0, "")
        keep_files(home, folder / FILES, elsewhere)
        files = digests_of(folder, DATABASE, FILES)
        contents = Contents(
            backup=uuid4().hex,
            taken_at=taken_at.astimezone(UTC).isoformat(timespec="seconds"),
            program=version("wangge"),
            revision=revision,
            postgres=postgres,
            tables=tables,
            files=files,
        )
        write_manifest(folder, contents)
        (folder / UNFINISHED).unlink()
    return contents


@contextmanager
def _begun(folder: Path) -> Iterator[int]:
    """The folder is ours, private, and holds nothing but the sign that it is unfinished; yields the sign's lock.

    pg_dump holds the lock too: should we be killed, the next run does not begin beside it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not (folder / UNFINISHED).is_file():
        raise FolderInUse(folder=str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / UNFINISHED).touch(mode=0o600)
    with (folder / UNFINISHED).open("a") as sign:
        try:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupBusy(folder=str(folder)) from None
        if (folder / MANIFEST).exists():  # finished, but for its sign
            (folder / UNFINISHED).unlink()
            raise FolderInUse(folder=str(folder))
        for name in (DATABASE, FILES):
            shutil.rmtree(folder / name, ignore_errors=True)
        yield sign.fileno()


def _dump(clients: Clients, connection: Connection, snapshot: str, folder: Path, lock: int, advance: Advance) -> None:
    sizes = tables_of(connection)
    total, begun = sum(sizes.values()) or 1, 0

    def heard(line: str) -> None:
        nonlocal begun
        if (name := object_named(line, "dumping contents of")) is not None:
            advance("database", begun / total, name)
            begun += sizes.get(name, 0)

    clients.run(
        "pg_dump",
        [
            *("--format=directory", f"--file={folder / DATABASE}", f"--snapshot={snapshot}"),
            # PostGIS is installed where the backup is restored, with its own table of coordinate systems.
            *("--no-comments", "--extension=postgis", "--exclude-table-data=spatial_ref_sys"),
            f"--exclude-schema={SCHEMA}",
        ],
        heard,
        lock,
    )
