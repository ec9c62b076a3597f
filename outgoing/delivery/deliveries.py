"""One message at a time: claimed by one sender, and settled by what became of it.

A claim is a lease. Whoever is killed before the receiver has taken the message leaves it to the next one, when the
lease is over; whoever is killed after that and before it is settled has it sent once more, under the same id.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

from wangge.outgoing.delivery import queries
from wangge.store.engine import AsyncConnection, first_value

__all__ = [
    "Delivery",
    "Down",
    "Refused",
    "Unreachable",
    "back_off",
    "claim",
    "drop",
    "expire",
    "fail",
    "put_off",
    "sent",
    "waits",
    "without",
]

LEASE = timedelta(minutes=5)
FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=6)
PHONE = re.compile(r"\+?[0-9 ()-]+")
SHORTEST = 5
"""Digits of a telephone number."""

Settle = Callable[[AsyncConnection], Awaitable[None]]


class Refused(Exception):
    """The receiver will never take this message; its text says why."""


class Unreachable(Exception):
    """It was not taken this time; its text says why, a status or the name of an error first."""

    @property
    def kind(self) -> str:
        """What of it may stand in a log: the rest of an answer may name the address."""
        return str(self).partition(" ")[0].rstrip(":")


class Down(Unreachable):
    """Nothing is taken this time: whoever carries messages cannot be had."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was claimed, for the `attempts`th time."""

    id: int
    territory: str
    channel: str
    recipient: str
    language: str
    account: int | None
    attempts: int
    created_at: datetime

    @property
    def name(self) -> str:
        """What the message is called at every try, so that whoever gets it twice can tell."""
        return f"{self.id}.{int(self.created_at.timestamp() * 1000)}"


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many tries: half a minute, twice as long each time, six hours at most."""
    longest: timedelta = min(FIRST * 2 ** min(attempts - 1, 20), LONGEST)
    return longest * (0.9 + 0.2 * random())  # noqa: S311 - so that what failed together is not tried together


async def waits(connection: AsyncConnection, channel: str) -> bool:
    """Whether there is something to send by a channel now."""
    return bool(await first_value(connection, queries.WAITING, {"channel": channel}))


async def claim(connection: AsyncConnection, channel: str) -> Delivery | None:
    """Take the next message of a channel for a while; None where none is due."""
    row = await (await connection.execute(queries.CLAIM, {"channel": channel, "lease": LEASE})).fetchone()
    return Delivery(*row) if row else None


async def sent(connection: AsyncConnection, delivery: Delivery) -> None:
    """The receiver has taken it."""
    await connection.execute(queries.SENT, {"id": delivery.id})


async def fail(connection: AsyncConnection, delivery: Delivery, error: str) -> None:
    """It is not tried again by itself."""
    await connection.execute(queries.FAIL, _facts(delivery, error))


async def drop(connection: AsyncConnection, delivery: Delivery, why: str) -> None:
    """Nobody wants it any more."""
    await connection.execute(queries.DROP, _facts(delivery, why))


async def put_off(connection: AsyncConnection, delivery: Delivery, due: datetime, error: str) -> None:
    """It is tried again at a moment."""
    await connection.execute(queries.PUT_OFF, _facts(delivery, error) | {"due": due})


async def expire(connection: AsyncConnection, channel: str) -> int:
    """Give up what was not taken in its time; how many."""
    done = await connection.execute(queries.EXPIRE, {"channel": channel, "error": "too old"})
    return done.rowcount


def _facts(delivery: Delivery, error: str) -> dict[str, object]:
    return {"id": delivery.id, "attempts": delivery.attempts, "error": without(delivery.recipient, error)[:500]}


def without(recipient: str, answer: str) -> str:
    """An answer without the address that it tells of, in whatever case, or the number, with or without its country."""
    words = answer.replace("\x00", "")
    digits = re.sub(r"\D", "", recipient)[-11:]
    if recipient.isdecimal() and len(recipient) < SHORTEST:
        return words  # the id of a browser or of a subscription: no address
    words = re.sub(re.escape(recipient), "…", words, flags=re.IGNORECASE)
    if not PHONE.fullmatch(recipient) or len(digits) < SHORTEST:
        return words
    return re.sub(r"\+?(?:\d[ -]?)*" + "[ -]?".join(digits), "…", words)
