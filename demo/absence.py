"""Somebody of the demo is on leave when it opens, and the demo's own officer stands in."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from wangge.demo.accounts import DOORS
from wangge.duty.officers import load_roster, put_officers
from wangge.duty.roster import Leave, Officer
from wangge.geo.grid import Grid, Outside
from wangge.reports.case.lifecycle import OPEN
from wangge.store.engine import AsyncConnection

__all__ = ["send_on_leave"]

GONE, BACK = timedelta(days=2), timedelta(days=5)

OPEN_IN = """
SELECT c.code, count(*) FROM report r JOIN cell c ON c.id = r.cell_id
WHERE r.territory_code = %(territory)s AND r.state = ANY (%(states)s) AND c.code = ANY (%(codes)s)
GROUP BY 1 ORDER BY 2 DESC, 1
"""


async def send_on_leave(connection: AsyncConnection, grid: Grid, day: date) -> str | None:
    """Let the neighbour with the most open cases be away around a day; the number of who goes, None where one is."""
    door = grid.locate(*DOORS[grid.territory])
    if isinstance(door, Outside):
        return None
    roster = await load_roster(connection, grid.territory)
    substitute = _responsible(roster.values(), door.cell.code, day)
    community = door.ancestors[-1].code
    near = [leaf.code for leaf in grid.leaves if leaf.path[-2] == community and leaf.code != door.cell.code]
    neighbours = [officer for code in near if (officer := _responsible(roster.values(), code, day))]
    if substitute is None or any(_away(officer, day) for officer in neighbours):
        return None
    asked = {"territory": grid.territory, "states": sorted(OPEN), "codes": near}
    for code, _ in await (await connection.execute(OPEN_IN, asked)).fetchall():
        officer = _responsible(roster.values(), code, day)
        if officer is not None and officer != substitute:
            leave = Leave(day - GONE, day + BACK, substitute.number)
            async with connection.transaction():
                await put_officers(
                    connection, grid.territory, [replace(officer, leave=(*officer.leave, leave))], "demo"
                )
            return officer.number
    return None


def _responsible(roster: Iterable[Officer], code: str, day: date) -> Officer | None:
    """Who is responsible for a base grid on a day."""
    for officer in roster:
        for posting in officer.postings:
            first, after = posting.days
            if posting.role == "responsible" and posting.place[1] == code and first <= day < after:
                return officer
    return None


def _away(officer: Officer, day: date) -> bool:
    """Whether an officer is away around a day."""
    return any(leave.away_from <= day + BACK and day - GONE < leave.back_on for leave in officer.leave)
