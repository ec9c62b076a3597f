"""Attributes of cells: what is declared, the values as they stand on a day, and their course."""

import asyncio
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath

from wangge.access.person import Scope
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, require
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable, UnknownLevel
from wangge.api.plumbing.reach import Ruling
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.figures.findings import Figures
from wangge.api.schemas.attributes import (
    AttributeBody,
    Attributes,
    AttributeTrend,
    AttributeTrial,
    AttributeValues,
    ValuesTaken,
)
from wangge.api.schemas.common import Day
from wangge.api.schemas.forms import NO_NUL, ONE_LINE
from wangge.duty.findings import BadEntries, refuse
from wangge.geo.files.batches import BrokenFile, some_of
from wangge.geo.grid import Cell, Grid
from wangge.planning.attributes.declared import Attribute, BadAttributes, attributes_of
from wangge.planning.attributes.kept import (
    Standing,
    UnknownAttribute,
    attributes,
    begun,
    course,
    put_attribute,
    put_values,
    standing,
)
from wangge.planning.attributes.rollup import as_answer
from wangge.planning.attributes.sheet import Read, read_rows, values_of
from wangge.reports.errors import UnknownCell
from wangge.store.grids.hierarchies import Hierarchy, hierarchies, read_hierarchies

__all__ = ["router"]

SEES = [require(Right.READ_FIGURES)]

router = APIRouter(prefix="/api/v1/territories/{territory}/attributes", tags=["indicators"])

Level = Annotated[
    str | None, Query(max_length=64, pattern=ONE_LINE, description="Of the cells; the top one if left out")
]
On = Annotated[Day | None, Query(description="As it stood on this day; today when left out")]

MOST_DAYS = 366
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
SHEETS = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", OPEN_DOCUMENT.decode())
BODY = {
    "requestBody": {
        "required": True,
        "content": {form: {"schema": {"type": "string", "format": "binary"}} for form in SHEETS},
    }
}


@router.get("", response_model=Attributes, dependencies=SEES)
async def list_attributes(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """What is kept of cells, and by which rule each is rolled up."""
    return {"attributes": [one.document() for one in await attributes(connection, grid.territory)]}


@router.put("/{attribute}", response_model=AttributeTrial)
@refuses(BadField, DatabaseUnavailable)
async def declare_attribute(
    request: Request,
    reach: Ruling,
    attribute: Annotated[str, InPath(max_length=63, pattern=NO_NUL)],
    body: AttributeBody,
    dry_run: Annotated[bool, Query(description="Only say what it would make of the values")] = False,
) -> dict[str, Any]:
    """Declare an attribute, or put another in the place of the one with that key; its values stay.

    The answer has the values of the top cells as they stand today by what was declared before, and by what is now.
    """
    grid, today = reach.grid, _today(reach.grid)
    try:
        (one,) = attributes_of([body.model_dump(exclude_none=True) | {"key": attribute, "weight": None}])
        one = replace(one, weight=body.weight or None)
        async with request.state.pool.connection() as connection:
            before = await standing(connection, grid.territory, today)
            await put_attribute(connection, grid.territory, one, by=reach.person.name, dry_run=dry_run)
    except BadAttributes as error:
        facts = {name: value for name, value in error.facts.items() if name not in {"file", "record"}}
        field = "attribute" if facts["field"] == "key" else facts["field"]
        raise BadField(**facts | {"field": field, "reason": "expected"}) from None
    cells = await asyncio.to_thread(_tried, grid, one, before)
    return {"stored": not dry_run, "level": grid.levels[0].key, "on": today, "cells": cells}


def _tried(grid: Grid, one: Attribute, found: list[Standing]) -> list[dict[str, Any]]:
    """The top cells with their value by what stood before, and by what is declared."""
    values = {each.attribute.key: each.values for each in found}
    before = next((each for each in found if each.attribute.key == one.key), None)
    after = Standing(one, values.get(one.key, {}), values.get(one.weight, {}) if one.weight else None)
    level = grid.levels[0].key
    told = [each.at(grid, level) if each else {} for each in (before, after)]
    cells = sorted((cell for cell in grid.cells if cell.level == level), key=lambda cell: cell.code)
    return [
        {"code": cell.code, "name": cell.name}
        | {name: as_answer(at.get(cell.code)) for name, at in zip(("before", "after"), told, strict=True)}
        for cell in cells
    ]


@router.get("/values", response_model=AttributeValues)
@refuses(UnknownLevel, DatabaseUnavailable)
async def list_values(
    request: Request, grid: CurrentGrid, scope: Figures, level: Level = None, on: On = None
) -> dict[str, Any]:
    """The values of each cell of a level, its own or rolled up of the cells below. What is missing is null.

    A cell that the asker does not see has no values.
    """
    day = on or _today(grid)
    # Who waits for the thread holds no connection.
    async with request.state.pool.connection() as connection:
        found = await standing(connection, grid.territory, day)
        read = await read_hierarchies(connection, grid, day, day)
    then = (await asyncio.to_thread(hierarchies, grid, read)).on(day)
    key = _level(then, level)
    rows = await asyncio.to_thread(_rows, then, scope, key, found)
    return {"level": key, "on": day, "edition": then.edition, "cells": rows}


@router.post("/values:import", response_model=ValuesTaken, openapi_extra=BODY)
@refuses(UnknownLevel, BadEntries, BrokenFile, DatabaseUnavailable)
async def import_values(
    request: Request,
    reach: Ruling,
    on: Annotated[Day, Query(description="Since when the values hold")],
    level: Level = None,
    part: Annotated[bool, Query(description="The sheet is about some of the cells only")] = False,
) -> dict[str, Any]:
    """Take values from a CSV or a workbook: all of them, or none and what is wrong by row and column."""
    grid, sent = reach.grid, await request.body()
    key = _level(grid, level)
    # Who waits for the thread holds no connection.
    async with request.state.pool.connection() as connection:
        declared = await attributes(connection, grid.territory)
    read = await asyncio.to_thread(_read, sent, declared, [cell for cell in grid.cells if cell.level == key], part)
    refuse(read.findings)
    async with request.state.pool.connection() as connection:
        stored = await put_values(connection, grid.territory, key, on, read.values, reach.person.name)
    return {"level": key, "on": on, "stored": stored, "ignored": some_of(read.ignored)}


@router.get("/{attribute}/trend", response_model=AttributeTrend)
@refuses(UnknownLevel, UnknownAttribute, UnknownCell, DatabaseUnavailable)
async def get_trend(
    request: Request,
    grid: CurrentGrid,
    scope: Figures,
    attribute: Annotated[str, InPath(max_length=63, pattern=NO_NUL)],
    code: Annotated[str, Query(max_length=200, pattern=ONE_LINE, description="Of the cell")],
    level: Level = None,
) -> dict[str, Any]:
    """The value of a cell on each day on which any value of the attribute began, the latest days."""
    key = _level(grid, level)
    cell = grid.cell(key, grid.code_of(code, key))
    async with request.state.pool.connection() as connection:
        one = _named(await attributes(connection, grid.territory), attribute)
        if cell is None or not _sees(scope, grid, cell):
            raise UnknownCell
        rows = await begun(connection, grid.territory, one, MOST_DAYS)
        today = _today(grid)
        read = await read_hierarchies(
            connection, grid, rows[0][0] if rows else today, max(rows[-1][0], today) if rows else today
        )
    days = await asyncio.to_thread(lambda: course(hierarchies(grid, read), one, key, code, rows))
    told = [{"on": day, "value": as_answer(value)} for day, value in days]
    return {"level": key, "code": code, "attribute": one.document(), "days": told}


def _read(sent: bytes, declared: list[Attribute], cells: list[Cell], part: bool) -> Read:
    """The values of what was sent; its first bytes say whether it is a workbook."""
    form = ".csv" if not sent.startswith(b"PK") else ".ods" if OPEN_DOCUMENT in sent[:200] else ".xlsx"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"values{form}"
        path.write_bytes(sent)
        return values_of(read_rows(path), declared, cells, part=part)


def _rows(grid: Hierarchy, scope: Scope, level: str, found: list[Standing]) -> list[dict[str, Any]]:
    """The cells of a level with their values, by code; those outside a scope with none."""
    seen = [cell for cell in grid.cells if _sees(scope, grid, cell)]
    at = {one.attribute.key: one.at(grid, level, seen) for one in found}
    cells = sorted((cell for cell in grid.cells if cell.level == level), key=lambda cell: cell.code)
    return [
        {
            "code": cell.code,
            "name": cell.name,
            "values": {name: as_answer(of.get(cell.code)) for name, of in at.items()},
        }
        for cell in cells
    ]


def _sees(scope: Scope, grid: Grid | Hierarchy, cell: Cell) -> bool:
    return scope.covers(zip((level.key for level in grid.levels), cell.path, strict=False))


def _named(declared: list[Attribute], key: str) -> Attribute:
    for one in declared:
        if one.key == key:
            return one
    raise UnknownAttribute(key=key, known=[one.key for one in declared])


def _level(grid: Grid | Hierarchy, given: str | None) -> str:
    known = [one.key for one in grid.levels]
    if given is not None and given not in known:
        raise UnknownLevel(level=given, known=known)
    return given or known[0]


def _today(grid: Grid) -> date:
    return datetime.now(grid.timezone).date()
