"""`wangge release`: what the public sees of the counts, made and listed."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

import orjson
import typer
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.reports.release.making import Made, make_due
from wangge.reports.release.reading import Release, release_as_answer, releases_of
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import check_territory
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("make")
def make(
    territory: Annotated[str | None, typer.Argument(help="Code of the territory; all of them when left out.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make anew what was published, for reports came into it late (an import).")
    ] = False,
    period: Annotated[
        list[str] | None, typer.Option(help="With --again: only this period (2026, 2026-03, 2026-03-w2); repeatable.")
    ] = None,
) -> None:
    """Publish the counts of every period that is over and was not published yet.

    Running servers do so by themselves, within a quarter of an hour of a period's end.
    """
    settings = Settings()
    url = ready_database(settings)
    if territory is not None:
        with connect(url) as connection:
            check_territory(connection, territory)
    anew = (period or None) if again else ()
    made = asyncio.run(_make(url, settings.public_step, territory, anew))
    facts = {"count": len(made), "territories": len({code for code, _ in made})}
    title, detail = messages.text("released", facts, console.language())
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)


@app.command("list")
def show(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The periods of which counts were published, the newest first."""
    url = ready_database(Settings())
    with connect(url) as connection:
        check_territory(connection, territory)
    found = asyncio.run(_list(url, territory))
    if as_json:
        document = {"releases": [release_as_answer(release) for release in found]}
        typer.echo(orjson.dumps(document).decode())
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for release in found:
        told = release_as_answer(release)
        table.add_row(release.period.name, str(told["from"]), str(told["to"]), release.edition)
    console.out.print(table)


async def _make(url: str, step: int, territory: str | None, again: Iterable[str] | None) -> list[Made]:
    async with await connect_async(url) as connection:
        return await make_due(connection, step, territory, again=again)


async def _list(url: str, territory: str) -> list[Release]:
    async with await connect_async(url) as connection:
        return await releases_of(connection, territory)
