"""`wangge assets`: lamps, hydrants, manholes: points with numbers, which reports are about."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import (
    DatumOption,
    Delimiter,
    Encoding,
    InFile,
    InForm,
    LayerOption,
    database_of,
    mapping_of,
)
from wangge.api.cli.terminal.progress import shown
from wangge.api.cli.terminal.rejects import Rejects, explain
from wangge.api.cli.terminal.unused import say_unused
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.datum import Datum
from wangge.geo.files.reading import open_records
from wangge.geo.files.writing import WRITABLE, write, write_to
from wangge.reports.assets.kinds import kinds_of, put_kinds, read_kinds, remove_kind, require_kind
from wangge.reports.bulk.assets import FIELDS, AssetImport, Totals
from wangge.reports.bulk.export.assets import asset_layer
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Answer = TypeVar("Answer")

SOME_REFUSED = 3
INTERRUPTED = 130

Code = Annotated[str, typer.Argument(help="Code of the territory.")]
KindOption = Annotated[str, typer.Option("--kind", help="Code of the kind, such as lamp.")]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help=f"Column of a field, where it is not of the same name. Fields: {', '.join(FIELDS)}.",
    ),
]


@app.command("declare")
def declare(
    territory: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[kinds]]."))],
) -> None:
    """Add the kinds of a file to a territory, or put them in the place of those with their codes."""
    kinds = read_kinds(file)
    _with(database_of(territory), lambda connection: put_kinds(connection, territory, kinds, by=by(), in_order=True))
    console.out.print(f"{territory}: {len(kinds)}")


@app.command("import")
def import_assets(
    territory: Code,
    file: InFile,
    kind: KindOption,
    mapping: Mapping = None,
    attributes: Annotated[
        list[str] | None,
        typer.Option("--attribute", metavar="COLUMN", help="A column that is kept with each, such as lumen; repeated."),
    ] = None,
    datum: DatumOption = Datum.WGS84,
    form: InForm = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    layer: LayerOption = None,
    part: Annotated[bool, typer.Option("--part", help="The file has some of them only: none is gone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where refused records go; by default FILE.rejects.csv.")
    ] = None,
) -> None:
    """Keep the assets of a file: new ones, changed ones, and those of the kind that it does not name no longer.

    Safe to interrupt and to run again: until it is whole, nothing is changed. Exit code 3 when records were refused;
    of these nothing is changed.
    """
    url = database_of(territory)
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    reader = open_records(file, form=form, delimiter=delimiter, encoding=encoding, layer=layer)
    refused = Rejects(rejects or file.with_name(f"{file.name}.rejects.csv"), reader.columns, console.language())
    try:
        with shown(file.name) as advance:
            run = AssetImport(
                reader,
                grid,
                kind,
                mapping=mapping_of(mapping),
                attributes=attributes or (),
                datum=datum,
                by=by(),
                part=part,
                dry=dry_run,
                reject=refused,
                advance=lambda totals: advance(totals.share, f"{totals.read:,}"),
            )
            say_unused(run.unused)
            _with(url, run.run)
    except KeyboardInterrupt:
        console.tell("assets-interrupted", territory=territory)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        refused.close()
        reader.close()
    console.tell("assets-would" if dry_run else "assets-stored", **_facts(territory, kind, run.totals))
    if run.totals.refused:
        explain(run.totals.reasons, run.totals.first, refused.path)
        raise typer.Exit(SOME_REFUSED)


@app.command("list")
def list_kinds(territory: Code, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The kinds of a territory, the categories whose reports are about them, and how many there are."""
    found = _with(database_of(territory), lambda connection: kinds_of(connection, territory))
    if as_json:
        console.out.print_json(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    language = console.language()
    table = Table(*messages.words("headings", "assets", language), box=None, header_style="dim", pad_edge=False)
    for one in found:
        table.add_row(one.code, escape(spoken(one.name, language)), ", ".join(one.categories), f"{one.assets:,}")
    console.out.print(table)


@app.command("export")
def export(
    territory: Code,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="File to write; - for the terminal.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Only those of a kind.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="|".join(WRITABLE), help="Form; by default FILE's name says.")
    ] = None,
) -> None:
    """Write assets to a file. The file appears when it is whole."""
    url = database_of(territory)
    if kind is not None:
        wanted = kind
        _with(url, lambda connection: require_kind(connection, territory, wanted))
    with asset_layer(url, territory, kind) as layer:
        if str(output) == "-":
            write_to(layer, sys.stdout.buffer, form or "geojsonseq")
            sys.stdout.buffer.flush()
            return
        console.tell("assets-exported", count=write(layer, output, form), file=str(output))


@app.command("remove")
def remove(territory: Code, kind: KindOption) -> None:
    """Keep a kind and all assets of it no longer. Reports that name them keep the numbers."""
    count = _with(database_of(territory), lambda connection: remove_kind(connection, territory, kind, by=by()))
    console.tell("assets-removed", territory=territory, what=kind, count=count)


def _facts(territory: str, kind: str, totals: Totals) -> dict[str, str | int]:
    counts = ("read", "new", "changed", "same", "gone", "refused")
    return {"territory": territory, "what": kind} | {name: getattr(totals, name) for name in counts}


def _with(url: str, ask: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        async with await connect_async(url) as connection:
            return await ask(connection)

    return asyncio.run(asked())
