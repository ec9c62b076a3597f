"""The kinds of matter that a territory takes, read from a TOML file and kept in the database."""

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from wangge.data import DATA
from wangge.data.languages import LANGUAGES, in_every_language
from wangge.geo.errors import WanggeError
from wangge.reports.categories import queries
from wangge.reports.categories.proof import Proof
from wangge.reports.categories.publicity import Publicity
from wangge.reports.categories.questions import Question, questions_from
from wangge.reports.errors import BadArgument, CategoryInUse, UnknownCategory, UnknownGroup
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection, first_value
from wangge.store.versions import Stale

__all__ = [
    "DEFAULTS",
    "WORD",
    "BadCategories",
    "Categories",
    "Category",
    "Group",
    "campaign_codes",
    "categories_for",
    "categories_of",
    "category_codes",
    "check_categories",
    "codes_beside",
    "least_urgency",
    "photos_asked",
    "put_categories",
    "put_category",
    "read_categories",
    "take_category",
]

DEFAULTS = DATA / "categories.toml"
"""The categories of a territory that brings none of its own."""

WORD = 100
"""Characters of a word at most."""

FACTS = ("name", "position", "group", "public", "photos", "words", "questions")

_CODE = re.compile(r"[^\s\x00-\x1f]{1,200}")


class BadCategories(WanggeError):
    """A file of categories that cannot be used. Facts: `file`, `record`, `field`, `expected`."""

    kind = "bad-categories"


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of matter; `name` maps a language to its name, `words` are what else people call it, in any language.

    `questions` are asked of whoever reports it. `version` counts how often it was stored; 0 before.
    """

    code: str
    name: dict[str, str]
    group: str | None = None
    public: Publicity = Publicity.COUNTS
    words: tuple[str, ...] = ()
    photos: Proof = Proof.NONE
    questions: tuple[Question, ...] = ()
    position: int = field(default=0, compare=False)
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Categories that are counted together; `name` maps a language to its name."""

    code: str
    name: dict[str, str]


@dataclass(frozen=True, slots=True)
class Categories:
    """The kinds of matter of a territory and the groups that they are counted in, both in the order that people see."""

    entries: tuple[Category, ...]
    groups: tuple[Group, ...] = ()


def categories_for(folder: Path) -> Categories:
    """The categories that a territory's folder brings in `categories.toml`, else the default ones."""
    own = folder / "categories.toml"
    return read_categories(own if own.is_file() else DEFAULTS)


def read_categories(file: Path) -> Categories:
    """The categories of a TOML file.

    Tables `[[categories]]` have `code`, `name = { en, zh }`, `group`, `public`, `words`, `photos`; tables `[[groups]]`,
    with `code` and `name`, are the groups.

    Raises
    ------
    BadCategories : with the record and the field that is wrong.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCategories(file=str(file), record=0, field="categories", expected=str(error)) from None
    groups = {code: Group(code, name) for code, name, _ in _entries(file, document, "groups")}
    found = tuple(
        Category(
            code,
            name,
            _group(file, record, entry, groups),
            _publicity(file, record, entry),
            _words(file, record, entry),
            _proof(file, record, entry),
            _questions(file, record, entry),
        )
        for record, (code, name, entry) in enumerate(_entries(file, document, "categories"), 1)
    )
    if not found:
        raise BadCategories(file=str(file), record=0, field="categories", expected="[[categories]]")
    return Categories(found, tuple(groups.values()))


def put_categories(connection: Connection, territory: str, categories: Categories) -> None:
    """Add categories to a territory, or rename and reorder those it has; none is taken away, reports may use it."""
    with connection.cursor() as cursor:
        cursor.executemany(
            queries.PUT_GROUP,
            [(territory, group.code, Jsonb(group.name), position) for position, group in enumerate(categories.groups)],
        )
        cursor.executemany(
            queries.PUT_CATEGORY,
            [
                (
                    territory,
                    entry.code,
                    Jsonb(entry.name),
                    position,
                    entry.group,
                    entry.public,
                    list(entry.words),
                    entry.photos,
                    Jsonb([asdict(question) for question in entry.questions]),
                )
                for position, entry in enumerate(categories.entries)
            ],
        )


async def put_category(
    connection: AsyncConnection,
    territory: str,
    code: str,
    name: dict[str, str],
    position: int | None,
    group: str | None = None,
    public: Publicity | None = None,
    photos: Proof | None = None,
    words: Sequence[str] | None = None,
    questions: Sequence[Question] | None = None,
    *,
    by: str,
    expected: int | None = None,
) -> None:
    """Add a category, at the end when no position is given, or rename one, and move it when one is.

    `group`, `public`, `photos`, `words` and `questions` stay what they are where none is given.

    Raises
    ------
    UnknownGroup
    BadArgument : it is a campaign's, and is changed with that.
    Stale : there is another version than `expected`; 0 for none.
    """
    entry = {"territory": territory, "code": code, "name": Jsonb(name), "position": position, "expected": expected}
    try:
        async with connection.transaction():
            before, version = await _facts(connection, territory, code)
            values = entry | {"group": group, "public": public, "photos": photos}
            values |= {"words": None if words is None else list(dict.fromkeys(words))}
            values |= {"questions": None if questions is None else Jsonb([asdict(one) for one in questions])}
            if not (await connection.execute(queries.PUT_ONE_CATEGORY, values)).rowcount:
                if code in await campaign_codes(connection, territory):
                    raise BadArgument(field="category", reason="category_of_campaign")
                raise Stale(version=version)
            await _record(connection, territory, code, before, by)
    except ForeignKeyViolation:
        known = [one.code for one in (await categories_of(connection, territory)).groups]
        raise UnknownGroup(group=group, known=known) from None


async def take_category(
    connection: AsyncConnection, territory: str, code: str, by: str, *, expected: int | None = None
) -> None:
    """Take a category from a territory.

    Raises
    ------
    UnknownCategory, CategoryInUse
    Stale : there is another version than `expected`.
    """
    before, version = await _facts(connection, territory, code)
    if before is None:
        raise UnknownCategory(category=code, known=await category_codes(connection, territory))
    values = {"territory": territory, "code": code, "expected": expected}
    try:
        taken = await connection.execute(queries.TAKE_CATEGORY, values)
    except ForeignKeyViolation:
        raise CategoryInUse(category=code) from None
    if not taken.rowcount:
        raise Stale(version=version)
    await _record(connection, territory, code, before, by)


async def _facts(connection: AsyncConnection, territory: str, code: str) -> tuple[dict[str, Any] | None, int]:
    """A category as it is told of changes, and its version; None and 0 where there is none."""
    values = {"territory": territory, "code": code}
    row = await (await connection.execute(queries.CATEGORY, values)).fetchone()
    if row is None:
        return None, 0
    *facts, version = row
    return dict(zip(FACTS, facts, strict=True)), version


async def _record(
    connection: AsyncConnection, territory: str, code: str, before: dict[str, Any] | None, by: str
) -> None:
    after, _ = await _facts(connection, territory, code)
    if before != after:
        await connection.execute(*recorded(by, [Change(Subject.CATEGORY, code, before, after, territory)]))


async def categories_of(connection: AsyncConnection, territory: str) -> Categories:
    """The categories that a territory takes and their groups, in the order that people see."""
    rows = await (await connection.execute(queries.CATEGORIES_OF_TERRITORY, (territory,))).fetchall()
    groups = await (await connection.execute(queries.GROUPS_OF_TERRITORY, (territory,))).fetchall()
    return Categories(
        tuple(
            Category(
                *(code, name, group, Publicity(public), tuple(words), Proof(photos), questions_from(questions)),
                *(position, version),
            )
            for code, name, group, public, words, photos, questions, position, version in rows
        ),
        tuple(Group(code, name) for code, name in groups),
    )


async def photos_asked(connection: AsyncConnection, territory: str) -> dict[str, Proof]:
    """The photos that categories ask for, of those that ask for any."""
    rows = await (await connection.execute(queries.PHOTOS_ASKED, {"territory": territory})).fetchall()
    return {code: Proof(photos) for code, photos in rows}


async def check_categories(
    connection: AsyncConnection, territory: str, codes: Collection[str], *, campaigns: bool = False
) -> None:
    """A code that is misspelt gives nothing, which looks like an answer: it is refused.

    Parameters
    ----------
    campaigns : whether those of campaigns are meant too.

    Raises
    ------
    UnknownCategory
    """
    if codes:
        query = queries.EVERY_CODE if campaigns else queries.CATEGORY_CODES
        rows = await (await connection.execute(query, {"territory": territory})).fetchall()
        known = [code for (code,) in rows]
        if unknown := sorted(set(codes) - set(known)):
            raise UnknownCategory(category=unknown[0], known=known)


async def category_codes(connection: AsyncConnection, territory: str) -> list[str]:
    """Codes of the categories that a territory takes, in the order that people see."""
    rows = await connection.execute(queries.CATEGORY_CODES, {"territory": territory})
    return [code for (code,) in await rows.fetchall()]


async def campaign_codes(connection: AsyncConnection, territory: str) -> list[str]:
    """Codes of the categories that campaigns have, which are taken as theirs alone."""
    rows = await connection.execute(queries.CAMPAIGN_CODES, {"territory": territory})
    return [code for (code,) in await rows.fetchall()]


async def least_urgency(connection: AsyncConnection, territory: str, category: str) -> str | None:
    """How pressing cases of a campaign's category are at least, as an Urgency; None of any other category."""
    asked = {"territory": territory, "category": category}
    found: str | None = await first_value(connection, queries.LEAST_URGENCY, asked)
    return found


async def codes_beside(connection: AsyncConnection, territory: str, category: str) -> list[str]:
    """Codes of the categories that a case of one may have instead: those of its campaign, or those of none."""
    asked = {"territory": territory, "category": category}
    return [code for (code,) in await (await connection.execute(queries.CODES_BESIDE, asked)).fetchall()]


def _entries(file: Path, document: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Code, name and table of each `[[key]]` of a document. Raises BadCategories."""
    tables = document.get(key, [])
    if not isinstance(tables, list):
        raise BadCategories(file=str(file), record=0, field=key, expected=f"[[{key}]]")
    known: set[str] = set()
    for record, entry in enumerate(tables, 1):
        code = entry.get("code") if isinstance(entry, dict) else None
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise BadCategories(file=str(file), record=record, field="code", expected="no-blanks")
        if code in known:
            raise BadCategories(file=str(file), record=record, field="code", expected="not-twice", code=code)
        known.add(code)
        name = entry.get("name")
        named = isinstance(name, dict) and {*LANGUAGES} & {*name} and all(isinstance(v, str) for v in name.values())
        if not named:
            raise BadCategories(file=str(file), record=record, field="name", expected='{ en = "…", zh = "…" }')
        yield code, in_every_language(name), entry


def _group(file: Path, record: int, entry: dict[str, Any], known: Collection[str]) -> str | None:
    group = entry.get("group")
    if group is not None and group not in list(known):
        raise BadCategories(file=str(file), record=record, field="group", expected=" | ".join(known) or "[[groups]]")
    return group


def _publicity(file: Path, record: int, entry: dict[str, Any]) -> Publicity:
    public = entry.get("public", Publicity.COUNTS.value)
    if public not in list(Publicity):
        raise BadCategories(file=str(file), record=record, field="public", expected=" | ".join(Publicity))
    return Publicity(public)


def _proof(file: Path, record: int, entry: dict[str, Any]) -> Proof:
    photos = entry.get("photos", Proof.NONE.value)
    if photos not in list(Proof):
        raise BadCategories(file=str(file), record=record, field="photos", expected=" | ".join(Proof))
    return Proof(photos)


def _questions(file: Path, record: int, entry: dict[str, Any]) -> tuple[Question, ...]:
    try:
        return questions_from(entry.get("questions", []))
    except ValueError as error:
        raise BadCategories(file=str(file), record=record, field="questions", expected=str(error)) from None


def _words(file: Path, record: int, entry: dict[str, Any]) -> tuple[str, ...]:
    words = entry.get("words", [])
    if not isinstance(words, list) or not all(
        isinstance(word, str) and 0 < len(word.strip()) <= WORD for word in words
    ):
        raise BadCategories(file=str(file), record=record, field="words", expected='[ "…", "…" ]')
    return tuple(dict.fromkeys(word.strip() for word in words))
