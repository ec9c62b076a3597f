"""The texts of moves: read from TOML files, checked, and kept in the database."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.duty.findings import Finding, refuse
from wangge.geo.errors import WanggeError
from wangge.reports.case.lifecycle import Kind, Standing
from wangge.reports.case.table import MOVES
from wangge.reports.templates import queries
from wangge.reports.templates.filling import PLACES, BadPlace, places_in
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.versions import Stale

__all__ = [
    "FIELDS_OF_MOVES",
    "LONGEST",
    "BadTemplate",
    "Template",
    "UnknownTemplate",
    "checked",
    "put_template",
    "read_templates",
    "store_templates",
    "take_template",
    "templates_of",
]

FIELDS_OF_MOVES: Mapping[str, tuple[str, ...]] = {
    name: fields
    for name, move in MOVES.items()
    if move.standing is not Standing.SERVICE
    and (fields := tuple(need.name for need in move.needs if need.kind is Kind.TEXT and need.name != "description"))
}
"""The fields of each move that take a text."""

LONGEST = {"note": 2000, "reason": 200}
"""Characters of a text before it is filled; a move takes no longer reasons."""

ALL = {"move": None, "category": None}

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class UnknownTemplate(WanggeError):
    """The territory has no such template. Facts: `template`."""

    kind = "unknown-template"


class BadTemplate(WanggeError):
    """Something of a template cannot be. Facts: `field`, `reason` (a kind of `[fields]` in the wording)."""

    kind = "bad-field"


@dataclass(frozen=True, slots=True)
class Template:
    """A text for a field of a move, for cases of a category or of all (None); names and texts by language.

    `version` counts how often it was stored; 0 before.
    """

    code: str
    move: str
    name: Mapping[str, str]
    text: Mapping[str, str]
    field: str = "note"
    category: str | None = None
    position: int = 0
    version: int = attribute(default=0, compare=False)


def checked(template: Template, categories: Collection[str]) -> Template:
    """The template with its name and text in every language.

    Raises
    ------
    BadTemplate
    """
    if not _CODE.fullmatch(template.code):
        raise BadTemplate(field="code", reason="template_code")
    if template.move not in FIELDS_OF_MOVES:
        raise BadTemplate(field="move", reason="enum", expected=", ".join(FIELDS_OF_MOVES))
    if template.field not in FIELDS_OF_MOVES[template.move]:
        raise BadTemplate(field="field", reason="enum", expected=", ".join(FIELDS_OF_MOVES[template.move]))
    if template.category is not None and template.category not in categories:
        raise BadTemplate(field="category", reason="enum", expected=", ".join(categories))
    for language, text in template.text.items():
        if len(text) > (longest := LONGEST[template.field]):
            raise BadTemplate(field=f"text.{language}", reason="string_too_long", max_length=longest)
        try:
            places_in(text)
        except BadPlace:
            raise BadTemplate(field=f"text.{language}", reason="template_place", expected=_places()) from None
    names = {"name": in_every_language(template.name), "text": in_every_language(template.text)}
    for field, given in names.items():
        if not given:
            raise BadTemplate(field=field, reason="missing")
    return Template(**{name: getattr(template, name) for name in Template.__slots__} | names)


def _places() -> str:
    return ", ".join(f"{{{name}}}" for name in PLACES)


def read_templates(file: Path, categories: Collection[str]) -> list[Template]:
    """The templates of a TOML file: tables `[[templates]]` with code, move, field, category, name and text.

    Raises
    ------
    BadEntries : with everything that is wrong, by record and field.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        refuse([Finding(0, "TOML", "toml", None, {"error": str(error)})], str(file))
    tables = document.get("templates")
    if not isinstance(tables, list) or not tables or len(document) != 1:
        refuse([Finding(0, "templates", "toml_table", None, {"expected": "[[templates]]"})], str(file))
    assert isinstance(tables, list)  # noqa: S101 - else it was refused
    found: list[Template] = []
    wrong: list[Finding] = []
    for record, table in enumerate(tables, 1):
        try:
            template = checked(_template(table, len(found)), categories)
            if (other := next((n for n, one in enumerate(found, 1) if one.code == template.code), None)) is not None:
                raise BadTemplate(field="code", reason="twice", other=other)
            found.append(template)
        except BadTemplate as error:
            facts = dict(error.facts)
            wrong.append(Finding(record, facts.pop("field"), facts.pop("reason"), None, facts))
    refuse(wrong, str(file))
    return found


def _template(table: Any, position: int) -> Template:
    """A table of a file as a template, its values of the right kinds."""
    if not isinstance(table, dict):
        raise BadTemplate(field="templates", reason="toml_table", expected="[[templates]]")
    for field in table.keys() - {"code", "move", "field", "category", "name", "text"}:
        raise BadTemplate(field=field, reason="extra_forbidden")
    for field in ("code", "move", "field", "category"):
        if field in table and not isinstance(table[field], str):
            raise BadTemplate(field=field, reason="string_type")
    for field in ("name", "text"):
        value = table.get(field)
        if not isinstance(value, dict) or not value:
            raise BadTemplate(field=field, reason="name_table" if value is not None else "missing")
        for language, text in value.items():
            if language not in LANGUAGES:
                raise BadTemplate(field=f"{field}.{language}", reason="enum", expected=", ".join(LANGUAGES))
            if not isinstance(text, str):
                raise BadTemplate(field=f"{field}.{language}", reason="string_type")
    for field in ("code", "move"):
        if field not in table:
            raise BadTemplate(field=field, reason="missing")
    return Template(position=position, **table)


def _row(territory: str, template: Template, expected: int | None = None) -> dict[str, Any]:
    row = {name: getattr(template, name) for name in Template.__slots__}
    texts = {"name": Jsonb(template.name), "text": Jsonb(template.text)}
    return row | texts | {"expected": expected, "territory": territory}


async def templates_of(
    connection: AsyncConnection, territory: str, move: str | None = None, category: str | None = None
) -> list[Template]:
    """The templates of a territory: of a move, and for a category, where these are given."""
    asked = {"territory": territory, "move": move, "category": category}
    rows = await (await connection.execute(queries.TEMPLATES, asked)).fetchall()
    return [_template_of(row) for row in rows]


async def put_template(
    connection: AsyncConnection, territory: str, template: Template, by: str, *, expected: int | None = None
) -> Template:
    """Store a template that was checked, in the place of the one with its code; who did it is kept, with what was.

    Raises
    ------
    Stale : there is another version than `expected`; 0 for none.
    """
    rows = await (await connection.execute(queries.TEMPLATES, {"territory": territory} | ALL)).fetchall()
    stored = await (await connection.execute(queries.PUT, _row(territory, template, expected))).fetchone()
    if stored is None:
        raise Stale(version=next((one.version for one in map(_template_of, rows) if one.code == template.code), 0))
    await connection.execute(*recorded(by, _changes(territory, rows, [template])))
    return replace(template, version=stored[0])


def store_templates(connection: Connection, territory: str, templates: Sequence[Template], by: str) -> None:
    """Store templates that were checked; others stay. Who did it is kept, with what stood there."""
    rows = connection.execute(queries.TEMPLATES, {"territory": territory} | ALL).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(queries.PUT, [_row(territory, template) for template in templates])
    connection.execute(*recorded(by, _changes(territory, rows, templates)))


async def take_template(
    connection: AsyncConnection, territory: str, code: str, by: str, *, expected: int | None = None
) -> None:
    """Take a template away, and keep who did and what it was.

    Raises
    ------
    UnknownTemplate
    Stale : there is another version than `expected`.
    """
    found = {template.code: template for template in await templates_of(connection, territory)}
    if code not in found:
        raise UnknownTemplate(template=code)
    values = {"territory": territory, "code": code, "expected": expected}
    if not (await connection.execute(queries.DELETE, values)).rowcount:
        raise Stale(version=found[code].version)
    change = Change(Subject.TEMPLATE, code, _facts(found[code]), None, territory)
    await connection.execute(*recorded(by, [change]))


def _changes(territory: str, rows: Sequence[tuple[Any, ...]], templates: Sequence[Template]) -> list[Change]:
    """What becomes another by storing templates, beside the rows that are there."""
    stored = {template.code: template for template in map(_template_of, rows)}
    return [
        Change(Subject.TEMPLATE, one.code, _facts(before) if before else None, _facts(one), territory)
        for one in templates
        if (before := stored.get(one.code)) != one
    ]


def _template_of(row: tuple[Any, ...]) -> Template:
    code, move, category, fills, name, text, position, version = row
    return Template(code, move, name, text, fills, category, position, version)


def _facts(template: Template) -> dict[str, Any]:
    """A template as it is told of changes."""
    return {name: getattr(template, name) for name in Template.__slots__ if name not in ("code", "version")}
