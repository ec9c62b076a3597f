"""Requests as GeoReport tells of them: which are asked for, which the asker sees, and what is said of each."""

from collections.abc import Sequence
from typing import Any

from wangge.access.person import Scope
from wangge.api.open311.answering import written
from wangge.api.plumbing.problems import BadField
from wangge.data import messages
from wangge.data.languages import spoken
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import OPEN
from wangge.reports.categories.categories import Categories
from wangge.reports.listing import reading
from wangge.reports.listing.places import places_of
from wangge.reports.listing.public import public_requests
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import AsyncConnection

__all__ = ["UnknownService", "as_asked", "by_ids", "codes_of", "status_of", "told_of"]

MOST_IDS = 100


class UnknownService(WanggeError):
    """The territory takes no such kind of matter. Facts: `service`."""

    kind = "unknown-service"


def status_of(text: str | None) -> bool | None:
    """Whether open requests are asked for, or closed ones; None for both. Raises BadField."""
    wanted = {one.strip().lower() for one in (text or "").split(",") if one.strip()}
    if wanted - {"open", "closed"}:
        raise BadField(field="status", reason="literal_error", expected="open, closed")
    return wanted == {"open"} if len(wanted) == 1 else None


def codes_of(text: str | None, known: Categories) -> list[str] | None:
    """The categories of a list of service codes; None for all. Raises UnknownService."""
    if text is None:
        return None
    codes = [one.strip() for one in text.split(",") if one.strip()]
    for code in codes:
        if code not in {entry.code for entry in known.entries}:
            raise UnknownService(service=code)
    return codes or None


async def by_ids(connection: AsyncConnection, grid: Grid, scope: Scope | None, text: str) -> list[Any]:
    """The reports with some numbers, as far as the asker sees them, the newest first."""
    numbers = [one for one in text.split(",") if one.strip()]
    if len(numbers) > MOST_IDS:
        raise BadField(field="service_request_id", reason="too_long", max_length=MOST_IDS)
    keys = {key for number in numbers if (key := parse_number(number))}
    if scope is None:
        rows = await public_requests(connection, grid.territory, MOST_IDS, ids=sorted(key[1] for key in keys))
        said = {format_number(month, identity)[:6] + str(identity) for month, identity in keys}
        found = [row for row in rows if format_number(row.received_at, row.id)[:6] + str(row.id) in said]
    else:
        seen = [row for key in keys if (row := await reading.find_report(connection, scope, *key))]
        found = [row for row in seen if row.campaign is None]  # whose categories are no service
    return sorted(found, key=lambda row: (row.received_at, row.id), reverse=True)


async def told_of(
    connection: AsyncConnection, grid: Grid, rows: Sequence[Any], known: Categories, language: messages.Language
) -> list[dict[str, Any]]:
    """What is said of each report, with what goes beyond the standard under `extended_attributes`."""
    moved = await reading.last_events_of(connection, rows)
    places = await places_of(connection, grid, {row.cell_id for row in rows})
    names = {entry.code: spoken(entry.name, language) for entry in known.entries}
    told = []
    for row in rows:
        place = places[row.cell_id]
        cells = [*place.ancestors, place.cell]
        told.append(
            {
                "service_request_id": format_number(row.received_at, row.id),
                "status": "open" if row.state in OPEN else "closed",
                "status_notes": messages.word("states", row.state, language),
                "service_name": names.get(row.category, row.category),
                "service_code": row.category,
                "description": row.description or None,
                "agency_responsible": cells[0].name if len(cells) == 1 else cells[-2].name,
                "service_notice": None,
                "requested_datetime": written(row.received_at),
                "updated_datetime": written(moved.get(row.id, row.received_at)),
                "expected_datetime": written(getattr(row, "due_at", None)),
                "address": " ".join(cell.name for cell in cells),
                "address_id": place.cell.code,
                "zipcode": None,
                "lat": row.lat,
                "long": row.lon,
                "media_url": None,
                "extended_attributes": {
                    "state": row.state,
                    "edition": place.edition,
                    "accuracy": getattr(row, "accuracy_m", None),
                    "cells": {cell.level: cell.code for cell in cells},
                },
            }
        )
    return told


def as_asked(told: list[dict[str, Any]], *, extensions: bool) -> list[dict[str, Any]]:
    """The same, without what goes beyond the standard unless it was asked for."""
    if extensions:
        return told
    return [{key: value for key, value in one.items() if key != "extended_attributes"} for one in told]
