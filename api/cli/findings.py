"""`wangge findings`: where problems cluster, found and told."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import psycopg
import typer

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.geo.files.writing import WRITABLE, Layer, write, write_to
from wangge.geo.grid import Grid
from wangge.patterns.findings.dense import dense_layer
from wangge.patterns.findings.emerged import Emerged, emerged, few_sentences, leading
from wangge.patterns.findings.emerged import as_answer as emerged_as_answer
from wangge.patterns.findings.emerged import sentence as emerged_sentence
from wangge.patterns.findings.evidence import Gathered, ground_of
from wangge.patterns.findings.exporting import finding_layer
from wangge.patterns.findings.gathering import gather
from wangge.patterns.findings.nightly import last_whole_day, look
from wangge.patterns.findings.telling import as_answer, findings_of, last_run, run_as_answer, sentence, unseen_sentences
from wangge.reports.categories.categories import categories_of
from wangge.reports.errors import UnknownCategory
from wangge.store.engine import AsyncConnection, connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str, typer.Argument(help="Code of the territory.")]


Every = Annotated[bool, typer.Option("--all", help="Also what was found before and is not seen any more.")]


@app.command("show")
def show(
    territory: Territory,
    every: Every = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What the last look found, a sentence each, and what could not have been seen."""
    url = database_url(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)

    async def ask(connection: AsyncConnection) -> tuple[Any, list[Any], Any, Emerged | None]:
        run, found = await _found(connection, territory, every)
        taken = (await categories_of(connection, territory)).entries
        stood = await emerged(connection, grid, whole(territory))
        return run, found, {one.code: dict(one.name) for one in taken}, stood

    run, found, names, stood = _with(url, ask)
    if as_json:
        over_months = None if stood is None else emerged_as_answer(stood, names)
        told = {"run": run and run_as_answer(run, names), "findings": [as_answer(one) for one in found]}
        print(orjson.dumps(told | {"emerging": over_months}).decode())
        return
    language = console.language()
    for one in found:
        console.out.print(sentence(one, language), soft_wrap=True)
    if run is None:
        console.err.print(messages.word("findings", "never", language))
        return
    if not found:
        console.out.print(messages.word("findings", "none", language, day=run["day"]))
    for place in leading(stood) if stood else ():
        console.out.print(emerged_sentence(place, len(stood.months), names, language), soft_wrap=True)
    few = few_sentences(stood, names, language) if stood else []
    for line in [*unseen_sentences(run["unseen"], names, language), *few]:
        console.out.print(f"[dim]{line}[/dim]", soft_wrap=True)


@app.command("export")
def export(
    territory: Territory,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file; - is standard output.")],
    every: Every = False,
    form: Annotated[str | None, typer.Option("--format", metavar="|".join(WRITABLE), help="Else FILE's name.")] = None,
) -> None:
    """Write the findings to a file, each with the area of its base grids and its sentence in every language."""
    url = database_url(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)

    async def ask(connection: AsyncConnection) -> list[Any]:
        return (await _found(connection, territory, every, shapes=True))[1]

    layer = finding_layer(grid, _with(url, ask))
    _write(layer, output, form, "findings-exported", "findings")


@app.command("dense")
def dense(
    territory: Territory,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file; - is standard output.")],
    category: Annotated[str | None, typer.Option(help="Only this category (its code).")] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="So many days, the last of which is --day.")] = 90,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; yesterday if left out.")
    ] = None,
    least: Annotated[int, typer.Option(min=3, help="Sessions that a place has at least.")] = 10,
    form: Annotated[str | None, typer.Option("--format", metavar="|".join(WRITABLE), help="Else FILE's name.")] = None,
) -> None:
    """Write where residents' sessions lie densely, with hulls. It says where, not that it is more than usual."""
    url = database_url(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    ground = ground_of(grid)
    last = day.date() if day else last_whole_day(grid, datetime.now(UTC))
    given: Gathered = _with(url, lambda connection: gather(connection, grid, ground, last))
    if category is not None and category not in given.categories:
        raise UnknownCategory(category=category, known=given.categories)
    layer = dense_layer(grid, given, ground, category, days, least)
    _write(layer, output, form, "dense-exported", "places")


def _write(layer: Layer, output: Path, form: str | None, told: str, counted: str) -> None:
    """Write a layer to a file or to standard output; `told` names the message that says so, `counted` its number."""
    if str(output) == "-":
        write_to(layer, sys.stdout.buffer, form or "geojson")
        return
    facts = {counted: write(layer, output, form), "file": str(output)}
    console.out.print(messages.text(told, facts, console.language())[1], soft_wrap=True)


@app.command("run")
def run(
    territory: Territory,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day that is looked at; yesterday if left out."),
    ] = None,
) -> None:
    """Look now instead of at night, again if it was done already, and show what was found."""
    url = database_url(Settings())
    with connect(url) as connection:
        grid: Grid = load_grid(connection, territory)
    last = day.date() if day else last_whole_day(grid, datetime.now(UTC))
    _with(url, lambda connection: look(connection, grid, last, again=True))
    show(territory)


async def _found(
    connection: AsyncConnection, territory: str, every: bool, *, shapes: bool = False
) -> tuple[dict[str, Any] | None, list[Any]]:
    """The last look, and what it saw, or what was ever found."""
    run = await last_run(connection, territory)
    since = None if every or run is None else run["day"]
    return run, await findings_of(connection, whole(territory), since=since, shapes=shapes, limit=None)


def _with(url: str, ask: Any) -> Any:
    """What a coroutine answers that is given a connection."""

    async def do() -> Any:
        options = "-c timezone=UTC"
        async with await psycopg.AsyncConnection.connect(url, options=options, autocommit=True) as connection:
            return await ask(connection)

    return asyncio.run(do())
