"""`wangge overlay`: the areas of other departments, and how the grid lies under them."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import DatumOption, LayerOption, database_of, mapping_of
from wangge.data import messages
from wangge.data.languages import LANGUAGES, spoken
from wangge.geo.datum import Datum
from wangge.geo.grid import Grid
from wangge.geo.overlays.lived import Lived
from wangge.geo.people import PEOPLE
from wangge.planning.attributes.kept import standing
from wangge.planning.fusing import LEAST, as_answer, counted, fused
from wangge.store.engine import connect, connect_async
from wangge.store.grids.backdrops import neighbourhood
from wangge.store.grids.loading import load_grid
from wangge.store.grids.overlays import (
    edition_on,
    keep_households,
    kept_households,
    list_overlays,
    put_overlay,
    remove_overlay,
)

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


@app.command("households")
def count_households(
    territory: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Points or polygons of households.")],
    key: KeyOption,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The areas of a day; of today.")
    ] = None,
    field: Annotated[
        str | None, typer.Option("--households-field", help="Field of their number; without one each record is one.")
    ] = None,
    layer: LayerOption = None,
    datum: DatumOption = Datum.WGS84,
) -> None:
    """Count households in each part of a base grid and keep the counts, until the areas or the grid are others."""
    from wangge.geo.overlays.households import read_homes  # GDAL, for files only

    with connect(database_of(territory)) as connection:
        grid = load_grid(connection, territory)
        near = neighbourhood(connection, territory)
    edition = edition_on(grid, key, on.date() if on else datetime.now(grid.timezone).date())
    homes = read_homes(file, near, field=field, layer=layer, datum=datum)
    kept = counted(grid, edition.areas, homes)
    with connect(database_of(territory), autocommit=True) as connection:
        keep_households(connection, grid, key, edition, kept, by=by())
    _tell_households(kept.total, kept.lived)


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
    households: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Points or polygons of households, counted in each part of a base grid."
        ),
    ] = None,
    households_field: Annotated[
        str | None, typer.Option(help="Field of their number; without one each record is one household.")
    ] = None,
    layer: LayerOption = None,
    datum: DatumOption = Datum.WGS84,
    as_json: AsJson = False,
) -> None:
    """Which base grids an overlay cuts, the longest border first, and what would end the cuts. Nothing is changed.

    Households are those of a file, else those that were counted and kept, else the figures of places of that day that
    are called households or population, else what the grid itself says, which are taken to be spread evenly.
    """
    from wangge.geo.overlays.households import read_homes  # GDAL, for files only

    if households_field is not None and households is None:
        raise typer.BadParameter("--households?", param_hint="--households-field")
    with connect(database_of(territory)) as connection:
        grid = load_grid(connection, territory)
        near = neighbourhood(connection, territory)
    day = on.date() if on else datetime.now(grid.timezone).date()
    edition = edition_on(grid, key, day)
    homes = read_homes(households, near, field=households_field, layer=layer, datum=datum) if households else None
    people = asyncio.run(_people(database_of(territory), grid, day))
    kept = None
    if homes is None:
        with connect(database_of(territory)) as connection:
            kept = kept_households(connection, grid, edition)
    fusion = fused(grid.leaves, edition.areas, least, homes=homes, kept=kept, people=people)
    if as_json:
        console.out.print_json(json.dumps(as_answer(fusion), ensure_ascii=False))
        return
    table = _table("overlay-cuts")
    for cut in fusion.cuts:
        lived = fusion.lived.get(cut.cell.code)
        parts = [
            f"{part.area} {part.share:.1%}{_living(lived, lived.parts.get(part.area, 0.0) if lived else 0.0)}"
            for part in cut.shares.parts
            if part.share >= least
        ]
        parts += [f"– {cut.shares.none:.1%}{_living(lived, lived.none if lived else 0.0)}"] * (cut.shares.none >= least)
        table.add_row(cut.cell.code, escape(cut.cell.name), escape(", ".join(parts)), f"{cut.border_m:.0f}")
    console.out.print(table)
    facts = {"cells": len(fusion.cells), "cut": len(fusion.cuts), "moves": len(fusion.moves)}
    console.tell("overlay-report", what=key, day=edition.valid_from, **facts, km2=sum(m.m2 for m in fusion.moves) / 1e6)
    if fusion.households is not None:
        _tell_households(fusion.households, fusion.lived)


def _tell_households(total: float, lived: Mapping[str, Lived]) -> None:
    inside = sum(one.whole for one in lived.values())
    console.tell("overlay-households", total=total, inside=inside, outside=total - inside)


def _living(lived: Lived | None, part: float) -> str:
    """The share of the households of a base grid, beside that of its area."""
    return f" ({part / lived.whole:.1%})" if lived and lived.whole else ""


async def _people(url: str, grid: Grid, day: date) -> dict[str, dict[str, float]]:
    """Figures of places that stand on a day and say who lives in every base grid."""
    async with await connect_async(url) as connection:
        told = await standing(connection, grid.territory, day)
    found = {}
    for one in told:
        values = one.values.get(grid.levels[-1].key, {})
        if one.attribute.key in PEOPLE and len(values) == len(grid.leaves):
            found[one.attribute.key] = {code: float(n) for code, n in values.items() if isinstance(n, int | float)}
    return found


def _table(headings: str) -> Table:
    heads = messages.words("headings", headings, console.language())
    return Table(*heads, box=None, header_style="dim", pad_edge=False)
