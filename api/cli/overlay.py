"""`wangge overlay`: the areas of other departments, and how the grid lies under them."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import DatumOption, LayerOption, database_of, mapping_of
from wangge.data import messages
from wangge.data.languages import LANGUAGES, spoken
from wangge.geo.datum import Datum
from wangge.planning.fusing import LEAST, as_answer, fused
from wangge.store.engine import connect
from wangge.store.grids.backdrops import neighbourhood
from wangge.store.grids.loading import load_grid
from wangge.store.grids.overlays import edition_on, list_overlays, put_overlay, remove_overlay

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

KEY = re.compile(r"[a-z][a-z0-9_]{0,30}")


def _key(text: str) -> str:
    if not KEY.fullmatch(text):
        raise typer.BadParameter(f"{text!r}: small letters, digits and _, a letter first")
    return text


Code = Annotated[str, typer.Argument(help="Code of the territory.")]
KeyOption = Annotated[str, typer.Option("--as", metavar="KEY", parser=_key, help="The overlay, such as police.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import")
def import_overlay(
    territory: Code,
    file: Annotated[Path, typer.Argument(exists=True, help="GeoPackage, Shapefile, GeoJSON or another vector file.")],
    key: KeyOption,
    valid_from: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Since when they hold.")],
    code_field: Annotated[str, typer.Option(help="Field of an area's code; records with one code are one area.")],
    name_fields: Annotated[
        list[str] | None, typer.Option("--name-field", help="Field of a name; given twice, one after the other.")
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", metavar="LANG=NAME", help="What the overlay is called.")
    ] = None,
    layer: LayerOption = None,
    datum: DatumOption = Datum.WGS84,
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence.")] = "",
) -> None:
    """Keep the areas of a file as an edition of an overlay, in the place of one of the same day: all, or none."""
    from wangge.geo.overlays.reading import read_areas  # GDAL, for imports only

    called = mapping_of(names)
    if not called.keys() <= set(LANGUAGES):
        raise typer.BadParameter(", ".join(LANGUAGES), param_hint="--name")
    day = valid_from.date()
    with connect(database_of(territory)) as connection:
        near = neighbourhood(connection, territory)
        read = read_areas(file, near, code_field=code_field, name_fields=name_fields or (), layer=layer, datum=datum)
        more: dict[str, Any] = {"name": called, "source": source, "licence": licence}
        put_overlay(connection, territory, key, read.areas, valid_from=day, **more)
    told = {"territory": territory, "what": key, "count": len(read.areas), "day": day}
    console.tell("overlay-stored", **told, left_out=read.left_out, repaired=read.repaired)


@app.command("list")
def list_all(territory: Code, as_json: AsJson = False) -> None:
    """The overlays of a territory with their editions."""
    with connect(database_of(territory)) as connection:
        found = list_overlays(connection, territory)
    if as_json:
        console.out.print_json(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
        return
    language = console.language()
    table = _table("overlays")
    for one in found:
        until = str(one.valid_to) if one.valid_to else ""
        name = escape(spoken(one.name, language) if one.name else "")
        table.add_row(
            one.key, name, str(one.valid_from), until, str(one.areas), escape(one.source), escape(one.licence)
        )
    console.out.print(table)


@app.command("remove")
def remove(
    territory: Code,
    key: KeyOption,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only the edition of this day.")
    ] = None,
) -> None:
    """Keep an overlay no longer."""
    with connect(database_of(territory), autocommit=True) as connection:
        remove_overlay(connection, territory, key, valid_from.date() if valid_from else None)
    console.tell("overlay-removed", territory=territory, what=key)


@app.command("report")
def report(
    territory: Code,
    key: KeyOption,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="As it holds on a day; today.")
    ] = None,
    least: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Share of a base grid from which on a part counts as one.")
    ] = LEAST,
    as_json: AsJson = False,
) -> None:
    """Which base grids an overlay cuts, the longest border first, and what would end the cuts. Nothing is changed."""
    with connect(database_of(territory)) as connection:
        grid = load_grid(connection, territory)
    edition = edition_on(grid, key, on.date() if on else datetime.now(grid.timezone).date())
    fusion = fused(grid.leaves, edition.areas, least)
    if as_json:
        console.out.print_json(json.dumps(as_answer(fusion), ensure_ascii=False))
        return
    table = _table("overlay-cuts")
    for cut in fusion.cuts:
        parts = [f"{part.area} {part.share:.1%}" for part in cut.shares.parts if part.share >= least]
        parts += [f"– {cut.shares.none:.1%}"] if cut.shares.none >= least else []
        table.add_row(cut.cell.code, escape(cut.cell.name), escape(", ".join(parts)), f"{cut.border_m:.0f}")
    console.out.print(table)
    facts = {"cells": len(fusion.cells), "cut": len(fusion.cuts), "moves": len(fusion.moves)}
    console.tell("overlay-report", what=key, day=edition.valid_from, **facts, km2=sum(m.m2 for m in fusion.moves) / 1e6)


def _table(headings: str) -> Table:
    heads = messages.words("headings", headings, console.language())
    return Table(*heads, box=None, header_style="dim", pad_edge=False)
