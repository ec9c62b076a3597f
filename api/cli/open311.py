"""`wangge open311`: requests of another Open311 server and the cases here, kept in step."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.endings import exit_code
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.api.cli.terminal.progress import shown
from wangge.api.cli.users import run
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.outgoing.open311.declared import Peer, parse_peer, read_peer
from wangge.outgoing.open311.keeping import PeerBusy, Turn, keep_in_step
from wangge.outgoing.open311.line import PeerUnavailable
from wangge.outgoing.open311.peers import Counts, counts, peers, untaken
from wangge.outgoing.open311.peers import add as add_peer
from wangge.outgoing.open311.peers import remove as remove_peer
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the server is called in its declaration.")]
Watch = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=1, help="Go on, so long after each turn, until interrupted.")
]


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML, see docs/open311.md.")],
    territory: TerritoryOption,
) -> None:
    """Declare a server, or declare it anew; what is paired stays."""
    document = read_peer(file)
    peer = parse_peer(document, territory, networks_of(Settings().webhook_networks), str(file))
    grid = _grid(database_of(territory), territory)
    run(lambda connection: add_peer(connection, grid, document, peer, by(), from_settings=True))
    console.tell("peer-added", name=peer.name, territory=territory)


@app.command("list")
def list_peers(territory: TerritoryOption) -> None:
    """Every server, how far it is in step, and why not."""

    async def look(connection: AsyncConnection) -> tuple[list[Peer], Mapping[int, Counts]]:
        found = await peers(connection, networks_of(Settings().webhook_networks), territory, broken=True)
        return found, await counts(connection, found)

    found, counted = run(look)
    table = _table("peers")
    for one in found:
        when = f"{one.looked_at:%Y-%m-%dT%H:%M:%SZ}" if one.looked_at else "—"
        numbers = map(str, astuple(counted[one.id]))
        table.add_row(escape(one.name), escape(one.url), when, *numbers, escape(one.error or ""))
    console.out.print(table)


@app.command("pull")
def pull(territory: TerritoryOption, name: Name, watch: Watch = None) -> None:
    """Take what is new or changed there: each request becomes one report, however often this is killed."""

    def tell(turn: Turn) -> None:
        done = turn.pulled
        facts = {"seen": done.seen, "taken": done.taken, "followed": done.followed, "untaken": done.untaken}
        console.tell("peer-pulled", name=name, **facts)

    _turns(territory, name, watch, tell, pulls=True, pushes=False)


@app.command("push")
def push(territory: TerritoryOption, name: Name, watch: Watch = None) -> None:
    """Post what is new here: each case once, however often this is killed."""

    def tell(turn: Turn) -> None:
        done = turn.pushed
        console.tell("peer-pushed", name=name, sent=done.sent, told=done.told, refused=done.refused)

    _turns(territory, name, watch, tell, pulls=False, pushes=True)


@app.command("untaken")
def list_untaken(
    territory: TerritoryOption,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most that are shown.")] = 100,
) -> None:
    """What could not be taken here or was not taken there, and why; it is tried again in every turn."""
    from wangge.api.plumbing.problems import render  # half a second of HTTP that the other commands never need

    async def look(connection: AsyncConnection) -> list[tuple[str, ...]]:
        (peer,) = await peers(connection, networks_of(Settings().webhook_networks), territory, name)
        return [
            (
                console.word("open311", one.origin),
                one.number,
                f"{one.tried_at:%Y-%m-%dT%H:%M}",
                str(one.tries),
                str(render(one.reason, one.facts, console.language(), "")["detail"]),
            )
            for one in await untaken(connection, peer, limit)
        ]

    table = _table("untaken")
    for cells in run(look):
        table.add_row(*map(escape, cells))
    console.out.print(table)


@app.command("remove")
def remove(territory: TerritoryOption, name: Name) -> None:
    """Keep in step with a server no more; requests there and cases here stay as they are."""

    async def take(connection: AsyncConnection) -> None:
        (peer,) = await peers(connection, networks_of(Settings().webhook_networks), territory, name, broken=True)
        await remove_peer(connection, territory, peer, by())

    run(take)
    console.tell("peer-removed", name=name, territory=territory)


def _table(headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", headings, console.language()):
        table.add_column(heading)
    return table


def _grid(url: str, territory: str) -> Grid:
    with connect(url) as connection:
        return load_grid(connection, territory)


def _turns(
    territory: str, name: str, watch: float | None, tell: Callable[[Turn], None], *, pulls: bool, pushes: bool
) -> None:
    """One turn, or one after the other; while others are watched for, a server that is away is waited for."""
    url, settings = database_of(territory), Settings()

    async def declared() -> Peer:
        async with await connect_async(url) as connection:
            (peer,) = await peers(connection, networks_of(settings.webhook_networks), territory, name)
            return peer

    while True:
        try:
            peer, grid = asyncio.run(declared()), _grid(url, territory)
            with shown(name) as advance:
                turn = asyncio.run(keep_in_step(url, settings, grid, peer, pulls=pulls, pushes=pushes, advance=advance))
            tell(turn)
        except (PeerUnavailable, PeerBusy, psycopg.OperationalError) as error:
            if watch is None or exit_code(error) is None:
                raise
        if watch is None:
            return
        time.sleep(watch)
