"""An event as followers read it, and the mark that says how far one has come."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from wangge.geo.errors import WanggeError
from wangge.reports.feed import queries
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection

__all__ = [
    "BATCH",
    "BadMark",
    "FeedEvent",
    "FeedGone",
    "Mark",
    "Standing",
    "Stretch",
    "next_stretch",
    "read",
    "standing",
]

BATCH = 500
"""Events that are read at once, unless the follower says otherwise."""

_MARK = re.compile(r"(\d{1,9})-(\d{1,18})")


class BadMark(WanggeError):
    """A text that is no mark. Facts: `got`."""

    kind = "bad-mark"


class FeedGone(WanggeError):
    """What follows a mark is not in the feed: dropped in time, or numbered anew in another incarnation.

    Whoever kept something by that mark makes it anew. Facts: `mark`; `earliest` and `newest`, the ends of what is kept.
    """

    kind = "feed-gone"


class Mark(NamedTuple):
    """A place in the feed: an incarnation, and a position numbered in it. Position 0 is before every event.

    As text, `3-1234`, it names an event for good, also for receivers outside that may be sent it twice.
    """

    incarnation: int
    position: int

    def __str__(self) -> str:
        return f"{self.incarnation}-{self.position}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """The mark that a text is of. Raises BadMark."""
        found = _MARK.fullmatch(text)
        if found is None:
            raise BadMark(got=text)
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event with its place in the feed. Of a case, `facts` are what the case became by it.

    One of a territory has neither report nor state: `move` says what happened, `facts` the rest.
    """

    mark: Mark
    id: int
    report_id: int | None
    received_at: datetime | None
    territory: str
    move: str
    state: str | None
    at: datetime
    actor: str
    account_id: int | None
    note: str | None
    version: int | None
    facts: dict[str, Any]

    @property
    def number(self) -> str | None:
        """The case number; None of what happened to a territory."""
        if self.report_id is None or self.received_at is None:
            return None
        return format_number(self.received_at, self.report_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the feed stands, seen from a position.

    `incarnation` is the present one, which may have numbered nothing yet. Every event after `earliest` is kept, up to
    `newest`, the end. `of_position` is the incarnation in which the position was numbered.
    """

    incarnation: int
    earliest: Mark
    newest: Mark
    of_position: int

    def keeps(self, position: int) -> bool:
        """Whether every event after a position is still in the feed."""
        return self.earliest.position <= position <= self.newest.position

    def knows(self, mark: Mark) -> bool:
        """Whether a mark is of this feed, and every event after it is still there. `mark` is what was asked about."""
        return self.keeps(mark.position) and (mark.position == 0 or self.of_position == mark.incarnation)

    def gone(self, mark: Mark) -> "FeedGone":
        """The refusal to go on from a mark."""
        return FeedGone(mark=str(mark), earliest=str(self.earliest), newest=str(self.newest))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some events in the order of the feed; everything up to `reached` is among them or not asked for."""

    events: list[FeedEvent]
    reached: Mark


async def standing(connection: AsyncConnection, at: int = 0) -> Standing:
    """How the feed stands, seen from a position."""
    row = await (await connection.execute(queries.STANDING, {"at": at})).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of aggregates gives a row
    incarnation, earliest, of_earliest, newest, of_newest, of_position = row
    return Standing(incarnation, Mark(of_earliest, earliest), Mark(of_newest, newest), of_position)


async def next_stretch(
    connection: AsyncConnection, after: Mark, *, territory: str | None = None, limit: int = BATCH
) -> Stretch:
    """The next events after a mark, as far as there are any. Raises FeedGone."""
    stands = await standing(connection, after.position)
    if not stands.knows(after):
        raise stands.gone(after)
    stretch = await read(connection, after.position, stands.newest, territory=territory, limit=limit)
    # Nothing holds back what is dropped for those without a name: it is looked at again, after the reading.
    if stretch.reached.position > after.position:
        stands = await standing(connection, after.position)
        if not stands.knows(after):
            raise stands.gone(after)
    return stretch


async def read(connection: AsyncConnection, after: int, newest: Mark, *, territory: str | None, limit: int) -> Stretch:
    """Events after a position up to a mark, and not more than `limit`, in the order of the feed."""
    parameters = {"after": after, "last": newest.position, "territory": territory, "limit": limit}
    rows = await (await connection.execute(queries.EVENTS, parameters)).fetchall()
    events = [FeedEvent(Mark(incarnation, position), *event) for incarnation, position, *event in rows]
    return Stretch(events, events[-1].mark if len(events) == limit else newest)


async def waiting(connection: AsyncConnection, limit: int = 1_000_000) -> int:
    """How many committed events the next tick would number, up to a limit."""
    row = await (await connection.execute(queries.WAITING, {"limit": limit})).fetchone()
    return int(row[0]) if row else 0


def as_record(event: FeedEvent) -> dict[str, Any]:
    """An event as a record for programs outside; `id` names it for good."""
    return {
        "id": str(event.mark),
        "report": event.number,
        "territory": event.territory,
        "move": event.move,
        "state": event.state,
        "version": event.version,
        "at": event.at,
        "actor": event.actor,
        "note": event.note,
        "facts": event.facts,
    }
