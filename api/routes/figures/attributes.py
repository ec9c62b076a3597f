"""Attributes of cells: what is declared, the values as they stand on a day, and their course."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, require
from wangge.api.plumbing.problems import UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.attributes import Attributes, AttributeTrend, AttributeValues
from wangge.api.schemas.common import Day
from wangge.api.schemas.forms import NO_NUL, ONE_LINE
from wangge.geo.grid import Grid
from wangge.planning.attributes.declared import Attribute
from wangge.planning.attributes.kept import UnknownAttribute, attributes, course, standing
from wangge.planning.attributes.rollup import as_answer
from wangge.reports.errors import UnknownCell

__all__ = ["router"]

SEES = [require(Right.READ_FIGURES)]

router = APIRouter(prefix="/api/v1/territories/{territory}/attributes", tags=["indicators"])

Level = Annotated[
    str | None, Query(max_length=64, pattern=ONE_LINE, description="Of the cells; the top one if left out")
]
On = Annotated[Day | None, Query(description="As it stood on this day; today when left out")]

MOST_DAYS = 366


@router.get("", response_model=Attributes, dependencies=SEES)
async def list_attributes(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """What is kept of cells, and by which rule each is rolled up."""
    return {"attributes": [one.document() for one in await attributes(connection, grid.territory)]}


@router.get("/values", response_model=AttributeValues, dependencies=SEES)
@refuses(UnknownLevel)
async def list_values(connection: Connection, grid: CurrentGrid, level: Level = None, on: On = None) -> dict[str, Any]:
    """The values of each cell of a level, its own or rolled up of the cells below. What is missing is null."""
    key, day = _level(grid, level), on or _today(grid)
    found = await standing(connection, grid.territory, day)
    at = {one.attribute.key: one.at(grid, key) for one in found}
    cells = sorted((cell for cell in grid.cells if cell.level == key), key=lambda cell: cell.code)
    rows = [
        {"code": cell.code, "name": cell.name, "values": {name: as_answer(of[cell.code]) for name, of in at.items()}}
        for cell in cells
    ]
    return {"level": key, "on": day, "edition": grid.edition, "cells": rows}


@router.get("/{attribute}/trend", response_model=AttributeTrend, dependencies=SEES)
@refuses(UnknownLevel, UnknownAttribute, UnknownCell)
async def get_trend(
    connection: Connection,
    grid: CurrentGrid,
    attribute: Annotated[str, Path(max_length=63, pattern=NO_NUL)],
    code: Annotated[str, Query(max_length=200, pattern=ONE_LINE, description="Of the cell")],
    level: Level = None,
) -> dict[str, Any]:
    """The value of a cell on each day on which any value of the attribute began, the latest days."""
    key = _level(grid, level)
    declared = await attributes(connection, grid.territory)
    one = _named(declared, attribute)
    if grid.cell(key, code) is None:
        raise UnknownCell
    days = await course(connection, grid, one, key, code)
    told = [{"on": day, "value": as_answer(value)} for day, value in days[-MOST_DAYS:]]
    return {"level": key, "code": code, "attribute": one.document(), "days": told}


def _named(declared: list[Attribute], key: str) -> Attribute:
    for one in declared:
        if one.key == key:
            return one
    raise UnknownAttribute(key=key, known=[one.key for one in declared])


def _level(grid: Grid, given: str | None) -> str:
    known = [one.key for one in grid.levels]
    if given is not None and given not in known:
        raise UnknownLevel(level=given, known=known)
    return given or known[0]


def _today(grid: Grid) -> date:
    return datetime.now(grid.timezone).date()
