"""A report as it stands in an answer, made from the description of its fields."""

from collections.abc import Sequence
from datetime import UTC
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from wangge.api.plumbing.accepting import GEOJSON, JSON
from wangge.api.routes.grids.locate import area_refs, cell_ref
from wangge.api.schemas.reports import ReportBody
from wangge.data import messages
from wangge.geo.geojson import as_point
from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import FIRST_STEP, OPENED
from wangge.reports.fields import FIELDS, In
from wangge.reports.intake.submitting import Receipt
from wangge.reports.listing.places import Whereabouts, places_of
from wangge.reports.listing.reading import holders_of
from wangge.reports.number import format_number
from wangge.reports.placement import Placement
from wangge.store.engine import AsyncConnection

__all__ = ["as_answers", "as_feature", "as_features", "as_filed", "as_rows", "link"]

_SHAPED = frozenset({"number", "cells", "areas", "edition", "synthetic", "raw_lon", "raw_lat", "datum", "geom"})
_PLAIN = [field for field in FIELDS if In.ANSWER in field.places and field.name not in _SHAPED]
_NAMES = [field.name_in(In.ANSWER) for field in _PLAIN]
_VALUES = attrgetter(*(field.name for field in _PLAIN))
_BEGINS = {field.name: field.begins for field in FIELDS if In.ANSWER in field.places and In.INTAKE not in field.places}


async def as_answers(connection: AsyncConnection, grid: Grid, rows: Sequence[Any], here: str) -> list[dict[str, Any]]:
    """Reports as they stand in an answer.

    Parameters
    ----------
    rows : as a list is read (`REPORTS`), or as one was just filed (`as_filed`).
    here : address of the reports.
    """
    told = await _told(connection, grid, rows)
    return [
        properties | {"lon": row.lon, "lat": row.lat, "links": _links(f"{here}/{properties['number']}")}
        for row, properties in zip(rows, told, strict=True)
    ]


async def as_rows(
    connection: AsyncConnection, grid: Grid, rows: Sequence[Any], here: str, language: messages.Language
) -> list[dict[str, Any]]:
    """The same for a list of work: with the state in words, and with the desk that has the case."""
    answers = await as_answers(connection, grid, rows, here)
    holders = await holders_of(connection, (row.desk_id for row in rows))
    titles = {row.state: messages.word("states", row.state, language) for row in rows}
    desks = {
        desk: {"desk": desk, "level": holder.level, "code": holder.code, "name": holder.name}
        for desk, holder in holders.items()
    }
    return [
        answer
        | {
            "state_title": titles[row.state],
            "holder": desks.get(row.desk_id),
            "parked_at": row.parked_at,
            "returned": row.returned,
        }
        for answer, row in zip(answers, rows, strict=True)
    ]


async def as_features(connection: AsyncConnection, grid: Grid, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Reports as GeoJSON Features; the rows are those of `as_answers`."""
    told = await _told(connection, grid, rows)
    return [_feature(properties, row.lon, row.lat) for row, properties in zip(rows, told, strict=True)]


def as_feature(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as a GeoJSON Feature."""
    properties = {key: value for key, value in answer.items() if key not in {"lon", "lat", "links"}}
    return _feature(properties, answer["lon"], answer["lat"])


def _feature(properties: dict[str, Any], lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Feature", "id": properties["number"], "geometry": as_point(lon, lat), "properties": properties}


async def _told(connection: AsyncConnection, grid: Grid, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """What is told of each report, but its point and its links. Reports of one base grid share what is said of it."""
    places = await places_of(connection, grid, [row.cell_id for row in rows])
    of_cell = {cell: _of_cell(place) for cell, place in places.items()}
    return [
        {
            "number": format_number(row.received_at, row.id),
            **dict(zip(_NAMES, _VALUES(row), strict=True)),
            "raw": {"lon": row.raw_lon, "lat": row.raw_lat, "datum": row.datum},
            **of_cell[row.cell_id],
            "areas": area_refs(grid.areas_at(row.lon, row.lat, row.received_at)),
        }
        for row in rows
    ]


def _of_cell(place: Whereabouts) -> dict[str, Any]:
    return {
        "cell": cell_ref(place.cell),
        "ancestors": [cell_ref(cell) for cell in place.ancestors],
        "edition": place.edition,
        "synthetic": place.synthetic,
    }


def _links(address: str) -> list[dict[str, str]]:
    return [link("self", address, JSON), link("alternate", f"{address}?f=geojson", GEOJSON)]


def as_filed(receipt: Receipt, placement: Placement, body: ReportBody, grid: Grid) -> SimpleNamespace:
    """The row of a report that was just stored, from what is known already."""
    stored: dict[str, Any] = {
        "id": receipt.id,
        "received_at": receipt.received_at,
        "occurred_at": (body.occurred_at or receipt.received_at).astimezone(UTC),
        "territory_code": grid.territory,
        "state": OPENED,
        "category": body.category,
        "description": body.description,
        "on_edge": placement.location.on_edge,
        "ambiguous": placement.ambiguous,
        "accuracy_m": body.accuracy,
        "raw_lon": body.lon,
        "raw_lat": body.lat,
        "datum": body.datum,
        "external_id": body.external_id,
        "asset": receipt.asset,
        "urgency": receipt.urgency or body.urgency,
        "campaign": receipt.campaign,
        "step": FIRST_STEP,
        "due_at": receipt.due_at,
        "lon": placement.lon,
        "lat": placement.lat,
        "cell_id": placement.location.cell.id,
    }
    return SimpleNamespace(**_BEGINS | stored)


def link(rel: str, href: str, media: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media}
