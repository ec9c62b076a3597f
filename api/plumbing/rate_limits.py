"""Limits on how often one address may try to sign in, file reports, send photos or locate many points, and an account
make PDFs or read contacts.

They are counted in the memory of each server process: with several, each allows as much. Somebody who tries without end
is stopped all the same; that no password is guessed is seen to by the lock of the account.
"""

import ipaddress
import math
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import Request

from wangge.access.person import Person
from wangge.geo.errors import WanggeError
from wangge.store.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter

__all__ = ["RateLimited", "Rates", "address_of", "count_contact"]

IPV6_NETWORK = 64
"""Whoever has one address of an IPv6 network has all of it."""


class RateLimited(WanggeError):
    """So many so soon. Facts: `retry_after_s`."""

    kind = "rate-limited"


class Rates:
    """What one process remembers of who came how often.

    Parameters
    ----------
    given : by what is counted, such as "10/minute;100/hour"; empty for no limit.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    @classmethod
    def of(cls, settings: Settings) -> "Rates":
        """Those of the settings: `intake` is that of `intake_rate`, and so on."""
        return cls({name.removesuffix("_rate"): rate for name, rate in settings if name.endswith("_rate")})

    @cached_property
    def _limits(self) -> "dict[str, list[RateLimitItem]]":
        from limits import parse_many

        return {kind: parse_many(limits) if limits else [] for kind, limits in self._given.items()}

    @cached_property
    def _limiter(self) -> "RateLimiter":
        from limits.storage import MemoryStorage  # the first sign-in or report of somebody unknown loads it
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())

    def count(self, kind: str, who: str) -> None:
        """Count one more; raises RateLimited when there were too many, and then does not count it."""
        limits = self._limits[kind]
        for limit in limits:
            if not self._limiter.test(limit, kind, who):
                free_at = self._limiter.get_window_stats(limit, kind, who).reset_time
                raise RateLimited(retry_after_s=max(1, math.ceil(free_at - time.time())))
        for limit in limits:
            self._limiter.hit(limit, kind, who)


def count_contact(request: Request, asker: Person) -> None:
    """Count one more contact that somebody reads or looks for, in all territories together.

    Raises
    ------
    RateLimited
    """
    request.state.rates.count("contact", asker.name if asker.account is None else f"account {asker.account}")


def address_of(request: Request) -> str:
    """Where a request comes from; behind a trusted proxy, where that says it comes from."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
