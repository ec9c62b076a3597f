"""The lists of cases that somebody keeps under a name: their own, wherever they sign in."""

from dataclasses import dataclass

from wangge.access import queries
from wangge.geo.errors import WanggeError
from wangge.store.engine import AsyncConnection

__all__ = ["MOST", "SavedList", "TooManyLists", "UnknownList", "forget_list", "save_list", "saved_lists"]

MOST = 100
"""Lists that one account keeps in one territory."""


class TooManyLists(WanggeError):
    """The account keeps as many lists as it may. Facts: `most`."""

    kind = "too-many-lists"


class UnknownList(WanggeError):
    """The account keeps no such list. Facts: `list`."""

    kind = "unknown-list"


@dataclass(frozen=True, slots=True)
class SavedList:
    """A list under a name; `query` is what its address has behind the question mark."""

    id: int
    name: str
    query: str


async def saved_lists(connection: AsyncConnection, account: int, territory: str) -> list[SavedList]:
    """The lists of an account in a territory, by name."""
    rows = await connection.execute(queries.SAVED_LISTS, {"account": account, "territory": territory})
    return [SavedList(*row) for row in await rows.fetchall()]


async def save_list(connection: AsyncConnection, account: int, territory: str, name: str, query: str) -> SavedList:
    """Keep a list, in the place of the one of the same name.

    Raises
    ------
    TooManyLists
    """
    await connection.execute(queries.LOCK_ACCOUNT, {"account": account})
    entry = {"account": account, "territory": territory, "name": name, "query": query, "most": MOST}
    row = await (await connection.execute(queries.SAVE_LIST, entry)).fetchone()
    if row is None:
        raise TooManyLists(most=MOST)
    return SavedList(row[0], name, query)


async def forget_list(connection: AsyncConnection, account: int, territory: str, number: int) -> None:
    """Keep a list no longer.

    Raises
    ------
    UnknownList
    """
    entry = {"account": account, "territory": territory, "id": number}
    if not (await connection.execute(queries.FORGET_LIST, entry)).rowcount:
        raise UnknownList(list=number)
