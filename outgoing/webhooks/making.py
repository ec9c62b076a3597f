"""Makes ready what webhooks are to be told, from the feed, in the transaction in which each one's position moves."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import orjson
import structlog

from wangge.access.person import Grant, NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right, Role
from wangge.outgoing.sightings import Sighting, sightings_of
from wangge.outgoing.webhooks import queries
from wangge.outgoing.webhooks.webhooks import follower_of
from wangge.reports.feed.appending import FIND
from wangge.reports.feed.events import BATCH, FeedEvent, FeedGone, Mark
from wangge.reports.feed.positions import UnknownFollower, enrol, forget, position
from wangge.reports.number import parse_number
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = ["CASE_TYPE", "FINDING_TYPE", "GONE_TYPE", "as_cloud_event", "behind", "make_all"]

log = structlog.get_logger(__name__)

CASE_TYPE = "wangge.case."
GONE_TYPE = f"{CASE_TYPE}gone"
FINDING_TYPE = f"wangge.finding.{FIND}"
"""Types of events: of a case, with the move behind it."""

Told = tuple[Mark, int, dict[str, Any]]
"""An event's place in the feed, its lane, and what is said of it."""

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
            told = list(_of_cases(await sightings_of(connection, wanted), scope, source))
            told += await _of_findings(connection, wanted, hook, source)
            rows = [_row(hook, keep, *each) for each in told]
            if rows:
                async with connection.cursor() as cursor:
                    await cursor.executemany(queries.PUT, rows)
    return len(taken.events) == BATCH


def _scope_of(hook: Any, right: Right = Right.EXPORT) -> Scope | None:
    """Where the owner has a right now, that to export cases as a rule; None for nowhere."""
    if hook.account is not None:
        grants = tuple(Grant(Role(role), *place) for role, *place in hook.grants or ())
        owner = Person(hook.account, grants=grants)
    elif hook.role is not None:
        grant = Grant(Role(hook.role), hook.key_territory, hook.level, hook.code, hook.organisation)
        owner = Person(grants=(grant,), rights=frozenset(map(Right, hook.rights)))
    else:
        return None
    try:
        return owner.scope(hook.territory, right)
    except (NotSignedIn, NotAllowed):
        return None


def _of_cases(sightings: list[Sighting], scope: Scope, source: str) -> Iterator[Told]:
    for event in sightings:
        if (seen := event.seen_by(scope)) is not None:
            told = as_cloud_event(event, source, gone=seen == "gone")
            parsed = parse_number(told["subject"])
            yield event.mark, parsed[1] if parsed else 0, told


async def _of_findings(connection: AsyncConnection, events: list[FeedEvent], hook: Any, source: str) -> list[Told]:
    """New findings that the owner may see, which are other cells than those whose cases may be exported."""
    found = {int(event.facts["finding"]["id"]): event for event in events if event.move == FIND}
    scope = _scope_of(hook, Right.READ_FIGURES) if found else None
    if scope is None:
        return []
    cells = None if scope.cells is None else orjson.dumps(sorted(map(list, scope.cells))).decode()
    asked = {"ids": list(found), "territory": hook.territory, "cells": cells}
    seen = {row.id for row in await named_rows(connection, queries.FINDINGS_SEEN, asked)}
    # A lane of their own: below all numbers of reports.
    return [(event.mark, -id_, _as_finding(event, source)) for id_, event in found.items() if id_ in seen]


def _row(hook: Any, keep: timedelta, mark: Mark, lane: int, told: dict[str, Any]) -> dict[str, object]:
    return {
        "territory": hook.territory,
        "name": hook.name,
        "webhook": hook.id,
        "mark": str(mark),
        "lane": lane,
        "body": orjson.dumps(told).decode(),
        "keep": keep,
    }


def as_cloud_event(event: Sighting, source: str, *, gone: bool) -> dict[str, Any]:
    """What happened to a case as a CloudEvent (1.0, JSON); of one that has left the owner's cells, its number alone."""
    data = orjson.loads(event.data)
    kind = GONE_TYPE if gone else f"{CASE_TYPE}{data['move']}"
    told = orjson.loads(event.gone) if gone else data
    return _envelope(event.mark, source, event.territory, kind, data["number"], data["at"], told)


def _as_finding(event: FeedEvent, source: str) -> dict[str, Any]:
    finding = event.facts["finding"]
    return _envelope(
        event.mark,
        source,
        event.territory,
        FINDING_TYPE,
        str(finding["id"]),
        event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        finding,
    )


def _envelope(
    mark: Mark, source: str, territory: str, kind: str, subject: str, time: str, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(mark),
        "source": f"{source}/api/v1/territories/{territory}",
        "type": kind,
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
