"""The indicators that a territory declares, beside and in the place of those that come with the program."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.reports.figures import queries
from wangge.reports.figures.indicators import Declaration, declaration, overlaid, shipped
from wangge.store.engine import AsyncConnection, Connection

__all__ = ["UnknownIndicator", "drop_declaration", "own_declarations", "put_declarations", "standing_declarations"]


class UnknownIndicator(WanggeError):
    """The territory has no such indicator. Facts: `key`, `known`."""

    kind = "unknown-indicator"


async def standing_declarations(connection: AsyncConnection, territory: str) -> list[Declaration]:
    """All indicators that hold in a territory: the shipped ones, with its own laid over them."""
    return overlaid(shipped(), await own_declarations(connection, territory))


async def own_declarations(connection: AsyncConnection, territory: str) -> list[Declaration]:
    """Those that the territory declared itself, in order."""
    rows = await (await connection.execute(queries.OWN_DECLARATIONS, (territory,))).fetchall()
    return [declaration(entry) for (entry,) in rows]


async def drop_declaration(connection: AsyncConnection, territory: str, key: str) -> None:
    """Take back what a territory declared under a key. Raises UnknownIndicator."""
    gone = await connection.execute(queries.DROP_DECLARATION, (territory, key))
    if not gone.rowcount:
        own = await own_declarations(connection, territory)
        raise UnknownIndicator(key=key, known=[one.key for one in own])


def put_declarations(connection: Connection, territory: str, declarations: Sequence[Declaration]) -> None:
    """Add indicators to a territory, or change those it has; none is taken away."""
    with connection.cursor() as cursor:
        cursor.executemany(
            queries.PUT_DECLARATION, [(territory, one.key, Jsonb(one.document()), territory) for one in declarations]
        )


async def put_declaration(connection: AsyncConnection, territory: str, one: Declaration) -> None:
    """Add one indicator to a territory, or change it."""
    await connection.execute(queries.PUT_DECLARATION, (territory, one.key, Jsonb(one.document()), territory))
