"""Others who have the same matter: they find it before they report it again, support it, and follow it too.

Only cases of categories that the territory declared public are told of: of others not even that there is one, for
whoever asks from place to place would learn what is published as rounded counts alone.
"""

from hashlib import sha256
from typing import Any

from wangge.access.links import Links
from wangge.geo.grid import Grid
from wangge.reports.case.case import Key
from wangge.reports.errors import UnknownReport
from wangge.reports.number import parse_number
from wangge.reports.reporter import queries
from wangge.reports.reporter.secrets import NOWHERE, secret_of_support
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["NEAR_M", "similar", "support", "supports_of"]

NEAR_M = 100
"""What lies so near may be the same matter."""

MOST = 5


async def similar(
    connection: AsyncConnection, grid: Grid, lon: float, lat: float, category: str, asset: str | None = None
) -> list[Any]:
    """Open public cases of a category around a place (WGS-84), those of an asset first, then the nearest.

    Each has id, received_at, state, metres, supports and same_asset.

    Parameters
    ----------
    asset : number of what it is about, as it is kept.
    """
    asked = {"territory": grid.territory, "category": category, "lon": lon, "lat": lat, "asset": asset}
    asked |= {"metres": NEAR_M, "limit": MOST}
    return await named_rows(connection, queries.SIMILAR, asked)


async def support(
    connection: AsyncConnection, links: Links, territory: str, number: str, device: str
) -> tuple[Key, str]:
    """Support a case, once from each device; its key, and the secret to follow it by.

    Raises
    ------
    UnknownReport : there is no such case, it has ended, or its category is not public.
    """
    month, report_id = parse_number(number) or NOWHERE
    asked = {"territory": territory, "month": month, "id": report_id}
    row = await (await connection.execute(queries.SUPPORTABLE, asked)).fetchone()
    if row is None:
        raise UnknownReport(number=number)
    digest = sha256(f"{territory} {row[0]} {device}".encode()).digest()
    made = await first_value(connection, queries.SUPPORT, {"id": row[0], "at": row[1], "device": digest})
    return (row[0], row[1]), secret_of_support(links, territory, (row[0], row[1]), made)


async def supports_of(connection: AsyncConnection, key: Key) -> int:
    """How many others have the matter of a case: they support it, or reported the same, which was merged into it."""
    count: int = await first_value(connection, queries.SUPPORTS, {"id": key[0], "at": key[1]})
    return count
