"""Kinds of assets: declared for a territory in a TOML file, with the categories whose reports are about them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.geo.errors import WanggeError
from wangge.reports.assets import queries
from wangge.reports.categories.categories import category_codes
from wangge.reports.errors import UnknownCategory
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, named_rows
from wangge.store.versions import Stale

__all__ = [
    "AssetKind",
    "BadAssetKinds",
    "Kept",
    "UnknownAssetKind",
    "kinds_of",
    "kinds_of_categories",
    "numbered_categories",
    "parse_kind",
    "put_kinds",
    "read_kinds",
    "remove_kind",
    "require_kind",
]

FIELDS = ("code", "name", "categories")

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class BadAssetKinds(WanggeError):
    """A declaration that cannot be used. Facts: `file`, `record`, `field`, `expected`."""

    kind = "bad-asset-kinds"


class UnknownAssetKind(WanggeError):
    """The territory has no such kind of asset. Facts: `asset_kind`, `known` (codes)."""

    kind = "unknown-asset-kind"


@dataclass(frozen=True, slots=True)
class AssetKind:
    """A kind of asset; `name` maps a language to its name, `categories` are those whose reports are about it."""

    code: str
    name: dict[str, str]
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Kept(AssetKind):
    """A kind as it is kept, with how many assets are of it; `version` counts how often it was stored."""

    assets: int = 0
    version: int = 1


def read_kinds(file: Path) -> list[AssetKind]:
    """The declarations of a TOML file, in order: tables `[[kinds]]` of `code`, `name`, `categories`.

    Raises
    ------
    BadAssetKinds : with the record and the field that is wrong.
    """
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("kinds")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadAssetKinds(file=str(file), record=0, field="kinds", expected=str(error)) from None
    if not isinstance(entries, list) or not entries:
        raise BadAssetKinds(file=str(file), record=0, field="kinds", expected="[[kinds]]")
    found: dict[str, AssetKind] = {}
    for record, entry in enumerate(entries, 1):
        one = parse_kind(entry, str(file), record)
        if one.code in found:
            raise BadAssetKinds(file=str(file), record=record, field="code", expected="not-twice", code=one.code)
        found[one.code] = one
    return list(found.values())


def parse_kind(entry: Any, file: str = "", record: int = 0) -> AssetKind:
    """A kind out of its declaration. Raises BadAssetKinds."""

    def refuse(field: str, expected: str) -> BadAssetKinds:
        return BadAssetKinds(file=file, record=record, field=field, expected=expected)

    if not isinstance(entry, Mapping):
        raise refuse("", "table")
    for field in entry:
        if field not in FIELDS:
            raise refuse(str(field), ", ".join(FIELDS))
    code, name, categories = entry.get("code"), entry.get("name"), entry.get("categories", [])
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise refuse("code", "small-letters")
    if not isinstance(name, Mapping) or not name or not name.keys() <= set(LANGUAGES):
        raise refuse("name", " | ".join(LANGUAGES))
    if not all(isinstance(word, str) and word.strip() and "\0" not in word for word in name.values()):
        raise refuse("name", " | ".join(LANGUAGES))
    if not isinstance(categories, list) or not all(isinstance(one, str) and "\0" not in one for one in categories):
        raise refuse("categories", '["…"]')
    return AssetKind(code, in_every_language(name), tuple(dict.fromkeys(categories)))


async def put_kinds(
    connection: AsyncConnection,
    territory: str,
    kinds: Sequence[AssetKind],
    *,
    by: str,
    in_order: bool = False,
    expected: int | None = None,
) -> None:
    """Add kinds to a territory, or put them in the place of those with their codes, in one transaction.

    `in_order` puts them in their order; else each stays where it is, and a new one comes last. Who did is kept, with
    what was.

    Raises
    ------
    UnknownCategory : the territory takes no such category.
    Stale : one is there in another version than `expected`; 0 for none.
    """
    known = await category_codes(connection, territory)
    for kind in kinds:
        for category in kind.categories:
            if category not in known:
                raise UnknownCategory(category=category, known=known)
    async with connection.transaction():
        await connection.execute(queries.HOLD_ASSETS, {"territory": territory})
        kept = {one.code: one for one in await kinds_of(connection, territory)}
        for kind in kinds:
            _require_version(kept.get(kind.code), expected)
        for place, kind in enumerate(kinds):
            position = place if in_order else None
            told = {"territory": territory, "code": kind.code, "name": Jsonb(kind.name), "position": position}
            await connection.execute(queries.PUT_KIND, told)
            await connection.execute(queries.FORGET_CATEGORIES, told)
            await connection.execute(queries.PUT_CATEGORIES, told | {"categories": list(kind.categories)})
        changes = [_change(territory, kept.get(kind.code), kind) for kind in kinds]
        await connection.execute(*recorded(by, [one for one in changes if one.before != one.after]))


async def kinds_of(connection: AsyncConnection, territory: str) -> list[Kept]:
    """The kinds of a territory in their order."""
    async with connection.cursor(row_factory=class_row(Kept)) as cursor:
        return await (await cursor.execute(queries.KINDS, {"territory": territory})).fetchall()


async def kinds_of_categories(connection: AsyncConnection, territory: str) -> dict[str, list[AssetKind]]:
    """By category the kinds that its reports may be about; categories of nothing are left out."""
    found: dict[str, list[AssetKind]] = {}
    for row in await named_rows(connection, queries.KINDS_OF_CATEGORIES, {"territory": territory}):
        found.setdefault(row.category, []).append(AssetKind(row.code, row.name))
    return found


async def numbered_categories(connection: AsyncConnection, territory: str) -> frozenset[str]:
    """The categories whose reports may be about assets."""
    rows = await (await connection.execute(queries.NUMBERED_CATEGORIES, {"territory": territory})).fetchall()
    return frozenset(category for (category,) in rows)


async def require_kind(connection: AsyncConnection, territory: str, kind: str) -> list[str]:
    """The codes of a territory's kinds. Raises UnknownAssetKind when this one is not among them."""
    known = [one.code for one in await kinds_of(connection, territory)]
    if kind not in known:
        raise UnknownAssetKind(asset_kind=kind, known=known)
    return known


async def remove_kind(
    connection: AsyncConnection, territory: str, kind: str, *, by: str, expected: int | None = None
) -> int:
    """Keep a kind and its assets no longer; how many there were. Reports that name them keep their numbers.

    Who did is kept, with what was.

    Raises
    ------
    UnknownAssetKind
    Stale : it is there in another version than `expected`.
    """
    told = {"territory": territory, "kind": kind}
    async with connection.transaction():
        await connection.execute(queries.HOLD_ASSETS, told)
        await require_kind(connection, territory, kind)
        (former,) = [one for one in await kinds_of(connection, territory) if one.code == kind]
        _require_version(former, expected)
        removed = (await connection.execute(queries.REMOVE_ASSETS, told)).rowcount
        await connection.execute(queries.REMOVE_KIND, told)
        gone = Change(Subject.ASSET_KIND, kind, _facts(former) | {"assets": removed}, None, territory)
        await connection.execute(*recorded(by, [gone]))
    return removed


def _require_version(kept: Kept | None, expected: int | None) -> None:
    version = kept.version if kept else 0
    if expected not in (None, version):
        raise Stale(version=version)


def _change(territory: str, before: AssetKind | None, after: AssetKind) -> Change:
    return Change(Subject.ASSET_KIND, after.code, _facts(before) if before else None, _facts(after), territory)


def _facts(kind: AssetKind) -> dict[str, Any]:
    return {"name": kind.name, "categories": sorted(kind.categories)}
