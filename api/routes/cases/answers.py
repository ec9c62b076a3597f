"""A report as it stands in an answer, made from the description of its fields."""

from datetime import UTC
from types import SimpleNamespace
from typing import Any

from wangge.api.routes.grids.locate import cell_ref
from wangge.api.schemas.common import ReportBody
from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import FIRST_STEP, OPENED
from wangge.reports.fields import FIELDS, In
from wangge.reports.intake.submitting import Receipt
from wangge.reports.number import format_number
from wangge.reports.placement import Placement

__all__ = ["GEOJSON", "as_answer", "as_feature", "as_filed", "link"]

GEOJSON = "application/geo+json"

_SHAPED = frozenset({"number", "cells", "raw_lon", "raw_lat", "datum", "geom"})
_PLAIN = tuple(
    (field.name_in(In.ANSWER), field.name)
    for field in FIELDS
    if In.ANSWER in field.places and field.name not in _SHAPED
)
_BEGINS = {field.name: field.begins for field in FIELDS if In.ANSWER in field.places and In.INTAKE not in field.places}


def as_answer(row: Any, here: str) -> dict[str, Any]:
    """A report as it stands in an answer.

    Parameters
    ----------
    row : as a list is read (`REPORTS`), or as one was just filed (`as_filed`).
    here : address of the reports.
    """
    number = format_number(row.received_at, row.id)
    return {
        "number": number,
        **{name: getattr(row, column) for name, column in _PLAIN},
        "lon": row.lon,
        "lat": row.lat,
        "raw": {"lon": row.raw_lon, "lat": row.raw_lat, "datum": row.datum},
        "cell": {"level": row.cell_level, "code": row.cell_code, "name": row.cell_name},
        "ancestors": row.ancestors,
        "links": [
            link("self", f"{here}/{number}", "application/json"),
            link("alternate", f"{here}/{number}?f=geojson", GEOJSON),
        ],
    }


def as_filed(receipt: Receipt, placement: Placement, body: ReportBody, grid: Grid) -> SimpleNamespace:
    """The row of a report that was just stored, from what is known already."""
    location = placement.location
    stored: dict[str, Any] = {
        "id": receipt.id,
        "received_at": receipt.received_at,
        "occurred_at": (body.occurred_at or receipt.received_at).astimezone(UTC),
        "territory_code": grid.territory,
        "state": OPENED,
        "category": body.category,
        "description": body.description,
        "edition": location.edition,
        "on_edge": location.on_edge,
        "ambiguous": placement.ambiguous,
        "accuracy_m": body.accuracy,
        "raw_lon": body.lon,
        "raw_lat": body.lat,
        "datum": body.datum,
        "external_id": body.external_id,
        "synthetic": grid.synthetic,
        "urgency": body.urgency,
        "step": FIRST_STEP,
        "due_at": receipt.due_at,
        "lon": placement.lon,
        "lat": placement.lat,
        "ancestors": [cell_ref(cell) for cell in location.ancestors],
    }
    cell = {f"cell_{name}": value for name, value in cell_ref(location.cell).items()}
    return SimpleNamespace(**_BEGINS | stored | cell)


def as_feature(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as a GeoJSON Feature; its point is WGS-84."""
    properties = {key: value for key, value in answer.items() if key not in {"lon", "lat", "links"}}
    point = {"type": "Point", "coordinates": [answer["lon"], answer["lat"]]}
    return {"type": "Feature", "id": answer["number"], "geometry": point, "properties": properties}


def link(rel: str, href: str, media: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media}
