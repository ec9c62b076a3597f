"""Counts of the reports that somebody may read, by any filter and by several measures at once."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import orjson
import shapely
from fastapi import APIRouter, Response
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from wangge.access.person import NotAllowed, NotSignedIn
from wangge.api.plumbing.deps import Connection, CurrentGrid, KeptColumns, Seen
from wangge.api.plumbing.problems import BadField, UnknownLevel
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.counts import Counts, CountsBody, NarrowingBody, SideBody
from wangge.geo.grid import Grid
from wangge.patterns.counts.answering import answer
from wangge.patterns.counts.asked import MOST_BINS, Asked, By, Counted, Filter
from wangge.patterns.counts.levels import at_level
from wangge.reports.categories.categories import check_categories
from wangge.reports.errors import UnknownCategory, UnknownCell
from wangge.store.grids.overlays import UnknownOverlay, edition_on, require_area

__all__ = ["filter_of", "router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["indicators"])

WORLD = (-180.0, -90.0, 180.0, 90.0)


@router.post("/counts", summary="Reports counted, by any filter", response_model=Counts)
@refuses(NotSignedIn, NotAllowed, BadField, UnknownCategory, UnknownCell, UnknownLevel, UnknownOverlay)
async def count_reports(
    grid: CurrentGrid, scope: Seen, body: CountsBody, connection: Connection, shelf: KeptColumns
) -> Response:
    """How many reports the asker may read there are, in all and by whatever is asked for, in one answer."""
    levels = [level.key for level in grid.levels]
    level = body.level or levels[-1]
    if level not in levels:
        raise UnknownLevel(level=level, known=levels)
    asked = Asked(scope, _filter(grid, body), frozenset(body.by), body.zoom)
    await check_categories(connection, grid.territory, asked.filter.categories or ())
    counted = await answer(connection, shelf, grid, asked)
    if counted.bins is not None and len(counted.bins.count) > MOST_BINS:
        raise BadField(field="zoom", reason="many_bins", most=MOST_BINS)
    document = _document(grid, level, asked.by, counted)
    body_of = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return Response(body_of, media_type="application/json", headers={"Cache-Control": "private, no-store"})


def _filter(grid: Grid, body: CountsBody) -> Filter:
    if body.since and body.until and body.until < body.since:
        raise BadField(field="to", reason="period")
    return filter_of(grid, body, body)


def filter_of(grid: Grid, side: SideBody, body: NarrowingBody) -> Filter:
    """Which reports two parts of a body ask for. Raises BadField, UnknownCell, UnknownOverlay."""
    places = [(place.level, grid.code_of(place.code, place.level)) for place in body.cells or ()]
    if not all(grid.cell(*place) for place in places):
        raise UnknownCell
    cells = None if body.cells is None else frozenset(places)
    return Filter(
        since=side.since,
        until=side.until,
        categories=_set(side.categories),
        states=_set(body.states),
        urgencies=_set(body.urgencies),
        sources=_set(body.sources),
        weekdays=None if body.weekdays is None else frozenset(body.weekdays),
        hours=None if body.hours is None else frozenset(body.hours),
        cells=cells,
        area=_asked_area(grid, body),
    )


def _set(values: list[Any] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(map(str, values))


def _asked_area(grid: Grid, body: NarrowingBody) -> BaseGeometry | None:
    """The polygon that is asked for, or the area of an overlay."""
    if body.overlay is None:
        return _area(body.area) if body.area is not None else None
    if body.area is not None:
        raise BadField(field="overlay", reason="extra_forbidden")
    require_area(grid, body.overlay)
    key, _, code = body.overlay.partition(":")
    area = edition_on(grid, key, datetime.now(grid.timezone).date()).area(code)
    if area is None:
        raise UnknownOverlay(territory=grid.territory, overlay=body.overlay, known=[one.key for one in grid.overlays])
    return area.geometry


def _area(geojson: dict[str, Any]) -> BaseGeometry:
    """A polygon of GeoJSON; BadField when it is none that has an inside on the earth."""
    try:
        area = shapely.force_2d(shape(geojson))
        sound = area.geom_type in ("Polygon", "MultiPolygon") and area.is_valid and not area.is_empty
        west, south, east, north = area.bounds
        sound = sound and WORLD[0] <= west and WORLD[1] <= south and east <= WORLD[2] and north <= WORLD[3]
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        sound = False
    if not sound:
        raise BadField(field="area", reason="area")
    return area


def _document(grid: Grid, level: str, by: frozenset[By], counted: Counted) -> dict[str, Any]:
    document: dict[str, Any] = {
        "territory": grid.territory,
        "edition": grid.edition,
        "total": counted.total,
        "source": counted.source,
        "why": counted.why,
        "mark": counted.mark,
    }
    if counted.cells is not None:
        document["cell"] = {"level": level, "reports": at_level(grid, level, counted.cells)}
    days = counted.days or {}
    if By.DAY in by:
        document["day"] = days
    if By.WEEK in by:
        document["week"] = _summed((day - timedelta(days=day.weekday()), n) for day, n in days.items())
    if By.MONTH in by:
        document["month"] = _summed((f"{day:%Y-%m}", n) for day, n in days.items())
    if counted.categories is not None:
        document["category"] = counted.categories
    if counted.states is not None:
        document["state"] = counted.states
    if counted.hours is not None:
        document["hour"] = [counted.hours[24 * day : 24 * day + 24] for day in range(7)]
    if counted.bins is not None:
        bins = counted.bins
        document["bin"] = {"zoom": bins.zoom, "x": bins.x, "y": bins.y, "reports": bins.count}
    return document


def _summed(pairs: Any) -> dict[Any, int]:
    sums: Counter[Any] = Counter()
    for key, n in pairs:
        sums[key] += n
    return dict(sorted(sums.items()))
