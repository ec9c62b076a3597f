"""`wangge organisations`: the bodies that handle cases, in and out of files, and by template."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import Delimiter, Encoding, TerritoryOption, database_of
from wangge.duty.documents import organisations_csv, organisations_toml, read_organisations
from wangge.duty.officers import places_of
from wangge.duty.organisations import apply_template, load_organisations, load_types, put_organisations
from wangge.duty.sheets import write_sheet
from wangge.duty.types import SHIPPED, TEMPLATES
from wangge.geo.divisions import code_among
from wangge.geo.files.writing import write_text
from wangge.store.engine import connect_async

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_organisations(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[types]] and [[organisations]]; or CSV.")),
    ],
    territory: TerritoryOption,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Add organisations and types, or change those that are there: all of the file, or nothing of it."""
    read, changed = asyncio.run(_import(database_of(territory), territory, file, delimiter, encoding))
    console.tell("organisations-stored", territory=territory, read=read, changed=changed)


@app.command("export")
def export_organisations(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="TOML or CSV, as its name says.")],
) -> None:
    """Write the organisations to a file that can be corrected and imported again."""
    count = asyncio.run(_export(database_of(territory), territory, output))
    console.tell("organisations-exported", territory=territory, count=count)


@app.command("apply")
def apply(
    template: Annotated[str, typer.Argument(metavar="|".join(TEMPLATES), help="Which parties.")],
    territory: TerritoryOption,
    level: Annotated[str, typer.Option(help="Key of the level whose cells are given the parties.")] = "community",
    cell: Annotated[list[str] | None, typer.Option(help="Only this cell; may be repeated.")] = None,
) -> None:
    """Give each cell of a level, or some of them, the parties of a template. Safe to run again: none is made twice."""
    if template not in TEMPLATES:
        raise typer.BadParameter(f"one of {', '.join(TEMPLATES)}", param_hint="TEMPLATE")
    new = asyncio.run(_apply(database_of(territory), territory, template, level, cell))
    console.tell("template-applied", territory=territory, count=new)


async def _import(url: str, territory: str, file: Path, delimiter: str | None, encoding: str | None) -> tuple[int, int]:
    async with await connect_async(url) as connection, connection.transaction():
        places = await places_of(connection, territory)
        organisations, types = read_organisations(file, places, delimiter=delimiter, encoding=encoding)
        changed = await put_organisations(connection, territory, organisations, types, by=by(), file=str(file))
    return len(organisations) + len(types), changed


async def _export(url: str, territory: str, output: Path) -> int:
    async with await connect_async(url) as connection:
        organisations = await load_organisations(connection, territory)
        types = await load_types(connection, territory)
        places = await places_of(connection, territory)
    if output.suffix.lower() == ".csv":
        write_sheet(output, organisations_csv(organisations, places))
    else:
        own = {code: name for code, name in types.items() if SHIPPED.get(code) != name}
        write_text(output, organisations_toml(organisations, own, places))
    return len(organisations)


async def _apply(url: str, territory: str, template: str, level: str, cells: list[str] | None) -> int:
    async with await connect_async(url) as connection, connection.transaction():
        known = await places_of(connection, territory)
        if cells is not None:
            cells = [code_among(one, lambda code: (level, code) in known) for one in cells]
        return await apply_template(connection, territory, TEMPLATES[template], level, cells, by=by())
