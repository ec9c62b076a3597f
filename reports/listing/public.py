"""Cases that anybody may see, because the territory declared their category public: where, and how they stand."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from wangge.reports.listing import queries
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["CLOSED_DAYS", "MOST_METRES", "Area", "public_cases", "public_requests"]

CLOSED_DAYS = 30
"""So long after it was closed a case is still told of."""

MOST_METRES = 20_000
"""The widest circle that is subscribed to."""


@dataclass(frozen=True, slots=True)
class Area:
    """Part of a territory: a cell of any level, or a circle of `metres` around a place (WGS-84); all None is all of it.

    `level` is the key of the cell's level, None for any.
    """

    cell: str | None = None
    level: str | None = None
    lon: float | None = None
    lat: float | None = None
    metres: float | None = None


async def public_cases(
    connection: AsyncConnection,
    territory: str,
    limit: int,
    *,
    category: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> list[Any]:
    """At most `limit` cases with category, state, lon and lat (WGS-84), from west to east; without words.

    Those that are `exact` may be told with id, received_at and supports too; of the others a case's number, which
    goes up with time, and its times would tell more than was declared.

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


async def public_requests(
    connection: AsyncConnection,
    territory: str,
    limit: int,
    *,
    ids: Sequence[int] | None = None,
    categories: Sequence[str] | None = None,
    is_open: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    updated_since: datetime | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    area: Area | None = None,
) -> list[Any]:
    """Those with number and times, the newest first: of the categories whose places are told exactly.

    Parameters
    ----------
    since, until : received, `until` exclusive.
    updated_since : only cases to which anything happened at or after that.
    """
    asked: dict[str, Any] = {
        "territory": territory,
        "limit": limit,
        "days": CLOSED_DAYS,
        "ids": None if ids is None else list(ids),
        "categories": None if categories is None else list(categories),
        "is_open": is_open,
        "since": since,
        "until": until,
        "updated_since": updated_since,
        "boxed": bbox is not None,
    }
    asked |= zip(("west", "south", "east", "north"), bbox or (0, 0, 0, 0), strict=True)
    asked |= asdict(area or Area())
    return await named_rows(connection, queries.PUBLIC_REQUESTS, asked)
