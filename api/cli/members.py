"""`wangge members`: the part-time members of the joint meeting, in from a CSV and out into one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import Delimiter, Encoding, TerritoryOption, database_of
from wangge.duty.sheets import write_sheet
from wangge.reports.meetings.members import COLUMNS, Member, load_members, members_text, put_members, read_members
from wangge.store.engine import connect_async

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_members(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=f"CSV: {', '.join(COLUMNS)}.")],
    territory: TerritoryOption,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Add members, or change those that are there: all of the file, or nothing of it."""
    url = database_of(territory)
    known = [member.number for member in asyncio.run(_members(url, territory))]
    members = read_members(file, known, delimiter=delimiter, encoding=encoding)
    changed = asyncio.run(_put(url, territory, members))
    console.tell("members-stored", territory=territory, read=len(members), changed=changed)


@app.command("export")
def export_members(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="CSV to write.")],
) -> None:
    """Write the members as CSV that can be corrected in a spreadsheet and imported again."""
    members = asyncio.run(_members(database_of(territory), territory))
    write_sheet(output, members_text(members))
    console.tell("members-exported", territory=territory, count=len(members))


async def _put(url: str, territory: str, members: list[Member]) -> int:
    async with await connect_async(url) as connection:
        return await put_members(connection, territory, members, by())


async def _members(url: str, territory: str) -> list[Member]:
    async with await connect_async(url) as connection:
        return [member for _, member in (await load_members(connection, territory)).values()]
