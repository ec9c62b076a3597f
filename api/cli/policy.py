"""`wangge policy`: by when each step of a case has to be done in a territory."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.data import messages
from wangge.reports.clock.sweep import apply_policies
from wangge.reports.policy.days import single_days
from wangge.reports.policy.policies import StoredPolicy, put_policy, read_policy, stored_policy
from wangge.reports.policy.tomltext import policy_toml
from wangge.store.engine import connect
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")]


@app.command("import")
def import_policy(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="TOML: docs/clock.md says how it is written.")
    ],
    territory: Territory,
) -> None:
    """Replace the limits of a territory, and its single days if the file has any. What runs stays as promised."""
    policy = read_policy(file)
    with connect(ready_database(Settings())) as connection:
        revision = put_policy(connection, territory, policy, by())
    _say("policy-stored", territory=territory, revision=revision)


@app.command("export")
def export_policy(
    territory: Territory,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="By default, the terminal.")
    ] = None,
) -> None:
    """Write a territory's limits and single days as TOML."""
    url = ready_database(Settings())
    stored = asyncio.run(_stored(url, territory))
    with connect(url) as connection:
        text = policy_toml(stored.document, single_days(connection, territory))
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@app.command("show")
def show_policy(territory: Territory) -> None:
    """The limits of a territory, step by step."""
    document = asyncio.run(_stored(ready_database(Settings()), territory)).document
    heads = messages.words("headings", "policy", console.language())
    table = Table(*heads, box=None, header_style="dim", pad_edge=False)
    for entry in document.limits:
        for category, step, urgency in entry.keys:
            table.add_row(step.value, category or "*", urgency.value if urgency else "*", entry.within)
    for level, span in document.levels.items():
        table.add_row("↑", level, "", span)
    console.out.print(table)


@app.command("apply")
def apply_policy() -> None:
    """Set the alarms of running cases by limits that were changed. Deadlines stay as they were promised.

    Running servers do so by themselves within a minute; this is for where none runs.
    """
    moved = asyncio.run(_apply(ready_database(Settings())))
    _say("policy-applied", count=moved)


async def _stored(url: str, territory: str) -> StoredPolicy:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await stored_policy(connection, territory)


async def _apply(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await apply_policies(connection, settled=timedelta(0))


def _say(kind: str, **facts: object) -> None:
    title, detail = messages.text(kind, facts, console.language())
    console.out.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
