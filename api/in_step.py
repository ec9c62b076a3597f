"""What every server process does for territories that are kept in step with other Open311 servers."""

import asyncio
from random import random

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from wangge.api.notices import Pool
from wangge.geo.errors import WanggeError
from wangge.outgoing.open311.keeping import PeerBusy, keep_in_step
from wangge.outgoing.open311.peers import peers
from wangge.outgoing.webhooks.addresses import networks_of
from wangge.store.grids.live import LiveGrids
from wangge.store.settings import Settings

__all__ = ["keep_peers_in_step"]

log = structlog.get_logger(__name__)


async def keep_peers_in_step(url: str, pool: Pool, grids: LiveGrids, settings: Settings) -> None:
    """See to every peer in turn; one that another process sees to is left to it, one that is away is tried later."""
    while True:
        # So that processes which were started together do not all ask together.
        await asyncio.sleep(settings.open311_s * (0.5 + random()))  # noqa: S311
        try:
            async with pool.connection() as connection:
                found = await peers(connection, networks_of(settings.webhook_networks), broken=True)
            for peer in found:
                said = log.bind(peer=peer.name, territory=peer.territory)
                if peer.broken:
                    said.warning("a declaration that cannot be used", error=peer.error)
                    continue
                try:
                    await keep_in_step(url, settings, grids[peer.territory], peer)
                except PeerBusy:
                    continue
                except WanggeError as error:
                    said.warning("not in step", kind=error.kind, facts=error.facts)
                except (psycopg.Error, OSError) as error:
                    said.warning("not in step", error=str(error).strip())
                except Exception:  # the others are kept in step all the same
                    said.exception("not in step")
        except (psycopg.Error, PoolTimeout, OSError, WanggeError) as error:
            log.warning("peers not kept in step, trying again", error=str(error).strip())
        except Exception:  # the database answers meanwhile; nothing else may end with it
            log.exception("peers not kept in step, trying again")
