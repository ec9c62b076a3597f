"""Asks another server for the requests of a time, however few it tells of at once."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import structlog

from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.line import Line
from wangge.outgoing.open311.reading import TheirRequest, request_of

__all__ = ["requests_of", "written"]

log = structlog.get_logger(__name__)

MOST_PAGED = 10_000
FULL = 50
"""An answer of so many, from a server that knows no pages, may not be all."""
MOST_QUESTIONS = 20_000
"""A server that always has something new to tell of has no end."""
SHORTEST = timedelta(seconds=2)
SLACK = timedelta(days=1)
"""Their clock may be off, and in another zone than they say."""


async def requests_of(
    line: Line,
    peer: Peer,
    start: datetime,
    end: datetime,
    *,
    after: datetime | None = None,
    more: Mapping[str, str] | None = None,
    strict: bool = False,
) -> AsyncIterator[tuple[TheirRequest, float]]:
    """The requests of a time, each once, with how much of the time was read; a time that holds too many is halved.

    Parameters
    ----------
    after : only those that were changed since.
    more : what else is asked for.
    strict : also refuse to leave out what a server does not tell of one second.

    Raises
    ------
    PeerUnavailable : also where nobody could read all: it does not heed the times that are asked for, or has no end.
    """
    whole = end - start
    windows = [(start, end)]
    seen: set[str] = set()
    questions = 0
    while windows:
        start, end = windows.pop()
        here: set[str] = set()  # of this time: what other times had too does not say that it is at its end
        asked = dict(more or {}) | {"start_date": written(start), "end_date": written(end)}
        asked |= {"updated_after": written(after)} if after else {}
        page = 1
        while True:
            questions += 1
            if questions > MOST_QUESTIONS:
                raise line.unavailable(f"GET requests: no end after {MOST_QUESTIONS} questions")
            entries = await line.get("requests", asked | {"page": str(page), "page_size": str(peer.page_size)})
            found = [one for one in map(request_of, entries) if one]
            new = [one for one in found if one.id not in here]
            here |= {one.id for one in new}
            for one in new:
                if one.id in seen:
                    continue
                seen.add(one.id)
                yield one, 1 - (sum((b - a for a, b in windows), end - start) / whole)
            page += 1
            ignored = bool(found) and not new and page > 2 and len(found) >= FULL
            if ignored or (new and page * peer.page_size > MOST_PAGED):
                if any(one.requested and not start - SLACK < one.requested < end + SLACK for one in found):
                    raise line.unavailable("GET requests: of other times than were asked for, and not all")
                if end - start < SHORTEST:
                    if strict or not all(one.requested for one in found):
                        raise line.unavailable(f"GET requests: {len(here)} at once, and not all")
                    log.warning("more requests of one second than a server tells of", peer=peer.name, at=asked)
                    break
                middle = start + (end - start) / 2
                windows += [(middle, end), (start, middle)]
                break
            if not new:
                break


def written(moment: datetime) -> str:
    """A time (UTC) as it is asked for."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
