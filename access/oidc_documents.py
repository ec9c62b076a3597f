"""What an OpenID provider publishes about itself, fetched once in a while: few documents, none of them large."""

import time
from typing import Any

import httpx2
import orjson

__all__ = ["LARGEST", "MOST", "TIMEOUT_S", "Documents", "fetch"]

TIMEOUT_S = 10
LARGEST = 1 << 20
MOST = 16


class Documents:
    """JSON documents by address, in the memory of one process: `MOST` of them, the oldest goes first."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    async def get(self, url: str, age_s: float) -> Any:
        """The document at an address, fetched unless it was in the last `age_s` seconds.

        Raises httpx2.HTTPError, and ValueError for what is no JSON or larger than `LARGEST`; a refusal is not kept.
        """
        fetched, document = self._kept.get(url, (-float("inf"), None))
        if time.monotonic() - fetched > age_s:
            document = await fetch(url)
            self._kept.pop(url, None)
            self._kept[url] = time.monotonic(), document
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return document


async def fetch(url: str, headers: dict[str, str] | None = None) -> Any:
    """The JSON document at an address. Raises httpx2.HTTPError, ValueError."""
    content = bytearray()
    async with (
        httpx2.AsyncClient(timeout=TIMEOUT_S) as client,
        client.stream("GET", url, headers={"Accept": "application/json"} | (headers or {})) as answer,
    ):
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > LARGEST:
                raise ValueError(f"{url} gives more than {LARGEST} bytes")
    return orjson.loads(content)
