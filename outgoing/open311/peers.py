"""Other servers that a territory is in step with: declared, looked up, taken away."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.declared import BadPeer, Peer, parse_peer
from wangge.outgoing.open311.keys import sealed
from wangge.outgoing.webhooks.addresses import Networks
from wangge.reports.feed.positions import UnknownFollower, enrol, forget
from wangge.reports.number import format_number
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, first_value, named_rows
from wangge.store.versions import Stale

__all__ = [
    "Counts",
    "TooManyPeers",
    "UnknownPeer",
    "Untaken",
    "add",
    "counts",
    "follower_of",
    "gathering",
    "peers",
    "remove",
    "untaken",
]

MOST = 20
"""Servers of a territory: each is asked in turn."""


class UnknownPeer(WanggeError):
    """The territory is in step with no server of that name. Facts: `name`, `known`."""

    kind = "unknown-peer"


class TooManyPeers(WanggeError):
    """The territory is in step with as many servers as it may be. Facts: `most`."""

    kind = "too-many-peers"


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests that became cases here, cases that were posted, those that wait, and those that one of both refused."""

    taken: int = 0
    sent: int = 0
    waiting: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Untaken:
    """A request there or a case here that the other side did not take.

    Attributes
    ----------
    origin : "theirs" or "ours". number : its id there, or the case number here.
    reason, facts : the kind of a problem, and what it tells.
    """

    origin: str
    number: str
    tries: int
    tried_at: datetime | None
    reason: str
    facts: Mapping[str, Any]


def follower_of(peer: int) -> str:
    """What the peer is called in the feed."""
    return f"peer-{peer}"


async def add(
    connection: AsyncConnection,
    grid: Grid,
    document: Mapping[str, Any],
    peer: Peer,
    by: str,
    *,
    key: str | None = None,
    expected: int | None = None,
    from_settings: bool = False,
) -> int:
    """Declare a server, or declare it anew: what is paired stays, and so does how far both have come; its id.

    One that was removed is taken up again: no request of it is taken twice.

    Parameters
    ----------
    document : the declaration; `peer` is what `parse_peer` made of it.
    key : what it gave us, empty for none; None for the one that there is, which stays unless the address changes.
    expected : the version that is changed, 0 for none yet; None for whichever there is.
    from_settings : an operator declares it, who may have put its key into the settings.

    Raises
    ------
    BadPeer : a category or a cell that the territory has not.
    Stale, TooManyPeers
    """
    if peer.cells:
        peer = replace(peer, cells=tuple((level, grid.code_of(code, level)) for level, code in peer.cells))
        document = {**document, "cells": [":".join(pair) for pair in peer.cells or ()]}
    await _check(connection, grid, peer)
    whose = {"territory": grid.territory, "name": peer.name}
    row = whose | {
        "document": orjson.dumps(document, default=str).decode(),
        "since": peer.since,
        "by": by,
        "key": await sealed(connection, grid.territory, peer.name, key) if key else None,
        "rekeyed": key is not None,
        "from_settings": from_settings,
    }
    async with connection.transaction():
        await connection.execute(queries.IN_TURN, whose)
        stored = await (await connection.execute(queries.DECLARED, whose)).fetchone()
        id_, before, version, ended = stored or (0, None, 0, True)
        if expected not in (None, 0 if ended else version):
            raise Stale(version=0 if ended else version)
        if ended and await first_value(connection, queries.COUNT, whose) >= MOST:
            raise TooManyPeers(most=MOST)
        if stored:
            moved = before.get("url") != document.get("url")
            await connection.execute(queries.DECLARE_ANEW, row | {"peer": id_, "moved": moved})
        else:
            id_ = int(await first_value(connection, queries.ADD, row))
        await enrol(connection, follower_of(id_))
        since = await first_value(connection, queries.SINCE, {"peer": id_})
        await connection.execute(queries.GATHER, gathering(replace(peer, id=id_, since=since)))
        after = dict(document) | ({"new_key": True} if key is not None else {})
        change = Change(Subject.PEER, peer.name, None if ended else before, after, grid.territory)
        await connection.execute(*recorded(by, [change]))
    return int(id_)


async def _check(connection: AsyncConnection, grid: Grid, peer: Peer) -> None:
    """Raise BadPeer for a category or a cell that the territory has not."""
    known = {row[0] for row in await (await connection.execute(queries.CATEGORIES, (grid.territory,))).fetchall()}
    for table, codes in (("pull", peer.pull.values()), ("push", peer.push)):
        if strange := [code for code in codes if code not in known]:
            raise BadPeer(file="", field=f"{table}: {strange[0]}", expected=", ".join(sorted(known)))
    for level, code in peer.cells or ():
        if grid.cell(level, code) is None:
            raise BadPeer(file="", field=f"cells: {level}:{code}", expected=", ".join(one.key for one in grid.levels))


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
        unsound = Peer(row.id, row.territory, row.name, str(row.document.get("url", "")))
        return replace(unsound, **_kept(row) | {"error": why}, broken=True)
    return replace(declared, **_kept(row))


def _kept(row: Any) -> dict[str, Any]:
    """What is known of a server besides its declaration."""
    names = ("id", "since", "reached", "looked_at", "error", "last", "keyed", "version", "created_at", "created_by")
    return {name: getattr(row, name) for name in names}


async def remove(connection: AsyncConnection, territory: str, peer: Peer, by: str) -> None:
    """Keep in step with it no more. Which request was which case stays known: what came from it is posted nowhere."""
    async with connection.transaction():
        await connection.execute(queries.END, {"peer": peer.id})
        with suppress(UnknownFollower):  # somebody forgot it by hand
            await forget(connection, follower_of(peer.id))
        await connection.execute(*recorded(by, [Change(Subject.PEER, peer.name, {"url": peer.url}, None, territory)]))


async def counts(connection: AsyncConnection, found: Sequence[Peer]) -> Mapping[int, Counts]:
    """Of each server, how many requests and cases are paired, wait and are refused."""
    rows = await named_rows(connection, queries.COUNTS, {"peers": [one.id for one in found]})
    counted = {row.peer: Counts(row.taken, row.sent, row.waiting, row.refused) for row in rows}
    return {one.id: counted.get(one.id, Counts()) for one in found}


async def untaken(connection: AsyncConnection, peer: Peer, limit: int) -> list[Untaken]:
    """What could not be taken here or was not taken there, the last that was tried first."""
    rows = await named_rows(connection, queries.UNTAKEN_HERE, {"peer": peer.id, "limit": limit})
    return [
        Untaken(
            row.origin,
            row.theirs if row.origin == "theirs" else format_number(row.report_received_at, row.report_id),
            row.tries,
            row.tried_at,
            row.reason,
            row.facts or {},
        )
        for row in rows
    ]
