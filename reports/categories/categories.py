"""The kinds of matter that a territory takes, read from a TOML file and kept in the database."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from wangge.data import DATA
from wangge.data.languages import LANGUAGES, in_every_language
from wangge.geo.errors import WanggeError
from wangge.reports.categories import queries
from wangge.reports.errors import CategoryInUse, UnknownCategory
from wangge.store.engine import AsyncConnection, Connection

__all__ = [
    "DEFAULTS",
    "BadCategories",
    "Category",
    "categories_for",
    "categories_of",
    "category_codes",
    "put_categories",
    "put_category",
    "read_categories",
    "take_category",
]

DEFAULTS = DATA / "categories.toml"
"""The categories of a territory that brings none of its own."""

_CODE = re.compile(r"[^\s\x00-\x1f]{1,200}")


class BadCategories(WanggeError):
    """A file of categories that cannot be used. Facts: `file`, `record`, `field`, `expected`."""

    kind = "bad-categories"


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of matter; `name` maps a language to its name."""

    code: str
    name: dict[str, str]


def categories_for(folder: Path) -> list[Category]:
    """The categories that a territory's folder brings in `categories.toml`, else the default ones."""
    own = folder / "categories.toml"
    return read_categories(own if own.is_file() else DEFAULTS)


def read_categories(file: Path) -> list[Category]:
    """The categories of a TOML file, in order: tables `[[categories]]` with `code` and `name = { en, zh }`.

    Raises
    ------
    BadCategories : with the record and the field that is wrong.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCategories(file=str(file), record=0, field="categories", expected=str(error)) from None
    entries = document.get("categories")
    if not isinstance(entries, list) or not entries:
        raise BadCategories(file=str(file), record=0, field="categories", expected="[[categories]]")
    found: dict[str, Category] = {}
    for record, entry in enumerate(entries, 1):
        category = _category(file, record, entry)
        if category.code in found:
            raise BadCategories(file=str(file), record=record, field="code", expected=f"not twice {category.code}")
        found[category.code] = category
    return list(found.values())


def put_categories(connection: Connection, territory: str, categories: list[Category]) -> None:
    """Add categories to a territory, or rename and reorder those it has; none is taken away, reports may use it."""
    with connection.cursor() as cursor:
        cursor.executemany(
            queries.PUT_CATEGORY,
            [(territory, entry.code, Jsonb(entry.name), position) for position, entry in enumerate(categories)],
        )


async def put_category(
    connection: AsyncConnection, territory: str, code: str, name: dict[str, str], position: int | None
) -> None:
    """Add a category, at the end when no position is given, or rename one, and move it when one is."""
    await connection.execute(queries.PUT_ONE_CATEGORY, (territory, code, Jsonb(name), position, territory, position))


async def take_category(connection: AsyncConnection, territory: str, code: str) -> None:
    """Take a category from a territory.

    Raises
    ------
    UnknownCategory, CategoryInUse
    """
    try:
        taken = await connection.execute(queries.TAKE_CATEGORY, (territory, code))
    except ForeignKeyViolation:
        raise CategoryInUse(category=code) from None
    if not taken.rowcount:
        raise UnknownCategory(category=code, known=await category_codes(connection, territory))


async def categories_of(connection: AsyncConnection, territory: str) -> list[Category]:
    """The categories that a territory takes, in the order that people see."""
    rows = await connection.execute(queries.CATEGORIES_OF_TERRITORY, (territory,))
    return [Category(code, name) for code, name in await rows.fetchall()]


async def category_codes(connection: AsyncConnection, territory: str) -> list[str]:
    """Codes of the categories that a territory takes, in the order that people see."""
    rows = await connection.execute(queries.CATEGORY_CODES, {"territory": territory})
    return [code for (code,) in await rows.fetchall()]


def _category(file: Path, record: int, entry: Any) -> Category:
    code = entry.get("code") if isinstance(entry, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise BadCategories(file=str(file), record=record, field="code", expected="a short text without blanks")
    name = entry.get("name")
    if not isinstance(name, dict) or not {*LANGUAGES} & {*name} or not all(isinstance(v, str) for v in name.values()):
        raise BadCategories(file=str(file), record=record, field="name", expected='{ en = "…", zh = "…" }')
    return Category(code, in_every_language(name))
