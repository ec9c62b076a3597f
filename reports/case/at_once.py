"""A find that its finder has seen to: the moves that lead there by themselves, made as one with the report."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from wangge.access.person import Person
from wangge.geo.grid import Grid
from wangge.reports.case.actions import load_setting
from wangge.reports.case.case import Arguments, Key, PartyAsked
from wangge.reports.case.docket import Docket
from wangge.reports.evidence.photos import attach
from wangge.store.engine import AsyncConnection

__all__ = ["handle_at_once"]


async def handle_at_once(
    connection: AsyncConnection,
    person: Person,
    grid: Grid,
    report: Key,
    *,
    note: str,
    photos: Sequence[UUID] = (),
    now: datetime | None = None,
) -> None:
    """Register a report, give it to the desk that has it, and report it back, as a part of the transaction.

    The moves are those of the table, made by who found it, who must stand at that desk. Whether it is so is for
    somebody else to verify, as of any case.

    Parameters
    ----------
    note : what was done.
    photos : ids of those that show it.

    Raises
    ------
    NotAllowed, MoveRefused, BadArgument : see `carry`.
    UnknownPhoto : see `attach`.
    """
    setting = await load_setting(connection, grid, routing=False)
    docket = await Docket.open(connection, setting, [report])
    case, now = docket.cases[report[0]], now or datetime.now(UTC)
    docket.move(case, person, "register", Arguments(), now)
    docket.move(case, person, "dispatch", Arguments(parties=(PartyAsked(desk=case.desk),)), now)
    docket.move(case, person, "start", Arguments(), now)
    docket.move(case, person, "report-back", Arguments(note=note, photos=tuple(photos)), now)
    await docket.save()
    await attach(connection, grid.territory, person.sender(grid.territory), photos, case.key, case.version)
