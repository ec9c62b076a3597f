"""One turn of keeping a peer and a territory in step; one process at a time, wherever it runs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson
import psycopg

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.keys import key_of
from wangge.outgoing.open311.line import Line, PeerUnavailable
from wangge.outgoing.open311.pulling import Pulled, pull
from wangge.outgoing.open311.pushing import Pushed, push, settle, silent
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.engine import AsyncConnection, connect_async, first_value
from wangge.store.settings import Settings

__all__ = ["PeerBusy", "Turn", "keep_in_step"]

LONGEST = 300

Advance = Callable[[float, str], None]


class PeerBusy(WanggeError):
    """Another process keeps this peer in step at the moment. Facts: `name`."""

    kind = "peer-busy"


@dataclass(slots=True)
class Turn:
    """What was done in a turn."""

    pulled: Pulled = field(default_factory=Pulled)
    pushed: Pushed = field(default_factory=Pushed)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        pulled = {name: getattr(self.pulled, name) for name in ("seen", "taken", "followed", "untaken")}
        return pulled | {name: getattr(self.pushed, name) for name in ("sent", "told", "refused")}


async def keep_in_step(
    url: str,
    settings: Settings,
    grid: Grid,
    peer: Peer,
    *,
    pulls: bool = True,
    pushes: bool = True,
    advance: Advance = silent,
) -> Turn:
    """Take what is new there and post what is new here.

    Raises
    ------
    PeerBusy, PeerUnavailable : the next turn goes on from there.
    """
    turn = Turn()
    async with (
        _alone(url, peer),
        await connect_async(url) as connection,
        Line(peer, await key_of(connection, settings, peer), networks_of(settings.webhook_networks)) as line,
    ):
        connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
        try:
            # What was posted without an answer is known before what is there is taken: it is not taken for new.
            await settle(connection, line, peer, turn.pushed)
            if pulls:
                turn.pulled = await pull(connection, line, grid, peer, advance)
            if pushes:
                await push(connection, line, peer, turn.pushed, advance)
        except Exception as error:
            why = error.facts["reason"] if isinstance(error, PeerUnavailable) else f"{type(error).__name__}: {error}"
            with suppress(psycopg.Error):  # the database itself may be why
                await connection.execute(queries.OUT_OF_STEP, {"peer": peer.id, "error": why.strip()[:LONGEST]})
            raise
        await connection.execute(queries.IN_STEP, {"peer": peer.id, "last": orjson.dumps(turn.counts()).decode()})
    return turn


@asynccontextmanager
async def _alone(url: str, peer: Peer) -> AsyncIterator[AsyncConnection]:
    """Hold the peer, by a connection of its own that a killed process gives back with its life. Raises PeerBusy."""
    async with await connect_async(url) as connection, connection.transaction():
        if not await first_value(connection, queries.HOLD, {"peer": peer.id}):
            raise PeerBusy(name=peer.name)
        # It waits as long as a turn takes.
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection
