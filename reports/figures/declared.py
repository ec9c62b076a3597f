"""The indicators that a territory declares, beside and in the place of those that come with the program."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.reports.figures import queries
from wangge.reports.figures.indicators import Declaration, declaration, overlaid, shipped
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, Connection

__all__ = [
    "UnknownIndicator",
    "drop_declaration",
    "own_declarations",
    "put_declaration",
    "put_declarations",
    "standing_declarations",
]


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


async def drop_declaration(connection: AsyncConnection, territory: str, key: str, by: str) -> None:
    """Take back what a territory declared under a key; who did is kept, with what it was. Raises UnknownIndicator."""
    own = {one.key: one for one in await own_declarations(connection, territory)}
    gone = await connection.execute(queries.DROP_DECLARATION, (territory, key))
    if not gone.rowcount:
        raise UnknownIndicator(key=key, known=list(own))
    after = next((one for one in shipped() if one.key == key), None)
    await connection.execute(*recorded(by, [_change(territory, own[key], after)]))


def put_declarations(connection: Connection, territory: str, declarations: Sequence[Declaration], by: str) -> None:
    """Add indicators to a territory, or change those it has; none is taken away. Who did is kept, with what was."""
    rows = connection.execute(queries.OWN_DECLARATIONS, (territory,)).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(queries.PUT_DECLARATION, [_row(territory, one) for one in declarations])
    before = overlaid(shipped(), [declaration(entry) for (entry,) in rows])
    connection.execute(*recorded(by, _changes(territory, before, declarations)))


async def put_declaration(connection: AsyncConnection, territory: str, one: Declaration, by: str) -> None:
    """Add one indicator to a territory, or change it; who did is kept, with what was."""
    before = await standing_declarations(connection, territory)
    await connection.execute(queries.PUT_DECLARATION, _row(territory, one))
    await connection.execute(*recorded(by, _changes(territory, before, [one])))


def _row(territory: str, one: Declaration) -> tuple[Any, ...]:
    return territory, one.key, Jsonb(one.document()), territory


def _changes(territory: str, before: Sequence[Declaration], after: Sequence[Declaration]) -> list[Change]:
    stood = {one.key: one for one in before}
    return [_change(territory, stood.get(one.key), one) for one in after if one != stood.get(one.key)]


def _change(territory: str, before: Declaration | None, after: Declaration | None) -> Change:
    """What became another, as it is told of changes."""
    one = before or after
    assert one is not None  # noqa: S101 - one of the two is there
    return Change(Subject.INDICATOR, one.key, _facts(before), _facts(after), territory)


def _facts(one: Declaration | None) -> dict[str, Any] | None:
    return {field: value for field, value in one.document().items() if field != "key"} if one else None
