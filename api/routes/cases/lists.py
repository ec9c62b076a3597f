"""Lists of reports, each row with what a list of work shows: filtered, in two orders, a page after the other."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from wangge.api.plumbing.accepting import GEOJSON, JSON, json_or_geojson
from wangge.api.plumbing.addresses import with_query
from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import Connection, CurrentGrid, KeptColumns, Language, Reading, Seen
from wangge.api.plumbing.pages import SortedPage, SortedPlace, encode_cursor
from wangge.api.routes.cases.answers import as_features, as_rows, link
from wangge.api.routes.cases.reports import here_of
from wangge.api.routes.cases.wanted import InClasses, Wanted
from wangge.api.schemas.duty import MyWeek
from wangge.api.schemas.reports import ListSummary, ReportPage
from wangge.data import messages
from wangge.patterns.counts.summaries import summarise
from wangge.reports.categories.classes import Class, classes_of
from wangge.reports.listing import reading
from wangge.reports.listing.week import monday, week_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])


@router.get("/reports", response_model=ReportPage, responses={200: {"content": {GEOJSON: {}}}})
async def list_reports(
    request: Request,
    connection: Connection,
    grid: CurrentGrid,
    where: Wanted,
    seen: Seen,
    page: SortedPage,
    language: Language,
    classes: InClasses = False,
    f: Annotated[Literal["json", "geojson"] | None, Query(description="Form; or ask by Accept")] = None,
) -> Response:
    """The reports in one's cells, a page at a time; follow the `next` link."""
    rows = await reading.list_reports(connection, where, seen, page.limit + 1, page.sort, page.after)
    here = here_of(request, grid)
    links = [link("self", with_query(request, here), JSON)]
    if len(rows) > page.limit:
        rows = rows[: page.limit]
        links.append(link("next", with_query(request, here, cursor=cursor_after(rows, page)), JSON))
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language}
    headers["Link"] = ", ".join(f'<{link["href"]}>; rel="{link["rel"]}"' for link in links)
    of = class_of((await classes_of(connection, grid.territory)).of) if classes else lambda _: {}
    if json_or_geojson(request, f) == GEOJSON:
        features = await as_features(connection, grid, rows)
        collection = {
            "type": "FeatureCollection",
            "features": [one | {"properties": one["properties"] | of(one["properties"])} for one in features],
            "links": links,
            "numberReturned": len(rows),
        }
        return Response(as_json(collection), headers=headers, media_type=GEOJSON)
    listed = await as_rows(connection, grid, rows, here, language)
    answer = {"reports": [one | of(one) for one in listed], "links": links}
    return Response(as_json(answer), headers=headers, media_type=JSON)


@router.get("/reports/summary", response_model=ListSummary)
async def summarise_reports(
    connection: Reading, grid: CurrentGrid, where: Wanted, seen: Seen, shelf: KeptColumns, language: Language
) -> Response:
    """How many cases the list with the same filters has, and how many of them each further filter would leave."""
    found = await summarise(connection, shelf, grid, where, seen)
    answer = found._asdict() | {
        "by_state": [
            {"state": state, "title": messages.word("states", state, language), "count": count}
            for state, count in found.by_state.items()
        ],
        "by_category": [{"category": category, "count": count} for category, count in found.by_category.items()],
    }
    headers = {"Vary": "Accept-Language", "Content-Language": language}
    return Response(as_json(answer), headers=headers, media_type=JSON)


@router.get("/my-week", response_model=MyWeek)
async def get_my_week(connection: Connection, grid: CurrentGrid, seen: Seen) -> dict[str, Any]:
    """What came to one's own cells this week, beside the median of a cell of that level. Finds do not count."""
    since = monday(datetime.now(UTC), grid.timezone)
    found = await week_of(connection, grid.territory, seen.cells or (), since)
    return {
        "since": since,
        "levels": [
            {"level": one.level, "cells": one.desks, "own": one.own._asdict()}
            | {"median": one.median._asdict() if one.median else None}
            for one in found
        ],
    }


def class_of(classes: Mapping[str, Class]) -> Callable[[Mapping[str, Any]], dict[str, str | None]]:
    """What tells the classes of a report as it is answered, by those of its category."""

    def told(report: Mapping[str, Any]) -> dict[str, str | None]:
        major, minor = classes.get(report["category"], (None, None))
        return {"major_class": major, "minor_class": minor}

    return told


def cursor_after(rows: Sequence[Any], page: SortedPlace) -> str:
    """The cursor of the page after the one that these rows are."""
    spot = reading.spot_of(rows[-1], page.sort)
    return encode_cursor(spot.at, spot.id, spot.part)
