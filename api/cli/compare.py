"""`wangge compare`: two periods or two kinds beside each other, a sentence a cell."""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated

import orjson
import typer
from rich.markup import escape

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.data import messages
from wangge.geo.grid import Grid
from wangge.patterns.columns.shelf import Shelf
from wangge.patterns.comparison.asked import Against, Asked
from wangge.patterns.comparison.comparing import Comparison, compare_cells
from wangge.patterns.comparison.telling import as_answer, sentence
from wangge.patterns.counts.asked import Filter
from wangge.reports.categories.categories import category_codes
from wangge.reports.errors import UnknownCategory
from wangge.reports.feed.sequencing import tick
from wangge.store.engine import AsyncConnection, connect, connect_async, snapshot
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["compare"]

Kinds = Annotated[list[str] | None, typer.Option(help="Only this category, of both; may be given again.")]


def compare(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    before: Annotated[str, typer.Option(metavar="FIRST/LAST", help="Days, such as 2025-05-01/2025-05-31.")],
    after: Annotated[str, typer.Option(metavar="FIRST/LAST", help="Days to set beside them.")],
    category: Kinds = None,
    before_category: Annotated[list[str] | None, typer.Option(help="Only this category, of the first side.")] = None,
    after_category: Annotated[list[str] | None, typer.Option(help="Only this category, of the second.")] = None,
    level: Annotated[str | None, typer.Option(help="Level of the cells; the top one if left out.")] = None,
    against: Annotated[Against | None, typer.Option(help="The share of the days, or that of all reports.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also cells that are not told from chance.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Where there is more or less than before, or more of one kind than of another, and how sure that is."""
    settings = Settings()
    url = ready_database(settings)
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    levels = [one.key for one in grid.levels]
    if level is not None and level not in levels:
        raise typer.BadParameter(", ".join(levels), param_hint="--level")
    today = datetime.now(UTC).astimezone(grid.timezone).date()
    sides = (
        _side(before, "--before", before_category or category),
        _side(after, "--after", after_category or category),
    )
    asked = Asked.of(whole(territory), *sides, level or levels[0], against, today)
    found = asyncio.run(_found(url, settings, grid, asked))
    if as_json:
        print(orjson.dumps(as_answer(found)).decode())
    else:
        _print(found, every=every)


def _side(days: str, option: str, categories: list[str] | None) -> Filter:
    try:
        first, last = (date.fromisoformat(day.strip()) for day in days.split("/"))
    except ValueError:
        raise typer.BadParameter(f"{days!r} is not two days such as 2025-05-01/2025-05-31", param_hint=option) from None
    return Filter(since=first, until=last, categories=None if categories is None else frozenset(categories))


async def _found(url: str, settings: Settings, grid: Grid, asked: Asked) -> Comparison:
    async with await connect_async(url) as connection:
        await tick(connection)  # so that columns which nobody keeps are known to be behind
        return await _compared(connection, settings, grid, asked)


async def _compared(connection: AsyncConnection, settings: Settings, grid: Grid, asked: Asked) -> Comparison:
    async with snapshot(connection):
        known = await category_codes(connection, grid.territory)
        for code in sorted((asked.before.categories or frozenset()) | (asked.after.categories or frozenset())):
            if code not in known:
                raise UnknownCategory(category=code, known=list(known))
        return await compare_cells(connection, Shelf(settings.home), grid, asked)


def _print(found: Comparison, *, every: bool) -> None:
    language, against = console.language(), found.asked.against
    if not found.cells:
        console.out.print(messages.word("comparison", "none", language))
        return
    shown = [cell for cell in found.cells if every or cell.differs]
    for one in [found.whole, *sorted(shown, key=lambda cell: (cell.q is None, cell.q, cell.code))]:
        console.out.print(escape(sentence(one, against, language)), soft_wrap=True)
    left = len(found.cells) - len(shown)
    notes = [messages.word("comparison", "others", language, n=left)] if left else []
    for note in [*notes, messages.word("comparison", "note", language)]:
        console.out.print(f"[dim]{note}[/dim]", soft_wrap=True)
