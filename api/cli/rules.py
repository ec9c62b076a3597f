"""`wangge rules`: which desk or organisation a case goes to, in and out of a file, and tried before it counts."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.duty.desks import desk_names
from wangge.duty.documents import read_document, rules_toml
from wangge.duty.organisations import load_organisations
from wangge.duty.routing import Party, Rule, Rules
from wangge.duty.rules import check_rules, known_names, load_directory, load_rules, put_rules, rule_versions
from wangge.geo.files.writing import write_text
from wangge.reports.case.trials import Trial, try_rules
from wangge.reports.categories.categories import category_codes
from wangge.store.engine import AsyncConnection, connect, connect_async
from wangge.store.grids.loading import load_grid

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[rules]], the first that fits counts."))
]


@app.command("import")
def import_rules(
    file: File,
    territory: TerritoryOption,
    note: Annotated[str | None, typer.Option(help="Why they were changed; kept with the version.")] = None,
) -> None:
    """Make the rules of a file those in force, as a new version; the versions before are kept."""
    count, version = asyncio.run(_import(database_of(territory), territory, file, note))
    console.tell("rules-stored", territory=territory, count=count, version=version)


@app.command("export")
def export_rules(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="TOML to write.")],
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version; by default the one in force.")] = None,
) -> None:
    """Write the rules to a file that can be changed, tried and imported again."""
    rules = asyncio.run(_rules(database_of(territory), territory, version))
    write_text(output, rules_toml(rules.rules))
    console.tell("rules-exported", territory=territory, count=len(rules.rules), version=rules.version)


@app.command("versions")
def list_versions(territory: TerritoryOption) -> None:
    """The versions of the rules, the newest first."""
    found = asyncio.run(_versions(database_of(territory), territory))
    rows = [(v["version"], v["rules"], v["actor"], f"{v['made_at']:%Y-%m-%d %H:%M} UTC", v["note"]) for v in found]
    _print("rules-versions", rows)


@app.command("try")
def try_file(
    file: File,
    territory: TerritoryOption,
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many past cases to look at.")] = 1000,
) -> None:
    """See where the last cases would go by the rules of a file. Nothing is changed."""
    url = database_of(territory)
    rules, trial, names = asyncio.run(_try(url, territory, file, last))
    language = console.language()
    default = messages.text("rules-default", {}, language)[0]
    _print(
        "rules-by-rule",
        [
            (rule or "—", spoken(rules[rule - 1].name, language) if rule else default, cases)
            for rule, cases in trial.by_rule.items()
        ],
    )
    if trial.examples:
        console.out.print()
        rows = [
            (one.number, one.category, one.cell, *(_called(way.parties, names, language) for way in one.ways))
            for one in trial.examples
        ]
        _print("rules-elsewhere", rows)
    console.tell("rules-tried", territory=territory, cases=trial.cases, elsewhere=trial.elsewhere)


async def _import(url: str, territory: str, file: Path, note: str | None) -> tuple[int, int]:
    async with await connect_async(url) as connection:
        rules = await _read(connection, territory, file)
        return len(rules), await put_rules(connection, territory, rules, actor=by(), note=note)


async def _rules(url: str, territory: str, version: int | None) -> Rules:
    async with await connect_async(url) as connection:
        return await load_rules(connection, territory, version)


async def _versions(url: str, territory: str) -> list[dict[str, Any]]:
    async with await connect_async(url) as connection:
        return await rule_versions(connection, territory)


async def _try(
    url: str, territory: str, file: Path, last: int
) -> tuple[Sequence[Rule], Trial, Mapping[tuple[str, int], dict[str, str]]]:
    with connect(url) as sync:
        grid = load_grid(sync, territory)
    async with await connect_async(url) as connection:
        rules = await _read(connection, territory, file)
        current = await load_rules(connection, territory)
        directory = await load_directory(connection, territory)
        proposed = Rules(current.version, rules)
        trial = await try_rules(connection, whole(territory), grid, current, proposed, directory, last)
        names = {("desk", desk): name for desk, name in (await desk_names(connection, territory)).items()}
        organisations = await load_organisations(connection, territory)
        names |= {("organisation", one.id): one.name for one in organisations.values()}
        return rules, trial, names


async def _read(connection: AsyncConnection, territory: str, file: Path) -> tuple[Rule, ...]:
    document = read_document(file, ("rules",))
    categories = await category_codes(connection, territory)
    return check_rules(document["rules"], await known_names(connection, territory, categories), str(file))


def _called(
    parties: Sequence[Party], names: Mapping[tuple[str, int], dict[str, str]], language: messages.Language
) -> str:
    keys = [("desk", one.desk) if one.desk is not None else ("organisation", one.organisation or 0) for one in parties]
    return " + ".join(names.get(key, {}).get(language, str(key[1])) for key in keys)


def _print(headings: str, rows: Sequence[Sequence[Any]]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in messages.words("headings", headings, console.language()):
        table.add_column(heading)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.out.print(table)
