"""`wangge key`: keys of other programs."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from wangge.access.keys import keys, new_key, revoke_key
from wangge.access.roles import RIGHTS, Right, Role
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.users import Cell, Organisation, Territory, describe, place, run

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the program is called; events name it service:NAME.")],
    role: Annotated[Role, typer.Option("--role", help="As what it acts.")],
    right: Annotated[
        list[Right] | None, typer.Option("--right", help="Only this right of the role; repeat for more.")
    ] = None,
    territory: Territory = None,
    cell: Cell = None,
    organisation: Organisation = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="For so many days.")] = 365,
) -> None:
    """Make a key, and print it this once. It is sent as `Authorization: Bearer KEY`."""
    grant = place(role, territory, cell, organisation)
    until = datetime.now(UTC) + timedelta(days=days)
    rights = right or sorted(RIGHTS[role])
    _, secret = run(lambda connection: new_key(connection, name, grant, rights, until, by()))
    print(secret)


@app.command("list")
def list_keys() -> None:
    """Every key that is good for something; the keys themselves are not kept."""
    for key in run(keys):
        until = console.word("accounts", "until", until=f"{key.expires_at:%Y-%m-%dT%H:%M}")
        console.out.print(f"{key.id:>6}  {key.name:<20} {describe(key.grant)}  {until}  ({', '.join(key.rights)})")


@app.command("revoke")
def revoke(key: Annotated[int, typer.Argument(help="Id, as `list` shows it.")]) -> None:
    """Make a key good for nothing, from now on."""
    run(lambda connection: revoke_key(connection, key, by()))
