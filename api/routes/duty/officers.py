"""The roster over HTTP: officers, their base grids and their leave."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.api.plumbing.deps import Connection, Writing
from wangge.api.plumbing.if_match import MADE, TAGGED, IfMatch, etag
from wangge.api.plumbing.reach import Editing, Reach, Reading
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import Short
from wangge.api.schemas.duty import Officer as OfficerAnswer
from wangge.api.schemas.duty import OfficerBody, OfficerPut, Officers
from wangge.duty.answering import on_duty
from wangge.duty.findings import BadEntries, Finding, refuse
from wangge.duty.officers import UnknownOfficer, load_roster, put_officers
from wangge.duty.roster import Leave, Officer, Posting, taken_off
from wangge.reports.listing.loads import Load, load_of_desks
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/officers", tags=["who answers"])
Number = Annotated[Short, Path(alias="officer", description="Number of the officer on the roster")]


@router.get("", response_model=Officers)
async def list_officers(
    connection: Connection,
    reach: Reading,
    cell: Annotated[Short | None, Query(description="Only those of this cell or of what lies in it")] = None,
    load: Annotated[bool, Query(description="With the cases that lie with each")] = False,
) -> dict[str, Any]:
    """The officers of the base grids in one's cells, in the order of their numbers."""
    roster = await load_roster(connection, reach.grid.territory)
    seen = [one for one in roster.values() if _seen(reach, one) and (cell is None or _at(reach, one, cell))]
    loads = await _loads(connection, reach) if load else {}
    return {
        "officers": [
            _as_answer(one) | ({"load": asdict(loads.get(one.number, Load()))} if load else {}) for one in seen
        ]
    }


@router.get("/{officer}", response_model=OfficerAnswer, responses=TAGGED)
@refuses(UnknownOfficer)
async def get_officer(response: Response, connection: Connection, reach: Reading, number: Number) -> dict[str, Any]:
    """One officer's entry, with the load of the base grids that the officer is responsible for today."""
    officer = await _found(connection, reach, number)
    response.headers.update(etag(officer.version))
    loads = await _loads(connection, reach)
    return _as_answer(officer) | {"load": asdict(loads.get(number, Load()))}


@router.post("", status_code=201, response_model=OfficerAnswer, responses=MADE)
@refuses(BadEntries)
async def add_officer(
    request: Request, response: Response, connection: Writing, reach: Editing, body: OfficerBody
) -> dict[str, Any]:
    """Add an officer with their postings."""
    if await load_roster(connection, reach.grid.territory, [body.number]):
        refuse([Finding(1, "number", "known", body.number)])
    stored = await _store(connection, reach, _entry(reach, body.number, body), None)
    response.headers.update(etag(stored.version) | {"Location": f"{request.url.path}/{quote(body.number, safe='')}"})
    return _as_answer(stored)


@router.put("/{officer}", response_model=OfficerAnswer, responses=TAGGED)
@refuses(UnknownOfficer, BadEntries)
async def put_officer(
    response: Response, connection: Writing, reach: Editing, number: Number, body: OfficerPut, version: IfMatch
) -> dict[str, Any]:
    """Replace an officer's entry, with all postings and leave."""
    before = await _found(connection, reach, number, version)
    stored = await _store(connection, reach, _entry(reach, number, body), before)
    response.headers.update(etag(stored.version))
    return _as_answer(stored)


@router.delete("/{officer}", status_code=204)
@refuses(UnknownOfficer, BadEntries)
async def remove_officer(connection: Writing, reach: Editing, number: Number, version: IfMatch) -> None:
    """Take an officer off the roster: postings end today, coming ones and coming leave are gone, history stays."""
    before = await _found(connection, reach, number, version)
    today = datetime.now(reach.grid.timezone).date()
    await _store(connection, reach, taken_off(before, today), before)


async def _found(connection: AsyncConnection, reach: Reach, number: str, version: int | None = None) -> Officer:
    """An officer in the asker's cells. Raises UnknownOfficer, Stale."""
    officer = (await load_roster(connection, reach.grid.territory, [number])).get(number)
    if officer is None or not _seen(reach, officer):
        raise UnknownOfficer(number=number)
    if version is not None and officer.version != version:
        raise Stale(version=officer.version)
    return officer


async def _store(connection: AsyncConnection, reach: Reach, entry: Officer, before: Officer | None) -> Officer:
    """Store an entry all of whose base grids, old and new, are the asker's to edit."""
    places = {posting.place for one in (entry, before) if one for posting in one.postings}
    if places:
        reach.check(places)
    else:
        reach.check_whole()
    await put_officers(connection, reach.grid.territory, [entry], reach.person.name)
    return (await load_roster(connection, reach.grid.territory, [entry.number]))[entry.number]


async def _loads(connection: AsyncConnection, reach: Reach) -> dict[str, Load]:
    """What lies with each officer today: at the desks of who is responsible or stands in for whom."""
    present = {
        desk: [one for one in officers if one.role == "responsible" and one.back_on is None]
        for desk, officers in (await on_duty(connection, reach.grid.territory, datetime.now(UTC))).items()
    }
    found: dict[str, Load] = {}
    for desk, load in (await load_of_desks(connection, present.keys(), reach.scope)).items():
        for officer in present[desk]:
            found[officer.number] = found.get(officer.number, Load()) + load
    return found


def _entry(reach: Reach, number: str, body: OfficerPut) -> Officer:
    base = reach.grid.levels[-1].key
    postings = [Posting((base, one.cell), one.role, one.valid_from, one.valid_to, 1) for one in body.postings]
    leave = [Leave(one.away_from, one.back_on, one.substitute, 1) for one in body.leave]
    return Officer(number, body.name, body.phone, body.active, tuple(postings), tuple(leave), record=1)


def _seen(reach: Reach, officer: Officer) -> bool:
    """Whether an officer is shown: posted in the asker's cells, ever; without a posting, to who has the territory."""
    return reach.scope.whole or any(reach.covers(posting.place) for posting in officer.postings)


def _at(reach: Reach, officer: Officer, code: str) -> bool:
    code = reach.grid.code_of(code)
    return any(code in (above for _, above in reach.path(one.place)) for one in officer.postings)


def _as_answer(officer: Officer) -> dict[str, Any]:
    return {
        "id": officer.id,
        "number": officer.number,
        "name": officer.name,
        "phone": officer.phone,
        "active": officer.active,
        "postings": _postings(officer.postings),
        "leave": [{key: getattr(one, key) for key in ("away_from", "back_on", "substitute")} for one in officer.leave],
        "version": officer.version,
    }


def _postings(postings: Sequence[Posting]) -> list[dict[str, Any]]:
    return [
        {
            "level": one.place[0],
            "cell": one.place[1],
            "role": one.role,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }
        for one in postings
    ]
