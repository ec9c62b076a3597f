"""Builds cases with a history, event by event, as the moves of a case write them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from wangge.geo.grid import Grid
from wangge.store.engine import Connection

__all__ = ["START", "Histories", "day"]

START = datetime(2026, 3, 1, 1, tzinfo=UTC)

# Where a case stands after a move, unless the event says otherwise.
STATES = {
    "receive": "received",
    "assign": "assigned",
    "register": "registered",
    "refuse": "refused",
    "merge": "merged",
    "dispatch": "dispatched",
    "accept": "accepted",
    "return": "registered",
    "start": "handling",
    "report-back": "reported",
    "verify": "verified",
    "reject": "handling",
    "close": "closed",
    "confirm": "confirmed",
    "reopen": "registered",
    "park": "parked",
    "resume": "handling",
    "void": "voided",
    "withdraw": "withdrawn",
}


def day(days: float) -> datetime:
    """The moment so many days after the start."""
    return START + timedelta(days=days)


class Histories:
    """Cases of one territory; each is named by the (id, received_at) that `case` gives."""

    def __init__(self, connection: Connection, grid: Grid, category: str) -> None:
        self.connection = connection
        self.grid = grid
        self.category = category
        self._states: dict[int, str] = {}

    def case(
        self, *events: tuple[Any, ...], received: float = 0, leaf: int = 0, category: str | None = None
    ) -> tuple[int, datetime]:
        """A case with its events: (move, day) or (move, day, facts)."""
        at = day(received)
        self.connection.execute("SELECT ensure_report_month(%s::date)", (at,))
        row = self.connection.execute(
            """
            INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, occurred_at, source,
                                on_edge, ambiguous, raw_lon, raw_lat, datum, geom)
            VALUES (%s, %s, %s, %s, 'assigned', %s, %s, 'test', false, false, 0, 0, 'wgs84',
                    ST_SetSRID(ST_MakePoint(0, 0), 4326))
            RETURNING id
            """,
            (
                at,
                self.grid.territory,
                self.grid.edition_id,
                self.grid.leaves[leaf].id,
                category or self.category,
                at,
            ),
        ).fetchone()
        assert row
        case = (int(row[0]), at)
        self.connection.execute(
            """
            INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
            SELECT id, received_at, territory_code, cell_id, category, received_at, 1 FROM report
            WHERE id = %s AND received_at = %s
            """,
            case,
        )
        self.add(case, ("receive", received), ("assign", received), *events)
        return case

    def add(self, case: tuple[int, datetime], *events: tuple[Any, ...]) -> None:
        """More events of a case."""
        for event in events:
            move, days, *more = event
            self._append(case, move, day(days), more[0] if more else {})

    def _append(self, case: tuple[int, datetime], move: str, at: datetime, facts: Mapping[str, Any]) -> None:
        report, received_at = case
        state = facts.get("state") or STATES.get(move, self._states.get(report, "assigned"))
        self._states[report] = state
        said = {name: _told(value) for name, value in facts.items() if name != "state"}
        self.connection.execute(
            """
            INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, facts)
            VALUES (%s, %s, %s, %s, %s, 'test', %s, %s)
            """,
            (report, received_at, self.grid.territory, state, at, move, Jsonb(said)),
        )


def _told(value: Any) -> Any:
    """A fact as events tell it: days become moments."""
    return day(value).isoformat() if isinstance(value, float) else value
