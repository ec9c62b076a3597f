"""`wangge templates`: the texts that moves are made with."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.operator import by
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.reports.categories.queries import CATEGORY_CODES
from wangge.reports.templates.templates import (
    Template,
    checked,
    read_templates,
    store_templates,
    take_template,
    templates_of,
)
from wangge.store.engine import connect, connect_async

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Code of the template, such as lamp-answer.")]


@app.command("list")
def list_templates(
    territory: TerritoryOption,
    move: Annotated[str | None, typer.Option(help="Only those of this move.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The templates of a territory."""
    found = asyncio.run(_found(database_of(territory), territory, move))
    if as_json:
        entries = [{name: getattr(template, name) for name in Template.__slots__} for template in found]
        console.out.print_json(json.dumps(entries, ensure_ascii=False))
        return
    language = console.language()
    table = Table(*messages.words("headings", "templates", language), box=None, header_style="dim", pad_edge=False)
    for template in found:
        title = messages.word("moves", template.move, language)
        said = spoken(template.name, language), spoken(template.text, language)
        table.add_row(template.code, title, template.field, template.category or "", *map(escape, said))
    console.out.print(table)


@app.command("set")
def set_template(
    code: Code,
    territory: TerritoryOption,
    move: Annotated[str, typer.Option(help="Name of the move, such as answer or close.")],
    name: Annotated[str, typer.Option(help="What it is called, in English.")] = "",
    name_zh: Annotated[str, typer.Option(help="What it is called, in Chinese.")] = "",
    text: Annotated[str, typer.Option(help="The text in English, with places such as {number} and {due}.")] = "",
    text_zh: Annotated[str, typer.Option(help="The text in Chinese.")] = "",
    field: Annotated[str, typer.Option(help="Field of the move: note or reason.")] = "note",
    category: Annotated[str | None, typer.Option(help="Only for cases of this category.")] = None,
) -> None:
    """Keep one template, in the place of the one with its code; what is said in one language stands for the other."""
    with connect(database_of(territory)) as connection:
        known = [one for (one,) in connection.execute(CATEGORY_CODES, {"territory": territory})]
        names = {language: said for language, said in (("en", name), ("zh", name_zh)) if said}
        texts = {language: said for language, said in (("en", text), ("zh", text_zh)) if said}
        template = checked(Template(code, move, names, texts, field, category), known)
        store_templates(connection, territory, [template], by())
    console.tell("templates-stored", territory=territory, count=1)


@app.command("remove")
def remove_template(code: Code, territory: TerritoryOption) -> None:
    """Keep a template no longer."""
    asyncio.run(_remove(database_of(territory), territory, code))
    console.tell("template-removed", territory=territory, template=code)


@app.command("import")
def import_templates(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help=escape("TOML: [[templates]] with code, move, name, text.")),
    ],
    territory: TerritoryOption,
) -> None:
    """Keep the templates of a file, or say what is wrong with them and keep none; others stay."""
    with connect(database_of(territory)) as connection:
        known = [one for (one,) in connection.execute(CATEGORY_CODES, {"territory": territory})]
        templates = read_templates(file, known)
        store_templates(connection, territory, templates, by())
    console.tell("templates-stored", territory=territory, count=len(templates))


async def _found(url: str, territory: str, move: str | None) -> list[Template]:
    async with await connect_async(url) as connection:
        return await templates_of(connection, territory, move)


async def _remove(url: str, territory: str, code: str) -> None:
    async with await connect_async(url) as connection:
        await take_template(connection, territory, code, by())
