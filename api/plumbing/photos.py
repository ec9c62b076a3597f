"""What requests need of photos: workers that develop them, the place where they lie, and links to them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from wangge.access.links import Links
from wangge.reports.evidence.darkroom import Darkroom
from wangge.reports.evidence.photos import signing_key
from wangge.reports.evidence.pictures import Pictures, Size
from wangge.store.engine import AsyncConnection

__all__ = ["LASTING", "Photos", "shown"]

LASTING = timedelta(minutes=15)
"""How long a link shows a photo, at least."""


@dataclass(slots=True)
class Photos:
    """One of a process."""

    pictures: Pictures
    darkroom: Darkroom = field(default_factory=Darkroom)
    _links: Links | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, home: Path, url: str | None) -> "Photos":
        """Those of a home folder, or of an object storage."""
        return cls(Pictures(home, url))

    async def links(self, pool: AsyncConnectionPool[AsyncConnection]) -> Links:
        """What signs links; the key is asked for once."""
        async with self._asking:
            if self._links is None:
                async with pool.connection() as connection:
                    self._links = Links(await signing_key(connection))
            return self._links


def shown(territory: str, photo: UUID, size: Size) -> str:
    """What a signature is of."""
    return f"photo {territory} {photo} {size}"
