"""`wangge demo --live`: the work of a territory goes on beside the server, and is told line by line."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread

import psycopg
import structlog
from rich.markup import escape

from wangge.api.cli.examples import COURSES, YEAR
from wangge.api.cli.terminal import console
from wangge.demo.courses import read_year
from wangge.demo.going_on import Happened, Player
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid

__all__ = ["going_on"]

log = structlog.get_logger(__name__)

RETRY_S = 2.0


@contextmanager
def going_on(url: str, territory: str, a_minute: float, seed: int) -> Iterator[None]:
    """Go on with the cases of a territory meanwhile; left, the last move is ended first."""
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    console.tell("demo-live", speed=f"{a_minute:g}")
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    async def work() -> None:
        year = read_year(YEAR, COURSES)
        while not ended.is_set():
            try:
                async with await connect_async(url) as connection:
                    await Player(connection, grid, year, seed).go_on(a_minute, ended, _tell)
            except (psycopg.Error, OSError) as error:
                log.warning("the demo does not go on, trying again", error=str(error).strip())
                await asyncio.sleep(RETRY_S)

    thread = Thread(target=lambda: loop.run_until_complete(work()), name="live")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


def _tell(happened: Happened) -> None:
    move = console.word("moves", happened.move)
    became = console.word("states", happened.state) if happened.state else ""
    said = f"[dim]{happened.refused}[/dim]" if happened.refused else f"→ {became}"
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    console.out.print(f"{now}  {happened.number}  {move} {said}  [dim]{escape(happened.actor)}[/dim]", soft_wrap=True)
