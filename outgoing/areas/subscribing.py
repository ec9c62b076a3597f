"""To hear of an area by e-mail: asked for by anybody, confirmed by who reads that mailbox, ended by a link.

What is answered does not depend on the address: neither whether it is known nor whether it gets a message is told. The
secret in the links is made from the signing key, so that it is kept nowhere, as that of a reporter is.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wangge.access.links import Links
from wangge.geo.errors import WanggeError
from wangge.outgoing.areas import queries
from wangge.outgoing.notices.recipients import mailbox_of
from wangge.outgoing.notices.refusing import UnknownLink, name_of, refused
from wangge.outgoing.notices.timing import Timing
from wangge.reports.listing.public import Area
from wangge.store.engine import AsyncConnection, first_value, named_rows

__all__ = [
    "LASTING",
    "AreaMailClosed",
    "Subscription",
    "ask",
    "confirm",
    "end",
    "erase_of",
    "erase_unconfirmed",
    "is_open",
    "next_morning",
    "subscription_of",
    "token_of",
]

LASTING = timedelta(days=1)
"""How long somebody has to confirm."""
MOST_ASKED = 3
"""Messages that an address is asked to confirm by within that time, whoever asks."""
MOST_HELD = 20
"""Areas that one address is told of."""
MORNING = time(8)
LONGEST_ID = 19
NOWHERE = datetime(1970, 1, 1, tzinfo=UTC)


class AreaMailClosed(WanggeError):
    """Nothing of areas is sent by e-mail here: no server takes any, or no category is told exactly."""

    kind = "area-mail-closed"


@dataclass(frozen=True, slots=True)
class Subscription:
    """An area that an address is told of, `categories` alone where there are any; `zone` is the territory's clock."""

    id: int
    territory: str
    email: str
    language: str
    area: Area
    categories: tuple[str, ...]
    created_at: datetime
    confirmed_at: datetime | None
    position: int | None
    zone: str

    @classmethod
    def of_row(cls, row: Any) -> "Subscription":
        """That of a row."""
        area = Area(row.cell, row.level, row.lon, row.lat, row.metres)
        whose = row.id, row.territory, row.email, row.language
        return cls(*whose, area, tuple(row.categories), row.created_at, row.confirmed_at, row.position, row.zone)


async def is_open(connection: AsyncConnection, territory: str) -> bool:
    """Whether there are cases of a territory that can be told of with number and times."""
    return bool(await first_value(connection, queries.IS_OPEN, {"territory": territory}))


async def ask(
    connection: AsyncConnection,
    links: Links,
    territory: str,
    email: str,
    language: str,
    area: Area,
    categories: Sequence[str],
) -> None:
    """Ask whoever reads a mailbox whether they want to hear of an area.

    Nothing is asked of an address that wants no notices, has not answered a few times, or has many areas already.

    Parameters
    ----------
    connection : in a transaction.
    email : that mail can go to (`mailbox_of`).
    """
    asked = {"territory": territory, "email": email, "language": language}
    await connection.execute(queries.HOLD, asked)
    row = await (await connection.execute(queries.HELD, asked)).fetchone()
    unconfirmed, confirmed = row or (0, 0)
    unwanted = await refused(connection, [name_of(links, "email", email)])
    if unwanted or unconfirmed >= MOST_ASKED or confirmed >= MOST_HELD:
        return
    where = {"cell": area.cell, "level": area.level, "lon": area.lon, "lat": area.lat, "metres": area.metres}
    added = asked | where | {"categories": sorted(set(categories))}
    new = await first_value(connection, queries.ADD, added)
    await connection.execute(queries.ASK_TO_CONFIRM, asked | {"id": new, "lasting": LASTING})


def token_of(links: Links, subscription: Subscription) -> str:
    """What stands in the links of a subscription: its id, and what proves that we made them."""
    return f"{subscription.id}.{_secret(links, subscription.id, subscription.created_at)}"


async def subscription_of(connection: AsyncConnection, links: Links, token: str) -> Subscription:
    """The subscription of a token.

    Raises
    ------
    UnknownLink : there is none, it was not confirmed in time, or the token is not ours: always the same.
    """
    head, _, proof = token.partition(".")
    known = head.isascii() and head.isdecimal() and len(head) < LONGEST_ID
    which = int(head) if known else 0
    rows = await named_rows(connection, queries.SUBSCRIPTION, {"id": which, "lasting": LASTING})
    found = Subscription.of_row(rows[0]) if rows else None
    right = _secret(links, which, found.created_at if found else NOWHERE)
    if not hmac.compare_digest(right.encode(), proof.encode()) or found is None:
        raise UnknownLink
    return found


async def confirm(connection: AsyncConnection, links: Links, token: str, timing: Timing) -> None:
    """Tell the address of a token of its area from the next morning on; again is nothing.

    Parameters
    ----------
    connection : in a transaction.

    Raises
    ------
    UnknownLink
    """
    found = await subscription_of(connection, links, token)
    zone = ZoneInfo(found.zone)
    due = timing.waking(next_morning(datetime.now(UTC), zone), zone)
    done = await connection.execute(queries.CONFIRM, {"id": found.id, "due": due})
    if done.rowcount:
        await connection.execute(queries.ERASE_EQUAL, {"id": found.id})


async def end(connection: AsyncConnection, links: Links, token: str) -> None:
    """Erase a subscription with its address, what was sent to it, and what waits. Raises UnknownLink."""
    found = await subscription_of(connection, links, token)
    await connection.execute(queries.END, {"id": found.id})


async def erase_of(connection: AsyncConnection, email: str) -> int:
    """Erase all that an address is told of, as whoever it belongs to may ask; how many areas."""
    done = await connection.execute(queries.ERASE_OF, {"email": mailbox_of(email) or email})
    return done.rowcount


async def erase_unconfirmed(connection: AsyncConnection) -> int:
    """Erase what nobody has confirmed in time; how many."""
    done = await connection.execute(queries.ERASE_UNCONFIRMED, {"lasting": LASTING})
    return done.rowcount


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """The next eight o'clock by the clock of a territory."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= MORNING else 0)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def _secret(links: Links, subscription: int, created_at: datetime) -> str:
    return links.secret(f"area subscription {subscription} {created_at.astimezone(UTC).isoformat()}")
