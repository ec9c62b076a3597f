"""What every server process does for territories that are kept in step with other Open311 servers."""

import asyncio
from random import random

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from wangge.api.notices import Pool
from wangge.geo.errors import WanggeError
from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.keeping import PeerBusy, keep_in_step
from wangge.outgoing.open311.peers import peers
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.grids.live import LiveGrids
from wangge.store.settings import Settings

__all__ = ["keep_peers_in_step"]

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""Turns, each with two connections to the database."""
TURN_S = 6 * 3600.0
"""What a turn may take: the first one reads all that there is."""


async def keep_peers_in_step(url: str, pool: Pool, grids: LiveGrids, settings: Settings) -> None:
    """See to every peer, each by itself, so that none waits for another that is slow or has no end."""
    turns: dict[int, asyncio.Task[None]] = {}
    at_once = asyncio.Semaphore(AT_ONCE)
    try:
        while True:
            # So that processes which were started together do not all ask together.
            await asyncio.sleep(settings.open311_s * (0.5 + random()))  # noqa: S311
            turns = {peer: task for peer, task in turns.items() if not task.done()}
            try:
                async with pool.connection() as connection:
                    found = await peers(connection, networks_of(settings.webhook_networks), broken=True)
                for peer in found:
                    if peer.id not in turns:
                        turns[peer.id] = asyncio.create_task(_turn(url, grids, settings, peer, at_once))
            except (psycopg.Error, PoolTimeout, OSError, WanggeError) as error:
                log.warning("peers not kept in step, trying again", error=str(error).strip())
            except Exception:  # the database answers meanwhile; nothing else may end with it
                log.exception("peers not kept in step, trying again")
    finally:
        for task in turns.values():
            task.cancel()
        await asyncio.gather(*turns.values(), return_exceptions=True)


async def _turn(url: str, grids: LiveGrids, settings: Settings, peer: Peer, at_once: asyncio.Semaphore) -> None:
    """One that another process sees to is left to it, one that is away is tried later."""
    said = log.bind(peer=peer.name, territory=peer.territory)
    if peer.broken:
        said.warning("a declaration that cannot be used", error=peer.error)
        return
    try:
        async with at_once, asyncio.timeout(TURN_S):
            await keep_in_step(url, settings, grids[peer.territory], peer)
    except PeerBusy:
        return
    except WanggeError as error:
        said.warning("not in step", kind=error.kind, facts=error.facts)
    except (psycopg.Error, OSError) as error:  # a turn without an end among them
        said.warning("not in step", error=str(error).strip() or type(error).__name__)
    except Exception:  # the others are kept in step all the same
        said.exception("not in step")
