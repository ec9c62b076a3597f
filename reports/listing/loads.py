"""How much lies on each desk."""

from collections.abc import Collection
from dataclasses import dataclass

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection

__all__ = ["Load", "load_of_desks"]


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
