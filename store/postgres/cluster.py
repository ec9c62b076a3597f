"""The embedded PostGIS: a private PostgreSQL cluster that the program initialises, starts, stops and recovers itself.

It listens on a unix socket in a folder that only its owner (and root) may enter; that folder is the lock on the door,
so `pg_hba.conf` asks for no password. The superuser `postgres` is used in this file only. The program's role `wangge`
owns the database `wangge` and is an ordinary role.
"""

import errno
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
from psycopg import pq, sql

from wangge.geo.errors import WanggeError
from wangge.store.postgres import postmaster
from wangge.store.postgres.binaries import Binaries, find_binaries, parse_version
from wangge.store.postgres.premises import (
    ClusterDenied,
    choose_folder,
    own_folder,
    owner_name,
    server_account,
    socket_folder,
    user_name,
)
from wangge.store.postgres.tuning import configuration
from wangge.store.settings import Settings

__all__ = [
    "Cluster",
    "ClusterBusy",
    "ClusterDenied",
    "ClusterFailed",
    "ClusterVersion",
    "DiskFull",
    "Status",
    "database_url",
]

ROLE = DATABASE = "wangge"
START_S = 120  # a killed server replays its log first
LOCK_S = 180
_LEAST_FREE_BYTES = 200 * 2**20


class ClusterFailed(WanggeError):
    """A server program ended with an error; `log` is the tail of what it said."""

    kind = "cluster-failed"


class ClusterBusy(WanggeError):
    """Another process holds the cluster's lock for too long."""

    kind = "cluster-busy"


class ClusterVersion(WanggeError):
    """The data folder was made by another major version of PostgreSQL, which is not installed."""

    kind = "cluster-version"


class DiskFull(WanggeError):
    """There is no room for the cluster's data."""

    kind = "disk-full"


@dataclass(frozen=True)
class Status:
    """What the cluster is doing, and where."""

    state: Literal["absent", "stopped", "starting", "running"]
    folder: Path
    moved: bool  # the home folder cannot be reached by the server's user, so the data is elsewhere
    user: str
    socket: Path
    url: str
    pid: int | None
    data_major: int | None
    server: str | None
    postgis: str | None


def database_url(settings: Settings) -> str:
    """URL of the database: the one that the settings name, else the embedded one, which is started."""
    if settings.database_url:
        return settings.database_url
    cluster = Cluster(settings.home, settings.pg_bin)
    cluster.start()
    return cluster.url


class Cluster:
    """One private PostgreSQL cluster with PostGIS under a home folder.

    Parameters
    ----------
    home : Path
        The program's folder; the cluster lives in `postgres/` under it. When the program runs as root, the server
        runs as the user `postgres` (or as the owner of an existing data folder), and if that user cannot reach
        `home`, `postgres` is a symbolic link to a folder under /var/lib/wangge.
    bin_dir : Path, optional
        Folder of the server programs; the newest with PostGIS are found otherwise.
    """

    def __init__(self, home: Path, bin_dir: Path | None = None) -> None:
        self.home = home.expanduser().resolve()
        self._bin_dir = bin_dir

    @property
    def folder(self) -> Path:
        """Where the data, the log and the socket are."""
        return choose_folder(self.home / "postgres")

    @property
    def log(self) -> Path:
        """Folder of the server's log: one file per weekday, each overwritten a week later."""
        return self.folder / "log"

    @property
    def url(self) -> str:
        """libpq URL of the database `wangge`, as the role `wangge`, over the unix socket."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """libpq URL of one of the cluster's databases, as the role `wangge`."""
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self._socket), safe='/')}&port=5432"

    # ---- life

    def start(self) -> None:
        """Return when the database accepts connections; initialises the cluster on first use, recovers a killed one.

        Any number of processes may call this at once. A running server costs a few milliseconds.
        """
        with _told_plainly(self.folder):
            if self._initialised and self._answers:
                return
            with self._locked() as lock:
                if not self._initialised:
                    self._initialise(lock)
                if not self._answers:
                    self._start_server()

    def stop(self) -> None:
        """End the server; sessions are cut, what is committed is kept. Nothing happens when it is not running."""
        with _told_plainly(self.folder):
            if self._initialised:
                with self._locked():
                    postmaster.stop(self._data)

    def status(self) -> Status:
        """What the cluster is doing; never starts anything."""
        with _told_plainly(self.folder):
            pid = postmaster.pid_of(self._data) if self._initialised else None
            server = postgis = None
            state: Literal["absent", "stopped", "starting", "running"] = "stopped" if self._initialised else "absent"
            if pid:
                state = "starting"
                if self._answers:
                    state = "running"
                    with self._superuser(DATABASE) as connection:
                        row = connection.execute("SELECT current_setting('server_version'), postgis_lib_version()")
                        server, postgis = row.fetchone() or (None, None)
            return Status(
                state=state,
                folder=self.folder,
                moved=self.folder != self.home / "postgres",
                user=server_account(self.folder).pw_name,
                socket=self._socket,
                url=self.url,
                pid=pid,
                data_major=self._data_major if self._initialised else None,
                server=server,
                postgis=postgis,
            )

    # ---- databases

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database with PostGIS that `wangge` owns, copied from a template; returns its URL.

        Nobody may be connected to the template meanwhile.
        """
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        with self._superuser("postgres") as connection:
            connection.execute(statement.format(*map(sql.Identifier, (name, template, ROLE))))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and cut its sessions; nothing happens when there is none."""
        with self._superuser("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    # ---- places

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _initialised(self) -> bool:
        # A data folder gets its name only when it is complete.
        return (self._data / "PG_VERSION").exists()

    @property
    def _data_major(self) -> int:
        return int((self._data / "PG_VERSION").read_text())

    @property
    def _socket(self) -> Path:
        return socket_folder(self.folder)

    @property
    def _answers(self) -> bool:
        return self._ping() == pq.Ping.OK

    def _ping(self) -> pq.Ping:
        return pq.Ping(pq.PGconn.ping(f"{self.url}&connect_timeout=5".encode()))

    @contextmanager
    def _superuser(self, database: str) -> Iterator[psycopg.Connection[Any]]:
        socket = str(self._socket)
        with psycopg.connect(
            host=socket, port=5432, user="postgres", dbname=database, autocommit=True, connect_timeout=10
        ) as connection:
            yield connection

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """One process at a time; yields the open lock, which ends with the last process that holds it."""
        self._make_folder()
        path = self.folder / "lock"
        with path.open("a") as handle:
            deadline = time.monotonic() + LOCK_S
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise ClusterBusy(path=str(path), seconds=LOCK_S) from None
                    time.sleep(0.02)
            yield handle.fileno()

    def _make_folder(self) -> None:
        folder, near = self.folder, self.home / "postgres"
        self.home.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        own_folder(folder, server_account(folder))
        if folder != near and not near.is_symlink():
            with suppress(FileExistsError):  # another process was faster
                near.symlink_to(folder)

    # ---- server programs

    def _initialise(self, lock: int) -> None:
        """Make the data folder under another name, give it its own name when it is complete.

        The server programs hold the lock too: should we be killed, the next process waits for them to end.
        """
        binaries = find_binaries(self._bin_dir)
        if shutil.disk_usage(self.folder).free < _LEAST_FREE_BYTES:
            raise self._full()
        new = self.folder / "data.new"
        if self._data.exists():
            raise ClusterFailed(step="initdb", log=f"{self._data}: no PG_VERSION", log_folder=str(self.log))
        for gone in (new, self._data):  # interrupted, or deleted under a running server
            postmaster.clear_remains(gone)
        if new.exists():
            shutil.rmtree(new)
        self._run(
            *(binaries.program("initdb"), "--pgdata", str(new), "--username=postgres", "--auth-local=trust"),
            # Order by code point: the same on every machine and after every upgrade of the system's libraries.
            *("--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"),
            lock=lock,
        )
        with (new / "postgresql.conf").open("a") as handle:
            handle.write("\ninclude = 'wangge.conf'  # written by the program at each start\ninclude = 'local.conf'\n")
        (new / "wangge.conf").touch()
        (new / "local.conf").write_text("# Your own settings of PostgreSQL; they come last and win.\n")
        self._run(
            *(binaries.program("postgres"), "--single", "-D", str(new), "template1"),
            stdin="CREATE EXTENSION postgis\n"
            f"CREATE ROLE {ROLE} LOGIN\n"
            f"CREATE DATABASE {DATABASE} TEMPLATE template1 OWNER {ROLE}\n",
            lock=lock,
        )
        new.rename(self._data)
        _sync_folder(self.folder)

    def _start_server(self) -> None:
        self._await_living_server()
        if self._answers:
            return
        binaries = find_binaries(self._bin_dir, self._data_major)
        if binaries.major != self._data_major:
            raise ClusterVersion(folder=str(self._data), data_major=self._data_major, server_major=binaries.major)
        postmaster.clear_remains(self._data)
        own_folder(self._socket, server_account(self.folder))
        (self._data / "wangge.conf").write_text(configuration(self._socket, self.log))
        for remains in (self._socket / ".s.PGSQL.5432", self._socket / ".s.PGSQL.5432.lock", self.folder / "start.log"):
            remains.unlink(missing_ok=True)
        # Short names: pg_ctl hands them to a shell, and its quoting does not cover every folder's name.
        try:
            self._run(
                *(binaries.program("pg_ctl"), "start", "--pgdata=data", "--wait", "--silent"),
                *(f"--timeout={START_S}", "--log=start.log"),
            )
        except ClusterFailed:
            self._await_living_server()  # a pg_ctl whose caller was killed may have been faster
            if not self._answers:
                raise
        self._renew_postgis(binaries)

    def _await_living_server(self) -> None:
        """Let a living server finish its recovery or its end; one that nobody can reach is ended."""
        deadline = time.monotonic() + START_S
        while postmaster.pid_of(self._data) and not self._answers:
            # Its socket was deleted, or the home folder was moved. (A busy server may be slow to answer: let it be.)
            if postmaster.is_ready(self._data) and not (self._socket / ".s.PGSQL.5432").exists():
                postmaster.stop(self._data)
            elif time.monotonic() > deadline:
                raise ClusterFailed(step="start", log=self._last_words(), log_folder=str(self.log))
            time.sleep(0.05)

    def _renew_postgis(self, binaries: Binaries) -> None:
        """Bring the extension to the installed PostGIS after a package upgrade, in every database."""
        with self._superuser(DATABASE) as connection:
            row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'").fetchone()
            if row is None or parse_version(row[0]) >= binaries.postgis:
                return
            names = connection.execute("SELECT datname FROM pg_database WHERE datallowconn").fetchall()
        for (name,) in names:
            with self._superuser(name) as connection:
                if connection.execute("SELECT FROM pg_extension WHERE extname = 'postgis'").fetchone() is not None:
                    connection.execute("ALTER EXTENSION postgis UPDATE")

    def _run(self, *command: str, stdin: str = "", lock: int | None = None) -> None:
        account = server_account(self.folder)
        changed: dict[str, Any] = {}
        if os.geteuid() == 0:
            groups = os.getgrouplist(account.pw_name, account.pw_gid)
            changed = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
        try:
            done = subprocess.run(  # noqa: S603
                command,
                input=stdin,
                text=True,
                errors="replace",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=START_S + 30,
                cwd=self.folder,
                pass_fds=() if lock is None else (lock,),
                # Nothing of PGDATA, PGPORT, PGOPTIONS or the reader's language may leak in.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                check=False,
                **changed,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(command[0], f"no answer after {START_S + 30} s") from None
        # The single-user server goes on after an error, and ends well.
        if done.returncode != 0 or " ERROR:  " in done.stdout:
            raise self._failed(command[0], done.stdout)

    def _failed(self, program: str, said: str) -> WanggeError:
        log = "\n".join(filter(None, [said.strip(), self._last_words()]))
        if os.strerror(errno.ENOSPC) in log:
            return self._full()
        return ClusterFailed(step=Path(program).name, log=log[-4000:], log_folder=str(self.log))

    def _full(self) -> DiskFull:
        free = shutil.disk_usage(self.folder).free
        return DiskFull(path=str(self.folder), free_mb=free // 2**20, needed_mb=_LEAST_FREE_BYTES // 2**20)

    def _last_words(self) -> str:
        """Tail of the newest server log, and of what was said before the log was open."""
        files = [self.folder / "start.log"]
        files += sorted(self.log.glob("*.log"), key=lambda path: path.stat().st_mtime)[-1:]
        return "\n".join(path.read_text(errors="replace")[-1500:].strip() for path in files if path.exists())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told_plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            needed = _LEAST_FREE_BYTES // 2**20
            raise DiskFull(path=str(folder), free_mb=0, needed_mb=needed) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            path = Path(error.filename or folder)
            raise ClusterDenied(path=str(path), user=user_name(os.geteuid()), owner=owner_name(path)) from error
        raise
