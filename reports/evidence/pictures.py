"""Where the pictures of photos lie: a folder of the home folder, or an object storage that a URL names."""

import asyncio
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from wangge.geo.errors import WanggeError
from wangge.store.objects import folder, open_remote

__all__ = ["FOLDER", "Pictures", "PicturesUnavailable", "Size"]

FOLDER = "photos"
"""Name of the folder under the home folder."""

Size = Literal["large", "small", "public-large", "public-small"]
"""The public ones are there once somebody has covered what nobody else is to see."""

SIZES: tuple[Size, ...] = get_args(Size)


class PicturesUnavailable(WanggeError):
    """The photo store does not answer, or refuses. Facts: `error`."""

    kind = "photo-store-unavailable"


class Pictures:
    """The pictures of photos, by territory, id and size.

    They are asked for in threads: obstore's own futures can call into an interpreter that is ending, which aborts it.

    Parameters
    ----------
    url : such as `s3://bucket/folder`; the variables `AWS_…` say how to come in. None: the home folder's.
    """

    def __init__(self, home: Path, url: str | None) -> None:
        self._home, self._url = home, url

    @cached_property
    def _store(self) -> ObjectStore:
        """Opened when it is needed: a server runs, without photos, where nothing can be written."""
        return open_remote(self._url) if self._url else folder(self._home / FOLDER)

    async def put(self, territory: str, photo: UUID, pictures: dict[Size, bytes]) -> None:
        """Store the pictures of a photo; none is there before it is whole. Raises PicturesUnavailable."""
        try:
            for size, data in pictures.items():
                await asyncio.to_thread(self._write, _path(territory, photo, size), data)
        except (BaseError, OSError, ValueError) as error:
            raise PicturesUnavailable(error=str(error)[:200]) from error

    async def get(self, territory: str, photo: UUID, size: Size) -> bytes | None:
        """A picture; None where there is none. Raises PicturesUnavailable."""
        try:
            return await asyncio.to_thread(self._read, _path(territory, photo, size))
        except FileNotFoundError:
            return None
        except (BaseError, OSError, ValueError) as error:
            raise PicturesUnavailable(error=str(error)[:200]) from error

    async def delete(self, territory: str, photo: UUID) -> None:
        """Delete the pictures of a photo, whichever there are. Raises PicturesUnavailable."""
        for size in SIZES:
            try:
                await asyncio.to_thread(self._remove, _path(territory, photo, size))
            except FileNotFoundError:
                continue
            except (BaseError, OSError, ValueError) as error:
                raise PicturesUnavailable(error=str(error)[:200]) from error

    def _write(self, path: str, data: bytes) -> None:
        obstore.put(self._store, path, data)

    def _remove(self, path: str) -> None:
        obstore.delete(self._store, path)

    def _read(self, path: str) -> bytes:
        return bytes(obstore.get(self._store, path).bytes())


def _path(territory: str, photo: UUID, size: Size) -> str:
    return f"{territory}/{photo.hex[:2]}/{photo.hex}-{size}.jpg"
