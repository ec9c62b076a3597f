"""What happens to cases: as it happens, for screens that stay open, and by position, for who asks now and then."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from wangge.access.asking import BadCredentials
from wangge.access.person import NotAllowed, NotSignedIn, Person, Scope
from wangge.access.roles import Right
from wangge.api.plumbing.accepting import JSON
from wangge.api.plumbing.addresses import with_query
from wangge.api.plumbing.deps import CurrentGrid, Reading, Seen, asker_of
from wangge.api.plumbing.event_stream import EVENTS, EventStream
from wangge.api.plumbing.problems import CsrfMissing, DatabaseUnavailable, NotReady
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.answers import link
from wangge.api.routes.cases.reports import here_of
from wangge.api.schemas.events import CaseChanges
from wangge.api.schemas.forms import MARK
from wangge.outgoing.sightings import sightings_of
from wangge.outgoing.streams import BLIND_S, Reader, Streams, StreamsFull, TooManyStreams
from wangge.reports.feed.events import BATCH, FeedGone, Mark, Stretch, next_stretch, standing

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["cases"])


@refuses(BadCredentials, CsrfMissing, DatabaseUnavailable, NotSignedIn, NotAllowed)
async def _watching(request: Request, grid: CurrentGrid) -> tuple[Person, Scope]:
    """Who listens, and to what. A screen that is left open does not keep its session from ending."""
    person = await asker_of(request, idling=True)
    return person, person.scope(grid.territory, Right.READ)


Watching = Annotated[tuple[Person, Scope], Depends(_watching)]


EVENT = {
    "type": "object",
    "description": "One event of the stream; `data` is JSON",
    "properties": {
        "event": {"enum": ["case", "gone", "live", "reset", "end"]},
        "id": {"type": "string", "pattern": MARK},
        "data": {"type": "string"},
    },
}


@router.get("/events", response_class=Response, responses={200: {"content": {EVENTS: {"schema": EVENT}}}})
@refuses(NotReady, TooManyStreams, StreamsFull)
async def follow_events(
    request: Request,
    grid: CurrentGrid,
    watching: Watching,
    after: Annotated[str | None, Query(pattern=MARK, description="Go on after this mark: the `id` of an event")] = None,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", pattern=MARK, description="The same, as browsers send it; goes first")
    ] = None,
    endless: Annotated[bool, Query(alias="follow", description="Wait for more at the end; else leave there")] = True,
) -> EventStream:
    """What happens to the cases in one's scope, as server-sent events, from now on or after a mark.

    `case` says that one was changed, `gone` that one left the scope, `reset` that everything is to be asked anew,
    `live` that what is past has been sent, `end` why nothing more comes.
    """
    streams: Streams = request.state.streams
    if not streams.ready.is_set():
        raise NotReady
    person, scope = watching
    mark = last_event_id or after
    who = f"account {person.account}" if person.account is not None else person.name
    opened = streams.open(who, grid.territory, scope, Mark.parse(mark) if mark else None)
    edition = grid.edition_id

    async def check(reader: Reader) -> bool:
        nonlocal edition
        async with streams.checking:
            _, seen = await _watching(request, grid)
        now = request.state.grids[grid.territory].edition_id
        same, edition = now == edition, now
        return not reader.look_with(seen) and same

    first = None
    if not endless:  # what was there when it was asked is told, though this process had not read it yet
        async with request.state.pool.connection() as connection:
            newest = (await standing(connection)).newest
        first = partial(streams.reach, newest.position, BLIND_S)
    endless = endless and not getattr(request.state, "bodiless", False)
    return EventStream(opened, check, endless=endless, first=first)


@router.get("/changes", response_model=CaseChanges)
@refuses(FeedGone)
async def list_case_changes(
    request: Request,
    connection: Reading,
    grid: CurrentGrid,
    seen: Seen,
    after: Annotated[
        str | None, Query(pattern=MARK, description="What happened after this mark; from now on, when left out")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=BATCH, description="Most events that are looked at for this page")] = BATCH,
) -> Response:
    """What happened to the cases in one's scope after a mark, in order; asked again with `after`, without gaps.

    Nothing is told twice, and what commits late stands later. A mark that is too old, or of a feed that was restored
    since, is answered with the earliest that is kept: what was made from it is made anew.
    """
    if after is None:
        stretch = Stretch([], (await standing(connection)).newest)
    else:
        stretch = await next_stretch(connection, Mark.parse(after), territory=grid.territory, limit=limit)
    changes = [
        {"id": str(event.mark), "event": kind, "data": orjson.loads(event.data if kind == "case" else event.gone)}
        for event in await sightings_of(connection, stretch.events)
        if (kind := event.seen_by(seen)) is not None
    ]
    reached = str(stretch.reached)
    here = f"{here_of(request, grid).removesuffix('reports')}changes"
    told = {
        "changes": changes,
        "after": reached,
        "more": len(stretch.events) == limit,
        "links": [link("next", with_query(request, here, after=reached), JSON)],
    }
    return Response(orjson.dumps(told), headers={"Cache-Control": "no-store"}, media_type=JSON)
