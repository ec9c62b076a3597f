"""Campaigns: begun, changed and ended by those who edit rules; and which one a report is filed in."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, Grid, Location
from wangge.reports.campaigns import queries
from wangge.reports.errors import BadArgument, CategoryInUse, UnknownCategory
from wangge.reports.policy.policy import Urgency
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection, named_rows
from wangge.store.versions import Stale

__all__ = [
    "SEPARATOR",
    "Campaign",
    "CampaignCategory",
    "CampaignOver",
    "CampaignStage",
    "Checklist",
    "OutsideCampaign",
    "Point",
    "Question",
    "UnknownCampaign",
    "campaign_at",
    "campaigns_of",
    "end_campaign",
    "find_campaign",
    "put_campaign",
]

MOST_DAYS = 731
"""That a campaign lasts: what is written of places is kept until some time after it."""

SEPARATOR = "."
"""Between the code of a campaign and what its categories are called: `flood.levee`."""


class UnknownCampaign(WanggeError):
    """The territory has no such campaign. Facts: `campaign`, `known` (codes)."""

    kind = "unknown-campaign"


class CampaignOver(WanggeError):
    """The campaign is not running, or is over for good. Facts: `campaign`."""

    kind = "campaign-over"


class OutsideCampaign(WanggeError):
    """The category is of a campaign that does not reach to the place. Facts: `campaign`."""

    kind = "outside-campaign"


class CampaignStage(StrEnum):
    """Where a campaign stands on a day."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CampaignCategory:
    """A kind of matter of a campaign; its reports are at least as pressing as it says."""

    code: str
    name: dict[str, str]
    urgency: Urgency = Urgency.NORMAL


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be seen at a place."""

    code: str
    name: dict[str, str]
    kind: Literal["yes-no", "text"] = "yes-no"


@dataclass(frozen=True, slots=True)
class Point:
    """A place of a checklist that is no cell, WGS-84."""

    code: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Checklist:
    """What is to be looked at, by the same questions: points, or every cell of a level in the campaign's area."""

    code: str
    name: dict[str, str]
    questions: tuple[Question, ...]
    level: str | None = None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign from its first to its last day, both included.

    Attributes
    ----------
    cells : (level key, code) of where it is; none for the whole territory.
    ended_at : when somebody ended it before its time.
    version : how often it was stored; 0 before.
    """

    code: str
    name: dict[str, str]
    since: date
    until: date
    cells: tuple[tuple[str, str], ...] = ()
    categories: tuple[CampaignCategory, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    ended_at: datetime | None = None
    version: int = 0

    def stage(self, today: date) -> CampaignStage:
        """Where it stands on a day of the territory."""
        if self.ended_at is not None or today > self.until:
            return CampaignStage.OVER
        return CampaignStage.PLANNED if today < self.since else CampaignStage.RUNNING

    def ran(self, at: datetime, zone: tzinfo) -> bool:
        """Whether it ran at a time of the past, though it may have ended since."""
        if at < datetime.combine(self.since, time.min, zone):  # a time of the year 1 may have no date there
            return False
        return at.astimezone(zone).date() <= self.until and (self.ended_at is None or at <= self.ended_at)

    def reaches(self, grid: Grid, cell: Cell) -> bool:
        """Whether a cell lies in its area."""
        return not self.cells or not set(self.cells).isdisjoint(path_of(grid, cell))


class Filed(NamedTuple):
    """The campaign that a report is filed in, and how pressing its category is."""

    code: str
    urgency: Urgency


def path_of(grid: Grid, cell: Cell) -> list[tuple[str, str]]:
    """(level key, code) of the cells above a cell and of itself."""
    return [(level.key, code) for level, code in zip(grid.levels, cell.path, strict=False)]


async def campaigns_of(
    connection: AsyncConnection, territory: str, code: str | None = None, *, on: date | None = None
) -> list[Campaign]:
    """The campaigns of a territory, the latest first; or the one with a code.

    Parameters
    ----------
    on : only those that run on that day, without their checklists.
    """
    rows = await named_rows(connection, queries.CAMPAIGNS, {"territory": territory, "code": code, "on": on})
    return [
        Campaign(
            *(row.code, row.name, row.since, row.until, _pairs(row.cells)),
            tuple(CampaignCategory(one["code"], one["name"], Urgency(one["urgency"])) for one in row.categories),
            tuple(_checklist(one) for one in row.checklists),
            *(row.ended_at, row.version),
        )
        for row in rows
    ]


async def find_campaign(connection: AsyncConnection, territory: str, code: str) -> Campaign:
    """One campaign. Raises UnknownCampaign."""
    for campaign in await campaigns_of(connection, territory, code):
        return campaign
    raise UnknownCampaign(campaign=code, known=[one.code for one in await campaigns_of(connection, territory)])


async def campaign_at(
    connection: AsyncConnection, grid: Grid, category: str, cell: Cell, now: datetime, seen_at: datetime | None = None
) -> Filed | None:
    """The campaign that a category is of; None where it is of none.

    Parameters
    ----------
    seen_at : when the matter was seen, by somebody who is believed: one that ran then takes it though it is over.

    Raises
    ------
    UnknownCategory : it does not run; its categories are not there then.
    OutsideCampaign : it does not reach to the cell.
    """
    if SEPARATOR not in category:
        return None
    rows = await named_rows(connection, queries.OF_CATEGORY, {"territory": grid.territory, "category": category})
    for row in rows:
        campaign = Campaign(row.code, {}, row.since, row.until, _pairs(row.cells), ended_at=row.ended_at)
        runs = campaign.stage(now.astimezone(grid.timezone).date()) is CampaignStage.RUNNING
        if not runs and not (seen_at is not None and campaign.ran(min(seen_at, now), grid.timezone)):
            raise UnknownCategory(category=category, known=[])
        if not campaign.reaches(grid, cell):
            raise OutsideCampaign(campaign=row.code)
        return Filed(row.code, Urgency(row.urgency))
    return None


async def put_campaign(
    connection: AsyncConnection, grid: Grid, campaign: Campaign, *, by: str, expected: int | None = None
) -> None:
    """Store a new campaign, or another form of one that is not over.

    Raises
    ------
    BadArgument : a cell or a point that is not there, a code twice, a category that is another's already; it would
        last longer than MOST_DAYS.
    CategoryInUse : a category that cases are of is left out.
    CampaignOver : it has ended, by somebody or with its last day.
    Stale : there is another version than `expected`.
    """
    campaign = replace(campaign, cells=tuple((level, grid.code_of(code, level)) for level, code in campaign.cells))
    _check(grid, campaign)
    told = {"territory": grid.territory, "code": campaign.code, "expected": expected}
    values = told | {"name": Jsonb(campaign.name), "since": campaign.since, "until": campaign.until}
    values |= {"cells": Jsonb(campaign.cells), "checklists": Jsonb([asdict(one) for one in campaign.checklists])}
    async with connection.transaction():
        before = next(iter(await campaigns_of(connection, grid.territory, campaign.code)), None)
        if before is not None and before.stage(datetime.now(grid.timezone).date()) is CampaignStage.OVER:
            raise CampaignOver(campaign=campaign.code)
        if not (await connection.execute(queries.PUT, values)).rowcount:
            raise Stale(version=before.version if before else 0)
        await _put_categories(connection, told, campaign)
        await _record(connection, grid.territory, campaign.code, before, by)


async def end_campaign(connection: AsyncConnection, grid: Grid, code: str, *, by: str) -> None:
    """End a campaign now. Raises UnknownCampaign; CampaignOver where it has ended."""
    async with connection.transaction():
        before = await find_campaign(connection, grid.territory, code)
        over = before.stage(datetime.now(grid.timezone).date()) is CampaignStage.OVER
        told = {"territory": grid.territory, "code": code}
        if over or not (await connection.execute(queries.END, told)).rowcount:
            raise CampaignOver(campaign=code)
        await _record(connection, grid.territory, code, before, by)


async def _put_categories(connection: AsyncConnection, told: Mapping[str, Any], campaign: Campaign) -> None:
    wanted = [replace(one, code=_full(campaign.code, one.code)) for one in campaign.categories]
    for position, one in enumerate(wanted):
        values = {"category": one.code, "name": Jsonb(one.name), "position": position, "urgency": one.urgency.value}
        if not (await connection.execute(queries.PUT_CATEGORY, {**told, **values})).rowcount:
            raise BadArgument(field="categories", reason="not_twice")
    try:
        async with connection.transaction():
            await connection.execute(queries.DROP_CATEGORIES, {**told, "categories": [one.code for one in wanted]})
    except ForeignKeyViolation:
        rows = await (await connection.execute(queries.CATEGORIES, told)).fetchall()
        left = sorted({code for (code,) in rows} - {one.code for one in wanted})
        raise CategoryInUse(category=", ".join(left)) from None


async def _record(connection: AsyncConnection, territory: str, code: str, before: Campaign | None, by: str) -> None:
    after = await find_campaign(connection, territory, code)
    facts = [asdict(replace(one, version=0)) if one else None for one in (before, after)]
    if facts[0] != facts[1]:
        await connection.execute(*recorded(by, [Change(Subject.CAMPAIGN, code, facts[0], facts[1], territory)]))


def _check(grid: Grid, campaign: Campaign) -> None:
    """Whether everything that is named is there, and each code once."""
    if campaign.since > campaign.until:
        raise BadArgument(field="until", reason="before_since")
    if (campaign.until - campaign.since).days >= MOST_DAYS:
        raise BadArgument(field="until", reason="lasts_too_long", most=MOST_DAYS)
    for level, code in campaign.cells:
        if grid.cell(level, code) is None:
            raise BadArgument(field="cells", reason="unknown_cell", level=f" ({level})")
    _once("categories", (_full(campaign.code, one.code) for one in campaign.categories))
    _once("checklists", (one.code for one in campaign.checklists))
    keys = [level.key for level in grid.levels]
    for checklist in campaign.checklists:
        _once("checklists.questions", (one.code for one in checklist.questions))
        _once("checklists.points", (one.code for one in checklist.points))
        if checklist.level is not None and checklist.level not in keys:
            raise BadArgument(field="checklists.level", reason="unknown_level", expected=keys)
        if (checklist.level is None) != bool(checklist.points):
            raise BadArgument(field="checklists.points", reason="missing")
        for point in checklist.points:
            found = grid.locate(point.lon, point.lat)
            if not isinstance(found, Location) or not campaign.reaches(grid, found.cell):
                raise BadArgument(field="checklists.points", reason="outside_area")


def _once(field: str, codes: Iterable[str]) -> None:
    told = list(codes)
    if len(set(told)) < len(told):
        raise BadArgument(field=field, reason="not_twice")


def _full(campaign: str, code: str) -> str:
    """The code of a category as it is kept; one may write it without its campaign's."""
    return code if code.startswith(campaign + SEPARATOR) else f"{campaign}{SEPARATOR}{code}"


def _pairs(cells: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((level, code) for level, code in cells)


def _checklist(kept: Mapping[str, Any]) -> Checklist:
    return Checklist(
        kept["code"],
        kept["name"],
        tuple(Question(**one) for one in kept["questions"]),
        kept["level"],
        tuple(Point(**one) for one in kept["points"]),
    )
