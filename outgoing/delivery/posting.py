"""POST to an address that was looked at: no redirect, and of the answer nothing is read but its status."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wangge.outgoing.delivery.deliveries import Unreachable

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool as Connections

__all__ = ["WHOLE_S", "post"]

WHOLE_S = 20.0
"""For one try, from the name's look-up to the answer's head; shorter than the lease of who sends."""


async def post(connections: "Connections", url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status that a receiver answers with. Raises Unreachable."""
    import httpcore2  # only who sends loads it

    target = httpcore2.URL(url)
    host = target.host.decode()
    default = {b"https": 443, b"http": 80}[target.scheme]
    if target.port not in (None, default):
        host += f":{target.port}"
    whole = {**headers, "content-length": str(len(body)), "host": host}
    sent = [(name.encode(), value.encode()) for name, value in whole.items()]
    within = {"timeout": {"connect": WHOLE_S, "read": WHOLE_S, "write": WHOLE_S, "pool": WHOLE_S}}
    try:
        async with asyncio.timeout(WHOLE_S):
            async with connections.stream("POST", target, headers=sent, content=body, extensions=within) as answer:
                return int(answer.status)
    except TimeoutError:
        raise Unreachable("timeout") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error
