"""`wangge attributes`: what is kept of cells over time: declared, taken from sheets, shown at any level."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.data.languages import spoken
from wangge.duty.findings import refuse
from wangge.geo.files.writing import write_text
from wangge.planning.attributes.declared import read_attributes
from wangge.planning.attributes.kept import Standing, attributes, put_attributes, put_values, standing
from wangge.planning.attributes.rollup import Rolled, Value, as_answer
from wangge.planning.attributes.sheet import read_rows, sheet_of, values_of
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.hierarchies import Hierarchy, hierarchies, read_hierarchies
from wangge.store.grids.loading import load_grid

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Answer = TypeVar("Answer")

LevelOption = Annotated[str | None, typer.Option("--level", help="Key of the level of the cells; by default the base.")]
OnOption = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="As it stood on a day; today.")
]


@app.command("declare")
def declare(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[attributes]]."))],
    territory: TerritoryOption,
) -> None:
    """Add the attributes of a file to a territory, or put them in the place of those with their keys."""
    declared = read_attributes(file)
    with connect(database_of(territory)) as connection:
        put_attributes(connection, territory, declared, str(file), by=by())
    console.out.print(f"{territory}: {len(declared)}")


@app.command("import")
def import_values(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or ODS, with a row a cell.")],
    territory: TerritoryOption,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Since when the values hold.")],
    level: LevelOption = None,
    part: Annotated[bool, typer.Option("--part", help="The sheet is about some of the cells only.")] = False,
) -> None:
    """Take values from a sheet: all of them, or none and what is wrong, by row and column."""
    url = database_of(territory)
    declared = _with(url, lambda connection: attributes(connection, territory))
    with connect(url) as connection:
        grid = load_grid(connection, territory)
        key = _level(level, [one.key for one in grid.levels])
        cells = [cell for cell in grid.cells if cell.level == key]
        read = values_of(read_rows(file), declared, cells, part=part)
        refuse(read.findings, str(file))
    count = _with(url, lambda connection: put_values(connection, territory, key, on.date(), read.values, by()))
    console.tell("attributes-stored", territory=territory, count=count, day=on.date(), ignored=", ".join(read.ignored))


@app.command("show")
def show(
    territory: TerritoryOption,
    level: LevelOption = None,
    on: OnOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The attributes of the cells of a level, rolled up where only cells below have values; missing is –."""
    grid, key, found = _standing(territory, level, on)
    cells = sorted((cell for cell in grid.cells if cell.level == key), key=lambda cell: cell.code)
    at = {one.attribute.key: one.at(grid, key) for one in found}
    if as_json:
        rows = [
            {"code": cell.code, "name": cell.name} | {name: as_answer(of[cell.code]) for name, of in at.items()}
            for cell in cells
        ]
        console.out.print_json(json.dumps(rows, ensure_ascii=False))
        return
    heads = [escape(spoken(one.attribute.name, console.language())) for one in found]
    table = Table("", "", *heads, box=None, header_style="dim", pad_edge=False)
    for cell in cells:
        table.add_row(cell.code, escape(cell.name), *(_text(of[cell.code]) for of in at.values()))
    console.out.print(table)


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="CSV, with a row a cell.")],
    territory: TerritoryOption,
    level: LevelOption = None,
    on: OnOption = None,
) -> None:
    """Write the table of a day as a sheet that `import` takes; what is missing is blank, and so are counts of words."""
    grid, key, found = _standing(territory, level, on)
    cells = sorted((cell for cell in grid.cells if cell.level == key), key=lambda cell: cell.code)
    write_text(file, sheet_of(cells, {one.attribute.key: one.at(grid, key) for one in found}))


def _standing(territory: str, level: str | None, on: datetime | None) -> tuple[Hierarchy, str, list[Standing]]:
    """What lay in what on a day, the key of the level, and what stood of each attribute."""
    url = database_of(territory)
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    day = on.date() if on else _today(grid.timezone)

    async def ask(connection: AsyncConnection) -> tuple[Hierarchy, list[Standing]]:
        then = hierarchies(grid, await read_hierarchies(connection, grid, day, day)).on(day)
        return then, await standing(connection, territory, day)

    then, found = _with(url, ask)
    return then, _level(level, [one.key for one in then.levels]), found


def _text(value: Value | Rolled | None) -> str:
    if isinstance(value, Rolled):
        told = ", ".join(f"{word} {count}" for word, count in sorted(value.counts.items())) or _text(value.value)
        return told if value.known == value.cells else f"{told} ({value.known}/{value.cells})"
    return "–" if value is None else f"{value:,.10g}" if isinstance(value, float) else escape(value)


def _level(given: str | None, known: list[str]) -> str:
    if given is not None and given not in known:
        raise typer.BadParameter(", ".join(known), param_hint="--level")
    return given or known[-1]


def _today(zone: Any) -> date:
    return datetime.now(zone).date()


def _with(url: str, ask: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        async with await connect_async(url) as connection:
            return await ask(connection)

    return asyncio.run(asked())
