"""`wangge bulletin`: the bulletin of a month as PDF."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.data.languages import Language
from wangge.store.engine import connect, connect_async, snapshot
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings
from wangge.tilesets.bulletin.gathering import gather
from wangge.tilesets.bulletin.months import month_over
from wangge.tilesets.bulletin.printing import print_bulletin, template_of
from wangge.tilesets.bulletin.wording import content_of

__all__ = ["bulletin"]


def bulletin(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The PDF to write.", dir_okay=False)],
    month: Annotated[str, typer.Option(help="The month, such as 2025-06; it must be over.")],
    lang: Annotated[Language | None, typer.Option(help="Language of the bulletin.")] = None,
    template: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Typst file to set it by; the territory's own if left out."),
    ] = None,
) -> None:
    """Write the bulletin of a month: figures, map, ranking, findings, on two to four pages of A4."""
    settings, now = Settings(), datetime.now(UTC)
    url = ready_database(settings)
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    wanted = month_over(month, grid.timezone, now)

    async def ask() -> Any:
        async with await connect_async(url) as connection, snapshot(connection):
            return await gather(connection, grid, whole(territory), wanted, now)

    content = content_of(asyncio.run(ask()), lang or console.language())
    output.write_bytes(print_bulletin(content, now, template or template_of(settings.home, territory)))
    typer.echo(output)
