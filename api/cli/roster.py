"""`wangge roster`: who answers for which base grid, in from a CSV and out into one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import Delimiter, Encoding, TerritoryOption, database_of
from wangge.duty.findings import refuse
from wangge.duty.officers import base_level, load_roster, put_officers
from wangge.duty.roster import Officer
from wangge.duty.rosterfile import LEAVE, ROSTER, leave_of, leave_text, roster_of, roster_text
from wangge.duty.sheets import column_names, read_sheet, write_sheet
from wangge.store.engine import connect_async

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_roster(
    territory: TerritoryOption,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help=f"CSV, a row for each posting: {', '.join(ROSTER)}."),
    ] = None,
    leave: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help=f"CSV of leave: {', '.join(LEAVE)}.")
    ] = None,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="A new responsible posting ends the one that runs in its base grid.")
    ] = False,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Add officers, their postings and their leave, or change those that are there: all of a file, or nothing of it."""
    if file is None and leave is None:
        raise typer.BadParameter("a FILE, or --leave, or both")
    url = database_of(territory)
    read, changed = asyncio.run(_import(url, territory, file, leave, hand_over, delimiter, encoding))
    console.tell("roster-stored", territory=territory, read=read, changed=changed)


@app.command("export")
def export_roster(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False, help="CSV to write.")] = None,
    leave: Annotated[Path | None, typer.Option(dir_okay=False, help="CSV of leave to write.")] = None,
) -> None:
    """Write the roster as CSV that can be corrected in a spreadsheet and imported again."""
    if output is None and leave is None:
        raise typer.BadParameter("-o FILE, or --leave FILE, or both")
    roster = asyncio.run(_roster(database_of(territory), territory))
    for path, text in ((output, roster_text), (leave, leave_text)):
        if path is not None:
            write_sheet(path, text(roster.values()))
    console.tell("roster-exported", territory=territory, officers=len(roster))


async def _import(
    url: str,
    territory: str,
    file: Path | None,
    leave: Path | None,
    hand_over: bool,
    delimiter: str | None,
    encoding: str | None,
) -> tuple[int, int]:
    """Number of officers in the files, and of those whose entry changed."""
    async with await connect_async(url) as connection, connection.transaction():
        stored = await load_roster(connection, territory)
        officers: list[Officer] = []
        if file is not None:
            sheet = read_sheet(file, column_names("roster-columns", ROSTER), delimiter=delimiter, encoding=encoding)
            officers, findings = roster_of(sheet, stored, await base_level(connection, territory))
            refuse(findings, str(file))
        if leave is not None:
            sheet = read_sheet(leave, column_names("leave-columns", LEAVE), delimiter=delimiter, encoding=encoding)
            officers, findings = leave_of(sheet, stored, officers)
            refuse(findings, str(leave))
        told = " + ".join(str(path) for path in (file, leave) if path)
        return len(officers), await put_officers(connection, territory, officers, by(), hand_over=hand_over, file=told)


async def _roster(url: str, territory: str) -> dict[str, Officer]:
    async with await connect_async(url) as connection:
        return await load_roster(connection, territory)
