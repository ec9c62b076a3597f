"""Organisations over HTTP: who handles cases, of which type, and where."""

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.api.plumbing.deps import Connection, Writing
from wangge.api.plumbing.if_match import MADE, TAGGED, IfMatch, etag
from wangge.api.plumbing.reach import Editing, Reach, Reading
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import Short
from wangge.api.schemas.duty import (
    ApplyAnswer,
    ApplyBody,
    OrganisationBody,
    OrganisationPut,
    Organisations,
    OrganisationTypes,
    TypeBody,
)
from wangge.api.schemas.duty import Organisation as OrganisationAnswer
from wangge.api.schemas.duty import OrganisationType as TypeAnswer
from wangge.api.schemas.forms import CODE
from wangge.data.languages import in_every_language
from wangge.duty.bodies import Organisation, OrganisationType, organisations_of
from wangge.duty.findings import BadEntries, Finding, refuse
from wangge.duty.officers import places_of
from wangge.duty.organisations import (
    UnknownOrganisation,
    apply_template,
    load_organisations,
    load_types,
    put_organisations,
)
from wangge.duty.types import TEMPLATES
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["who answers"])
Code = Annotated[Short, Path(alias="organisation", description="Code of an organisation")]


@router.get("/organisations", response_model=Organisations)
async def list_organisations(
    connection: Connection,
    reach: Reading,
    of_type: Annotated[Short | None, Query(alias="type", description="Only of this type")] = None,
    cell: Annotated[Short | None, Query(description="Only those attached to this cell or to what lies in it")] = None,
    inactive: Annotated[bool, Query(description="Also those that are no more")] = False,
) -> dict[str, Any]:
    """The organisations of one's cells and of the whole territory, in the order of their codes."""
    found = (await load_organisations(connection, reach.grid.territory)).values()
    return {
        "organisations": [
            _as_answer(one)
            for one in found
            if _seen(reach, one)
            and (one.active or inactive)
            and of_type in (None, one.type)
            and (cell is None or _at(reach, one, cell))
        ]
    }


@router.get("/organisations/{organisation}", response_model=OrganisationAnswer, responses=TAGGED)
@refuses(UnknownOrganisation)
async def get_organisation(response: Response, connection: Connection, reach: Reading, code: Code) -> dict[str, Any]:
    """One organisation."""
    one = await _found(connection, reach, code)
    response.headers.update(etag(one.version))
    return _as_answer(one)


@router.post("/organisations", status_code=201, response_model=OrganisationAnswer, responses=MADE)
@refuses(BadEntries)
async def add_organisation(
    request: Request, response: Response, connection: Writing, reach: Editing, body: OrganisationBody
) -> dict[str, Any]:
    """Add an organisation."""
    if await load_organisations(connection, reach.grid.territory, [body.code]):
        refuse([Finding(1, "code", "known", body.code)])
    stored = await _store(connection, reach, body.code, body, None)
    response.headers.update(etag(stored.version) | {"Location": f"{request.url.path}/{quote(body.code, safe='')}"})
    return _as_answer(stored)


@router.put("/organisations/{organisation}", response_model=OrganisationAnswer, responses=TAGGED)
@refuses(UnknownOrganisation, BadEntries)
async def put_organisation(
    response: Response, connection: Writing, reach: Editing, code: Code, body: OrganisationPut, version: IfMatch
) -> dict[str, Any]:
    """Replace an organisation's entry."""
    before = await _found(connection, reach, code, version)
    stored = await _store(connection, reach, code, body, before)
    response.headers.update(etag(stored.version))
    return _as_answer(stored)


@router.delete("/organisations/{organisation}", status_code=204)
@refuses(UnknownOrganisation, BadEntries)
async def close_organisation(connection: Writing, reach: Editing, code: Code, version: IfMatch) -> None:
    """Close an organisation: it gets no more cases. Its entry stays, its tasks name it."""
    before = await _found(connection, reach, code, version)
    _check(reach, before)
    await put_organisations(connection, reach.grid.territory, [replace(before, active=False)], by=reach.person.name)


@router.post("/organisations:apply", response_model=ApplyAnswer)
@refuses(BadEntries)
async def apply_parties(connection: Writing, reach: Editing, body: ApplyBody) -> dict[str, Any]:
    """Give cells the parties of a template, the six of a community in town or in the country; none is made twice."""
    cells = [reach.grid.code_of(cell, body.level) for cell in body.cells] if body.cells is not None else None
    if cells is None:
        reach.check_whole()
    else:
        reach.check((body.level, cell) for cell in cells if reach.grid.cell(body.level, cell))
    territory = reach.grid.territory
    template, by = TEMPLATES[body.template], reach.person.name
    return {"created": await apply_template(connection, territory, template, body.level, cells, by=by)}


@router.get("/organisation-types", response_model=OrganisationTypes)
async def list_types(connection: Connection, reach: Reading) -> dict[str, Any]:
    """The types of organisation that the territory has: those that every one has, and its own."""
    types = await load_types(connection, reach.grid.territory)
    return {"types": [{"code": code, "name": name} for code, name in types.items()]}


@router.put("/organisation-types/{type}", response_model=TypeAnswer)
@refuses(BadEntries)
async def put_type(
    connection: Writing,
    reach: Editing,
    code: Annotated[str, Path(alias="type", pattern=CODE, description="Code of the type")],
    body: TypeBody,
) -> dict[str, Any]:
    """Define a type of the territory's own, or call one otherwise."""
    reach.check_whole()
    name = in_every_language(body.name)
    if not name:
        refuse([Finding(1, "name", "name_table")])
    await put_organisations(
        connection, reach.grid.territory, [], [OrganisationType(code, name, 1)], by=reach.person.name
    )
    return {"code": code, "name": name}


async def _found(connection: AsyncConnection, reach: Reach, code: str, version: int | None = None) -> Organisation:
    """An organisation that the asker sees. Raises UnknownOrganisation, Stale."""
    one = (await load_organisations(connection, reach.grid.territory, [code])).get(code)
    if one is None or not _seen(reach, one):
        raise UnknownOrganisation(code=code)
    if version is not None and one.version != version:
        raise Stale(version=one.version)
    return one


async def _store(
    connection: AsyncConnection, reach: Reach, code: str, body: OrganisationPut, before: Organisation | None
) -> Organisation:
    territory = reach.grid.territory
    places = await places_of(connection, territory)
    values = body.model_dump(exclude_none=True) | {"code": code}
    (entries, findings) = organisations_of([(1, values)], places | set(before.cells if before else ()))
    refuse(findings)
    for one in (*entries, *([before] if before else [])):
        _check(reach, one)
    await put_organisations(connection, territory, entries, by=reach.person.name)
    return (await load_organisations(connection, territory, [code]))[code]


def _check(reach: Reach, one: Organisation) -> None:
    """Only who has the territory edits what is attached to no cell, and so works everywhere."""
    if one.cells:
        reach.check(one.cells)
    else:
        reach.check_whole()


def _seen(reach: Reach, one: Organisation) -> bool:
    return not one.cells or any(reach.sees(place) for place in one.cells)


def _at(reach: Reach, one: Organisation, code: str) -> bool:
    code = reach.grid.code_of(code)
    return any(code in (above for _, above in reach.path(place)) for place in one.cells)


def _as_answer(one: Organisation) -> dict[str, Any]:
    keys = ("code", "name", "type", "parent", "phone", "active", "id", "version")
    told = {key: getattr(one, key) for key in keys}
    return told | {"cells": [{"level": level, "code": code} for level, code in one.cells]}
