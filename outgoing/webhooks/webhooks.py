"""Webhooks as those see them who have them: added, listed, given another secret, told everything again, taken away."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import UniqueViolation

from wangge.access.links import Links
from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.geo.errors import WanggeError
from wangge.outgoing.webhooks import queries
from wangge.outgoing.webhooks.addresses import BadAddress, Networks, checked_address
from wangge.outgoing.webhooks.signing import secret_of
from wangge.reports.case.table import MOVES
from wangge.reports.feed.appending import FIND
from wangge.reports.feed.events import Mark
from wangge.reports.feed.positions import UnknownFollower, enrol, forget, move_to
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = [
    "Attempted",
    "TooManyWebhooks",
    "UnknownWebhook",
    "Webhook",
    "WebhookTaken",
    "add",
    "deliveries_of",
    "follower_of",
    "remove",
    "replay",
    "rotate",
    "webhooks",
]

MOST = 20
"""Webhooks of a territory: each reads the feed for itself."""

OVERLAP = timedelta(days=1)
"""How long the secret before signs too, so that its receiver has time to take the new one."""


class UnknownWebhook(WanggeError):
    """There is no such webhook of the asker. Facts: `webhook`."""

    kind = "unknown-webhook"


class WebhookTaken(WanggeError):
    """Another webhook of the territory has this name. Facts: `name`."""

    kind = "webhook-taken"


class TooManyWebhooks(WanggeError):
    """The territory has as many webhooks as it may have. Facts: `most`."""

    kind = "too-many-webhooks"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook and how it does.

    Attributes
    ----------
    mark : everything up to there was made ready for it, or is not for it.
    waiting, failed : events that are to be sent, and that were given up.
    """

    id: int
    name: str
    url: str
    moves: list[str] | None
    created_at: datetime
    created_by: str
    failures: int
    rests_until: datetime | None
    error: str | None
    waiting: int
    failed: int
    mark: str | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """An event on its way to a webhook, and what became of it; `mark` names it."""

    id: int
    mark: str
    state: str
    attempts: int
    due_at: datetime
    created_at: datetime
    done_at: datetime | None
    error: str | None


def follower_of(webhook: int) -> str:
    """What the webhook is called in the feed."""
    return f"webhook-{webhook}"


async def add(
    connection: AsyncConnection,
    links: Links,
    person: Person,
    territory: str,
    *,
    name: str,
    url: str,
    moves: Sequence[str] | None,
    networks: Networks,
) -> tuple[int, str]:
    """The id and the secret of a new webhook, which is told of what happens from now on where its owner may export.

    Parameters
    ----------
    connection : in a transaction.

    Raises
    ------
    NotSignedIn, NotAllowed, BadAddress, TooManyWebhooks, WebhookTaken
    """
    person.scope(territory, Right.EXPORT)
    checked_address(url, networks)
    known = (*MOVES, FIND)
    if moves is not None and (strange := [move for move in moves if move not in known]):
        raise BadAddress(field="moves", reason="enum", expected=", ".join(known), got=strange[0])
    if await first_value(connection, queries.COUNT, {"territory": territory}) >= MOST:
        raise TooManyWebhooks(most=MOST)
    row = {"territory": territory, "name": name, "url": url, "moves": list(moves) if moves else None}
    owner = {"account": person.account, "key": person.key, "by": person.name}
    try:
        async with connection.transaction():
            webhook = int(await first_value(connection, queries.ADD, row | owner))
    except UniqueViolation:
        raise WebhookTaken(name=name) from None
    await enrol(connection, follower_of(webhook))
    change = Change(Subject.WEBHOOK, name, None, {"url": url, "moves": row["moves"]}, territory)
    await connection.execute(*recorded(person.name, [change]))
    return webhook, secret_of(links, webhook, 0)


async def webhooks(
    connection: AsyncConnection, person: Person, territory: str, webhook: int | None = None
) -> list[Webhook]:
    """One's own webhooks, or all where one administers the territory; the one with an id, where it is given."""
    every = person.may(Right.EDIT_ACCOUNTS, territory) and person.scope(territory, Right.EDIT_ACCOUNTS).whole
    rows = await named_rows(connection, queries.WEBHOOKS, {"territory": territory, "webhook": webhook})
    return [_webhook(row) for row in rows if every or _owns(person, row)]


async def rotate(connection: AsyncConnection, links: Links, person: Person, territory: str, webhook: int) -> str:
    """Another secret; for a day the one before signs too. Raises UnknownWebhook."""
    found = await _one(connection, person, territory, webhook)
    asked = {"webhook": webhook, "territory": territory, "lasting": OVERLAP}
    generation = int(await first_value(connection, queries.ROTATE, asked))
    change = Change(Subject.WEBHOOK, found.name, None, {"new_secret": True}, territory)
    await connection.execute(*recorded(person.name, [change]))
    return secret_of(links, webhook, generation)


async def replay(connection: AsyncConnection, person: Person, territory: str, webhook: int, after: Mark) -> None:
    """Tell a webhook everything again that happened after a mark, under the same ids.

    Raises
    ------
    UnknownWebhook, FeedGone
    """
    found = await _one(connection, person, territory, webhook)
    await move_to(connection, follower_of(webhook), after)
    change = Change(Subject.WEBHOOK, found.name, None, {"replayed_after": str(after)}, territory)
    await connection.execute(*recorded(person.name, [change]))


async def remove(connection: AsyncConnection, person: Person, territory: str, webhook: int) -> None:
    """Tell a webhook nothing more; what waits for it is dropped. Raises UnknownWebhook."""
    found = await _one(connection, person, territory, webhook)
    await connection.execute(queries.DELETE, {"webhook": webhook, "territory": territory})
    with suppress(UnknownFollower):  # somebody forgot it by hand
        await forget(connection, follower_of(webhook))
    change = Change(Subject.WEBHOOK, found.name, {"url": found.url, "moves": found.moves}, None, territory)
    await connection.execute(*recorded(person.name, [change]))


async def deliveries_of(
    connection: AsyncConnection,
    person: Person,
    territory: str,
    webhook: int,
    limit: int,
    *,
    state: str | None = None,
    before: int | None = None,
) -> list[Attempted]:
    """What was made ready for a webhook and what became of it, the last first. Raises UnknownWebhook."""
    await _one(connection, person, territory, webhook)
    asked = {"webhook": webhook, "limit": limit, "state": state, "before": before}
    return [Attempted(*row) for row in await named_rows(connection, queries.DELIVERIES, asked)]


async def _one(connection: AsyncConnection, person: Person, territory: str, webhook: int) -> Webhook:
    found = await webhooks(connection, person, territory, webhook)
    if not found:
        raise UnknownWebhook(webhook=webhook)
    return found[0]


def _owns(person: Person, row: Any) -> bool:
    if person.account is not None:
        return bool(row.account == person.account)
    return person.key is not None and bool(row.key == person.key)


def _webhook(row: Any) -> Webhook:
    facts = {name: getattr(row, name) for name in Webhook.__slots__ if name != "mark"}
    mark = None if row.position is None else str(Mark(row.incarnation, row.position))
    return Webhook(**facts, mark=mark)
