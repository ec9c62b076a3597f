"""Streams to screens: one reader of the feed in a process, and every open stream takes from what it has read.

Whom an event is for is decided in memory, by what was looked up once for all; a stream asks the database nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import psycopg
import structlog

from wangge.access.person import Scope
from wangge.geo.errors import WanggeError
from wangge.outgoing.audience import Audience
from wangge.outgoing.ring import Ring
from wangge.outgoing.sightings import Sighting, sightings_of
from wangge.reports.feed.events import BATCH, FeedGone, Mark, next_stretch, standing
from wangge.reports.feed.following import Bell
from wangge.store.engine import AsyncConnection, connect_async

__all__ = ["BLIND_S", "MarkLost", "Reader", "Streams", "StreamsFull", "TooManyStreams"]

log = structlog.get_logger(__name__)

KEPT = 5_000
"""Events of a territory that are held for those who come back."""

AT_ONCE = 64
"""Events that a stream sends at once, so that what waits for a slow reader stays small."""

PAUSE_S = 0.1
"""Between two readings: what happens meanwhile goes out together."""

BLIND_S = 10.0
"""After so long without a reading nobody can say that nothing happens."""
CHECKS = 2
"""So many streams ask at once whether their readers still may listen: the connections are for requests."""
RETRY_S = 1.0
RETRY_AFTER_S = 30

Seen = tuple[Literal["case", "gone"], Sighting]


class TooManyStreams(WanggeError):
    """Whoever asks has as many streams open as one may have. Facts: `most`, `retry_after_s`."""

    kind = "too-many-streams"


class StreamsFull(WanggeError):
    """This process has as many streams open as it may have. Facts: `retry_after_s`."""

    kind = "streams-full"


class MarkLost(Exception):
    """What follows a mark is not held any more, or is another feed's: the reader asks everything anew."""


class Reader:
    """One stream: where it is, whose it is, and what it has not sent yet; woken when there is something to send or to
    end for.

    There are thousands: what each waits by is one future rather than an event with its timeout, which weigh a kilobyte.
    """

    __slots__ = ("_life", "_position", "_strange", "_streams", "_waiting", "_woken", "scope", "territory")

    def __init__(self, streams: "Streams", territory: str, scope: Scope, after: Mark | None) -> None:
        self._streams = streams
        self.territory = territory
        self.scope = scope
        self._woken = False
        self._waiting: asyncio.Future[None] | None = None
        self._life = streams.life
        self._position = streams.reached.position if after is None else after.position
        # Position 0 is before every event, whatever the incarnation.
        self._strange = after is not None and after.position > 0 and after.incarnation != streams.reached.incarnation

    @property
    def mark(self) -> Mark:
        """Everything up to here was taken, or is not for this reader."""
        return Mark(self._streams.reached.incarnation, self._position)

    @property
    def ended(self) -> bool:
        """Whether the process is about to end."""
        return self._streams.closed

    @property
    def blind(self) -> bool:
        """Whether the feed has not been read for so long that nobody can say that nothing happens."""
        return time.monotonic() - self._streams.read_at > BLIND_S

    @property
    def ahead(self) -> bool:
        """Whether it has had what this process has not read yet: another one may have, a moment ago."""
        return self._position > self._streams.reached.position

    def take(self) -> list[Seen]:
        """The next events that are for this reader; none when it has come to the end. Raises MarkLost."""
        self._woken = False
        if not self._streams.ready.is_set():
            return []
        ring = self._streams.ring(self.territory)
        if self._strange or self.ahead or self._life != self._streams.life or self._position < ring.since:
            raise MarkLost
        while events := ring.after(self._position, AT_ONCE):
            self._position = events[-1].mark.position
            if found := [(kind, event) for event in events if (kind := event.seen_by(self.scope)) is not None]:
                return found
        self._position = self._streams.reached.position
        return []

    def begin_anew(self) -> None:
        """Go on from the end, whatever was not taken."""
        self._strange, self._life, self._position = False, self._streams.life, self._streams.reached.position

    async def wait(self, seconds: float) -> None:
        """Return when there is something to take, or after so many seconds."""
        if self._woken:
            return
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, self._go_on)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    def wake(self) -> None:
        """There is something to take, or to look at."""
        self._woken = True
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def look_with(self, scope: Scope) -> bool:
        """See from now on what lies in another scope; whether it is another."""
        if scope == self.scope:
            return False
        self._streams.leave(self)
        self.scope = scope
        self._streams.enter(self)
        return True


class Streams:
    """Every open stream of a process, and the one reader of the feed that all of them are told by.

    Parameters
    ----------
    most : so many may be open at once.
    most_of_one : so many of one account or key.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._audiences: dict[str, Audience[Reader]] = {}
        self._open: Counter[str] = Counter()
        self._rings: dict[str, Ring] = {}
        self._begun = 0
        self.reached = Mark(0, 0)
        self.life = 0  # raised when the feed goes on elsewhere
        self.ready = asyncio.Event()
        self.checking = asyncio.Semaphore(CHECKS)
        self.closed = False
        self.read_at = time.monotonic()

    @property
    def count(self) -> int:
        """How many are open."""
        return self._open.total()

    def ring(self, territory: str) -> Ring:
        """The latest events of a territory."""
        return self._rings.setdefault(territory, Ring(self._begun, KEPT))

    @contextmanager
    def open(self, who: str, territory: str, scope: Scope, after: Mark | None) -> Iterator[Reader]:
        """A reader of what happens after a mark, or from now on. Raises TooManyStreams, StreamsFull.

        Parameters
        ----------
        who : names the account or the key, of which there is a bound.
        """
        if self._open[who] >= self._most_of_one:
            raise TooManyStreams(most=self._most_of_one, retry_after_s=RETRY_AFTER_S)
        if self.count >= self._most:
            raise StreamsFull(retry_after_s=RETRY_AFTER_S)
        reader = Reader(self, territory, scope, after)
        self.enter(reader)
        self._open[who] += 1
        try:
            yield reader
        finally:
            self.leave(reader)
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    def enter(self, reader: Reader) -> None:
        """Wake a reader from now on when something is for its scope."""
        self._audiences.setdefault(reader.territory, Audience()).add(reader, reader.scope)

    def leave(self, reader: Reader) -> None:
        """Do so no longer."""
        self._audiences[reader.territory].discard(reader, reader.scope)

    async def reach(self, position: int, seconds: float) -> None:
        """Return when everything up to a position was read, or after so many seconds."""
        until = time.monotonic() + seconds
        while self.reached.position < position and time.monotonic() < until:
            await asyncio.sleep(PAUSE_S / 5)

    def close(self) -> None:
        """End every stream: the process is told to stop."""
        self.closed = True
        self._wake_all()

    async def follow(self, url: str, bell: Bell) -> None:
        """Read the feed until cancelled, and wake whom an event is for; a lost database is waited for.

        By a connection of its own: while many streams are opened, the pool's are taken.
        """
        while True:
            try:
                async with await connect_async(url) as connection:
                    connection.prepare_threshold = None  # which a transaction-pooling PgBouncer asks for
                    await self._follow(connection, bell)
            except (psycopg.Error, OSError) as error:
                log.warning("the feed is not read for streams, trying again", error=str(error).strip())
            except Exception:  # streams that go on in silence would say that nothing happens
                log.exception("the feed is not read for streams, trying again")
            await asyncio.sleep(RETRY_S)

    async def _follow(self, connection: AsyncConnection, bell: Bell) -> None:
        while True:
            rung = bell.next
            try:
                read = await self._read(connection)
            except FeedGone:
                self._begin_anew()
                continue
            self.read_at = time.monotonic()
            if read == BATCH:
                continue  # there may be more
            if not self.ready.is_set():
                self.ready.set()
                self._wake_all()
            await asyncio.sleep(PAUSE_S)
            await bell.wait(rung)

    async def _read(self, connection: AsyncConnection) -> int:
        """Read the next events; how many there were."""
        if self.reached.position == 0:
            await self._find_begin(connection)
        stretch = await next_stretch(connection, self.reached, limit=BATCH)
        self._publish(await sightings_of(connection, stretch.events), stretch.reached)
        return len(stretch.events)

    async def _find_begin(self, connection: AsyncConnection) -> None:
        """Begin a little before the end: who was here before another start of the process finds what came after."""
        stands = await standing(connection)
        begin = max(stands.earliest.position, stands.newest.position - KEPT)
        self._begun, self.reached = begin, Mark((await standing(connection, begin)).of_position, begin)

    def _publish(self, events: Sequence[Sighting], reached: Mark) -> None:
        by_territory: dict[str, list[Sighting]] = {}
        for event in events:
            by_territory.setdefault(event.territory, []).append(event)
        for territory, some in by_territory.items():
            self.ring(territory).add(some)
        self.reached = reached
        for territory, audience in self._audiences.items():
            self._wake(audience.of(by_territory.get(territory, ())))

    def _begin_anew(self) -> None:
        """The feed goes on elsewhere: nothing that is held or was sent counts any more."""
        log.warning("the feed goes on elsewhere, streams begin anew")
        self._rings.clear()
        self.life += 1
        self.reached = Mark(0, 0)
        self.ready.clear()

    def _wake_all(self) -> None:
        for audience in self._audiences.values():
            self._wake(audience)

    @staticmethod
    def _wake(readers: Iterable[Reader]) -> None:
        for reader in readers:
            reader.wake()
