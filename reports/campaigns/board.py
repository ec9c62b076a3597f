"""What a campaign's board shows, and what is seen at its places: counted by place and by cell, never by person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from psycopg.types.json import Jsonb

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Cell, Grid, Location
from wangge.reports.campaigns import queries
from wangge.reports.campaigns.campaigns import Campaign, CampaignOver, Checklist, Point, path_of
from wangge.reports.case.lifecycle import OPEN, State
from wangge.reports.errors import BadArgument
from wangge.reports.times import CLOCK_SKEW
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Board", "Place", "Row", "UnknownPlace", "answer_place", "board_of", "erase_texts", "places_of", "within"]

LONGEST = 500


class UnknownPlace(WanggeError):
    """The checklist has no such place, or it lies outside what the person sees. Facts: `checklist`, `place`."""

    kind = "unknown-campaign-place"


class Place(NamedTuple):
    """One place of a checklist, the lowest cell that it lies in or is, and what was seen there last."""

    checklist: Checklist
    code: str
    name: str
    cell: Cell
    lon: float | None
    lat: float | None
    at: datetime | None = None
    answers: Mapping[str, Any] = MappingProxyType({})


class Row(NamedTuple):
    """One cell of the board."""

    cell: Cell
    places: int
    looked_at: int
    cases: int
    open: int
    overdue: int


class Board(NamedTuple):
    """A campaign as it stands: its places, its cases by state, by cell, and its course by day."""

    places: list[Place]
    by_state: dict[State, int]
    overdue: int
    rows: list[Row]
    days: list[tuple[date, int, int, int]]

    @property
    def open(self) -> int:
        """Cases that are not at their end."""
        return sum(self.by_state.get(state, 0) for state in OPEN)


async def places_of(connection: AsyncConnection, grid: Grid, campaign: Campaign, scope: Scope) -> list[Place]:
    """The places of a campaign's checklists that lie in a scope's cells, with what was seen there last."""
    told = {"territory": grid.territory, "code": campaign.code}
    rows = await named_rows(connection, queries.FOUND, told)
    seen = {(row.checklist, row.place): (row.at, row.answers) for row in rows}
    return [
        place._replace(at=at, answers=answers)
        for checklist in campaign.checklists
        for place in _places(grid, campaign, checklist)
        if scope.covers(path_of(grid, place.cell))
        for at, answers in [seen.get((checklist.code, place.code), (None, {}))]
    ]


def within(campaign: Campaign, grid: Grid, scope: Scope) -> Campaign:
    """A campaign whose checklists have only those of their points that lie in a scope's cells."""
    if scope.whole:
        return campaign

    def seen(checklist: Checklist, point: Point) -> bool:
        return any(scope.covers(path_of(grid, place.cell)) for place in _point(grid, checklist, point))

    return replace(
        campaign,
        checklists=tuple(
            replace(one, points=tuple(point for point in one.points if seen(one, point))) for one in campaign.checklists
        ),
    )


async def answer_place(
    connection: AsyncConnection,
    grid: Grid,
    campaign: Campaign,
    scope: Scope,
    *,
    sent: UUID,
    checklist: str,
    place: str,
    answers: Mapping[str, Any],
    now: datetime,
    seen_at: datetime | None = None,
) -> None:
    """Keep what was seen at a place; sent again under the same id (`sent`), nothing more is kept.

    Parameters
    ----------
    seen_at : when it was seen, where it is told later; in UTC. The campaign may be over meanwhile.

    Raises
    ------
    CampaignOver : it did not run when the place was looked at.
    UnknownPlace
    BadArgument : seen in the future; an answer to what is not asked, or not of its kind.
    """
    if seen_at is not None and seen_at > now + CLOCK_SKEW:
        raise BadArgument(field="seen_at", reason="datetime_future")
    at = min(seen_at or now, now)
    if not campaign.ran(at, grid.timezone):
        raise CampaignOver(campaign=campaign.code)
    asked = next((one for one in campaign.checklists if one.code == checklist), None)
    found = _place(grid, campaign, asked, place) if asked else None
    if not asked or not found or not scope.covers(path_of(grid, found.cell)):
        raise UnknownPlace(checklist=checklist, place=place)
    told = {"territory": grid.territory, "code": campaign.code, "id": sent, "checklist": checklist, "place": place}
    await connection.execute(queries.ANSWER, told | {"answers": Jsonb(_checked(asked, answers)), "at": at})


async def erase_texts(connection: AsyncConnection, ended_before: datetime) -> int:
    """Erase what was written at places of campaigns that ended before a time; yes and no stay. How many answers."""
    return (await connection.execute(queries.ERASE_TEXTS, {"ended_before": ended_before})).rowcount


async def board_of(connection: AsyncConnection, grid: Grid, campaign: Campaign, scope: Scope, level: str) -> Board:
    """The board of a campaign as far as it lies in a scope, by the cells of a level, worst first."""
    places = await places_of(connection, grid, campaign, scope)
    clause, values = condition(scope)
    values |= {"territory": grid.territory, "code": campaign.code, "zone": grid.timezone.key}
    values["edition"] = grid.edition_id

    async def rows(sql: str) -> list[tuple[Any, ...]]:
        return await (await connection.execute(sql.format(scope=clause), values)).fetchall()

    states = await rows(queries.CASES_BY_STATE)
    counts = {state: count for state, count, _ in states}
    return Board(
        places,
        {state: counts[state] for state in State if state in counts},
        sum(late for _, _, late in states),
        _rows(grid, level, places, await rows(queries.CASES_BY_CELL)),
        _days(await rows(queries.CASES_BY_DAY), await rows(queries.LOOKED_AT_BY_DAY), places),
    )


def _days(
    cases: list[tuple[Any, ...]], looked: list[tuple[Any, ...]], places: list[Place]
) -> list[tuple[date, int, int, int]]:
    """By day: cases received, cases closed, places looked at."""
    here = {(one.checklist.code, one.code) for one in places}
    seen = {day: len(here & set(map(tuple, those))) for day, those in looked}
    counts = {day: (received, closed) for day, received, closed in cases}
    days = sorted({*counts, *(day for day, count in seen.items() if count)})
    return [(day, *counts.get(day, (0, 0)), seen.get(day, 0)) for day in days]


def _rows(grid: Grid, level: str, places: list[Place], cases: list[tuple[Any, ...]]) -> list[Row]:
    depth = next(at for at, one in enumerate(grid.levels) if one.key == level)

    def above(cell: Cell) -> str | None:
        return cell.path[depth] if len(cell.path) > depth else None

    count, looked, of_cases = Counter[str](), Counter[str](), dict[str, list[int]]()
    for place in places:
        if (code := above(place.cell)) is not None:
            count[code] += 1
            looked[code] += place.at is not None
    for cell_id, lon, lat, *numbers in cases:
        leaf = grid.leaf(cell_id) or _leaf_at(grid, lon, lat)
        if leaf is not None and (code := above(leaf)) is not None:
            of_cases[code] = [a + b for a, b in zip(of_cases.get(code, [0, 0, 0]), numbers, strict=True)]
    rows = [
        Row(cell, count[cell.code], looked[cell.code], *of_cases.get(cell.code, [0, 0, 0]))
        for cell, *_ in _cells(grid, level)
        if count[cell.code] or cell.code in of_cases
    ]
    return sorted(rows, key=lambda row: (row.overdue, row.open, row.places - row.looked_at), reverse=True)


def _leaf_at(grid: Grid, lon: float | None, lat: float | None) -> Cell | None:
    """Where a case lies today that was assigned in an earlier edition and has not been handed on yet."""
    found = grid.locate(lon, lat) if lon is not None and lat is not None else None
    return found.cell if isinstance(found, Location) else None


def _places(grid: Grid, campaign: Campaign, checklist: Checklist) -> Iterator[Place]:
    """The places of a checklist as the grid has them now; what no longer lies in the territory is left out."""
    for point in checklist.points:
        yield from _point(grid, checklist, point)
    for cell, lon, lat in _cells(grid, checklist.level) if checklist.level else ():
        if campaign.reaches(grid, cell):
            yield Place(checklist, cell.code, cell.name, cell, lon, lat)


def _place(grid: Grid, campaign: Campaign, checklist: Checklist, code: str) -> Place | None:
    """One place of a checklist by its code."""
    if checklist.level is None:
        return next(
            (place for one in checklist.points if one.code == code for place in _point(grid, checklist, one)), None
        )
    cell = grid.cell(checklist.level, code)
    return Place(checklist, code, cell.name, cell, None, None) if cell and campaign.reaches(grid, cell) else None


def _point(grid: Grid, checklist: Checklist, point: Point) -> Iterator[Place]:
    found = grid.locate(point.lon, point.lat)
    if isinstance(found, Location):
        yield Place(checklist, point.code, point.name, found.cell, point.lon, point.lat)


_CELLS: WeakKeyDictionary[Grid, dict[str, list[tuple[Cell, float | None, float | None]]]] = WeakKeyDictionary()


def _cells(grid: Grid, level: str) -> list[tuple[Cell, float | None, float | None]]:
    """The cells of a level by code, each with a point in it; found once for each edition."""
    known = _CELLS.setdefault(grid, {})
    if level not in known:
        cells = sorted((cell for cell in grid.cells if cell.level == level), key=lambda cell: cell.code)
        inside = [cell.geometry.representative_point() if cell.geometry else None for cell in cells]
        known[level] = [(c, *((p.x, p.y) if p else (None, None))) for c, p in zip(cells, inside, strict=True)]
    return known[level]


def _checked(checklist: Checklist, answers: Mapping[str, Any]) -> dict[str, Any]:
    asked = {question.code: question for question in checklist.questions}
    found = dict[str, Any]()
    for code, answer in answers.items():
        if code not in asked:
            raise BadArgument(field=f"answers.{code}", reason="extra_forbidden")
        if answer is None or answer == "":
            continue
        yes_no = asked[code].kind == "yes-no"
        if not isinstance(answer, bool if yes_no else str):
            raise BadArgument(field=f"answers.{code}", reason="bool_type" if yes_no else "string_type")
        if isinstance(answer, str) and len(answer) > LONGEST:
            raise BadArgument(field=f"answers.{code}", reason="string_too_long", max_length=LONGEST)
        found[code] = answer
    return found
