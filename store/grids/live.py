"""LiveGrids: the published grids in the memory of a server, renewed as soon as an edition is published."""

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.store.engine import connect
from wangge.store.grids.loading import NoEdition, UnknownTerritory, load_grid, published
from wangge.store.grids.queries import CHANNEL, PUBLISHED_TERRITORIES

__all__ = ["LiveGrids"]

log = structlog.get_logger(__name__)

HEARTBEAT_S = 5.0
RETRY_S = (0.2, 0.5, 1.0, 2.0)


class LiveGrids:
    """The current edition of every territory, swapped whole: a reader sees the old grid or the new one.

    Parameters
    ----------
    database_url : gives the database's URL, and starts the embedded server when it is down.
    """

    def __init__(self, database_url: Callable[[], str]) -> None:
        self._database_url = database_url
        self._grids: dict[str, Grid] = {}
        self.loaded = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether the grids are in memory and publications are followed."""
        return self.loaded.is_set()

    def __getitem__(self, territory: str) -> Grid:
        """The current grid of a territory; raises UnknownTerritory."""
        try:
            return self._grids[territory]
        except KeyError:
            raise UnknownTerritory(territory=territory, known=sorted(self._grids)) from None

    def territories(self) -> list[str]:
        """Codes of the territories with a grid in memory."""
        return sorted(self._grids)

    async def follow(self) -> None:
        """Load every grid, then follow publications until cancelled; a lost database is waited for.

        The listening starts before the loading, so that nothing published in between is missed.
        """
        attempt = 0
        while True:
            try:
                url = await asyncio.to_thread(self._database_url)
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await asyncio.to_thread(self._load, url, None)
                    self.loaded.set()
                    attempt = 0
                    await self._listen(connection, url)
            except (psycopg.Error, OSError, WanggeError) as error:
                self.loaded.clear()
                log.warning("database lost, trying again", error=str(error).strip())
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
                attempt += 1

    async def _listen(self, connection: psycopg.AsyncConnection, url: str) -> None:
        while True:
            async for notice in connection.notifies(timeout=HEARTBEAT_S, stop_after=1):
                await asyncio.to_thread(self._load, url, notice.payload)
            # A dead server is noticed here, and an edition whose notification a connection pooler swallowed.
            for code, edition, overlays in await (await connection.execute(PUBLISHED_TERRITORIES)).fetchall():
                known = self._grids.get(code)
                if known is None or (known.edition_id, known.overlays.version) != (edition, tuple(overlays)):
                    await asyncio.to_thread(self._load, url, code)

    def _load(self, url: str, territory: str | None) -> None:
        """Replace the grid of one territory, or of all; what is in memory already, with its overlays, is kept."""
        with connect(url) as connection:
            for code in [territory] if territory else published(connection):
                try:
                    grid = load_grid(connection, code)
                except (NoEdition, UnknownTerritory):
                    continue
                known = self._grids.get(code)
                if known is None or _version(known) != _version(grid):
                    self._grids[code] = grid
                    log.info("grid loaded", territory=code, edition=grid.edition, base_grids=len(grid.leaves))


def _version(grid: Grid) -> tuple[int, tuple[int, ...]]:
    """What a grid in memory is replaced by a change of."""
    return grid.edition_id, grid.overlays.version
