"""The latest events of a territory in memory, from which every stream takes what it has not sent yet. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice

from wangge.outgoing.sightings import Sighting

__all__ = ["Ring"]


def _position(event: Sighting) -> int:
    return event.mark.position


class Ring:
    """Events by position, the oldest dropped when there are too many.

    Parameters
    ----------
    since : every event after this position is held.
    most : so many events are held; a quarter more before they are dropped together.
    """

    def __init__(self, since: int, most: int) -> None:
        self.since = since
        self._most = most
        self._events: list[Sighting] = []

    def add(self, events: Sequence[Sighting]) -> None:
        """Add events that follow those that are held."""
        self._events += events
        if len(self._events) > self._most + self._most // 4:
            spare = len(self._events) - self._most
            self.since = self._events[spare - 1].mark.position
            del self._events[:spare]

    def after(self, position: int, most: int) -> list[Sighting]:
        """At most so many events after a position. Everything after `since` is there, and nothing before."""
        begin = bisect_right(self._events, position, key=_position)
        return list(islice(self._events, begin, begin + most))
