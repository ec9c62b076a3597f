"""`wangge backdrop`: what is drawn under a grid where no base map can be had."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import DatumOption, LayerOption, database_of
from wangge.data import messages
from wangge.geo.backdrop.kinds import LAST_ZOOM, BackdropKind
from wangge.geo.datum import Datum
from wangge.store.engine import connect, connect_async
from wangge.store.grids.backdrops import Backdrop, backdrops_of, neighbourhood, put_backdrop, remove_backdrop

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Code of the territory.")]
KindOption = Annotated[BackdropKind, typer.Option("--as", help="What the features are.")]


@app.command("import")
def import_backdrop(
    territory: Code,
    file: Annotated[Path, typer.Argument(exists=True, help="GeoPackage, Shapefile, GeoJSON or another vector file.")],
    kind: KindOption,
    layer: LayerOption = None,
    name_fields: Annotated[
        list[str] | None, typer.Option("--name-field", help="Field of a name; given twice, one after the other.")
    ] = None,
    datum: DatumOption = Datum.WGS84,
    zoom: Annotated[
        int | None, typer.Option(min=0, max=LAST_ZOOM, help="From which zoom on lines and points are drawn.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where it comes from, as the map is to say.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence, as the map is to say.")] = "",
) -> None:
    """Keep the features of a file in the place of those of their kind: all of them, or none."""
    from wangge.geo.backdrop.reading import read_features  # GDAL, for imports only

    with connect(database_of(territory)) as connection:
        near = neighbourhood(connection, territory)
        features = read_features(file, kind, near, layer=layer, name_fields=name_fields or (), datum=datum, zoom=zoom)
        put_backdrop(connection, territory, kind, features, source=source, licence=licence)
    named = sum(name is not None for name in features.names)
    told = {"territory": territory, "what": kind.value, "count": len(features.names)}
    console.tell("backdrop-stored", **told, named=named, left_out=features.left_out)


@app.command("list")
def list_backdrops(
    territory: Code, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """What a territory has, by kind."""
    found = asyncio.run(_found(database_of(territory), territory))
    if as_json:
        entries = [
            {"kind": one.kind, "features": one.features, "source": one.source, "licence": one.licence}
            | {"imported_at": one.imported_at.isoformat()}
            for one in found
        ]
        console.out.print_json(json.dumps(entries, ensure_ascii=False))
        return
    table = Table(
        *messages.words("headings", "backdrops", console.language()), box=None, header_style="dim", pad_edge=False
    )
    for one in found:
        at = f"{one.imported_at:%Y-%m-%d %H:%M}"
        table.add_row(one.kind, str(one.features), escape(one.source), escape(one.licence), at)
    console.out.print(table)


@app.command("remove")
def remove(territory: Code, kind: KindOption) -> None:
    """Keep the features of a kind no longer."""
    with connect(database_of(territory), autocommit=True) as connection:
        remove_backdrop(connection, territory, kind)
    console.tell("backdrop-removed", territory=territory, what=kind.value)


async def _found(url: str, territory: str) -> Sequence[Backdrop]:
    async with await connect_async(url) as connection:
        return await backdrops_of(connection, territory)
