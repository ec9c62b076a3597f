"""Attributes of a territory and their values as they are kept, and as they stand on a day, rolled up to any level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, Grid
from wangge.planning.attributes import queries
from wangge.planning.attributes.declared import Attribute, BadAttributes, Rule, attributes_of
from wangge.planning.attributes.rollup import Rolled, Value, rolled_up
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.grids.hierarchies import Hierarchies, Hierarchy

__all__ = [
    "Standing",
    "UnknownAttribute",
    "attributes",
    "begun",
    "course",
    "put_attribute",
    "put_attributes",
    "put_values",
    "standing",
]


class UnknownAttribute(WanggeError):
    """The territory has no such attribute. Facts: `key`, `known`."""

    kind = "unknown-attribute"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of an attribute on a day: values by level and code of cell, and those it is weighed by."""

    attribute: Attribute
    values: Mapping[str, Mapping[str, Value]]
    weights: Mapping[str, Mapping[str, Value]] | None = None

    def at(
        self, grid: Grid | Hierarchy, level: str, cells: Iterable[Cell] | None = None
    ) -> dict[str, Value | Rolled | None]:
        """The value of each cell of a level: its own, else what those below it come to; None where nobody said any.

        Parameters
        ----------
        cells : some of the grid's, each with all that lie in it; all of them when left out.
        """
        cells = list(grid.cells if cells is None else cells)
        keys = [one.key for one in grid.levels]
        own = self.values.get(level, {})
        found: dict[str, Value | Rolled | None] = {}
        below = next((key for key in keys[keys.index(level) + 1 :] if key in self.values), None)
        under: dict[str, list[str]] = {}
        for cell in cells:
            if cell.level == below:
                under.setdefault(cell.path[keys.index(level)], []).append(cell.code)
        weights = None if self.weights is None else self.weights.get(below or "", {})
        for cell in cells:
            if cell.level == level and cell.code in own:
                found[cell.code] = own[cell.code]
            elif cell.level == level:
                inside = under.get(cell.code)
                values = self.values[below] if below else {}
                found[cell.code] = rolled_up(self.attribute, inside, values, weights) if inside else None
        return found


def put_attributes(
    connection: Connection, territory: str, declared: Sequence[Attribute], file: str = "", *, by: str
) -> None:
    """Declare attributes, or put them in the place of those with their keys; none is taken away.

    Raises
    ------
    BadAttributes : they contradict those that are kept, or values that are; nothing is stored. `record` is 0 where a
        kept one would no longer hold.
    """
    asked = {"territory": territory, "keys": [one.key for one in declared]}
    with connection.transaction():
        connection.execute(queries.LOCK, asked)
        kept = [entry for (entry,) in connection.execute(queries.ATTRIBUTES, asked)]
        _check(declared, kept, dict(connection.execute(queries.KINDS, asked).fetchall()), file)
        for one in declared:
            connection.execute(queries.PUT_ATTRIBUTE, _row(territory, one))
        connection.execute(*recorded(by, _changes(territory, kept, declared)))


async def put_attribute(
    connection: AsyncConnection, territory: str, one: Attribute, *, by: str, dry_run: bool = False
) -> None:
    """Declare one attribute, or put it in the place of the one with its key; who did is kept, with what was.

    Parameters
    ----------
    dry_run : it is only checked against what is kept.

    Raises
    ------
    BadAttributes : as `put_attributes`.
    """
    asked = {"territory": territory, "keys": [one.key]}
    async with connection.transaction():
        await connection.execute(queries.LOCK, asked)
        kept = [entry for (entry,) in await (await connection.execute(queries.ATTRIBUTES, asked)).fetchall()]
        numbers: dict[str, bool] = dict(await (await connection.execute(queries.KINDS, asked)).fetchall())
        _check([one], kept, numbers)
        if not dry_run:
            await connection.execute(queries.PUT_ATTRIBUTE, _row(territory, one))
            await connection.execute(*recorded(by, _changes(territory, kept, [one])))


def _check(
    declared: Sequence[Attribute], kept: Sequence[Mapping[str, Any]], numbers: Mapping[str, bool], file: str = ""
) -> None:
    """Raise BadAttributes where declarations contradict those that are kept, or values that are."""
    keys = {one.key for one in declared}
    others = [entry for entry in kept if entry["key"] not in keys]
    try:
        attributes_of([*(one.document() for one in declared), *others], file)
    except BadAttributes as error:
        own = error.facts["record"] <= len(declared)
        raise BadAttributes(**error.facts | {"record": error.facts["record"] if own else 0}) from None
    for record, one in enumerate(declared, 1):
        if numbers.get(one.key, one.rule.numbers) is not one.rule.numbers:
            rules = ", ".join(rule for rule in Rule if rule.numbers is numbers[one.key])
            facts = {"expected": "rule-of-values", "rules": rules, "key": one.key}
            raise BadAttributes(file=file, record=record, field="rule", **facts)


def _row(territory: str, one: Attribute) -> dict[str, Any]:
    return {"territory": territory, "key": one.key, "declaration": Jsonb(one.document())}


def _changes(territory: str, kept: Sequence[Mapping[str, Any]], declared: Sequence[Attribute]) -> list[Change]:
    """What became another, as it is told of changes."""

    def facts(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return entry and {field: value for field, value in entry.items() if field != "key"}  # type: ignore[return-value]

    before = {entry["key"]: entry for entry in kept}
    return [
        Change(Subject.ATTRIBUTE, one.key, facts(before.get(one.key)), facts(one.document()), territory)
        for one in declared
        if one.document() != before.get(one.key)
    ]


async def put_values(
    connection: AsyncConnection,
    territory: str,
    level: str,
    day: date,
    values: Mapping[str, Mapping[str, Value]],
    actor: str,
) -> int:
    """Keep values, by attribute and code of cell, from a day on; how many. Those of the same day are replaced."""
    rows = [
        {
            "territory": territory,
            "key": key,
            "level": level,
            "code": code,
            "day": day,
            "number": value if isinstance(value, float) else None,
            "word": value if isinstance(value, str) else None,
            "actor": actor,
        }
        for key, of_cells in values.items()
        for code, value in of_cells.items()
    ]
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(queries.PUT_VALUE, rows)
    return len(rows)


async def attributes(connection: AsyncConnection, territory: str) -> list[Attribute]:
    """What is declared of the cells of a territory, in order."""
    rows = await (await connection.execute(queries.ATTRIBUTES, {"territory": territory})).fetchall()
    return attributes_of([entry for (entry,) in rows]) if rows else []


async def standing(connection: AsyncConnection, territory: str, day: date) -> list[Standing]:
    """Each attribute with what stands of it on a day."""
    declared = await attributes(connection, territory)
    rows = await connection.execute(queries.VALUES_ON, {"territory": territory, "day": day})
    values: dict[str, dict[str, dict[str, Value]]] = {one.key: {} for one in declared}
    for key, level, code, number, word in await rows.fetchall():
        values[key].setdefault(level, {})[code] = word if number is None else number
    return [Standing(one, values[one.key], values[one.weight] if one.weight else None) for one in declared]


async def begun(connection: AsyncConnection, territory: str, one: Attribute, days: int) -> list[tuple[Any, ...]]:
    """The values of an attribute, and of what weighs it, that begin on the latest days, for `course`.

    What stood before the first of them is told as of that day.
    """
    keys = [one.key, *([one.weight] if one.weight else [])]
    asked = {"territory": territory, "keys": keys, "days": days}
    return await (await connection.execute(queries.VALUES_OF, asked)).fetchall()


def course(
    held: Hierarchies, one: Attribute, level: str, code: str, rows: Iterable[tuple[Any, ...]]
) -> list[tuple[date, Value | Rolled | None]]:
    """The value of a cell on each day on which any value begins, of those that `begun` found, or an edition changes it.

    On each day the cell has in it what lay in it then; where it was not there, it has no value.
    """
    values: dict[str, dict[str, dict[str, Value]]] = {key: {} for key in (one.key, one.weight) if key}
    by_day = {day: list(of_day) for day, of_day in groupby(rows, key=itemgetter(0))}
    days = {*by_day, *(since for since, _ in held.held if by_day and since > min(by_day))}
    found: list[tuple[date, Value | Rolled | None]] = []
    for day in sorted(days):
        for _, key, at_level, of, number, word in by_day.get(day, []):
            values[key].setdefault(at_level, {})[of] = word if number is None else number
        stands = Standing(one, values[one.key], values[one.weight] if one.weight else None)
        hierarchy = held.on(day)
        keys = [each.key for each in hierarchy.levels]
        depth = keys.index(level) if level in keys else len(keys)
        inside = [cell for cell in hierarchy.cells if cell.path[depth : depth + 1] == (code,)]
        value = stands.at(hierarchy, level, inside).get(code) if inside else None
        if day in by_day or value != found[-1][1]:
            found.append((day, value))
    return found
