"""Which reports are wanted: what may be asked of a list, and the condition that it makes in a scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wangge.access.person import Person, Scope
from wangge.access.roles import Right
from wangge.access.scope import condition
from wangge.reports.case.lifecycle import OPEN, Standing, State
from wangge.reports.case.states import LIVE_TASK, OPEN_CASE
from wangge.reports.case.table import MOVES
from wangge.reports.listing.searching import Search, found_by, leads

__all__ = ["Hands", "ReportFilter", "hands_of", "matching"]

_ACTING = frozenset[str]().union(
    *(move.roles for move in MOVES.values() if move.standing in (Standing.DESK, Standing.TASK))
)
"""Roles that have cases or tasks in hand."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Desks at which somebody acts, by the level and code of the cell, both empty for the centre's; organisations."""

    desks: frozenset[tuple[str, str]] = frozenset()
    organisations: frozenset[int] = frozenset()


def hands_of(person: Person, territory: str) -> Hands:
    """Where a person has cases in hand: at the desks themselves, not at those below them."""
    acting = [
        grant for grant in person.grants_in(territory) if grant.role in _ACTING and person.has(Right.MOVE, grant.role)
    ]
    return Hands(
        frozenset((grant.level or "", grant.code or "") for grant in acting if grant.organisation is None),
        frozenset(grant.organisation for grant in acting if grant.organisation is not None),
    )


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports of a territory: all conditions that are set must hold, and of several values any.

    Attributes
    ----------
    until : exclusive.
    returned : came back to the desk, and was neither dispatched anew nor reported back since.
    hands : those that lie with a desk of them, or in which a desk or an organisation of them has a task to do.
    desk : id of the desk that has them.
    search : see `searching`.
    """

    territory: str
    bbox: tuple[float, float, float, float] | None = None
    cell: str | None = None
    level: str | None = None
    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    closed_since: datetime | None = None
    is_open: bool = False
    overdue: bool = False
    nearly_due: bool = False
    parked: bool = False
    returned: bool = False
    hands: Hands | None = None
    desk: int | None = None
    search: Search | None = None

    @property
    def only_open(self) -> bool:
        """Whether no other cases than open ones can match, so that an index of those answers."""
        flags = self.is_open or self.overdue or self.nearly_due or self.parked or self.returned
        return flags or (bool(self.states) and OPEN.issuperset(self.states))


_MY_DESKS = """SELECT d.id FROM desk d WHERE d.territory_code = %(territory)s AND (coalesce(d.level, ''), d.code) IN (
        SELECT * FROM unnest(%(desk_levels)s::text[], %(desk_codes)s::text[]))"""

NARROWED = {
    "bbox": "report.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)",
    # In every edition, for an old report keeps the one that it was assigned under.
    "cell": """report.cell_id IN (
        SELECT c.id FROM cell c JOIN edition e ON e.id = c.edition_id
        WHERE e.territory_code = %(territory)s AND c.path @> ARRAY[%(cell)s::text]
            AND (%(level)s::text IS NULL OR c.path[(
                SELECT l.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
                WHERE l.value ->> 'key' = %(level)s)] = %(cell)s))""",
    "categories": "report.category = ANY (%(categories)s)",
    "groups": """report.category IN (
        SELECT k.code FROM category k WHERE k.territory_code = %(territory)s AND k.group_code = ANY (%(groups)s))""",
    "states": "report.state = ANY (%(states)s)",
    "urgencies": "report.urgency = ANY (%(urgencies)s)",
    "since": "report.received_at >= %(since)s",
    "until": "report.received_at < %(until)s",
    "closed_since": "report.closed_at >= %(closed_since)s",
    "overdue": "report.overdue",
    "nearly_due": "report.nearly_due AND NOT report.overdue",
    "parked": f"report.state = '{State.PARKED}'",
    "returned": "report.returned",
    "hands": f"""(report.desk_id = ANY (CAST(ARRAY({_MY_DESKS}) AS bigint[])) OR report.id = ANY (CAST(ARRAY(
        SELECT t.report_id FROM report_task t WHERE t.{LIVE_TASK}
            AND (t.organisation_id = ANY (%(organisations)s) OR t.desk_id IN ({_MY_DESKS}))) AS bigint[])))""",  # noqa: S608 - of the states of the table of moves
    "desk": "report.desk_id = %(desk)s",
}
"""Conditions on reports, by the field of a filter that sets them."""


SPAN = {"since": "received_at >= %(since)s", "until": "received_at < %(until)s"}


def matching(where: ReportFilter, scope: Scope) -> tuple[str, dict[str, Any]]:
    """SQL that holds for the rows of `report` that a filter lets through in a scope, and its parameters."""
    seen, values = condition(scope)
    asked = {field: value for field in NARROWED if (value := getattr(where, field)) not in (None, False, ())}
    conditions = ["report.territory_code = %(territory)s", seen, *(NARROWED[field] for field in asked)]
    if where.only_open:
        conditions.append(f"report.{OPEN_CASE}")
    values |= {field: list(value) if isinstance(value, tuple) else value for field, value in asked.items()}
    values |= {"territory": where.territory, "level": where.level}
    if where.search is not None:
        found, more = found_by(where.search)
        conditions.append(found)
        values |= more
        span = " AND ".join(SPAN[field] for field in SPAN if field in asked) or "true"
        if (led := leads(where.search, span)) is not None:
            conditions.append(f"(report.id, report.received_at) IN ({led[0]})")
            values |= led[1]
    if where.bbox is not None:
        values |= zip(("west", "south", "east", "north"), where.bbox, strict=True)
    if where.hands is not None:
        del values["hands"]
        desks = sorted(where.hands.desks)
        values |= {"desk_levels": [level for level, _ in desks], "desk_codes": [code for _, code in desks]}
        values["organisations"] = sorted(where.hands.organisations)
    return " AND ".join(conditions), values
