"""How much lies on each desk."""

from collections.abc import Collection
from dataclasses import dataclass

from reports import queries
from store.engine import AsyncConnection

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


async def load_of_desks(connection: AsyncConnection, desks: Collection[int]) -> dict[int, Load]:
    """The load of each of some desks by id; one that holds nothing is left out."""
    rows = await (await connection.execute(queries.LOAD_OF_DESKS, {"desks": list(desks)})).fetchall()
    return {desk: Load(*counts) for desk, *counts in rows}
