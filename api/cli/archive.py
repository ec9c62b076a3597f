"""`wangge archive`: all reports as GeoParquet by month: shown, built, and proven against the database."""

import asyncio
from typing import Annotated

import orjson
import typer

from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.geo.errors import WanggeError
from wangge.reports.bulk.archive.keeping import Archive, Done
from wangge.reports.bulk.archive.proving import Proof, verify
from wangge.reports.feed.events import standing
from wangge.store.engine import connect_async
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MOST_NAMED = 20


class NoArchive(WanggeError):
    """No setting says where an archive is, or there is none yet."""

    kind = "no-archive"


def _opened() -> tuple[Archive, str]:
    settings = Settings()
    if settings.archive is None:
        raise NoArchive
    url = ready_database(settings)
    return Archive(settings.archive, url), url


def _tell(kind: str, facts: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(facts).decode())
        return
    title, detail = messages.text(kind, facts, console.language())
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


@app.command("status")
def status(as_json: Json = False) -> None:
    """What the archive holds of each territory, and how far it is behind the feed."""
    archive, url = _opened()
    index = archive.shelf.index()
    if index is None:
        raise NoArchive
    newest = asyncio.run(_newest(url))
    for code in sorted(index.made_for):
        kept = [index.months[code, month] for month in index.of(code)]
        facts: dict[str, object] = {
            "territory": code,
            "reports": sum(month.rows for month in kept),
            "months": len(kept),
            "bytes": sum(month.bytes for month in kept),
            "mark": str(index.mark),
            "written_at": index.written_at,
            "behind": max(newest - index.mark.position, 0),
        }
        _tell("archive-shown", facts, as_json)


@app.command("build")
def build(as_json: Json = False) -> None:
    """Make every month anew from the database. A running server waits meanwhile, and goes on from there."""
    done = asyncio.run(_build(*_opened()))
    _tell("archive-built", {"written": done.written, "removed": done.removed, "mark": str(done.mark)}, as_json)


@app.command("verify")
def prove(as_json: Json = False) -> None:
    """Compare every report of the archive with the database; leaves with 1 where a month differs."""
    proof = asyncio.run(_verify(*_opened()))
    named = proof.wrong if as_json else ", ".join(proof.wrong[:MOST_NAMED])
    facts: dict[str, object] = {"months": proof.months, "reports": proof.reports, "pending": proof.pending}
    _tell(
        "archive-differs" if proof.wrong else "archive-proven",
        facts | {"wrong": len(proof.wrong), "named": named},
        as_json,
    )
    if proof.wrong:
        raise typer.Exit(1)


async def _newest(url: str) -> int:
    async with await connect_async(url) as connection:
        return (await standing(connection)).newest.position


async def _build(archive: Archive, url: str) -> Done:
    async with await connect_async(url) as connection:
        return await archive.step(connection, anew=True)


async def _verify(archive: Archive, url: str) -> Proof:
    async with await connect_async(url) as connection:
        return await verify(archive, connection, url)
