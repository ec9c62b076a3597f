"""`wangge audit`: whether closed means fixed: closed cases drawn by chance, and what their judgements come to."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from wangge.api.cli.terminal import console, operator
from wangge.api.cli.terminal.options import moment_of
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.grid import Grid
from wangge.reports.audit.audits import (
    MOST,
    SEEDS,
    SIZE,
    Audit,
    Plan,
    audits_of,
    find_audit,
    judgements_of,
    make_audit,
)
from wangge.reports.audit.drawing import STRATA
from wangge.reports.audit.estimating import Rate
from wangge.reports.audit.rates import Beside, beside
from wangge.reports.figures.counting import By, Figure
from wangge.store.engine import connect, connect_async
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str, typer.Argument(help="Code of the territory.")]
AuditId = Annotated[int, typer.Argument(min=1, help="Id of an audit.")]


@app.command("draw")
def draw(
    territory: Territory,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Of cases received then or later.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Of cases received before then.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="Of those closed by then; now if left out.")
    ] = None,
    by: Annotated[
        list[By] | None,
        typer.Option(help="What cases are put into strata by: cell, category, organisation; all three."),
    ] = None,
    level: Annotated[str | None, typer.Option(help="Level of the cells; the top one if left out.")] = None,
    size: Annotated[int, typer.Option(min=1, max=MOST, help="How many are drawn.")] = SIZE,
    seed: Annotated[int | None, typer.Option(min=0, max=SEEDS - 1, help="The same seed draws the same cases.")] = None,
) -> None:
    """Draw closed cases by chance, to be judged by auditors on their screen. Every draw stays on record."""
    url, grid = _place(territory)
    if level is not None and level not in (known := [one.key for one in grid.levels]):
        raise typer.BadParameter(", ".join(known), param_hint="--level")
    if by is not None and (strange := set(by) - set(STRATA)):
        raise typer.BadParameter(", ".join(strange), param_hint="--by")
    now, zone = datetime.now(UTC), grid.timezone
    plan = Plan(
        min(moment_of(as_of, zone, "--as-of") or now, now),
        level or grid.levels[0].key,
        moment_of(since, zone, "--from"),
        moment_of(until, zone, "--to"),
        tuple(one for one in STRATA if by is None or one in by),
        size,
        seed,
    )

    async def make() -> Audit:
        async with await connect_async(url) as connection, connection.transaction():
            return await find_audit(connection, territory, await make_audit(connection, grid, plan, operator.by(), now))

    made = asyncio.run(make())
    told = {"audit": made.id, "drawn": made.drawn, "cases": made.cases, "strata": len(made.strata)}
    console.tell("audit-drawn", seed=made.plan.seed, **told)


@app.command("list")
def show_list(territory: Territory) -> None:
    """The audits of a territory, the last first."""
    url, grid = _place(territory)

    async def ask() -> list[Audit]:
        async with await connect_async(url) as connection:
            return await audits_of(connection, territory, 1000)

    table = _table("audits")
    for one in asyncio.run(ask()):
        at = one.plan.as_of.astimezone(grid.timezone).strftime("%Y-%m-%d %H:%M")
        table.add_row(*map(str, (one.id, at, one.actor, one.cases, one.drawn, one.judged, one.plan.seed)))
    console.out.print(table)


@app.command("show")
def show(territory: Territory, audit: AuditId) -> None:
    """How many closed cases are truly solved, with the interval of 95 %, beside the closure rate."""
    url, grid = _place(territory)

    async def ask() -> tuple[Beside, dict[By, list[Beside]]]:
        async with await connect_async(url) as connection:
            found = await find_audit(connection, territory, audit)
            return await beside(connection, grid, found, datetime.now(UTC))

    total, lines = asyncio.run(ask())
    table = _table("audit-rates")
    for line in [one for some in lines.values() for one in some]:
        table.add_row(_name(line.about), *_cells(line))
    table.add_row("Σ", *_cells(total))
    console.out.print(table)


@app.command("record")
def record(territory: Territory, audit: AuditId) -> None:
    """Every judgement as it was made, with who made it, as a line of JSON each: for the operator, not for judges."""
    url, _ = _place(territory)

    async def ask() -> list[dict[str, Any]]:
        async with await connect_async(url) as connection:
            return await judgements_of(connection, (await find_audit(connection, territory, audit)).id)

    for one in asyncio.run(ask()):
        typer.echo(orjson.dumps(one).decode())


def _place(territory: str) -> tuple[str, Grid]:
    url = ready_database(Settings())
    with connect(url) as connection:
        return url, load_grid(connection, territory)


def _table(heads: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for place, head in enumerate(messages.words("headings", heads, console.language())):
        table.add_column(head, justify="right" if place else "left")
    return table


def _name(about: dict[str, Any]) -> str:
    name = about["name"]
    return spoken(name, console.language()) if isinstance(name, dict) else str(name)


def _cells(line: Beside) -> tuple[str, ...]:
    return *_rate(line.solved), _figure(line.closure), _figure(line.not_fixed)


def _rate(rate: Rate) -> tuple[str, str, str]:
    if rate.value is None or rate.low is None or rate.high is None:
        return "–", "", "0"
    return f"{rate.value:.1%}", f"{rate.low:.1%} – {rate.high:.1%}", f"{rate.judged:,}"


def _figure(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.1f}%"
