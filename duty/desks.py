"""Desks: one for each cell of every level, and one for the command centre."""

from psycopg.types.json import Jsonb

from wangge.data.languages import LANGUAGES
from wangge.data.messages import in_all
from wangge.duty import queries
from wangge.store.engine import AsyncConnection, Connection
from wangge.store.grids import editions

__all__ = ["desk_names", "ensure_desks", "publish"]


def ensure_desks(connection: Connection, territory: str) -> None:
    """Give every cell of the current edition a desk, and the territory one for its centre; close the others.

    Desks go by the cells' codes: one that was there keeps its id, its phone and its officers. Doing it again changes
    nothing.
    """
    with connection.transaction():
        # What the desk of the command centre is called until somebody names it.
        centre = Jsonb(in_all("desks", "centre"))
        parameters = {"territory": territory, "centre": centre, "languages": [*LANGUAGES]}
        connection.execute(queries.ENSURE_DESKS, parameters)
        connection.execute(queries.CLOSE_DESKS, parameters)


def publish(connection: Connection, territory: str, label: str) -> None:
    """Make an edition the current one and give its cells their desks, in one transaction.

    Raises
    ------
    UnknownEdition : the territory has no such edition.
    """
    with connection.transaction():
        editions.publish(connection, territory, label)
        ensure_desks(connection, territory)


async def desk_names(connection: AsyncConnection, territory: str) -> dict[int, dict[str, str]]:
    """Names of a territory's desks by language, by id; of those that are not active as well."""
    return dict(await (await connection.execute(queries.DESK_NAMES, {"territory": territory})).fetchall())
