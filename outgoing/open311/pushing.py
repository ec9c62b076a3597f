"""Posts cases to another server, each once however often it is killed in between, and tells what becomes of them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from psycopg.errors import UniqueViolation

from wangge.data import messages
from wangge.data.languages import NEAREST
from wangge.outgoing.delivery.deliveries import back_off
from wangge.outgoing.open311 import queries
from wangge.outgoing.open311.asking import requests_of
from wangge.outgoing.open311.declared import Peer
from wangge.outgoing.open311.line import Line, PeerUnavailable
from wangge.outgoing.open311.peers import follower_of, gathering
from wangge.outgoing.open311.reading import LONGEST_WORDS, TheirRequest
from wangge.reports.feed.events import BATCH, FeedGone
from wangge.reports.feed.positions import UnknownFollower, enrol, forget, position
from wangge.reports.feed.sequencing import tick
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Pushed", "push", "settle", "silent"]

log = structlog.get_logger(__name__)

NEVER = timedelta(days=36500)
GRACE = timedelta(seconds=30)
"""So long a post may be on its way whose sender was killed; only then is it looked for there."""
SLACK = timedelta(hours=1)
"""By so much their clock may be off."""
SAME_DEG = 1e-5
MOST_TRIES = 12
"""So often a case is posted, or its token is asked about, without an answer: then somebody has to look at it."""

Advance = Callable[[float, str], None]


@dataclass(slots=True)
class Pushed:
    """What a push did: cases posted, refused there, and changes told."""

    sent: int = 0
    refused: int = 0
    told: int = 0


def silent(_share: float, _said: str) -> None:
    """Nobody is told how far it is."""


async def settle(connection: AsyncConnection, line: Line, peer: Peer, done: Pushed) -> None:
    """See to what was posted without an answer here, before anything else is asked there. Raises PeerUnavailable."""
    await _send_all(connection, line, peer, ("sending", "token"), done, silent)


async def push(connection: AsyncConnection, line: Line, peer: Peer, done: Pushed, advance: Advance) -> None:
    """Post what is due, and tell what has changed. Raises PeerUnavailable."""
    await _gather(connection, peer)
    await _send_all(connection, line, peer, ("due", "refused"), done, advance)
    if peer.ours:
        await _tell(connection, line, peer, done)


async def _gather(connection: AsyncConnection, peer: Peer) -> None:
    """Find by the feed which cases are to be posted and which changes told, in the transaction that moves on in it."""
    while await tick(connection):
        pass
    name, more = follower_of(peer.id), True
    while more:
        try:
            async with position(connection, name, territory=peer.territory) as taken:
                reports = sorted({event.report_id for event in taken.events if event.report_id is not None})
                if reports:
                    await connection.execute(queries.GATHER, gathering(peer, reports))
                    await connection.execute(queries.NOTE_CHANGES, {"peer": peer.id, "reports": reports})
                more = len(taken.events) == BATCH
        except (UnknownFollower, FeedGone) as error:
            log.warning("the feed goes on elsewhere: all cases are looked through", peer=peer.name, kind=error.kind)
            async with connection.transaction():
                if isinstance(error, FeedGone):
                    await forget(connection, name)
                await enrol(connection, name)
                await connection.execute(queries.GATHER, gathering(peer))


async def _send_all(
    connection: AsyncConnection, line: Line, peer: Peer, states: tuple[str, ...], done: Pushed, advance: Advance
) -> None:
    after, count = 0, 0
    while rows := await named_rows(connection, queries.DUE, {"peer": peer.id, "states": list(states), "after": after}):
        for row in rows:
            after, count = row.id, count + 1
            try:
                if row.state == "token":
                    await _redeem(connection, line, peer, row, done)
                else:
                    await _send(connection, line, peer, row, done)
            except PeerUnavailable as error:
                # It waits its turn, so that one that is never answered does not keep all others from being asked for.
                await _unanswered(connection, peer, row, error, done)
                raise
            advance(count / (count + len(rows)), f"{done.sent}")


async def _unanswered(connection: AsyncConnection, peer: Peer, row: Any, error: PeerUnavailable, done: Pushed) -> None:
    # What was just posted, and what cannot become two there, under its key, goes on.
    if row.state not in ("sending", "token") or peer.ours or row.tries < MOST_TRIES:
        await connection.execute(queries.UNANSWERED, {"id": row.id, "wait": back_off(row.tries + 1)})
        return
    facts = orjson.dumps({"status": "—", "said": error.facts["reason"]}).decode()
    await connection.execute(queries.REFUSED, {"id": row.id, "facts": facts, "wait": NEVER})
    done.refused += 1


async def _redeem(connection: AsyncConnection, line: Line, peer: Peer, row: Any, done: Pushed) -> None:
    """Ask for the number that belongs to a token."""
    for entry in await line.get(f"tokens/{quote(row.token, safe='')}"):
        if theirs := entry.get("service_request_id"):
            await _pair(connection, row, theirs, done)
            return
    await _unanswered(connection, peer, row, line.unavailable("GET tokens: no id for it"), done)


async def _send(connection: AsyncConnection, line: Line, peer: Peer, row: Any, done: Pushed) -> None:
    """Post a case. What is sent stands here first, so that after a kill the same is sent under the same key."""
    number = format_number(row.report_received_at, row.report_id)
    body = row.body if row.state == "sending" else await _body(connection, peer, row, number)
    if body is None:
        return
    if row.state == "sending" and not peer.ours:
        await asyncio.sleep(max(0.0, (row.tried_at + GRACE - datetime.now(UTC)).total_seconds()))
        if theirs := await _looked_up(line, peer, row, number):
            await _pair(connection, row, theirs, done)
            return
    await connection.execute(queries.SENDING, {"id": row.id, "body": orjson.dumps(body).decode()})
    status, entries = await line.post(body, f"open311:{peer.territory}/{number}")
    told = entries[0] if entries else {}
    if status:
        reason = {"status": status, "said": told.get("description", "")[:300]}
        refused = {"id": row.id, "facts": orjson.dumps(reason).decode(), "wait": back_off(row.tries + 1)}
        await connection.execute(queries.REFUSED, refused)
        done.refused += 1
    elif theirs := told.get("service_request_id"):
        await _pair(connection, row, theirs, done)
    elif token := told.get("token"):
        await connection.execute(queries.REDEEM, {"id": row.id, "token": token, "wait": timedelta(0)})
    else:
        raise line.unavailable("POST requests: neither an id nor a token")


async def _body(connection: AsyncConnection, peer: Peer, row: Any, number: str) -> dict[str, str] | None:
    """The form of a case; None where it is not there any more, or of no category that goes there."""
    cases = await named_rows(connection, queries.CASE, {"id": row.report_id, "received_at": row.report_received_at})
    if not cases or cases[0].category not in peer.push:
        return None
    case = cases[0]
    mark = peer.mark(number)  # which must not be cut off where it is read again
    words = f"{case.description[: LONGEST_WORDS - len(mark) - 1]}\n{mark}".strip()
    form = {"service_code": peer.push[case.category], "lat": str(case.lat), "long": str(case.lon), "description": words}
    if peer.ours:
        form["requested_datetime"] = case.occurred_at.astimezone(UTC).isoformat()
        if case.accuracy_m is not None:
            form["accuracy"] = str(case.accuracy_m)
    return form


async def _looked_up(line: Line, peer: Peer, row: Any, number: str) -> str | None:
    """The id under which a case stands there already, found by its mark, or by its place and the words left of it."""
    start, end = row.first_tried_at.astimezone(UTC) - SLACK, datetime.now(UTC) + SLACK
    asked = {"service_code": row.body["service_code"]}
    async for one, _ in requests_of(line, peer, start, end, more=asked, strict=True):
        words = one.kept.get("description", "")
        cut_off = bool(words) and row.body["description"].startswith(words) and _near(one, row)
        if cut_off or words.endswith(peer.mark(number)):
            return one.id
    return None


def _near(request: TheirRequest, row: Any) -> bool:
    """Whether a request is where a case was posted for."""
    posted = float(row.body["long"]), float(row.body["lat"])
    return request.place is not None and max(abs(a - b) for a, b in zip(request.place, posted, strict=True)) < SAME_DEG


async def _pair(connection: AsyncConnection, row: Any, theirs: str, done: Pushed) -> None:
    try:
        async with connection.transaction():
            await connection.execute(queries.LET_GO, {"peer": row.peer_id, "theirs": theirs})
            await connection.execute(queries.PAIR, {"id": row.id, "theirs": theirs})
    except UniqueViolation:  # it has said of two cases that they are one request
        facts = orjson.dumps({"status": 201, "said": theirs}).decode()
        await connection.execute(queries.REFUSED, {"id": row.id, "facts": facts, "wait": NEVER})
        done.refused += 1
        return
    done.sent += 1


async def _tell(connection: AsyncConnection, line: Line, peer: Peer, done: Pushed) -> None:
    """Write what has become of cases here into the histories of theirs there; each change once, by its key."""
    for row in await named_rows(connection, queries.TO_TELL, {"peer": peer.id}):
        number = format_number(row.report_received_at, row.report_id)
        state = messages.word("states", row.state, NEAREST)
        said = messages.word("open311", "here-open" if row.open else "here-closed", NEAREST, number=number, state=state)
        key = f"open311:{peer.territory}/{number}/{row.told + 1}/{'open' if row.open else 'closed'}"
        status = await line.note(row.theirs, said, key)
        if status >= 400:
            log.warning("a change is not taken there", peer=peer.name, request=row.theirs, status=status)
            await connection.execute(queries.PUT_OFF, {"id": row.id, "wait": back_off(10)})
            continue
        await connection.execute(queries.TOLD, {"id": row.id, "open": row.open})
        done.told += 1
