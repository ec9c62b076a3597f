"""`wangge draft`: an edition to be. It is begun here, drawn in a GIS by OGC API, and proven and stored here."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from wangge.api.cli.grid import Findings, stored, tell
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import database_of
from wangge.data import messages
from wangge.planning.drafts import drafts
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Answer = TypeVar("Answer")

Territory = Annotated[str, typer.Argument(help="Code of the territory.")]
Repaired = Annotated[bool, typer.Option("--repair", help="Repair what is safe first, and list it.")]
Label = Annotated[str, typer.Argument(help="What the edition will be called.")]


@app.command("begin")
def begin(
    territory: Territory,
    label: Label,
    valid_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="From which day it is to hold.")
    ],
) -> None:
    """Begin a draft with the base grids of the current edition."""
    url = ready_database(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    since = valid_from.date()
    _with(url, lambda one: drafts.begin(one, territory, label, edition=grid.edition_id, valid_from=since, by=by()))
    facts = {"territory": territory, "draft": label, "cells": len(grid.leaves)}
    console.out.print(messages.text("draft-begun", facts, console.language())[1])


@app.command("list")
def list_drafts(
    territory: Territory, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Drafts, the newest first."""
    found = _with(database_of(territory), lambda one: drafts.drafts(one, territory))
    if as_json:
        print(json.dumps({"drafts": [asdict(one) for one in found]}, ensure_ascii=False, indent=2, default=str))
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", "drafts", console.language()):
        table.add_column(heading)
    for one in found:
        table.add_row(one.label, str(one.valid_from), one.edition, f"{one.cells:,}", f"{one.changed:,}", one.begun_by)
    console.out.print(table)


@app.command("check")
def check_draft(territory: Territory, label: Label, repaired: Repaired = False) -> None:
    """Prove that a draft makes a grid. Exit code 0 when it does, 1 when there are defects."""
    _, _, found = _findings(ready_database(Settings()), territory, label, repaired=repaired)
    tell(found)
    if found.defects:
        raise typer.Exit(1)


@app.command("store")
def store(
    territory: Territory,
    label: Label,
    repaired: Repaired = False,
    publish_it: Annotated[bool, typer.Option("--publish", help="Make it the edition that reports go into.")] = False,
    accept_defects: Annotated[
        str | None, typer.Option(metavar="WHY", help="Store it with its defects, and keep why that is right.")
    ] = None,
) -> None:
    """Store a draft as an edition that never changes; the draft is no more then."""
    url = ready_database(Settings())
    draft, state, found = _findings(url, territory, label, repaired=repaired)
    with stored(url, found, accept_defects, publish_it=publish_it) as connection:
        drafts.discard_stored(connection, territory, draft, state, by=by())


@app.command("discard")
def discard(territory: Territory, label: Label) -> None:
    """Throw a draft away."""
    _with(ready_database(Settings()), lambda one: drafts.discard(one, territory, label, by=by()))
    facts = {"territory": territory, "draft": label}
    console.out.print(messages.text("draft-discarded", facts, console.language())[1])


def _findings(url: str, territory: str, label: str, *, repaired: bool) -> tuple[drafts.Draft, drafts.State, Findings]:
    """A draft, how it stood when it was read, and what was found in it."""
    from wangge.geo.boundaries import Boundaries
    from wangge.geo.coverage import Repair, check, repair  # half a second of libraries
    from wangge.planning.drafts.redrawn import boundaries_of, rows_of_draft

    async def read(connection: AsyncConnection) -> tuple[drafts.Draft, drafts.State, Boundaries]:
        draft = await drafts.find_draft(connection, territory, label)
        state = await drafts.state_of(connection, draft)
        return draft, state, boundaries_of(territory, draft, await rows_of_draft(connection, draft))

    draft, state, boundaries = _with(url, read)
    repairs: list[Repair] = []
    if repaired:
        boundaries, repairs = repair(boundaries)
    return draft, state, Findings(boundaries, check(boundaries), repairs)


def _with(url: str, act: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with await connect_async(url) as connection, connection.transaction():
            return await act(connection)

    return asyncio.run(run())
