"""Joint meetings are called and held: an agenda of cases, and decisions, each of which is a task of its case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wangge.access.person import Person, Scope
from wangge.access.scope import condition
from wangge.duty.findings import refuse, unknown
from wangge.geo.errors import WanggeError
from wangge.geo.files.spelling import Zeros
from wangge.geo.grid import Grid
from wangge.reports.case import actions
from wangge.reports.case.case import Arguments, PartyAsked
from wangge.reports.errors import UnknownReport
from wangge.reports.meetings import queries
from wangge.reports.meetings.members import load_members
from wangge.reports.number import format_number, parse_number
from wangge.store.engine import AsyncConnection
from wangge.store.versions import Stale

__all__ = [
    "Called",
    "MeetingOver",
    "NotOnAgenda",
    "UnknownMeeting",
    "call_meeting",
    "change_meeting",
    "decide",
    "find_meeting",
    "list_meetings",
]


class UnknownMeeting(WanggeError):
    """There is no such meeting, or it has nothing to do with the asker. Facts: `meeting`."""

    kind = "unknown-meeting"


class MeetingOver(WanggeError):
    """The meeting was cancelled. Facts: `meeting`."""

    kind = "meeting-cancelled"


class NotOnAgenda(WanggeError):
    """The case is not on the meeting's agenda. Facts: `number`."""

    kind = "not-on-agenda"


@dataclass(frozen=True, slots=True)
class Called:
    """What a meeting is called with; `members` are numbers of the roster, `cases` are case numbers in their order."""

    held_at: datetime
    place: str
    topic: str
    members: Sequence[str] = ()
    cases: Sequence[str] = ()


async def call_meeting(connection: AsyncConnection, person: Person, scope: Scope, called: Called) -> int:
    """Call a meeting, as a part of the connection's transaction; gives its id.

    Parameters
    ----------
    scope : what the person sees; no other case can be put on the agenda.

    Raises
    ------
    BadEntries : a member does not exist.
    UnknownReport : a case does not exist for the person.
    """
    values = {
        "territory": scope.territory,
        "held_at": called.held_at,
        "place": called.place,
        "topic": called.topic,
        "actor": person.name,
    }
    row = await (await connection.execute(queries.ADD_MEETING, values)).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    meeting = int(row[0])
    await _set(connection, scope, meeting, called)
    return meeting


async def change_meeting(
    connection: AsyncConnection, scope: Scope, meeting: int, called: Called, status: str, expected: int | None
) -> None:
    """Change when, where and about what a meeting is, who is called, and whether it was held or is cancelled.

    A case that was decided upon stays on the agenda. Raises UnknownMeeting, Stale, BadEntries, UnknownReport.
    """
    await _lock(connection, scope.territory, meeting, expected)
    values = {
        "meeting": meeting,
        "held_at": called.held_at,
        "place": called.place,
        "topic": called.topic,
        "status": status,
    }
    await connection.execute(queries.CHANGE_MEETING, values)
    await _set(connection, scope, meeting, called)


async def decide(
    connection: AsyncConnection,
    person: Person,
    grid: Grid,
    meeting: int,
    number: str,
    text: str,
    party: PartyAsked,
    now: datetime | None = None,
) -> int:
    """Write down what a meeting decided about a case: the party has a task by it. Gives the decision's id.

    It is a dispatch as any other: by who may dispatch, from where the case may be dispatched.

    Raises
    ------
    UnknownMeeting, MeetingOver, NotOnAgenda : and whatever `actions.move` raises.
    """
    now = now or datetime.now(UTC)
    if await _lock(connection, grid.territory, meeting, None) == "cancelled":
        raise MeetingOver(meeting=meeting)
    key = parse_number(number)
    agenda = {"meeting": meeting, "report": key[1] if key else 0}
    if await (await connection.execute(queries.ON_AGENDA, agenda)).fetchone() is None:
        raise NotOnAgenda(number=number)
    arguments = Arguments(note=text, parties=(party,))
    moved = await actions.move(connection, person, grid, number, "dispatch", arguments, now=now)
    whose = (party.organisation, party.desk)
    tasks = [task.id or 0 for task in moved.case.tasks if (task.organisation, task.desk) == whose]
    values = {**agenda, "task": max(tasks), "text": text, "actor": person.name, "at": now}
    row = await (await connection.execute(queries.ADD_DECISION, values)).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return int(row[0])


async def list_meetings(
    connection: AsyncConnection, person: Person, scope: Scope, meeting: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The meetings that have to do with a person, the latest first; or one of them."""
    clause, parameters = condition(scope, "r")
    values = {
        "territory": scope.territory,
        "meeting": meeting,
        "whole": scope.whole,
        "actor": person.name,
        "limit": limit,
    }
    rows = await connection.execute(queries.MEETINGS.format(scope=clause), values | parameters)
    keys = ("id", "held_at", "place", "topic", "status", "actor", "version", "cases", "decisions")
    return [dict(zip(keys, row, strict=True)) for row in await rows.fetchall()]


async def find_meeting(connection: AsyncConnection, person: Person, scope: Scope, meeting: int) -> dict[str, Any]:
    """A meeting with its members, those of its cases that the person sees, and the decisions about these.

    Raises
    ------
    UnknownMeeting
    """
    found = await list_meetings(connection, person, scope, meeting)
    if not found:
        raise UnknownMeeting(meeting=meeting)
    clause, parameters = condition(scope, "r")
    values = {"meeting": meeting} | parameters
    members = await (await connection.execute(queries.MEMBERS_OF_MEETING, values)).fetchall()
    cases = await (await connection.execute(queries.CASES_OF_MEETING.format(scope=clause), values)).fetchall()
    made = await (await connection.execute(queries.DECISIONS_OF_MEETING.format(scope=clause), values)).fetchall()
    return found[0] | {
        "members": [dict(zip(("number", "name", "employer"), row, strict=True)) for row in members],
        "cases": [
            {"number": format_number(received_at, report), "state": state, "category": category}
            for report, received_at, state, category in cases
        ],
        "decisions": [_decision(*row) for row in made],
    }


async def _lock(connection: AsyncConnection, territory: str, meeting: int, expected: int | None) -> str:
    """The status of a meeting, which nobody else changes meanwhile. Raises UnknownMeeting, Stale."""
    values = {"territory": territory, "meeting": meeting}
    row = await (await connection.execute(queries.LOCK_MEETING, values)).fetchone()
    if row is None:
        raise UnknownMeeting(meeting=meeting)
    if expected is not None and row[0] != expected:
        raise Stale(version=row[0])
    return str(row[1])


async def _set(connection: AsyncConnection, scope: Scope, meeting: int, called: Called) -> None:
    """Call these members and no others, and put these cases on the agenda."""
    known = await load_members(connection, scope.territory)
    numbers = Zeros(known)
    refuse(
        [
            unknown(position, "members", "unknown_member", number, numbers)
            for position, number in enumerate(called.members, 1)
            if number not in known
        ]
    )
    members = sorted({known[number][0] for number in called.members})
    await connection.execute(queries.CALL_MEMBERS, {"meeting": meeting, "members": members})
    keys = await _keys(connection, scope, called.cases)
    agenda = {
        "meeting": meeting,
        "reports": [report for report, _ in keys],
        "received": [received_at for _, received_at in keys],
    }
    await connection.execute(queries.CLEAR_AGENDA, agenda)
    await connection.execute(queries.SET_AGENDA, agenda)


async def _keys(connection: AsyncConnection, scope: Scope, numbers: Sequence[str]) -> list[tuple[int, datetime]]:
    """The keys of cases in a scope, each once and in their order. Raises UnknownReport."""
    asked = {number: parse_number(number) for number in numbers}
    parsed = [key for key in asked.values() if key]
    clause, parameters = condition(scope, "r")
    values = {"ids": [report for _, report in parsed], "months": [month for month, _ in parsed]} | parameters
    rows = await (await connection.execute(queries.KEYS_OF_CASES.format(scope=clause), values)).fetchall()
    found: dict[int, datetime] = dict(rows)
    for number, key in asked.items():
        if key is None or key[1] not in found:
            raise UnknownReport(number=number)
    return [(report, found[report]) for report in dict.fromkeys(report for _, report in parsed)]


def _decision(
    decision: int,
    report: int,
    received_at: datetime,
    text: str,
    actor: str,
    at: datetime,
    task: int,
    organisation: str | None,
    desk: int | None,
    needed: bool,
    due_at: datetime | None,
    state: str,
    reported_at: datetime | None,
) -> dict[str, Any]:
    return {
        "id": decision,
        "number": format_number(received_at, report),
        "text": text,
        "actor": actor,
        "at": at,
        "task": task,
        "organisation": organisation,
        "desk": desk,
        "needed": needed,
        "due_at": due_at,
        "state": state,
        "reported_at": reported_at,
    }
