"""Which class of the national platform for city management (数字城管) a category is: a mapping for each territory.

An operator says it; the program knows none of the standard's codes.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from wangge.reports.categories import queries
from wangge.reports.errors import UnknownCategory
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, first_value
from wangge.store.versions import Stale

__all__ = ["Class", "Classes", "classes_of", "put_classes"]

Class = tuple[str, str]
"""Codes of a major class and of a minor class in it."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The major and minor class of each category; no two categories are one class."""

    of: Mapping[str, Class]

    def category(self, major: str | None, minor: str | None) -> str:
        """The category of a class; of a class that none has its codes, which no category is called."""
        named = {one: category for category, one in self.of.items()}
        return named.get((major or "", minor or ""), f"{major or ''}/{minor or ''}")

    @property
    def version(self) -> int:
        """A number that another mapping has not; 0 for none."""
        return zlib.crc32(orjson.dumps(sorted(self.of.items()))) % 10**9 if self.of else 0


async def classes_of(connection: AsyncConnection, territory: str) -> Classes:
    """The mapping of a territory, by the codes of the categories."""
    rows = await (await connection.execute(queries.CLASSES, {"territory": territory})).fetchall()
    return Classes({category: (major, minor) for category, major, minor in rows})


async def put_classes(
    connection: AsyncConnection, territory: str, classes: Classes, by: str, *, expected: int | None = None
) -> None:
    """Keep a mapping in the place of the one that there is; which stood before is on record.

    Raises
    ------
    UnknownCategory
    Stale : there is another version than `expected`.
    """
    async with connection.transaction():
        await first_value(connection, queries.CLASSES_IN_TURN, {"territory": territory})
        before = await classes_of(connection, territory)
        if expected not in (None, before.version):
            raise Stale(version=before.version)
        rows = await (await connection.execute(queries.EVERY_CODE, {"territory": territory})).fetchall()
        known = [code for (code,) in rows]
        if strange := [category for category in classes.of if category not in known]:
            raise UnknownCategory(category=strange[0], known=known)
        told = [{"category": one, "major": major, "minor": minor} for one, (major, minor) in classes.of.items()]
        await connection.execute(queries.DROP_CLASSES, {"territory": territory})
        await connection.execute(queries.ADD_CLASSES, {"territory": territory, "classes": orjson.dumps(told).decode()})
        stood, stands = ({one: "/".join(pair) for one, pair in each.of.items()} for each in (before, classes))
        if stood != stands:
            change = Change(Subject.CLASSES, territory, stood, stands, territory)
            await connection.execute(*recorded(by, [change]))
