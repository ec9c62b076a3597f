"""Which reports are wanted: what may be asked of a list, and the condition that it makes in a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from wangge.access.person import Person, Scope
from wangge.access.roles import Right
from wangge.access.scope import among, body_with_many, condition, looked_up
from wangge.reports.case.lifecycle import OPEN, Standing, State
from wangge.reports.case.states import OPEN_CASE
from wangge.reports.case.table import MOVES
from wangge.reports.listing import queries
from wangge.reports.listing.searching import Search, found_by, leads
from wangge.store.engine import AsyncConnection
from wangge.store.grids.queries import OF_KINDS

__all__ = ["Hands", "Matched", "ReportFilter", "hands_of", "looked_up_matching", "matching"]

_ACTING = frozenset[str]().union(
    *(move.roles for move in MOVES.values() if move.standing in (Standing.DESK, Standing.TASK))
)
"""Roles that have cases or tasks in hand."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Ids of the desks at which somebody acts, and of the cases in which they have a task to do."""

    desks: tuple[int, ...] = ()
    cases: tuple[int, ...] = ()


async def hands_of(connection: AsyncConnection, person: Person, territory: str) -> Hands:
    """What a person has in hand: at the desks where they act themselves, not at those below them."""
    acting = [
        grant for grant in person.grants_in(territory) if grant.role in _ACTING and person.has(Right.MOVE, grant.role)
    ]
    places = sorted({(grant.level or "", grant.code or "") for grant in acting if grant.organisation is None})
    asked = {
        "territory": territory,
        "levels": [level for level, _ in places],
        "codes": [code for _, code in places],
        "organisations": sorted({grant.organisation for grant in acting if grant.organisation is not None}),
    }
    row = await (await connection.execute(queries.IN_HAND, asked)).fetchone()
    return Hands(*(tuple(ids) for ids in row or ((), ())))


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports of a territory: all conditions that are set must hold, and of several values any.

    Attributes
    ----------
    until : exclusive.
    kinds : of base grids: ordinary, special, or what a special grid is for (geo/purposes.py).
    returned : came back to the desk, and was neither dispatched anew nor reported back since.
    updated_since : only cases to which anything happened at or after that.
    hands : only cases of these desks, and these cases.
    desk : id of the desk that has them.
    weekdays, hours : of the receipt by the clock of `zone`, weekdays from 1 for Monday.
    area : WKB of a polygon in WGS-84; what lies on its edge lies in it.
    asset : number of what they are about, as it is kept.
    search : see `searching`.
    campaign : only cases of this campaign; cases of campaigns and others alike where none is said.
    counted : only cases of no campaign (see `counted`).
    major_class, minor_class : only cases of categories that are of these classes of the national platform.
    """

    territory: str
    bbox: tuple[float, float, float, float] | None = None
    cell: str | None = None
    level: str | None = None
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    closed_since: datetime | None = None
    updated_since: datetime | None = None
    is_open: bool = False
    overdue: bool = False
    nearly_due: bool = False
    parked: bool = False
    returned: bool = False
    hands: Hands | None = None
    desk: int | None = None
    weekdays: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    zone: str = "UTC"
    area: bytes | None = None
    asset: str | None = None
    search: Search | None = None
    campaign: str | None = None
    counted: bool = False
    major_class: str | None = None
    minor_class: str | None = None

    @property
    def only_open(self) -> bool:
        """Whether no other cases than open ones can match, so that an index of those answers."""
        flags = self.is_open or self.overdue or self.nearly_due or self.parked or self.returned
        return flags or (bool(self.states) and OPEN.issuperset(self.states))


OF_CLASS = """report.category IN (
    SELECT c.category FROM category_class c
    WHERE c.territory_code = %(territory)s AND c.{which} = %({asked})s)"""
NARROWED = {
    "bbox": "report.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    "cell": queries.IN_CELL,
    "kinds": f"""EXISTS (
        SELECT FROM cell k WHERE k.id = report.cell_id AND {OF_KINDS.format(cell="k", kinds="%(kinds)s")})""",
    "categories": "report.category = ANY (%(categories)s)",
    "groups": """report.category IN (
        SELECT k.code FROM category k WHERE k.territory_code = %(territory)s AND k.group_code = ANY (%(groups)s))""",
    "states": "report.state = ANY (%(states)s)",
    "urgencies": "report.urgency = ANY (%(urgencies)s)",
    "since": "report.received_at >= %(since)s",
    "until": "report.received_at < %(until)s",
    "closed_since": "report.closed_at >= %(closed_since)s",
    "updated_since": queries.MOVED_SINCE,
    "overdue": "report.overdue",
    "nearly_due": "report.nearly_due AND NOT report.overdue",
    "parked": f"report.state = '{State.PARKED}'",
    "returned": "report.returned",
    "hands": "(report.desk_id = ANY (%(desks)s::bigint[]) OR {tasks})",
    "campaign": "report.campaign = %(campaign)s",
    "counted": "report.campaign IS NULL",
    "major_class": OF_CLASS.format(which="major", asked="major_class"),
    "minor_class": OF_CLASS.format(which="minor", asked="minor_class"),
    "desk": "report.desk_id = %(desk)s",
    "weekdays": "date_part('isodow', report.received_at AT TIME ZONE %(zone)s) = ANY (%(weekdays)s::integer[])",
    "hours": "date_part('hour', report.received_at AT TIME ZONE %(zone)s) = ANY (%(hours)s::integer[])",
    "asset": """report.asset = coalesce((
        SELECT number FROM asset WHERE territory_code = %(territory)s AND lower(number) = lower(%(asset)s)
    ), %(asset)s)""",
    "area": "ST_Intersects(report.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), 4326))",
}
"""Conditions on reports, by the field of a filter that sets them."""


MOST_KEYS = 5_000
SPAN = {"since": "received_at >= %(since)s", "until": "received_at < %(until)s"}


def matching(
    where: ReportFilter,
    scope: Scope,
    seen: tuple[str, dict[str, Any]] | None = None,
    cells: Sequence[int] | None = None,
) -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `report` that a filter lets through in a scope, and its parameters.

    Parameters
    ----------
    seen : the scope's condition, where it was looked up before.
    cells : ids of what lies in the filter's cell, where they were.
    """
    in_scope, values = seen or condition(scope)
    asked = {field: value for field in NARROWED if (value := getattr(where, field)) not in (None, False, ())}
    conditions = ["report.territory_code = %(territory)s", in_scope, *(NARROWED[field] for field in asked)]
    if cells is not None:
        conditions[conditions.index(queries.IN_CELL)] = "report.cell_id = ANY (%(cells_within)s::bigint[])"
    if where.only_open:
        conditions.append(f"report.{OPEN_CASE}")
    values = values | {field: list(value) if isinstance(value, tuple) else value for field, value in asked.items()}
    values |= {"territory": where.territory, "level": where.level, "zone": where.zone}
    if where.search is not None:
        found, more = found_by(where.search)
        conditions.append(found)
        values |= more
    if cells is not None:
        values["cells_within"] = list(cells)
    if where.bbox is not None:
        values |= zip(("west", "south", "east", "north"), where.bbox, strict=True)
    if where.hands is not None:
        del values["hands"]
        values |= {"desks": list(where.hands.desks), "tasks": list(where.hands.cases)}
        tasks = among("report.id", "tasks", len(where.hands.cases))
        conditions = [one.replace("{tasks}", tasks) for one in conditions]
    return " AND ".join(conditions), values


class Matched(NamedTuple):
    """The reports of a filter in a scope: a condition, its parameters, and what to read them from.

    Attributes
    ----------
    source : `report`, or what leads to the few that may be meant; for the FROM of a query.
    order : what of it has `received_at` and `id`, so that reading in their order stops early.
    """

    where: str
    values: dict[str, Any]
    source: str = "report"
    order: str = "report"

    def narrowed(self, condition: str, keys: Sequence[tuple[int, datetime]] | None = None) -> "Matched":
        """Those of them of which a condition holds besides; of some reports, by id and time, where these are given."""
        narrowed = self._replace(where=f"{self.where} AND {condition}")
        if keys is None:
            return narrowed
        led = queries.LED.format(keys=queries.KEYS_AT_HAND)
        return narrowed._replace(values=self.values | _ids_and_times(keys), source=led, order="led")


async def looked_up_matching(
    connection: AsyncConnection, where: ReportFilter, scope: Scope, *, newest_first: bool = False
) -> Matched:
    """What `matching` gives, with the scope, and what a search leads to, looked up before, so that the plan fits them.

    Parameters
    ----------
    newest_first : the reports are read in that order, and no more of them than are asked for.
    """
    seen = await looked_up(connection, scope)
    cells: list[int] | None = None
    if where.cell is not None:
        within = {"territory": where.territory, "cell": where.cell, "level": where.level}
        cells = [row[0] for row in await (await connection.execute(queries.CELLS_WITHIN, within)).fetchall()]
    led = await _led(connection, where, seen, newest_first=newest_first)
    if led is None:
        return Matched(*matching(where, scope, seen, cells))
    wanted, values = matching(where, scope, ("true", {}) if led.seen else seen, cells)
    return Matched(wanted, values | led.values, queries.LED.format(keys=led.keys), "led")


class _Led(NamedTuple):
    """SQL of the keys of all reports that may be meant, and its parameters; `seen` where the scope has each of them."""

    keys: str
    values: dict[str, Any]
    seen: bool = False


async def _led(
    connection: AsyncConnection, where: ReportFilter, seen: tuple[str, dict[str, Any]], *, newest_first: bool
) -> _Led | None:
    """What leads to the reports that may be meant; None where they are met by reading."""
    span = " AND ".join(SPAN[field] for field in SPAN if getattr(where, field) is not None) or "true"
    bounds = {"since": where.since, "until": where.until}
    led = leads(where.search, span) if where.search is not None else None
    if led is not None:
        asked = led[1] | bounds | {"most": MOST_KEYS + 1}
        rows = await connection.execute(queries.SOME_KEYS.format(keys=led[0]), asked, prepare=False)
        keys = await rows.fetchall()
        if len(keys) <= MOST_KEYS:
            return _Led(queries.KEYS_AT_HAND, _ids_and_times(keys))
    body = body_with_many(seen)
    if body is not None and where.search is not None and where.only_open:
        asked = {"territory": where.territory, "organisation": body}
        keys = await (await connection.execute(queries.KEYS_OF_OPEN_TASKS, asked)).fetchall()
        return _Led(queries.KEYS_AT_HAND, _ids_and_times(keys), seen=True)
    if body is not None and (newest_first or where.search is not None):
        of_tasks = queries.KEYS_OF_TASKS.format(span=span.replace("received_at", "t.report_received_at"))
        return _Led(of_tasks, bounds | {"organisation": body}, seen=True)
    return _Led(led[0], led[1] | bounds) if led is not None and newest_first else None


def _ids_and_times(keys: Sequence[tuple[int, datetime]]) -> dict[str, Any]:
    return {"ids": [key for key, _ in keys], "times": [at for _, at in keys]}
