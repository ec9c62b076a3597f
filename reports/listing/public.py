"""Cases that anybody may see, because the territory declared their category public: where, and how they stand."""

from typing import Any

from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["CLOSED_DAYS", "public_cases"]

CLOSED_DAYS = 30
"""So long after it was closed a case is still told of."""


async def public_cases(
    connection: AsyncConnection,
    territory: str,
    limit: int,
    *,
    category: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> list[Any]:
    """At most `limit` cases with category, state, lon and lat (WGS-84), from west to east; without words and times.

    What is asked for by place is asked of the place that is told, which is not always where the case was reported.
    """
    asked = {
        "territory": territory,
        "limit": limit,
        "category": category,
        "days": CLOSED_DAYS,
        "boxed": bbox is not None,
    }
    asked |= zip(("west", "south", "east", "north"), bbox or (0, 0, 0, 0), strict=True)
    return await named_rows(connection, queries.PUBLIC_CASES, asked)
