"""Hands open cases on after the grid was redrawn: each to the desk that answers for its place now.

A regrid changes where a case lies; here follows who has it. Parties that work on the case keep their tasks.
"""

from datetime import UTC, datetime

from wangge.reports.bulk import queries
from wangge.reports.case.case import Case, Event
from wangge.reports.case.lifecycle import OPEN
from wangge.reports.case.moves import clock
from wangge.reports.case.opening import hand_over
from wangge.reports.case.setting import Setting
from wangge.reports.case.storing import read, save
from wangge.store.engine import AsyncConnection

__all__ = ["hand_on"]

ACTOR = "wangge"
BATCH = 1000


async def hand_on(connection: AsyncConnection, setting: Setting, now: datetime | None = None) -> int:
    """Hand every open case on whose desk was closed, or stands for no cell that the case lies in; says how many.

    The desk is the one of the same level at the place of the case, or the next above it that is there; where the error
    circle touches several base grids, at the likelier one, as at intake. Under an edition that is not the published
    one only cases of closed desks are handed on, for desks go by the published one.

    Parameters
    ----------
    connection : in autocommit; every batch is a transaction of its own.
    now : the moment at which they are handed on; the present one when left out.
    """
    territory, after, handed = setting.grid.territory, 0, 0
    while True:
        async with connection.transaction():
            where = {"territory": territory, "after": after, "limit": BATCH}
            found = await (await connection.execute(queries.CASES_ASTRAY, where)).fetchall()
            former = {report_id: cell for report_id, _, cell in found}
            cases = await read(connection, territory, [(report_id, at) for report_id, at, _ in found])
            moment = now or datetime.now(UTC)
            changed = [case for case in cases if _handed_on(case, former[case.id], setting, moment)]
            await save(connection, territory, changed)
        handed += len(changed)
        if len(found) < BATCH:
            return handed
        after = found[-1][0]


def _handed_on(case: Case, former: str | None, setting: Setting, now: datetime) -> bool:
    """Give a case to the desk that answers for it now, and tell it; false where that is the one that has it."""
    before, (cells, _) = case.desk, setting.likelier(case)
    if case.state not in OPEN or before is None or setting.places.get(before, ()) in (None, *case.cells, *cells):
        return False
    place = next((cell for cell in cells if cell[0] == case.level), None)
    hand_over(case, cells, place, setting.directory.desks, now)
    if case.desk == before:
        return False
    clock.set_alarm(case, setting.policy)
    case.version += 1
    facts = case.running | {"from_desk": before, "desk": case.desk, "level": case.level}
    facts |= {"cell": case.cell, "edition": case.edition} | ({"from_cell": former} if former else {})
    case.events.append(Event("redraw", case.state, now, ACTOR, None, None, facts, case.version))
    return True
