"""Takes another server's requests: each becomes one report by the ordinary intake, and is followed from then on."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog

from wangge.access.person import Grant, Person
from wangge.access.roles import Role
from wangge.data import messages
from wangge.data.languages import NEAREST
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.asking import requests_of
from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.line import Line
from wangge.outgoing.open311.reading import TheirRequest, request_of
from wangge.reports.case.actions import move
from wangge.reports.case.case import Arguments
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.intake.months import ensure_months_ahead
from wangge.reports.intake.submitting import Submission, submit
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Pulled", "pull"]

log = structlog.get_logger(__name__)

SOURCE = "open311"
OVERLAP = timedelta(minutes=10)
"""What was changed so shortly before the latest change is asked for again: it may have become visible after it."""
AHEAD = timedelta(days=1)
"""So far their clock may be ahead."""
AT_ONCE = 50
"""Requests that are asked for by their ids."""

_MARK = re.compile(r"\[(?P<territory>[^\]\[ ]+) (?P<number>\d{6}-\d{6,}-\d)\]$", re.ASCII)

Advance = Callable[[float, str], None]


class MayBeOurs(WanggeError):
    """A request without words, of a service for which a case was posted without an answer. Facts: `service`."""

    kind = "may-be-ours"


class NoPosition(WanggeError):
    """A request that does not say where it is. Facts: none."""

    kind = "no-position"


class BearsOurMark(WanggeError):
    """A request with the mark of a case from here that another request is, or that was not posted. Facts: `mark`."""

    kind = "bears-our-mark"


class UnmappedService(WanggeError):
    """No category was declared for their service. Facts: `service`."""

    kind = "unmapped-service"


@dataclass(slots=True)
class Pulled:
    """What a pull did: requests that became reports, that could not, whose status was followed, and all that it saw."""

    seen: int = 0
    taken: int = 0
    untaken: int = 0
    followed: int = 0
    reached: datetime | None = None
    ids: set[str] = field(default_factory=set)
    unanswered: frozenset[str] = frozenset()


async def pull(connection: AsyncConnection, line: Line, grid: Grid, peer: Peer, advance: Advance) -> Pulled:
    """Take what is new or changed there; after a kill the next pull reads the same again, and does nothing twice.

    Parameters
    ----------
    connection : in autocommit; each request is a transaction of its own.

    Raises
    ------
    PeerUnavailable : what was taken until then stays.
    """
    await ensure_months_ahead(connection, needed=True)
    began, done = datetime.now(UTC), Pulled()
    rows = await named_rows(connection, queries.UNANSWERED_SERVICES, {"peer": peer.id})
    done.unanswered = frozenset(row.service for row in rows)
    after = peer.reached - OVERLAP if peer.reached else None
    start = after if after and not peer.updates else peer.since
    end = began + AHEAD
    async for request, share in requests_of(line, peer, start, end, after=after if peer.updates else None):
        await _take(connection, grid, peer, request, done)
        latest = [one for one in (request.updated if peer.updates else None, request.requested) if one]
        done.reached = max([*latest, *([done.reached] if done.reached else [])], default=None)
        advance(share, f"{done.seen}")
    if not peer.updates:
        await _look_again(connection, line, grid, peer, done)
    for theirs, body in await named_rows(connection, queries.TO_TRY, {"peer": peer.id, "before": began}):
        if theirs not in done.ids and (again := request_of(body)):
            await _take(connection, grid, peer, again, done)
    if done.reached:
        reached = {"peer": peer.id, "reached": min(done.reached, began)}
        await connection.execute(queries.REACHED, reached)
    return done


async def _look_again(connection: AsyncConnection, line: Line, grid: Grid, peer: Peer, done: Pulled) -> None:
    """Ask for those that were open, where the server does not say what has changed."""
    rows = await named_rows(connection, queries.OPEN_THERE, {"peer": peer.id})
    ids = [row.theirs for row in rows if row.theirs not in done.ids and "," not in row.theirs]
    for at in range(0, len(ids), AT_ONCE):
        entries = await line.get("requests", {"service_request_id": ",".join(ids[at : at + AT_ONCE])})
        for one in filter(None, map(request_of, entries)):
            await _take(connection, grid, peer, one, done)


async def _take(connection: AsyncConnection, grid: Grid, peer: Peer, request: TheirRequest, done: Pulled) -> None:
    """Do what a request asks for, as one transaction."""
    done.seen += 1
    done.ids.add(request.id)
    async with connection.transaction():
        rows = await named_rows(connection, queries.KNOWN, {"peer": peer.id, "theirs": request.id})
        known = rows[0] if rows else None
        if (known is None or known.state == "refused") and await _posted(connection, peer, request, done):
            return
        if known is None or known.state == "refused":
            if request.service in done.unanswered and not request.kept.get("description"):
                await _leave(connection, peer, request, MayBeOurs(service=request.service), done)
                return
            key = await _file(connection, grid, peer, request, done)
            if key and not peer.is_open(request.status):
                rows = await named_rows(connection, queries.KNOWN, {"peer": peer.id, "theirs": request.id})
                await _follow(connection, grid, peer, request, rows[0])
        elif _status(peer, request) != known.their_status:
            await _follow(connection, grid, peer, request, known)
            done.followed += 1


async def _posted(connection: AsyncConnection, peer: Peer, request: TheirRequest, done: Pulled) -> bool:
    """Whether a request was posted from here, by its mark: never taken, and paired if the answer to the post was lost.

    Anybody may write a mark: that of a case which does not wait for its request puts this one on the list.
    """
    ours = _own(request, peer)
    rows = await named_rows(connection, queries.MARKED, {"peer": peer.id, "report": ours}) if ours else []
    for row in rows:
        if row.unanswered:
            await connection.execute(queries.LET_GO, {"peer": peer.id, "theirs": request.id})
            await connection.execute(queries.PAIR, {"id": row.id, "theirs": request.id})
        else:
            mark = request.kept["description"].rpartition("\n")[2]
            await _leave(connection, peer, request, BearsOurMark(mark=mark), done)
    return bool(rows)


def _own(request: TheirRequest, peer: Peer) -> int | None:
    """The id of the case here that a request was posted for, by the mark that it bears."""
    found = _MARK.search(request.kept.get("description", ""))
    parsed = parse_number(found["number"]) if found and found["territory"] == peer.territory else None
    return parsed[1] if parsed else None


async def _file(
    connection: AsyncConnection, grid: Grid, peer: Peer, request: TheirRequest, done: Pulled
) -> tuple[int, datetime] | None:
    try:
        if request.place is None:
            raise NoPosition
        category = peer.category_of(request.service)
        if category is None:
            raise UnmappedService(service=request.service)
        now = datetime.now(UTC)
        submission = Submission(
            *request.place,
            category,
            description=request.words,
            occurred_at=request.requested if request.requested and request.requested <= now else None,
            external_id=f"{peer.name}:{request.id}"[:200],
        )
        async with connection.transaction():
            receipt, _ = await submit(connection, grid, submission, source=SOURCE, owner=f"peer {peer.id}")
    except WanggeError as error:
        await _leave(connection, peer, request, error, done)
        return None
    row = {"peer": peer.id, "theirs": request.id, "report": receipt.id, "received_at": receipt.received_at}
    await connection.execute(queries.TAKEN, row | {"status": "open"})
    done.taken += 1
    return receipt.id, receipt.received_at


async def _leave(
    connection: AsyncConnection, peer: Peer, request: TheirRequest, error: WanggeError, done: Pulled
) -> None:
    """Put a request on the list of those that could not be taken, with the reason; it is tried again."""
    facts = orjson.dumps(error.facts, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    row = {"peer": peer.id, "theirs": request.id, "reason": error.kind, "facts": facts}
    await connection.execute(queries.UNTAKEN, row | {"body": orjson.dumps(request.kept).decode()})
    done.untaken += 1


def _status(peer: Peer, request: TheirRequest) -> str:
    return "open" if peer.is_open(request.status) else "closed"


async def _follow(connection: AsyncConnection, grid: Grid, peer: Peer, request: TheirRequest, known: Any) -> None:
    """What another status there means here: who reported it takes it back or wants it again; else it is noted."""
    row_id, origin = known.id, known.origin
    number = format_number(known.report_received_at, known.report_id)
    status = _status(peer, request)
    person = Person(name=f"open311:{peer.name}", grants=(Grant(Role.CENTRE, grid.territory),))
    said = messages.word("open311", f"there-{status}", NEAREST, peer=peer.name, number=request.id)
    said = f"{said} {request.notes}".strip()
    ways = [("withdraw", Arguments(note=said))] if status == "closed" else [("reopen", Arguments(reason=said))]
    state = await _first_lawful(
        connection, person, grid, number, [*(ways if origin == "theirs" else ()), ("note", Arguments(note=said))]
    )
    is_open = state is None or state in OPEN
    await connection.execute(queries.MOVED, {"id": row_id, "status": status, "open": is_open})


async def _first_lawful(
    connection: AsyncConnection, person: Person, grid: Grid, number: str, ways: Iterable[tuple[str, Arguments]]
) -> State | None:
    """Make the first move that the case allows; the state after it, or None where it allows none."""
    for name, arguments in ways:
        try:
            async with connection.transaction():
                return (await move(connection, person, grid, number, name, arguments)).case.state
        except WanggeError:
            continue
    return None
