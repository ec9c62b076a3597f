"""Desks: who answers for a cell today, and how much lies there."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from wangge.api.plumbing.deps import Connection
from wangge.api.plumbing.if_match import TAGGED, IfMatch, etag
from wangge.api.plumbing.reach import Editing, Reach, Reading
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import Short
from wangge.api.schemas.duty import DeskBody, DeskDetail, Desks
from wangge.data.languages import in_every_language
from wangge.duty.answering import Desk, UnknownDesk, change_desk, find_desk, list_desks, on_duty, organisations_at
from wangge.duty.routing import Place
from wangge.reports.errors import UnknownCell
from wangge.reports.listing.loads import Load, load_of_desks
from wangge.store.engine import AsyncConnection

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["who answers"])
DeskId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Id of a desk")]


@router.get("/desks", response_model=Desks)
async def get_desks(
    connection: Connection,
    reach: Reading,
    level: Annotated[Short | None, Query(description="Only desks of this level")] = None,
    load: Annotated[bool, Query(description="With the cases that lie on each")] = False,
    inactive: Annotated[bool, Query(description="Also those whose cell is no more")] = False,
) -> dict[str, Any]:
    """The desks in one's cells and above them, the command centre's first."""
    found = await list_desks(connection, reach.grid.territory, level=level, inactive=inactive)
    seen = [desk for desk in found if reach.sees(_place(desk))]
    loads = await load_of_desks(connection, [desk.id for desk in seen], reach.scope) if load else {}
    return {"desks": [asdict(desk) | ({"load": asdict(loads.get(desk.id, Load()))} if load else {}) for desk in seen]}


@router.get("/desks/{desk}", response_model=DeskDetail, responses=TAGGED)
@refuses(UnknownDesk)
async def get_desk(response: Response, connection: Connection, reach: Reading, desk: DeskId) -> dict[str, Any]:
    """One desk with the officers on duty today, the organisations of its cell, and its open cases."""
    found = await find_desk(connection, reach.grid.territory, desk)
    if not reach.sees(_place(found)):
        raise UnknownDesk(desk=desk)
    response.headers.update(etag(found.version))
    return await _detail(connection, reach, found)


@router.get("/cells/{level}/{code}/desk", response_model=DeskDetail, responses=TAGGED)
@refuses(UnknownCell)
async def get_desk_of_cell(
    response: Response,
    connection: Connection,
    reach: Reading,
    level: Annotated[Short, Path(description="Key of the level")],
    code: Annotated[Short, Path(description="Code of the cell")],
) -> dict[str, Any]:
    """The desk of a cell: who answers for it today."""
    code = reach.grid.code_of(code, level)
    if reach.grid.cell(level, code) is None or not reach.sees((level, code)):
        raise UnknownCell(level=level, code=code)
    found = await list_desks(connection, reach.grid.territory, level=level, code=code)
    if not found:
        raise UnknownCell(level=level, code=code)
    response.headers.update(etag(found[0].version))
    return await _detail(connection, reach, found[0])


@router.put("/desks/{desk}", response_model=DeskDetail, responses=TAGGED)
@refuses(UnknownDesk)
async def put_desk(
    response: Response, connection: Connection, reach: Editing, desk: DeskId, body: DeskBody, version: IfMatch
) -> dict[str, Any]:
    """Change what is written on a desk: its name, the kind of its cell, its phone."""
    found = await find_desk(connection, reach.grid.territory, desk)
    place = _place(found)
    if place is None:
        reach.check_whole()
    else:
        reach.check([place])
    await change_desk(
        connection,
        reach.grid.territory,
        desk,
        name=in_every_language(body.name or {}) or None,
        kind=body.kind,
        phone=body.phone,
        by=reach.person.name,
        expected=version,
    )
    changed = await find_desk(connection, reach.grid.territory, desk)
    response.headers.update(etag(changed.version))
    return await _detail(connection, reach, changed)


async def _detail(connection: AsyncConnection, reach: Reach, desk: Desk) -> dict[str, Any]:
    territory, place = reach.grid.territory, _place(desk)
    officers = await on_duty(connection, territory, datetime.now(UTC), [desk.id])
    loads = await load_of_desks(connection, [desk.id], reach.scope)
    path = reach.path(place) if place else []
    return asdict(desk) | {
        "load": asdict(loads.get(desk.id, Load())),
        "officers": [asdict(officer) for officer in officers.get(desk.id, [])],
        "organisations": await organisations_at(connection, territory, path),
    }


def _place(desk: Desk) -> Place | None:
    return None if desk.level is None else (desk.level, desk.code)
