"""`wangge notices`: what was sent to whom, what could not be, and to try it again."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import TerritoryOption
from wangge.api.cli.users import run
from wangge.data import messages
from wangge.outgoing.areas.subscribing import erase_of
from wangge.outgoing.notices import records
from wangge.outgoing.notices.records import STATES

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_notices(
    territory: TerritoryOption,
    state: Annotated[str | None, typer.Option(help=f"Only those that are {', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most messages that are shown.")] = 50,
) -> None:
    """Messages to reporters and staff, the last first; of addresses the ends alone."""
    wanted = next((one for one in STATES if one == state), None)
    if state is not None and wanted is None:
        raise typer.BadParameter(", ".join(STATES), param_hint="--state")
    found = run(lambda connection: records.records(connection, territory, limit, state=wanted))
    language = console.language()
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", "notices", language):
        table.add_column(heading)
    for one in found:
        told = ", ".join(f"{kind} {number or ''}".strip() for kind, number in one.told)
        when = f"{one.done_at or one.due_at:%Y-%m-%dT%H:%M}"
        cells = one.state, when, one.channel, one.recipient, str(one.attempts), told, one.error or ""
        table.add_row(str(one.id), *map(escape, cells))
    console.out.print(table)


@app.command("retry")
def retry(
    territory: TerritoryOption, notice: Annotated[int, typer.Argument(help="Id of the message, as list shows it.")]
) -> None:
    """Try a message again that was given up; a server sends it."""
    run(lambda connection: records.try_again(connection, territory, notice))
    console.tell("notice-again", notice=notice)


@app.command("forget")
def forget(address: Annotated[str, typer.Argument(help="E-mail address whose owner asks for it.")]) -> None:
    """Erase what an address is told of areas, in every territory, with what was sent to it."""
    count = run(lambda connection: erase_of(connection, address))
    console.tell("areas-erased", count=count)
