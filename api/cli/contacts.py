"""`wangge contacts`: what is kept of reporters, and erased in time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.users import run
from wangge.data import messages
from wangge.reports.campaigns.board import erase_texts
from wangge.reports.intake.contacts import erase_contacts
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def contacts() -> None:
    """Contacts of reporters."""


@app.command("erase")
def erase(
    days: Annotated[int | None, typer.Option(min=0, help="Days after closing; WANGGE_CONTACT_DAYS.")] = None,
    days_open: Annotated[
        int | None, typer.Option(min=0, help="Days after receipt of what was never closed; WANGGE_CONTACT_DAYS_OPEN.")
    ] = None,
) -> None:
    """Erase the contacts whose time is over, on record, and texts of checklists. The server does so every hour."""
    settings = Settings()
    closed = timedelta(days=settings.contact_days if days is None else days)
    received = timedelta(days=settings.contact_days_open if days_open is None else days_open)
    now = datetime.now(UTC)
    count = run(lambda connection: erase_contacts(connection, now, closed, received, by()))
    run(lambda connection: erase_texts(connection, now - closed))
    title, detail = messages.text("contacts-erased", {"count": count}, console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
