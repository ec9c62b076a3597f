"""How much lies on each desk."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection

__all__ = ["Load", "Work", "load_of_desks", "work_by_level"]


class Work(NamedTuple):
    """The open cases of a level of a territory, and how long the oldest of them has been there, seconds."""

    territory: str
    level: str
    open: int
    nearly_due: int
    overdue: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases of a desk; parked ones are not counted as open, their clock stands."""

    open: int = 0
    nearly_due: int = 0
    overdue: int = 0
    parked: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.open + other.open,
            self.nearly_due + other.nearly_due,
            self.overdue + other.overdue,
            self.parked + other.parked,
        )


async def load_of_desks(connection: AsyncConnection, desks: Collection[int], scope: Scope) -> dict[int, Load]:
    """The load of each of some desks by id, as far as it lies in a scope; one that holds nothing there is left out."""
    clause, parameters = condition(scope, "r")
    values = {"desks": list(desks)} | parameters
    rows = await (await connection.execute(queries.LOAD_OF_DESKS.format(scope=clause), values)).fetchall()
    return {desk: Load(*counts) for desk, *counts in rows}


async def work_by_level(connection: AsyncConnection) -> list[Work]:
    """The open cases of every territory, by the level of the desk that has them."""
    return [Work(*row) for row in await (await connection.execute(queries.WORK_BY_LEVEL)).fetchall()]
