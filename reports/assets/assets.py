"""Assets as they are asked for: one by its number, the nearest to a place, a page of those in a box."""

import math
from collections.abc import Sequence
from typing import Any

from wangge.geo.errors import WanggeError
from wangge.reports.assets import queries
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = [
    "FAR_M",
    "LONGEST",
    "MOST_NEAREST",
    "REACH_M",
    "FarAsset",
    "UnknownAsset",
    "WrongAsset",
    "find_asset",
    "has_assets",
    "list_assets",
    "nearest_assets",
]

LONGEST = 64
"""Characters of a number."""

REACH_M = (50.0, 200.0)
"""So far around a place assets are offered: as far as it is unsure, within these."""

FAR_M = 1000.0
"""What lies farther from the place of a report is not what it is about: its number or the place is wrong."""

MOST_NEAREST = 5

METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude has anywhere, so that a box of so many degrees holds the circle."""


class UnknownAsset(WanggeError):
    """The territory has no asset of this number. Facts: `number`."""

    kind = "unknown-asset"


class WrongAsset(WanggeError):
    """There is no asset of this number that reports of the category are about. Facts: `number`."""

    kind = "wrong-asset"


class FarAsset(WanggeError):
    """The asset lies elsewhere than the report. Facts: `number`, `distance_m`."""

    kind = "far-asset"


async def find_asset(connection: AsyncConnection, territory: str, number: str) -> Any:
    """One asset: number, kind, kind_name, name, attributes, lon, lat. Raises UnknownAsset."""
    rows = await named_rows(connection, queries.ASSET, {"territory": territory, "number": number})
    if not rows:
        raise UnknownAsset(number=number)
    return rows[0]


async def has_assets(connection: AsyncConnection, territory: str) -> bool:
    """Whether a territory has any."""
    return bool(await first_value(connection, queries.ANY, {"territory": territory}))


async def nearest_assets(
    connection: AsyncConnection, territory: str, category: str, lon: float, lat: float, accuracy_m: float | None
) -> list[Any]:
    """The assets around a place (WGS-84) that reports of a category are about, the nearest first, at most five.

    Each is as `find_asset` has it, with metres. None are farther than the place is unsure, but for 50 to 200 m.
    """
    reach = min(max(accuracy_m or 0.0, REACH_M[0]), REACH_M[1])
    high = reach / METRES_PER_DEGREE
    wide = min(high / max(math.cos(math.radians(min(abs(lat) + high, 89.9))), 1e-3), 180.0)
    box = {"west": lon - wide, "east": lon + wide, "south": lat - high, "north": lat + high}
    asked = {"territory": territory, "category": category, "lon": lon, "lat": lat, "metres": reach}
    return await named_rows(connection, queries.NEAREST, asked | box | {"limit": MOST_NEAREST})


async def list_assets(
    connection: AsyncConnection,
    territory: str,
    *,
    limit: int,
    after: str = "",
    kind: str | None = None,
    begins: str | None = None,
    bbox: Sequence[float] | None = None,
) -> list[Any]:
    """Assets by number, after a number: of a kind, in a box (west, south, east, north), with how numbers begin."""
    said = {queries.OF_KIND: kind, queries.BEGINS: begins, queries.IN_BOX: bbox}
    where = [condition for condition, value in said.items() if value is not None]
    asked: dict[str, Any] = {"territory": territory, "after": after, "kind": kind, "begins": begins, "limit": limit}
    asked |= zip(("west", "south", "east", "north"), bbox or (), strict=bbox is not None)
    return await named_rows(connection, queries.ASSETS.format(where=" AND ".join(where) or "true"), asked)
