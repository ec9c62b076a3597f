"""Joint meetings over HTTP: members, agendas, and decisions that become tasks."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wangge.access.person import NotAllowed, NotSignedIn, Person
from wangge.access.roles import Right, Role
from wangge.api.plumbing.deps import Asker, Connection, CurrentGrid, Seen, Writing
from wangge.api.plumbing.if_match import MADE, TAGGED, IfMatch, etag
from wangge.api.plumbing.reach import Editing, Reading
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import CODE
from wangge.api.schemas.meetings import DecisionBody, Meeting, MeetingBody, MeetingPut, Meetings, MemberPut, Members
from wangge.api.schemas.meetings import Member as MemberAnswer
from wangge.duty.findings import BadEntries, Finding, refuse
from wangge.duty.organisations import load_organisations
from wangge.reports.case.case import PartyAsked
from wangge.reports.errors import MoveRefused, UnknownReport
from wangge.reports.meetings.holding import (
    Called,
    MeetingOver,
    NotOnAgenda,
    UnknownMeeting,
    call_meeting,
    change_meeting,
    decide,
    find_meeting,
    list_meetings,
)
from wangge.reports.meetings.members import Member, load_members, put_members
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["joint meetings"])
MemberNumber = Annotated[
    str,
    Path(alias="member", pattern=CODE, description="Number on the roster of members"),
]
MeetingId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Id of a meeting")]
CONVENERS = {Role.COMMUNITY_DESK, Role.STREET_DESK, Role.CENTRE}


@refuses(NotSignedIn, NotAllowed)
async def _convener(asker: Asker, grid: CurrentGrid) -> Person:
    """Who may call a meeting and write down what it decided: a desk of a community or a street, or the centre."""
    if not asker.roles_in(grid.territory) & CONVENERS:
        raise asker.refusal(Right.MOVE, grid.territory)
    return asker


Convener = Annotated[Person, Depends(_convener)]


@router.get("/joint-members", response_model=Members)
async def list_members(connection: Connection, reach: Reading) -> dict[str, Any]:
    """The part-time members of the joint meeting, sent by employers that reside in the territory."""
    members = await load_members(connection, reach.grid.territory)
    return {"members": [asdict(member) for _, member in members.values()]}


@router.put("/joint-members/{member}", response_model=MemberAnswer)
@refuses(BadEntries)
async def put_member(
    connection: Writing,
    reach: Editing,
    number: MemberNumber,
    body: MemberPut,
) -> dict[str, Any]:
    """Add a member, or change the one with this number; who is a member no more is not active."""
    reach.check_whole()
    member = Member(number, body.name, body.employer, body.phone, body.active)
    await put_members(connection, reach.grid.territory, [member], reach.person.name)
    return asdict(member)


@router.get("/meetings", response_model=Meetings)
async def get_meetings(
    connection: Connection, asker: Asker, seen: Seen, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """The meetings that take up cases in one's cells, or that one has called; the latest first."""
    return {"meetings": await list_meetings(connection, asker, seen, limit=limit)}


@router.get("/meetings/{meeting}", response_model=Meeting, responses=TAGGED)
@refuses(UnknownMeeting)
async def get_meeting(
    response: Response, connection: Connection, asker: Asker, seen: Seen, meeting: MeetingId
) -> dict[str, Any]:
    """One meeting: its members, its agenda, its decisions and what has become of them."""
    found = await find_meeting(connection, asker, seen, meeting)
    response.headers.update(etag(found["version"]))
    return found


@router.post("/meetings", status_code=201, response_model=Meeting, responses=MADE)
@refuses(UnknownReport, BadEntries)
async def add_meeting(
    request: Request, response: Response, connection: Writing, asker: Convener, seen: Seen, body: MeetingBody
) -> dict[str, Any]:
    """Call a meeting."""
    meeting = await call_meeting(connection, asker, seen, _called(body))
    found = await find_meeting(connection, asker, seen, meeting)
    response.headers.update(etag(found["version"]) | {"Location": f"{request.url.path}/{meeting}"})
    return found


@router.put("/meetings/{meeting}", response_model=Meeting, responses=TAGGED)
@refuses(UnknownMeeting, UnknownReport, BadEntries)
async def put_meeting(
    response: Response,
    connection: Writing,
    asker: Convener,
    seen: Seen,
    meeting: MeetingId,
    body: MeetingPut,
    version: IfMatch,
) -> dict[str, Any]:
    """Change a meeting, say that it was held, or cancel it."""
    await find_meeting(connection, asker, seen, meeting)
    await change_meeting(connection, seen, meeting, _called(body), body.status, version)
    found = await find_meeting(connection, asker, seen, meeting)
    response.headers.update(etag(found["version"]))
    return found


@router.post("/meetings/{meeting}/decisions", status_code=201, response_model=Meeting)
@refuses(UnknownMeeting, MeetingOver, NotOnAgenda, UnknownReport, MoveRefused, BadEntries)
async def add_decision(
    connection: Writing,
    asker: Convener,
    grid: CurrentGrid,
    seen: Seen,
    meeting: MeetingId,
    body: DecisionBody,
) -> dict[str, Any]:
    """Write down a decision about a case on the agenda: its party is given a task, as by any dispatch."""
    await find_meeting(connection, asker, seen, meeting)
    party = await _party(connection, grid.territory, body)
    await decide(connection, asker, grid, meeting, body.number, body.text, party)
    return await find_meeting(connection, asker, seen, meeting)


async def _party(connection: AsyncConnection, territory: str, body: DecisionBody) -> PartyAsked:
    if (body.organisation is None) == (body.desk is None):
        refuse([Finding(1, "organisation", "one_party")])
    if body.organisation is None:
        return PartyAsked(desk=body.desk, due_at=body.due_at)
    found = (await load_organisations(connection, territory, [body.organisation])).get(body.organisation)
    if found is None or not found.active:
        refuse([Finding(1, "organisation", "unknown_organisation", body.organisation)])
    assert found is not None  # noqa: S101 - refused above
    return PartyAsked(organisation=found.id, due_at=body.due_at)


def _called(body: MeetingBody) -> Called:
    return Called(body.held_at, body.place, body.topic, body.members, body.cases)
