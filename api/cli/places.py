"""`wangge places`: addresses and other names by which places are found, beside those of the backdrop."""

import json
from pathlib import Path
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import DatumOption, Encoding, database_of
from wangge.geo.datum import Datum
from wangge.store.engine import connect
from wangge.store.grids.backdrops import neighbourhood
from wangge.store.grids.places import NoPlaces, list_of, put_list, remove_list

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Code of the territory.")]


@app.command("import")
def import_places(
    territory: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, GeoJSON or another file of records.")],
    name_fields: Annotated[
        list[str] | None, typer.Option("--name-field", help="Column of a name; given twice, one after the other.")
    ] = None,
    lon: Annotated[str, typer.Option(help="Column of the longitude, where there are no geometries.")] = "lon",
    lat: Annotated[str, typer.Option(help="Column of the latitude.")] = "lat",
    datum: DatumOption = Datum.WGS84,
    encoding: Encoding = None,
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence.")] = "",
) -> None:
    """Keep the places of a file in the place of those that were there: all of them, or none."""
    from wangge.geo.backdrop.listing import read_places  # PROJ and tables of pinyin, for imports only

    with connect(database_of(territory), autocommit=True) as connection:
        near = neighbourhood(connection, territory)
        fields = name_fields or ["name"]
        listed = read_places(file, near, name_fields=fields, lon=lon, lat=lat, datum=datum, encoding=encoding)
        put_list(connection, territory, listed, source=source, licence=licence)
    console.tell("places-stored", territory=territory, count=len(listed.names), left_out=listed.left_out)


@app.command("show")
def show(territory: Code) -> None:
    """Where the list of a territory comes from, and how many places it has, as JSON."""
    with connect(database_of(territory)) as connection:
        found = list_of(connection, territory)
    if found is None:
        raise NoPlaces(territory=territory)
    told = {"places": found.places, "source": found.source, "licence": found.licence}
    typer.echo(json.dumps(told | {"imported_at": found.imported_at.isoformat()}, ensure_ascii=False))


@app.command("remove")
def remove(territory: Code) -> None:
    """Keep the list of a territory no longer; the names of its backdrop stay."""
    with connect(database_of(territory), autocommit=True) as connection:
        remove_list(connection, territory)
    console.tell("places-removed", territory=territory)
