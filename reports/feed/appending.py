"""Writes what happened to a territory and to no single report."""

from typing import Any

import orjson

from wangge.reports.feed import queries
from wangge.store.engine import AsyncConnection

__all__ = ["FIND", "append"]

FIND = "find"
"""What the feed calls a new finding; its facts hold it as the API tells it."""


async def append(connection: AsyncConnection, territory: str, move: str, actor: str, facts: dict[str, Any]) -> None:
    """Append an event of a territory, in the transaction of what it tells."""
    values = (territory, move, actor, orjson.dumps(facts).decode())
    await connection.execute(queries.APPEND, values)
