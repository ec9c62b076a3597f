"""`wangge campaign`: declared from a file, listed, ended, and its board."""

import asyncio
import json
import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rich.markup import escape
from rich.table import Table

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.api.routes.cases.campaigns import board_answer, campaign_from
from wangge.api.schemas.campaigns import CampaignBody, CampaignCode
from wangge.data.languages import spoken
from wangge.data.messages import word
from wangge.duty.findings import Finding, refuse
from wangge.geo.grid import Grid
from wangge.reports.campaigns.campaigns import campaigns_of, end_campaign, find_campaign, put_campaign
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
Answer = TypeVar("Answer")


class _Declared(BaseModel):
    code: CampaignCode
    campaign: CampaignBody


Code = Annotated[str, typer.Argument(help="Code of the campaign.")]


@app.command("start")
def start(
    code: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML: docs/campaigns.md.")],
    territory: TerritoryOption,
) -> None:
    """Declare a campaign from a file, or change one that is not over; it runs from its first to its last day."""
    grid = _grid(territory)
    campaign = campaign_from(*_declared(code, file))
    _with(database_of(territory), lambda connection: put_campaign(connection, grid, campaign, by=by()))
    console.out.print(f"{territory}: {code}")


@app.command("list")
def list_all(territory: TerritoryOption) -> None:
    """The campaigns of a territory, the latest first."""
    grid = _grid(territory)
    today = datetime.now(grid.timezone).date()
    table = Table("", "", "", "", "", box=None, show_header=False, pad_edge=False)
    for one in _with(database_of(territory), lambda connection: campaigns_of(connection, territory)):
        stage = word("campaign_stages", one.stage(today), console.language())
        table.add_row(one.code, escape(spoken(one.name, console.language())), str(one.since), str(one.until), stage)
    console.out.print(table)


@app.command("end")
def end(code: Code, territory: TerritoryOption) -> None:
    """End a campaign now. Its cases go on; no new ones come in."""
    _with(database_of(territory), lambda connection: end_campaign(connection, _grid(territory), code, by=by()))
    console.out.print(f"{territory}: {code} {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")


@app.command("board")
def board(
    code: Code,
    territory: TerritoryOption,
    level: Annotated[str | None, typer.Option("--level", help="Of the cells.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How a campaign stands: places looked at, and cases, by cell."""
    grid = _grid(territory)
    language = console.language()

    async def ask(connection: AsyncConnection) -> dict[str, Any]:
        campaign = await find_campaign(connection, territory, code)
        return await board_answer(connection, grid, campaign, whole(territory), level, language)

    told = _with(database_of(territory), ask)
    if as_json:
        console.out.print_json(json.dumps(told, ensure_ascii=False, default=str))
        return
    heads = word("headings", "campaign", language).split("|")
    table = Table("", "", *heads, box=None, header_style="dim", pad_edge=False)
    for row in told["cells"]:
        counts = (row["looked_at"], row["places"], row["cases"], row["open"], row["overdue"])
        table.add_row(row["cell"]["code"], escape(row["cell"]["name"]), *map(str, counts))
    console.out.print(table)


def _declared(code: str, file: Path) -> tuple[str, CampaignBody]:
    """A campaign's code and what a file says of it. Raises BadEntries, with all that is wrong."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        refuse([Finding(0, "TOML", "toml", None, {"error": str(error)})], str(file))
        raise
    try:
        told = _Declared.model_validate({"code": code, "campaign": document})
    except ValidationError as error:
        refuse([_finding(one) for one in error.errors()], str(file))
        raise
    return told.code, told.campaign


def _finding(error: ErrorDetails) -> Finding:
    field = ".".join(str(part) for part in error["loc"]).removeprefix("campaign.")
    return Finding(0, field, error["type"], None, dict(error.get("ctx", {})))


def _grid(territory: str) -> Grid:
    with connect(database_of(territory)) as connection:
        return load_grid(connection, territory)


def _with(url: str, ask: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        async with await connect_async(url) as connection:
            return await ask(connection)

    return asyncio.run(asked())
