"""`wangge doctor`: looks at everything the program stands on, changes nothing, says what to do."""

import asyncio
import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import psycopg
import pyogrio
import pyproj
import shapely
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from wangge.data import HOME, messages
from wangge.data.languages import LANGUAGES, NEAREST
from wangge.geo.cover import kernel
from wangge.geo.errors import WanggeError
from wangge.reports.case.checking import contradictions
from wangge.reports.evidence.pictures import FOLDER, Pictures, PicturesUnavailable
from wangge.reports.feed import queries
from wangge.reports.feed.positions import Follower
from wangge.store import migrate
from wangge.store.engine import Connection, connect
from wangge.store.grids.editions import list_editions
from wangge.store.postgres.binaries import OLDEST_POSTGIS, OLDEST_POSTGRES, find_binaries, parse_version
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

__all__ = ["Finding", "doctor", "examine"]

WEB = HOME / "web"
LATEST = 2000  # cases whose rows are held against their events
LATEST_PHOTOS = """
SELECT id, territory_code FROM photo WHERE stored_at IS NOT NULL AND doomed_at IS NULL ORDER BY sent_at DESC LIMIT 20
"""
LATE_S = 3600  # that a follower may be behind
OLDEST_GEOS = (3, 12)  # coverage checks
State = Literal["ok", "warn", "fail"]
STATES = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `do` is what to do about it, empty when it is well."""

    check: str
    state: State
    says: str
    do: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Examine this installation: programs, libraries, database, schema, grids. Exit code 1 when something fails."""
    findings = list(examine(Settings()))
    well = all(finding.state != "fail" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": well, "checks": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        Console().print(_table(findings))
    raise typer.Exit(0 if well else 1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, from the ground up. The database is asked only when it runs already."""
    yield Finding("Python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield _kernel()
    yield from _libraries()
    yield _web()
    yield _disk(settings.home)
    if not settings.database_url:
        yield _server_programs(settings)
        cluster = Cluster(settings.home, settings.pg_bin)
        try:
            status = cluster.status()
        except WanggeError as error:
            yield _refused("database", error)
            return
        if status.state != "running":
            yield Finding("database", "warn", f"the embedded server is {status.state}", "wangge db start")
            return
    yield from _database(settings, settings.database_url or cluster.url)


def _kernel() -> Finding:
    try:
        compiled = kernel()
    except WanggeError as error:
        return _refused("kernel", error)
    return Finding("kernel", "ok", f"cover format {compiled.VERSION} ({compiled.__file__})")


def _libraries() -> Iterator[Finding]:
    geos = shapely.geos_version
    says = f"{shapely.geos_version_string} (shapely {shapely.__version__})"
    if geos < OLDEST_GEOS:
        yield Finding("GEOS", "fail", says, "install shapely's own wheel: uv sync --frozen --reinstall-package shapely")
    else:
        yield Finding("GEOS", "ok", says)
    yield Finding("GDAL", "ok", f"{pyogrio.__gdal_version_string__} (pyogrio {pyogrio.__version__})")
    yield Finding("PROJ", "ok", f"{pyproj.proj_version_str} (pyproj {pyproj.__version__})")


def _web() -> Finding:
    named = {
        name for page in WEB.glob("*.html") for name in re.findall(r'(?:src|href)="web/([^"]+)"', page.read_text())
    }
    named |= {f"js/i18n/{language}.js" for language in LANGUAGES if named}
    lost = sorted(name for name in named if not (WEB / name).is_file())
    if lost or not named:
        return Finding(
            "viewer", "fail", f"missing: {', '.join(lost) or WEB}", "restore the folder web/ (git restore web)"
        )
    return Finding("viewer", "ok", f"{len(named)} local files, none from elsewhere")


def _disk(home: Path) -> Finding:
    place = home.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 2**30
    says = f"{free:.1f} GB free at {place}"
    if free < 0.2:
        return Finding("disk", "fail", says, "make room: the database stops accepting reports when the disk is full")
    return Finding("disk", "warn", says, "make room soon") if free < 2 else Finding("disk", "ok", says)


def _server_programs(settings: Settings) -> Finding:
    try:
        found = find_binaries(settings.pg_bin)
    except WanggeError as error:
        return _refused("server programs", error)
    versions = (".".join(map(str, version)) for version in (found.version, found.postgis))
    return Finding("server programs", "ok", "PostgreSQL {}, PostGIS {} ({})".format(*versions, found.folder))


def _database(settings: Settings, url: str) -> Iterator[Finding]:
    try:
        with connect(url, autocommit=True) as connection:
            yield _server(connection)
            yield _postgis(connection)
            yield _lasting(connection)
            yield _listening(connection, url, settings.pgbouncer)
            schema = _schema(url)
            yield schema
            if schema.state == "ok":
                yield _grids(connection)
                yield _cases(connection)
                yield _photos(connection, settings)
                yield _feed(connection)
    except psycopg.Error as error:
        yield Finding("database", "fail", str(error).strip(), "check WANGGE_DATABASE_URL, or wangge db start")


def _photos(connection: Connection, settings: Settings) -> Finding:
    """Whether the photo store answers, and has what the latest rows name. It is only read."""
    place = settings.photo_store or str(settings.home / FOLDER)
    rows = connection.execute(LATEST_PHOTOS).fetchall()
    if not settings.photo_store and not (settings.home / FOLDER).is_dir() and not rows:
        return Finding("photos", "ok", f"none yet; they come to {place}")
    pictures = Pictures(settings.home, settings.photo_store)

    async def look() -> list[str]:
        await pictures.get("doctor", uuid4(), "small")  # that there is none is an answer
        return [str(photo) for photo, code in rows if await pictures.get(code, photo, "small") is None]

    try:
        lost = asyncio.run(look())
    except PicturesUnavailable as error:
        do = (
            "check WANGGE_PHOTO_STORE and the variables AWS_…" if settings.photo_store else "check who owns that folder"
        )
        return Finding("photos", "fail", f"{place}: {error.facts['error']}", do)
    if lost:
        says = f"{place}: {len(lost)} of the {len(rows)} latest are missing, such as {lost[0]}"
        return Finding("photos", "fail", says, "bring the photos back from their backup: the database names them")
    return Finding("photos", "ok", f"{place} answers; the {len(rows)} latest are there")


def _server(connection: Connection) -> Finding:
    version = _one(connection, "SHOW server_version")
    role = _one(connection, "SELECT current_user")
    says = f"PostgreSQL {version}, as {role}"
    if parse_version(version)[0] < OLDEST_POSTGRES:
        return Finding("database", "fail", says, f"use PostgreSQL {OLDEST_POSTGRES} or newer")
    if _one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True":
        return Finding(
            "database", "warn", f"{says}, a superuser", "give the program an ordinary role that owns its database"
        )
    return Finding("database", "ok", says)


def _postgis(connection: Connection) -> Finding:
    if connection.execute("SELECT FROM pg_extension WHERE extname = 'postgis'").fetchone() is None:
        return Finding("PostGIS", "fail", "the extension is missing", "as a superuser: CREATE EXTENSION postgis")
    version = _one(connection, "SELECT postgis_lib_version()")
    says = f"{version}, GEOS {_one(connection, 'SELECT postgis_geos_version()')}"
    if parse_version(version) < OLDEST_POSTGIS:
        return Finding("PostGIS", "fail", says, "use PostGIS {}.{} or newer".format(*OLDEST_POSTGIS))
    made = _one(connection, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    if made != version:
        return Finding(
            "PostGIS", "warn", f"{says}; functions of {made}", "as a superuser: ALTER EXTENSION postgis UPDATE"
        )
    return Finding("PostGIS", "ok", says)


def _lasting(connection: Connection) -> Finding:
    loose = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if _one(connection, f"SHOW {name}") == "off"
    ]
    if loose:
        return Finding("durability", "warn", f"{', '.join(loose)} off", "a power cut may lose reports: turn on")
    return Finding("durability", "ok", "what is committed is on disk")


def _listening(connection: Connection, url: str, pgbouncer: bool) -> Finding:
    with connect(url, autocommit=True) as listener:
        listener.execute("LISTEN wangge_doctor")
        connection.execute("NOTIFY wangge_doctor")
        if next(listener.notifies(timeout=3, stop_after=1), None):
            return Finding("notices", "ok", "LISTEN and NOTIFY arrive")
    state: State = "warn" if pgbouncer else "fail"
    do = "nothing, if five seconds to a new edition are quick enough (docs/operations.md, PgBouncer)"
    return Finding("notices", state, "NOTIFY does not arrive: servers find a published edition by asking", do)


def _schema(url: str) -> Finding:
    found, newest = migrate.revision(url), migrate.head()
    if found != newest:
        return Finding("schema", "fail", f"{found or 'empty'}, the program wants {newest}", "wangge db migrate")
    return Finding("schema", "ok", newest)


def _grids(connection: Connection) -> Finding:
    editions = list_editions(connection)
    current = [f"{edition['territory']} {edition['label']}" for edition in editions if edition["current"]]
    waiting = [f"{edition['territory']} {edition['label']}" for edition in editions if not edition["published_at"]]
    if not current:
        return Finding("grids", "warn", "no territory has a published edition", "wangge grid import DIR --publish")
    says = ", ".join(current) + (f"; not published: {', '.join(waiting)}" if waiting else "")
    return Finding("grids", "ok", says)


def _cases(connection: Connection) -> Finding:
    """Whether the rows of the latest cases say what their events say."""
    wrong = [f"{found.number} ({', '.join(found.names)})" for found in contradictions(connection, LATEST)]
    if wrong:
        says = f"{len(wrong)} cases say otherwise than their history: {', '.join(wrong[:5])}"
        return Finding("cases", "fail", says, "restore the rows from a backup, and report how they came about")
    return Finding("cases", "ok", f"the latest {LATEST} are what their history says")


def _feed(connection: Connection) -> Finding:
    """Whether those who follow what happens are close behind: what they have not had is kept for them."""
    found = [Follower(*row) for row in connection.execute(queries.FOLLOWERS).fetchall()]
    late = [
        f"{one.name} by {one.behind:,} events and {one.behind_s / 3600:.0f} h" for one in found if one.behind_s > LATE_S
    ]
    if late:
        do = "start what follows by that name, or wangge feed forget NAME: the feed is kept for it and grows"
        return Finding("feed", "warn", f"behind: {', '.join(late)}", do)
    return Finding("feed", "ok", f"{len(found)} followers by name, all close behind")


def _one(connection: Connection, statement: str) -> str:
    row = connection.execute(statement.encode()).fetchone()
    return str(row[0]) if row else ""


def _refused(check: str, error: WanggeError) -> Finding:
    title, detail = messages.text(error.kind, error.facts, NEAREST)
    return Finding(check, "fail", title, detail)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        says = f"{finding.says}\n→ {finding.do}" if finding.do else finding.says
        table.add_row(f"[{STATES[finding.state]}]{finding.state}[/]", finding.check, escape(says))
    return table
