"""`wangge user`: accounts of staff. Passwords are asked for or read from standard input, never taken from arguments."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from getpass import getpass
from typing import Annotated, TypeVar

import psycopg
import typer

from wangge.access import accounts
from wangge.access.passwords import hash_password
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.data import messages
from wangge.store.engine import AsyncConnection
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["app", "place", "run"]

app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")
Login = Annotated[str, typer.Argument(help="The account's login.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What the account is given.")]
Territory = Annotated[
    str | None, typer.Option("--territory", "-t", help="For this territory only; left out, for every one.")
]
Cell = Annotated[
    str | None, typer.Option(metavar="LEVEL:CODE", help="For this cell and what lies in it, such as street:130902001.")
]
Organisation = Annotated[int | None, typer.Option(help="For this organisation (its id).")]
DAY = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
Since = Annotated[datetime | None, typer.Option("--from", formats=DAY, help="From this day on (UTC); now.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Until this day (UTC); for good.")]


@app.command("add")
def add(
    login: Login,
    name: Annotated[str | None, typer.Option(help="The name that people see; the login, when left out.")] = None,
    role: Annotated[
        Role | None, typer.Option("--role", help="What it is given; the first account: administrator.")
    ] = None,
    territory: Territory = None,
    cell: Cell = None,
    organisation: Organisation = None,
    email: Annotated[
        str | None, typer.Option(help="E-mail address, by which an OIDC login may find the account.")
    ] = None,
    officer: Annotated[int | None, typer.Option(help="Id in the roster, whose postings count as grants.")] = None,
    password: Annotated[bool, typer.Option(help="Ask for a password; --no-password for OIDC only.")] = True,
) -> None:
    """Make an account. The very first one becomes administrator of everything, unless a role is given."""
    kept = hash_password(_password()) if password else None

    async def make(connection: AsyncConnection) -> None:
        first = not await accounts.accounts(connection)
        given = role or (Role.ADMINISTRATOR if first else None)
        async with connection.transaction():
            account = await accounts.create_account(
                connection, login, name or login, by(), password_hash=kept, email=email, officer=officer
            )
            if given:
                await accounts.give(connection, account, place(given, territory, cell, organisation), by())

    run(make)
    _say("user-added", login=login)


@app.command("list")
def list_users() -> None:
    """Every account with what it was given."""
    for account in run(accounts.accounts):
        state = [
            console.word("accounts", name)
            for name, holds in {
                "disabled": account.disabled_at,
                "locked": account.locked_until,
                "totp": account.has_totp,
                "no-password": not account.has_password,
            }.items()
            if holds
        ]
        console.out.print(f"{account.login:<20} {account.name}" + (f"  ({', '.join(state)})" if state else ""))
        for given in account.grants:
            since = f"{given.valid_from:%Y-%m-%d %H:%M}" if given.valid_from > datetime.now(UTC) else None
            until = f"{given.valid_to:%Y-%m-%d %H:%M}" if given.valid_to else None
            when = [console.word("accounts", "since", since=since)] if since else []
            when += [console.word("accounts", "until", until=until)] if until else []
            console.out.print(f"  {given.id:>6}  {' '.join([describe(given.grant), *when])}")


@app.command("grant")
def grant(
    login: Login,
    role: RoleOption,
    territory: Territory = None,
    cell: Cell = None,
    organisation: Organisation = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Give an account a role, in a place, for a time."""

    async def give(connection: AsyncConnection) -> int:
        account = await accounts.account_of(connection, login=login)
        what = place(role, territory, cell, organisation)
        return await accounts.give(connection, account.id, what, by(), _utc(since), _utc(until))

    _say("user-granted", login=login, grant=run(give))


@app.command("revoke")
def revoke(
    login: Login, grant_id: Annotated[int, typer.Argument(metavar="GRANT", help="Id, as `list` shows it.")]
) -> None:
    """Take a role back, from now on."""

    async def take(connection: AsyncConnection) -> None:
        account = await accounts.account_of(connection, login=login)
        await accounts.take_back(connection, account.id, grant_id, by())

    run(take)
    _say("user-revoked", login=login, grant=grant_id)


@app.command("disable")
def disable(login: Login, again: Annotated[bool, typer.Option("--enable", help="Enable it again.")] = False) -> None:
    """Let an account in no more; its sessions and tokens end at once."""
    _change(login, "disabled", not again)
    _say("user-enabled" if again else "user-disabled", login=login)


@app.command("password")
def password(login: Login) -> None:
    """Set an account's password; its sessions and tokens end at once."""
    _change(login, "password_hash", hash_password(_password()))
    _say("user-password-set", login=login)


@app.command("unlock")
def unlock(login: Login) -> None:
    """Let an account try again at once that had too many failures."""
    _change(login, "unlocked", True)
    _say("user-unlocked", login=login)


@app.command("totp")
def totp(login: Login, off: Annotated[bool, typer.Option("--off", help="Ask for no code any more.")] = False) -> None:
    """Ask an account for a second factor from now on; prints what its owner's authenticator must know, this once."""
    secret, uri = (None, None) if off else accounts.new_totp(login)
    _change(login, "totp_secret", secret)
    _say("user-totp-off" if off else "user-totp-on", login=login)
    if secret:
        print(secret)
        print(uri)


def run(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do something on a connection in autocommit to the database of the settings."""

    async def connected() -> T:
        url = await asyncio.to_thread(database_url, Settings())
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            return await work(connection)

    return asyncio.run(connected())


def place(role: Role, territory: str | None, cell: str | None, organisation: int | None) -> Grant:
    """A grant from the options of a command."""
    level, parted, code = (cell or "").partition(":")
    if cell is not None and not (parted and level and code):
        raise typer.BadParameter(f"{cell!r} is not LEVEL:CODE", param_hint="--cell")
    return Grant(role, territory, level or None, code or None, organisation)


def describe(grant: Grant) -> str:
    """A grant in one line."""
    where = [grant.territory or console.word("accounts", "everywhere")]
    where += [f"{grant.level}:{grant.code}"] if grant.code else []
    where += [console.word("accounts", "organisation", organisation=grant.organisation)] if grant.organisation else []
    return f"{grant.role}  {' '.join(where)}"


def _change(login: str, what: str, value: object) -> None:
    async def change(connection: AsyncConnection) -> None:
        account = await accounts.account_of(connection, login=login)
        await accounts.set_account(connection, account.id, [(what, value)], by())

    run(change)


def _password() -> str:
    """Asked for twice on a terminal; elsewhere the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass(console.word("password", "ask"))
    if getpass(console.word("password", "again")) != given:
        raise typer.BadParameter(console.word("password", "differ"))
    return given


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _say(kind: str, **facts: object) -> None:
    title, detail = messages.text(kind, facts, console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
