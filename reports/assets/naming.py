"""Whether what a report says to be about is there, is of its category, and lies where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass

from wangge.geo.errors import WanggeError
from wangge.reports.assets import queries
from wangge.reports.assets.assets import FAR_M, FarAsset, WrongAsset
from wangge.store.engine import AsyncConnection

__all__ = ["Named", "assets_named"]


@dataclass(frozen=True, slots=True)
class Named:
    """A number that a report names, with the report's category and place (WGS-84)."""

    number: str
    category: str
    lon: float
    lat: float


async def assets_named(connection: AsyncConnection, territory: str, named: Sequence[Named]) -> list[str | WanggeError]:
    """For each the number as it is kept, or why it cannot be: WrongAsset, FarAsset."""
    asked = {
        "territory": territory,
        "numbers": [one.number for one in named],
        "categories": [one.category for one in named],
        "lons": [one.lon for one in named],
        "lats": [one.lat for one in named],
    }
    found: list[str | WanggeError] = [WrongAsset(number=one.number) for one in named]
    for place, number, fits, metres in await (await connection.execute(queries.CHECKED, asked)).fetchall():
        if fits:
            far = metres > FAR_M
            found[place - 1] = FarAsset(number=number, distance_m=round(metres)) if far else number
    return found
