"""`wangge feed`: how far the feed and its followers are, and its events for operators and other programs."""

import asyncio
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import orjson
import typer
from psycopg_pool import AsyncConnectionPool
from rich.table import Table

from wangge.api.background import number_events
from wangge.api.cli.terminal import console
from wangge.api.plumbing.observe import configure_logging
from wangge.data import messages
from wangge.reports.feed import positions
from wangge.reports.feed.events import BATCH, FeedEvent, Mark, Standing, as_record, standing, waiting
from wangge.reports.feed.following import Bell, follow, ringing
from wangge.reports.feed.sequencing import renew, tick
from wangge.store.engine import AsyncConnection, connect_async, create_pool
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be printed: whose events, from where on, and whether to wait for more."""

    name: str | None
    after: Mark | None
    from_start: bool
    territory: str | None
    stop: bool


Pool = AsyncConnectionPool[AsyncConnection]
Name = Annotated[str, typer.Argument(help="What the follower is called.")]
ANOTHER_S = 0.5  # for the tick of another process


@app.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The end of the feed, what waits for its place in it, and how far behind each follower is."""
    stands, waits, found = asyncio.run(_look(ready_database(Settings())))
    if as_json:
        document = {
            "incarnation": stands.incarnation,
            "earliest": str(stands.earliest),
            "newest": str(stands.newest),
            "waiting": waits,
            "followers": [follower._asdict() for follower in found],
        }
        typer.echo(orjson.dumps(document, option=orjson.OPT_UTC_Z).decode())
        return
    language = console.language()
    facts = {
        "newest": str(stands.newest),
        "earliest": str(stands.earliest),
        "incarnation": stands.incarnation,
        "waiting": waits,
    }
    title, detail = messages.text("feed-stands", facts, language)
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("follower", "position", "behind", "waits"):
        table.add_column(messages.word("feed", column, language), justify="left" if column == "follower" else "right")
    for follower in found:
        waits_s = timedelta(seconds=round(follower.behind_s))
        table.add_row(follower.name, str(follower.position), f"{follower.behind:,}", str(waits_s))
    if found:
        console.out.print(table)


@app.command("tail")
def tail(
    name: Annotated[
        str | None, typer.Option(help="Keep the position by this name, and go on from it the next time.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="MARK", help="Begin after this mark, such as 1-1234: the id of an event.")
    ] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with the first event that is kept.")] = False,
    territory: Annotated[str | None, typer.Option("--territory", "-t", help="Events of this territory only.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Leave at the end instead of waiting for more.")] = False,
) -> None:
    """Print events as lines of JSON, in an order that skips none, from now on or from where a name has come to.

    With a name an event counts as had once its line is written: whoever is stopped in the middle gets it again, and
    tells it by its id. A name that is known goes on from its own position, whatever the other options say.
    """
    wanted = Wanted(name, Mark.parse(after) if after else None, from_start, territory, stop)
    settings = Settings()
    configure_logging(settings)
    asyncio.run(_tail(ready_database(settings), settings, wanted))


@app.command("forget")
def forget(name: Name) -> None:
    """Keep no position by this name any more, and nothing in the feed for it."""
    asyncio.run(_forget(ready_database(Settings()), name))
    console.tell("feed-forgotten", name=name)


@app.command("renew")
def renew_feed() -> None:
    """Begin the feed anew after a whole server was put back to an earlier state, before it serves.

    Followers by name go on; whoever keeps a mark elsewhere is told to begin anew. After the restore of a dump, after
    recovery to a point in time and after a failover the feed does so by itself.
    """
    console.tell("feed-renewed", incarnation=asyncio.run(_renew(ready_database(Settings()))))


async def _look(url: str) -> tuple[Standing, int, list[positions.Follower]]:
    async with await connect_async(url) as connection:
        return await standing(connection), await waiting(connection), await positions.followers(connection)


async def _forget(url: str, name: str) -> None:
    async with await connect_async(url) as connection:
        await positions.forget(connection, name)


async def _renew(url: str) -> int:
    async with await connect_async(url) as connection:
        return await renew(connection)


async def _tail(url: str, settings: Settings, wanted: Wanted) -> None:
    """Print what follows; this process numbers events meanwhile, should no server do so."""
    async with create_pool(url, settings) as pool, ringing(url, pgbouncer=settings.pgbouncer) as bell:
        async with pool.connection() as connection:
            while await tick(connection) is None:
                await asyncio.sleep(ANOTHER_S)
            stands = await standing(connection)
            begin = wanted.after or (stands.earliest if wanted.from_start else stands.newest)
            if wanted.name:
                await positions.enrol(connection, wanted.name, begin)
        numbering = asyncio.create_task(number_events(url, asyncio.Event()))
        try:
            if wanted.name:
                await _tail_by_name(pool, bell, wanted.name, wanted)
            else:
                until = stands.newest.position if wanted.stop else None
                async for event in follow(pool, bell, begin, territory=wanted.territory, until=until):
                    _print([event])
        finally:
            numbering.cancel()
            with suppress(asyncio.CancelledError):
                await numbering


async def _tail_by_name(pool: Pool, bell: Bell, name: str, wanted: Wanted) -> None:
    while True:
        rung = bell.next
        async with (
            pool.connection() as connection,
            positions.position(connection, name, territory=wanted.territory) as taken,
        ):
            _print(taken.events)
        if len(taken.events) < BATCH:
            if wanted.stop:
                return
            await bell.wait(rung)


def _print(events: Iterable[FeedEvent]) -> None:
    """Write events as lines that have left this process."""
    sys.stdout.write(
        "".join(orjson.dumps(as_record(event), option=orjson.OPT_UTC_Z).decode() + "\n" for event in events)
    )
    sys.stdout.flush()
