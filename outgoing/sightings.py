"""An event as it goes out to screens, with everything that says who may see it: looked up once, for all readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from wangge.access.person import Scope
from wangge.outgoing import queries
from wangge.reports.feed.events import FeedEvent, Mark
from wangge.store.engine import AsyncConnection, named_rows

__all__ = ["Place", "Sighting", "sightings_of"]

Place = tuple[str, str]
"""Key of a level and code of a cell."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What happened to a case, and for whom that is.

    Attributes
    ----------
    data : JSON for those who see the case: no words of people, nothing about who reported.
    gone : JSON for those who see it no longer.
    places : the cells that the case lies in, and those of desks that have it or a task in it from elsewhere.
    organisations : ids of those that have a task in it.
    former : the cells that it lay in until this event.
    """

    mark: Mark
    territory: str
    data: bytes
    gone: bytes
    places: frozenset[Place]
    organisations: frozenset[int]
    former: frozenset[Place] = frozenset()

    def seen_by(self, scope: Scope) -> Literal["case", "gone"] | None:
        """What it is to somebody with a scope in its territory: a case of theirs, one that left them, or nothing."""
        if scope.cells is None or not scope.cells.isdisjoint(self.places):
            return "case"
        if not scope.organisations.isdisjoint(self.organisations):
            return "case"
        return "gone" if not scope.cells.isdisjoint(self.former) else None


async def sightings_of(connection: AsyncConnection, events: Sequence[FeedEvent]) -> list[Sighting]:
    """The events of cases as they go out, in order; what happened to no single case is left out.

    Deadlines and places are those of the case as it stands at the reading; a later event of it tells the rest.
    """
    mine = [event for event in events if event.report_id is not None and event.number is not None]
    if not mine:
        return []
    cases = {event.report_id: event.received_at for event in mine}
    asked = {"ids": list(cases), "received": list(cases.values())}
    standing = {row.id: row for row in await named_rows(connection, queries.STANDING_OF_CASES, asked)}
    desks = await _places_of_desks(connection, {desk for row in standing.values() for desk in row.desks})
    former = await _former_cells(connection, mine)
    return [
        _sighting(event, row, desks, former.get((event.territory, event.facts.get("from_cell", "")), frozenset()))
        for event in mine
        if (row := standing.get(event.report_id)) is not None
    ]


def _sighting(event: FeedEvent, row: Any, desks: dict[int, frozenset[Place]], former: frozenset[Place]) -> Sighting:
    data = {
        "number": event.number,
        "move": event.move,
        "state": event.state,
        "version": event.version,
        "at": event.at,
        "cell": row.cell,
        "category": row.category,
        "urgency": row.urgency,
        "due_at": row.due_at,
        "nearly_due": row.nearly_due,
        "overdue": row.overdue,
    }
    places = _pairs(row.path, row.levels).union(*(desks.get(desk, frozenset()) for desk in row.desks))
    return Sighting(
        event.mark,
        event.territory,
        orjson.dumps(data, option=orjson.OPT_UTC_Z),
        orjson.dumps({"number": event.number}),
        places,
        frozenset(row.organisations),
        former - places,
    )


async def _places_of_desks(connection: AsyncConnection, desks: Iterable[int]) -> dict[int, frozenset[Place]]:
    """The cells that desks lie in, of the published edition."""
    wanted = sorted(desks)
    if not wanted:
        return {}
    rows = await named_rows(connection, queries.PLACES_OF_DESKS, {"desks": wanted})
    return {row.id: _pairs(row.path, row.levels) for row in rows}


async def _former_cells(
    connection: AsyncConnection, events: Sequence[FeedEvent]
) -> dict[tuple[str, str], frozenset[Place]]:
    """The cells that cases lay in until their place was corrected, by territory and base grid."""
    moved = [event for event in events if event.facts.get("from_cell")]
    if not moved:
        return {}
    asked = {
        "territories": sorted({event.territory for event in moved}),
        "codes": sorted({str(event.facts["from_cell"]) for event in moved}),
    }
    found: dict[tuple[str, str], frozenset[Place]] = {}
    for row in await named_rows(connection, queries.FORMER_CELLS, asked):
        key = (row.territory_code, row.code)
        found[key] = found.get(key, frozenset()) | _pairs(row.path, row.levels)
    return found


def _pairs(path: Sequence[str], levels: Sequence[dict[str, Any]]) -> frozenset[Place]:
    return frozenset((str(level["key"]), code) for level, code in zip(levels, path, strict=False))
