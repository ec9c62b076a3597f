"""`wangge indicators`: how the figures are declared, what they are, and the proof that they come from the events."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Shown

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import moment_of
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.reports.figures.counting import By, Question
from wangge.reports.figures.declared import own_declarations, put_declarations, standing_declarations
from wangge.reports.figures.indicators import expanded, read_declarations, written
from wangge.reports.figures.integrity import count_suspects
from wangge.reports.figures.rebuilding import Proof, rebuild
from wangge.reports.figures.tabling import Table, tabled
from wangge.store.engine import AsyncConnection, connect
from wangge.store.grids.loading import load_grid
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app", "integrity"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str, typer.Argument(help="Code of the territory.")]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Of cases received then or later.")]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Of cases received before then.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="What had happened by then; now if left out.")
]

DIFFERENT = 1


@app.command("show")
def show(
    territory: Territory,
    by: Annotated[list[By] | None, typer.Option(help="What cases are counted by.")] = None,
    level: Annotated[str | None, typer.Option(help="Level of the cells; the top one if left out.")] = None,
    overlay: Annotated[str | None, typer.Option(help="Whose areas cases are counted by, with --by area.")] = None,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
) -> None:
    """The figures of a territory, as they stand or as of any date."""
    url = ready_database(Settings())
    with connect(url) as connection:
        grid = load_grid(connection, territory)
    if (By.AREA in (by or ())) is not (overlay is not None and grid.overlays.get(overlay) is not None):
        raise typer.BadParameter(", ".join(one.key for one in grid.overlays), param_hint="--overlay")
    zone = grid.timezone
    question = Question(
        whole(territory),
        datetime.now(UTC),
        as_of=moment_of(as_of, zone, "--as-of"),
        by=tuple(by or ()),
        level=level or grid.levels[0].key,
        overlay=overlay,
        since=moment_of(since, zone, "--from"),
        until=moment_of(until, zone, "--to"),
    )

    async def ask(connection: AsyncConnection) -> Table:
        declared = await standing_declarations(connection, territory)
        return await tabled(connection, grid, question, expanded(declared, grid.levels))

    _print(_with(url, ask))


@app.command("export")
def export(
    territory: Territory,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="TOML to write; - for the terminal.")],
    own: Annotated[bool, typer.Option("--own", help="Only what the territory declares itself.")] = False,
) -> None:
    """Write how the indicators of a territory are declared, in the form that import reads."""
    load = own_declarations if own else standing_declarations
    text = written(_with(ready_database(Settings()), lambda connection: load(connection, territory)))
    if str(output) == "-":
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


@app.command("import")
def import_indicators(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[indicators]]."))],
    territory: Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")],
) -> None:
    """Add the indicators of a file to a territory, or put them in the place of those with their keys."""
    declarations = read_declarations(file)
    with connect(ready_database(Settings())) as connection:
        load_grid(connection, territory)
        put_declarations(connection, territory, declarations, by())
    console.out.print(f"{territory}: {len(declarations)}")


@app.command("rebuild")
def rebuild_figures(
    mend: Annotated[bool, typer.Option("--mend", help="Put right what differs.")] = False,
) -> None:
    """Follow every case through its events again, and compare with what is kept of it for the figures.

    Exit code 0 when both agree, or what differed was mended; 1 when something differs.
    """
    with connect(ready_database(Settings()), autocommit=True) as connection:
        proof = rebuild(connection, mend=mend)
    _say(proof)
    if proof.different and not mend:
        raise typer.Exit(DIFFERENT)


def integrity(territory: Territory, since: Since = None, until: Until = None, as_of: AsOf = None) -> None:
    """What in the history of cases makes figures look better than they are: how many cases each check finds."""
    url = ready_database(Settings())
    with connect(url) as connection:
        zone = load_grid(connection, territory).timezone
    question = Question(
        whole(territory),
        datetime.now(UTC),
        as_of=moment_of(as_of, zone, "--as-of"),
        since=moment_of(since, zone, "--from"),
        until=moment_of(until, zone, "--to"),
    )
    for check, cases in _with(url, lambda connection: count_suspects(connection, question)).items():
        console.out.print(f"{cases:>9,}  {messages.text(f'integrity-{check}', {}, console.language())[0]}")


def _with(url: str, ask: Any) -> Any:
    """What a coroutine answers that is given a connection."""

    async def run() -> Any:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as connection:
            return await ask(connection)

    return asyncio.run(run())


WIDEST = 10_000  # characters: wider than any table, so that the terminal wraps it and nothing is left out


def _print(table: Table) -> None:
    """One indicator a line; counted by something, one of that a line, as wide as it takes: no figure is cut short."""
    language, by = console.language(), table.question.by
    shown = Shown(*(one.value for one in by), box=None, header_style="dim", pad_edge=False, show_header=bool(by))
    if not by:
        shown.add_column()
        shown.add_column(justify="right")
        for one, figure in zip(table.indicators, table.total, strict=True):
            shown.add_row(spoken(one.name, language, one.key), _figure(figure))
        console.out.print(shown)
        return
    for one in table.indicators:
        shown.add_column(spoken(one.name, language, one.key), justify="right", no_wrap=True)
    for line in table.lines:
        shown.add_row(*(_as_text(about, language) for about in line.about), *map(_figure, line.figures))
    shown.add_row("Σ", *[""] * (len(by) - 1), *map(_figure, table.total))
    Console(width=WIDEST).print(shown, soft_wrap=True)


def _as_text(about: dict[str, Any], language: str) -> str:
    name = about.get("name") or about.get("month")
    return spoken(name, language) if isinstance(name, dict) else str(name)


def _figure(figure: Any) -> str:
    if figure.value is None:
        return "—"
    return f"{figure.value:,}" if isinstance(figure.value, int) else f"{figure.value:.2f}"


def _say(proof: Proof) -> None:
    facts = {"cases": proof.cases, "versions": proof.versions, "different": proof.different}
    kind = "figures-agree" if not proof.different else "figures-mended" if proof.mended else "figures-differ"
    title, detail = messages.text(kind, facts, console.language())
    console.err.print(f"[bold]{title}[/bold]: {detail}", soft_wrap=True)
