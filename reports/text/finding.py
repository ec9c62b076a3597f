"""Which open cases may be the same matter as a report, as its readers see them."""

import asyncio
from typing import Any

from wangge.access.person import Scope
from wangge.access.scope import looked_up
from wangge.reports.text import queries
from wangge.reports.text.doubles import AROUND_M, Double, Other, Subject, doubles
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["doubles_of"]

MOST = 200
METRES_PER_DEGREE = 40_000
"""Of a degree of longitude at 69° north: a box so wide holds the circle in every city."""


async def doubles_of(connection: AsyncConnection, seen: Scope, row: Any) -> list[tuple[Any, Double]]:
    """The cases of a scope that may be the same as one (a row of a list), the likeliest first.

    Each has id, received_at and state; only what the reader may read is looked at.
    """
    scope, values = await looked_up(connection, seen)
    asked = {
        "territory": seen.territory,
        "category": row.category,
        "id": row.id,
        "asset": row.asset,
        "lon": row.lon,
        "lat": row.lat,
        "metres": AROUND_M,
        "degrees": AROUND_M / METRES_PER_DEGREE,
        "limit": MOST,
    }
    found = await named_rows(connection, queries.AROUND.format(scope=scope), asked | values)
    photos = {"id": row.id, "others": [one.id for one in found]}
    differ = {one.report_id: one.differ for one in await named_rows(connection, queries.LIKENESSES, photos)}
    others = [
        Other(
            *(one.metres, one.occurred_at, one.same_category, one.description, one.accuracy_m),
            differ=differ.get(one.id),
            asset=one.asset,
        )
        for one in found
    ]
    subject = Subject(row.occurred_at, row.description, row.accuracy_m, row.asset)
    # Hundreds of long texts take a while, in which nobody else would be answered.
    judged = await asyncio.to_thread(doubles, subject, others)
    return [(found[one.place], one) for one in judged]
