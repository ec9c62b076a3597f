"""`wangge categories`: the kinds of matter that a territory takes."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import database_of
from wangge.api.cli.users import run
from wangge.data import messages
from wangge.data.languages import LANGUAGES
from wangge.geo.files.tomltext import toml_text
from wangge.geo.files.writing import write_text
from wangge.reports.categories.categories import put_categories, read_categories
from wangge.reports.categories.classes import classes_of, put_classes
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.queries import CATEGORIES, EVERY_CODE, GROUPS_OF_TERRITORY
from wangge.store.engine import AsyncConnection, connect
from wangge.store.grids.loading import check_territory
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Territory = Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")]


@app.command("import")
def import_categories(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help=escape("TOML: [[categories]] with code, name, group, public, words, photos, questions."),
        ),
    ],
    territory: Territory,
) -> None:
    """Add the categories of a file to a territory, or rename and reorder those it has; none is taken away."""
    categories = read_categories(file)
    with connect(ready_database(Settings())) as connection:
        check_territory(connection, territory)
        put_categories(connection, territory, categories)
    console.out.print(f"{territory}: {len(categories.entries)}")


@app.command("export")
def export_categories(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="TOML to write.")],
) -> None:
    """Write the categories of a territory to a file that can be changed and imported again."""
    with connect(ready_database(Settings())) as connection:
        check_territory(connection, territory)
        rows = connection.execute(CATEGORIES, (territory,)).fetchall()
        groups = connection.execute(GROUPS_OF_TERRITORY, (territory,)).fetchall()
    entries = [
        {"code": code, "name": name, "group": group, "public": None if public == Publicity.COUNTS else public}
        | {"words": words or None, "photos": None if photos == Proof.NONE else photos, "questions": questions}
        for code, name, group, public, words, photos, questions, _ in rows
    ]
    kept = [{"code": code, "name": name} for code, name in groups]
    write_text(output, toml_text({"groups": kept, "categories": entries}))
    console.tell("categories-exported", territory=territory, count=len(rows))


@app.command("classes")
def classes(
    territory: Territory,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX with category, major_class, minor_class."),
    ] = None,
) -> None:
    """Keep which classes of the national platform the categories are; without a file, print those that are kept."""
    if file is not None:
        database_of(territory)
        run(lambda connection: _keep(connection, territory, file))
    kept = run(lambda connection: classes_of(connection, territory))
    typer.echo("category,major_class,minor_class")
    for category, pair in sorted(kept.of.items()):
        typer.echo(",".join((category, *pair)))


async def _keep(connection: AsyncConnection, territory: str, file: Path) -> None:
    from wangge.reports.bulk.classes import read_classes  # Arrow, which the other commands never need

    rows = await (await connection.execute(EVERY_CODE, {"territory": territory})).fetchall()
    await put_classes(connection, territory, read_classes(file, [code for (code,) in rows]), by())


@app.command("list")
def list_categories(
    territory: Territory,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The categories of a territory, in the order that people see, with the number of their reports."""
    with connect(ready_database(Settings())) as connection:
        check_territory(connection, territory)
        rows = connection.execute(CATEGORIES, (territory,)).fetchall()
    if as_json:
        entries = [
            {"code": code, "name": name, "group": group, "public": public, "photos": photos, "reports": reports}
            for code, name, group, public, _, photos, _, reports in rows
        ]
        typer.echo(json.dumps({"categories": entries}, ensure_ascii=False))
        return
    code_head, reports_head = messages.words("headings", "categories", console.language())
    table = Table(code_head, *LANGUAGES, reports_head, box=None, header_style="dim", pad_edge=False)
    for code, name, *_, reports in rows:
        table.add_row(code, *(name.get(language, "") for language in LANGUAGES), str(reports))
    console.out.print(table)
