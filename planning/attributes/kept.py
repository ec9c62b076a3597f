"""Attributes of a territory and their values as they are kept, and as they stand on a day, rolled up to any level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.planning.attributes import queries
from wangge.planning.attributes.declared import Attribute, attributes_of
from wangge.planning.attributes.rollup import Rolled, Value, rolled_up
from wangge.store.engine import AsyncConnection, Connection

__all__ = ["Standing", "UnknownAttribute", "attributes", "course", "put_attributes", "put_values", "standing"]


class UnknownAttribute(WanggeError):
    """The territory has no such attribute. Facts: `key`, `known`."""

    kind = "unknown-attribute"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of an attribute on a day: values by level and code of cell, and those it is weighed by."""

    attribute: Attribute
    values: Mapping[str, Mapping[str, Value]]
    weights: Mapping[str, Mapping[str, Value]] | None = None

    def at(self, grid: Grid, level: str) -> dict[str, Value | Rolled | None]:
        """The value of each cell of a level: its own, else what those below it come to; None where nobody said any."""
        keys = [one.key for one in grid.levels]
        found: dict[str, Value | Rolled | None] = dict(self.values.get(level, {}))
        below = next((key for key in keys[keys.index(level) + 1 :] if key in self.values), None)
        under: dict[str, list[str]] = {}
        for cell in grid.cells:
            if cell.level == below:
                under.setdefault(cell.path[keys.index(level)], []).append(cell.code)
        weights = None if self.weights is None else self.weights.get(below or "", {})
        for cell in grid.cells:
            if cell.level == level and cell.code not in found:
                inside = under.get(cell.code)
                values = self.values[below] if below else {}
                found[cell.code] = rolled_up(self.attribute, inside, values, weights) if inside else None
        return found


def put_attributes(connection: Connection, territory: str, declared: Sequence[Attribute]) -> None:
    """Declare attributes, or put them in the place of those with their keys; none is taken away."""
    for one in declared:
        told = {"territory": territory, "key": one.key, "declaration": Jsonb(one.document())}
        connection.execute(queries.PUT_ATTRIBUTE, told)


def put_values(
    connection: Connection,
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
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(queries.PUT_VALUE, rows)
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


async def course(
    connection: AsyncConnection, grid: Grid, one: Attribute, level: str, code: str
) -> list[tuple[date, Value | Rolled | None]]:
    """The value of a cell on each day on which any value of an attribute, or of what weighs it, begins."""
    keys = [one.key, *([one.weight] if one.weight else [])]
    rows = await connection.execute(queries.VALUES_OF, {"territory": grid.territory, "keys": keys})
    values: dict[str, dict[str, dict[str, Value]]] = {key: {} for key in keys}
    found = []
    for day, begun in groupby(await rows.fetchall(), key=itemgetter(0)):
        for _, key, of_level, of_cell, number, word in begun:
            values[key].setdefault(of_level, {})[of_cell] = word if number is None else number
        stands = Standing(one, values[one.key], values[one.weight] if one.weight else None)
        found.append((day, stands.at(grid, level)[code]))
    return found
