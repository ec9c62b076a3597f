"""A PostGIS cluster that outlives a test run: the next run starts in a second, from the databases that are still right.

It lies in `.wangge/tests/`, one for each process that runs tests at a time; deleting the folder costs seconds.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from wangge.store.postgres.cluster import Cluster

__all__ = ["above", "kept_cluster", "template"]

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".wangge" / "tests"
# What a test run keeps need not outlive a crash of the machine; and to drop a database, all buffers are looked through.
HASTE = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\nshared_buffers = 128MB\n"
# What the templates are made by, and of. A change there makes them anew.
MAKERS = (
    "access",
    "data",
    "duty",
    "geo",
    "migrations",
    "reports",
    "store",
    "tilesets/sql",
)
MADE = "made_"


@contextmanager
def kept_cluster() -> Iterator[Cluster]:
    """A running cluster that no other process uses, with nothing in it but templates that are still right."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for slot in count():
        with (FOLDER / f"{slot}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            cluster = _started(FOLDER / str(slot))
            yield cluster
            cluster.stop()
            return


def above(cluster: Cluster, database: str) -> str:
    """How the superuser connects, whom the program itself never is."""
    return make_conninfo(cluster.url, user="postgres", dbname=database)


def template(cluster: Cluster, name: str, make: Callable[[str], None], of: str = "template1") -> str:
    """Name of a database that `make` has filled, given its URL; kept for the next run once it is whole."""
    kept = f"{MADE}{name}_{_digest()}"
    with psycopg.connect(above(cluster, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (kept,)).fetchone():
            return kept
        make(cluster.create_database(name, template=of))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(name), sql.Identifier(kept)))
    return kept


def _started(home: Path) -> Cluster:
    cluster = Cluster(home)
    conf = cluster.folder / "data" / "local.conf"
    if not conf.exists() or conf.read_text() != HASTE:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        cluster.start()
        conf = cluster.folder / "data" / "local.conf"
        conf.write_text(HASTE)
        cluster.stop()
        cluster.start()
        with psycopg.connect(above(cluster, "template1"), autocommit=True) as connection:
            # A third of what each copy of a database has to copy. What is asked of the database is asked in these two.
            connection.execute("DELETE FROM spatial_ref_sys WHERE srid NOT IN (4326, 3857)")
            connection.execute("VACUUM FULL spatial_ref_sys")
    else:
        cluster.start()
    _tidy(cluster)
    return cluster


def _tidy(cluster: Cluster) -> None:
    """Drop what a run left that did not come to its end, and templates that are no longer right."""
    with psycopg.connect(above(cluster, "postgres"), autocommit=True) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall():
            right = name.startswith(MADE) and name.endswith(_digest())
            if not right and name not in ("postgres", "wangge"):
                cluster.drop_database(name)


@cache
def _digest() -> str:
    found = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())  # the months that have tables are counted from today
    for maker in MAKERS:
        for file in sorted((ROOT / maker).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return found.hexdigest()[:16]
