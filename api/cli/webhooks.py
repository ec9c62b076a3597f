"""`wangge webhooks`: other systems that are told what happens."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wangge.access.accounts import account_of
from wangge.access.keys import key_of
from wangge.access.links import Links
from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption
from wangge.api.cli.users import run
from wangge.data import messages
from wangge.outgoing.webhooks import webhooks
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.reports.evidence.photos import signing_key
from wangge.reports.feed.events import Mark
from wangge.store.engine import AsyncConnection
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

WebhookId = Annotated[int, typer.Argument(help="Id, as list shows it.")]


def _operator() -> Person:
    """Who has the machine administers everything."""
    return Person(name=by(), grants=(Grant(Role.ADMINISTRATOR),))


@app.command("list")
def list_webhooks(territory: TerritoryOption) -> None:
    """Every webhook, how far it is, and how it does."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", "webhooks", console.language()):
        table.add_column(heading)
    for one in run(lambda connection: webhooks.webhooks(connection, _operator(), territory)):
        numbers = [str(number) for number in (one.waiting, one.failed, one.failures)]
        cells = one.name, one.url, one.mark or "—", *numbers, one.error or ""
        table.add_row(str(one.id), *map(escape, cells))
    console.out.print(table)


@app.command("add")
def add(
    territory: TerritoryOption,
    name: Annotated[str, typer.Argument(help="What it is called, such as warehouse.")],
    url: Annotated[str, typer.Argument(help="Where events go, by https.")],
    key: Annotated[int | None, typer.Option(help="Id of the key that it belongs to.")] = None,
    login: Annotated[str | None, typer.Option(help="Login of the account that it belongs to.")] = None,
    move: Annotated[list[str] | None, typer.Option(help="Only events of this move; repeat for more.")] = None,
) -> None:
    """Tell an address what happens to the cases that a key or an account may export; prints the secret this once."""
    if (key is None) == (login is None):
        raise typer.BadParameter("--key | --login")

    async def make(connection: AsyncConnection) -> str:
        async with connection.transaction():
            links = Links(await signing_key(connection))
            owner = await _owner(connection, key, login)
            networks = networks_of(Settings().webhook_networks)
            _, secret = await webhooks.add(
                connection, links, owner, territory, name=name, url=url, moves=move, networks=networks
            )
            return secret

    print(run(make))


@app.command("rotate")
def rotate(territory: TerritoryOption, webhook: WebhookId) -> None:
    """Give it another secret, and print it; for a day the one before signs too."""

    async def give(connection: AsyncConnection) -> str:
        async with connection.transaction():
            links = Links(await signing_key(connection))
            return await webhooks.rotate(connection, links, _operator(), territory, webhook)

    print(run(give))


@app.command("replay")
def replay(
    territory: TerritoryOption,
    webhook: WebhookId,
    after: Annotated[str, typer.Option(metavar="MARK", help="Everything after this mark, such as 1-1234.")],
) -> None:
    """Tell it again what happened after a mark, each event under the id that it has; a server does so."""
    mark = Mark.parse(after)

    async def move(connection: AsyncConnection) -> None:
        async with connection.transaction():
            await webhooks.replay(connection, _operator(), territory, webhook, mark)

    run(move)
    console.tell("webhook-replayed", webhook=webhook, mark=after)


@app.command("failures")
def failures(territory: TerritoryOption, webhook: WebhookId) -> None:
    """Events that were given up, the last first."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", "deliveries", console.language()):
        table.add_column(heading)
    given_up = run(
        lambda connection: webhooks.deliveries_of(connection, _operator(), territory, webhook, 1000, state="failed")
    )
    for one in given_up:
        when = f"{one.done_at or one.due_at:%Y-%m-%dT%H:%M}"
        table.add_row(str(one.id), one.mark, one.state, str(one.attempts), when, escape(one.error or ""))
    console.out.print(table)


@app.command("remove")
def remove(territory: TerritoryOption, webhook: WebhookId) -> None:
    """Tell it nothing more."""

    async def take(connection: AsyncConnection) -> None:
        async with connection.transaction():
            await webhooks.remove(connection, _operator(), territory, webhook)

    run(take)
    console.tell("webhook-removed", webhook=webhook)


async def _owner(connection: AsyncConnection, key: int | None, login: str | None) -> Person:
    """A key or an account as who asks."""
    if key is not None:
        found = await key_of(connection, key)
        return Person(None, f"service:{found.name}", (found.grant,), frozenset(found.rights), key=found.id)
    account = await account_of(connection, login=login)
    return Person(account.id, account.login, tuple(given.grant for given in account.grants))
