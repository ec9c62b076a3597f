"""The roster in the database: read whole or in part, and changed by entries that are stored together or not at all."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from wangge.duty import queries
from wangge.duty.findings import refuse
from wangge.duty.roster import Leave, Officer, Posting, clashes, handed_over, placed
from wangge.duty.routing import Place
from wangge.geo.errors import WanggeError
from wangge.store.changes import Change, Subject, recorded
from wangge.store.engine import AsyncConnection

__all__ = ["UnknownOfficer", "base_level", "load_roster", "places_of", "put_officers"]

WHO = ("number", "name", "phone", "active")


class UnknownOfficer(WanggeError):
    """The roster has no officer with this number. Facts: `number`."""

    kind = "unknown-officer"


async def load_roster(
    connection: AsyncConnection, territory: str, numbers: Collection[str] | None = None
) -> dict[str, Officer]:
    """The roster by number, in the order of numbers; or the officers with some numbers."""
    values = {"territory": territory, "numbers": None if numbers is None else list(numbers)}
    found = {}
    for row in await (await connection.execute(queries.ROSTER, values)).fetchall():
        number, name, phone, active, officer, version, postings, leave = row
        found[number] = Officer(
            number,
            name,
            phone,
            active,
            tuple(_posting(*one) for one in postings or ()),
            tuple(Leave(_day(away), _day(back), substitute) for away, back, substitute in leave or ()),
            id=officer,
            version=version,
        )
    return found


async def put_officers(
    connection: AsyncConnection,
    territory: str,
    officers: Sequence[Officer],
    by: str,
    *,
    hand_over: bool = False,
    file: str = "",
) -> int:
    """Store entries in place of those with their numbers, all or none; gives the number of entries that changed.

    Who changed which is kept, with what stood there.

    Parameters
    ----------
    connection : in a transaction, which the caller ends.
    hand_over : a new responsible posting ends the running one of another officer in that base grid.
    file : named in a refusal.

    Raises
    ------
    BadEntries : with everything that is wrong.
    """
    await connection.execute(queries.LOCK_ROSTER, {"territory": territory})
    stored = await load_roster(connection, territory)
    places = await places_of(connection, territory)
    officers = [placed(officer, places) for officer in officers]
    if hand_over:
        officers = handed_over(officers, stored)
    refuse(clashes(officers, stored, places), file)
    changed = [officer for officer in officers if _plain(officer) != _plain(stored.get(officer.number))]
    if changed:
        await _store(connection, territory, changed)
        changes = [
            Change(Subject.OFFICER, one.number, _facts(stored.get(one.number)), _facts(one), territory)
            for one in changed
        ]
        await connection.execute(*recorded(by, changes))
    return len(changed)


async def places_of(connection: AsyncConnection, territory: str) -> set[Place]:
    """The cells of every level that have an active desk."""
    rows = await (await connection.execute(queries.PLACES, {"territory": territory})).fetchall()
    return {(level, code) for level, code in rows}


async def base_level(connection: AsyncConnection, territory: str) -> str:
    """Key of the level of the base grids in the current edition."""
    rows = await (await connection.execute(queries.LEVELS_OF_TERRITORY, {"territory": territory})).fetchall()
    return str(rows[-1][0]) if rows else ""


async def _store(connection: AsyncConnection, territory: str, officers: Sequence[Officer]) -> None:
    """Entries as they are; what clashes with the rest has been refused before, and is by the database again."""
    values = {
        "territory": territory,
        "numbers": [officer.number for officer in officers],
        "officers": Jsonb([{key: getattr(one, key) for key in WHO} for one in officers]),
        "postings": Jsonb(
            [{"number": one.number} | _posting_as_record(posting) for one in officers for posting in one.postings]
        ),
        "leave": Jsonb([{"number": one.number} | _leave_as_record(leave) for one in officers for leave in one.leave]),
    }
    for query in (
        queries.PUT_OFFICERS,
        queries.CLEAR_POSTINGS,
        queries.CLEAR_LEAVE,
        queries.PUT_POSTINGS,
        queries.PUT_LEAVE,
    ):
        await connection.execute(query, values)


def _plain(officer: Officer | None) -> Officer | None:
    """An entry without where it was read and how often it changed, to be compared."""
    if officer is None:
        return None
    postings = sorted((replace(one, record=0) for one in officer.postings), key=lambda one: (one.place, one.days))
    leave = sorted((replace(one, record=0) for one in officer.leave), key=lambda one: one.days)
    return replace(officer, postings=tuple(postings), leave=tuple(leave), record=0, id=0, version=0)


def _facts(officer: Officer | None) -> dict[str, Any] | None:
    """An entry as it is told of changes."""
    if officer is None:
        return None
    return {
        "name": officer.name,
        "phone": officer.phone,
        "active": officer.active,
        "postings": [_posting_as_record(one) for one in officer.postings],
        "leave": [_leave_as_record(one) for one in officer.leave],
    }


def _posting_as_record(posting: Posting) -> dict[str, Any]:
    level, code = posting.place
    return {
        "level": level,
        "code": code,
        "role": posting.role,
        "valid_from": posting.valid_from.isoformat(),
        "valid_to": posting.valid_to.isoformat() if posting.valid_to else None,
    }


def _leave_as_record(leave: Leave) -> dict[str, Any]:
    return {
        "away_from": leave.away_from.isoformat(),
        "back_on": leave.back_on.isoformat(),
        "substitute": leave.substitute,
    }


def _posting(level: str, code: str, role: str, valid_from: str, valid_to: str | None) -> Posting:
    return Posting((level, code), role, _day(valid_from), _day(valid_to) if valid_to else None)


def _day(told: str) -> date:
    return date.fromisoformat(told)
