"""`wangge demo`: example cities with reports, served."""

import asyncio
import socket
import webbrowser
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wangge.api.cli.examples import COUNTRY, SYNTHETIC, TERRITORIES, load_examples
from wangge.api.cli.live import going_on
from wangge.api.cli.serve import run
from wangge.api.cli.terminal import console
from wangge.api.plumbing.observe import configure_logging
from wangge.data import messages
from wangge.demo.accounts import Account, make_accounts
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ensure_migrated
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["demo"]

ACCOUNTS = "demo-accounts.tsv"


def demo(
    open_browser: Annotated[bool, typer.Option("--open", help="Open the map in a browser.")] = False,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the examples and leave.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Go on meanwhile: file, move and close cases.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="With --live: about so many things a minute.")] = 20,
    seed: Annotated[int, typer.Option(help="With --live: the same seed over the same cases does the same.")] = 136,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which the year of cases ends.")
    ] = None,
) -> None:
    """Load Xinhua (synthetic lines, people and cases), Washington (real), Taipei and Hejian, and serve the map.

    The year of cases ends on the day on which it is loaded, with work on every desk; with --live the work goes on.
    What is loaded already is left as it is, so the second time is quick; what was interrupted goes on.
    """
    settings = Settings().model_copy(update={"log_level": "warning"})
    configure_logging(settings)
    url = database_url(settings)
    ensure_migrated(url)
    load_examples(url, today.date() if today else None)
    file = settings.home / ACCOUNTS
    _show(_accounts(url, file), file)
    if load_only:
        return
    port = _free_port(settings.host, settings.port)
    address = f"http://{settings.host}:{port}/"
    console.out.print(f"\n  Wangge 网格  [bold]{address}[/bold]   ({console.word('serving', 'demo')})\n")
    if open_browser:
        webbrowser.open(address)
    with going_on(url, SYNTHETIC, speed, seed) if live else nullcontext():
        run(settings.model_copy(update={"port": port}))


def _accounts(url: str, file: Path) -> list[Account]:
    """The accounts to try the demo with, made where they are missing."""
    with connect(url) as connection:
        grid, country = load_grid(connection, SYNTHETIC), load_grid(connection, COUNTRY)

    async def run() -> list[Account]:
        async with await connect_async(url) as connection:
            return await make_accounts(connection, grid, country, TERRITORIES, file)

    return asyncio.run(run())


def _show(accounts: list[Account], file: Path) -> None:
    table = Table(box=None, padding=(0, 2))
    for heading in messages.words("headings", "demo-accounts", console.language()):
        table.add_column(heading)
    for account in accounts:
        table.add_row(*account)
    console.out.print(table)
    console.tell("demo-accounts", file=str(file))


def _free_port(host: str, wanted: int) -> int:
    """The port that is wanted, or any free one when another program has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port just left is free
            with suppress(OSError):
                probe.bind((host, port))
                return int(probe.getsockname()[1])
    return wanted
