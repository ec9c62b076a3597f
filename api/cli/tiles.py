"""`wangge tiles`: archives of tiles for static storage."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import database_of
from wangge.api.cli.terminal.progress import shown
from wangge.store.engine import connect_async, snapshot
from wangge.tilesets.archive import Built, Layer, build_archive

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, callback=lambda: None)


@app.command("build")
def build_tiles(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="The .pmtiles file to write.")],
    layer: Annotated[Layer, typer.Option(help="The cells, the backdrop, or the published counts.")] = Layer.CELLS,
    maxzoom: Annotated[
        int | None, typer.Option("--max-zoom", min=0, max=15, help="The last zoom; clients scale further in.")
    ] = None,
) -> None:
    """Write all tiles of a layer as one PMTiles file, as anybody may see it: a static server is enough for it."""
    url = database_of(territory)

    async def build() -> Built:
        with shown(console.word("serving", "tiles")) as advance:
            async with await connect_async(url) as connection, snapshot(connection):
                return await build_archive(connection, territory, layer, output, maxzoom=maxzoom, advance=advance)

    built = asyncio.run(build())
    console.tell("tiles-built", file=str(output), tiles=built.tiles, megabytes=built.size / 1e6)
