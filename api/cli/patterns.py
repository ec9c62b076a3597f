"""`wangge patterns`: the columns by which reports are counted: shown, built, and proven against the database."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.geo.alone import alone
from wangge.patterns.columns.keeping import Builder, folder_of
from wangge.patterns.columns.manifest import NoColumns
from wangge.patterns.columns.proving import Proof, verify
from wangge.patterns.columns.shelf import Shelf
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import check_territory, published
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str | None, typer.Argument(help="Code of a territory; all of them when left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MOST_NAMED = 20


def _territories(url: str, wanted: str | None) -> list[str]:
    with connect(url) as connection:
        if wanted:
            check_territory(connection, wanted)
        return [wanted] if wanted else published(connection)


def _say(kind: str, facts: dict[str, object]) -> None:
    title, detail = messages.text(kind, facts, console.language())
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


@app.command("show")
def show(territory: Territory = None, as_json: Json = False) -> None:
    """What columns there are: how many reports, how large, and up to where they follow the feed."""
    settings = Settings()
    for code in _territories(database_url(settings), territory):
        columns = Shelf(settings.home).columns(code)
        if columns is None:
            raise NoColumns(folder=str(folder_of(settings.home, code)))
        manifest = columns.generation.manifest
        size = sum(kept.size for kept in manifest.segments) + (manifest.lists.size if manifest.lists else 0)
        facts: dict[str, object] = {
            "territory": code,
            "reports": manifest.rows + int(columns.changes["weight"].sum()),
            "months": len(manifest.segments),
            "bytes": size,
            "changes": len(columns.changes),
            "mark": str(columns.mark),
            "read_at": datetime.fromtimestamp(columns.read_at, UTC).isoformat(timespec="seconds"),
        }
        if as_json:
            typer.echo(orjson.dumps(facts).decode())
        else:
            _say("columns-shown", facts)


@app.command("build")
def build(territory: Territory = None) -> None:
    """Make the columns anew from the database. Running servers do so by themselves; they must not run meanwhile."""
    settings = Settings()
    url = database_url(settings)
    with alone(settings.home) as mine:
        if not mine:
            _say("columns-kept-elsewhere", {})
            raise typer.Exit(1)
        for code in _territories(url, territory):
            _say("columns-built", asyncio.run(_build(url, settings.home, code)))


async def _build(url: str, home: Path, territory: str) -> dict[str, object]:
    builder = Builder(folder_of(home, territory), territory)
    async with await connect_async(url) as connection:
        await builder.build(connection)
    assert builder.kept is not None  # noqa: S101 - it has just been built
    return {"territory": territory, "reports": builder.kept.generation.manifest.rows}


@app.command("verify")
def prove(territory: Territory = None, as_json: Json = False) -> None:
    """Compare every report of the columns with the database; leaves with 1 where one differs."""
    settings = Settings()
    url, sound = database_url(settings), True
    for code in _territories(url, territory):
        proof = asyncio.run(_verify(url, settings.home, code))
        sound &= proof.current and not proof.wrong
        facts: dict[str, object] = {
            "territory": code,
            "compared": proof.compared,
            "pending": proof.pending,
            "wrong": len(proof.wrong),
            "named": ", ".join(map(str, proof.wrong[:MOST_NAMED])),
            "mark": str(proof.mark),
        }
        if as_json:
            typer.echo(orjson.dumps(facts | {"current": proof.current}).decode())
        elif not proof.current:
            _say("columns-outdated", facts)
        else:
            _say("columns-differ" if proof.wrong else "columns-proven", facts)
    if not sound:
        raise typer.Exit(1)


async def _verify(url: str, home: Path, territory: str) -> Proof:
    async with await connect_async(url) as connection:
        return await verify(connection, folder_of(home, territory), territory)
