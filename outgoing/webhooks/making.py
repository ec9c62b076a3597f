"""Makes ready what webhooks are to be told, from the feed, in the transaction in which each one's position moves."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import structlog

from wangge.access.person import Grant, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right, Role
from wangge.outgoing.sightings import Sighting, sightings_of
from wangge.outgoing.webhooks import queries
from wangge.outgoing.webhooks.webhooks import follower_of
from wangge.reports.feed.events import BATCH, FeedGone
from wangge.reports.feed.positions import UnknownFollower, enrol, forget, position
from wangge.reports.number import parse_number
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["as_cloud_event", "behind", "make_all"]

log = structlog.get_logger(__name__)

MOST_WAITING = 2_000
"""So much is made ready for a receiver that does not take it; the rest stays in the feed."""


async def behind(connection: AsyncConnection) -> bool:
    """Whether a webhook was told to go on from an earlier mark since the others came to the end."""
    return bool(await first_value(connection, queries.BEHIND, {"most": MOST_WAITING}))


async def make_all(connection: AsyncConnection, source: str, keep: timedelta) -> bool:
    """Make the next events ready for every webhook; whether there is more for one of them.

    Parameters
    ----------
    source : where the service is reached, before the paths that name territories; empty where nobody has said.
    keep : how long each is tried.
    """
    more = False
    for hook in await named_rows(connection, queries.HOOKS, {"most": MOST_WAITING}):
        scope = _scope_of(hook)
        if scope is None and hook.waiting:
            await connection.execute(queries.DROP_WAITING, {"webhook": hook.id})
        elif hook.waiting >= MOST_WAITING:
            continue
        try:
            more |= await _make(connection, hook, scope, source, keep)
        except UnknownFollower:
            await enrol(connection, follower_of(hook.id))
        except FeedGone as error:
            log.error("events are missing for a webhook: the feed goes on elsewhere", webhook=hook.id, **error.facts)
            await forget(connection, follower_of(hook.id))
            await enrol(connection, follower_of(hook.id))
    return more


async def _make(connection: AsyncConnection, hook: Any, scope: Scope | None, source: str, keep: timedelta) -> bool:
    async with position(connection, follower_of(hook.id), territory=hook.territory) as taken:
        if taken.events and scope is not None:
            wanted = [event for event in taken.events if hook.moves is None or event.move in hook.moves]
            rows = list(_rows(await sightings_of(connection, wanted), scope, hook, source, keep))
            if rows:
                async with connection.cursor() as cursor:
                    await cursor.executemany(queries.PUT, rows)
    return len(taken.events) == BATCH


def _scope_of(hook: Any) -> Scope | None:
    """Which cases the owner may export now; None for none."""
    if hook.account is not None:
        grants = tuple(Grant(Role(role), *place) for role, *place in hook.grants or ())
        owner = Person(hook.account, grants=grants)
    elif hook.role is not None:
        grant = Grant(Role(hook.role), hook.key_territory, hook.level, hook.code, hook.organisation)
        owner = Person(grants=(grant,), rights=frozenset(map(Right, hook.rights)))
    else:
        return None
    try:
        return owner.scope(hook.territory, Right.EXPORT)
    except (NotSignedIn, NotAllowed):
        return None


def _rows(
    sightings: list[Sighting], scope: Scope, hook: Any, source: str, keep: timedelta
) -> Iterator[dict[str, object]]:
    for event in sightings:
        seen = event.seen_by(scope)
        if seen is None:
            continue
        told = as_cloud_event(event, source, gone=seen == "gone")
        parsed = parse_number(told["subject"])
        yield {
            "territory": hook.territory,
            "name": hook.name,
            "webhook": hook.id,
            "mark": str(event.mark),
            "lane": parsed[1] if parsed else 0,
            "body": orjson.dumps(told).decode(),
            "keep": keep,
        }


def as_cloud_event(event: Sighting, source: str, *, gone: bool) -> dict[str, Any]:
    """What happened to a case as a CloudEvent (1.0, JSON); of one that has left the owner's cells, its number alone."""
    data = orjson.loads(event.data)
    return {
        "specversion": "1.0",
        "id": str(event.mark),
        "source": f"{source}/api/v1/territories/{event.territory}",
        "type": "wangge.case.gone" if gone else f"wangge.case.{data['move']}",
        "subject": data["number"],
        "time": data["at"],
        "datacontenttype": "application/json",
        "data": orjson.loads(event.gone) if gone else data,
    }
