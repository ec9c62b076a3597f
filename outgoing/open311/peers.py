"""Other servers that a territory is in step with: declared, looked up, taken away."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
from psycopg.errors import UniqueViolation

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.declared import BadPeer, Peer, parse_peer
from wangge.outgoing.webhooks.addresses import Networks
from wangge.reports.feed.positions import UnknownFollower, enrol, forget
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["UnknownPeer", "add", "follower_of", "gathering", "peers", "remove"]


class UnknownPeer(WanggeError):
    """The territory is in step with no server of that name. Facts: `name`, `known`."""

    kind = "unknown-peer"


def follower_of(peer: int) -> str:
    """What the peer is called in the feed."""
    return f"peer-{peer}"


async def add(connection: AsyncConnection, grid: Grid, document: Mapping[str, Any], peer: Peer, by: str) -> int:
    """Declare a server, or declare it anew: what is paired stays, and so does how far both have come; its id.

    Parameters
    ----------
    document : the declaration; `peer` is what `parse_peer` made of it.

    Raises
    ------
    BadPeer : a category or a cell that the territory has not.
    """
    known = {row[0] for row in await (await connection.execute(queries.CATEGORIES, (grid.territory,))).fetchall()}
    for table, codes in (("pull", peer.pull.values()), ("push", peer.push)):
        if strange := [code for code in codes if code not in known]:
            raise BadPeer(file="", field=f"{table}: {strange[0]}", expected=", ".join(sorted(known)))
    for level, code in peer.cells or ():
        if grid.cell(level, code) is None:
            raise BadPeer(file="", field=f"cells: {level}:{code}", expected=", ".join(one.key for one in grid.levels))
    row = {
        "territory": grid.territory,
        "name": peer.name,
        "document": orjson.dumps(document, default=str).decode(),
        "since": peer.since,
        "by": by,
    }
    async with connection.transaction():
        try:
            async with connection.transaction():
                key = int(await first_value(connection, queries.ADD, row))
        except UniqueViolation:
            key = int(await first_value(connection, queries.DECLARE_ANEW, row))
        await enrol(connection, follower_of(key))
        since = await first_value(connection, queries.SINCE, {"peer": key})
        await connection.execute(queries.GATHER, gathering(replace(peer, id=key, since=since)))
        change = Change(Subject.PEER, peer.name, None, {"url": peer.url}, grid.territory)
        await connection.execute(*recorded(by, [change]))
    return key


def gathering(peer: Peer, reports: list[int] | None = None) -> dict[str, Any]:
    """The parameters of GATHER: for some reports, or for all since the peer is looked at."""
    return {
        "peer": peer.id,
        "territory": peer.territory,
        "reports": reports,
        "since": peer.since,
        "categories": list(peer.push),
        "states": list(peer.states) if peer.states else None,
        "cells": orjson.dumps(peer.cells).decode() if peer.cells else None,
    }


async def peers(
    connection: AsyncConnection,
    networks: Networks,
    territory: str | None = None,
    name: str | None = None,
    *,
    broken: bool = False,
) -> list[Peer]:
    """The servers of a territory, or of all; the one of a name.

    Parameters
    ----------
    broken : also those whose declaration cannot be used any more, as after a change of the settings.

    Raises
    ------
    UnknownPeer
    BadPeer : a declaration that cannot be used, unless such are asked for.
    """
    rows = await named_rows(connection, queries.PEERS, {"territory": territory})
    found = [_peer(row, networks, broken) for row in rows if name in (None, row.name)]
    if name is not None and not found:
        raise UnknownPeer(name=name, known=", ".join(row.name for row in rows) or "—")
    return found


def _peer(row: Any, networks: Networks, broken: bool) -> Peer:
    try:
        declared = parse_peer(row.document, row.territory, networks)
    except BadPeer as error:
        if not broken:
            raise
        why = f"{error.facts['field']}: {error.facts['expected']}"
        return Peer(row.id, row.territory, row.name, str(row.document.get("url", "")), error=why, broken=True)
    kept = {"id": row.id, "since": row.since, "reached": row.reached, "looked_at": row.looked_at, "error": row.error}
    return Peer(**{name: getattr(declared, name) for name in Peer.__slots__} | kept)


async def remove(connection: AsyncConnection, territory: str, peer: Peer, by: str) -> None:
    """Keep in step with it no more; which request was which case is forgotten, both stay as they are."""
    async with connection.transaction():
        await connection.execute(queries.REMOVE, {"peer": peer.id})
        with suppress(UnknownFollower):  # somebody forgot it by hand
            await forget(connection, follower_of(peer.id))
        await connection.execute(*recorded(by, [Change(Subject.PEER, peer.name, {"url": peer.url}, None, territory)]))
