"""`wangge db`: the embedded PostGIS, and the schema of whichever database is used."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from wangge.geo.errors import WanggeError
from wangge.store import migrate as schema
from wangge.store.postgres.cluster import Cluster, Status, database_url
from wangge.store.settings import Settings

__all__ = ["DatabaseElsewhere", "app"]

app = typer.Typer(help="Start and stop the embedded PostGIS, and bring the schema up to date.", no_args_is_help=True)


class DatabaseElsewhere(WanggeError):
    """WANGGE_DATABASE_URL names a server, which is not ours to start or stop."""

    kind = "database-elsewhere"


def _cluster() -> Cluster:
    settings = Settings()
    if settings.database_url:
        raise DatabaseElsewhere
    return Cluster(settings.home, settings.pg_bin)


@app.command()
def start() -> None:
    """Start the embedded PostGIS; the first time it is initialised. Nothing happens when it runs already."""
    cluster = _cluster()
    cluster.start()
    typer.echo(_as_text(cluster.status()))


@app.command()
def stop() -> None:
    """Stop the embedded PostGIS. What is committed is kept; a running server of Wangge would start it again."""
    cluster = _cluster()
    cluster.stop()
    typer.echo(_as_text(cluster.status()))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say whether the embedded PostGIS runs, and where it keeps its data. Exit code 1 when it does not run."""
    found = _cluster().status()
    typer.echo(json.dumps(asdict(found), default=str) if as_json else _as_text(found))
    if found.state != "running":
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the tables and the SQL functions to this version of the program. Safe to run again."""
    url = database_url(Settings())
    before = schema.revision(url)
    schema.upgrade(url)
    after = schema.revision(url)
    typer.echo(f"schema {after}" + (", as before" if before == after else f" (was {before or 'empty'})"))


@app.command()
def url() -> None:
    """Print the database's URL, for psql, pg_dump and the like; starts nothing."""
    settings = Settings()
    typer.echo(settings.database_url or _cluster().url)


def _as_text(status: Status) -> str:
    lines = [("state", status.state), ("data", f"{status.folder}/data")]
    if status.moved:
        lines.append(("", f"(elsewhere, because the user {status.user} cannot enter the home folder)"))
    if status.server:
        lines += [("server", f"PostgreSQL {status.server}"), ("PostGIS", status.postgis or "?")]
    if status.pid:
        lines += [("process", f"{status.pid}, as {status.user}"), ("url", status.url)]
    return "\n".join(f"{name:<8} {value}" for name, value in lines)
