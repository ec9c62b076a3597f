"""Server-sent events as the service sends them, taken apart, and what follows each for who follows them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2

from wangge.api.schemas.events import CaseChange
from wangge.client.calls import Call, as_query

__all__ = ["SILENCE_S", "Anew", "Following", "follow_events"]

SILENCE_S = 45.0
"""The service says every fifteen seconds that it is there; so long without a word, and the line is dead."""
LONGEST = 1024 * 1024
"""Bytes of one event."""


@dataclass(frozen=True, slots=True)
class Anew:
    """What was made of events so far is to be made anew, by asking the lists; what follows comes after `mark`."""

    mark: str


@dataclass(slots=True)
class Following:
    """How far one has come: `mark` is where to go on after, `live` that all that was past has been told."""

    mark: str | None
    live: bool = False
    _rest: bytes = field(default=b"")

    def begin(self) -> None:
        """Nothing is left of the line before."""
        self.live, self._rest = False, b""

    def take(self, part: bytes) -> Iterator[CaseChange | Anew]:
        """What the next bytes of a stream tell. Raises ValueError where they are none of the service's."""
        *blocks, self._rest = (self._rest + part).split(b"\n\n")
        if len(self._rest) > LONGEST:
            raise ValueError("an event without an end")
        for block in blocks:
            lines = (line.partition(b":") for line in block.split(b"\n"))
            said = {name.decode(): value.removeprefix(b" ") for name, _, value in lines}
            self.mark = said["id"].decode() if "id" in said else self.mark
            match said.get("event"):
                case b"case" | b"gone" as event:
                    told = b'{"id":"%s","event":"%s","data":%s}' % (said["id"], event, said["data"])
                    yield CaseChange.model_validate_json(told)
                case b"reset":
                    yield Anew(self.mark or "")
                case b"live":
                    self.live = True


def follow_events(here: str, *, after: str | None = None, endless: bool = True) -> Call[httpx2.Response]:
    """The stream of what happens, after a mark or from now on."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
    query = as_query({"follow": endless})
    return Call("follow_events", "GET", f"{here}/events", lambda answer: answer, query, headers)
